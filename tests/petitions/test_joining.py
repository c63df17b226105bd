"""Guilds that stand behind another guild's petition, by decisions of their own."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session, col, select

import voting.casting
import voting.closing
from accounts.models import User
from audit.models import AuditEntry
from core.errors import NotAllowed, RuleBroken
from guilds.models import Guild, Role
from notifications.models import Notice
from petitions import joining, life, lists
from petitions.joining import Deed
from petitions.models import Petition
from petitions.writing_models import CoPetitioner, JoinState
from tests.builders import MEANS, NOW, make_guild, make_petition, make_user
from tests.drafting_builders import make_standing
from voting.models import Choice, Proposal, ProposalState
from voting.question import Case

WEEK = timedelta(days=7)


@pytest.fixture
def petition(db: Session, alice: User) -> Petition:
    """Alice's guild's, open."""
    return make_petition(db, make_guild(db, admins=[alice], charter="affinity-group"))


@pytest.fixture
def other(db: Session, bob: User) -> Guild:
    """Bob's guild."""
    return make_guild(
        db, admins=[bob], slug="night-watch", name="Night watch", charter="affinity-group"
    )


def propose(
    db: Session, petition: Petition, guild: Guild, actor: User, deed: Deed = Deed.JOIN
) -> Proposal:
    case = Case("They ask what we ask.", WEEK)
    return joining.propose(db, petition, guild, deed, case=case, actor=actor, now=NOW)


def decide(
    db: Session, petition: Petition, guild: Guild, actor: User, deed: Deed = Deed.JOIN
) -> Proposal:
    proposal = propose(db, petition, guild, actor, deed)
    voting.casting.cast_ballot(db, proposal, actor=actor, marks=Choice.YES, now=NOW)
    voting.closing.close_proposal(db, proposal, MEANS, now=NOW + WEEK)
    return proposal


def standing(db: Session) -> CoPetitioner:
    return db.exec(select(CoPetitioner)).one()


def told(db: Session, kind: str) -> set[object]:
    return set(db.exec(select(Notice.user_id).where(Notice.kind == kind)))


def test_a_guild_joins_by_its_own_decision(
    db: Session, petition: Petition, other: Guild, alice: User, bob: User
) -> None:
    proposal = decide(db, petition, other, bob)
    assert proposal.carried_out_at == NOW + WEEK
    assert not proposal.repeats_subject  # what members say for it may change
    assert joining.public_names(db, petition.id) == ["Night watch"]
    assert told(db, joining.JOINED) == {alice.id}
    db.commit()
    entries = db.exec(
        select(AuditEntry.guild_id).where(AuditEntry.action == "petitions.joined")
    ).all()
    assert entries == [other.id]


def test_it_leaves_and_joins_again(
    db: Session, petition: Petition, other: Guild, bob: User
) -> None:
    decide(db, petition, other, bob)
    decide(db, petition, other, bob, Deed.LEAVE)
    assert joining.public_names(db, petition.id) == []
    assert joining.refusal(db, petition, other, Deed.LEAVE) is not None
    decide(db, petition, other, bob)
    assert joining.public_names(db, petition.id) == ["Night watch"]
    assert standing(db).state == JoinState.JOINED


def test_those_who_run_the_petition_may_decline(
    db: Session, petition: Petition, other: Guild, alice: User, bob: User
) -> None:
    decide(db, petition, other, bob)
    with pytest.raises(NotAllowed):
        joining.decline(db, petition, standing(db).id, actor=bob, reason="Ha.", now=NOW)
    joining.decline(db, petition, standing(db).id, actor=alice, reason="Not you.", now=NOW)
    assert joining.public_names(db, petition.id) == []
    assert told(db, joining.DECLINED) == {bob.id}
    assert "Not you." in (joining.refusal(db, petition, other, Deed.JOIN) or "")
    with pytest.raises(RuleBroken):
        joining.decline(db, petition, standing(db).id, actor=alice, reason="Not you.", now=NOW)
    joining.let_join_again(db, petition, standing(db).id, actor=alice, now=NOW)
    assert joining.refusal(db, petition, other, Deed.JOIN) is None


def test_what_was_declined_meanwhile_is_passed_but_not_done(
    db: Session, petition: Petition, other: Guild, alice: User, bob: User
) -> None:
    proposal = propose(db, petition, other, bob)
    voting.casting.cast_ballot(db, proposal, actor=bob, marks=Choice.YES, now=NOW)
    life.stop_petition(db, petition, actor=alice, reason="Done.", now=NOW)
    voting.closing.close_proposal(db, proposal, MEANS, now=NOW + WEEK)
    assert proposal.state == ProposalState.PASSED
    assert "not open any more" in proposal.not_carried_out
    assert db.exec(select(CoPetitioner)).all() == []


def test_what_cannot_be_joined_says_why(
    db: Session, petition: Petition, other: Guild, alice: User, bob: User
) -> None:
    own = db.get_one(Guild, petition.guild_id)
    with pytest.raises(RuleBroken, match="own petition"):
        propose(db, petition, own, alice)
    with pytest.raises(NotAllowed):
        propose(db, petition, other, make_user(db, "charlie"))
    propose(db, petition, other, bob)
    with pytest.raises(RuleBroken, match="deciding on it already"):
        propose(db, petition, other, bob)
    short = make_petition(db, own, closes_on=date(2026, 3, 5))
    with pytest.raises(RuleBroken, match="before the guild has decided"):
        propose(db, short, other, bob)


def test_an_unlisted_guild_is_counted_and_not_named(
    db: Session, petition: Petition, bob: User
) -> None:
    hidden = make_guild(
        db, admins=[bob], slug="quiet", name="Quiet", charter="affinity-group", listed=False
    )
    decide(db, petition, hidden, bob)
    assert joining.public_names(db, petition.id) == []
    assert joining.standing_count(db, petition.id) == 1
    assert [one.name for one in joining.standings(db, petition.id, None)] == [""]
    assert [one.name for one in joining.standings(db, petition.id, bob)] == ["Quiet"]


def test_a_refused_join_leaves_the_petition_alone(
    db: Session, petition: Petition, other: Guild, bob: User, reactions: None
) -> None:
    proposal = propose(db, petition, other, bob)
    voting.casting.cast_ballot(db, proposal, actor=bob, marks=Choice.NO, now=NOW)
    state = petition.state
    voting.closing.close_proposal(db, proposal, MEANS, now=NOW + WEEK)
    assert proposal.state == ProposalState.FAILED
    db.refresh(petition)
    assert petition.state == state
    assert db.exec(select(col(CoPetitioner.id))).all() == []


def test_a_guild_lists_what_it_stands_behind_beside_its_own(
    db: Session, petition: Petition, other: Guild, bob: User
) -> None:
    own = make_petition(db, other, bob, title="Quiet nights", opened_at=NOW)
    assert [line.id for line in lists.petitions_of_guild(db, other, None)] == [own.id]
    decide(db, petition, other, bob)
    both = [own.id, petition.id]
    for role in (None, Role.MEMBER):
        assert [line.id for line in lists.petitions_of_guild(db, other, role)] == both
    line = lists.petitions_of_guild(db, other, None)[1]
    assert (line.guild_id, line.guild_name) == (petition.guild_id, "River guild")
    decide(db, petition, other, bob, Deed.LEAVE)
    assert [line.id for line in lists.petitions_of_guild(db, other, None)] == [own.id]


@pytest.mark.parametrize("leaves", [False, True])
def test_organisers_of_a_guild_behind_it_hear_that_it_was_stopped(
    db: Session, petition: Petition, alice: User, bob: User, charlie: User, leaves: bool
) -> None:
    other = make_guild(db, admins=[bob], members=[charlie], slug="night-watch")
    make_standing(db, petition, other, bob).state = JoinState.LEFT if leaves else JoinState.JOINED
    life.stop_petition(db, petition, actor=alice, reason="Done.", now=NOW)
    assert told(db, life.STOPPED) == {alice.id} | (set() if leaves else {bob.id})
