"""What people type about petitions: the draft, the question to the guild, a signature."""

from typing import Any
from uuid import UUID

from wtforms import (
    BooleanField,
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
from core.addresses import LONGEST
from core.fields import AddressField, Form, text
from guilds.charter import DecisionRule
from petitions import rules
from petitions.countries import COUNTRIES
from petitions.models import BACKGROUND_LENGTH, NAME_LENGTH, REQUEST_LENGTH, TITLE_LENGTH, Petition
from petitions.services import Draft
from petitions.signing import Signatory
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


def _name(hint: str, *validators: Any) -> StringField:
    return StringField(
        "Your name",
        [*validators, Length(max=NAME_LENGTH)],
        description=hint,
        render_kw={"autocomplete": "name"},
    )


def _not_emptied(_form: Any, field: StringField) -> None:
    """The button alone keeps the name; who clears it wants another one, not the old."""
    if field.raw_data and not field.data:
        raise ValidationError("Say who signs.")


def _name_is_public() -> BooleanField:
    return BooleanField(
        "Show my first name among the latest signatures",
        description="Only the first word of your name, never your address.",
    )


class SignForm(Form):
    """A signature. Personal data."""

    name = _name(
        "As the institution may read it when the petition is handed over.",
        DataRequired("Say who signs."),
    )
    address = AddressField(
        "E-mail",
        [DataRequired("Give an address you can read mail at."), Length(max=LONGEST)],
        description="We send one mail there; your signature counts once you confirm it.",
        render_kw={"autocomplete": "email", "inputmode": "email"},
    )
    country = SelectField(
        "Country",
        [Optional()],
        choices={"": "Rather not say"} | COUNTRIES,
        render_kw={"autocomplete": "country"},
    )
    name_is_public = _name_is_public()
    wants_updates = BooleanField("Write to me when something happens with this petition")
    #: people never see it; whoever fills it in is a machine
    homepage = StringField(validators=[Optional()])

    def signatory(self) -> Signatory:
        """What was typed, once validated."""
        return Signatory(
            name=text(self.name),
            address=text(self.address),
            country=text(self.country),
            name_is_public=bool(self.name_is_public.data),
            wants_updates=bool(self.wants_updates.data),
        )


class ConfirmForm(Form):
    """The mailbox owner's last word before the signature counts."""

    name = _name(
        "Somebody typed this for you? Change it before you confirm.",
        _not_emptied,
    )
    name_is_public = _name_is_public()
