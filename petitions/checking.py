"""Checking a petition's dossier outside the project: standard library only.

What is signed is the manifest: all of the file but "signature" and "proof", as JSON in one line
with sorted keys. It names the PDF and the CSV by their hashes, and all signatures by one root. A
signer's own file holds a proof besides: the path from their signature to that root.
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
    """One thing that was looked at. is_right: None: neither right nor wrong."""

    is_right: bool | None
    said: str


def canonical(manifest: Manifest) -> str:
    """The text that is signed, in UTF-8."""
    signed = {key: value for key, value in manifest.items() if key not in UNSIGNED}
    return json.dumps(signed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def check_manifest(manifest: Manifest, key: str | None = None) -> Iterator[Checked]:
    """The signature and the sums. key: what it must be signed by; None: by the key it names."""
    named = str(manifest["public_key"])
    if key is not None:
        yield Checked(key.lower() == named, f"the key is the one you gave: {named}")
    signature = bytes.fromhex(str(manifest["signature"]))
    is_signed = verify(bytes.fromhex(named), canonical(manifest).encode(), signature)
    yield Checked(is_signed, f"signed by the key {named}")
    places = sum(place["signatures"] for place in manifest["places"])
    number = manifest["signatures"]
    yield Checked(places == number, f"the places add up to {number} signatures")
    sheets = sum(batch["signatures"] for batch in manifest["paper"])
    on_paper = manifest["on_paper"]
    yield Checked(sheets == on_paper, f"the batches on paper add up to {on_paper}")


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
    named = manifest["handed_over"]
    yield Checked(handed_over == named, f"{handed_over} signers let their name be handed over")
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
    yield Checked(found == manifest["root"], _is_in(receipt))


def _leaves(manifest: Manifest, leaves: list[bytes]) -> Iterator[Checked]:
    number = manifest["signatures"]
    is_whole = len(leaves) == number == len(set(leaves))
    yield Checked(is_whole, f"{len(leaves)} signatures, none twice")
    root = tree_root(sorted(leaves)).hex()
    yield Checked(root == manifest["root"], f"their root is {root}")


def _among(manifest: Manifest, leaves: Iterable[bytes], receipt: str) -> Checked:
    leaf = leaf_of(str(manifest["petition"]), read_receipt(receipt))
    return Checked(leaf in leaves, _is_in(receipt))


def _is_in(receipt: str) -> str:
    return f"the signature of receipt {read_receipt(receipt)} is in"


def _same_file(manifest: Manifest, name: str, path: Path) -> Checked:
    found = sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            found.update(piece)
    same = found.hexdigest() == manifest["files"][name]
    return Checked(same, f"{path.name} is the {name} of this petition")


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
    parser.add_argument("manifest", type=Path, help="manifest.json, or a signer's own proof.json")
    parser.add_argument("--pdf", type=Path, help="the document that was handed over")
    parser.add_argument("--csv", type=Path, help="the signatures that were handed over")
    parser.add_argument("--leaves", type=Path, help="the list of blinded signatures")
    parser.add_argument("--receipt", metavar="CODE", help="a signer's receipt that must be in")
    parser.add_argument("--key", metavar="HEX", help="the public key it must be signed by")
    return parser


def _refuse(line: str) -> int:
    sys.stderr.write(f"{_plain(line)}\n")
    return UNREADABLE
