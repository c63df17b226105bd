#!/usr/bin/env python3
"""Checks the dossier of a petition from a checkout: as the file that every site serves.

scripts/check_petition.py manifest.json --pdf petition.pdf --csv signatures.csv
scripts/check_petition.py --print > check_petition.py    # the file itself, to hand on
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from petitions.check_script import check_script
from petitions.checking import main

if sys.argv[1:] == ["--print"]:
    sys.stdout.write(check_script())
else:
    sys.exit(main())
