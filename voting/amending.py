"""Amendments: another text for a proposal, which its author takes in, or members carry in.

An amendment is written against one version. Against a later one it stands as far as the two
changes touch different words (voting.differences.merged); else it has to be written again.
Source: docs/decisions/0205-amendments.md
"""

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

import notifications.services
from accounts.models import User
from core.errors import NotAllowed, RuleBroken
from guilds.membership import took_part
from guilds.queries import get_role
from voting import amendments, differences, rounds, rules, substance
from voting.debate_models import Amendment, AmendmentState, AmendmentVoice
from voting.doubled import is_doubled
from voting.models import TEXT_LENGTH, Elector, Proposal, ProposalState
from voting.notices import AMENDED, ANSWERED
from voting.steps import lock, note, share_guild
from voting.substance import Terms
from voting.writing import StaleEdit, add_version, tell_supporters

WRITE_AGAIN = (
    "The same words have changed since this amendment was written. Its author can write it again, "
    "against the text as it is now."
)


def propose_amendment(
    db: Session,
    proposal: Proposal,
    *,
    text: str,
    reason: str,
    base_version: int,
    actor: User,
    now: datetime,
    terms: Terms | None = None,
) -> Amendment:
    """Offer another text, and say why; its author hears of it. Sent twice it is offered once.

    terms: what the proposal would ask besides its words, if that should change. Raises NotAllowed,
    RuleBroken with the reason; StaleEdit if the text is not version `base_version` any more.
    """
    proposal = lock(db, proposal)
    share_guild(db, proposal.guild_id)
    _ask_member(db, proposal, actor)
    refusal = rules.amending_refusal(
        proposal, is_author=proposal.author_id == actor.id, count=amendments.count(db, proposal.id)
    )
    if refusal is not None:
        raise RuleBroken(refusal)
    if proposal.version != base_version:
        raise StaleEdit("The text was changed while you were writing. Both texts are below.")
    terms = substance.checked(db, proposal, terms, now=now)
    if text == proposal.text and terms is None:
        raise RuleBroken("This is the proposal as it stands: change something in it.")
    before = _sent_before(db, proposal, text, terms, reason, actor=actor, now=now)
    if before is not None:
        return before
    amendment = Amendment(
        proposal_id=proposal.id,
        author_id=actor.id,
        base_version=base_version,
        text=text,
        terms=terms,
        reason=reason,
        written_at=now,
    )
    db.add(amendment)
    took_part(db, proposal.guild_id, actor.id, now)
    db.flush()
    note(db, "voting.amendment_proposed", proposal, actor=actor, now=now)
    if proposal.author_id is not None:
        notifications.services.owe(
            db, AMENDED, subject_id=amendment.id, due_at=now, user_ids=[proposal.author_id]
        )
    return amendment


def _sent_before(
    db: Session,
    proposal: Proposal,
    text: str,
    terms: Terms | None,
    reason: str,
    *,
    actor: User,
    now: datetime,
) -> Amendment | None:
    """The very same, offered by this person a moment before."""
    query = select(Amendment).where(
        Amendment.proposal_id == proposal.id,
        Amendment.author_id == actor.id,
        Amendment.state == AmendmentState.OPEN,
        Amendment.text == text,
        Amendment.reason == reason,
        is_doubled(Amendment.written_at, now),
    )
    return next((one for one in db.exec(query.limit(10)) if one.terms == terms), None)


def accept(db: Session, amendment: Amendment, *, actor: User, now: datetime) -> None:
    """Let the proposal's author take it in: the next version. While consent is asked, ask again.

    Raises NotAllowed; RuleBroken with the reason, also if the same words have changed since.
    """
    proposal, amendment = _lock(db, amendment)
    share_guild(db, proposal.guild_id)
    _ask_author(db, proposal, amendment, actor)
    fitted = fit(db, amendment, proposal)
    if fitted is None:
        raise RuleBroken(WRITE_AGAIN)
    text, terms = fitted.text, substance.checked(db, proposal, fitted.terms, now=now)
    if proposal.state == ProposalState.VOTING:
        rounds.integrate(
            db, proposal, actor=actor, text=text, terms=terms, asked=proposal.round, now=now,
            amendment_id=amendment.id,
        )  # fmt: skip
    else:
        _take_in(db, proposal, amendment, text, terms, now=now)
        tell_supporters(db, proposal, now=now)
    took_part(db, proposal.guild_id, actor.id, now)
    _settle(db, amendment, AmendmentState.ACCEPTED, now=now)
    note(db, "voting.amendment_accepted", proposal, actor=actor, now=now)


def decline(db: Session, amendment: Amendment, *, actor: User, answer: str, now: datetime) -> None:
    """Let the proposal's author say no, and why; members may carry it in all the same.

    Raises NotAllowed, RuleBroken.
    """
    proposal, amendment = _lock(db, amendment)
    _ask_author(db, proposal, amendment, actor)
    if amendment.state != AmendmentState.OPEN:
        raise RuleBroken("You declined it already.")
    _settle(db, amendment, AmendmentState.DECLINED, now=now, answer=answer)
    note(db, "voting.amendment_declined", proposal, actor=actor, now=now, reason=answer)


def withdraw(db: Session, amendment: Amendment, *, actor: User, now: datetime) -> None:
    """Take one's own amendment back. Raises NotAllowed, RuleBroken."""
    proposal, amendment = _lock(db, amendment)
    if amendment.author_id != actor.id:
        raise NotAllowed("Only who wrote an amendment takes it back.")
    _ask_pending(amendment)
    amendment.state, amendment.settled_at = AmendmentState.WITHDRAWN, now
    db.add(amendment)
    db.flush()
    note(db, "voting.amendment_withdrawn", proposal, actor=actor, now=now)
    notifications.services.drop(db, subject_id=amendment.id, kinds=[AMENDED, ANSWERED])


def speak(
    db: Session, amendment: Amendment, *, actor: User, is_for: bool | None, now: datetime
) -> None:
    """Be for or against it, open to the guild; None: neither any more.

    Raises NotAllowed, RuleBroken.
    """
    proposal, amendment = _lock(db, amendment)
    _ask_member(db, proposal, actor)
    _ask_pending(amendment)
    refusal = rules.amendable_refusal(proposal)
    if refusal is not None:
        raise RuleBroken(refusal)
    voice = amendments.voice_of(db, amendment.id, actor.id)
    if is_for is None:
        if voice is not None:
            db.delete(voice)
    elif voice is None:
        db.add(AmendmentVoice(amendment_id=amendment.id, user_id=actor.id, is_for=is_for))
    else:
        voice.is_for = is_for
        db.add(voice)
    took_part(db, proposal.guild_id, actor.id, now)
    db.flush()
    amendment.for_count, amendment.against_count = _voices(db, amendment)
    db.add(amendment)
    db.flush()


def carry_in(db: Session, proposal: Proposal, *, now: datetime) -> None:
    """As voting opens: take in what the members carry, most voices for it first; lose the rest.

    Only voices of electors count. The proposal is locked and its electorate taken by the caller.
    """
    pending = amendments.pending(db, proposal.id)
    for amendment in pending:
        amendment.for_count, amendment.against_count = _voices(db, amendment, of_electors=True)
        db.add(amendment)
    needed = rules.voices_needed(proposal.tally, proposal.decision_rule)
    pending.sort(key=lambda one: (-one.for_count, one.written_at, one.id))
    for amendment in pending:
        if rules.amendment_carried(amendment.for_count, amendment.against_count, needed):
            _carry(db, proposal, amendment, now=now)
    if rules.is_asked_again(proposal):
        return
    for amendment in pending:
        if amendment.state == AmendmentState.OPEN:
            _settle(db, amendment, AmendmentState.LOST, now=now)


def _carry(db: Session, proposal: Proposal, amendment: Amendment, *, now: datetime) -> None:
    fitted = fit(db, amendment, proposal)
    try:
        if fitted is None:
            raise RuleBroken("It changes the same words as one that came before it.")
        terms = substance.checked(db, proposal, fitted.terms, now=now)
    except RuleBroken as refused:
        why = amendment.answer or str(refused)
        _settle(db, amendment, AmendmentState.LOST, now=now, answer=why)
        return
    if fitted.text != proposal.text or terms is not None:
        _take_in(db, proposal, amendment, fitted.text, terms, now=now)
    _settle(db, amendment, AmendmentState.CARRIED, now=now, answer=amendment.answer)
    voices = f"{amendment.for_count} for, {amendment.against_count} against"
    note(db, "voting.amendment_carried", proposal, actor=None, now=now, reason=voices)


def _take_in(
    db: Session,
    proposal: Proposal,
    amendment: Amendment,
    text: str,
    terms: Terms | None,
    *,
    now: datetime,
) -> None:
    add_version(
        db,
        proposal,
        title=proposal.title,
        text=text,
        terms=terms,
        now=now,
        amendment_id=amendment.id,
    )


def lose_pending(db: Session, proposal: Proposal, *, now: datetime) -> None:
    """The proposal ended without a vote: nothing is left to amend."""
    statement = (
        sa.update(Amendment)
        .where(col(Amendment.proposal_id) == proposal.id)
        .where(col(Amendment.state) == AmendmentState.OPEN)
        .values(state=AmendmentState.LOST, settled_at=now)
    )
    db.connection().execute(statement)


class Fitted(NamedTuple):
    """A text, and the terms if they change, with an amendment in them."""

    text: str
    terms: Terms | None


def fit(db: Session, amendment: Amendment, proposal: Proposal) -> Fitted | None:
    """The proposal with the amendment in it, whatever changed since.

    None where both touch the same words, or the same part of its terms.
    """
    text, terms = amendment.text, amendment.terms
    if amendment.base_version == proposal.version:
        return Fitted(text, terms)
    base = amendments.text_of_version(db, proposal.id, amendment.base_version)
    joined = differences.merged(base, proposal.text, text)
    if joined is None or len(joined) > TEXT_LENGTH:
        return None
    if terms is not None:
        asked = substance.terms_of_version(db, proposal, amendment.base_version)
        terms = substance.merged(asked, substance.terms_of(db, proposal), terms)
        if terms is None:
            return None
    return Fitted(joined, terms)


def _settle(
    db: Session, amendment: Amendment, state: AmendmentState, *, now: datetime, answer: str = ""
) -> None:
    """End it, or decline it, and tell who wrote it."""
    amendment.state, amendment.settled_at, amendment.answer = state, now, answer
    db.add(amendment)
    db.flush()
    notifications.services.drop(db, subject_id=amendment.id, kinds=[AMENDED, ANSWERED])
    if amendment.author_id is not None:
        notifications.services.owe(
            db, ANSWERED, subject_id=amendment.id, due_at=now, user_ids=[amendment.author_id]
        )


def _lock(db: Session, amendment: Amendment) -> tuple[Proposal, Amendment]:
    """The proposal, held until the transaction ends, and the amendment as it stands now."""
    proposal = lock(db, db.get_one(Proposal, amendment.proposal_id))
    query = select(Amendment).where(Amendment.id == amendment.id)
    return proposal, db.exec(query.execution_options(populate_existing=True)).one()


def _ask_member(db: Session, proposal: Proposal, actor: User) -> None:
    if get_role(db, proposal.guild_id, actor) is None:
        raise NotAllowed("Only members of the guild amend its proposals.")


def _ask_author(db: Session, proposal: Proposal, amendment: Amendment, actor: User) -> None:
    if proposal.author_id != actor.id or get_role(db, proposal.guild_id, actor) is None:
        raise NotAllowed("Only the proposal's author accepts or declines an amendment.")
    _ask_pending(amendment)
    refusal = rules.amendable_refusal(proposal)
    if refusal is not None:
        raise RuleBroken(refusal)


def _ask_pending(amendment: Amendment) -> None:
    if amendment.state not in amendments.PENDING:
        raise RuleBroken("This amendment is settled. Nothing was changed.")


def _voices(db: Session, amendment: Amendment, *, of_electors: bool = False) -> tuple[int, int]:
    """How many are for and against it; of_electors: of those who may vote on the proposal."""
    query = select(AmendmentVoice.is_for, func.count()).where(
        AmendmentVoice.amendment_id == amendment.id
    )
    if of_electors:
        query = query.join(
            Elector,
            (col(Elector.user_id) == AmendmentVoice.user_id)
            & (col(Elector.proposal_id) == amendment.proposal_id),
        )
    counted = dict(db.exec(query.group_by(col(AmendmentVoice.is_for))).all())
    return counted.get(True, 0), counted.get(False, 0)
