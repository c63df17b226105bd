"""recount.py: checking and counting as one file that needs Python and nothing else.

It holds the very modules the server counts with, as text that can be read, and imports them from
there.
"""

from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path

import voting
from core.standalone import standalone

ROOT = Path(voting.__path__[0])
#: what goes into the file: modules, or folders of them, that import nothing else of ours
PARTS = (
    "__init__.py",
    "box.py",
    "counting",
    "recounting/__init__.py",
    "recounting/check.py",
    "recounting/checked.py",
    "recounting/ed25519.py",
    "recounting/rules.py",
)

FRONT = '''\
#!/usr/bin/env python3
"""Checks a bundle of ballots and counts it again, with Python 3.11 or newer and nothing else.

    python3 -I recount.py bundle.json [--receipt CODE] [--key HEX]

It says what it checked and prints the result; it ends with 1 if anything is wrong. A bundle names
the script its vote was counted by, by its SHA-256 hash; another version says so, and still checks
all but how the rounds are told. Below are the modules of Dream Guilds that the server counts with,
each as its own text, and at the very end the few lines that import them from here.
Licence: AGPL-3.0-or-later.
"""
'''


#: how it begins
MAIN = """\
from voting.recounting.check import main

sys.exit(main(script=sha256(Path(__file__).read_bytes()).hexdigest()))
"""


@cache
def recount_script() -> str:
    """The file's text."""
    return standalone(FRONT, _files(), MAIN)


@cache
def script_hash() -> str:
    """What a bundle names the script by: 64 hex digits."""
    return sha256(recount_script().encode()).hexdigest()


def _files() -> Iterator[Path]:
    for part in PARTS:
        path = ROOT / part
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]
