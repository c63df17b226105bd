from collections.abc import Mapping
from fractions import Fraction

import pytest

from voting.counting.majority import Base, Reach, count_majority
from voting.counting.profiles import Choice, ChoiceProfile

HALF, TWO_THIRDS = Fraction(1, 2), Fraction(2, 3)


def motion(yes: int, no: int, abstain: int = 0) -> ChoiceProfile:
    said = zip((Choice.YES, Choice.NO, Choice.ABSTAIN), (yes, no, abstain), strict=True)
    return ChoiceProfile(("Strike",), {(choice,): count for choice, count in said})


@pytest.mark.parametrize(
    ("profile", "rules", "passed"),
    [
        (motion(3, 2), {}, True),
        (motion(2, 2), {}, False),
        (motion(2, 2), {"reach": Reach.AT_LEAST}, True),
        (motion(2, 1), {"threshold": TWO_THIRDS}, False),
        (motion(2, 1), {"threshold": TWO_THIRDS, "reach": Reach.AT_LEAST}, True),
        (motion(5, 4, 3), {}, True),
        (motion(5, 4, 3), {"base": Base.BALLOTS}, False),
        (motion(5, 0), {"base": Base.ELECTORATE, "electorate": 10}, False),
        (motion(6, 0), {"base": Base.ELECTORATE, "electorate": 10}, True),
        (motion(4, 0), {"quorum": HALF, "electorate": 10}, False),
        (motion(4, 0, 1), {"quorum": HALF, "electorate": 10}, True),
        (motion(4, 0, 1), {"quorum": HALF, "electorate": 10, "least_ballots": 6}, False),
        (motion(4, 0, 2), {"least_ballots": 6}, True),
        (motion(0, 0, 9), {"reach": Reach.AT_LEAST, "threshold": Fraction(0)}, False),
        (motion(0, 0), {}, False),
    ],
)
def test_a_motion_passes_by_its_rules(
    profile: ChoiceProfile, rules: Mapping[str, object], passed: bool
) -> None:
    outcome = count_majority(profile, **rules)
    assert outcome.winners == ((0,) if passed else ())
    assert outcome.rounds[0]["passed"] is passed


def test_the_round_tells_why_a_motion_failed() -> None:
    outcome = count_majority(motion(4, 1), quorum=HALF, electorate=11)
    assert outcome.rounds[0]["failed_by"] == "quorum"
    told = count_majority(motion(4, 3, 2), threshold=TWO_THIRDS).rounds[0]
    assert told["failed_by"] == "threshold"
    assert (told["yes"], told["no"], told["abstain"], told["yes_share"]) == (4, 3, 2, "4/7")


def test_every_motion_is_counted_by_itself() -> None:
    yes, no, abstain = Choice
    profile = ChoiceProfile(("A", "B", "C"), {(yes, no, yes): 2, (no, yes, abstain): 1})
    assert count_majority(profile).winners == (0, 2)


@pytest.mark.parametrize(
    "rules",
    [
        {"threshold": Fraction(3, 2)},
        {"quorum": Fraction(-1)},
        {"electorate": 2},
        {"least_ballots": -1},
    ],
)
def test_rules_that_cannot_be_are_refused(rules: Mapping[str, object]) -> None:
    with pytest.raises(ValueError, match=r"share|electors|least"):
        count_majority(motion(2, 1), **rules)
