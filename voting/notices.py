"""What people are told about a vote: it is debated, it opened, it closes soon, how it ended.

All are discreet by default: how a guild decides is its own matter (docs/threat-model.md).
"""

from collections.abc import Set
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from accounts.models import User
from core import clock
from core.mail import Message, Writer
from core.templating import count, in_words
from guilds.charter import Method
from guilds.models import ORGANISING_ROLES
from notifications.delivery import Compose
from notifications.models import Notice
from voting import chains, due, queries, rules, verdicts
from voting.chains import End
from voting.debate_models import Amendment, AmendmentState
from voting.models import DECIDED_STATES, Proposal, ProposalState

DEBATED = "voting.debated"
OPENED, CLOSES_SOON, DECIDED = "voting.opened", "voting.closes_soon", "voting.decided"
HEARD, NOT_SUPPORTED = "voting.heard", "voting.not_supported"
TEXT_CHANGED, AMENDED, ANSWERED = "voting.text_changed", "voting.amended", "voting.answered"
REVIEW = due.REVIEW_KIND
#: what is over with the vote. What asks electors for a ballot is sent to who has not voted yet, so
#: the ledger tells who has; and each tells when its reader came
PENDING = [DEBATED, OPENED, CLOSES_SOON]

#: what became of an amendment, as the end of a sentence
FATES = {
    AmendmentState.ACCEPTED: "its author took it into the text",
    AmendmentState.DECLINED: "its author declined it; members may still carry it in",
    AmendmentState.CARRIED: "the members carried it into the text",
    AmendmentState.LOST: "it was not taken into the text",
}
_NOBODY = "You let somebody vote for you, but as it stands nobody does: "
_UNLESS = "Vote yourself, or let somebody else vote for you."
#: where a delegation leads before the close -> what that means for who gave it
REPRESENTED = {
    End.VOTED: "Whoever you let vote for you has voted, so your voice is in. "
    "Your own ballot would take its place.",
    End.WAITING: "Whoever you let vote for you has not voted yet. If it stays so, you count as not "
    "voting.",
    End.NO_BALLOT: f"{_NOBODY}whoever it comes to has no ballot in this vote. {_UNLESS}",
    End.LOOP: f"{_NOBODY}it goes in a circle, and nobody in it has voted. {_UNLESS}",
    End.CAP: f"{_NOBODY}whoever it comes to speaks for as many as the charter lets. {_UNLESS}",
    End.FAR: "You let somebody vote for you, who lets others vote in turn. At the close it is "
    "followed to its end.",
}
SOMETHING = "Something in one of your guilds waits for you"
NEWS = "There is news from one of your guilds"


def debated(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To all members but its author, when the debate begins."""
    found = of_reader(db, notice, {ProposalState.DELIBERATION})
    if found is None:
        return None
    reader, shown = found
    proposal = shown.proposal
    return mail_of(
        shown,
        writer,
        "voting/debated",
        f"{shown.guild.name} debates: {proposal.title}",
        discreet_subject=SOMETHING,
        opens=in_words(proposal.opens_at, ZoneInfo(reader.time_zone)),
        can_amend=rules.amendable_refusal(proposal) is None,
        about_you=_is_about(proposal, reader),
    )


def opened(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To electors, when voting opened."""
    found = _waiting(db, notice)
    if found is None:
        return None
    reader, shown = found
    return _to_vote(shown, reader, writer, "voting/opened", "{guild} votes: {title}")


def closes_soon(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To electors who have not voted yet, some time before the close."""
    found = _waiting(db, notice)
    if found is None:
        return None
    reader, shown = found
    subject = "Your ballot is still missing: {title}"
    represented = _represented(db, shown.proposal, reader)
    return _to_vote(shown, reader, writer, "voting/closes_soon", subject, represented=represented)


def _represented(db: Session, proposal: Proposal, reader: User) -> str:
    """What becomes of who let others vote and does not vote; "" for who did not."""
    if not proposal.decision_rule.delegation:
        return ""
    chain = chains.chain(db, proposal, reader)
    return REPRESENTED[chain.end] if chain else ""


def _to_vote(
    shown: queries.Shown, reader: User, writer: Writer, template: str, subject: str, **facts: Any
) -> Message:
    """What asks for a ballot. subject: with places for the guild and the title."""
    return mail_of(
        shown,
        writer,
        template,
        subject.format(guild=shown.guild.name, title=shown.proposal.title),
        discreet_subject=SOMETHING,
        closes=in_words(shown.proposal.closes_at, ZoneInfo(reader.time_zone)),
        about_you=_is_about(shown.proposal, reader),
        **_manner(shown.proposal),
        **facts,
    )


def mail_of(
    shown: queries.Shown,
    writer: Writer,
    template: str,
    subject: str,
    *,
    discreet_subject: str = NEWS,
    below: str = "",
    **facts: Any,
) -> Message:
    """A mail about a proposal. below: what follows its address in the mail's link."""
    return writer.message(
        template,
        subject=subject,
        discreet_subject=discreet_subject,
        path=f"/decisions/{shown.proposal.id}{below}",
        title=shown.proposal.title,
        guild=shown.guild.name,
        **facts,
    )


def decided(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To all members, with the result and its numbers."""
    found = of_reader(db, notice, DECIDED_STATES)
    if found is None:
        return None
    _, shown = found
    proposal = shown.proposal
    word = verdicts.outcome_word(proposal)
    return mail_of(
        shown,
        writer,
        "voting/decided",
        f"{word.capitalize()}: {proposal.title}",
        result=verdicts.chosen_in_words(proposal) or word,
        explained=verdicts.result_in_words(proposal),
        not_carried_out="" if proposal.carried_out_at else proposal.not_carried_out,
    )


def heard(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To the author, when enough members support it."""
    found = of_reader(db, notice, {ProposalState.DELIBERATION, ProposalState.VOTING})
    if found is None:
        return None
    reader, shown = found
    proposal, zone = shown.proposal, ZoneInfo(reader.time_zone)
    is_debated = proposal.state == ProposalState.DELIBERATION
    return mail_of(
        shown,
        writer,
        "voting/heard",
        f"Enough members support it: {proposal.title}",
        supporters=count(proposal.support_count, "member"),
        opens=in_words(proposal.opens_at, zone) if is_debated else None,
    )


def not_supported(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To the author, when too few members supported it in time."""
    found = of_reader(db, notice, {ProposalState.NOT_SUPPORTED})
    if found is None:
        return None
    _, shown = found
    proposal = shown.proposal
    return mail_of(
        shown,
        writer,
        "voting/not_supported",
        f"Too few supporters: {proposal.title}",
        supporters=count(proposal.support_count, "member"),
        needed=proposal.decision_rule.supporters,
    )


def text_changed(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To supporters, when the author wrote it anew while supporters are sought."""
    found = of_reader(db, notice, {ProposalState.SUPPORT})
    if found is None:
        return None
    reader, shown = found
    if not queries.supports(db, shown.proposal.id, reader.id):
        return None
    return mail_of(
        shown,
        writer,
        "voting/text_changed",
        f"The text changed: {shown.proposal.title}",
        below="/versions",
    )


def amended(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To the author: a member offers another text."""
    found = _amendment_of_reader(db, notice)
    if found is None or found[2].state != AmendmentState.OPEN:
        return None
    _, shown, amendment = found
    proposal = shown.proposal
    return mail_of(
        shown,
        writer,
        "voting/amended",
        f"An amendment to {proposal.title}",
        below=f"/amendments/{amendment.id}",
        reason=amendment.reason,
    )


def answered(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To who wrote an amendment: what became of it."""
    found = _amendment_of_reader(db, notice)
    if found is None or found[2].state not in FATES:
        return None
    _, shown, amendment = found
    proposal = shown.proposal
    return mail_of(
        shown,
        writer,
        "voting/answered",
        f"Your amendment to {proposal.title}",
        below=f"/amendments/{amendment.id}",
        fate=FATES[amendment.state],
        answer=amendment.answer,
    )


def review(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To the author and organisers, on the day chosen: what was decided, to look at it again."""
    found = of_reader(db, notice, {ProposalState.PASSED})
    if found is None:
        return None
    reader, shown = found
    proposal = shown.proposal
    organises = shown.role in ORGANISING_ROLES
    if proposal.review_at != notice.due_at or not (organises or proposal.author_id == reader.id):
        return None
    decided_at = proposal.decided_at or proposal.closes_at
    return mail_of(
        shown,
        writer,
        "voting/review",
        f"Time to look at it again: {proposal.title}",
        discreet_subject=SOMETHING,
        decided=in_words(decided_at, ZoneInfo(reader.time_zone)),
        explained=verdicts.result_in_words(proposal),
    )


def _amendment_of_reader(
    db: Session, notice: Notice
) -> tuple[User, queries.Shown, Amendment] | None:
    """The reader, the proposal and the amendment the notice is about, if it is there to see."""
    reader = db.get(User, notice.user_id) if notice.user_id else None
    amendment = db.get(Amendment, notice.subject_id, populate_existing=True)
    if reader is None or amendment is None:
        return None
    shown = queries.get_proposal(db, amendment.proposal_id, reader)
    return (reader, shown, amendment) if shown else None


def of_reader(
    db: Session, notice: Notice, states: Set[ProposalState]
) -> tuple[User, queries.Shown] | None:
    """The reader and the proposal, if it is there for them to see and in one of the states."""
    reader = db.get(User, notice.user_id) if notice.user_id else None
    shown = queries.get_proposal(db, notice.subject_id, reader)
    if reader is None or shown is None or shown.proposal.state not in states:
        return None
    return reader, shown


def _is_about(proposal: Proposal, reader: User) -> bool:
    """Whether it gives the reader a role, or puts them out: titles name nobody."""
    return proposal.deed.get("user_id") == str(reader.id)


def _manner(proposal: Proposal) -> dict[str, Any]:
    """What a mail that asks for a ballot needs to say how one is cast."""
    return {
        "is_consent": proposal.method == Method.CONSENT,
        "is_changeable": proposal.decision_rule.is_changeable,
    }


def _waiting(db: Session, notice: Notice) -> tuple[User, queries.Shown] | None:
    """The reader and the vote, if the reader may still vote in it and has not."""
    found = of_reader(db, notice, {ProposalState.VOTING})
    if found is None:
        return None
    reader, shown = found
    if clock.now() >= shown.proposal.closes_at:
        return None
    seat = queries.elector(db, shown.proposal.id, reader.id)
    if seat is None or seat.has_voted:
        return None
    return reader, shown


NOTICES: dict[str, Compose] = {
    DEBATED: debated,
    OPENED: opened,
    CLOSES_SOON: closes_soon,
    DECIDED: decided,
    HEARD: heard,
    NOT_SUPPORTED: not_supported,
    TEXT_CHANGED: text_changed,
    AMENDED: amended,
    ANSWERED: answered,
    REVIEW: review,
}
