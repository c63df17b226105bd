"""Secret ballots: who has voted and what was voted lie apart, with nothing to join them again.

At casting the elector is marked and a sealed ballot put into the box: marks, nonce and receipt
code under a key outside the database (voting.ballot_keys), every one of the same length. The close
opens the box, keeps the ballots in the order of their nonces and the codes in theirs, and the key
is destroyed: what was copied before cannot be opened any more. Source: docs/decisions/0209.
"""

import base64
import binascii
import logging
import os
import secrets
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlmodel import Session, col, delete, select, update

import notifications.services
from core.database import table_of
from core.errors import RuleBroken
from core.templating import count
from core.wire import Wire, new
from guilds.charter import ONE_QUESTION, SECRET_LEAST
from voting import queries, rules, verdicts
from voting.at_once import put_first, putting
from voting.ballot_keys import BallotKeys
from voting.casting import NONCE_BYTES, HasId, box_of, put_in, take_seat
from voting.marks import read_marks
from voting.models import (
    MOST_OPTIONS,
    Ballot,
    Choice,
    Elector,
    FailedBy,
    Proposal,
    ProposalState,
    Receipt,
    SealedBallot,
)
from voting.notices import PENDING
from voting.seats import Seat, option_names
from voting.steps import note

log = logging.getLogger("guilds.voting")

#: no vowel and nothing that looks like another: a code is no word, and can be copied by hand
CODE_LETTERS = "23456789BCDFGHJKMNPQRTVWX"
CODE_GROUPS, CODE_GROUP = 4, 4
CODE_LENGTH = CODE_GROUPS * (CODE_GROUP + 1) - 1
NONCE_LENGTH = 2 * NONCE_BYTES
SEAL_NONCE = 12

FINAL = "Your ballot is in the box. In a secret vote it is final: nobody could find it again."
NO_KEY = (
    "The key of this ballot box is missing on the server, so your ballot was not cast. "
    "Please tell the people who run it; nothing is lost."
)


class Opened(NamedTuple):
    """A secret ballot as it lay in its seal."""

    nonce: str
    code: str
    marks: str


def cast_secret(
    db: Session | Wire,
    proposal: HasId,
    *,
    actor: HasId,
    marks: str,
    keys: BallotKeys,
    now: datetime,
) -> str:
    """Put a ballot into the sealed box; returns the receipt code, which is told once and not kept.

    db: a wire, whose transaction this is, or a session, which commits. marks: as voting.marks
    writes them. Raises RuleBroken with the reason why this person cannot vote now, or again;
    ValueError for marks that are none, or a vote that is not secret.
    """
    with box_of(db, proposal) as line:
        seat = take_seat(line, proposal, actor=actor, now=now)
        _ask_secret(seat)
        _ask_marks(line, seat, marks)
        row, code = _sealed_row(seat, _key_for(seat, keys), marks)
        put_in(line, seat, actor.id, (putting(_sealed), new(row)), {"ballot_count": 1}, now)
    return code


def cast_seated(
    line: Wire, seat: Seat, *, actor: HasId, marks: str, keys: BallotKeys, now: datetime
) -> str:
    """The same where thousands do it: all at once, once the box has its key. Raises alike.

    seat: as it was read just now.
    """
    _ask_secret(seat)
    _ask_marks(line, seat, marks)
    key = keys.get(seat.id)
    if key is not None:
        row, code = _sealed_row(seat, key, marks)
        steps = {"ballot_count": 1}
        if put_first(line, seat, actor.id, ballot=(_sealed, row), steps=steps, now=now):
            return code
    return cast_secret(line, seat, actor=actor, marks=marks, keys=keys, now=now)


def _ask_secret(seat: Seat) -> None:
    if not seat.decision_rule.is_secret:
        raise ValueError("this vote is open")
    if seat.has_voted:
        raise RuleBroken(FINAL)


def _ask_marks(line: Wire, seat: Seat, marks: str) -> None:
    if not _are_marks(line, seat, marks):
        raise ValueError("these marks are no ballot of this vote")


_sealed = table_of(SealedBallot)


def _sealed_row(seat: Seat, key: bytes, marks: str) -> tuple[dict[str, Any], str]:
    """A ballot as it is kept, and its receipt code."""
    ballot = Opened(secrets.token_hex(NONCE_BYTES), new_code(), marks)
    sealed = Seal(seat, key).close(ballot)
    return {"id": uuid4(), "proposal_id": seat.id, "sealed": sealed}, ballot.code


def _key_for(seat: Seat, keys: BallotKeys) -> bytes:
    """The box's key, made for its first ballot: the proposal's lock lets one process do it."""
    key = keys.get(seat.id)
    if key is None and not seat.ballot_count:
        key = keys.make(seat.id)
    if key is None:
        log.error("proposal %s: its ballot key is missing, so nobody can vote", seat.id)
        raise RuleBroken(NO_KEY)
    return key


def _are_marks(line: Wire, seat: Seat, marks: str) -> bool:
    if seat.method in ONE_QUESTION:
        return marks in set(Choice)
    try:
        return len(read_marks(marks)) == len(option_names(line, seat.id))
    except ValueError:
        return False


def new_code() -> str:
    """A receipt code, such as "7QKM-2TWX-4F9B-NC5D": 73 bits nobody can guess."""
    letters = [secrets.choice(CODE_LETTERS) for _ in range(CODE_GROUPS * CODE_GROUP)]
    return "-".join(
        "".join(letters[at : at + CODE_GROUP]) for at in range(0, len(letters), CODE_GROUP)
    )


def read_code(typed: str) -> str:
    """A code as it is listed, from what a person typed: any case, with or without dashes."""
    letters = "".join(letter for letter in typed.upper() if letter.isalnum())[:CODE_LENGTH]
    return "-".join(letters[at : at + CODE_GROUP] for at in range(0, len(letters), CODE_GROUP))


class Seal:
    """Seals ballots of one box, and opens them, under its key."""

    def __init__(self, proposal: HasId, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._box = proposal.id.bytes

    def close(self, ballot: Opened) -> str:
        """A ballot in its seal; of the same length for every ballot there is."""
        plain = ballot.nonce + ballot.code + ballot.marks.ljust(MOST_OPTIONS)
        nonce = os.urandom(SEAL_NONCE)
        sealed = self._cipher.encrypt(nonce, plain.encode("ascii"), self._box)
        return base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str) -> Opened | None:
        """The ballot in a seal; None if it was changed, or sealed with another key."""
        try:
            raw = base64.b64decode(sealed, validate=True)
            plain = self._cipher.decrypt(raw[:SEAL_NONCE], raw[SEAL_NONCE:], self._box)
        except (InvalidTag, binascii.Error, ValueError):
            return None
        text = plain.decode("ascii")
        marks_at = NONCE_LENGTH + CODE_LENGTH
        return Opened(text[:NONCE_LENGTH], text[NONCE_LENGTH:marks_at], text[marks_at:].rstrip())


def open_box(db: Session, proposal: Proposal, keys: BallotKeys, *, now: datetime) -> bool:
    """Open the box of a vote whose time is over; False: it cannot be opened yet, and waits.

    Every ballot comes out or none does. A box that stays shut is looked at again each round, in
    case the operators put its key back, until rules.BOX_WAIT is over; then it is given up, and
    proposal.box_fault says why. Of fewer than SECRET_LEAST ballots only the receipts are kept. Who
    has voted is forgotten then; the number stays. The proposal is locked by the caller.
    """
    ballots, fault = _opened(db, proposal, keys)
    if fault and now < proposal.closes_at + rules.BOX_WAIT:
        if fault != proposal.box_fault:
            proposal.box_fault = fault
            db.add(proposal)
            note(db, "voting.box_shut", proposal, actor=None, now=now, reason=fault)
            log.error("the ballot box of proposal %s stays shut: %s", proposal.id, fault)
        return False
    proposal.box_fault = fault
    db.add(proposal)
    if not fault:
        _pour_out(db, proposal, ballots, now)
    db.exec(delete(SealedBallot).where(col(SealedBallot.proposal_id) == proposal.id))
    forget_voters(db, proposal)
    return True


def forget_voters(db: Session, proposal: Proposal) -> None:
    """Forget who has voted: the marks, and the ledger of who was still asked for a ballot."""
    db.exec(update(Elector).where(col(Elector.proposal_id) == proposal.id).values(has_voted=False))
    notifications.services.forget(db, subject_id=proposal.id, kinds=PENDING)


def unseen_outcome(proposal: Proposal) -> verdicts.Outcome | None:
    """What it means that a secret vote's ballots are not to be seen; None: they can be counted."""
    if proposal.box_fault:
        return verdicts.Outcome(ProposalState.FAILED, FailedBy.BOX)
    if proposal.decision_rule.is_secret and proposal.ballot_count < SECRET_LEAST:
        return verdicts.Outcome(ProposalState.FAILED, FailedBy.QUORUM)
    return None


def _opened(db: Session, proposal: Proposal, keys: BallotKeys) -> tuple[list[Opened], str]:
    """All ballots of a box, or why they are not all there, in words."""
    query = select(SealedBallot.sealed).where(SealedBallot.proposal_id == proposal.id)
    sealed = list(db.exec(query))
    voted = queries.voted_count(db, proposal.id)
    if not sealed and not voted:
        return [], ""
    key = keys.get(proposal.id)
    if key is None:
        return (
            [],
            f"The key of the ballot box is missing; {count(voted, 'ballot')} cannot be counted.",
        )
    seal = Seal(proposal, key)
    ballots = [ballot for one in sealed if (ballot := seal.open(one)) is not None]
    if len(ballots) < len(sealed):
        shut = len(sealed) - len(ballots)
        return [], f"{shut:,} of {count(len(sealed), 'ballot')} were changed and cannot be opened."
    different = min(len({one.nonce for one in ballots}), len({one.code for one in ballots}))
    if not different == len(ballots) == voted:
        told = f"{count(voted, 'member')} voted, but the box holds {count(len(ballots), 'ballot')}"
        return [], f"{told}, {different:,} of them different."
    return ballots, ""


def _pour_out(db: Session, proposal: Proposal, ballots: list[Opened], now: datetime) -> None:
    """Keep ballots and receipts apart, each in an order that tells nothing of the casting."""
    receipts = [
        {"id": uuid4(), "proposal_id": proposal.id, "code": code}
        for code in sorted(one.code for one in ballots)
    ]
    published = [
        {
            "id": uuid4(),
            "proposal_id": proposal.id,
            "user_id": None,
            "round": proposal.round,
            "marks": one.marks,
            "reason": "",
            "nonce": one.nonce,
            "weight": 1,
            "cast_at": now,
        }
        for one in sorted(ballots)
        if len(ballots) >= SECRET_LEAST
    ]
    for table, rows in ((Receipt, receipts), (Ballot, published)):
        if rows:
            db.connection().execute(table_of(table).insert(), rows)


def forget_keys(db: Session, keys: BallotKeys) -> int:
    """Destroy the keys of boxes that are open no more, and what is left in them; says how many.

    The keys are listed before the states are read: a key is made under an open vote, so one that
    is made meanwhile is not touched; nor is one whose proposal this database does not know.
    """
    kept = keys.kept()
    if not kept:
        return 0
    query = select(Proposal.id).where(
        col(Proposal.id).in_(kept), Proposal.state != ProposalState.VOTING
    )
    over = list(db.exec(query))
    for proposal_id in over:
        keys.destroy(proposal_id)
    db.exec(delete(SealedBallot).where(col(SealedBallot.proposal_id).in_(over)))
    return len(over)
