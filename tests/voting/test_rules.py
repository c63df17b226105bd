from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from guilds.charter import DecisionRule, Method
from guilds.models import Role
from voting import rules, verdicts
from voting.models import FailedBy, Proposal, ProposalState, Tally

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
DRAFT, SUPPORT, DEBATE, VOTING, PASSED, FAILED, TIED, NOT_SUPPORTED, WITHDRAWN, EXPIRED = (
    ProposalState
)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def make_rule(
    quorum: str = "1/3",
    threshold: str = "1/2",
    *,
    exceeded: bool = True,
    proposer: Role = Role.MEMBER,
    voting: tuple[timedelta, timedelta] = (DAY, 7 * DAY),
) -> DecisionRule:
    return DecisionRule(
        proposer=proposer,
        deliberation=DAY,
        voting_least=voting[0],
        voting_most=voting[1],
        quorum_share=Fraction(quorum),
        threshold_share=Fraction(threshold),
        threshold_exceeded=exceeded,
    )


@pytest.mark.parametrize(
    ("state", "then"),
    [
        (DRAFT, {SUPPORT, DEBATE, EXPIRED}),
        (SUPPORT, {DEBATE, NOT_SUPPORTED, WITHDRAWN}),
        (DEBATE, {VOTING, WITHDRAWN}),
        (VOTING, {PASSED, FAILED, TIED, WITHDRAWN, DEBATE}),
        (PASSED, set()),
        (FAILED, set()),
        (TIED, set()),
        (NOT_SUPPORTED, set()),
        (WITHDRAWN, set()),
        (EXPIRED, set()),
    ],
)
def test_a_proposal_moves_forward_only(state: ProposalState, then: set[ProposalState]) -> None:
    assert {after for after in ProposalState if rules.can_become(state, after)} == then


@pytest.mark.parametrize(
    ("role", "least", "expected"),
    [
        (None, Role.MEMBER, False),
        (Role.MEMBER, Role.MEMBER, True),
        (Role.ORGANISER, Role.MEMBER, True),
        (Role.ADMIN, Role.MEMBER, True),
        (Role.MEMBER, Role.ORGANISER, False),
        (Role.ORGANISER, Role.ORGANISER, True),
        (Role.ADMIN, Role.ORGANISER, True),
        (Role.ORGANISER, Role.ADMIN, False),
        (Role.ADMIN, Role.ADMIN, True),
    ],
)
def test_who_may_propose(role: Role | None, least: Role, expected: bool) -> None:
    assert rules.can_propose(role, make_rule(proposer=least)) is expected


@pytest.mark.parametrize(
    ("state", "left", "is_elector", "is_member", "says"),
    [
        (VOTING, HOUR, True, True, None),
        (VOTING, timedelta(microseconds=1), True, True, None),
        (VOTING, timedelta(0), True, True, "closed"),
        (VOTING, -HOUR, True, True, "closed"),
        (DEBATE, HOUR, True, True, "not opened"),
        (PASSED, HOUR, True, True, "closed"),
        (FAILED, HOUR, True, True, "closed"),
        (WITHDRAWN, HOUR, True, True, "withdrawn"),
        (VOTING, HOUR, False, True, "not among them"),
        (VOTING, HOUR, True, False, "no longer"),
    ],
)
def test_who_may_vote_and_when(
    state: ProposalState, left: timedelta, is_elector: bool, is_member: bool, says: str | None
) -> None:
    person = {"is_elector": is_elector, "is_member": is_member}
    refusal = rules.vote_refusal(state, NOW + left, NOW, **person)
    assert (says is None) == (refusal is None)
    assert says is None or says in str(refusal)


@pytest.mark.parametrize(
    ("state", "role", "expected"),
    [
        (DEBATE, Role.MEMBER, True),
        (VOTING, Role.MEMBER, True),
        (VOTING, None, False),
        (PASSED, Role.ADMIN, False),
        (FAILED, Role.MEMBER, False),
        (WITHDRAWN, Role.MEMBER, False),
    ],
)
def test_members_debate_until_the_close(
    state: ProposalState, role: Role | None, expected: bool
) -> None:
    assert rules.can_comment(state, role) is expected


@pytest.mark.parametrize(
    ("state", "role", "is_author", "ballots", "expected"),
    [
        (DEBATE, Role.MEMBER, True, 0, True),
        (VOTING, Role.MEMBER, True, 0, True),
        (VOTING, Role.MEMBER, True, 1, False),
        (DEBATE, None, True, 0, False),
        (DEBATE, Role.ADMIN, False, 0, False),
        (PASSED, Role.MEMBER, True, 0, False),
        (WITHDRAWN, Role.MEMBER, True, 0, False),
    ],
)
def test_its_author_withdraws_a_proposal_before_the_first_ballot(
    state: ProposalState, role: Role | None, is_author: bool, ballots: int, expected: bool
) -> None:
    assert rules.can_withdraw(state, role, is_author=is_author, ballot_count=ballots) is expected


@pytest.mark.parametrize(
    ("ballots", "electorate", "share", "expected"),
    [
        (9, 30, "1/3", False),
        (10, 30, "1/3", True),
        (10, 31, "1/3", False),
        (11, 31, "1/3", True),
        (0, 30, "0", True),
        (0, 0, "1/2", True),
        (30, 30, "1", True),
        (29, 30, "1", False),
        (33, 100, "1/3", False),
        (34, 100, "1/3", True),
    ],
)
def test_exactly_reaching_the_quorum_is_enough(
    ballots: int, electorate: int, share: str, expected: bool
) -> None:
    tally = Tally(0, 0, ballots, electorate)
    assert verdicts.quorum_reached(tally, make_rule(share)) is expected
    assert (ballots >= verdicts.ballots_needed(tally, make_rule(share))) is expected


def test_more_ballots_than_electors_are_a_bug() -> None:
    with pytest.raises(ValueError, match="4 ballots of 3"):
        verdicts.quorum_reached(Tally(4, 0, 0, 3), make_rule())


@pytest.mark.parametrize(
    ("yes", "no", "share", "exceeded", "expected"),
    [
        (5, 5, "1/2", True, False),
        (6, 5, "1/2", True, True),
        (5, 5, "1/2", False, True),
        (4, 5, "1/2", False, False),
        (2, 1, "2/3", False, True),
        (2, 1, "2/3", True, False),
        (66, 34, "2/3", False, False),
        (67, 33, "2/3", False, True),
        (3, 0, "1", False, True),
        (3, 1, "1", False, False),
        (0, 0, "1/2", True, False),
        (0, 0, "0", False, False),
        (1, 9, "0", True, True),
        (0, 9, "0", False, False),
    ],
)
def test_a_threshold_is_reached_or_exceeded_as_the_rule_says(
    yes: int, no: int, share: str, exceeded: bool, expected: bool
) -> None:
    rule = make_rule(threshold=share, exceeded=exceeded)
    assert verdicts.threshold_reached(Tally(yes, no, 0, 100), rule) is expected
    assert (yes >= verdicts.yes_needed(yes + no, rule)) is expected


@pytest.mark.parametrize(
    ("tally", "state", "failed_by"),
    [
        (Tally(7, 0, 0, 30), FAILED, FailedBy.QUORUM),
        (Tally(6, 3, 1, 30), PASSED, None),
        (Tally(5, 5, 0, 30), TIED, None),
        (Tally(0, 0, 30, 30), FAILED, FailedBy.THRESHOLD),
        (Tally(1, 0, 9, 30), PASSED, None),
        (Tally(0, 0, 0, 0), FAILED, FailedBy.THRESHOLD),
        (Tally(0, 9, 0, 30), FAILED, FailedBy.QUORUM),
    ],
)
def test_what_a_count_means(tally: Tally, state: ProposalState, failed_by: FailedBy | None) -> None:
    assert verdicts.outcome(tally, make_rule()) == (state, failed_by)


def test_every_small_count_has_one_outcome_and_more_yes_never_hurts() -> None:
    rule = make_rule("1/2", "2/3", exceeded=False)
    for electorate in range(9):
        for ballots in range(electorate + 1):
            passed = [
                verdicts.outcome(Tally(yes, ballots - yes, 0, electorate), rule).state == PASSED
                for yes in range(ballots + 1)
            ]
            assert passed == sorted(passed)


@pytest.mark.parametrize(
    ("tally", "said"),
    [
        (
            Tally(5, 2, 0, 30),
            [
                "7 of 30 members voted; 10 were needed: quorum missed",
                "5 yes, 2 no, 0 abstained; without the quorum they decide nothing",
            ],
        ),
        (
            Tally(6, 4, 1, 30),
            [
                "11 of 30 members voted; 10 were needed: quorum reached",
                "6 yes and 4 no; more than half of 10 is 6 or more: threshold reached",
                "1 abstained: that takes part, and weighs neither way",
            ],
        ),
        (
            Tally(5, 5, 0, 30),
            [
                "10 of 30 members voted; 10 were needed: quorum reached",
                "5 yes and 5 no; more than half of 10 is 6 or more: threshold missed",
            ],
        ),
        (
            Tally(0, 0, 1, 1),
            [
                "1 of 1 member voted; 1 was needed: quorum reached",
                "0 yes and 0 no; without a yes nothing passes",
                "1 abstained: that takes part, and weighs neither way",
            ],
        ),
    ],
)
def test_a_result_explains_itself_with_every_number(tally: Tally, said: list[str]) -> None:
    decision = verdicts.outcome(tally, make_rule())
    proposal = Proposal(
        rule=make_rule().model_dump(mode="json"),
        method=Method.MAJORITY,
        state=decision.state,
        failed_by=decision.failed_by,
        yes_count=tally.yes,
        no_count=tally.no,
        abstain_count=tally.abstain,
        electorate_count=tally.electorate,
    )
    assert verdicts.result_in_words(proposal) == said


@pytest.mark.parametrize(
    ("tally", "turnout", "threshold"),
    [
        (
            Tally(1, 0, 0, 30),
            "1 of 30 members has voted; 10 are needed: quorum not reached yet",
            "1 yes and 0 no; more than half of 1 is 1 or more: threshold reached so far",
        ),
        (
            Tally(4, 6, 0, 30),
            "10 of 30 members have voted; 10 are needed: quorum reached",
            "4 yes and 6 no; more than half of 10 is 6 or more: threshold not reached so far",
        ),
    ],
)
def test_a_running_count_promises_nothing(tally: Tally, turnout: str, threshold: str) -> None:
    assert verdicts.turnout_in_words(tally, make_rule(), is_open=True) == turnout
    assert verdicts.threshold_in_numbers(tally, make_rule(), is_open=True) == threshold


def test_lengths_offered_lie_within_the_rule_with_both_its_ends() -> None:
    rule = make_rule(voting=(36 * HOUR, 6 * DAY))
    assert rules.voting_lengths(rule) == [36 * HOUR, 2 * DAY, 3 * DAY, 5 * DAY, 6 * DAY]
    assert rules.voting_lengths(make_rule(voting=(DAY, DAY))) == [DAY]


@pytest.mark.parametrize(
    ("least", "most", "usual"),
    [
        (2 * DAY, 14 * DAY, 7 * DAY),
        (HOUR, 3 * DAY, 3 * DAY),
        (10 * DAY, 60 * DAY, 10 * DAY),
    ],
)
def test_a_week_is_usual_as_far_as_the_rule_lets_it(
    least: timedelta, most: timedelta, usual: timedelta
) -> None:
    rule = make_rule(voting=(least, most))
    assert rules.usual_voting_length(rule) == usual
    assert usual in rules.voting_lengths(rule)


@pytest.mark.parametrize(
    ("late", "closes_after_now"),
    [(timedelta(0), 2 * DAY), (MINUTE, 2 * DAY - MINUTE), (DAY, 2 * DAY), (9 * DAY, 2 * DAY)],
)
def test_a_clock_that_comes_late_takes_no_voting_time_away(
    late: timedelta, closes_after_now: timedelta
) -> None:
    opens_at = NOW - late
    closes_at = rules.closes_at_when_opened(opens_at, opens_at + 2 * DAY, NOW)
    assert closes_at - NOW == closes_after_now


@pytest.mark.parametrize(
    ("length", "lead"),
    [(7 * DAY, DAY), (4 * DAY, DAY), (2 * DAY, 12 * HOUR), (20 * MINUTE, 5 * MINUTE)],
)
def test_the_reminder_comes_a_day_or_a_quarter_before_the_close(
    length: timedelta, lead: timedelta
) -> None:
    assert NOW + length - rules.reminder_at(NOW, NOW + length) == lead
