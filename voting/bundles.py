"""The bundle of a closed vote: all that is needed to check it and count it again, without a name.

The head is written and signed with the close; ballots and receipts are put to it when it is read.
Format: voting.counting.files.bundle. Checked by: voting.recounting.check.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from operator import methodcaller
from typing import Any
from uuid import UUID

from sqlmodel import Session, func, select

from core.database import insert_new
from guilds.charter import BUDGETING
from voting import ballots, box, queries, results
from voting.counting.files.box_marks import BLANK, DIGITS
from voting.counting.files.bundle import FORMAT
from voting.counting.methods import get_method
from voting.counting.options import usual_texts
from voting.marks import kind_of, score_range
from voting.models import MOST_OPTIONS, Ballot, BundleHead, Proposal, Receipt, RecountScript
from voting.recounting.check import canonical
from voting.recounting.script import recount_script, script_hash
from voting.signing import Signer

#: rows the database hands over at a time
BATCH = 2000


def sign_bundle(db: Session, proposal: Proposal, signer: Signer, *, now: datetime) -> None:
    """Write the head of a vote that was counted just now, and sign it."""
    _keep_script(db)
    told = {**_head(db, proposal, now), "public_key": signer.public_key}
    head = canonical(told)
    signature = signer.sign(head.encode())
    db.add(BundleHead(proposal_id=proposal.id, head=head, signature=signature))
    db.flush()


def _keep_script(db: Session) -> None:
    """Keep the recount.py that a bundle of today names, whatever becomes of the code."""
    row = RecountScript(sha256=script_hash(), text=recount_script())
    insert_new(db, RecountScript, [row.model_dump()])


def script_text(db: Session, sha256: str) -> str | None:
    """The recount.py of that hash, if it is today's or votes were counted by it."""
    if sha256 == script_hash():
        return recount_script()
    query = select(RecountScript.text).where(RecountScript.sha256 == sha256)
    return db.exec(query).first()


def _head(db: Session, proposal: Proposal, now: datetime) -> dict[str, Any]:
    codes = [code.encode("ascii") for batch in _codes(db, proposal.id) for code in batch]
    return {
        "format": FORMAT,
        "script": script_hash(),
        "proposal": str(proposal.id),
        "title": proposal.title,
        "closed_at": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "charter": {
            "version": queries.charter_number(db, proposal),
            "kind": proposal.kind,
            "rule": proposal.rule,
        },
        "secret": proposal.decision_rule.is_secret,
        "electorate": proposal.electorate_count or None,
        "members": proposal.member_count,
        "seats": proposal.seats,
        **_paper(db, proposal),
        "decision": {"state": proposal.state, "failed_by": proposal.failed_by},
        "result": proposal.result,
        "entries": _entry_count(db, proposal),
        "voters": proposal.ballot_count,
        "root": proposal.root_hash,
        "receipts_root": box.root_of(codes).hex() if codes else None,
    }


def _paper(db: Session, proposal: Proposal) -> dict[str, Any]:
    """What a ballot could say and by what it is counted."""
    paper = queries.paper(db, proposal)
    budget = {"costs": list(paper.costs), "budget": proposal.settings.get("budget", "0")}
    return {
        "method": proposal.method,
        "kind": kind_of(proposal.method),
        "options": list(paper.names),
        **(budget if proposal.method in BUDGETING else {}),
        "rules": usual_texts(get_method(proposal.method.value).options)
        | results.count_options(proposal, proposal.tally),
        "settings": proposal.settings,
    }


def _codes(db: Session, proposal_id: UUID) -> Iterator[list[str]]:
    """All receipts in their order, batch by batch."""
    query = (
        select(Receipt.code)
        .where(Receipt.proposal_id == proposal_id)
        .order_by(Receipt.code)
        .execution_options(yield_per=BATCH)
    )
    with db.exec(query) as found:
        for codes in found.partitions():
            yield list(codes)


def _entry_count(db: Session, proposal: Proposal) -> int:
    query = select(func.count()).where(
        Ballot.proposal_id == proposal.id, Ballot.round == proposal.round
    )
    return db.exec(query).one()


def has_bundle(db: Session, proposal_id: UUID) -> bool:
    query = select(BundleHead.id).where(BundleHead.proposal_id == proposal_id)
    return db.exec(query).first() is not None


def head_of(db: Session, proposal_id: UUID) -> dict[str, Any] | None:
    """What was signed, the key it is signed by included; None if there is no bundle."""
    query = select(BundleHead.head).where(BundleHead.proposal_id == proposal_id)
    head = db.exec(query).first()
    return None if head is None else dict(json.loads(head))


def bundle_text(db: Session, proposal: Proposal) -> Iterator[str]:
    """The bundle in pieces, one ballot and one receipt a line, sorted.

    Raises NoResultFound if there is none.
    """
    found = db.exec(select(BundleHead).where(BundleHead.proposal_id == proposal.id)).one()
    head = json.dumps(json.loads(found.head), ensure_ascii=False, indent=1).removesuffix("\n}")
    yield f'{head},\n "signature": "{found.signature}",\n "receipts": ['
    yield from _lines(_receipts(db, proposal))
    yield '],\n "ballots": ['
    yield from _lines(_ballots(db, proposal))
    yield "]\n}\n"


def _lines(batches: Iterable[list[str]]) -> Iterator[str]:
    """JSON values, one a line, with a comma between two; a piece a batch."""
    between = "\n"
    for batch in batches:
        yield between + ",\n".join(batch)
        between = ",\n"


def _receipts(db: Session, proposal: Proposal) -> Iterator[list[str]]:
    for codes in _codes(db, proposal.id):
        yield [f'"{code}"' for code in codes]


def _ballots(db: Session, proposal: Proposal) -> Iterator[list[str]]:
    lowest, _ = score_range(proposal.settings)
    written = ballot_writer(kind_of(proposal.method), lowest=lowest)
    for entries in ballots.sorted_entries(db, proposal):
        yield [
            f'{{"nonce": "{nonce}", "weight": {weight}, "marks": "{marks}", '
            f'"ballot": [{written(marks)}]}}'
            for nonce, weight, marks in map(_parts, entries)
        ]


_parts = methodcaller("split", ":")


def ballot_writer(kind: str, *, lowest: int) -> Callable[[str], str]:
    """What writes the inside of a ballot's list, as json.dumps would of box_marks.ballot_of.

    Of a million ballots no list is made: that took most of the time there is.
    """
    match kind:
        case "choices":
            return '"{}"'.format
        case "approvals":
            return partial(_given, [str(place) for place in range(MOST_OPTIONS)])
        case "points":
            return partial(_given, [f"[{place}, 1]" for place in range(MOST_OPTIONS)])
        case "scores":
            scores = {digit: str(number + lowest) for number, digit in enumerate(DIGITS)}
            return partial(_scores, {**scores, BLANK: "null"})
        case "ranking":
            return partial(_ranking, [str(place) for place in range(MOST_OPTIONS)])
    raise ValueError(f"no kind of ballot: {kind}")


def _given(places: list[str], marks: str) -> str:
    none = (BLANK, DIGITS[0])
    return ", ".join(
        [place for place, mark in zip(places, marks, strict=False) if mark not in none]
    )


def _scores(scores: dict[str, str], marks: str) -> str:
    return ", ".join([scores[mark] for mark in marks])


def _ranking(places: list[str], marks: str) -> str:
    groups: dict[str, str] = {}
    for place, mark in zip(places, marks, strict=False):
        groups[mark] = f"{groups[mark]}, {place}" if mark in groups else place
    groups.pop(BLANK, None)
    inside = "], [".join([groups[mark] for mark in sorted(groups)])
    return f"[{inside}]" if groups else ""
