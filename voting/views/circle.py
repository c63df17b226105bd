"""A consent process as the page of its proposal shows it: the round, its step, the ones before."""

from dataclasses import dataclass

from sqlmodel import Session

from accounts.identity import me
from accounts.models import User
from core import clock
from voting import consenting, round_queries
from voting.consenting import MOST_ROUNDS, Step
from voting.models import Ballot, Choice, ConsentRound, Proposal
from voting.queries import Shown
from voting.round_forms import ANSWER_HINTS, AnswerForm

#: what a step of a round is called in a pill, and its tone
PILLS = {Step.TALK: ("in debate", "quiet"), Step.ASKING: ("consent asked", "warn")}

Objection = tuple[Ballot, User | None]


@dataclass(frozen=True)
class Past:
    """A round that did not settle it. is_changed: the text asked about next was another."""

    ended: ConsentRound
    said: str
    objections: list[Objection]
    is_changed: bool


@dataclass(frozen=True)
class Circle:
    """The process as it stands. mine: my answer in words, "" if I gave none."""

    number: int
    most: int
    step: Step
    objections: list[Objection]
    past: list[Past]
    mine: str
    form: AnswerForm
    hints: dict[str, str]
    can_integrate: bool
    is_author: bool
    is_settled: bool

    @property
    def is_last(self) -> bool:
        return self.number >= self.most


def circle_of(
    db: Session, shown: Shown, *, mine: Ballot | None, form: AnswerForm | None = None
) -> Circle | None:
    """What there is to show; None for what is not by consent, not heard yet, or had no trouble."""
    proposal = shown.proposal
    step = consenting.step_of(proposal.state)
    if not consenting.is_by_consent(proposal) or step is None:
        return None
    raised = round_queries.objections(db, proposal.id)
    past = _past(db, proposal, raised)
    if step == Step.OVER and not raised and not past:
        return None
    is_author = proposal.author_id == me().id
    refusal = consenting.integrate_refusal(
        proposal, clock.now(), is_author=is_author, is_member=True
    )
    return Circle(
        number=proposal.round,
        most=MOST_ROUNDS,
        step=step,
        objections=_of_round(raised, proposal.round),
        past=past,
        mine=consenting.WORDS[Choice(mine.marks)].lower() if mine else "",
        form=form or answer_form(proposal, mine),
        hints=ANSWER_HINTS,
        can_integrate=refusal is None,
        is_author=is_author,
        is_settled=step == Step.ASKING and consenting.is_settled(proposal.tally),
    )


def round_pill(proposal: Proposal) -> tuple[str, str] | None:
    """Word and tone of the pill while a consent process goes on; None for all else."""
    step = consenting.step_of(proposal.state)
    if not consenting.is_by_consent(proposal) or step not in PILLS:
        return None
    word, tone = PILLS[step]
    return f"Round {proposal.round}: {word}", tone


def answer_form(proposal: Proposal, mine: Ballot | None) -> AnswerForm:
    """The form with my answer in it."""
    return AnswerForm(
        formdata=None,
        round=str(proposal.round),
        choice=mine.marks if mine else None,
        reason=mine.reason if mine else "",
    )


def _of_round(raised: list[Objection], number: int) -> list[Objection]:
    return [(ballot, user) for ballot, user in raised if ballot.round == number]


def _past(db: Session, proposal: Proposal, raised: list[Objection]) -> list[Past]:
    """Rounds before this one, the latest first."""
    ended = round_queries.ended_rounds(db, proposal.id)
    versions = [one.version for one in ended] + [proposal.version]
    past = [
        Past(
            ended=one,
            said=consenting.tally_in_words(one.tally),
            objections=_of_round(raised, one.number),
            is_changed=one.version != version,
        )
        for one, version in zip(ended, versions[1:], strict=True)
    ]
    return past[::-1]
