import re
from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from accounts.models import User
from audit.models import AuditEntry
from core.errors import RuleBroken
from guilds.models import Guild
from notifications.models import Notice, Outcome
from tests.builders import KEYS, MEANS, NOW, make_guild, make_user, make_vote
from tests.voting.secret import cast, make_secret_vote
from voting import casting, closing, jobs, queries, rules, secrecy, services, verdicts
from voting.models import (
    Ballot,
    BundleHead,
    Choice,
    Elector,
    FailedBy,
    Proposal,
    ProposalState,
    Receipt,
    SealedBallot,
)

CODE = re.compile(r"[2-9B-DF-HJKMNP-RTV-X]{4}(-[2-9B-DF-HJKMNP-RTV-X]{4}){3}")


def close(db: Session, proposal: Proposal, after: timedelta = timedelta(0)) -> bool:
    return closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at + after)


def test_a_sealed_ballot_tells_nothing_and_all_look_alike(db: Session) -> None:
    proposal, people = make_secret_vote(db, 4)
    codes = [
        cast(db, proposal, voter, marks)
        for voter, marks in zip(people, ("yes", "no", "abstain"), strict=False)
    ]
    assert all(CODE.fullmatch(code) for code in codes)
    sealed = db.exec(select(SealedBallot.sealed)).all()
    assert len({len(one) for one in sealed}) == 1
    assert db.exec(select(Ballot)).all() == []
    assert proposal.tally == (0, 0, 3, 4, 4)
    assert queries.voted_count(db, proposal.id) == 3
    key = KEYS.get(proposal.id)
    assert key is not None
    opened = {secrecy.Seal(proposal, key).open(one) for one in sealed}
    assert {(one.code, one.marks) for one in opened if one} == set(
        zip(codes, ("yes", "no", "abstain"), strict=True)
    )


def test_a_secret_ballot_is_final(db: Session) -> None:
    proposal, people = make_secret_vote(db, 4)
    cast(db, proposal, people[0], "yes")
    with pytest.raises(RuleBroken, match="final"):
        cast(db, proposal, people[0], "no")
    assert proposal.ballot_count == 1


@pytest.mark.parametrize("marks", ["maybe", "", "1-"])
def test_what_is_no_ballot_is_not_put_into_the_box(db: Session, marks: str) -> None:
    proposal, people = make_secret_vote(db, 4)
    with pytest.raises(ValueError, match="no ballot"):
        cast(db, proposal, people[0], marks)


def test_open_and_secret_votes_do_not_mix(db: Session) -> None:
    proposal, people = make_secret_vote(db, 4)
    with pytest.raises(ValueError, match="secret"):
        casting.cast_ballot(db, proposal, actor=people[0], marks=Choice.YES, now=NOW)
    alice = make_user(db, "alice")
    other = make_vote(db, make_guild(db, admins=[alice], slug="open-guild"), alice)
    with pytest.raises(ValueError, match="open"):
        cast(db, other, alice, "yes")


def test_who_may_not_vote_casts_no_secret_ballot(db: Session) -> None:
    proposal, people = make_secret_vote(db, 4)
    with pytest.raises(RuleBroken, match="no ballot here"):
        cast(db, proposal, make_user(db, "charlie"), "yes")
    with pytest.raises(RuleBroken, match="closed"):
        cast(db, proposal, people[0], "yes", now=proposal.closes_at)


def test_the_close_keeps_ballots_and_receipts_apart_and_sorted(db: Session) -> None:
    proposal, people = make_secret_vote(db, 6)
    marks = ["yes", "no", "yes", "abstain", "yes"]
    codes = [cast(db, proposal, person, mark) for person, mark in zip(people, marks, strict=False)]
    assert close(db, proposal)
    assert proposal.state == ProposalState.PASSED
    assert proposal.tally == (3, 1, 1, 6, 6)
    assert (proposal.box_fault, proposal.ballot_count) == ("", 5)
    ballots = db.exec(select(Ballot)).all()
    assert sorted(one.marks for one in ballots) == sorted(marks)
    assert {(one.user_id, one.cast_at, one.weight) for one in ballots} == {
        (None, proposal.closes_at, 1)
    }
    assert sorted(db.exec(select(Receipt.code))) == sorted(codes)
    assert db.exec(select(SealedBallot)).all() == []
    assert db.exec(select(BundleHead)).one().proposal_id == proposal.id
    assert queries.voted_count(db, proposal.id) == 0  # who voted is forgotten, how many is not


def told_to_vote(db: Session, proposal: Proposal, voters: list[User]) -> None:
    """The day before the close: who had not voted was sent a reminder, who had was skipped."""
    closing_soon = select(Notice).where(
        Notice.subject_id == proposal.id, Notice.kind == "voting.closes_soon"
    )
    notices = db.exec(closing_soon).all()
    assert len(notices) == 4
    had_voted = {voter.id for voter in voters}
    for notice in notices:
        notice.outcome = Outcome.SKIPPED if notice.user_id in had_voted else Outcome.SENT
        notice.settled_at = notice.due_at
        db.add(notice)
    db.flush()


def still_tell(db: Session, proposal: Proposal) -> int:
    """How many rows of a vote say who has cast a ballot, was asked for one, or came when."""
    asked = select(Notice).where(
        Notice.subject_id == proposal.id,
        col(Notice.kind).in_(["voting.debated", "voting.opened", "voting.closes_soon"]),
    )
    return len(db.exec(asked).all()) + queries.voted_count(db, proposal.id)


def test_the_close_forgets_who_was_reminded_and_who_was_not(db: Session) -> None:
    proposal, people = make_secret_vote(db, 4)
    for person in people[:3]:
        cast(db, proposal, person, "yes")
    told_to_vote(db, proposal, people[:3])
    assert still_tell(db, proposal) == 3 + 4 + 4 + 3
    assert close(db, proposal)
    assert still_tell(db, proposal) == 0
    kinds = set(db.exec(select(Notice.kind).where(Notice.subject_id == proposal.id)))
    assert kinds == {"voting.decided"}


def test_a_vote_that_ends_with_its_guild_forgets_who_had_voted(db: Session) -> None:
    proposal, people = make_secret_vote(db, 4)
    cast(db, proposal, people[0], "yes")
    told_to_vote(db, proposal, people[:1])
    guild = db.get_one(Guild, proposal.guild_id)
    services.withdraw_open_proposals(guild, db=db, now=NOW)
    assert proposal.state == ProposalState.WITHDRAWN
    assert still_tell(db, proposal) == 0


def test_the_key_is_destroyed_with_the_round_that_closes_and_no_other_is(db: Session) -> None:
    proposal, people = make_secret_vote(db, 4)
    other, others = make_secret_vote(db, 3, slug="other-guild", now=NOW + timedelta(days=1))
    cast(db, proposal, people[0], "yes")
    cast(db, other, others[0], "yes", now=NOW + timedelta(days=1))
    db.commit()
    path = KEYS._path(proposal.id)
    assert path.stat().st_mode & 0o777 == 0o600
    assert jobs.close_due_proposals(db, proposal.closes_at, means=MEANS) == 1
    assert not path.exists()
    assert KEYS.get(other.id) is not None


def test_a_key_left_over_by_a_crash_goes_with_the_next_round(db: Session) -> None:
    proposal, people = make_secret_vote(db, 4)
    cast(db, proposal, people[0], "yes")
    assert close(db, proposal)  # and the clock dies before it destroys the key
    db.commit()
    assert KEYS.get(proposal.id) is not None
    assert jobs.close_due_proposals(db, NOW, means=MEANS) == 0
    assert KEYS.get(proposal.id) is None


def test_a_key_half_written_by_a_crash_is_made_anew(db: Session) -> None:
    proposal, people = make_secret_vote(db, 4)
    KEYS.make(proposal.id)
    KEYS._path(proposal.id).write_bytes(b"half")
    cast(db, proposal, people[0], "yes")
    assert len(KEYS.get(proposal.id) or b"") == 32


@pytest.mark.parametrize("number", [0, 1, 2])
def test_too_few_ballots_are_destroyed_uncounted(db: Session, number: int) -> None:
    proposal, people = make_secret_vote(db, 4)
    codes = [cast(db, proposal, person, "yes") for person in people[:number]]
    assert close(db, proposal)
    assert (proposal.state, proposal.failed_by) == (ProposalState.FAILED, FailedBy.QUORUM)
    assert db.exec(select(Ballot)).all() == []
    assert db.exec(select(BundleHead)).all() == []
    assert (proposal.result, proposal.root_hash) == (None, None)
    assert sorted(db.exec(select(Receipt.code))) == sorted(codes)
    said = "; ".join(verdicts.result_in_words(proposal))
    assert f"{number} of 4 members voted; 3 were needed: quorum missed" in said
    assert "destroyed uncounted" in said
    assert " yes" not in said


def lose_key(db: Session, proposal: Proposal) -> str:
    KEYS.destroy(proposal.id)
    return "The key of the ballot box is missing; 4 ballots cannot be counted."


def change_one(db: Session, proposal: Proposal) -> str:
    sealed = db.exec(select(SealedBallot)).first()
    assert sealed is not None
    sealed.sealed = "A" + sealed.sealed[1:] if sealed.sealed[0] != "A" else "B" + sealed.sealed[1:]
    db.add(sealed)
    return "1 of 4 ballots were changed and cannot be opened."


def remove_one(db: Session, proposal: Proposal) -> str:
    db.delete(db.exec(select(SealedBallot)).first())
    return "4 members voted, but the box holds 3 ballots, 3 of them different."


def double_one(db: Session, proposal: Proposal) -> str:
    sealed = db.exec(select(SealedBallot)).all()
    sealed[0].sealed = sealed[1].sealed
    db.add(sealed[0])
    return "4 members voted, but the box holds 4 ballots, 3 of them different."


def unmark_voter(db: Session, proposal: Proposal) -> str:
    seat = db.exec(select(Elector).where(col(Elector.has_voted))).first()
    assert seat is not None
    seat.has_voted = False
    db.add(seat)
    return "3 members voted, but the box holds 4 ballots, 4 of them different."


@pytest.mark.parametrize("spoil", [lose_key, change_one, remove_one, double_one, unmark_voter])
def test_a_box_that_is_not_whole_waits_says_so_and_is_given_up_in_the_end(
    db: Session, spoil: object, caplog: pytest.LogCaptureFixture
) -> None:
    proposal, people = make_secret_vote(db, 5)
    for person in people[:4]:
        cast(db, proposal, person, "yes")
    db.flush()
    assert callable(spoil)
    fault = spoil(db, proposal)
    db.commit()
    for minutes in (0, 10, 20):
        later = proposal.closes_at + timedelta(minutes=minutes)
        assert jobs.close_due_proposals(db, later, means=MEANS) == 0
    db.refresh(proposal)
    assert (proposal.state, proposal.box_fault) == (ProposalState.VOTING, fault)
    noted = db.exec(select(AuditEntry).where(AuditEntry.action == "voting.box_shut")).all()
    assert [entry.reason for entry in noted] == [fault]
    assert caplog.text.count("stays shut") == 1
    over = proposal.closes_at + rules.BOX_WAIT
    assert jobs.close_due_proposals(db, over, means=MEANS) == 1
    db.refresh(proposal)
    assert (proposal.state, proposal.failed_by) == (ProposalState.FAILED, FailedBy.BOX)
    assert verdicts.result_in_words(proposal)[0] == fault.removesuffix(".")
    assert db.exec(select(SealedBallot)).all() == db.exec(select(Ballot)).all() == []
    assert db.exec(select(BundleHead)).all() == []
    assert KEYS.get(proposal.id) is None
    told = db.exec(select(Notice).where(Notice.kind == "voting.decided")).all()
    assert len(told) == 5


def test_a_box_whose_key_is_put_back_is_counted(db: Session) -> None:
    proposal, people = make_secret_vote(db, 4)
    for person in people:
        cast(db, proposal, person, "yes")
    path = KEYS._path(proposal.id)
    key = path.read_bytes()
    path.unlink()
    assert not close(db, proposal)
    path.write_bytes(key)
    assert close(db, proposal, timedelta(hours=1))
    assert (proposal.state, proposal.box_fault) == (ProposalState.PASSED, "")


def test_nobody_votes_into_a_box_that_lost_its_key(
    db: Session, caplog: pytest.LogCaptureFixture
) -> None:
    proposal, people = make_secret_vote(db, 4)
    cast(db, proposal, people[0], "yes")
    KEYS.destroy(proposal.id)
    with pytest.raises(RuleBroken, match="was not cast"):
        cast(db, proposal, people[1], "yes")
    assert "ballot key is missing" in caplog.text
    assert str(people[1].id) not in caplog.text


def test_nothing_is_written_down_about_a_secret_ballot(db: Session) -> None:
    proposal, people = make_secret_vote(db, 4)
    before = len(db.exec(select(AuditEntry)).all()), len(db.exec(select(Notice)).all())
    cast(db, proposal, people[1], "yes")
    db.commit()
    after = len(db.exec(select(AuditEntry)).all()), len(db.exec(select(Notice)).all())
    assert after[0] - before[0] <= 2  # putting and opening, chained by this commit
    assert {entry.action for entry in db.exec(select(AuditEntry))} <= {
        "voting.proposed",
        "voting.opened",
    }
    assert after[1] == before[1]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("7QKM-2TWX-4F9B-NC5D", "7QKM-2TWX-4F9B-NC5D"),
        (" 7qkm 2twx4f9b nc5d ", "7QKM-2TWX-4F9B-NC5D"),
        ("", ""),
        ("7q", "7Q"),
        ("x" * 70_000, "XXXX-XXXX-XXXX-XXXX-XXX"),
        ("7QÄ\0", "7QÄ"),
    ],
)
def test_a_code_is_read_as_people_type_it(typed: str, code: str) -> None:
    assert secrecy.read_code(typed) == code
