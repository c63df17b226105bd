"""What people type about decisions: a proposal, a ballot, a comment."""

from collections.abc import Sequence
from datetime import timedelta

from wtforms import (
    DateField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from core.fields import Form
from guilds.charter import DecisionRule
from guilds.charter_words import length_in_words
from voting import rules
from voting.asking import ChoiceFields
from voting.debate_models import COMMENT_LENGTH, Stance
from voting.models import REASON_LENGTH, TEXT_LENGTH, TITLE_LENGTH, TOPIC_LENGTH, Choice

CHOICE_NAMES = {Choice.YES: "Yes", Choice.NO: "No", Choice.ABSTAIN: "Abstain"}

#: what a delegation is for if not for one topic
EVERYTHING = "everything"

_MINUTE = timedelta(minutes=1)


def length_typed(length: timedelta) -> str:
    """A length of voting as its field holds it: whole minutes as text."""
    return str(length // _MINUTE)


def offer_lengths(field: SelectField, rule: DecisionRule) -> None:
    """Let a charter's lengths be chosen, shortest first; nothing typed yet, the usual one stands.

    So it does where what stood before, such as in an earlier proposal, is none of them any more.
    """
    field.choices = {
        length_typed(length): length_in_words(length) for length in rules.voting_lengths(rule)
    }
    if not field.raw_data and field.data not in field.choices:
        field.data = length_typed(rules.usual_voting_length(rule))


def number_typed(typed: str | None) -> int:
    """A number that a page carries along; 0, which no version has, for what is none."""
    digits = typed or ""
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else 0


def length_chosen(minutes: str) -> timedelta:
    """What a choice of `offer_lengths` means."""
    return int(minutes) * _MINUTE


def topic_field() -> StringField:
    """What a proposal is about, as delegations know it."""
    return StringField(
        "Topic",
        [Optional(), Length(max=TOPIC_LENGTH)],
        description="A word for what it is about, such as “river”.",
    )


def tell_of_delegation(topic: Field, rule: DecisionRule) -> None:
    """Say what else a topic is good for, where the charter lets members vote for others."""
    if rule.delegation:
        topic.description += " Members can let somebody vote for them by topic."


class ProposalForm(ChoiceFields):
    """A proposal; `offer(rule)` fills in the lengths its charter allows."""

    title = StringField(
        "What the guild would decide",
        [DataRequired("Say in a line what the guild would decide."), Length(max=TITLE_LENGTH)],
        description="One line: a question of yes or no, or what there is to choose.",
    )
    text = TextAreaField(
        "What it means and why",
        [DataRequired("Say what it means and why."), Length(max=TEXT_LENGTH)],
        description="Markdown works: **bold**, lists, links.",
    )
    voting_length = SelectField("How long voting lasts", [InputRequired("Choose how long.")])
    topic = topic_field()
    review_on = DateField(
        "Look at it again on",
        [Optional()],
        description="If it passes, you and the organisers are reminded on that day.",
    )
    #: of a draft: when it was last touched, as the person saw it
    seen = HiddenField()

    def offer(self, rule: DecisionRule) -> "ProposalForm":
        offer_lengths(self.voting_length, rule)
        tell_of_delegation(self.topic, rule)
        return self


class SeenForm(Form):
    """Carries along the number of the version the person saw."""

    seen = HiddenField()

    def seen_version(self) -> int:
        return number_typed(self.seen.data)


class TextForm(SeenForm):
    """What a proposal says, to be changed until voting opens."""

    title = StringField(
        "What the guild would decide",
        [DataRequired("Say in a line what the guild would decide."), Length(max=TITLE_LENGTH)],
    )
    text = TextAreaField(
        "What it means and why",
        [DataRequired("Say what it means and why."), Length(max=TEXT_LENGTH)],
        description="Markdown works: **bold**, lists, links.",
    )


class AmendmentForm(SeenForm):
    """Another text for somebody's proposal."""

    text = TextAreaField(
        "The text as you would have it",
        [DataRequired("Write the text as you would have it."), Length(max=TEXT_LENGTH)],
        description="Begin from the text as it stands and change what should be different.",
    )
    reason = TextAreaField(
        "Why",
        [DataRequired("Say why."), Length(max=REASON_LENGTH)],
        description="Its author and all members read it.",
    )


class ReviewForm(Form):
    """When a decision is looked at again."""

    review_on = DateField("Look at it again on", [InputRequired("Choose a day.")])


class DeclineForm(Form):
    """Why an author does not take an amendment in."""

    answer = TextAreaField(
        "Why you decline it",
        [DataRequired("Say why: its author and the members read it."), Length(max=REASON_LENGTH)],
    )


class BallotForm(Form):
    """What one person votes."""

    choice = RadioField(
        "Your ballot",
        [InputRequired("Choose yes, no or abstain.")],
        choices={choice.value: name for choice, name in CHOICE_NAMES.items()},
    )


#: stance of a comment as typed -> its name; "" takes no side
STANCE_NAMES = {
    "": "A remark",
    Stance.QUESTION.value: "A question",
    Stance.FOR.value: "For it",
    Stance.AGAINST.value: "Against it",
}


class CommentForm(Form):
    """One contribution to the debate."""

    stance = RadioField("What it is", choices=STANCE_NAMES, default="", id="comment-stance")
    text = TextAreaField(
        "Your comment",
        [DataRequired("Write something first."), Length(max=COMMENT_LENGTH)],
        description="Every member of the guild can read it. Markdown works.",
        id="comment-text",  # "text" is the heading of what is proposed
    )


class HolderOnForm(Form):
    """Which member votes for me, by handle."""

    handle = StringField(
        "Who votes for you",
        [DataRequired("Say who votes for you."), Length(max=80)],
        description="A member's name as it stands after the @, such as dora.",
    )

    @property
    def name_typed(self) -> str:
        """The handle that was meant, with or without its @."""
        return (self.handle.data or "").removeprefix("@").lower()


class HolderForm(HolderOnForm):
    """The same for more than one proposal; `offer(topics)` fills in what it may be for."""

    about = SelectField("For what", [InputRequired("Choose what for.")])

    def offer(self, topics: Sequence[str]) -> "HolderForm":
        on = {f"topic:{topic.lower()}": f"Only decisions on “{topic}”" for topic in topics}
        self.about.choices = {EVERYTHING: "Everything the guild decides", **on}
        return self

    @property
    def topic(self) -> str:
        """The topic chosen; "" for everything."""
        return (self.about.data or "").removeprefix(EVERYTHING).removeprefix("topic:")
