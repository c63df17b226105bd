"""check_petition.py: checking a dossier as one file that needs Python and nothing else."""

from functools import cache

from core.standalone import ROOT, standalone

NAME = "check_petition.py"
#: what goes into the file: modules that import nothing else of ours
PARTS = (
    "voting/__init__.py",
    "voting/box.py",
    "voting/recounting/__init__.py",
    "voting/recounting/ed25519.py",
    "petitions/__init__.py",
    "petitions/tree.py",
    "petitions/checking.py",
)

FRONT = '''\
#!/usr/bin/env python3
"""Checks the dossier of a petition, with Python 3.11 or newer and nothing else.

    python3 -I check_petition.py manifest.json --pdf petition.pdf --csv signatures.csv
    python3 -I check_petition.py proof.json --receipt CODE

The first is for the institution: the document and the signatures are those that were signed when
the petition closed, none added, none left out. The second is for a signatory: their signature is
among them. It says what it checked and ends with 1 if anything is wrong. Below are the modules of
Dream Guilds that do it, each as its own text, and at the very end the few lines that import them
from here. Licence: AGPL-3.0-or-later.
"""

import sys

if sys.version_info < (3, 11):
    sys.stderr.write("This needs Python 3.11 or newer.\\n")
    sys.exit(2)
'''

MAIN = """\
from petitions.checking import main

sys.exit(main())
"""


@cache
def check_script() -> str:
    """The file's text."""
    return standalone(FRONT, [ROOT / part for part in PARTS], MAIN)
