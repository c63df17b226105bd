"""Milestones: reached when counted, taken back while nobody was told, told after a while."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from accounts.models import User
from core.mail import Writer
from guilds.models import Guild
from institutions.models import Institution
from notifications.models import Notice
from petitions import jobs, milestones, paper, update_notices, updates
from petitions.milestones import GOAL, PAUSE
from petitions.models import Milestone, Petition
from petitions.updates import News
from tests.builders import NOW, VAULT, make_petition
from tests.petitions.counted import signed

HOUR = timedelta(hours=1)


@pytest.fixture
def petition(db: Session, guild: Guild, bob: User) -> Petition:
    petition = make_petition(db, guild, bob, goal=500)
    institution = db.get_one(Institution, petition.institution_id)
    institution.procedure = "uk-parliament"
    db.add(institution)
    db.flush()
    return petition


def reached(db: Session) -> dict[int, str]:
    found = db.exec(select(Milestone).order_by("threshold"))
    return {milestone.threshold: milestone.meaning for milestone in found}


def test_round_numbers_thresholds_and_the_goal_are_reached(db: Session, petition: Petition) -> None:
    signed(db, petition, 99)
    assert reached(db) == {}
    signed(db, petition, 1)
    assert reached(db) == {100: ""}
    signed(db, petition, 9_900)
    assert reached(db) == {
        100: "", 500: GOAL, 1000: "", 5000: "", 10_000: "The Government responds",
    }  # fmt: skip


def test_paper_counts_as_well(db: Session, petition: Petition, alice: User) -> None:
    signed(db, petition, 60)
    sheets = paper.Batch(40, "Market square", NOW.date(), "Wim Witness", "ab" * 32)
    batch = paper.enter_batch(db, petition, actor=alice, batch=sheets, now=NOW)
    assert reached(db) == {100: ""}
    signed(db, petition, 400)
    assert reached(db) == {100: "", 500: GOAL}
    paper.strike_batch(db, batch, actor=alice, reason="Twice.", now=NOW)
    assert reached(db) == {100: ""}


def test_what_nobody_was_told_of_is_taken_back(db: Session, petition: Petition) -> None:
    signed(db, petition, 600)
    signed(db, petition, -150)
    assert reached(db) == {100: ""}
    signed(db, petition, 150)
    assert reached(db) == {100: "", 500: GOAL}


def test_what_was_told_stays_and_says_so(db: Session, petition: Petition) -> None:
    signed(db, petition, 600)
    db.commit()
    assert jobs.tell_milestones(db, NOW + PAUSE - HOUR / 60) == 0
    assert jobs.tell_milestones(db, NOW + PAUSE) == 1
    assert jobs.tell_milestones(db, NOW + PAUSE) == 0
    signed(db, petition, -150)
    passed = milestones.passed(db, petition.id, 450)
    assert [(one.threshold, one.is_above) for one in passed] == [(500, False), (100, True)]


def test_one_mail_tells_organisers_and_author_of_the_highest(
    db: Session, petition: Petition, alice: User, bob: User
) -> None:
    signed(db, petition, 600)
    db.commit()
    jobs.tell_milestones(db, NOW + PAUSE)
    notices = db.exec(select(Notice)).all()
    assert {notice.user_id for notice in notices} == {alice.id, bob.id}
    said: dict[str, str] = {}

    def render(_name: str, **facts: str) -> str:
        said.update(facts)
        return ""

    message = update_notices.milestone(db, notices[0], Writer(render, "https://g.example", VAULT))
    assert message is not None
    assert message.subject == f"500 signatures: {petition.title}"
    assert said["meaning"] == GOAL
    assert "/updates/new?about=" in said["update_link"]


def test_news_about_a_milestone_keeps_it(db: Session, petition: Petition, alice: User) -> None:
    signed(db, petition, 600)
    half = db.exec(select(Milestone.id).where(Milestone.threshold == 500)).one()
    updates.post_update(db, petition, news=News("There", "At last", half), actor=alice, now=NOW)
    signed(db, petition, -300)
    assert reached(db) == {100: "", 500: GOAL}


def test_the_next_one_that_means_something(db: Session, petition: Petition) -> None:
    assert milestones.next_one(500, "", 10) == (500, GOAL)
    assert milestones.next_one(500, "uk-parliament", 500) == (10_000, "The Government responds")
    assert milestones.next_one(500, "", 500) is None
    assert milestones.meanings(10_000, "uk-parliament")[10_000].startswith(GOAL)
