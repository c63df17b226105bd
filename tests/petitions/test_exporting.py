"""What a person takes along of petitions: all they wrote and entered, nothing of anybody else."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from accounts.models import User
from core.database import Model, table_of
from guilds.models import Guild
from petitions import answers, delivery, desk, drafting, exporting, paper, suggestions, updates
from petitions.delivery_models import DeliveryWay
from petitions.models import Petition, SweepDeed
from tests.builders import NOW, make_institution, make_petition, make_signature
from tests.drafting_builders import make_suggestion
from tests.petitions.closing import close, make_dossier

LATER = NOW + timedelta(days=2)


@pytest.fixture
def taken(db: Session, guild: Guild, alice: User, bob: User) -> dict[str, Any]:
    """Alice did everything there is to do to a petition once; then she asked for her data."""
    words = drafting.Draft(
        "Dreams are ours", "Forbid it.", "It is done.", make_institution(db).id, 500, LATER.date()
    )
    draft = drafting.draft_petition(db, guild, actor=alice, draft=words, now=NOW)
    drafting.ask_for_suggestions(db, draft, actor=alice, now=NOW)
    theirs = make_suggestion(db, draft, bob)
    make_suggestion(db, draft, alice)
    suggestions.decline(db, theirs, actor=alice, reason="Too long.", now=NOW)
    petition = make_petition(db, guild, bob)
    make_signature(db, petition, "farm@example.org")
    make_signature(db, petition)
    every = desk.Condition(until=NOW + timedelta(hours=1))
    desk.sweep(
        db, petition, actor=alice, condition=every, deed=SweepDeed.HOLD, reason="A farm.", now=NOW
    )
    sheets = paper.Batch(40, "Market square", NOW.date(), "Wim Witness", "ab" * 32)
    paper.enter_batch(db, petition, actor=alice, batch=sheets, now=NOW)
    updates.post_update(db, petition, news=updates.News("Hear", "This."), actor=alice, now=NOW)
    close(db, petition)
    make_dossier(db, petition, now=LATER)
    how = delivery.Handover(DeliveryWay.POST, "The clerk", LATER.date(), "Receipt 4")
    delivery.deliver(db, petition, actor=alice, handover=how, now=LATER)
    said = answers.Said("We will look.", "The Authority", "https://authority.example")
    answers.note_answer(db, petition, actor=alice, said=said, now=LATER)
    section, data = exporting.export_of_user(alice, db=db)
    assert section == "petitions"
    return data


def test_all_of_it_is_in(taken: dict[str, Any]) -> None:
    assert {name: len(rows) for name, rows in taken.items()} == dict.fromkeys(taken, 1)
    assert taken["drafted"][0]["title"] == "Dreams are ours"
    assert taken["suggestions_decided"][0]["decision_reason"] == "Too long."
    assert taken["news_posted"][0]["text"] == "This."
    assert taken["sweeps"][0]["reason"] == "A farm."
    assert taken["paper_entered"][0]["collected_on"] == NOW.date().isoformat()
    assert taken["deliveries_recorded"][0]["way"] == "post"
    assert taken["answers_entered"][0]["source_url"] == "https://authority.example"
    assert "Wim Witness" not in json.dumps(taken), "a witness is somebody else"


def test_who_did_none_of_it_takes_none_of_it(
    taken: dict[str, Any], db: Session, charlie: User
) -> None:
    _, data = exporting.export_of_user(charlie, db=db)
    assert data == {name: [] for name in taken}


def test_nothing_that_names_who_did_it_is_left_out() -> None:
    told = {(part.table, part.by) for part in exporting.PARTS.values()}
    named = {
        (table, column.name)
        for table in Model.__subclasses__()
        if table.__module__.startswith("petitions.")
        for column in table_of(table).columns
        if any(key.target_fullname == "user.id" for key in column.foreign_keys)
    }
    assert named - told == {(Petition, "author_id")}
