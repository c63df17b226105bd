"""What a person types about their account."""

from typing import Any

from wtforms import BooleanField, HiddenField, PasswordField, SelectField, StringField
from wtforms.validators import DataRequired, Length, ValidationError

from accounts import passwords, rules
from accounts.models import HANDLE_LENGTH, NAME_LENGTH
from core.addresses import LONGEST
from core.fields import AddressField, Form, TimeZoneField

#: tongues the pages speak
LANGUAGES = {"en": "English"}


HINT = f"At least {passwords.LEAST} characters. A few words in a row are easy to remember."


class NewPasswordField(PasswordField):
    """A password being chosen; the objections are the person's to read."""

    def __init__(self, label: str, **options: Any) -> None:
        options.setdefault("description", HINT)
        options.setdefault("render_kw", {"autocomplete": "new-password"})
        super().__init__(label, [DataRequired("Choose a password.")], **options)

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if validation_stopped:
            return
        handle, address = (getattr(form, name, None) for name in ("handle", "address"))
        said = passwords.objection(
            self.data or "",
            handle=(handle.data if handle else None) or "",
            address=(address.data if address else None) or "",
        )
        if said:
            raise ValidationError(said)


def current_password(label: str = "Your password") -> PasswordField:
    return PasswordField(
        label,
        [DataRequired("Type your password."), Length(max=passwords.MOST)],
        render_kw={"autocomplete": "current-password"},
    )


def _lower(text: str | None) -> str | None:
    return text.casefold().removeprefix("@") if text else text


def handle_field() -> StringField:
    return StringField(
        "Handle",
        [DataRequired("Choose a handle."), Length(max=HANDLE_LENGTH), _is_handle],
        filters=[_lower],
        description="Your name in short, for your guilds to see: letters a to z, digits, - and _.",
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )


def _is_handle(_form: Any, field: StringField) -> None:
    if not rules.is_handle(field.data or ""):
        raise ValidationError(
            "Use 2 to 32 of a to z, digits, - and _, with a letter or digit first and last."
        )


def display_name_field() -> StringField:
    return StringField(
        "Name to show",
        [DataRequired("Say what to call you."), Length(max=NAME_LENGTH)],
        description="What others read beside your words. It need not be your legal name.",
        render_kw={"autocomplete": "nickname"},
    )


class SignUpForm(Form):
    display_name = display_name_field()
    handle = handle_field()
    address = AddressField(
        "E-mail",
        [DataRequired("Give an address you can read mail at."), Length(max=LONGEST)],
        description="To confirm it is you, and for reminders you ask for. Nobody else sees it.",
        render_kw={"autocomplete": "email", "inputmode": "email"},
    )
    password = NewPasswordField("Password")
    time_zone = TimeZoneField(
        description="So that times and reminders are right for you.", default="UTC"
    )
    next = HiddenField()


class SignInForm(Form):
    login = StringField(
        "Handle or e-mail",
        [DataRequired("Type your handle or your e-mail."), Length(max=LONGEST)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = current_password("Password")
    next = HiddenField()


class ConfirmForm(Form):
    password = current_password("The password you chose")


class ResetAskForm(Form):
    address = AddressField(
        "E-mail",
        [DataRequired("Type the address of your account."), Length(max=LONGEST)],
        render_kw={"autocomplete": "email", "inputmode": "email"},
    )


class ResetForm(Form):
    password = NewPasswordField("New password")


class ProfileForm(Form):
    display_name = display_name_field()
    handle = handle_field()
    time_zone = TimeZoneField(description="Times on pages and in mails are shown in it.")
    language = SelectField("Language", choices=LANGUAGES)
    mails_are_discreet = BooleanField(
        "Keep my mails discreet",
        description="Mails about guilds, ballots and protests then only say that something waits.",
    )


class PasswordForm(Form):
    current = current_password("Your password until now")
    password = NewPasswordField("New password")


class AddressForm(Form):
    current = current_password()
    address = AddressField(
        "New e-mail",
        [DataRequired("Type the new address."), Length(max=LONGEST)],
        render_kw={"autocomplete": "email", "inputmode": "email"},
    )


class ReauthenticateForm(Form):
    """For what a stolen phone must not do."""

    current = current_password()
