"""What the mixed pages show: other features' bounded reads, put together and put in order.

A page costs the same number of statements however much there is to show, and every list ends.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from sqlmodel import Session

import events.queries
import guilds.queries
import legislation.queries
import petitions.lists
import petitions.rules
import voting.queries
from accounts.models import User
from dashboard import across
from dashboard.across import BillMove
from events.models import Event
from guilds.models import ORGANISING_ROLES, Guild, JoinRequest, Role
from legislation.queries import BillLine, Move
from petitions.lists import Line
from petitions.models import Petition, PetitionState
from voting.consenting import MOST_ROUNDS
from voting.models import Proposal, ProposalState

#: rows of one kind on one page; their own pages show the rest
SHOWN = 12
#: strangers get a taste
TASTE = 3
#: an event within this needs me now; a later one is only coming
SOON = timedelta(days=7)
#: nobody should wait longer to be admitted or declined; only the order on the page rests on it
ANSWER_WITHIN = timedelta(days=3)


@dataclass(frozen=True)
class OfProposal:
    """What concerns a proposal of one of my guilds."""

    proposal: Proposal
    guild: Guild


@dataclass(frozen=True)
class OfPetition:
    """What concerns a petition of one of my guilds."""

    petition: Petition
    guild: Guild


class Vote(OfProposal):
    """A vote that is open and lacks my ballot."""

    kind: ClassVar[str] = "vote"

    @property
    def until(self) -> datetime:
        return self.proposal.closes_at


@dataclass(frozen=True)
class Answer:
    """People who ask to join a guild I organise; `since`: the first of them."""

    kind: ClassVar[str] = "answer"
    guild: Guild
    waiting: int
    since: datetime

    @property
    def until(self) -> datetime:
        return self.since + ANSWER_WITHIN


@dataclass(frozen=True)
class Suggested(OfPetition):
    """A draft I look after, whose suggestions wait for my answer; `since`: the first of them."""

    kind: ClassVar[str] = "suggested"
    waiting: int
    since: datetime

    @property
    def until(self) -> datetime:
        return self.since + ANSWER_WITHIN


@dataclass(frozen=True)
class Asked(OfProposal):
    """A proposal I put: `amendments` wait for my answer, or objections to be met."""

    kind: ClassVar[str] = "asked"
    amendments: int

    @property
    def objections(self) -> int:
        """Those that stand while consent is asked; before and after nothing counts as one."""
        is_asked = self.proposal.state == ProposalState.VOTING
        return self.proposal.no_count if is_asked else 0

    @property
    def can_change(self) -> bool:
        """Whether a change can be taken in to meet them, after which all are asked again."""
        return not self.proposal.repeats_subject and self.proposal.round < MOST_ROUNDS

    @property
    def until(self) -> datetime:
        if self.proposal.state == ProposalState.VOTING:
            return self.proposal.closes_at
        seeks = self.proposal.state == ProposalState.SUPPORT
        return (self.proposal.support_until if seeks else None) or self.proposal.opens_at


class Undone(OfProposal):
    """A decision of a guild I organise that could not be carried out."""

    kind: ClassVar[str] = "undone"

    @property
    def until(self) -> datetime:
        return self.proposal.closes_at + ANSWER_WITHIN


class Unfinished(OfPetition):
    """A petition of a guild I organise: to be handed over, overdue for its answer, or answered."""

    kind: ClassVar[str] = "unfinished"

    @property
    def until(self) -> datetime:
        since = self.petition.delivered_at or self.petition.closed_at or self.petition.drafted_at
        return since + ANSWER_WITHIN


@dataclass(frozen=True)
class Going:
    """An event I said yes to."""

    kind: ClassVar[str] = "going"
    event: Event

    @property
    def until(self) -> datetime:
        return self.event.starts_at


@dataclass(frozen=True)
class Call:
    """An event of one of my guilds that I have not answered."""

    kind: ClassVar[str] = "call"
    event: Event
    guild: Guild

    @property
    def until(self) -> datetime:
        return self.event.starts_at


class Debate(OfProposal):
    """A proposal that is debated, until voting opens, or that seeks supporters, until that ends."""

    kind: ClassVar[str] = "debate"

    @property
    def until(self) -> datetime:
        seeks = self.proposal.state == ProposalState.SUPPORT
        return (self.proposal.support_until if seeks else None) or self.proposal.opens_at


class Amended(OfPetition):
    """A draft petition whose guild suggests other words, until its last day to sign."""

    kind: ClassVar[str] = "amended"

    @property
    def until(self) -> datetime:
        return petitions.rules.last_moment(self.petition.closes_on)


#: what a guild's own front page asks for as well
NeedHere = Vote | Answer | Suggested | Asked | Undone | Unfinished
Need = NeedHere | Going
Coming = Going | Call | Debate | Amended


@dataclass(frozen=True)
class PublicNews:
    """What strangers may see happening, at most TASTE of each."""

    petitions: list[Line]
    events: list[tuple[Event, Guild]]
    moves: list[Move]


@dataclass(frozen=True)
class Mine:
    """Home of one person: `needs` and `coming` by time left, news by how fresh they are."""

    needs: list[Need]
    coming: list[Coming]
    decided: list[tuple[Proposal, Guild]]
    moves: list[BillMove]
    guilds: list[tuple[Guild, Role]]
    #: some list was cut short
    has_more: bool


@dataclass(frozen=True)
class Rooms:
    """A guild's front page; for strangers, only what is public."""

    needs: list[NeedHere]
    #: open proposals that do not wait for my ballot
    decisions: list[Proposal]
    #: of `decisions`, those I have voted on
    voted: frozenset[UUID]
    decided: list[Proposal]
    petitions: list[Line]
    events: list[Event]
    #: of `events`, those I go to
    going: frozenset[UUID]
    bills: list[BillLine] = field(default_factory=list)
    #: the viewer's own request to join, while it waits
    my_request: JoinRequest | None = None


def public_news(db: Session, now: datetime) -> PublicNews:
    """Open petitions, coming events of listed guilds, and bills that moved."""
    return PublicNews(
        petitions=petitions.lists.open_petitions(db, TASTE),
        events=events.queries.upcoming_public(db, now, TASTE),
        moves=legislation.queries.recently_moved(db, TASTE),
    )


def for_me(db: Session, user: User, now: datetime) -> Mine:
    """All that needs a person now, what is coming to them, and what is new in their guilds."""
    votes = voting.queries.waiting_for_my_ballot(db, user, now, SHOWN + 1)
    answers = across.requests_i_answer(db, user, SHOWN + 1)
    going = events.queries.my_upcoming(db, user, now, SHOWN + 1)
    calls = across.calls(db, user, now, SHOWN)
    debates = across.debates(db, user, now, SHOWN)
    needs: list[Need] = [Vote(proposal, guild) for proposal, guild in votes[:SHOWN]]
    needs += [Answer(*row) for row in answers[:SHOWN]]
    suggested = across.suggested(db, user, SHOWN + 1)
    needs += [Suggested(*row) for row in suggested[:SHOWN]]
    asked = across.asked_of_author(db, user, now, SHOWN + 1)
    needs += [Asked(*row) for row in asked[:SHOWN]]
    undone = across.undone(db, user, now, SHOWN + 1)
    needs += [Undone(proposal, guild) for proposal, guild in undone[:SHOWN]]
    unfinished = across.unfinished(db, user, now, SHOWN + 1)
    needs += [Unfinished(petition, guild) for petition, guild in unfinished[:SHOWN]]
    needs += [Going(event) for event in going[:SHOWN] if event.starts_at <= now + SOON]
    coming: list[Coming] = [Going(event) for event in going[:SHOWN] if event.starts_at > now + SOON]
    coming += [Call(event, guild) for event, guild in calls]
    coming += [Debate(proposal, guild) for proposal, guild in debates]
    coming += [Amended(*row) for row in across.in_amendment(db, user, SHOWN)]
    return Mine(
        needs=sorted(needs, key=lambda need: need.until),
        coming=sorted(coming, key=lambda thing: thing.until)[:SHOWN],
        decided=across.decided(db, user, SHOWN // 2),
        moves=across.bills_moved(db, user, SHOWN // 2),
        guilds=guilds.queries.my_guilds(db, user),
        has_more=any(
            len(found) > SHOWN
            for found in (votes, answers, suggested, asked, undone, unfinished, going)
        ),
    )


def of_guild(
    db: Session, guild: Guild, role: Role | None, viewer: User | None, now: datetime
) -> Rooms:
    """What a guild's front page shows to somebody of this role (None: a stranger)."""
    lines = petitions.lists.petitions_of_guild(db, guild, role, SHOWN)
    coming = events.queries.upcoming_of_guild(db, guild, role, viewer, now, SHOWN)
    if role is None or viewer is None:
        request = guilds.queries.my_request(db, guild, viewer)
        return Rooms([], [], frozenset(), [], _live(lines), coming, frozenset(), my_request=request)
    proposals = voting.queries.open_proposals_of_guild(db, guild, SHOWN)
    ballots = across.my_ballots(db, viewer, [proposal.id for proposal in proposals])
    waiting = [p for p in proposals if _lacks_my_ballot(p, ballots, now)]
    return Rooms(
        needs=_needs_in(db, guild, role, viewer, waiting, now),
        decisions=[proposal for proposal in proposals if proposal not in waiting],
        voted=frozenset(key for key, has_voted in ballots.items() if has_voted),
        decided=voting.queries.recently_decided(db, guild, TASTE),
        petitions=_live(lines),
        events=coming,
        going=across.attended(db, viewer, [event.id for event in coming]),
        bills=legislation.queries.bills_of_guild(db, guild.id, SHOWN // 2),
    )


def _live(lines: Iterable[Line]) -> list[Line]:
    """Leave out what came to nothing; open ones first, else as they come."""
    gone = {PetitionState.WITHDRAWN, PetitionState.REJECTED}
    kept = [line for line in lines if line.state not in gone]
    return sorted(kept, key=lambda line: line.state != PetitionState.OPEN)


def _lacks_my_ballot(proposal: Proposal, ballots: dict[UUID, bool], now: datetime) -> bool:
    """`ballots`: across.my_ballots; absent: I am no elector."""
    is_open = proposal.state == ProposalState.VOTING and proposal.closes_at > now
    return is_open and ballots.get(proposal.id) is False


def _needs_in(
    db: Session,
    guild: Guild,
    role: Role,
    viewer: User,
    waiting: list[Proposal],
    now: datetime,
) -> list[NeedHere]:
    needs: list[NeedHere] = [Vote(proposal, guild) for proposal in waiting]
    needs += [Suggested(*row) for row in across.suggested(db, viewer, SHOWN, guild=guild)]
    asked = across.asked_of_author(db, viewer, now, SHOWN, guild=guild)
    needs += [Asked(*row) for row in asked]
    if role in ORGANISING_ROLES:
        pending = guilds.queries.pending_requests(db, guild)
        if pending:
            needs.append(Answer(guild, len(pending), pending[0][0].asked_at))
        undone = across.undone(db, viewer, now, SHOWN, guild=guild)
        needs += [Undone(proposal, guild) for proposal, _ in undone]
        unfinished = across.unfinished(db, viewer, now, SHOWN, guild=guild)
        needs += [Unfinished(petition, guild) for petition, _ in unfinished]
    return sorted(needs, key=lambda need: need.until)
