from fractions import Fraction

import pytest

from voting.counting.consent import count_consent
from voting.counting.profiles import Choice, ChoiceProfile


def asked(consent: int, objections: int, aside: int) -> ChoiceProfile:
    said = zip((Choice.YES, Choice.NO, Choice.ABSTAIN), (consent, objections, aside), strict=True)
    return ChoiceProfile(("Kitchen rota",), {(choice,): count for choice, count in said})


@pytest.mark.parametrize(
    ("profile", "failed_by"),
    [
        (asked(3, 0, 0), None),
        (asked(1, 0, 9), None),
        (asked(99, 1, 0), "objections"),
        (asked(0, 0, 5), "nobody consents"),
        (asked(0, 0, 0), "nobody consents"),
    ],
)
def test_it_is_adopted_without_objections(profile: ChoiceProfile, failed_by: str | None) -> None:
    outcome = count_consent(profile)
    assert outcome.winners == (() if failed_by else (0,))
    assert outcome.rounds[0]["failed_by"] == failed_by


def test_enough_must_take_part() -> None:
    half = Fraction(1, 2)
    assert count_consent(asked(3, 0, 1), quorum=half, electorate=9).winners == ()
    assert count_consent(asked(3, 0, 2), quorum=half, electorate=9).winners == (0,)
