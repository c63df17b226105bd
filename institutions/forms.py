"""What people type about institutions."""

from urllib.parse import urlsplit

from wtforms import RadioField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from core.fields import Form
from institutions.models import InstitutionKind

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
