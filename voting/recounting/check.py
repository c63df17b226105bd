"""Checking a bundle: what was signed, that every ballot is in the box, and the count.

What is signed is the head: all of the bundle but "ballots", "receipts" and "signature", as JSON in
one line with sorted keys. It holds the two roots, so it stands for every ballot and receipt; and
the hash of the recount.py that its vote was counted by. That one tells the rounds word for word;
another version must come to the same winners, and says of the rounds whether it tells them alike.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from voting import box
from voting.counting.count_file import Result, count_ballots
from voting.counting.files.box_marks import ballot_of
from voting.counting.files.bundle import bundle_of, frozen, parsed
from voting.counting.files.errors import LARGEST_FILE, BallotFileError, read_text
from voting.counting.methods import get_method
from voting.recounting.checked import Bundle, Checked
from voting.recounting.ed25519 import verify
from voting.recounting.rules import DRAWN, decision, rules

#: keys of a bundle that are not in its signed head
UNSIGNED = ("ballots", "receipts", "signature")
#: all that a bundle says of a ballot: none of it tells whose it is, or when it was cast
OF_A_BALLOT = {"nonce", "weight", "marks", "ballot"}
FINE, WRONG, UNREADABLE = 0, 1, 2
#: what any version of a count must come to
MAIN_RESULT = ("method", "ballots", "winners", "ranking")
#: what stands before what was said of a thing
WORDS = {True: "right", False: "WRONG", None: "note"}


def head_of(bundle: Bundle) -> dict[str, Any]:
    return {key: value for key, value in bundle.items() if key not in UNSIGNED}


def canonical(head: Bundle) -> str:
    """The text that is signed, in UTF-8."""
    return json.dumps(head, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def check(
    content: bytes,
    *,
    key: str | None = None,
    receipt: str | None = None,
    script: str | None = None,
) -> tuple[list[Checked], Result]:
    """Look at everything in a bundle; what was found, and the result counted anew.

    key: the public key it must be signed by; None: the one it names. receipt: a code that must be
    in it. script: the hash of the recount.py that looks; None: of the one the bundle names.
    Raises BallotFileError or ValueError for what cannot be read or counted at all.
    """
    text = read_text(content)
    bundle = parsed(text)
    is_other = script is not None and bundle.get("script") != script
    try:
        result = _counted(bundle, text)
    except (BallotFileError, ValueError) as error:
        if not is_other:
            raise
        told = f"{error}; {_other_version(bundle, script)}"
        raise BallotFileError(getattr(error, "line", None), told) from None
    steps: list[Callable[[Bundle], Iterator[Checked]]] = [
        lambda bundle: _version(bundle, script),
        lambda bundle: _signature(bundle, key),
        _ballots,
        _box,
        lambda bundle: _receipts(bundle, receipt),
        lambda bundle: _result(bundle, result, is_other=is_other),
        lambda bundle: rules(bundle, is_other=is_other),
        lambda bundle: decision(bundle, result["winners"]),
    ]
    return [found for step in steps for found in step(bundle)], result


def _counted(bundle: Bundle, text: str) -> Result:
    """The outcome, as JSON has it; ties are broken by the root, whatever the bundle says."""
    seed = bytes.fromhex(bundle["root"])
    told_of = {key: value for key, value in bundle.items() if key not in DRAWN}
    counted = count_ballots(bundle_of(told_of, text), get_method(bundle["method"]), seed=seed)
    told: Result = json.loads(json.dumps(counted))
    return told


def _version(bundle: Bundle, script: str | None) -> Iterator[Checked]:
    if script is None:
        return
    if bundle.get("script") == script:
        yield Checked(True, f"counted by this very script, {script}")
    else:
        yield Checked(None, _other_version(bundle, script))


def _other_version(bundle: Bundle, script: str | None) -> str:
    named = bundle.get("script")
    other = f"/recount/{named}.py of the server that counted" if named else "one without a name"
    return f"counted by another version, {other}; this is {script}"


def _signature(bundle: Bundle, key: str | None) -> Iterator[Checked]:
    named = str(bundle["public_key"])
    if key is not None:
        yield Checked(key.lower() == named, f"the key is the one you gave: {named}")
    is_signed = verify(
        bytes.fromhex(named),
        canonical(head_of(bundle)).encode(),
        bytes.fromhex(str(bundle["signature"])),
    )
    yield Checked(is_signed, f"signed by the key {named}")


def _ballots(bundle: Bundle) -> Iterator[Checked]:
    ballots = bundle["ballots"]
    nonces = {one["nonce"] for one in ballots}
    yield Checked(
        len(ballots) == bundle["entries"] == len(nonces), f"{len(ballots)} ballots, none twice"
    )
    weights = [one["weight"] for one in ballots]
    yield Checked(
        sum(weights) == bundle["voters"] <= (bundle["electorate"] or 0),
        f"they speak for {sum(weights)} of {bundle['electorate']} electors",
    )
    lowest = int(bundle["settings"].get("lowest", "0"))
    kind = bundle["kind"]
    misread = [
        one
        for one in ballots
        if frozen(ballot_of(kind, one["marks"], lowest=lowest)) != one["ballot"]
    ]
    yield Checked(not misread, "each ballot says what its marks say")
    yield Checked(
        all(one.keys() == OF_A_BALLOT for one in ballots), "nothing more is said of any ballot"
    )


def _box(bundle: Bundle) -> Iterator[Checked]:
    entries = [box.entry(one["nonce"], one["weight"], one["marks"]) for one in bundle["ballots"]]
    root = box.root_of(entries).hex()
    yield Checked(root == bundle["root"], f"the root of the ballots is {root}")
    yield Checked(entries == sorted(entries), "they stand in the order of what is random in them")


def _receipts(bundle: Bundle, receipt: str | None) -> Iterator[Checked]:
    codes = bundle["receipts"]
    if bundle["secret"]:
        yield Checked(
            len(codes) == len(set(codes)) == bundle["entries"], f"{len(codes)} receipts, none twice"
        )
    root = box.root_of(code.encode("ascii") for code in codes).hex() if codes else None
    words = f"the root of the receipts is {root}" if root else "there are no receipts, and no root"
    yield Checked(root == bundle["receipts_root"], words)
    if receipt is not None:
        is_there = _squeezed(receipt) in map(_squeezed, codes)
        yield Checked(is_there, f"the receipt {receipt} is there")


def _squeezed(code: str) -> str:
    """A code without what people type or leave out between its groups, and in capitals."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


def _result(bundle: Bundle, result: Result, *, is_other: bool) -> Iterator[Checked]:
    """is_other: counted by another version, whose rounds may be told in another way."""
    published = bundle["result"]
    winners = result["winners"]
    said = ", ".join(map(str, winners)) if isinstance(winners, Sequence) and winners else "nothing"
    compared = MAIN_RESULT if is_other else tuple(result)
    yield Checked(
        all(published.get(key) == result[key] for key in compared),
        f"the count by {result['method']} comes out the same: {said}",
    )
    if is_other and published.get("rounds") != result["rounds"]:
        yield Checked(
            None, "this version tells the rounds differently; the other one tells them alike"
        )


def main(arguments: Sequence[str] | None = None, *, script: str | None = None) -> int:
    """Check the file named on the command line; says what was found, then the result as JSON.

    script: as check. Returns 0 if all is right, 1 if anything is not, 2 if it cannot be read.
    """
    parser = argparse.ArgumentParser(
        prog="recount.py", description="Checks a bundle of ballots and counts it again."
    )
    parser.add_argument("bundle", type=Path, help="the file, plain or gzip")
    parser.add_argument("--key", metavar="HEX", help="the public key it must be signed by")
    parser.add_argument("--receipt", metavar="CODE", help="a receipt that must be in it")
    given = parser.parse_args(arguments)
    try:
        with given.bundle.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        found, result = check(content, key=given.key, receipt=given.receipt, script=script)
    except BallotFileError as error:
        return _refuse(f"{given.bundle}:{error.line or 1}: {error.reason}")
    except OSError as error:
        return _refuse(f"{given.bundle}: {error.strerror}")
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
        return _refuse(f"{given.bundle}: not a whole bundle: {error!r}")
    lines = [f"{WORDS[one.is_right]}: {one.said}" for one in found]
    lines.append(json.dumps(result, ensure_ascii=False, indent=1))
    sys.stdout.write("\n".join(lines) + "\n")
    return WRONG if any(one.is_right is False for one in found) else FINE


def _refuse(line: str) -> int:
    sys.stderr.write(line.replace("\n", " ") + "\n")
    return UNREADABLE
