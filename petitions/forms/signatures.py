"""What a signatory types."""

from collections.abc import Sequence
from typing import Any, Self

from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from core.addresses import LONGEST
from core.fields import AddressField, ChoiceField, Form, text
from petitions.countries import COUNTRIES
from petitions.models import NAME_LENGTH
from petitions.signing import Choices, Signatory

_RATHER_NOT = {"": "Rather not say"}


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


def _name_is_handed_over() -> BooleanField:
    return BooleanField(
        "Give my name to the institution when the petition is handed over",
        description="With the country and region you say you sign from, never your address. "
        "Else it only learns that one more person signed.",
    )


def _wants_updates() -> BooleanField:
    return BooleanField("Write to me when something happens with this petition")


def _address(hint: str) -> AddressField:
    return AddressField(
        "E-mail",
        [DataRequired("Give an address you can read mail at."), Length(max=LONGEST)],
        description=hint,
        render_kw={"autocomplete": "email", "inputmode": "email"},
    )


class SignForm(Form):
    """A signature. Personal data."""

    name = _name("Seen by nobody, unless you say so below.", DataRequired("Say who signs."))
    address = _address("We send one mail there; your signature counts once you confirm it.")
    country = ChoiceField(
        "Country",
        [Optional()],
        choices=_RATHER_NOT | COUNTRIES,
        render_kw={"autocomplete": "country"},
    )
    region = SelectField("Region", [Optional()], choices=_RATHER_NOT)
    name_is_public = _name_is_public()
    name_is_handed_over = _name_is_handed_over()
    wants_updates = _wants_updates()
    #: people never see it; whoever fills it in is a machine
    homepage = StringField(validators=[Optional()])

    def offer(self, regions: Sequence[str]) -> Self:
        """Ask for one of the petition's regions, if it has any."""
        if regions:
            self.region.choices = _RATHER_NOT | {region: region for region in regions}
        else:
            del self.region
        return self

    def signatory(self) -> Signatory:
        """What was typed, once validated."""
        return Signatory(
            name=text(self.name),
            address=text(self.address),
            country=text(self.country),
            region=text(self.region) if self.region is not None else "",
            name_is_public=bool(self.name_is_public.data),
            name_is_handed_over=bool(self.name_is_handed_over.data),
            wants_updates=bool(self.wants_updates.data),
        )


class ChoicesForm(Form):
    """The mailbox owner's last word: before the signature is confirmed, and after."""

    name = _name("Did somebody else type it? Change it.", _not_emptied)
    name_is_public = _name_is_public()
    name_is_handed_over = _name_is_handed_over()
    wants_updates = _wants_updates()

    def choices(self, name: str) -> Choices:
        """What was chosen, once validated; `name` stands where none was sent."""
        return Choices(
            name=text(self.name) or name,
            name_is_public=bool(self.name_is_public.data),
            name_is_handed_over=bool(self.name_is_handed_over.data),
            wants_updates=bool(self.wants_updates.data),
        )


class CodeForm(Form):
    """The code of the mail, typed instead of opening its link."""

    address = _address("The one you signed with.")
    code = StringField(
        "Code from the mail",
        [DataRequired("Type the code that stands in the mail."), Length(max=20)],
        description="Six letters and digits, such as K7Q-4MX.",
        render_kw={
            "autocomplete": "one-time-code",
            "autocapitalize": "characters",
            "spellcheck": "false",
            "size": "12",
        },
    )


class AgainForm(Form):
    """Whoever waits for the mail in vain."""

    address = _address("The one you signed with.")
