"""No contest of the manifest goes unchecked: each is given to a test by of_contests."""

from tests.voting.counting import (
    test_contests_ranked,
    test_contests_rctab,
    test_contests_scored,
    test_contests_scotland,
    test_schulze,
)
from tests.voting.counting.contests import CHECKED, manifest

HOLDERS = (
    test_contests_ranked,
    test_contests_rctab,
    test_contests_scored,
    test_contests_scotland,
    test_schulze,
)


def test_every_contest_is_compared_with_what_is_expected() -> None:
    assert HOLDERS
    assert set(manifest()) == CHECKED
