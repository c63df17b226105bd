"""The dossier: made after the grace, of exactly what counts, and checked by one file alone."""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from sqlmodel import Session, col, select

from accounts.models import User
from core import markdown
from core.database import open_session, read_only
from core.fields import clean, clean_line
from core.sheets import cell
from guilds.models import Guild, GuildState
from petitions import counter, dossier, gathering, rules, signing, tree
from petitions.check_script import check_script
from petitions.delivery_models import Dossier, DossierPart
from petitions.models import Petition, PetitionState, Signature, SignatureState
from petitions.paper_models import PaperBatch
from petitions.receipts import Receipts
from petitions.writing_models import CoPetitioner, JoinState
from tests.builders import NOW, VAULT, make_guild, make_petition, make_signature
from tests.drafting_builders import make_standing
from tests.petitions import closing
from tests.petitions.closing import decided_by
from tests.test_hostile import TEXTS

SIGNER = closing.SIGNER
#: when nobody can confirm any more
LATER = NOW + rules.CONFIRM_GRACE + dossier.LAST_PRESSED


@pytest.fixture
def means() -> dossier.Means:
    return closing.means()


@pytest.fixture
def petition(db: Session, guild: Guild, alice: User) -> Petition:
    """Closed at NOW with seven that count, four of them from Wales, and three that do not."""
    petition = make_petition(db, guild, alice)
    for number in range(7):
        one = make_signature(db, petition, f"s{number}@example.org", name=f"Signer {number}")
        one.country, one.region = ("GB", "Wales") if number < 5 else ("DE", "")
        one.name_is_handed_over = number % 2 == 0
        db.add(one)
    first = db.exec(select(Signature).where(Signature.name == "Signer 0")).one()
    first.name = "=HYPERLINK(1)"
    make_signature(db, petition, "p@example.org", state=SignatureState.PENDING)
    make_signature(db, petition, "w@example.org", state=SignatureState.WITHDRAWN)
    petition.state, petition.closed_at = PetitionState.CLOSED, NOW
    db.flush()
    counter.recount(db, petition.id, now=NOW)
    db.commit()
    return petition


def made(db: Session, petition: Petition, means: dossier.Means) -> Dossier:
    assert dossier.make_dossier(db, petition.id, means, now=LATER)
    db.commit()
    found = dossier.current_dossier(db, petition.id)
    assert found is not None
    return found


def csv_of(db: Session, petition: Petition) -> str:
    with open_session(read_only(db.get_bind().engine)) as reading:
        return "".join(gathering.csv_pieces(reading.connection(), petition.id, VAULT))


# --- when ---


def test_it_is_made_once_nobody_can_confirm_any_more(
    db: Session, petition: Petition, means: dossier.Means
) -> None:
    just_before = LATER - timedelta(seconds=1)
    assert dossier.due_petitions(db, just_before, 9) == []
    assert dossier.due_petitions(db, LATER, 9) == [petition.id]
    made(db, petition, means)
    assert dossier.due_petitions(db, LATER, 9) == []


def test_what_is_taken_back_later_makes_a_new_one(
    db: Session, petition: Petition, means: dossier.Means
) -> None:
    old = made(db, petition, means).manifest
    one = db.exec(select(Signature).where(Signature.name == "Signer 3")).one()
    signing.withdraw_signature(db, one.id, now=LATER)
    counter.fold(db, petition.id, now=LATER)
    db.commit()
    assert dossier.current_dossier(db, petition.id) is None
    assert dossier.due_petitions(db, LATER, 9) == [petition.id]
    new = made(db, petition, means)
    assert new.signature_count == 6
    assert new.manifest["root"] != old["root"]
    assert len(db.exec(select(Dossier)).all()) == 1


def test_it_waits_if_the_counter_says_otherwise(
    db: Session, petition: Petition, means: dossier.Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    petition.signature_count += 1
    db.add(petition)
    db.commit()
    assert not dossier.make_dossier(db, petition.id, means, now=LATER)


# --- what it holds ---


def test_the_manifest_counts_what_counts_and_shows_no_small_place(
    db: Session, petition: Petition, means: dossier.Means
) -> None:
    told = made(db, petition, means).manifest
    assert (told["signatures"], told["handed_over"], told["on_paper"]) == (7, 4, 0)
    assert told["places"] == [
        {"country": "GB", "region": "Wales", "signatures": 5},
        {"country": "", "region": "", "signatures": 2},
    ]
    assert told["guilds"] == ["River guild"]


def test_of_an_unlisted_guild_neither_name_nor_size_nor_votes_are_handed_over(
    db: Session, petition: Petition, guild: Guild, alice: User, means: dossier.Means
) -> None:
    petition.proposal_id = decided_by(db, guild, alice).id
    db.commit()
    assert "1 of 2 members voted" in made(db, petition, means).manifest["decision"]
    assert dossier.due_petitions(db, LATER, 9) == []
    guild.is_listed = False
    db.commit()
    assert dossier.current_dossier(db, petition.id) is None, "what was made names it"
    assert dossier.due_petitions(db, LATER, 9) == [petition.id]
    again = made(db, petition, means)
    assert (again.manifest["decision"], again.manifest["guilds"]) == ("", [dossier.UNLISTED])
    with pymupdf.open(stream=again.pdf) as pdf:
        text = "".join(page.get_text() for page in pdf)
    assert guild.name not in text
    assert "voted" not in text
    assert dossier.current_dossier(db, petition.id) is not None


@pytest.mark.parametrize(
    ("goes", "named"),
    [
        ({"is_listed": False}, Guild),
        ({"state": GuildState.DISSOLVED}, Guild),
        ({"state": JoinState.LEFT}, CoPetitioner),
        ({"state": JoinState.DECLINED}, CoPetitioner),
    ],
    ids=["unlisted", "dissolved", "left", "declined"],
)
def test_a_guild_that_goes_is_named_no_longer(
    db: Session,
    petition: Petition,
    bob: User,
    means: dossier.Means,
    goes: dict[str, Any],
    named: type[Guild] | type[CoPetitioner],
) -> None:
    other = make_guild(db, admins=[bob], slug="night-watch", name="Night “Ω” watch")
    standing = make_standing(db, petition, other, bob)
    db.commit()
    assert made(db, petition, means).manifest["guilds"] == ["River guild", "Night “Ω” watch"]
    (other if named is Guild else standing).sqlmodel_update(goes)
    db.commit()
    assert dossier.due_petitions(db, LATER, 9) == [petition.id]
    assert made(db, petition, means).manifest["guilds"] == ["River guild"]
    assert dossier.due_petitions(db, LATER, 9) == []


def test_the_csv_holds_what_signers_hand_over_and_a_leaf_for_each(
    db: Session, petition: Petition, means: dossier.Means
) -> None:
    told = made(db, petition, means).manifest
    rows = list(csv.DictReader(io.StringIO(csv_of(db, petition), newline="")))
    assert len(rows) == 7
    named = {row["name"]: row for row in rows if row["name"]}
    assert set(named) == {"'=HYPERLINK(1)", "Signer 2", "Signer 4", "Signer 6"}
    assert named["Signer 2"]["region"] == "Wales"
    assert all(not row["country"] for row in rows if not row["name"]), "not agreed to"
    assert "example.org" not in csv_of(db, petition)
    leaves = sorted(bytes.fromhex(row["leaf"]) for row in rows)
    assert next(tree.branches(leaves)).root.hex() == told["root"]


def test_the_document_says_it_in_words(
    db: Session, petition: Petition, means: dossier.Means
) -> None:
    sheets = PaperBatch(
        petition_id=petition.id,
        signature_count=41,
        place="Market square",
        collected_on=date(2026, 3, 1),
        witness="Wim",
        sheet_hash="ab" * 32,
        entered_at=NOW,
    )
    petition.paper_count = 41
    db.add_all([sheets, petition])
    db.commit()
    with pymupdf.open("pdf", made(db, petition, means).pdf) as document:
        text = " ".join("".join(page.get_text() for page in document).split())
    names = "names 4 signatories who agreed that you may have their name."
    for words in (petition.title, petition.request, "7 signatures", "Wales, United Kingdom", names):
        assert words in text, words
    assert "Market square 1 March 2026 41" in text
    assert re.search(r"Made on \d+ March 2026\.", text)
    assert not re.search(r"\d{4}-\d\d-\d\d", text), "days are in words"
    assert "Signer" not in text, "names stand in the CSV alone"


# --- checked elsewhere ---


@pytest.fixture
def check(
    tmp_path: Path, db: Session, petition: Petition, means: dossier.Means
) -> Callable[..., tuple[int, str]]:
    """Runs the stand-alone file in a folder that holds the dossier, without our code."""
    found = made(db, petition, means)
    (tmp_path / "check_petition.py").write_text(check_script())
    (tmp_path / "manifest.json").write_text(json.dumps(dossier.manifest_of(found)))
    (tmp_path / "petition.pdf").write_bytes(found.pdf)
    (tmp_path / "signatures.csv").write_text(csv_of(db, petition), newline="")
    (tmp_path / "leaves.txt").write_text("".join(dossier.leaf_lines(db, petition.id)))
    receipt = receipt_of(db, "Signer 5")
    proof = dossier.proof_of(db, found, receipt)
    (tmp_path / "proof.json").write_text(json.dumps(proof))

    def run(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-I", "-S", "check_petition.py", *arguments]
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return ended.returncode, ended.stdout + ended.stderr

    return run


def receipt_of(db: Session, name: str) -> str:
    one = db.exec(select(Signature.id).where(Signature.name == name)).one()
    return Receipts(VAULT).of(one)


WHOLE = ("manifest.json", "--pdf", "petition.pdf", "--csv", "signatures.csv")


@pytest.mark.parametrize("database", ["sqlite"])
def test_the_institution_sees_that_it_is_whole(
    check: Callable[..., tuple[int, str]],
) -> None:
    code, said = check(*WHOLE, "--key", SIGNER.public_key)
    assert code == 0, said
    assert "WRONG" not in said
    assert "7 signatures, none twice" in said


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_signer_sees_that_theirs_is_in_by_receipt_alone(
    check: Callable[..., tuple[int, str]], db: Session
) -> None:
    receipt = receipt_of(db, "Signer 5")
    typed = f"{receipt[:5]}-{receipt[5:]}".lower()
    for file in (("proof.json",), ("manifest.json", "--leaves", "leaves.txt")):
        code, said = check(*file, "--receipt", typed)
        assert code == 0, said
        assert f"right: the signature of receipt {receipt} is in" in said
    stranger = receipt_of(db, "Signer 1")[::-1]
    code, said = check("proof.json", "--receipt", stranger)
    assert code == 1
    assert f"WRONG: the signature of receipt {stranger} is not in" in said
    assert check("manifest.json", "--receipt", receipt)[0] == 1, "no proof is no yes"


def test_an_older_python_is_told_what_it_takes() -> None:
    older = f"import sys; sys.version_info = (3, 9); exec({check_script()!r})"
    ended = subprocess.run(
        [sys.executable, "-I"], input=older, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (2, "This needs Python 3.11 or newer.\n")


def added(folder: Path) -> None:
    text = (folder / "signatures.csv").read_bytes().decode()
    (folder / "signatures.csv").write_text(f"{text}{'0' * 64},Nobody,,\r\n", newline="")


def said_twice(folder: Path) -> None:
    lines = (folder / "signatures.csv").read_bytes().decode().splitlines(keepends=True)
    (folder / "signatures.csv").write_text("".join([*lines, lines[-1]]), newline="")


def left_out(folder: Path) -> None:
    lines = (folder / "signatures.csv").read_bytes().decode().splitlines(keepends=True)
    (folder / "signatures.csv").write_text("".join(lines[:-1]), newline="")


def more_on_paper(folder: Path) -> None:
    told = json.loads((folder / "manifest.json").read_text())
    told["on_paper"] = 9000
    (folder / "manifest.json").write_text(json.dumps(told))


def other_document(folder: Path) -> None:
    (folder / "petition.pdf").write_bytes(b"%PDF-1.4 something else")


@pytest.mark.parametrize("database", ["sqlite"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (added, "8 signatures, none twice, where the manifest says 7"),
        (left_out, "6 signatures, none twice, where the manifest says 7"),
        (said_twice, "8 signatures, 1 of them more than once, where the manifest says 7"),
        (more_on_paper, "changed, or not signed by the key"),
        (more_on_paper, "the batches on paper add up to 0, where the manifest says 9000"),
        (other_document, "petition.pdf is not the petition.pdf of this petition"),
    ],
)
def test_whatever_is_changed_shows_and_is_said_as_it_is(
    check: Callable[..., tuple[int, str]],
    tmp_path: Path,
    change: Callable[[Path], None],
    words: str,
) -> None:
    change(tmp_path)
    code, said = check(*WHOLE)
    assert code == 1, said
    assert f"WRONG: {words}" in said


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_table_that_cannot_be_read_is_refused_in_one_line(
    check: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    (tmp_path / "signatures.csv").write_text(f"leaf,name\n{'x' * 200_000},\n")
    code, said = check(*WHOLE)
    assert code == 2
    assert said.count("\n") == 1


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_manifest_that_says_a_thing_twice_is_refused(
    check: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    path = tmp_path / "manifest.json"
    path.write_text('{"signatures": 9000, ' + path.read_text()[1:])
    code, said = check("manifest.json")
    assert code == 2
    assert "twice" in said


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_forged_title_hides_nothing_on_a_console(
    check: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    told = json.loads((tmp_path / "manifest.json").read_text())
    told["title"] = "Fine\x1b[8m\u202e"
    (tmp_path / "manifest.json").write_text(json.dumps(told))
    code, said = check("manifest.json")
    assert code == 1
    assert "Fine\\u001b[8m\\u202e" in said
    assert all(sign.isprintable() for line in said.splitlines() for sign in line)


@pytest.mark.parametrize("database", ["sqlite"])
@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": "dream-guilds petition 1"}', "[" * 9999]
)
def test_a_file_that_is_none_is_refused_in_one_line(
    check: Callable[..., tuple[int, str]], tmp_path: Path, content: str
) -> None:
    (tmp_path / "manifest.json").write_text(content)
    code, said = check("manifest.json")
    assert code == 2
    assert said.count("\n") == 1


# --- many ---


def test_every_leaf_of_a_tree_of_several_branches_has_a_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tree, "BRANCH", 4)
    monkeypatch.setattr(gathering, "RUN", 5)
    monkeypatch.setattr(gathering, "AHEAD", 2)
    for number in range(20):
        sorter = gathering.Sorter()
        leaves = [tree.leaf_of("p" * 36, f"{one:026}") for one in range(number)]
        for leaf in leaves:
            sorter.add(leaf)
        assert list(sorter.sorted()) == sorted(leaves)
        found = gathering.Branches(sorter.sorted())
        assert found.root == gathering.tree_root(sorted(leaves))
        for at, leaf in enumerate(sorted(leaves)):
            branch = sorted(leaves)[at - at % 4 : at - at % 4 + 4]
            steps = tree.path(branch, at % 4, found.roots, at // 4)
            assert tree.root_by(leaf, steps) == found.root
        sorter.close()
        found.close()


def test_a_proof_is_found_in_the_right_branch(
    db: Session, petition: Petition, means: dossier.Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree, "BRANCH", 2)
    found = made(db, petition, means)
    assert len(db.exec(select(DossierPart)).all()) == 4
    for one in db.exec(select(Signature).where(col(Signature.confirmed_at).is_not(None))):
        receipt = Receipts(VAULT).of(one.id)
        proof: dict[str, Any] | None = dossier.proof_of(db, found, receipt)
        assert proof is not None
        leaf = tree.leaf_of(str(petition.id), receipt)
        assert tree.root_by(leaf, proof["proof"]).hex() == proof["root"]
    assert dossier.proof_of(db, found, "A" * 26) is None
    assert dossier.proof_of(db, found, "") is None


# --- hostile texts ---


@pytest.mark.parametrize("database", ["sqlite"])
def test_whatever_was_typed_the_document_and_the_files_are_made(
    db: Session, petition: Petition, check_file: Callable[[str], list[str]]
) -> None:
    one = db.exec(select(Signature).where(Signature.name == "Signer 2")).one()
    for text in TEXTS:
        words = clean(text)
        petition.title, petition.request = words[:80], words[:300]
        petition.background = words[:800]
        petition.background_html = markdown.render(words[:800])
        one.name = clean_line(words)[:80] or "Nobody"
        db.add_all([petition, one])
        db.commit()
        assert dossier.make_dossier(db, petition.id, closing.means(), now=LATER)
        db.commit()
        names = check_file(csv_of(db, petition))
        assert cell(one.name) in names
        assert not any(name.startswith(("=", "+", "-", "@")) for name in names)


@pytest.fixture
def check_file() -> Callable[[str], list[str]]:
    """The names in a CSV."""
    return lambda text: [row["name"] for row in csv.DictReader(io.StringIO(text, newline=""))]
