"""The rules of consent: rounds of talk and asking, until nobody objects any more.

A round is talk (questions, then what people think), then asking: consent, objection with its
reason, or standing aside. A change of the text that was asked about begins another round.
Source: docs/decisions/0206-consent-rounds.md
"""

from datetime import datetime, timedelta
from enum import StrEnum

from core.templating import count
from guilds.charter import Method
from voting.models import Ballot, Choice, FailedBy, Proposal, ProposalState, Tally

MOST_ROUNDS = 5
#: talk between two rounds where the charter asks for less: as long as the asking, up to this
TALK_OWED = timedelta(days=1)
#: when a guild looks again at what it adopted, unless the proposer chose another day
REVIEW_AFTER = timedelta(days=182)

REPEATS = "The text says what people would be shown, word by word, so it stays as it was put."
WORDS = {Choice.YES: "Consent", Choice.NO: "Objection", Choice.ABSTAIN: "Stands aside"}


class Step(StrEnum):
    """What a round is at."""

    TALK = "talk"
    ASKING = "asking"
    OVER = "over"


def step_of(state: ProposalState) -> Step | None:
    """The step of a consent process in a state; None before it is heard, or if it never was."""
    match state:
        case ProposalState.DELIBERATION:
            return Step.TALK
        case ProposalState.VOTING:
            return Step.ASKING
        case ProposalState.PASSED | ProposalState.FAILED:
            return Step.OVER
    return None


def is_by_consent(proposal: Proposal) -> bool:
    return proposal.method == Method.CONSENT


def goes_on(method: Method, failed_by: FailedBy | None, number: int) -> bool:
    """Say whether the count of round `number` leads to another one instead of a decision."""
    left = method == Method.CONSENT and failed_by == FailedBy.OBJECTIONS
    return left and number < MOST_ROUNDS


def talk_length(deliberation: timedelta, voting: timedelta) -> timedelta:
    """How long a later round is talked about: as the charter says, and never not at all."""
    return max(deliberation, min(voting, TALK_OWED))


def is_settled(tally: Tally) -> bool:
    """Say whether waiting longer could bring nothing: all have answered, and nobody objects."""
    return tally.ballots >= tally.electorate and tally.no == 0 and tally.yes > 0


def reason_refusal(method: Method, marks: str, reason: str) -> str | None:
    """Why an answer is none: an objection says its reason. None if it stands."""
    if method == Method.CONSENT and marks == Choice.NO and not reason.strip():
        return "An objection needs its reason: say what would have to change."
    return None


def asked_refusal(asked: int, number: int) -> str | None:
    """Why an answer to round `asked` does not count in round `number`; None if it does."""
    if asked != number:
        return "Another round began since you opened this page: read the text before you answer."
    return None


def integrate_refusal(
    proposal: Proposal, now: datetime, *, is_author: bool, is_member: bool
) -> str | None:
    """Why a person cannot take a change in and ask again; None if they can."""
    if proposal.method != Method.CONSENT or proposal.state != ProposalState.VOTING:
        return "A change is taken in while the guild is asked for consent, not now."
    if now >= proposal.closes_at:
        return "The time to answer is over, and the answers are being counted."
    if not is_author or not is_member:
        return "Only its author takes changes into the text."
    if proposal.repeats_subject:
        return REPEATS
    if proposal.round >= MOST_ROUNDS:
        return f"This is round {proposal.round} of at most {MOST_ROUNDS}: nothing is asked again."
    return None


def review_at(chosen: datetime | None, now: datetime) -> datetime:
    """When the guild looks again at what it adopts now: as chosen, if that is still to come."""
    return chosen if chosen is not None and chosen > now else now + REVIEW_AFTER


def answer_in_words(ballot: Ballot) -> list[str]:
    """What one person answered, and why, a line each."""
    return [line for line in (WORDS[Choice(ballot.marks)], ballot.reason) if line]


def tally_in_words(tally: Tally) -> str:
    """Such as "4 consents, 1 objection, 2 standing aside"."""
    objections = count(tally.no, "objection") if tally.no else "no objection"
    return f"{count(tally.yes, 'consent')}, {objections}, {tally.abstain:,} standing aside"


def result_in_words(tally: Tally, state: ProposalState, number: int) -> list[str]:
    """What the last round came to, in sentences without their full stop."""
    sentences = [tally_in_words(tally)]
    if state == ProposalState.PASSED:
        sentences.append(f"Adopted in round {number}: no objection was left")
    elif tally.no:
        sentences.append(
            f"After {count(number, 'round')}, of at most {MOST_ROUNDS}, objections are left, "
            "so it is not adopted"
        )
    else:
        sentences.append("Nobody consented, so it is not adopted")
    return sentences
