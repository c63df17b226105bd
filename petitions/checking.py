"""Checking a petition's dossier outside the project: standard library only.

What is signed is the manifest: all of the file but "signature" and "proof", as JSON in one line
with sorted keys. It names the PDF and the CSV by their hashes, and all signatures by one root. A
signatory's own file holds a proof besides: the path from their signature to that root.
"""

import argparse
import csv
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from petitions.tree import leaf_of, read_receipt, root_by
from voting.box import tree_root
from voting.recounting.ed25519 import verify

FORMAT = "dream-guilds petition 1"
#: keys of the file that are not signed
UNSIGNED = ("signature", "proof")
FINE, WRONG, UNREADABLE = 0, 1, 2
#: bytes of a manifest: one with 700 regions and a long text has some 100,000
LARGEST = 8_000_000
#: bytes read of a file at a time
PIECE = 1 << 20

#: what reading a file of any content may raise
NOT_WHOLE = (ValueError, KeyError, TypeError, AttributeError, RecursionError, csv.Error)
#: signs without shape that words of some languages need
JOINERS = "\u200c\u200d"

Manifest = Mapping[str, Any]


class Checked(NamedTuple):
    """One thing that was looked at. is_right: None: neither right nor wrong. said: what is so."""

    is_right: bool | None
    said: str


def _equal(found: int | str, named: int | str, words: str) -> Checked:
    """Whether what was found is what is named. words: with {} where that stands."""
    is_same = found == named
    said = words.format(found)
    return Checked(is_same, said if is_same else f"{said}, where the manifest says {named}")


def canonical(manifest: Manifest) -> str:
    """The text that is signed, in UTF-8."""
    signed = {key: value for key, value in manifest.items() if key not in UNSIGNED}
    return json.dumps(signed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def check_manifest(manifest: Manifest, key: str | None = None) -> Iterator[Checked]:
    """The signature and the sums. key: what it must be signed by; None: by the key it names."""
    named = str(manifest["public_key"])
    if key is not None:
        is_given = key.lower() == named
        yield Checked(is_given, f"the key is {_not(is_given)}the one you gave: {named}")
    signature = bytes.fromhex(str(manifest["signature"]))
    is_signed = verify(bytes.fromhex(named), canonical(manifest).encode(), signature)
    yield Checked(is_signed, f"{'' if is_signed else 'changed, or not '}signed by the key {named}")
    places = sum(place["signatures"] for place in manifest["places"])
    yield _equal(places, manifest["signatures"], "the places add up to {} signatures")
    sheets = sum(batch["signatures"] for batch in manifest["paper"])
    yield _equal(sheets, manifest["on_paper"], "the batches on paper add up to {}")


def check_pdf(manifest: Manifest, path: Path) -> Iterator[Checked]:
    """Whether the document is the one that is named."""
    yield _same_file(manifest, "petition.pdf", path)


def check_csv(manifest: Manifest, path: Path, receipt: str | None = None) -> Iterator[Checked]:
    """Whether the file is the one that is named, and holds all signatures and no more."""
    yield _same_file(manifest, "signatures.csv", path)
    leaves: list[bytes] = []
    handed_over = 0
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            leaves.append(bytes.fromhex(row["leaf"]))
            handed_over += bool(row["name"])
    yield from _leaves(manifest, leaves)
    words = "{} signatories let their name be handed over"
    yield _equal(handed_over, manifest["handed_over"], words)
    if receipt is not None:
        yield _among(manifest, leaves, receipt)


def check_leaves(manifest: Manifest, path: Path, receipt: str | None = None) -> Iterator[Checked]:
    """The same for the list of blinded signatures, one a line, that everybody may have."""
    with path.open(encoding="ascii") as file:
        leaves = [bytes.fromhex(line) for line in file]
    yield from _leaves(manifest, leaves)
    if receipt is not None:
        yield _among(manifest, leaves, receipt)


def check_proof(manifest: Manifest, receipt: str) -> Iterator[Checked]:
    """Whether one signature is in, by the path that the file holds."""
    leaf = leaf_of(str(manifest["petition"]), read_receipt(receipt))
    found = root_by(leaf, manifest["proof"]).hex()
    yield _in(receipt, found == manifest["root"])


def _leaves(manifest: Manifest, leaves: list[bytes]) -> Iterator[Checked]:
    twice = len(leaves) - len(set(leaves))
    repeated = f"{twice} of them more than once" if twice else "none twice"
    counted = _equal(len(leaves), manifest["signatures"], f"{{}} signatures, {repeated}")
    yield counted if not twice else Checked(False, counted.said)
    yield _equal(tree_root(sorted(leaves)).hex(), manifest["root"], "their root is {}")


def _among(manifest: Manifest, leaves: Iterable[bytes], receipt: str) -> Checked:
    leaf = leaf_of(str(manifest["petition"]), read_receipt(receipt))
    return _in(receipt, leaf in leaves)


def _in(receipt: str, is_in: bool) -> Checked:
    return Checked(is_in, f"the signature of receipt {read_receipt(receipt)} is {_not(is_in)}in")


def _not(is_so: bool) -> str:
    return "" if is_so else "not "


def _same_file(manifest: Manifest, name: str, path: Path) -> Checked:
    found = sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            found.update(piece)
    same = found.hexdigest() == manifest["files"][name]
    return Checked(same, f"{path.name} is {_not(same)}the {name} of this petition")


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the files named on the command line, and say what was found.

    Returns 0 if all is right, 1 if anything is not, 2 if something cannot be read.
    """
    given = _parser().parse_args(arguments)
    try:
        with given.manifest.open("rb") as file:
            manifest = json.loads(file.read(LARGEST), object_pairs_hook=_each_once)
        if manifest["format"] != FORMAT:
            return _refuse(f"{given.manifest}: not a petition's manifest")
        found = list(_all_checks(manifest, given))
    except OSError as error:
        return _refuse(f"{error.filename}: {error.strerror}")
    except NOT_WHOLE as error:
        return _refuse(f"a file is not whole: {error!r}")
    words = {True: "right", False: "WRONG", None: "note"}
    about = (
        f"{manifest['title']}: {manifest['signatures']} signatures, {manifest['on_paper']} on paper"
    )
    lines = [about, *(f"{words[one.is_right]}: {one.said}" for one in found)]
    sys.stdout.write("".join(f"{_plain(line)}\n" for line in lines))
    return WRONG if any(one.is_right is False for one in found) else FINE


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object. Raises ValueError if it says a thing twice: people might read the other."""
    told = dict(pairs)
    if len(told) != len(pairs):
        raise ValueError("it says the same thing twice")
    return told


def _plain(line: str) -> str:
    """On one line, without signs that move, hide or turn around what a console shows."""
    words = " ".join(line.split())
    return "".join(
        sign if sign.isprintable() or sign in JOINERS else f"\\u{ord(sign):04x}" for sign in words
    )


def _all_checks(manifest: Manifest, given: argparse.Namespace) -> Iterator[Checked]:
    yield from check_manifest(manifest, given.key)
    if given.pdf:
        yield from check_pdf(manifest, given.pdf)
    if given.csv:
        yield from check_csv(manifest, given.csv, given.receipt)
    if given.leaves:
        yield from check_leaves(manifest, given.leaves, given.receipt)
    if given.receipt and "proof" in manifest:
        yield from check_proof(manifest, given.receipt)
    elif given.receipt and not (given.csv or given.leaves):
        yield Checked(False, "this manifest holds no proof: give --leaves or --csv too")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="check_petition.py",
        description="Checks that a petition's dossier is whole, signed, and holds a signature.",
    )
    parser.add_argument("manifest", type=Path, help="manifest.json, or one's own proof.json")
    parser.add_argument("--pdf", type=Path, help="the document that was handed over")
    parser.add_argument("--csv", type=Path, help="the signatures that were handed over")
    parser.add_argument("--leaves", type=Path, help="the list of blinded signatures")
    parser.add_argument("--receipt", metavar="CODE", help="a signatory's receipt that must be in")
    parser.add_argument("--key", metavar="HEX", help="the public key it must be signed by")
    return parser


def _refuse(line: str) -> int:
    sys.stderr.write(f"{_plain(line)}\n")
    return UNREADABLE
