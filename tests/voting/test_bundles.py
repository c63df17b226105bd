import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from guilds.charter import Method
from tests.voting.test_recounting import BALLOTS, bundle_of, decided
from voting import bundles
from voting.counting.files.box_marks import BLANK, DIGITS, ballot_of
from voting.marks import kind_of
from voting.models import Ballot, Choice, Proposal, Receipt

KINDS = sorted({kind_of(method) for method in BALLOTS} - {"choices"})


@pytest.mark.parametrize("kind", KINDS)
@given(marks=st.text(st.sampled_from(BLANK + DIGITS), max_size=40), lowest=st.integers(-9, 9))
def test_a_ballot_is_written_as_json_writes_it(kind: str, marks: str, lowest: int) -> None:
    written = bundles.ballot_writer(kind, lowest=lowest)(marks)
    assert f"[{written}]" == json.dumps(ballot_of(kind, marks, lowest=lowest))


@pytest.mark.parametrize("choice", Choice)
def test_a_choice_is_written_as_json_writes_it(choice: Choice) -> None:
    assert bundles.ballot_writer("choices", lowest=0)(choice.value) == json.dumps(choice.value)


def line_of(ballot: Ballot, proposal: Proposal) -> str:
    lowest = int(proposal.settings.get("lowest", "0"))
    told: dict[str, Any] = {"nonce": ballot.nonce, "weight": ballot.weight, "marks": ballot.marks}
    told["ballot"] = ballot_of(kind_of(proposal.method), ballot.marks, lowest=lowest)
    return json.dumps(told)


@pytest.mark.parametrize("method", [Method.MAJORITY, Method.SCORE, Method.SCHULZE])
def test_ballots_and_receipts_stand_a_line_each_in_order(db: Session, method: Method) -> None:
    """The bytes that were published so far, whatever writes them."""
    proposal = decided(db, method)
    lying = select(Ballot).where(Ballot.proposal_id == proposal.id).order_by(col(Ballot.nonce))
    codes = sorted(db.exec(select(Receipt.code).where(Receipt.proposal_id == proposal.id)))
    lines = ",\n".join(line_of(ballot, proposal) for ballot in db.exec(lying))
    told = ",\n".join(json.dumps(code) for code in codes)
    text = bundle_of(db, proposal)
    assert text.endswith(f'"receipts": [\n{told}],\n "ballots": [\n{lines}]\n}}\n')


def test_a_box_of_thousands_comes_in_few_pieces(db: Session) -> None:
    proposal = decided(db, Method.APPROVAL)
    first = db.exec(select(Ballot).where(Ballot.proposal_id == proposal.id)).first()
    assert first is not None
    alike = first.model_dump(exclude={"id", "nonce"})
    db.add_all(Ballot(**alike, nonce=f"{number:04x}" * 8) for number in range(3000))
    db.flush()
    pieces = list(bundles.bundle_text(db, proposal))
    assert len(pieces) < 300
    ballots = json.loads("".join(pieces))["ballots"]
    assert [one["nonce"] for one in ballots] == sorted(one["nonce"] for one in ballots)
    assert len(ballots) == 3005
