"""What people type about guilds."""

from wtforms import (
    BooleanField,
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

from core.fields import Form
from guilds import rules
from guilds.charter_templates import TEMPLATES
from guilds.models import NAME_LENGTH, Admission, Role

ADMISSION_HINTS = {
    Admission.OPEN.value: "Anyone with an account enters by pressing a button.",
    Admission.APPROVAL.value: "People ask, and an organiser admits or declines them.",
    Admission.INVITATION.value: "Only people with an invitation link come in.",
}
ROLE_HINTS = {
    Role.MEMBER.value: "Takes part and decides.",
    Role.ORGANISER.value: "Also admits, invites and changes the settings.",
    Role.ADMIN.value: "Also gives roles and removes members.",
}


class SettingsForm(Form):
    """What a guild says of itself and who may come in."""

    name = StringField("Name", [DataRequired("Give the guild a name."), Length(max=NAME_LENGTH)])
    purpose = StringField(
        "Purpose",
        [DataRequired("Say in one sentence what the guild is for."), Length(max=200)],
        description="One sentence, shown in lists.",
    )
    about = TextAreaField(
        "About",
        [Optional(), Length(max=4000)],
        description="Who you are and what you do. Markdown works: **bold**, lists, links.",
    )
    admission = RadioField(
        "Who may come in",
        [InputRequired("Choose how people come in.")],
        choices={
            Admission.OPEN.value: "Open",
            Admission.APPROVAL.value: "By approval",
            Admission.INVITATION.value: "By invitation",
        },
        default=Admission.APPROVAL.value,
        description="Where the charter leaves admitting to a vote, people ask and members vote.",
    )
    is_listed = BooleanField(
        "Strangers can find this guild",
        default=True,
        description="If not, it is on no list, and whoever is not a member finds nothing here. "
        "What was handed over or printed before still names it.",
    )


class FoundingForm(SettingsForm):
    """The same, and the charter to start from."""

    template = RadioField(
        "How the guild decides",
        [InputRequired("Choose how the guild decides.")],
        choices={key: template.name for key, template in TEMPLATES.items()},
    )

    def validate_name(self, field: StringField) -> None:
        if rules.is_reserved(field.data or ""):
            raise ValidationError("A page of this site has that name. Choose another one.")


class AskForm(Form):
    """A request to be admitted."""

    message = TextAreaField(
        "A few words to the organisers",
        [Optional(), Length(max=500)],
        description="Who you are to them, or why you come. They see your name and handle.",
    )


class InvitationForm(Form):
    """How many an invitation admits, and for how long."""

    uses = IntegerField(
        "How many people may use it",
        [
            InputRequired("Say how many people it may admit."),
            NumberRange(1, rules.MOST_USES, f"Choose a number from 1 to {rules.MOST_USES}."),
        ],
        default=10,
    )
    days = SelectField(
        "How long it admits",
        choices={"1": "1 day", "7": "7 days", "30": "30 days", "60": "60 days"},
        coerce=int,
        default=7,
    )


def role_field() -> RadioField:
    """Which role somebody is to have."""
    names = {role.value: role.value.capitalize() for role in Role}
    return RadioField("Role", [InputRequired("Choose a role.")], choices=names)


class RoleForm(Form):
    """A member's role."""

    role = role_field()


class RemoveForm(Form):
    """Why somebody is removed."""

    reason = StringField(
        "Why",
        [DataRequired("Give a reason: the guild can read it in its record."), Length(max=300)],
        description="Kept in the record, which every member reads. Name no private matters.",
    )
