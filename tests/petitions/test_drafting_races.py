"""Two at once on PostgreSQL: no words are lost, whoever comes first."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, select

from accounts.models import User
from core.database import open_session
from petitions import drafting, joining, life, suggestions, versions
from petitions.drafting import Draft
from petitions.forms.drafts import facts_of
from petitions.models import Petition, PetitionState
from petitions.versions import StaleEdit
from petitions.writing_models import CoPetitioner, JoinState, Passage, Suggestion
from tests.builders import NOW, make_guild, make_petition, make_user
from tests.drafting_builders import make_standing, make_suggestion
from tests.racing import Deed, at_once

pytestmark = pytest.mark.postgres
ROUNDS = 4


class Rows:
    """Keys of what the deeds are about."""

    petition: UUID
    suggestions: tuple[UUID, UUID]
    alice: UUID


@pytest.fixture
def amended(pg_engine: Engine) -> Callable[[], Rows]:
    """Makes a petition in amendment with two suggestions for the same words."""
    names = iter(range(100))

    def make() -> Rows:
        rows, name = Rows(), next(names)
        with open_session(pg_engine) as db:
            alice = make_user(db, f"alice{name}")
            guild = make_guild(db, admins=[alice], slug=f"guild{name}")
            petition = make_petition(db, guild, alice, state=PetitionState.AMENDMENT)
            made = [make_suggestion(db, petition, after=f"Words {n}") for n in range(2)]
            rows.petition, rows.alice = petition.id, alice.id
            rows.suggestions = (made[0].id, made[1].id)
            db.commit()
        return rows

    return make


def edits(rows: Rows, background: str) -> Deed:
    def deed(db: Session) -> None:
        petition, alice = db.get_one(Petition, rows.petition), db.get_one(User, rows.alice)
        known: dict[str, Any] = facts_of(petition) | {"background": background}
        known |= {"institution_id": petition.institution_id, "regions": ()}
        facts = {name: known[name] for name in Draft.__dataclass_fields__}
        drafting.edit_petition(db, petition, actor=alice, draft=Draft(**facts), version=1, now=NOW)

    return deed


def accepts(rows: Rows, which: int) -> Deed:
    def deed(db: Session) -> None:
        suggestions.accept(
            db,
            db.get_one(Suggestion, rows.suggestions[which]),
            seen_version=1,
            reason="",
            actor=db.get_one(User, rows.alice),
            now=NOW,
        )

    return deed


def kept(engine: Engine, rows: Rows) -> tuple[int, str, list[int]]:
    with open_session(engine) as db:
        petition = db.get_one(Petition, rows.petition)
        numbers = [version.number for version, _ in versions.listed(db, petition.id)]
        return petition.version, versions.text_of(petition, Passage.BACKGROUND), numbers


PAIRS: list[Callable[[Rows], tuple[Deed, Deed]]] = [
    lambda rows: (edits(rows, "Mine"), edits(rows, "Yours")),
    lambda rows: (edits(rows, "Mine"), accepts(rows, 0)),
    lambda rows: (accepts(rows, 0), accepts(rows, 1)),
]


@pytest.mark.parametrize("pair", PAIRS, ids=["edit-edit", "edit-accept", "accept-accept"])
def test_of_two_who_write_at_once_one_is_shown_both_texts(
    pg_engine: Engine,
    amended: Callable[[], Rows],
    pair: Callable[[Rows], tuple[Deed, Deed]],
) -> None:
    for _ in range(ROUNDS):
        rows = amended()
        results = at_once(pg_engine, *pair(rows))
        refused = [result for result in results if isinstance(result, StaleEdit)]
        assert len(refused) == 1, results
        version, text, numbers = kept(pg_engine, rows)
        assert version == 2
        assert text in {"Mine", "Yours", "Words 0", "Words 1"}
        assert numbers == [1, 2]


def test_a_name_is_taken_off_once_however_the_petition_ends(pg_engine: Engine) -> None:
    with open_session(pg_engine) as db:
        alice, bob = make_user(db, "alice"), make_user(db, "bob")
        petition = make_petition(db, make_guild(db, admins=[alice]))
        other = make_guild(db, admins=[bob], slug="other", charter="affinity-group")
        standing = make_standing(db, petition, other, bob)
        db.commit()
        keys = petition.id, alice.id, standing.id

    def declines(db: Session) -> None:
        petition, alice = db.get_one(Petition, keys[0]), db.get_one(User, keys[1])
        joining.decline(db, petition, keys[2], actor=alice, reason="No.", now=NOW)

    def stops(db: Session) -> None:
        petition, alice = db.get_one(Petition, keys[0]), db.get_one(User, keys[1])
        life.stop_petition(db, petition, actor=alice, reason="Over.", now=NOW)

    results = at_once(pg_engine, declines, declines, stops)
    assert sum(result is None for result in results) == 2, results
    with open_session(pg_engine) as db:
        assert db.get_one(Petition, keys[0]).state == PetitionState.STOPPED
        assert db.exec(select(CoPetitioner.state)).one() == JoinState.DECLINED
