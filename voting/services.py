"""Deciding step by step: put, open, cast, speak, withdraw, close.

Whatever changes a proposal or its ballots holds the proposal's row lock (docs/decisions/0202). It
is taken before any lock of a floor above: who holds a petition's must not come here for one.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Session, col, select

import notifications.services
from accounts.models import User
from audit.services import record
from core import markdown
from core.errors import NotAllowed, RuleBroken
from guilds.charter import Charter, DecisionKind, length_in_words
from guilds.models import Guild, GuildState, Membership
from guilds.queries import get_charter, get_role
from voting import queries, rules, signals
from voting.models import OPEN_STATES, Ballot, Choice, Comment, Elector, Proposal, ProposalState
from voting.notices import CLOSES_SOON, DECIDED, OPENED


def put_proposal(
    db: Session,
    guild: Guild,
    *,
    actor: User,
    kind: DecisionKind,
    title: str,
    text: str,
    voting_length: timedelta,
    subject_id: UUID | None = None,
    now: datetime,
) -> Proposal:
    """Put a question before a guild, under the charter version in force.

    voting_length: within the limits of the rule (rules.voting_lengths). Without deliberation voting
    opens in the same transaction. Raises NotAllowed; RuleBroken for a wrong length or a dead guild.
    """
    _share_guild(db, guild)
    charter = get_charter(db, guild.id)
    rule = Charter.model_validate(charter.rules).rules[kind]
    if not rules.can_propose(get_role(db, guild.id, actor), rule):
        raise NotAllowed("The charter does not let you put this kind of proposal.")
    if not rule.voting_least <= voting_length <= rule.voting_most:
        raise RuleBroken(
            f"The charter asks for voting of {length_in_words(rule.voting_least)} "
            f"to {length_in_words(rule.voting_most)}."
        )
    opens_at = now + rule.deliberation
    proposal = Proposal(
        guild_id=guild.id,
        author_id=actor.id,
        kind=kind.value,
        title=title,
        text=text,
        text_html=markdown.render(text),
        subject_id=subject_id,
        charter_version_id=charter.id,
        rule=rule.model_dump(mode="json"),
        state=ProposalState.DELIBERATION,
        put_at=now,
        opens_at=opens_at,
        closes_at=opens_at + voting_length,
    )
    db.add(proposal)
    db.flush()
    _record(db, "voting.proposed", proposal, actor=actor, now=now)
    if not rule.deliberation:
        open_voting(db, proposal, now=now)
    return proposal


def _share_guild(db: Session, guild: Guild) -> None:
    """Hold the guild against being dissolved meanwhile; raises RuleBroken if it was."""
    query = select(Guild.state).where(Guild.id == guild.id).with_for_update(read=True)
    if db.exec(query).one() != GuildState.ACTIVE:
        raise RuleBroken("This guild was dissolved; it decides nothing any more.")


def lock_proposal(db: Session, proposal_id: UUID, *, skip_locked: bool = False) -> Proposal | None:
    """The proposal as it stands now, held until the transaction ends; None: gone, or skipped."""
    query = (
        select(Proposal)
        .where(Proposal.id == proposal_id)
        .with_for_update(skip_locked=skip_locked)
        .execution_options(populate_existing=True)
    )
    return db.exec(query).first()


def _lock(db: Session, proposal: Proposal) -> Proposal:
    locked = lock_proposal(db, proposal.id)
    if locked is None:
        raise RuleBroken("This proposal is gone.")
    return locked


def open_voting(db: Session, proposal: Proposal, *, now: datetime) -> bool:
    """Take the electorate, open voting, tell every elector; False if not due, or done already."""
    proposal = _lock(db, proposal)
    if proposal.state != ProposalState.DELIBERATION or now < proposal.opens_at:
        return False
    proposal.closes_at = rules.closes_at_when_opened(proposal.opens_at, proposal.closes_at, now)
    proposal.opens_at = now
    proposal.electorate_count = _take_electorate(db, proposal)
    proposal.state = ProposalState.VOTING
    db.add(proposal)
    db.flush()
    _record(db, "voting.opened", proposal, actor=None, now=now)
    electors = queries.elector_ids(db, proposal.id)
    remind_at = rules.reminder_at(proposal.opens_at, proposal.closes_at)
    notifications.services.owe(db, OPENED, subject_id=proposal.id, due_at=now, user_ids=electors)
    notifications.services.owe(
        db, CLOSES_SOON, subject_id=proposal.id, due_at=remind_at, user_ids=electors
    )
    return True


def _take_electorate(db: Session, proposal: Proposal) -> int:
    """Make everyone who is a member at this instant an elector, in one statement; says how many.

    Source: docs/decisions/0201-who-may-vote.md
    """
    if db.get_bind().dialect.name == "postgresql":
        fresh: sa.ColumnElement[Any] = sa.func.gen_random_uuid()
    else:
        fresh = sa.func.lower(sa.func.hex(sa.func.randomblob(16)))
    seats = sa.select(fresh, sa.literal(proposal.id, sa.Uuid()), col(Membership.user_id)).where(
        col(Membership.guild_id) == proposal.guild_id
    )
    taken = db.connection().execute(
        sa.insert(Elector)
        .from_select(["id", "proposal_id", "user_id"], seats)
        .execution_options(preserve_rowcount=True)  # else -1 on PostgreSQL
    )
    return taken.rowcount


def cast_ballot(
    db: Session, proposal: Proposal, *, actor: User, choice: Choice, now: datetime
) -> Ballot:
    """Cast a ballot, or change one's own. Counters and ballot move together under the lock.

    Raises RuleBroken with the reason why this person cannot vote now.
    """
    proposal = _lock(db, proposal)
    refusal = rules.vote_refusal(
        proposal.state,
        proposal.closes_at,
        now,
        is_elector=queries.is_elector(db, proposal.id, actor.id),
        is_member=get_role(db, proposal.guild_id, actor) is not None,
    )
    if refusal is not None:
        raise RuleBroken(refusal)
    ballot = queries.my_ballot(db, proposal.id, actor.id)
    if ballot is None:
        ballot = Ballot(
            id=uuid4(), proposal_id=proposal.id, user_id=actor.id, choice=choice, cast_at=now
        )
    else:
        _count(proposal, ballot.choice, -1)
        ballot.choice, ballot.cast_at = choice, now
    _count(proposal, choice, +1)
    db.add(ballot)
    db.add(proposal)
    db.flush()
    return ballot


def _count(proposal: Proposal, choice: Choice, step: int) -> None:
    match choice:
        case Choice.YES:
            proposal.yes_count += step
        case Choice.NO:
            proposal.no_count += step
        case Choice.ABSTAIN:
            proposal.abstain_count += step


def comment(db: Session, proposal: Proposal, *, actor: User, text: str, now: datetime) -> Comment:
    """Add to the debate. Raises NotAllowed once it is over, or for who is no member."""
    proposal = _lock(db, proposal)
    if not rules.can_comment(proposal.state, get_role(db, proposal.guild_id, actor)):
        raise NotAllowed("The debate on this proposal is over. Nothing was added.")
    said = Comment(
        proposal_id=proposal.id,
        author_id=actor.id,
        text=text,
        text_html=markdown.render(text),
        written_at=now,
    )
    proposal.comment_count += 1
    db.add(said)
    db.add(proposal)
    db.flush()
    return said


def withdraw(db: Session, proposal: Proposal, *, actor: User, now: datetime) -> None:
    """Take a proposal back before anyone has voted. Raises NotAllowed."""
    proposal = _lock(db, proposal)
    if not rules.can_withdraw(
        proposal.state,
        get_role(db, proposal.guild_id, actor),
        is_author=proposal.author_id == actor.id,
        ballot_count=proposal.tally.ballots,
    ):
        raise NotAllowed("A proposal is withdrawn by its author, before the first ballot.")
    _withdraw(db, proposal, actor=actor, now=now)


def withdraw_open_proposals(guild: Guild, *, db: Session, now: datetime) -> None:
    """Reaction to a guild being dissolved: nobody is left to decide."""
    query = (
        select(Proposal)
        .where(Proposal.guild_id == guild.id, col(Proposal.state).in_(OPEN_STATES))
        .order_by(col(Proposal.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for proposal in db.exec(query).all():
        _withdraw(db, proposal, actor=None, now=now)


def _withdraw(db: Session, proposal: Proposal, *, actor: User | None, now: datetime) -> None:
    proposal.state = ProposalState.WITHDRAWN
    proposal.decided_at = now
    db.add(proposal)
    db.flush()
    _record(db, "voting.withdrawn", proposal, actor=actor, now=now)
    notifications.services.drop(db, subject_id=proposal.id, kinds=[OPENED, CLOSES_SOON])
    signals.proposal_withdrawn.send(proposal, db=db, now=now)


def close_proposal(db: Session, proposal: Proposal, *, now: datetime) -> bool:
    """Count, decide, tell all members, and let what was decided be carried out, as one deed.

    False if it is not due, or decided already. Ballots are counted anew from their rows.
    """
    proposal = _lock(db, proposal)
    if proposal.state != ProposalState.VOTING or now < proposal.closes_at:
        return False
    tally = queries.recount(db, proposal)
    proposal.yes_count, proposal.no_count, proposal.abstain_count = tally[:3]
    rule = proposal.decision_rule
    proposal.state, proposal.failed_by = rules.outcome(tally, rule)
    proposal.decided_at = now
    db.add(proposal)
    db.flush()
    explained = "; ".join(rules.result_in_words(tally, rule))
    _record(db, f"voting.{proposal.state}", proposal, actor=None, now=now, reason=explained)
    notifications.services.drop(db, subject_id=proposal.id, kinds=[OPENED, CLOSES_SOON])
    members = queries.member_ids(db, proposal.guild_id)
    notifications.services.owe(db, DECIDED, subject_id=proposal.id, due_at=now, user_ids=members)
    signals.proposal_decided.send(proposal, db=db, now=now)
    return True


def mark_carried_out(db: Session, proposal: Proposal, *, now: datetime) -> None:
    """For receivers of proposal_decided: the deed that was asked for is done in this transaction.

    Raises ValueError for what was not passed: nothing mandates it.
    """
    if proposal.state != ProposalState.PASSED:
        raise ValueError("only a passed proposal can be carried out")
    proposal.carried_out_at = now
    db.add(proposal)
    _record(db, "voting.carried_out", proposal, actor=None, now=now)


def export_of_user(user: User, *, db: Session) -> tuple[str, dict[str, list[dict[str, str]]]]:
    """Reaction to a person asking for their data: proposals put, ballots cast, comments written."""
    return "voting", queries.everything_of(db, user)


def _record(
    db: Session,
    action: str,
    proposal: Proposal,
    *,
    actor: User | None,
    now: datetime,
    reason: str = "",
) -> None:
    record(
        db,
        action,
        actor=actor,
        subject=("proposal", proposal.id),
        guild_id=proposal.guild_id,
        now=now,
        summary=proposal.title,
        reason=reason,
    )
