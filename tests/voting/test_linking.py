"""Somebody copies everything around every secret ballot, and tries to tell who voted what.

The copies: every byte of the database before and after each ballot (on PostgreSQL every row with
its hidden columns), the log, the master secret, and what is published after the close.
"""

import base64
import logging
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session, SQLModel, col, select

from accounts.models import User
from core.settings import Settings
from guilds.charter import Method
from tests.builders import MASTER_SECRET, VAULT
from tests.voting.secret import make_secret_vote
from voting import closing, jobs
from voting.models import Ballot, Elector, Proposal, Receipt, SealedBallot
from voting.question import OptionFacts

SignIn = Callable[[FlaskClient, User], None]
VOTERS = 30
#: with nothing to go by a guess is right once in VOTERS; that one way to guess is right this often
#: by chance has a probability below one in a million
SUSPICIOUS = 10
OPTIONS = tuple(OptionFacts(f"Option {number}") for number in range(20))

pytestmark = pytest.mark.usefixtures("clock_at")


class Sealed(NamedTuple):
    """What a copy shows of one ballot in the box. place: where the database keeps the row."""

    id: str
    text: str
    place: tuple[int, ...]


@dataclass
class Copies:
    """All that was copied: per ballot its voter, and the rows that one commit wrote."""

    bytes_before_close: list[bytes] = field(default_factory=list)
    sealed_of: dict[UUID, Sealed] = field(default_factory=dict)
    seat_of: dict[UUID, str] = field(default_factory=dict)


def files_of(settings: Settings) -> bytes:
    """Every byte SQLite keeps: the file, its log and the log's index."""
    path = Path(settings.database_url.removeprefix("sqlite:///"))
    return b"".join(one.read_bytes() for one in sorted(path.parent.glob(path.name + "*")))


def rows_of(db: Session) -> bytes:
    """Every row of every table with what PostgreSQL adds to it."""
    lines = []
    for table in SQLModel.metadata.sorted_tables:
        query = f'SELECT ctid, xmin, xmax, t::text FROM "{table.name}" t ORDER BY ctid'
        lines += [f"{table.name} {row}" for row in db.connection().execute(sa.text(query))]
    return "\n".join(lines).encode()


def everything(db: Session, settings: Settings) -> bytes:
    if db.get_bind().dialect.name == "sqlite":
        return files_of(settings)
    return rows_of(db)


def box(db: Session) -> dict[str, Sealed]:
    is_sqlite = db.get_bind().dialect.name == "sqlite"
    place = "rowid, rowid" if is_sqlite else "ctid::text, xmin::text::bigint"
    query = sa.text(f"SELECT id, sealed, {place} FROM sealed_ballot")
    found = {}
    for row_id, text, one, two in db.connection().execute(query):
        numbers = tuple(int(number) for number in re.findall(r"\d+", str(one)))
        found[str(row_id)] = Sealed(str(row_id), text, (*numbers, int(two)))
    return found


def voted(db: Session) -> dict[UUID, str]:
    query = select(Elector.user_id, Elector.id).where(col(Elector.has_voted))
    return {user: str(seat) for user, seat in db.exec(query) if user}


def copy_around_every_cast(
    client: FlaskClient,
    db: Session,
    settings: Settings,
    sign_in: SignIn,
    proposal: Proposal,
    plan: Mapping[UUID, str],
    people: list[User],
) -> Copies:
    copies = Copies()
    for person in people:
        sign_in(client, person)
        copies.bytes_before_close.append(everything(db, settings))
        box_before, voted_before = box(db), voted(db)
        db.rollback()
        data = {f"mark-{n}": mark for n, mark in enumerate(plan[person.id]) if mark == "1"}
        answer = client.post(f"/decisions/{proposal.id}/ballot", data=data)
        assert answer.status_code == 200, answer.text
        copies.bytes_before_close.append(everything(db, settings))
        (new,) = box(db).keys() - box_before.keys()
        (seat,) = voted(db).keys() - voted_before.keys()
        copies.sealed_of[seat] = box(db)[new]  # who wrote this row is known to the copier
        copies.seat_of[seat] = voted(db)[seat]
        db.rollback()
    return copies


def distinct_marks(number: int) -> list[str]:
    """As many ballots as voters, every one another, so that a right guess is no accident."""
    seen: set[str] = set()
    while len(seen) < number:
        seen.add("".join(secrets.choice("1-") for _ in OPTIONS))
    return list(seen)


def published(db: Session) -> dict[str, list[str]]:
    """The ballots in every order that something about them gives."""
    is_sqlite = db.get_bind().dialect.name == "sqlite"
    place = "rowid" if is_sqlite else "ctid"
    rows = db.connection().execute(sa.text(f"SELECT marks FROM ballot ORDER BY {place}")).all()
    ballots = db.exec(select(Ballot)).all()
    orders = {
        "place": [marks for (marks,) in rows],
        "id": [one.marks for one in sorted(ballots, key=lambda one: one.id.hex)],
        "nonce": [one.marks for one in sorted(ballots, key=lambda one: one.nonce)],
        "marks": sorted(one.marks for one in ballots),
        "receipt": [one.marks for one in zip_with_receipts(db, ballots)],
    }
    return orders | {f"{name}, backwards": order[::-1] for name, order in orders.items()}


def zip_with_receipts(db: Session, ballots: Any) -> Iterator[Ballot]:
    """Ballots as they would lie if receipts and ballots were written in pairs."""
    codes = list(db.exec(select(Receipt.code).order_by(col(Receipt.id))))
    by_id = sorted(ballots, key=lambda one: one.id.hex)
    for _, ballot in sorted(zip(codes, by_id, strict=True), key=lambda pair: pair[0]):
        yield ballot


def guesses(
    copies: Copies, orders: Mapping[str, list[str]]
) -> Iterator[tuple[str, dict[UUID, str]]]:
    """Each way to lay the voters beside the published ballots."""
    sealed = copies.sealed_of
    voters: dict[str, list[UUID]] = {
        "cast first": list(sealed),
        "sealed row": sorted(sealed, key=lambda user: sealed[user].place),
        "sealed key": sorted(sealed, key=lambda user: UUID(sealed[user].id).hex),
        "sealed text": sorted(sealed, key=lambda user: sealed[user].text),
        "sealed nonce": sorted(sealed, key=lambda user: base64.b64decode(sealed[user].text)[:12]),
        "person": sorted(sealed, key=lambda user: user.hex),
        "seat": sorted(sealed, key=lambda user: UUID(copies.seat_of[user]).hex),
    }
    for voter_order, people in voters.items():
        for ballot_order, marks in orders.items():
            yield f"{voter_order} / {ballot_order}", dict(zip(people, marks, strict=True))


def keys_one_could_make(proposal: Proposal) -> Iterator[bytes]:
    """What whoever has the database and the master secret can think of."""
    yield MASTER_SECRET
    names = ["seal", "cookie", "ballot-keys", "ballot-boxes", "bundle", str(proposal.id)]
    for name in [*names, proposal.id.hex, f"ballot-keys/{proposal.id}"]:
        yield VAULT.derive(name)
    yield proposal.id.bytes * 2
    if proposal.root_hash:
        yield bytes.fromhex(proposal.root_hash)


def opened_with(key: bytes, sealed: Sealed, proposal: Proposal) -> str | None:
    raw = base64.b64decode(sealed.text)
    for told in (proposal.id.bytes, None):
        try:
            return AESGCM(key).decrypt(raw[:12], raw[12:], told).decode()
        except InvalidTag:
            continue
    return None


def nothing_published_was_to_be_read_before(db: Session, before: bytes, after: bytes) -> None:
    """In any file or row: what the ballots say, and what they and their receipts are known by."""
    ballots = db.exec(select(Ballot)).all()
    told = [told for one in ballots for told in (one.marks, one.nonce)]
    for text in [*told, *db.exec(select(Receipt.code))]:
        assert text.encode() not in before
        assert text.encode() in after
    for one in ballots:
        assert one.id.bytes not in before
        assert str(one.id).encode() not in before


def no_seal_opens(proposal: Proposal, copies: Copies) -> None:
    """By a key that one could make; and all seals are of one length."""
    assert len({len(one.text) for one in copies.sealed_of.values()}) == 1
    for made in keys_one_could_make(proposal):
        assert not [one for one in copies.sealed_of.values() if opened_with(made, one, proposal)]


def no_order_lays_voters_beside_their_ballots(
    db: Session, copies: Copies, plan: Mapping[UUID, str]
) -> None:
    for way, guess in guesses(copies, published(db)):
        right = sum(guess[voter] == marks for voter, marks in plan.items())
        assert right < SUSPICIOUS, way


def after_the_close_all_ballots_are_alike(db: Session, proposal: Proposal) -> None:
    """No row of a ballot or receipt differs from another by when or by whom."""
    ballots = db.exec(select(Ballot)).all()
    assert {(one.user_id, one.cast_at, one.weight, one.reason) for one in ballots} == {
        (None, proposal.closes_at, 1, "")
    }
    assert db.exec(select(SealedBallot)).all() == []


def test_who_copied_everything_cannot_tell_who_voted_what(
    client: FlaskClient,
    app: Flask,
    db: Session,
    settings: Settings,
    sign_in: SignIn,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    proposal, people = make_secret_vote(
        db,
        VOTERS,
        rule={"methods": (Method.APPROVAL,)},
        method=Method.APPROVAL,
        options=OPTIONS,
    )
    shuffled = sorted(people, key=lambda _: secrets.token_bytes(8))
    plan = dict(zip([one.id for one in shuffled], distinct_marks(VOTERS), strict=True))
    copies = copy_around_every_cast(client, db, settings, sign_in, proposal, plan, shuffled)
    key_file = settings.data / "ballot-keys" / str(proposal.id)
    key = key_file.read_bytes()
    db.rollback()
    means: closing.Means = app.extensions[closing.EXTENSION]
    assert jobs.close_due_proposals(db, proposal.closes_at, means=means) == 1
    db.expire_all()
    assert not key_file.exists()
    after = everything(db, settings)
    before = b"\n".join(copies.bytes_before_close)

    assert sorted(one.marks for one in db.exec(select(Ballot))) == sorted(plan.values())
    nothing_published_was_to_be_read_before(db, before, after)
    no_seal_opens(proposal, copies)
    for shape in (key, key.hex().encode(), base64.b64encode(key)):
        assert shape not in before + after
    no_order_lays_voters_beside_their_ballots(db, copies, plan)
    after_the_close_all_ballots_are_alike(db, proposal)
    logged = caplog.text + "".join(capfd.readouterr())
    codes = db.exec(select(Receipt.code)).all()
    for told in [*plan.values(), *codes, *(str(one.id) for one in people)]:
        assert told not in logged

    # the same copies would tell all, had the key been copied with them: the attack works
    opened = {user: opened_with(key, one, proposal) for user, one in copies.sealed_of.items()}
    assert sum(plan[user] in (text or "") for user, text in opened.items()) == VOTERS


def test_the_attack_would_find_ballots_written_as_they_are_cast(
    db: Session,
) -> None:
    """A box that kept its ballots in the order of casting, by row or by time, is seen through."""
    proposal, people = make_secret_vote(db, VOTERS)
    plan = dict(zip([one.id for one in people], distinct_marks(VOTERS), strict=True))
    copies = Copies()
    for number, person in enumerate(people):
        row = Ballot(
            proposal_id=proposal.id,
            marks=plan[person.id],
            nonce=secrets.token_hex(16),
            cast_at=proposal.opens_at,
        )
        db.add_all([row, Receipt(proposal_id=proposal.id, code=f"code {number}")])
        db.flush()
        copies.sealed_of[person.id] = Sealed(
            row.id.hex, base64.b64encode(row.id.bytes).decode(), (number,)
        )
        copies.seat_of[person.id] = person.id.hex
    best = max(
        sum(guess[voter] == marks for voter, marks in plan.items())
        for _, guess in guesses(copies, published(db))
    )
    assert best == VOTERS
