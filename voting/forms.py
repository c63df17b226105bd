"""What people type about decisions: a proposal, a ballot, a comment."""

from datetime import timedelta

from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from core.fields import Form
from guilds.charter import DecisionRule
from guilds.charter_words import length_in_words
from voting import rules
from voting.models import COMMENT_LENGTH, TEXT_LENGTH, TITLE_LENGTH, Choice

CHOICE_NAMES = {Choice.YES: "Yes", Choice.NO: "No", Choice.ABSTAIN: "Abstain"}
CHOICE_HINTS = {Choice.ABSTAIN.value: "Takes part for the quorum, and weighs neither way."}

_MINUTE = timedelta(minutes=1)


def length_choices(rule: DecisionRule) -> dict[str, str]:
    """Lengths of voting to choose from: whole minutes as text -> words, shortest first."""
    return {
        str(length // _MINUTE): length_in_words(length) for length in rules.voting_lengths(rule)
    }


def length_chosen(minutes: str) -> timedelta:
    """What a choice of `length_choices` means."""
    return int(minutes) * _MINUTE


class ProposalForm(Form):
    """A resolution; `offer(rule)` fills in the lengths its charter allows."""

    title = StringField(
        "What the guild would decide",
        [DataRequired("Say in a line what the guild would decide."), Length(max=TITLE_LENGTH)],
        description="One line that can be answered with yes or no.",
    )
    text = TextAreaField(
        "What it means and why",
        [DataRequired("Say what it means and why."), Length(max=TEXT_LENGTH)],
        description="Markdown works: **bold**, lists, links.",
    )
    voting_length = SelectField("How long voting lasts", [InputRequired("Choose how long.")])

    def offer(self, rule: DecisionRule) -> "ProposalForm":
        self.voting_length.choices = length_choices(rule)
        return self


class BallotForm(Form):
    """What one person votes."""

    choice = RadioField(
        "Your ballot",
        [InputRequired("Choose yes, no or abstain.")],
        choices={choice.value: name for choice, name in CHOICE_NAMES.items()},
    )


class CommentForm(Form):
    """One contribution to the debate."""

    text = TextAreaField(
        "Your comment",
        [DataRequired("Write something first."), Length(max=COMMENT_LENGTH)],
        description="Every member of the guild can read it. Markdown works.",
    )
