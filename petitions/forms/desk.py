"""What organisers choose at the desk: a condition, a deed, a reason; and signatures on paper."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from wtforms import (
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
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
    ValidationError,
)

from core.fields import Form, LocalTimeField, as_utc, text
from petitions.desk import Condition
from petitions.models import Hold, SignatureState, SweepDeed
from petitions.paper import COUNT_MOST, HASH, NAME_LENGTH, REASON_MOST, Batch

MARK = re.compile(r"[0-9a-f]{16}")


def _mark(_form: Any, field: Any) -> None:
    if not MARK.fullmatch(field.data):
        raise ValidationError("Choose one of the desk's tables.")


class ConditionForm(Form):
    """Which signatures: all of what is said here must hold. Read from the address of the page."""

    class Meta(Form.Meta):
        csrf = False

    since = LocalTimeField("Signed from", [Optional()])
    until = LocalTimeField(
        "Signed before", [Optional()], description="Left empty: up to now, no further."
    )
    domain = SelectField("Mail domain", [Optional(), _mark], validate_choice=False)
    network = SelectField("Network", [Optional(), _mark], validate_choice=False)
    state = SelectField(
        "Confirmed or not",
        [Optional()],
        choices={
            "": "Either",
            SignatureState.CONFIRMED.value: "Confirmed",
            SignatureState.PENDING.value: "Not yet confirmed",
        },
    )
    hold = SelectField(
        "Held or not",
        [Optional()],
        choices={"": "Either", Hold.NONE.value: "Not held", Hold.HELD.value: "Held"},
    )

    def validate_until(self, field: LocalTimeField) -> None:
        if field.data and self.since.data and field.data <= self.since.data:
            raise ValidationError("Choose a time after the one they were signed from.")

    def offer(self, domains: Mapping[str, str], networks: Mapping[str, str]) -> Self:
        """Marks to choose from, with the words for each; one chosen stays choosable."""
        for field, known in ((self.domain, domains), (self.network, networks)):
            chosen = (
                {field.data: known.get(field.data, f"Mark {field.data[:6]}")} if field.data else {}
            )
            field.choices = {"": "Any"} | dict(known) | chosen
        return self

    def condition(self, zone: str, now: datetime) -> Condition:
        """What was chosen, once validated; never of who signs after now, whom nobody has seen.

        Raises ValidationError for an hour the clocks skip.
        """
        return Condition(
            since=as_utc(self.since.data, zone) if self.since.data else None,
            until=min(as_utc(self.until.data, zone), now) if self.until.data else now,
            domain=text(self.domain),
            network=text(self.network),
            state=SignatureState(self.state.data) if self.state.data else None,
            hold=Hold(self.hold.data) if self.hold.data else None,
        )


class SweepForm(Form):
    """What to do with them, and why."""

    deed = RadioField(
        "What to do",
        [InputRequired("Choose what to do.")],
        choices={
            SweepDeed.HOLD.value: "Hold them",
            SweepDeed.REMOVE.value: "Remove them",
            SweepDeed.RELEASE.value: "Let held ones count",
        },
    )
    reason = TextAreaField(
        "Reason",
        [DataRequired("Say why: your guild reads it in the record."), Length(max=REASON_MOST)],
        description="For the guild's record. Name nobody.",
        render_kw={"rows": 3},
    )
    #: petitions.desk.Condition as it was looked at
    condition = HiddenField(validators=[DataRequired(), Length(max=2000)])


def _no_future(_form: Any, field: Any) -> None:
    if field.data is not None and field.data.year < 1900:
        raise ValidationError("Choose the day they were collected on.")


class PaperForm(Form):
    """A batch of signatures on paper."""

    signature_count = IntegerField(
        "Signatures on these sheets",
        [InputRequired("Count them."), NumberRange(1, COUNT_MOST)],
        render_kw={"inputmode": "numeric"},
    )
    place = StringField(
        "Place",
        [DataRequired("Say where they were collected."), Length(max=NAME_LENGTH)],
        description="Shown to everyone, such as “Market square, Lisbon”.",
    )
    collected_on = DateField("Day", [InputRequired("Choose a day."), _no_future])
    witness = StringField(
        "Witness",
        [DataRequired("Say who saw them sign."), Length(max=NAME_LENGTH)],
        description="Who saw them being given. Only organisers see the name.",
    )
    sheet_hash = StringField(
        "SHA-256 of the scan",
        [DataRequired("The scan's hash proves later that these are the sheets."), Length(max=100)],
        description="64 digits and letters a to f. The scan itself stays with you.",
        render_kw={"spellcheck": "false", "autocomplete": "off", "dir": "ltr"},
    )

    def validate_sheet_hash(self, field: StringField) -> None:
        """Take it as `sha256sum` prints it: the name of the file may follow."""
        first = text(field).lower().split(" ")[0]
        if not HASH.fullmatch(first):
            raise ValidationError("This is not a SHA-256: 64 digits and letters a to f.")
        field.data = first

    def batch(self) -> Batch:
        """What was typed, once validated."""
        assert self.signature_count.data is not None
        assert self.collected_on.data is not None
        return Batch(
            signature_count=self.signature_count.data,
            place=text(self.place),
            collected_on=self.collected_on.data,
            witness=text(self.witness),
            sheet_hash=text(self.sheet_hash),
        )


class StrikeForm(Form):
    """Why a batch is struck out."""

    reason = StringField(
        "Reason",
        [DataRequired("Say why."), Length(max=REASON_MOST)],
        description="Stays with the struck batch, for everyone.",
    )
