"""What a guild types: the draft of a petition, and whom it addresses if nobody did before."""

from typing import Any
from uuid import UUID

from wtforms import (
    DateField,
    FormField,
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
from institutions.forms import InstitutionForm
from petitions import rules
from petitions.drafting import Draft, region_lines
from petitions.models import (
    BACKGROUND_LENGTH,
    FURTHER_LENGTH,
    KEPT_MONTHS,
    REGION_LENGTH,
    REGIONS_MOST,
    REQUEST_LENGTH,
    TITLE_LENGTH,
    Petition,
)
from voting.forms import number_typed

GOAL_MOST = 100_000_000
KEPT_MOST = 24
#: chosen instead of an institution's key: it is named in the same form
NEW = "new"


class IfNamed(FormField):  # type: ignore[type-arg] # generic for mypy alone
    """The form within, asked only if the petition addresses what is named there."""

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        return not form.adds_institution or bool(super().validate(form, extra_validators))


class DraftForm(Form):
    """A petition being written; `offer(institutions)` says whom it may address."""

    title = StringField(
        "Title",
        [DataRequired("Give it a title people remember."), Length(max=TITLE_LENGTH)],
        description="What you want, in a few words.",
        render_kw={"data-counted": ""},
    )
    institution = SelectField(
        "Whom it addresses", [DataRequired("Choose who can do what you ask.")], choices={}
    )
    added = IfNamed(InstitutionForm, "An institution that is not in the list")
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
    further = TextAreaField(
        "More about it",
        [Optional(), Length(max=FURTHER_LENGTH)],
        description="For who wants to know more: sources, figures, what was tried. Markdown works.",
        render_kw={"rows": 10},
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
    regions = TextAreaField(
        "Regions people may say they sign from",
        [Optional()],
        description=f"One a line, such as constituencies; {REGIONS_MOST} at most. "
        "Without any, people are asked for their country alone.",
        render_kw={"rows": 4},
    )
    kept_months = IntegerField(
        "Months that names and addresses are kept after the end",
        [
            InputRequired("Say how many months."),
            NumberRange(1, KEPT_MOST, f"Choose a number from 1 to {KEPT_MOST}."),
        ],
        default=KEPT_MONTHS,
        description="Counted from the day the petition is settled; then they are erased.",
        render_kw={"inputmode": "numeric", "min": 1, "max": KEPT_MOST},
    )
    #: the version of the draft the person saw
    version = HiddenField(validators=[Regexp(r"\d{1,9}\Z")], default="1")

    def offer(self, institutions: dict[str, str]) -> "DraftForm":
        """Say whom it may address."""
        others = {NEW: "Another one, named below"}
        self.institution.choices = {"": "Choose one"} | institutions | others
        if not self.institution.data and self.is_submitted() and self.added.form.name.data:
            self.institution.data = NEW  # it was named, and the list was left alone
        return self

    @property
    def adds_institution(self) -> bool:
        return bool(self.institution.data == NEW)

    def validate_closes_on(self, field: DateField) -> None:
        refusal = rules.closing_day_refusal(field.data, clock.now()) if field.data else None
        if refusal is not None:
            raise ValidationError(refusal)

    def validate_regions(self, field: TextAreaField) -> None:
        lines = region_lines(field.data)
        if len(lines) > REGIONS_MOST:
            raise ValidationError(f"Give at most {REGIONS_MOST} regions.")
        if any(len(line) > REGION_LENGTH for line in lines):
            raise ValidationError(f"Keep each region within {REGION_LENGTH} characters.")

    def seen_version(self) -> int:
        """As it was sent: 0, which no version has, if it was not."""
        return number_typed(self.version.raw_data[0] if self.version.raw_data else None)

    def draft(self, institution_id: UUID | None = None) -> Draft:
        """What was typed, once validated. institution_id: of the one that was added."""
        assert self.goal.data is not None
        assert self.closes_on.data is not None
        assert self.kept_months.data is not None
        return Draft(
            title=text(self.title),
            request=text(self.request),
            background=text(self.background),
            further=text(self.further),
            institution_id=institution_id or UUID(self.institution.data),
            goal=self.goal.data,
            closes_on=self.closes_on.data,
            regions=region_lines(self.regions.data),
            kept_months=self.kept_months.data,
        )


def facts_of(petition: Petition) -> dict[str, Any]:
    """A draft as the form shows it."""
    return {
        "title": petition.title,
        "request": petition.request,
        "background": petition.background,
        "further": petition.further,
        "institution": str(petition.institution_id),
        "goal": petition.goal,
        "closes_on": petition.closes_on,
        "regions": "\n".join(petition.regions),
        "kept_months": petition.kept_months,
        "version": str(petition.version),
    }
