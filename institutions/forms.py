"""What people type about institutions."""

from wtforms import RadioField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from core.addresses import LONGEST
from core.fields import AddressField, Form, text, web_address
from institutions.models import InstitutionKind
from institutions.procedures import procedures
from institutions.services import InstitutionFacts

KIND_NAMES = {
    InstitutionKind.PARLIAMENT.value: "Parliament or council",
    InstitutionKind.GOVERNMENT.value: "Government or ministry",
    InstitutionKind.AGENCY.value: "Agency or authority",
    InstitutionKind.COURT.value: "Court",
    InstitutionKind.COMPANY.value: "Company",
    InstitutionKind.OTHER.value: "Something else",
}


def _kind() -> RadioField:
    return RadioField("What it is", [InputRequired("Choose what it is.")], choices=KIND_NAMES)


def _website() -> StringField:
    return StringField(
        "Website",
        [Optional(), Length(max=300), web_address],
        description="Its public page, beginning with https://",
        render_kw={"inputmode": "url", "dir": "ltr"},
    )


class InstitutionForm(Form):
    """An institution that petitions may address."""

    name = StringField("Name", [DataRequired("Give its name."), Length(max=120)])
    kind = _kind()
    jurisdiction = StringField(
        "Where it has a say",
        [DataRequired("Say where it has a say."), Length(max=80)],
        description="A country, a city, or the whole world for a company.",
    )
    website = _website()

    def facts(self) -> InstitutionFacts:
        """What was typed, once validated."""
        return InstitutionFacts(
            name=text(self.name),
            kind=InstitutionKind(self.kind.data),
            jurisdiction=text(self.jurisdiction),
            website=text(self.website) or None,
        )


class CorrectionForm(Form):
    """What may be corrected of it."""

    kind = _kind()
    website = _website()


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
