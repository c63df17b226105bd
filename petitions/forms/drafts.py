"""What a guild types: the draft of a petition, and the question it puts to its members."""

from typing import Any
from uuid import UUID

from wtforms import (
    DateField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    Regexp,
    ValidationError,
)

from core import clock
from core.fields import Form, text
from guilds.charter import DecisionRule
from petitions import rules
from petitions.drafting import Draft
from petitions.models import BACKGROUND_LENGTH, REQUEST_LENGTH, TITLE_LENGTH, Petition
from voting.forms import length_choices

GOAL_MOST = 100_000_000


class DraftForm(Form):
    """A petition being written; `offer(institutions)` says whom it may address."""

    title = StringField(
        "Title",
        [DataRequired("Give it a title people remember."), Length(max=TITLE_LENGTH)],
        description="What you want, in a few words.",
    )
    institution = SelectField(
        "Whom it addresses", [DataRequired("Choose who can do what you ask.")], choices={}
    )
    request = TextAreaField(
        "What you ask them to do",
        [DataRequired("Say what they should do."), Length(max=REQUEST_LENGTH)],
        description="One thing they can say yes or no to.",
        render_kw={"rows": 3},
    )
    background = TextAreaField(
        "Why",
        [Optional(), Length(max=BACKGROUND_LENGTH)],
        description="What somebody needs to know who hears of it for the first time. "
        "Markdown works.",
    )
    goal = IntegerField(
        "How many signatures you aim for",
        [
            InputRequired("Say how many you aim for."),
            NumberRange(1, GOAL_MOST, "Choose a number from 1 to 100,000,000."),
        ],
        render_kw={"inputmode": "numeric", "min": 1, "max": GOAL_MOST},
    )
    closes_on = DateField(
        "Last day to sign",
        [InputRequired("Choose the last day.")],
        description="It closes at midnight after it, in UTC; the guild must have decided by then.",
    )
    #: the version of the draft the person saw
    version = HiddenField(validators=[Regexp(r"\d{1,9}\Z")], default="1")

    def offer(self, institutions: dict[str, str], *, added: str | None = None) -> "DraftForm":
        """Say whom it may address; `added`, if it is one of them, is chosen to begin with."""
        self.institution.choices = {"": "Choose one"} | institutions
        if added in institutions and not self.is_submitted():
            self.institution.data = added
        return self

    def validate_closes_on(self, field: DateField) -> None:
        refusal = rules.closing_day_refusal(field.data, clock.now()) if field.data else None
        if refusal is not None:
            raise ValidationError(refusal)

    def draft(self) -> Draft:
        """What was typed, once validated."""
        assert self.goal.data is not None
        assert self.closes_on.data is not None
        return Draft(
            title=text(self.title),
            request=text(self.request),
            background=text(self.background),
            institution_id=UUID(self.institution.data),
            goal=self.goal.data,
            closes_on=self.closes_on.data,
        )


def facts_of(petition: Petition) -> dict[str, Any]:
    """A draft as the form shows it."""
    return {
        "title": petition.title,
        "request": petition.request,
        "background": petition.background,
        "institution": str(petition.institution_id),
        "goal": petition.goal,
        "closes_on": petition.closes_on,
        "version": str(petition.version),
    }


class PutForm(Form):
    """How long the guild votes; `offer(rule)` fills in what its charter allows."""

    voting_length = SelectField("How long voting lasts", [InputRequired("Choose how long.")])

    def offer(self, rule: DecisionRule) -> "PutForm":
        self.voting_length.choices = length_choices(rule)
        return self
