"""What people type about institutions."""

from urllib.parse import urlsplit

from wtforms import RadioField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from core.addresses import LONGEST
from core.fields import AddressField, Form
from institutions.models import InstitutionKind
from institutions.procedures import procedures

KIND_NAMES = {
    InstitutionKind.PARLIAMENT.value: "Parliament or council",
    InstitutionKind.GOVERNMENT.value: "Government or ministry",
    InstitutionKind.AGENCY.value: "Agency or authority",
    InstitutionKind.COURT.value: "Court",
    InstitutionKind.COMPANY.value: "Company",
    InstitutionKind.OTHER.value: "Something else",
}


class InstitutionForm(Form):
    """An institution that petitions may address."""

    name = StringField("Name", [DataRequired("Give its name."), Length(max=120)])
    kind = RadioField(
        "What it is",
        [InputRequired("Choose what it is.")],
        choices=KIND_NAMES,
    )
    jurisdiction = StringField(
        "Where it has a say",
        [DataRequired("Say where it has a say."), Length(max=80)],
        description="A country, a city, or the whole world for a company.",
    )
    website = StringField(
        "Website",
        [Optional(), Length(max=300)],
        description="Its public page, beginning with https://",
        render_kw={"inputmode": "url", "dir": "ltr"},
    )

    def validate_website(self, field: StringField) -> None:
        """Only addresses of the web: a link must never run anything."""
        try:
            parts = urlsplit(field.data or "")
            host = parts.hostname
        except ValueError:
            host = None
        if (
            not host
            or parts.scheme not in {"http", "https"}
            or parts.username
            or " " in parts.netloc
        ):
            raise ValidationError("Give a web address that begins with https://")


class ContactForm(Form):
    """Somebody to write to at an institution. Personal data of somebody in office."""

    name = StringField(
        "Name or office",
        [DataRequired("Say who it is."), Length(max=120)],
        description="Such as: Clerk of the Petitions Committee",
    )
    address = AddressField(
        "E-mail",
        [DataRequired("Give their address at work."), Length(max=LONGEST)],
        description="Kept sealed, shown to nobody. Take it from the institution's own pages.",
        render_kw={"inputmode": "email"},
    )


class ProcedureForm(Form):
    """By which rules an institution answers petitions; the choices are institutions.procedures."""

    procedure = SelectField(
        "How it answers petitions", [Optional()], choices={"": "By no rules we know of"}
    )

    def offer(self) -> "ProcedureForm":
        known = {key: f"{one.name} ({one.jurisdiction})" for key, one in procedures().items()}
        self.procedure.choices = {"": "By no rules we know of"} | known
        return self
