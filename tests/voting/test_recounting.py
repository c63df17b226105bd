import json
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from sqlmodel import Session, select

from accounts.models import User
from guilds.charter import SECRET_LEAST, DecisionKind, Method
from guilds.charter_templates import TEMPLATES
from tests.builders import MEANS, make_guild, make_user, make_vote
from tests.voting.secret import cast, make_secret_vote
from voting import box, bundles, casting, closing, verdicts
from voting.counting.count_file import count_file
from voting.models import Ballot, Proposal
from voting.question import OptionFacts
from voting.recounting import check as checking
from voting.recounting import ed25519
from voting.recounting import rules as recounting_rules
from voting.recounting.script import recount_script

RESOLVE, SPEND, ELECT = DecisionKind.RESOLUTION, DecisionKind.SPEND, DecisionKind.ELECT

# --- the tree: the eight leaves of RFC 6962's own test programs, and its definition ---

LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657",
          "606162636465666768696a6b6c6d6e6f"]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaf(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_the_tree_is_that_of_rfc_6962(size: int) -> None:
    leaves = [leaf(bytes.fromhex(entry)) for entry in LEAVES[:size]]
    assert box.tree_root(leaves).hex() == ROOTS[size - 1]


def by_definition(leaves: list[bytes]) -> bytes:
    """MTH of section 2.1: split at the largest power of two below the length."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + by_definition(leaves[:half]) + by_definition(leaves[half:])).digest()


def test_a_tree_of_any_size_is_as_defined_and_its_order_does_not_matter() -> None:
    entries = [box.entry(f"{number:032x}", 1, "yes") for number in range(70)]
    for size in range(70):
        assert box.root_of(entries[:size][::-1]) == by_definition([leaf(e) for e in entries[:size]])


# --- the signature: RFC 8032, section 7.1, tests 1 to 3 ---

SIGNED = [
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "message", "signature"), SIGNED)
def test_signatures_of_the_standard_hold_and_no_other(
    key: str, message: str, signature: str
) -> None:
    k, m, s = (bytes.fromhex(text) for text in (key, message, signature))
    assert ed25519.verify(k, m, s)
    assert not ed25519.verify(k, m + b"x", s)
    for place in (0, 31, 32, 63):
        spoiled = bytearray(s)
        spoiled[place] ^= 1
        assert not ed25519.verify(k, m, bytes(spoiled))
        other = bytearray(k)
        other[place % 32] ^= 4
        assert not ed25519.verify(bytes(other), m, s)
    more = int.from_bytes(s[32:], "little") + ed25519.L  # the same answer in another guise
    assert not ed25519.verify(k, m, s[:32] + more.to_bytes(32, "little"))
    assert not ed25519.verify(k[:31], m, s)
    assert not ed25519.verify(b"\xff" * 32, m, s)


def test_our_check_agrees_with_the_library_that_signs() -> None:
    for number in range(20):
        key = Ed25519PrivateKey.from_private_bytes(sha256(b"%d" % number).digest())
        message = bytes(range(number))
        public = key.public_key().public_bytes_raw()
        assert ed25519.verify(public, message, key.sign(message))
        assert not ed25519.verify(public, message + b"!", key.sign(message))


def test_the_script_knows_the_least_that_secrecy_needs() -> None:
    assert recounting_rules.SECRET_LEAST == SECRET_LEAST


# --- votes of every method, counted by the server, the command and the script ---

OPTIONS = tuple(OptionFacts(name, cost=cost) for name, cost in zip("ABCD", "4321", strict=True))
BALLOTS: dict[Method, list[str]] = {
    Method.MAJORITY: ["yes", "yes", "no", "abstain", "yes"],
    Method.APPROVAL: ["11--", "-1--", "--1-", "1--1", "----"],
    Method.SCORE: ["5-12", "0000", "3333", "-501", "1234"],
    Method.STAR: ["5-12", "0000", "3333", "-501", "1234"],
    Method.IRV: ["1234", "21-3", "-1--", "4321", "----"],
    Method.SCHULZE: ["1234", "2143", "1122", "4321", "-1-2"],
    Method.RANKED_PAIRS: ["1234", "2143", "1122", "4321", "-1-2"],
    Method.STV: ["1234", "21-3", "-1--", "4321", "----"],
    Method.GREEDY: ["11--", "-1--", "--1-", "1--1", "---1"],
    Method.EQUAL_SHARES: ["11--", "-1--", "--1-", "1--1", "---1"],
}
SETTINGS = {
    Method.SCORE: {"lowest": "0", "highest": "5"},
    Method.STAR: {"lowest": "0", "highest": "5"},
    Method.GREEDY: {"budget": "5"},
    Method.EQUAL_SHARES: {"budget": "5"},
}
KINDS = {Method.STV: ELECT, Method.GREEDY: SPEND, Method.EQUAL_SHARES: SPEND}


def decided(
    db: Session, method: Method, *, is_secret: bool = True, marks: list[str] | None = None
) -> Proposal:
    kind = KINDS.get(method, RESOLVE)
    more: dict[str, Any] = {"rule": {"kind": kind, "methods": (method,)}, "kind": kind}
    if method != Method.MAJORITY:
        more |= {"options": OPTIONS, "seats": 2 if method == Method.STV else 1}
        more["settings"] = SETTINGS.get(method, {})
    more["method"] = method
    if not is_secret:
        more["rule"] |= {"is_secret": False, "is_changeable": True}
    proposal, people = make_secret_vote(db, 6, **more)
    for person, one in zip(people, marks or BALLOTS[method], strict=False):
        if is_secret:
            cast(db, proposal, person, one)
        else:
            casting.cast_ballot(db, proposal, actor=person, marks=one, now=proposal.opens_at)
    assert closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    return proposal


def bundle_of(db: Session, proposal: Proposal) -> str:
    return "".join(bundles.bundle_text(db, proposal))


@pytest.fixture(scope="session")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("elsewhere") / "recount.py"
    path.write_text(recount_script())
    return path


@pytest.fixture
def recount(script: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the script in a folder of its own, without our code or any library."""

    def run(text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        folder = tmp_path / "far"
        folder.mkdir(exist_ok=True)
        (folder / "bundle.json").write_text(text)
        command = [sys.executable, "-I", "-S", str(script), "bundle.json", *arguments]
        return subprocess.run(
            command, cwd=folder, capture_output=True, text=True, env={}, timeout=60, check=False
        )

    return run


@pytest.mark.parametrize("is_secret", [True, False])
@pytest.mark.parametrize("method", BALLOTS)
def test_a_vote_of_any_method_comes_out_the_same_everywhere(
    db: Session, app: Flask, tmp_path: Path, recount: Any, method: Method, is_secret: bool
) -> None:
    proposal = decided(db, method, is_secret=is_secret)
    assert proposal.result is not None
    published = {key: value for key, value in proposal.result.items() if key != "ties"}
    text = bundle_of(db, proposal)
    found, result = checking.check(text.encode())
    assert [one.said for one in found if not one.is_right] == []
    assert result == json.loads(json.dumps(published))

    path = tmp_path / "bundle.json"
    path.write_text(text)
    counted = app.test_cli_runner().invoke(
        args=["voting", "count", str(path), "--method", method.value]
    )
    assert json.loads(counted.stdout) == result

    if is_secret:  # the script takes a second to start
        done = recount(text)
        assert (done.returncode, done.stderr) == (0, "")
        assert "WRONG" not in done.stdout
        assert json.loads(done.stdout[done.stdout.index("{") :]) == result


@pytest.mark.parametrize("method", sorted(set(BALLOTS) - {Method.MAJORITY}))
def test_where_nobody_marked_anything_nobody_wins_however_it_is_counted(
    db: Session, app: Flask, tmp_path: Path, method: Method
) -> None:
    proposal = decided(db, method, marks=["----"] * 5)
    assert (proposal.state, proposal.failed_by) == ("failed", "threshold")
    assert proposal.result is not None
    assert (proposal.result["winners"], proposal.result["ties"]) == ([], [])
    text = bundle_of(db, proposal)
    found, result = checking.check(text.encode())
    assert [one.said for one in found if not one.is_right] == []
    assert (result["winners"], result["ballots"]) == ([], 5)
    path = tmp_path / "bundle.json"
    path.write_text(text)
    counted = app.test_cli_runner().invoke(
        args=["voting", "count", str(path), "--method", method.value]
    )
    assert json.loads(counted.stdout) == result


def test_a_consent_round_can_be_recounted(db: Session) -> None:
    people = [make_user(db, f"member{number}") for number in range(4)]
    charter = TEMPLATES["consent-circle"].charter
    guild = make_guild(db, admins=people[:1], members=people[1:], charter=charter)
    proposal = make_vote(db, guild, people[0])
    for person in people:
        casting.cast_ballot(db, proposal, actor=person, marks="yes", now=proposal.opens_at)
    assert closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    found, result = checking.check(bundle_of(db, proposal).encode())
    assert [one.said for one in found if not one.is_right] == []
    assert result["method"] == "consent"


def test_a_delegated_ballot_counts_for_all_it_speaks_for() -> None:
    text = '{"format": "dream-guilds-ballots/1", "kind": "approvals", "options": ["A", "B"],'
    text += '"ballots": [{"ballot": [0], "weight": 3}, {"ballot": [1]}, [1]]}'
    result = count_file(text.encode(), method="approval")
    assert (result["winners"], result["ballots"]) == (["A"], 5)


def test_a_quorum_that_is_missed_is_found_too(db: Session) -> None:
    proposal, people = make_secret_vote(db, 10, rule={"quorum_share": "1/2"})
    for person in people[:4]:
        cast(db, proposal, person, "yes")
    closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    text = bundle_of(db, proposal)
    found, _ = checking.check(text.encode())
    assert [one.said for one in found if not one.is_right] == []
    assert recounting_rules.ballots_needed(json.loads(text)) == 5
    assert verdicts.ballots_needed(proposal.tally, proposal.decision_rule) == 5


# --- what was changed is found ---


def changed(text: str, change: Callable[[dict[str, Any]], Any]) -> str:
    bundle = json.loads(text)
    change(bundle)
    return json.dumps(bundle)


def flip(bundle: dict[str, Any]) -> None:
    one = next(ballot for ballot in bundle["ballots"] if ballot["marks"] == "no")
    one["marks"], one["ballot"] = "yes", ["yes"]


def misread(bundle: dict[str, Any]) -> None:
    bundle["ballots"][0]["ballot"] = ["yes" if bundle["ballots"][0]["marks"] != "yes" else "no"]


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "a ballot says something else": (flip, "WRONG: the root of the ballots"),
    "a ballot is read as another": (misread, "WRONG: each ballot says what its marks say"),
    "a ballot is gone": (lambda b: b["ballots"].pop(), "WRONG: 4 ballots, none twice"),
    "a ballot is there twice": (
        lambda b: b["ballots"].append(b["ballots"][0]), "WRONG: 6 ballots, none twice",
    ),
    "a ballot weighs more": (
        lambda b: b["ballots"][0].update(weight=2), "WRONG: each counts once",
    ),
    "a ballot has a name put to it": (
        lambda b: b["ballots"][0].update(voter="bob"), "WRONG: nothing more is said of any ballot",
    ),
    "the ballots stand in another order": (
        lambda b: b["ballots"].reverse(), "WRONG: they stand in the order",
    ),
    "a receipt is gone": (lambda b: b["receipts"].pop(), "WRONG: 4 receipts"),
    "a receipt is another": (
        lambda b: b["receipts"].__setitem__(0, "2222-2222-2222-2222"),
        "WRONG: the root of the receipts",
    ),
    "the title is another": (lambda b: b.update(title="x"), "WRONG: signed by the key"),
    "the rule is another": (
        lambda b: b["charter"]["rule"].update(quorum_share="1"), "WRONG: 6 had to take part",
    ),
    "the result is another": (
        lambda b: b["result"].update(winners=[]), "WRONG: the count by majority",
    ),
    "the decision is another": (
        lambda b: b["decision"].update(state="failed", failed_by="threshold"),
        "WRONG: by the charter's rule it is failed",
    ),
    "something is added": (lambda b: b.update(note="x"), "WRONG: signed by the key"),
    "the signature is another": (
        lambda b: b.update(signature="00" * 64), "WRONG: signed by the key",
    ),
}  # fmt: skip


@pytest.mark.parametrize("database", ["sqlite"])
def test_every_change_is_found(db: Session, recount: Any) -> None:
    text = bundle_of(db, decided(db, Method.MAJORITY))
    for name, (change, said) in CHANGES.items():
        done = recount(changed(text, change))
        assert done.returncode == 1, (name, done)
        assert said in done.stdout, (name, done.stdout)


@pytest.mark.parametrize("database", ["sqlite"])
def test_the_key_and_a_receipt_can_be_asked_for(db: Session, recount: Any) -> None:
    text = bundle_of(db, decided(db, Method.MAJORITY))
    code = json.loads(text)["receipts"][2]
    done = recount(text, "--receipt", code, "--key", MEANS.signer.public_key)
    assert done.returncode == 0, done.stdout
    assert recount(text, "--receipt", f" {code.lower().replace('-', ' ')}").returncode == 0
    lost = recount(text, "--receipt", "2222-2222-2222-2222")
    assert lost.returncode == 1
    assert "WRONG: the receipt 2222-2222-2222-2222 is there" in lost.stdout
    assert recount(text, "--key", "00" * 32).returncode == 1


@pytest.mark.parametrize("database", ["sqlite"])
def test_names_that_a_terminal_cannot_show_are_told_all_the_same(
    db: Session, script: Path, tmp_path: Path
) -> None:
    text = bundle_of(db, decided(db, Method.MAJORITY))
    path = tmp_path / "bundle.json"
    path.write_text(changed(text, lambda bundle: bundle.update(options=["\N{OGHAM LETTER NION}"])))
    done = subprocess.run(
        [sys.executable, "-S", str(script), str(path)],
        env={"PYTHONIOENCODING": "ascii"}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "")
    assert "\\u1685" in done.stdout


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format": "dream-guilds-ballots/1"}', "é\0", '{"method": "irv"}']
)
def test_what_is_no_bundle_is_refused_in_one_line(recount: Any, text: str) -> None:
    done = recount(text)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


def test_an_erased_voter_changes_nothing(db: Session) -> None:
    alice: User = make_user(db, "alice")
    bob = make_user(db, "bob")
    proposal = make_vote(db, make_guild(db, admins=[alice], members=[bob]), alice)
    casting.cast_ballot(db, proposal, actor=bob, marks="yes", now=proposal.opens_at)
    closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    text = bundle_of(db, proposal)
    ballot = db.exec(select(Ballot)).one()
    ballot.user_id = None
    db.add(ballot)
    db.flush()
    assert bundle_of(db, proposal) == text
