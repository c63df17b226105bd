"""The charter's rule and the bare count, which anyone can repeat, say the same of every tally."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

import pytest

from guilds.charter import DecisionRule, Method, QuorumBase, ThresholdBase
from guilds.charter_templates import TEMPLATES
from voting import verdicts
from voting.counting.consent import count_consent
from voting.counting.majority import count_majority
from voting.counting.methods import METHODS
from voting.counting.options import read_options
from voting.counting.profiles import Choice, ChoiceProfile
from voting.models import FailedBy, ProposalState, Tally
from voting.results import question_options

SHARES = (Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(2, 3), Fraction(1))
ELECTORATES = (0, 1, 4, 7)
ORDINARY = TEMPLATES["affinity-group"].charter.rules["resolution"].model_dump()  # type: ignore[index] # a kind by its text


def tallies() -> Iterator[Tally]:
    """Every way up to seven electors can vote; some members are no electors."""
    for electors in ELECTORATES:
        for yes, no, abstain in product(range(electors + 1), repeat=3):
            if yes + no + abstain <= electors:
                yield Tally(yes, no, abstain, electors, electors + 2)


def ballots(tally: Tally) -> ChoiceProfile:
    counted = {(choice,): number for choice, number in zip(Choice, tally[:3], strict=True)}
    return ChoiceProfile(("It",), {ballot: number for ballot, number in counted.items() if number})


@pytest.mark.parametrize("base", ThresholdBase)
@pytest.mark.parametrize("quorum_base", QuorumBase)
@pytest.mark.parametrize("least", [0, 2])
def test_majority_passes_where_the_count_elects(
    base: ThresholdBase, quorum_base: QuorumBase, least: int
) -> None:
    told = list(tallies())
    for threshold, exceeded, quorum in product(SHARES, (True, False), SHARES):
        if exceeded and threshold == 1:
            continue
        rule = DecisionRule.model_validate(
            {
                **ORDINARY,
                "threshold_base": base,
                "threshold_share": threshold,
                "threshold_exceeded": exceeded,
                "quorum_base": quorum_base,
                "quorum_share": quorum,
                "quorum_least": least,
            }
        )
        for tally in told:
            expected = verdicts.outcome(tally, rule)
            options = read_options(
                question_options(rule, tally, Method.MAJORITY), METHODS["majority"].options
            )
            counted = count_majority(ballots(tally), **options)
            assert bool(counted.winners) == (expected.state == ProposalState.PASSED), (tally, rule)
            if expected.failed_by is not None:
                assert counted.rounds[0]["failed_by"] == expected.failed_by.value, (tally, rule)


@pytest.mark.parametrize("quorum_base", QuorumBase)
@pytest.mark.parametrize("least", [0, 2])
def test_consent_is_given_where_the_count_gives_it(quorum_base: QuorumBase, least: int) -> None:
    words = {"quorum": FailedBy.QUORUM, "objections": FailedBy.OBJECTIONS, None: None}
    for quorum in SHARES:
        rule = DecisionRule.model_validate(
            {
                **ORDINARY,
                "quorum_base": quorum_base,
                "quorum_share": quorum,
                "quorum_least": least,
            }
        )
        for tally in tallies():
            expected = verdicts.consent_outcome(tally, rule)
            options = read_options(
                question_options(rule, tally, Method.CONSENT), METHODS["consent"].options
            )
            counted = count_consent(ballots(tally), **options)
            assert bool(counted.winners) == (expected.state == ProposalState.PASSED), (tally, rule)
            why = counted.rounds[0]["failed_by"]
            assert words.get(str(why) if why else None, FailedBy.THRESHOLD) == expected.failed_by
