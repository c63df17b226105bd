from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from blinker import Signal
from sqlmodel import Session, col, select

from accounts.models import User
from audit.models import AuditEntry
from core.errors import NotAllowed, RuleBroken
from guilds.charter import DecisionKind
from guilds.models import Guild, GuildState, Membership, Role
from notifications.models import Notice
from tests.builders import MEANS, NOW, make_guild, make_proposal, make_user, make_vote
from voting import casting, closing, debate, mandates, services, signals
from voting.models import Ballot, Choice, Elector, FailedBy, Proposal, ProposalState

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


@contextmanager
def listening(signal: Signal, deed: Any) -> Iterator[None]:
    with signal.connected_to(deed):
        yield


def owed(db: Session, kind: str) -> list[Notice]:
    return list(db.exec(select(Notice).where(Notice.kind == kind).order_by(col(Notice.due_at))))


def deeds(db: Session) -> list[str]:
    db.commit()
    return list(db.exec(select(AuditEntry.action).order_by(col(AuditEntry.sequence))))


# --- put ---


def test_a_proposal_pins_the_charter_and_waits_for_the_debate(
    db: Session, guild: Guild, bob: User
) -> None:
    proposal = make_proposal(db, guild, bob, voting_length=3 * DAY)
    assert proposal.state == ProposalState.DELIBERATION
    assert (proposal.opens_at, proposal.closes_at) == (NOW + DAY, NOW + 4 * DAY)
    assert proposal.decision_rule.deliberation == DAY
    assert proposal.electorate_count is None
    assert deeds(db) == ["voting.proposed"]


def test_without_deliberation_voting_opens_at_once(db: Session, alice: User, bob: User) -> None:
    guild = make_guild(db, admins=[alice], members=[bob], charter="affinity-group")
    proposal = make_proposal(db, guild, bob)
    assert proposal.state == ProposalState.VOTING
    assert proposal.electorate_count == 2
    assert deeds(db) == ["voting.proposed", "voting.opened"]


@pytest.mark.parametrize("length", [2 * DAY - SECOND, 14 * DAY + timedelta(seconds=1)])
def test_voting_lasts_as_long_as_the_charter_allows(
    db: Session, guild: Guild, bob: User, length: timedelta
) -> None:
    with pytest.raises(RuleBroken, match="2 days to 14 days"):
        make_proposal(db, guild, bob, voting_length=length)


def test_who_may_propose_is_the_charter_s_word(db: Session, alice: User, bob: User) -> None:
    guild = make_guild(db, admins=[alice], members=[bob], charter="federation-with-quorum")
    with pytest.raises(NotAllowed):
        make_proposal(db, guild, bob, kind=DecisionKind.OPEN_PETITION)
    with pytest.raises(NotAllowed):
        make_proposal(db, guild, make_user(db, "charlie"))
    assert make_proposal(db, guild, bob).kind == "resolution"
    assert make_proposal(db, guild, alice, kind=DecisionKind.OPEN_PETITION).kind == "open_petition"


def test_a_dissolved_guild_decides_nothing(db: Session, guild: Guild, bob: User) -> None:
    guild.state = GuildState.DISSOLVED
    db.add(guild)
    db.flush()
    with pytest.raises(RuleBroken, match="dissolved"):
        make_proposal(db, guild, bob)


# --- open ---


def test_opening_takes_the_electorate_and_owes_everyone_two_notices(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    make_guild(db, admins=[make_user(db, "charlie")], slug="other-guild")
    proposal = make_proposal(db, guild, bob)
    assert services.open_voting(db, proposal, now=NOW + DAY - SECOND) is False
    assert services.open_voting(db, proposal, now=NOW + DAY) is True
    assert services.open_voting(db, proposal, now=NOW + DAY) is False
    electors = set(db.exec(select(Elector.user_id)))
    assert electors == {alice.id, bob.id}
    assert proposal.electorate_count == 2
    assert [notice.due_at for notice in owed(db, "voting.opened")] == [NOW + DAY] * 2
    reminders = {notice.due_at for notice in owed(db, "voting.closes_soon")}
    assert reminders == {NOW + 3 * DAY - DAY / 2}


# --- cast ---


def test_a_ballot_can_be_changed_until_the_close_and_counts_once(
    db: Session, guild: Guild, bob: User
) -> None:
    proposal = make_vote(db, guild, bob)
    for choice in (Choice.YES, Choice.NO, Choice.NO, Choice.ABSTAIN):
        casting.cast_ballot(db, proposal, actor=bob, marks=choice, now=NOW)
    assert proposal.tally == (0, 0, 1, 2, 2)
    assert [ballot.marks for ballot in db.exec(select(Ballot))] == [Choice.ABSTAIN]
    with pytest.raises(RuleBroken, match="closed"):
        casting.cast_ballot(db, proposal, actor=bob, marks=Choice.YES, now=proposal.closes_at)


def test_who_joins_after_opening_does_not_vote_and_who_left_neither(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    proposal = make_vote(db, guild, alice)
    charlie = make_user(db, "charlie")
    db.add(Membership(guild_id=guild.id, user_id=charlie.id, role=Role.MEMBER, joined_at=NOW))
    db.flush()
    with pytest.raises(RuleBroken, match="not among them"):
        casting.cast_ballot(db, proposal, actor=charlie, marks=Choice.YES, now=NOW)
    casting.cast_ballot(db, proposal, actor=bob, marks=Choice.YES, now=NOW)
    leave(db, guild, bob)
    with pytest.raises(RuleBroken, match="no longer"):
        casting.cast_ballot(db, proposal, actor=bob, marks=Choice.NO, now=NOW)
    assert closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    assert proposal.tally == (1, 0, 0, 2, 2)


def leave(db: Session, guild: Guild, user: User) -> None:
    table = sa.inspect(Membership).local_table
    db.connection().execute(
        sa.delete(Membership).where(table.c.guild_id == guild.id, table.c.user_id == user.id)
    )


# --- comment ---


def test_members_debate_and_the_count_is_kept(db: Session, guild: Guild, bob: User) -> None:
    proposal = make_proposal(db, guild, bob)
    said = debate.comment(db, proposal, actor=bob, text="Why *east*?", now=NOW)
    assert said.text_html == "<p>Why <em>east</em>?</p>\n"
    assert proposal.comment_count == 1
    with pytest.raises(NotAllowed):
        debate.comment(db, proposal, actor=make_user(db, "charlie"), text="I", now=NOW)


# --- withdraw ---


def test_the_author_withdraws_before_the_first_ballot_and_the_rest_hears_of_it(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    heard: list[Proposal] = []

    def hear(proposal: Proposal, *, db: Session, now: datetime) -> None:
        heard.append(proposal)

    proposal = make_vote(db, guild, bob)
    with pytest.raises(NotAllowed):
        services.withdraw(db, proposal, actor=alice, now=NOW)
    with listening(signals.proposal_withdrawn, hear):
        services.withdraw(db, proposal, actor=bob, now=NOW)
    assert proposal.state == ProposalState.WITHDRAWN
    assert heard == [proposal]
    assert owed(db, "voting.opened") == []
    assert owed(db, "voting.closes_soon") == []
    assert deeds(db)[-1] == "voting.withdrawn"


def test_a_vote_under_way_cannot_be_called_off(db: Session, guild: Guild, bob: User) -> None:
    proposal = make_vote(db, guild, bob)
    casting.cast_ballot(db, proposal, actor=bob, marks=Choice.NO, now=NOW)
    with pytest.raises(NotAllowed):
        services.withdraw(db, proposal, actor=bob, now=NOW)


def test_a_dissolved_guild_leaves_no_proposal_open(db: Session, guild: Guild, bob: User) -> None:
    debated, voted = make_proposal(db, guild, bob), make_vote(db, guild, bob)
    decided = make_vote(db, guild, bob, now=NOW - 9 * DAY)
    closing.close_proposal(db, decided, MEANS, now=NOW)
    services.withdraw_open_proposals(guild, db=db, now=NOW)
    assert debated.state == voted.state == ProposalState.WITHDRAWN
    assert decided.state == ProposalState.FAILED


# --- close ---


def test_a_passed_proposal_is_carried_out_in_the_same_transaction(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    proposal = make_vote(db, guild, bob)
    casting.cast_ballot(db, proposal, actor=bob, marks=Choice.YES, now=NOW)
    closes_at = proposal.closes_at
    assert closing.close_proposal(db, proposal, MEANS, now=closes_at - SECOND) is False
    assert closing.close_proposal(db, proposal, MEANS, now=closes_at) is True
    assert closing.close_proposal(db, proposal, MEANS, now=closes_at) is False
    assert proposal.decided_at == proposal.carried_out_at == closes_at
    assert {notice.user_id for notice in owed(db, "voting.decided")} == {alice.id, bob.id}
    assert owed(db, "voting.closes_soon") == []
    assert deeds(db)[-2:] == ["voting.passed", "voting.carried_out"]


def test_a_missed_quorum_is_recorded_with_its_numbers(db: Session, alice: User, bob: User) -> None:
    others = [make_user(db, f"member{number}") for number in range(10)]
    guild = make_guild(db, admins=[alice], members=[bob, *others])
    proposal = make_vote(db, guild, bob)
    casting.cast_ballot(db, proposal, actor=bob, marks=Choice.YES, now=NOW)
    closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    assert (proposal.state, proposal.failed_by) == (ProposalState.FAILED, FailedBy.QUORUM)
    db.commit()
    entry = db.exec(select(AuditEntry).where(AuditEntry.action == "voting.failed")).one()
    assert entry.reason.startswith("1 of 12 members voted; 3 were needed: quorum missed")


def test_the_close_counts_rows_not_counters(db: Session, guild: Guild, bob: User) -> None:
    proposal = make_vote(db, guild, bob)
    casting.cast_ballot(db, proposal, actor=bob, marks=Choice.NO, now=NOW)
    proposal.yes_count, proposal.no_count = 2, 0
    closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    assert proposal.tally == (0, 1, 0, 2, 2)
    assert proposal.failed_by == FailedBy.THRESHOLD


def test_a_receiver_that_fails_undoes_the_decision(db: Session, guild: Guild, bob: User) -> None:
    def fail(_proposal: Proposal, **_: Any) -> None:
        raise RuntimeError

    proposal = make_vote(db, guild, bob)
    db.commit()
    with listening(signals.proposal_decided, fail), pytest.raises(RuntimeError):
        closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    db.rollback()
    db.refresh(proposal)
    assert proposal.state == ProposalState.VOTING


def test_nothing_unpassed_is_carried_out(db: Session, guild: Guild, bob: User) -> None:
    with pytest.raises(ValueError, match="passed"):
        mandates.carry_out(db, make_vote(db, guild, bob), MEANS.mandates, now=NOW)


# --- leaving the house ---


def test_an_erased_person_s_ballot_stays_counted_without_the_person(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    proposal = make_vote(db, guild, alice)
    casting.cast_ballot(db, proposal, actor=bob, marks=Choice.YES, now=NOW)
    debate.comment(db, proposal, actor=bob, text="Good.", now=NOW)
    db.commit()
    db.connection().execute(sa.delete(User).where(col(User.id) == bob.id))
    db.expire_all()
    assert db.exec(select(Ballot)).one().user_id is None
    closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    assert proposal.tally == (1, 0, 0, 2, 2)
    assert proposal.state == ProposalState.PASSED
