"""What people type in a consent process: an answer, a text with a change taken in."""

from typing import Any

from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from core.fields import Form
from guilds.charter import Method
from voting import consenting
from voting.models import REASON_LENGTH, TEXT_LENGTH, Choice

ANSWER_HINTS = {
    Choice.YES.value: "You can live with it; it need not be your favourite.",
    Choice.NO.value: "It would do harm as it stands. It stays in the way until it is resolved.",
    Choice.ABSTAIN.value: "You leave it to the others. That is not in the way.",
}
#: longer than any number of a round
_ROUND_DIGITS = 6


class RoundForm(Form):
    """Says which round the page was of."""

    round = HiddenField()

    @property
    def asked(self) -> int:
        """The round it answers; 0, which no round has, if that is not a number."""
        typed = self.round.data or ""
        return int(typed) if typed.isdecimal() and len(typed) <= _ROUND_DIGITS else 0


class AnswerForm(RoundForm):
    """What one person answers when the guild is asked for consent."""

    choice = RadioField(
        "Your answer",
        [InputRequired("Choose consent, objection or standing aside.")],
        choices={
            Choice.YES.value: "I consent",
            Choice.NO.value: "I object",
            Choice.ABSTAIN.value: "I stand aside",
        },
    )
    reason = TextAreaField(
        "Your reason",
        [Length(max=REASON_LENGTH)],
        description="An objection needs one: what harm, and what would have to change? "
        "Members read it with your name.",
        id="answer-reason",
    )

    def validate_reason(self, field: Any) -> None:
        refusal = consenting.reason_refusal(
            Method.CONSENT, self.choice.data or "", field.data or ""
        )
        if refusal is not None:
            raise ValidationError(refusal)


class IntegrateForm(RoundForm):
    """The text with a change taken in."""

    text = TextAreaField(
        "What it means and why",
        [DataRequired("Say what it means and why."), Length(max=TEXT_LENGTH)],
        description="Markdown works: **bold**, lists, links.",
    )
