"""A guild decides who belongs to it and in what role."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from accounts.models import User
from audit.models import AuditEntry
from core.errors import RuleBroken
from guilds import admission, by_decision
from guilds.models import Guild, JoinRequest, JoinState, Role
from guilds.queries import get_role
from guilds.services import leave
from tests.builders import MEANS, NOW, make_guild
from tests.voting.test_deeds import close_with_yes
from voting import casting, closing, memberships, services, signals
from voting.models import Choice, FailedBy, Proposal, ProposalState
from voting.question import Case

DAY = timedelta(days=1)
CASE = Case("We know them.", timedelta(days=2))


@pytest.fixture
def guild(db: Session, alice: User, bob: User) -> Guild:
    return make_guild(
        db,
        admins=[alice],
        members=[bob],
        charter="consent-circle",
        founded_at=NOW - timedelta(days=100),
    )


@pytest.fixture
def request_to_join(db: Session, guild: Guild, charlie: User) -> JoinRequest:
    return admission.ask_to_join(db, guild, message="May I?", actor=charlie, now=NOW)


@pytest.fixture
def to_admit(db: Session, guild: Guild, bob: User, request_to_join: JoinRequest) -> Proposal:
    return memberships.propose_admission(db, guild, request_to_join, CASE, actor=bob, now=NOW)


def close_with(db: Session, proposal: Proposal, choice: Choice, *voters: User) -> None:
    services.open_voting(db, proposal, now=proposal.opens_at)
    for voter in voters:
        at, reason = proposal.opens_at, "I do not know them."
        casting.cast_ballot(db, proposal, actor=voter, marks=choice, reason=reason, now=at)
    closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    db.flush()


def said(db: Session, proposal: Proposal) -> str:
    """What the proposal's page says that passing does."""
    mandate = memberships.ROLE if proposal.kind == "role" else memberships.MEMBERSHIP
    (sentence,) = mandate.words(db, proposal)
    return sentence


def test_who_asked_is_admitted_by_the_decision(
    db: Session, guild: Guild, alice: User, bob: User, charlie: User, to_admit: Proposal
) -> None:
    assert said(db, to_admit) == "Charlie (@charlie) becomes a member and is told by mail."
    close_with_yes(db, to_admit, alice, bob)
    assert to_admit.carried_out_at is not None
    assert get_role(db, guild.id, charlie) == Role.MEMBER


def test_who_took_the_request_back_is_not(
    db: Session, guild: Guild, alice: User, bob: User, charlie: User, to_admit: Proposal
) -> None:
    admission.withdraw_request(db, guild, actor=charlie, now=NOW)
    close_with_yes(db, to_admit, alice, bob)
    assert to_admit.carried_out_at is None
    assert to_admit.not_carried_out == "This request was answered or taken back already."
    assert get_role(db, guild.id, charlie) is None


def test_a_request_is_before_the_guild_once(
    db: Session, guild: Guild, alice: User, request_to_join: JoinRequest, to_admit: Proposal
) -> None:
    with pytest.raises(RuleBroken, match="asked this already"):
        memberships.propose_admission(db, guild, request_to_join, CASE, actor=alice, now=NOW)
    services.withdraw(db, to_admit, actor=db.get_one(User, to_admit.author_id), now=NOW)
    memberships.propose_admission(db, guild, request_to_join, CASE, actor=alice, now=NOW)


def test_whom_the_guild_turned_down_is_told_so(
    db: Session, alice: User, bob: User, charlie: User
) -> None:
    guild = make_guild(
        db, admins=[alice], members=[bob], charter="elected-council", founded_at=NOW - 100 * DAY
    )
    request = admission.ask_to_join(db, guild, message="", actor=charlie, now=NOW)
    proposal = memberships.propose_admission(db, guild, request, CASE, actor=bob, now=NOW)
    with signals.proposal_decided.connected_to(memberships.decline_if_refused):
        close_with(db, proposal, Choice.NO, alice, bob)
    assert proposal.failed_by == FailedBy.THRESHOLD
    assert request.state == JoinState.DECLINED


def test_without_a_quorum_the_request_waits_for_another_vote(
    db: Session, guild: Guild, request_to_join: JoinRequest, to_admit: Proposal
) -> None:
    with signals.proposal_decided.connected_to(memberships.decline_if_refused):
        close_with(db, to_admit, Choice.YES)
    assert to_admit.failed_by == FailedBy.QUORUM
    assert request_to_join.state == JoinState.PENDING


def test_a_member_is_expelled_by_the_decision(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    proposal = memberships.propose_expulsion(db, guild, bob.id, CASE, actor=alice, now=NOW)
    assert said(db, proposal).startswith("Bob (@bob) does not belong to the guild any more")
    close_with_yes(db, proposal, alice)
    assert proposal.carried_out_at is not None
    assert get_role(db, guild.id, bob) is None


def test_who_left_meanwhile_is_not_expelled(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    proposal = memberships.propose_expulsion(db, guild, bob.id, CASE, actor=alice, now=NOW)
    leave(db, guild, actor=bob, now=NOW)
    close_with_yes(db, proposal, alice)
    assert proposal.not_carried_out == "This person does not belong to the guild any more."


def test_a_role_is_given_by_the_decision(db: Session, guild: Guild, alice: User, bob: User) -> None:
    proposal = memberships.propose_role(db, guild, bob.id, Role.ORGANISER, CASE, actor=bob, now=NOW)
    assert proposal.title == "Make a member an organiser"
    assert said(db, proposal) == "Bob (@bob) becomes an organiser."
    close_with_yes(db, proposal, alice, bob)
    assert get_role(db, guild.id, bob) == Role.ORGANISER


def test_the_last_admin_stays_one_until_there_is_another(
    db: Session, guild: Guild, alice: User, bob: User, charlie: User
) -> None:
    with pytest.raises(RuleBroken, match="without an admin"):
        memberships.propose_role(db, guild, alice.id, Role.MEMBER, CASE, actor=bob, now=NOW)
    with pytest.raises(RuleBroken, match="without an admin"):
        memberships.propose_expulsion(db, guild, alice.id, CASE, actor=bob, now=NOW)
    with pytest.raises(RuleBroken, match="Leave the guild"):
        memberships.propose_expulsion(db, guild, alice.id, CASE, actor=alice, now=NOW)
    with pytest.raises(RuleBroken, match="already"):
        memberships.propose_role(db, guild, alice.id, Role.ADMIN, CASE, actor=bob, now=NOW)


def test_who_left_a_moment_ago_is_proposed_for_no_role(
    db: Session, guild: Guild, bob: User, charlie: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_decision, "role_refusal", lambda *_: None)  # asked before they left
    with pytest.raises(RuleBroken, match="does not belong"):
        memberships.propose_role(db, guild, charlie.id, Role.ORGANISER, CASE, actor=bob, now=NOW)


def test_the_record_names_nobody_and_a_gone_account_has_no_name(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    proposal = memberships.propose_expulsion(db, guild, bob.id, CASE, actor=alice, now=NOW)
    assert memberships.person_of(db, proposal) == bob
    proposal.deed = {**proposal.deed, "user_id": str(guild.id)}
    assert said(db, proposal).startswith("Somebody whose account is gone does not belong")
    db.commit()
    told = " ".join(f"{one.summary} {one.reason}" for one in db.exec(select(AuditEntry)))
    assert "bob" not in told.lower()
    assert proposal.state == ProposalState.DELIBERATION
