from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from accounts.models import User
from audit.models import AuditEntry
from core.errors import NotAllowed, RuleBroken
from guilds.charter import Charter, DecisionKind, Method
from guilds.charter_templates import TEMPLATES
from guilds.models import Guild, Membership, Role
from notifications.models import Notice
from tests.builders import MEANS, NOW, make_guild, make_user, make_vote
from voting import (
    ballots,
    casting,
    closing,
    delegations,
    exporting,
    round_queries,
    rounds,
    services,
    signals,
)
from voting.consenting import MOST_ROUNDS, REVIEW_AFTER
from voting.models import (
    Ballot,
    Choice,
    Elector,
    FailedBy,
    Proposal,
    ProposalState,
    ProposalVersion,
    Representation,
)
from voting.question import OptionFacts

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
NO_SHADE = "The bank would lie in shade all day."


@pytest.fixture
def carla(db: Session) -> User:
    return make_user(db, "carla")


@pytest.fixture
def circle(db: Session, alice: User, bob: User, carla: User) -> Guild:
    return make_guild(db, admins=[alice], members=[bob, carla], charter="consent-circle")


@pytest.fixture
def asked(db: Session, circle: Guild, alice: User) -> Proposal:
    """Alice's proposal, about which the circle of three is asked for one day."""
    return make_vote(db, circle, alice)


def answer(
    db: Session,
    proposal: Proposal,
    actor: User,
    choice: Choice,
    reason: str = "",
    *,
    asked: int | None = None,
    now: datetime = NOW,
) -> Ballot:
    return rounds.answer(
        db,
        proposal,
        actor=actor,
        choice=choice,
        reason=reason,
        asked=asked or proposal.round,
        now=now,
    )


def close(db: Session, proposal: Proposal) -> bool:
    return closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)


def integrate(db: Session, proposal: Proposal, actor: User, text: str, asked: int = 1) -> None:
    rounds.integrate(db, proposal, actor=actor, text=text, asked=asked, now=NOW)


def owed(db: Session, kind: str) -> list[Notice]:
    return list(db.exec(select(Notice).where(Notice.kind == kind)))


def deeds(db: Session) -> list[str]:
    db.commit()
    return list(db.exec(select(AuditEntry.action).order_by(col(AuditEntry.sequence))))


# --- answering ---


def test_an_objection_needs_its_reason_however_it_comes(
    db: Session, asked: Proposal, bob: User
) -> None:
    with pytest.raises(RuleBroken, match="needs its reason"):
        answer(db, asked, bob, Choice.NO, "  ")
    with pytest.raises(RuleBroken, match="needs its reason"):
        casting.cast_ballot(db, asked, actor=bob, marks=Choice.NO, now=NOW)
    assert asked.tally.ballots == 0
    answer(db, asked, bob, Choice.NO, NO_SHADE)
    assert asked.tally[:3] == (0, 1, 0)
    [(ballot, user)] = round_queries.objections(db, asked.id)
    assert (ballot.reason, user) == (NO_SHADE, bob)


def test_the_author_hears_of_objections_and_the_record_too(
    db: Session, asked: Proposal, alice: User, bob: User, carla: User
) -> None:
    answer(db, asked, bob, Choice.NO, NO_SHADE)
    answer(db, asked, bob, Choice.NO, "The bank would lie in shade.", now=NOW + SECOND)
    answer(db, asked, carla, Choice.NO, "Willows drink the well dry.", now=NOW + SECOND)
    assert [notice.user_id for notice in owed(db, "voting.objected")] == [alice.id]
    answer(db, asked, bob, Choice.YES, now=NOW + 2 * SECOND)
    assert deeds(db)[-3:] == ["voting.objected", "voting.objected", "voting.objection_resolved"]
    reasons = db.exec(select(AuditEntry.reason).where(AuditEntry.action == "voting.objected"))
    assert set(reasons) == {""}


def test_the_reason_is_in_the_data_of_who_gave_it(db: Session, asked: Proposal, bob: User) -> None:
    answer(db, asked, bob, Choice.NO, NO_SHADE)
    _, data = exporting.export_of_user(bob, db=db)
    assert [(one["marks"], one["reason"]) for one in data["ballots"]] == [("no", NO_SHADE)]


def test_the_author_is_not_told_of_the_own_objection(
    db: Session, asked: Proposal, alice: User
) -> None:
    answer(db, asked, alice, Choice.NO, "I changed my mind.")
    assert owed(db, "voting.objected") == []


def test_once_all_have_answered_and_nobody_objects_it_closes(
    db: Session, asked: Proposal, alice: User, bob: User, carla: User
) -> None:
    answer(db, asked, alice, Choice.YES)
    answer(db, asked, bob, Choice.NO, NO_SHADE)
    answer(db, asked, carla, Choice.ABSTAIN)
    assert asked.closes_at > NOW
    answer(db, asked, bob, Choice.YES)
    assert asked.closes_at == NOW
    assert close(db, asked)
    assert asked.state == ProposalState.PASSED
    assert asked.carried_out_at == NOW


# --- another round ---


def test_objections_left_at_the_close_lead_to_another_round(
    db: Session, circle: Guild, asked: Proposal, alice: User, bob: User, carla: User
) -> None:
    heard: list[Any] = []
    answer(db, asked, alice, Choice.YES)
    answer(db, asked, bob, Choice.NO, NO_SHADE)
    ends_at = asked.closes_at
    with signals.proposal_decided.connected_to(lambda p, **_: heard.append(p)):
        assert close(db, asked)
    assert heard == []
    assert (asked.state, asked.round) == (ProposalState.DELIBERATION, 2)
    assert (asked.failed_by, asked.decided_at, asked.result, asked.root_hash) == (None,) * 4
    assert asked.tally == (0, 0, 0, 0, None)
    assert (asked.opens_at, asked.closes_at) == (ends_at + 2 * DAY, ends_at + 3 * DAY)
    [ended] = round_queries.ended_rounds(db, asked.id)
    assert (ended.number, ended.version, ended.is_integrated) == (1, 1, False)
    assert (ended.opened_at, ended.ended_at) == (NOW, ends_at)
    assert ended.tally == (1, 1, 0, 3, None)
    assert db.exec(select(Elector)).all() == []
    told = {notice.user_id for notice in owed(db, "voting.next_round")}
    assert told == {alice.id, bob.id, carla.id}
    assert owed(db, "voting.closes_soon") == owed(db, "voting.decided") == []
    assert deeds(db)[-1] == "voting.another_round"


def test_a_round_asks_who_belongs_to_the_circle_then_and_counts_its_own_answers(
    db: Session, circle: Guild, asked: Proposal, alice: User, bob: User, carla: User
) -> None:
    answer(db, asked, bob, Choice.NO, NO_SHADE)
    answer(db, asked, carla, Choice.YES)
    close(db, asked)
    dora = make_user(db, "dora")
    db.add(Membership(guild_id=circle.id, user_id=dora.id, role=Role.MEMBER, joined_at=NOW))
    db.flush()
    opens_at = asked.opens_at
    assert services.open_voting(db, asked, now=opens_at)
    assert asked.electorate_count == 4
    assert ballots.my_ballot(db, asked, bob.id) is None
    for person in (alice, bob, dora):
        answer(db, asked, person, Choice.YES, now=opens_at)
    close(db, asked)
    assert asked.state == ProposalState.PASSED
    assert asked.tally == (3, 0, 0, 4, 3)
    earlier = round_queries.answers(db, asked.id, 1)
    said = {ballot.marks: user for ballot, user in earlier}
    assert said == {"no": bob, "yes": carla}
    assert len(round_queries.answers(db, asked.id, 2)) == 3


def test_who_was_represented_by_whom_is_taken_anew_too(
    db: Session, asked: Proposal, alice: User, bob: User
) -> None:
    answer(db, asked, bob, Choice.NO, NO_SHADE)
    answer(db, asked, alice, Choice.ABSTAIN)
    db.add(Representation(proposal_id=asked.id, principal_id=alice.id, voter_id=bob.id))
    db.flush()
    close(db, asked)
    assert db.exec(select(Representation)).all() == []


def test_delegations_hold_over_rounds_and_weigh_in_each_anew(
    db: Session, alice: User, bob: User, carla: User
) -> None:
    guild = make_guild(
        db, admins=[alice], members=[bob, carla], slug="trusting", charter=trusting_charter()
    )
    delegations.give(db, guild, holder=carla, actor=bob, now=NOW - DAY)
    proposal = make_vote(db, guild, alice)
    answer(db, proposal, carla, Choice.NO, NO_SHADE)
    close(db, proposal)
    assert proposal.round == 2
    assert round_queries.ended_rounds(db, proposal.id)[0].tally[:3] == (0, 2, 0)
    assert proposal.represented_count == 0
    services.open_voting(db, proposal, now=proposal.opens_at)
    for person in (alice, carla):
        answer(db, proposal, person, Choice.YES, now=proposal.opens_at)
    close(db, proposal)
    assert proposal.state == ProposalState.PASSED
    assert proposal.tally == (3, 0, 0, 3, 3)
    assert proposal.represented_count == 1
    [represented] = db.exec(select(Representation)).all()
    assert (represented.principal_id, represented.voter_id) == (bob.id, carla.id)


def trusting_charter() -> Charter:
    rules = dict(TEMPLATES["consent-circle"].charter.rules)
    kind = DecisionKind.RESOLUTION
    rules[kind] = rules[kind].model_copy(update={"delegation": True, "delegation_cap": 5})
    return Charter(rules=rules)


def test_with_objections_after_the_last_round_it_is_not_adopted(
    db: Session, asked: Proposal, alice: User, bob: User
) -> None:
    for number in range(1, MOST_ROUNDS + 1):
        assert asked.round == number
        at = asked.opens_at
        answer(db, asked, bob, Choice.NO, NO_SHADE, now=at)
        answer(db, asked, alice, Choice.YES, now=at)
        close(db, asked)
        if number < MOST_ROUNDS:
            services.open_voting(db, asked, now=asked.opens_at)
    assert (asked.state, asked.failed_by) == (ProposalState.FAILED, FailedBy.OBJECTIONS)
    assert asked.review_at is None
    assert len(round_queries.ended_rounds(db, asked.id)) == MOST_ROUNDS - 1
    assert deeds(db).count("voting.another_round") == MOST_ROUNDS - 1
    entry = db.exec(select(AuditEntry).where(AuditEntry.action == "voting.failed")).one()
    assert "1 consent, 1 objection, 0 standing aside" in entry.reason


def test_without_the_quorum_nothing_goes_on(db: Session, asked: Proposal, bob: User) -> None:
    answer(db, asked, bob, Choice.NO, NO_SHADE)
    close(db, asked)
    assert (asked.state, asked.failed_by) == (ProposalState.FAILED, FailedBy.QUORUM)


def test_the_author_takes_it_back_between_two_rounds(
    db: Session, asked: Proposal, alice: User, bob: User, carla: User
) -> None:
    answer(db, asked, bob, Choice.NO, NO_SHADE)
    answer(db, asked, carla, Choice.NO, NO_SHADE)
    close(db, asked)
    services.withdraw(db, asked, actor=alice, now=NOW)
    assert asked.state == ProposalState.WITHDRAWN


# --- taking a change in ---


def test_taking_a_change_in_voids_what_was_said_to_the_old_text(
    db: Session, asked: Proposal, alice: User, bob: User, carla: User
) -> None:
    answer(db, asked, carla, Choice.YES)
    answer(db, asked, bob, Choice.NO, NO_SHADE)
    integrate(db, asked, alice, "They hold the soil. **Every third** only.")
    assert (asked.state, asked.round, asked.version) == (ProposalState.DELIBERATION, 2, 2)
    assert "<strong>Every third</strong>" in asked.text_html
    assert asked.tally.ballots == 0
    [ended] = round_queries.ended_rounds(db, asked.id)
    assert (ended.version, ended.is_integrated, ended.tally[:3]) == (1, True, (1, 1, 0))
    versions = db.exec(select(ProposalVersion.number).order_by(col(ProposalVersion.number)))
    assert list(versions) == [1, 2]
    assert owed(db, "voting.objected") == []
    assert len(owed(db, "voting.next_round")) == 3
    assert deeds(db)[-1] == "voting.integrated"
    services.open_voting(db, asked, now=asked.opens_at)
    for person in (alice, bob):
        answer(db, asked, person, Choice.YES, now=asked.opens_at)
    close(db, asked)
    assert asked.state == ProposalState.PASSED
    assert asked.tally == (2, 0, 0, 3, 3)


def test_an_answer_to_the_text_of_an_earlier_round_is_refused(
    db: Session, asked: Proposal, alice: User, bob: User
) -> None:
    integrate(db, asked, alice, "Another text.")
    with pytest.raises(rounds.AskedAnew):
        answer(db, asked, bob, Choice.YES, asked=1)
    services.open_voting(db, asked, now=asked.opens_at)
    with pytest.raises(rounds.AskedAnew):
        answer(db, asked, bob, Choice.YES, asked=1, now=asked.opens_at)
    with pytest.raises(rounds.AskedAnew):
        integrate(db, asked, alice, "A third text.", asked=1)
    assert asked.tally.ballots == 0


def test_only_the_author_takes_a_change_in_and_only_a_change(
    db: Session, circle: Guild, asked: Proposal, alice: User, bob: User
) -> None:
    with pytest.raises(NotAllowed, match="Only its author"):
        integrate(db, asked, bob, "Mine.")
    with pytest.raises(RuleBroken, match="different from before"):
        integrate(db, asked, alice, asked.text)
    by_score = make_vote(db, circle, alice, method=Method.SCORE, options=two_options())
    with pytest.raises(RuleBroken, match="not now"):
        integrate(db, by_score, alice, "Other.")
    assert asked.version == by_score.version == 1


def two_options() -> tuple[OptionFacts, ...]:
    return OptionFacts("Willow"), OptionFacts("Alder")


def test_where_the_charter_has_no_debate_a_later_round_is_talked_about_all_the_same(
    db: Session, alice: User, bob: User
) -> None:
    rules = quick_charter()
    guild = make_guild(db, admins=[alice], members=[bob], slug="quick", charter=rules)
    proposal = make_vote(db, guild, alice, voting_length=timedelta(minutes=15))
    answer(db, proposal, bob, Choice.NO, NO_SHADE)
    integrate(db, proposal, alice, "Another text.")
    assert proposal.opens_at == NOW + timedelta(minutes=15)
    assert proposal.closes_at == NOW + timedelta(minutes=30)


def quick_charter() -> Charter:
    rules = dict(TEMPLATES["affinity-group"].charter.rules)
    kind = DecisionKind.RESOLUTION
    rules[kind] = rules[kind].model_copy(update={"methods": (Method.CONSENT,)})
    return Charter(rules=rules)


def test_the_first_objections_of_every_round_are_read(
    db: Session,
    asked: Proposal,
    alice: User,
    bob: User,
    carla: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for person in (bob, carla):
        answer(db, asked, person, Choice.NO, NO_SHADE)
    integrate(db, asked, alice, "Another text.")
    services.open_voting(db, asked, now=asked.opens_at)
    answer(db, asked, carla, Choice.NO, NO_SHADE, now=asked.opens_at)
    monkeypatch.setattr(round_queries, "MOST_OBJECTIONS", 1)
    raised = round_queries.objections(db, asked.id)
    assert [ballot.round for ballot, _ in raised] == [2, 1]


# --- review ---


@pytest.mark.parametrize(
    ("chosen", "reviewed"),
    [
        (None, REVIEW_AFTER + DAY),
        (NOW + 30 * DAY, 30 * DAY),
        (NOW + DAY / 2, REVIEW_AFTER + DAY),
    ],
)
def test_what_is_adopted_has_a_review_date_to_come(
    db: Session,
    circle: Guild,
    alice: User,
    bob: User,
    chosen: datetime | None,
    reviewed: timedelta,
) -> None:
    proposal = make_vote(db, circle, alice, review_at=chosen)
    answer(db, proposal, alice, Choice.YES)
    answer(db, proposal, bob, Choice.YES)
    close(db, proposal)
    assert proposal.state == ProposalState.PASSED
    assert proposal.review_at == NOW + reviewed
