from datetime import timedelta
from typing import Any

import pytest

from guilds.charter import Method
from tests.builders import NOW
from voting import consenting, rules
from voting.consenting import MOST_ROUNDS, REVIEW_AFTER, Step
from voting.models import Choice, FailedBy, Proposal, ProposalState, Tally

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
State = ProposalState


@pytest.mark.parametrize(
    ("method", "failed_by", "number", "on"),
    [
        (Method.CONSENT, FailedBy.OBJECTIONS, 1, True),
        (Method.CONSENT, FailedBy.OBJECTIONS, MOST_ROUNDS - 1, True),
        (Method.CONSENT, FailedBy.OBJECTIONS, MOST_ROUNDS, False),
        (Method.CONSENT, FailedBy.QUORUM, 1, False),
        (Method.CONSENT, FailedBy.THRESHOLD, 1, False),
        (Method.CONSENT, None, 1, False),
        (Method.MAJORITY, FailedBy.OBJECTIONS, 1, False),
    ],
)
def test_only_objections_lead_to_another_round(
    method: Method, failed_by: FailedBy | None, number: int, on: bool
) -> None:
    assert consenting.goes_on(method, failed_by, number) is on


def test_a_round_leads_back_to_talk_and_only_from_voting() -> None:
    assert rules.can_become(State.VOTING, State.DELIBERATION)
    led_back = {state for state in State if rules.can_become(state, State.DELIBERATION)}
    assert led_back == {State.DRAFT, State.SUPPORT, State.VOTING}


@pytest.mark.parametrize(
    ("state", "step"),
    [
        (State.DRAFT, None),
        (State.SUPPORT, None),
        (State.DELIBERATION, Step.TALK),
        (State.VOTING, Step.ASKING),
        (State.PASSED, Step.OVER),
        (State.FAILED, Step.OVER),
        (State.WITHDRAWN, None),
        (State.EXPIRED, None),
    ],
)
def test_every_state_is_a_step_or_none(state: State, step: Step | None) -> None:
    assert consenting.step_of(state) is step


@pytest.mark.parametrize(
    ("deliberation", "voting", "talk"),
    [
        (2 * DAY, 3 * DAY, 2 * DAY),
        (timedelta(0), 5 * MINUTE, 5 * MINUTE),
        (timedelta(0), 3 * DAY, DAY),
        (HOUR, 3 * DAY, DAY),
    ],
)
def test_there_is_always_talk_between_two_rounds(
    deliberation: timedelta, voting: timedelta, talk: timedelta
) -> None:
    assert consenting.talk_length(deliberation, voting) == talk


@pytest.mark.parametrize(
    ("tally", "settled"),
    [
        (Tally(3, 0, 0, 3), True),
        (Tally(2, 0, 1, 3), True),
        (Tally(2, 0, 0, 3), False),
        (Tally(2, 1, 0, 3), False),
        (Tally(0, 0, 3, 3), False),
        (Tally(0, 0, 0, 0), False),
    ],
)
def test_settled_is_all_answered_none_objecting_somebody_consenting(
    tally: Tally, settled: bool
) -> None:
    assert consenting.is_settled(tally) is settled


@pytest.mark.parametrize(
    ("method", "marks", "reason", "refused"),
    [
        (Method.CONSENT, Choice.NO, "", True),
        (Method.CONSENT, Choice.NO, " \n", True),
        (Method.CONSENT, Choice.NO, "No shade is left.", False),
        (Method.CONSENT, Choice.YES, "", False),
        (Method.CONSENT, Choice.ABSTAIN, "", False),
        (Method.MAJORITY, Choice.NO, "", False),
    ],
)
def test_an_objection_says_its_reason(
    method: Method, marks: Choice, reason: str, refused: bool
) -> None:
    assert (consenting.reason_refusal(method, marks, reason) is not None) is refused


def test_an_answer_is_to_the_round_that_asked() -> None:
    assert consenting.asked_refusal(1, 1) is None
    assert consenting.asked_refusal(1, 2) is not None


ASKING = {
    "method": Method.CONSENT,
    "state": State.VOTING,
    "kind": "resolution",
    "round": 1,
    "closes_at": NOW + DAY,
}


@pytest.mark.parametrize(
    ("facts", "author", "member", "words"),
    [
        ({}, True, True, None),
        ({"round": MOST_ROUNDS}, True, True, "at most"),
        ({"state": State.DELIBERATION}, True, True, "not now"),
        ({"state": State.PASSED}, True, True, "not now"),
        ({"closes_at": NOW}, True, True, "being counted"),
        ({"method": Method.MAJORITY}, True, True, "not now"),
        ({"kind": "open_petition"}, True, True, "stays as it was put"),
        ({}, False, True, "Only its author"),
        ({}, True, False, "Only its author"),
    ],
)
def test_who_takes_a_change_in_and_when(
    facts: dict[str, Any], author: bool, member: bool, words: str | None
) -> None:
    proposal = Proposal(**{**ASKING, **facts})
    refusal = consenting.integrate_refusal(proposal, NOW, is_author=author, is_member=member)
    assert refusal is None if words is None else refusal is not None and words in refusal


def test_there_is_always_a_review_date_to_come() -> None:
    assert consenting.review_at(None, NOW) == NOW + REVIEW_AFTER
    assert consenting.review_at(NOW + DAY, NOW) == NOW + DAY
    assert consenting.review_at(NOW - DAY, NOW) == NOW + REVIEW_AFTER


@pytest.mark.parametrize(
    ("tally", "state", "words"),
    [
        (Tally(3, 0, 1, 5), State.PASSED, "3 consents, no objection, 1 standing aside"),
        (Tally(3, 0, 1, 5), State.PASSED, "Adopted in round 2: no objection was left"),
        (Tally(1, 2, 0, 5), State.FAILED, "1 consent, 2 objections, 0 standing aside"),
        (Tally(1, 2, 0, 5), State.FAILED, "After 2 rounds, of at most 5, objections are left"),
        (Tally(0, 0, 2, 5), State.FAILED, "Nobody consented"),
    ],
)
def test_the_result_is_told_in_words(tally: Tally, state: State, words: str) -> None:
    assert words in "; ".join(consenting.result_in_words(tally, state, 2))
