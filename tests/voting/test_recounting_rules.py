"""A server that counts by other rules than the charter's, and signs that, is found out."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from guilds.charter import Method
from tests.builders import MEANS
from tests.voting.test_recounting import bundle_of, decided
from voting.recounting import check as checking
from voting.recounting.rules import ballots_needed
from voting.recounting.script import script_hash

pytestmark = pytest.mark.parametrize("database", ["sqlite"])

Bundle = dict[str, Any]
Change = Callable[[Bundle], Any]


def rule_of(bundle: Bundle) -> Bundle:
    rule: Bundle = bundle["charter"]["rule"]
    return rule


def reweigh(bundle: Bundle) -> None:
    """Hand one voter's ballot to another, who then speaks for two."""
    bundle["ballots"] = bundle["ballots"][1:]
    bundle["ballots"][0]["weight"] = 2
    bundle["entries"] -= 1


def forged(bundle: Bundle, change: Change) -> str:
    """The bundle changed as only who signs it can: root, result and signature fit it again."""
    told = copy.deepcopy(bundle)
    change(told)
    entries = [checking.box.entry(b["nonce"], b["weight"], b["marks"]) for b in told["ballots"]]
    told["root"] = checking.box.root_of(entries).hex()
    text = json.dumps(told)
    told["result"] |= checking._counted(checking.parsed(text), text)
    told["signature"] = MEANS.signer.sign(checking.canonical(checking.head_of(told)).encode())
    return json.dumps(told)


def wrongs(text: str) -> list[str]:
    found, _ = checking.check(text.encode(), script=script_hash())
    return [one.said for one in found if one.is_right is False]


BY = "counted by nothing but the charter's rule and the proposal's settings"
QUESTION: dict[str, tuple[Change, str]] = {
    "another threshold": (
        lambda b: b["rules"].update(threshold="1/10"), f"{BY}: not threshold 1/10",
    ),
    "the charter asks for more": (
        lambda b: rule_of(b).update(threshold_share="2/3"), f"{BY}: not threshold 1/2",
    ),
    "another reach": (lambda b: b["rules"].update(reach="at-least"), f"{BY}: not reach at-least"),
    "another base": (lambda b: b["rules"].update(base="ballots"), f"{BY}: not base ballots"),
    "fewer are enough": (
        lambda b: b["rules"].update({"least-ballots": "1"}), f"{BY}: not least-ballots 1",
    ),
    "another quorum": (lambda b: b["rules"].update(quorum="1/3"), f"{BY}: not quorum 1/3"),
    "other electors": (lambda b: b["rules"].update(electorate="60"), f"{BY}: not electorate 60"),
    "a method that is not allowed": (
        lambda b: rule_of(b).update(methods=["consent"]),
        "the charter lets it be decided by majority, and the ballots are of that kind",
    ),
    "open instead of secret": (
        lambda b: b.update(secret=False, receipts=[], receipts_root=None),
        "the vote was secret, as the charter says",
    ),
    "a ballot for two": (reweigh, "each counts once, as the vote was secret"),
}  # fmt: skip


def test_a_question_counted_by_other_rules_is_found_out(db: Session) -> None:
    bundle = json.loads(bundle_of(db, decided(db, Method.MAJORITY)))
    assert wrongs(forged(bundle, lambda _: None)) == []
    for name, (change, said) in QUESTION.items():
        assert said in wrongs(forged(bundle, change)), name


CHOICE: dict[str, tuple[Change, str]] = {
    "lots nobody drew": (
        lambda b: b.update(lots=["D", "C", "B", "A"]),
        "ties are broken by the root of the ballots alone",
    ),
    "another seed": (
        lambda b: b.update(seed="00"), "ties are broken by the root of the ballots alone",
    ),
    "one dropped first": (
        lambda b: b["rules"].update({"drop-first": "B"}), f"{BY}: not drop-first B",
    ),
    "another rule": (lambda b: b["rules"].update(stop="last-two"), f"{BY}: not stop last-two"),
}  # fmt: skip


def test_a_choice_counted_by_other_rules_is_found_out(db: Session) -> None:
    bundle = json.loads(bundle_of(db, decided(db, Method.IRV)))
    assert wrongs(forged(bundle, lambda _: None)) == []
    for name, (change, said) in CHOICE.items():
        assert said in wrongs(forged(bundle, change)), name


def test_lots_in_a_bundle_change_no_tie(db: Session) -> None:
    """They are wrong, and the count is the root's all the same."""
    bundle = json.loads(bundle_of(db, decided(db, Method.APPROVAL)))
    [tie] = bundle["result"]["ties"]
    loser = next(name for name in tie["among"] if name != tie["chosen"])
    _, result = checking.check(json.dumps(bundle | {"lots": [loser]}).encode())
    assert result["winners"] == [tie["chosen"]]


def test_a_budget_is_the_proposals(db: Session) -> None:
    bundle = json.loads(bundle_of(db, decided(db, Method.GREEDY)))
    assert wrongs(forged(bundle, lambda b: b.update(budget="9"))) == [f"{BY}: not budget 9"]


def test_what_was_chosen_may_differ_from_the_usual(db: Session) -> None:
    bundle = json.loads(bundle_of(db, decided(db, Method.STV)))

    def choose(told: Bundle) -> None:
        told["settings"]["rule"] = told["rules"]["rule"] = "meek"

    assert wrongs(forged(bundle, choose)) == []
    assert wrongs(forged(bundle, lambda b: b["rules"].update(rule="meek"))) == [
        f"{BY}: not rule meek"
    ]


@pytest.mark.parametrize(("cap", "weight", "is_found"), [(0, 9, 0), (1, 2, 0), (1, 3, 1)])
def test_nobody_speaks_for_more_than_the_charter_lets_them(
    db: Session, cap: int, weight: int, is_found: int
) -> None:
    bundle = json.loads(bundle_of(db, decided(db, Method.MAJORITY, is_secret=False)))
    people = len(bundle["ballots"]) - 1 + weight

    def speak(told: Bundle) -> None:
        next(one for one in told["ballots"] if one["marks"] == "yes")["weight"] = weight
        told |= {"voters": people, "electorate": people, "members": people}
        told["rules"] |= {"electorate": str(people)}
        least = ballots_needed(told)
        told["rules"] |= {"least-ballots": str(least)}
        rule_of(told).update(delegation=True, delegation_cap=cap)

    said = "no ballot counts for more than 2, as the charter caps it"
    assert wrongs(forged(bundle, speak)) == [said] * is_found
    assert "each counts once, as nobody may vote for others" in wrongs(
        forged(bundle, lambda b: [speak(b), rule_of(b).update(delegation=False)])
    )


def test_what_was_usual_when_it_was_counted_is_a_note_to_another_version(database: str) -> None:
    path = Path(__file__).parent / "bundles" / "irv.json"
    bundle = json.loads(path.read_text())
    usual_then = forged(bundle, lambda b: b["rules"].update(stop="last-two"))
    found, _ = checking.check(usual_then.encode(), script=script_hash())
    assert [one.said for one in found if one.is_right is False] == []
    notes = [one.said for one in found if one.is_right is None]
    assert "stop is last-two, which is not usual in this version" in notes
    never_usual = forged(bundle, lambda b: b["rules"].update({"drop-first": "B"}))
    assert f"{BY}: not drop-first B" in wrongs(never_usual)
