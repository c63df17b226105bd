"""What people are told in a consent process: an objection was raised, another round began."""

from zoneinfo import ZoneInfo

from sqlmodel import Session

from core.mail import Message, Writer
from core.templating import count, in_words
from notifications.delivery import Compose
from notifications.models import Notice
from voting import round_queries
from voting.models import ProposalState
from voting.notices import SOMETHING, mail_of, of_reader

OBJECTED, NEXT_ROUND = "voting.objected", "voting.next_round"


def objected(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To the author, while objections stand."""
    found = of_reader(db, notice, {ProposalState.VOTING})
    if found is None:
        return None
    _, shown = found
    proposal = shown.proposal
    if proposal.no_count == 0:
        return None
    objections = count(proposal.no_count, "objection")
    return mail_of(
        shown,
        writer,
        "voting/objected",
        f"{objections} to answer: {proposal.title}",
        discreet_subject=SOMETHING,
        objections=objections,
        number=proposal.no_count,
    )


def next_round(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To those who were asked in the round before, while the next one is talked about."""
    found = of_reader(db, notice, {ProposalState.DELIBERATION})
    if found is None:
        return None
    reader, shown = found
    proposal = shown.proposal
    ended = round_queries.ended_rounds(db, proposal.id)
    if not ended:
        return None
    return mail_of(
        shown,
        writer,
        "voting/next_round",
        f"Round {proposal.round}: {proposal.title}",
        number=proposal.round,
        is_integrated=ended[-1].is_integrated,
        asks=in_words(proposal.opens_at, ZoneInfo(reader.time_zone)),
    )


NOTICES: dict[str, Compose] = {OBJECTED: objected, NEXT_ROUND: next_round}
