"""What a signatory types."""

from typing import Any

from wtforms import (
    BooleanField,
    SelectField,
    StringField,
)
from wtforms.validators import (
    DataRequired,
    Length,
    Optional,
    ValidationError,
)

from core.addresses import LONGEST
from core.fields import AddressField, Form, text
from petitions.countries import COUNTRIES
from petitions.models import NAME_LENGTH
from petitions.signing import Signatory


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
