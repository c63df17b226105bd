"""Putting a question before a guild: drafted, put, supported, opened for voting, withdrawn.

Casting: voting.casting. Closing: voting.closing. Speaking: voting.debate.
"""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, delete, select

import notifications.services
from accounts.models import User
from core import markdown
from core.database import fresh_key, insert_from
from core.errors import NotAllowed, RuleBroken
from guilds.charter import Charter, DecisionKind, DecisionRule
from guilds.membership import took_part
from guilds.models import CharterVersion, Guild, Membership
from guilds.queries import get_charter, get_role, in_electorate
from voting import amending, queries, rules, secrecy, signals, substance
from voting.debate_models import Support
from voting.doubled import sent_before
from voting.models import (
    OPEN_STATES,
    Elector,
    Proposal,
    ProposalState,
    ProposalVersion,
)
from voting.notices import CLOSES_SOON, DEBATED, HEARD, OPENED, PENDING
from voting.question import Question, check_question
from voting.steps import lock, move, note, share_guild
from voting.writing import StaleEdit, tell_author

#: drafts one person keeps in a guild
MOST_DRAFTS = 20


def draft_proposal(
    db: Session, guild: Guild, question: Question, *, actor: User, now: datetime
) -> Proposal:
    """Begin a proposal that only its author sees until it is put.

    Raises NotAllowed if the charter does not let this person propose it; RuleBroken for what the
    charter or the method does not allow, in words, or for a dissolved guild.
    """
    share_guild(db, guild.id)
    version = get_charter(db, guild.id)
    rule = Charter.model_validate(version.rules).rules[question.kind]
    check_question(question, rule, get_role(db, guild.id, actor))
    proposal = Proposal(
        guild_id=guild.id,
        author_id=actor.id,
        kind=question.kind.value,
        state=ProposalState.DRAFT,
        charter_version_id=version.id,
        **_written(question, rule, now),
    )
    db.add(proposal)
    db.flush()
    substance.lay_out(db, proposal, question.options)
    return proposal


def edit_draft(
    db: Session,
    proposal: Proposal,
    question: Question,
    *,
    seen_at: datetime | None,
    actor: User,
    now: datetime,
) -> None:
    """Replace all that a draft asks; it counts as touched.

    seen_at: when the draft was last touched as the person saw it. Raises NotAllowed, StaleEdit if
    it was touched since, or as `draft_proposal`.
    """
    proposal = lock(db, proposal)
    share_guild(db, proposal.guild_id)
    _ask_drafter(proposal, actor)
    if proposal.put_at != seen_at:
        raise StaleEdit("This draft was changed while you were writing. Both texts are below.")
    rule = _pin(db, proposal, get_charter(db, proposal.guild_id))
    check_question(question, rule, get_role(db, proposal.guild_id, actor))
    proposal.sqlmodel_update(_written(question, rule, now))
    db.add(proposal)
    substance.lay_out(db, proposal, question.options)


def delete_draft(db: Session, proposal: Proposal, *, actor: User) -> None:
    """Delete what nobody else ever saw. Raises NotAllowed; RuleBroken once it is no draft."""
    proposal = lock(db, proposal)
    _ask_drafter(proposal, actor)
    db.delete(proposal)
    db.flush()


def _ask_drafter(proposal: Proposal, actor: User) -> None:
    """Raises NotAllowed for anybody but the author; RuleBroken for what is no draft any more."""
    _ask_author(proposal, actor)
    refusal = rules.drafting_refusal(proposal.state)
    if refusal is not None:
        raise RuleBroken(refusal)


def _ask_author(proposal: Proposal, actor: User) -> None:
    if proposal.author_id != actor.id:
        raise NotAllowed("Only its author changes, puts or deletes a draft.")


def _written(question: Question, rule: DecisionRule, now: datetime) -> dict[str, Any]:
    """What a question becomes in the proposal's row, its times counted from now."""
    opens_at = now + rule.deliberation
    return {
        "title": question.title,
        "text": question.text,
        "text_html": markdown.render(question.text),
        "topic": question.topic,
        "subject_id": question.subject_id,
        "deed": dict(question.deed),
        "rule": rule.model_dump(mode="json"),
        "method": question.method or rule.methods[0],
        "settings": dict(question.settings),
        "seats": question.seats,
        "put_at": now,
        "opens_at": opens_at,
        "closes_at": opens_at + question.voting_length,
        "voting_minutes": question.voting_length // timedelta(minutes=1),
        "review_at": question.review_at,
    }


def keep_draft(
    db: Session, guild: Guild, question: Question, *, actor: User, now: datetime
) -> Proposal:
    """Draft a proposal to go on with later; what is sent twice is one.

    Raises as `draft_proposal`; RuleBroken for too many.
    """
    before = sent_before(db, guild, question, states={ProposalState.DRAFT}, actor=actor, now=now)
    if before is not None:
        return before
    if len(queries.my_drafts(db, guild.id, actor.id)) >= MOST_DRAFTS:
        raise RuleBroken(f"You keep {MOST_DRAFTS} drafts here. Put or delete one of them first.")
    return draft_proposal(db, guild, question, actor=actor, now=now)


def put_proposal(
    db: Session, guild: Guild, question: Question, *, actor: User, now: datetime
) -> Proposal:
    """Draft a proposal and put it at once; sent twice it is one. Raises as `draft_proposal`."""
    before = sent_before(db, guild, question, states=OPEN_STATES, actor=actor, now=now)
    if before is not None:
        return before
    proposal = draft_proposal(db, guild, question, actor=actor, now=now)
    put_draft(db, proposal, actor=actor, now=now)
    return proposal


def put_draft(db: Session, proposal: Proposal, *, actor: User, now: datetime) -> None:
    """Put a draft before the guild, under the charter version in force now; twice is once.

    Seeks supporters if the rule asks for any; else is debated, or voted on at once if the rule
    asks for no debate. Raises NotAllowed; RuleBroken if the rule changed since and does not fit, or
    the draft expired.
    """
    proposal = lock(db, proposal)
    share_guild(db, proposal.guild_id)
    _ask_author(proposal, actor)
    if rules.was_put(proposal.state):
        return
    _ask_drafter(proposal, actor)
    version = get_charter(db, proposal.guild_id)
    rule = _pin(db, proposal, version)
    check_question(queries.question_of(db, proposal), rule, get_role(db, proposal.guild_id, actor))
    proposal.put_at = now
    db.add(
        ProposalVersion(
            proposal_id=proposal.id,
            number=proposal.version,
            title=proposal.title,
            text=proposal.text,
            written_at=now,
        )
    )
    took_part(db, proposal.guild_id, actor.id, now)
    note(db, "voting.proposed", proposal, actor=actor, now=now)
    if rule.supporters:
        move(proposal, ProposalState.SUPPORT)
        proposal.support_until = now + rules.SUPPORT_LENGTH
        _reckon(proposal, proposal.support_until)  # at the latest; being heard makes it sooner
        db.add(proposal)
        db.flush()
    else:
        _hear(db, proposal, now=now)


def _pin(db: Session, proposal: Proposal, version: CharterVersion) -> DecisionRule:
    rule = Charter.model_validate(version.rules).rules[DecisionKind(proposal.kind)]
    proposal.charter_version_id = version.id
    proposal.rule = rule.model_dump(mode="json")
    db.add(proposal)
    return rule


def _hear(db: Session, proposal: Proposal, *, now: datetime) -> None:
    """Begin the debate and tell all others; without one, voting opens in the same transaction."""
    move(proposal, ProposalState.DELIBERATION)
    _reckon(proposal, now)
    db.add(proposal)
    db.flush()
    if not proposal.decision_rule.deliberation:
        open_voting(db, proposal, now=now)
        return
    others = col(Membership.user_id) != proposal.author_id
    notifications.services.owe_each(
        db,
        DEBATED,
        subject_id=proposal.id,
        due_at=now,
        user_id=col(Membership.user_id),
        where=(col(Membership.guild_id) == proposal.guild_id) & others,
    )


def _reckon(proposal: Proposal, heard_at: datetime) -> None:
    """Set when voting opens and closes if the debate begins then."""
    proposal.opens_at = heard_at + proposal.decision_rule.deliberation
    proposal.closes_at = proposal.opens_at + timedelta(minutes=proposal.voting_minutes)


def support(db: Session, proposal: Proposal, *, actor: User, now: datetime) -> None:
    """Say that it should be heard; the last supporter needed begins the debate.

    Supporting twice is supporting once. Raises RuleBroken where nobody is asked to, or the author.
    """
    proposal = lock(db, proposal)
    refusal = rules.support_refusal(
        proposal.state,
        proposal.support_until,
        now,
        is_author=proposal.author_id == actor.id,
        is_member=get_role(db, proposal.guild_id, actor) is not None,
    )
    if refusal is not None:
        raise RuleBroken(refusal)
    if queries.supports(db, proposal.id, actor.id):
        return
    db.add(Support(proposal_id=proposal.id, user_id=actor.id, given_at=now))
    proposal.support_count += 1
    took_part(db, proposal.guild_id, actor.id, now)
    db.add(proposal)
    db.flush()
    if proposal.support_count >= proposal.decision_rule.supporters:
        note(db, "voting.supported", proposal, actor=None, now=now)
        tell_author(db, proposal, HEARD, now=now)
        _hear(db, proposal, now=now)


def take_back_support(db: Session, proposal: Proposal, *, actor: User, now: datetime) -> None:
    """Support it no longer, while supporters are sought. Raises RuleBroken after that."""
    proposal = lock(db, proposal)
    until = proposal.support_until
    if proposal.state != ProposalState.SUPPORT or until is None or now >= until:
        raise RuleBroken("It is not looking for supporters any more. Your support stands.")
    given = delete(Support).where(
        col(Support.proposal_id) == proposal.id, col(Support.user_id) == actor.id
    )
    proposal.support_count -= db.exec(given).rowcount
    db.add(proposal)
    db.flush()


def open_voting(db: Session, proposal: Proposal, *, now: datetime) -> bool:
    """Take the electorate, open voting, tell every elector; False if not due, or done already."""
    proposal = lock(db, proposal)
    if proposal.state != ProposalState.DELIBERATION or now < proposal.opens_at:
        return False
    proposal.closes_at = rules.closes_at_when_opened(proposal.opens_at, proposal.closes_at, now)
    proposal.opens_at = now
    proposal.electorate_count = _take_electorate(db, proposal, now)
    proposal.member_count = db.get_one(Guild, proposal.guild_id).member_count
    amending.carry_in(db, proposal, now=now)
    move(proposal, ProposalState.VOTING)
    db.add(proposal)
    db.flush()
    note(db, "voting.opened", proposal, actor=None, now=now)
    remind_at = rules.reminder_at(proposal.opens_at, proposal.closes_at)
    for kind, due_at in ((OPENED, now), (CLOSES_SOON, remind_at)):
        notifications.services.owe_each(
            db,
            kind,
            subject_id=proposal.id,
            due_at=due_at,
            user_id=col(Elector.user_id),
            where=queries.still_electors(proposal.id),
        )
    return True


def _take_electorate(db: Session, proposal: Proposal, now: datetime) -> int:
    """Make everyone who may vote at this instant an elector, in one statement; says how many.

    Source: docs/decisions/0201-who-may-vote.md
    """
    seat = {
        "id": fresh_key(db),
        "proposal_id": sa.literal(proposal.id, sa.Uuid()),
        "user_id": col(Membership.user_id),
        "has_voted": sa.literal(value=False, type_=sa.Boolean()),
    }
    members = col(Membership.guild_id) == proposal.guild_id
    return insert_from(db, Elector, seat, members, *in_electorate(proposal.decision_rule, now))


def withdraw(db: Session, proposal: Proposal, *, actor: User, now: datetime) -> None:
    """Take a proposal back before anyone has voted. Raises NotAllowed."""
    proposal = lock(db, proposal)
    if not rules.can_withdraw(
        proposal.state,
        get_role(db, proposal.guild_id, actor),
        is_author=proposal.author_id == actor.id,
        ballot_count=proposal.ballot_count,
        is_secret=proposal.decision_rule.is_secret,
    ):
        raise NotAllowed("A proposal is withdrawn by its author, before the first ballot.")
    _withdraw(db, proposal, actor=actor, now=now)


def withdraw_open_proposals(guild: Guild, *, db: Session, now: datetime) -> None:
    """Reaction to a guild being dissolved: nobody is left to decide.

    A proposal held at this instant, by its close, is passed over: the close waits for the guild,
    which the caller holds, so waiting for it would be waiting for ever.
    """
    query = (
        select(Proposal)
        .where(Proposal.guild_id == guild.id, col(Proposal.state).in_(OPEN_STATES))
        .order_by(col(Proposal.id))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    for proposal in db.exec(query).all():
        _withdraw(db, proposal, actor=None, now=now)


def _withdraw(db: Session, proposal: Proposal, *, actor: User | None, now: datetime) -> None:
    move(proposal, ProposalState.WITHDRAWN)
    proposal.decided_at = now
    db.add(proposal)
    db.flush()
    amending.lose_pending(db, proposal, now=now)
    note(db, "voting.withdrawn", proposal, actor=actor, now=now)
    if proposal.decision_rule.is_secret:
        secrecy.forget_voters(db, proposal)
    notifications.services.drop(db, subject_id=proposal.id, kinds=PENDING)
    signals.proposal_withdrawn.send(proposal, db=db, now=now)
