"""What forms share: clean text, addresses, time zones and local times that exist."""

import unicodedata
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from flask import request
from flask_wtf import FlaskForm
from markupsafe import Markup
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import (
    DateTimeLocalField,
    Field,
    FileField,
    SelectField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms.validators import ValidationError

from core import addresses

#: accents and the like that one sign may bear, and letters of a text that are not looked through
MARKS_MOST, SHORT = 30, 300


def _with_few_marks(text: str) -> str:
    """Without the marks of a sign beyond MARKS_MOST. Source: UAX #15, stream-safe text.

    To compose a sign with n marks takes n² steps: one field of a form would take minutes.
    """
    if len(text) <= SHORT or text.isascii():
        return text
    kept, marks = [], 0
    for sign in text:
        marks = marks + 1 if unicodedata.combining(sign) else 0
        if marks <= MARKS_MOST:
            kept.append(sign)
    return "".join(kept)


def clean(text: str | None) -> str:
    """Text as we keep it: composed, stripped, plain line breaks, without control characters."""
    composed = unicodedata.normalize("NFC", _with_few_marks(text or ""))
    composed = composed.replace("\r\n", "\n").replace("\r", "\n")
    if composed.isprintable():  # most lines are, and thousands come at once
        return composed.strip()
    kept = (c for c in composed if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
    return "".join(kept).strip()


def clean_line(text: str | None) -> str:
    """The same on one line."""
    return " ".join(clean(text).split())


class Form(FlaskForm):  # type: ignore[misc] # Flask-WTF has no types
    """Base of every form: all typed text arrives clean, so no row ever holds a NUL."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc] # as above
        #: core.security has looked at the token of every POST before any form is built
        csrf = False

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """Fields of a form as browsers send them: never JSON, and files for file fields only.

            Anything else would bring other things than text to fields that take text.
            """
            unusual = request.method == "POST" and (request.is_json or request.files)
            if formdata is None or not unusual:
                return super().wrap_formdata(form, formdata)
            names = [field.name for field in form if isinstance(field, FileField)]
            files = [(name, file) for name in names for file in request.files.getlist(name)]
            return CombinedMultiDict([MultiDict(files), request.form])

        def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:
            """Add the cleaning filter to text fields; passwords stay exactly as typed."""
            kind = unbound_field.field_class
            if issubclass(kind, TextAreaField):
                options["filters"] = [clean, *unbound_field.kwargs.get("filters", ())]
            elif kind is StringField or issubclass(kind, AddressField):
                options["filters"] = [clean_line, *unbound_field.kwargs.get("filters", ())]
            return unbound_field.bind(form=form, **options)


class AddressField(StringField):
    """An e-mail address; `data` is normalised once validated."""

    def pre_validate(self, _form: Any) -> None:
        if not self.data:
            return  # DataRequired speaks of that
        try:
            self.data = addresses.read_address(self.data)
        except ValueError as error:
            raise ValidationError(str(error)) from error


def web_address(_form: Any, field: StringField) -> None:
    """A validator: only addresses of the web, for a link must never run anything."""
    try:
        parts = urlsplit(field.data or "")
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"} or parts.username or " " in parts.netloc:
        raise ValidationError("Give a web address that begins with https://")


def text(field: Field) -> str:
    """What a validated text field holds."""
    return str(field.data or "")


def time_zones() -> list[str]:
    """Names a person may choose, by place, in alphabetical order; UTC last."""
    areas = (
        "Africa/",
        "America/",
        "Antarctica/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    )
    return [*sorted(name for name in available_timezones() if name.startswith(areas)), "UTC"]


class Select(widgets.Select):
    """A select whose options are drawn once, not for every reader. The name tells templates so.

    What comes from elsewhere goes through Markup.format alone, which escapes it.
    """

    def __call__(self, field: Any, **attributes: Any) -> Markup:
        choices, field.choices = field.choices, {}
        empty: Markup = super().__call__(field, **attributes)
        field.choices = choices
        options = _drawn(tuple(choices.items()))
        if field.data in choices:
            value = Markup(' value="{}">').format(field.data)
            chosen, marked = Markup("<option"), Markup("<option selected")
            options = options.replace(chosen + value, marked + value, 1)
        end = Markup("</select>")
        return empty.replace(end, options + end)


@lru_cache(maxsize=8)
def _drawn(choices: tuple[tuple[str, str], ...]) -> Markup:
    return Markup("").join(Markup('<option value="{}">{}</option>').format(*one) for one in choices)


class ChoiceField(SelectField):
    """One of hundreds of choices, {value: name}: looked up, where WTForms walks along all of them.

    It does so when a form is built, when it is checked and when it is drawn.
    """

    widget = Select()

    def __init__(
        self, label: str, validators: Any = None, *, choices: dict[str, str], **options: Any
    ) -> None:
        super().__init__(label, validators, choices={}, **options)
        self.choices = self._offered = choices

    def pre_validate(self, _form: Any) -> None:
        if self.data not in self._offered:
            raise ValidationError(self.gettext("Not a valid choice."))


class TimeZoneField(SelectField):
    """A time zone by name; the choices are read once."""

    _choices = {name: name.replace("_", " ").replace("/", " / ") for name in time_zones()}

    def __init__(self, label: str = "Time zone", validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, choices=self._choices, **options)


class LocalTimeField(DateTimeLocalField):
    """A wall-clock time as typed; `as_utc(zone)` turns it into the instant it means there."""

    def __init__(self, label: str, validators: Any = None, **options: Any) -> None:
        options.setdefault("format", ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"])
        super().__init__(label, validators, **options)


def as_utc(local: datetime, zone: str) -> datetime:
    """The instant of a wall-clock time. Raises ValidationError for an hour the clocks skip.

    An hour that comes twice means its first coming.
    """
    there = ZoneInfo(zone)
    try:
        instant = local.replace(tzinfo=there).astimezone(UTC)
    except OverflowError as error:  # beyond the years 1 to 9999
        raise ValidationError("This time is too far away.") from error
    if instant.astimezone(there).replace(tzinfo=None) != local:
        raise ValidationError(
            f"The clocks skip {local:%H:%M} on that day in {zone}. Choose another time."
        )
    return instant


def refuse(field: Field, message: str) -> None:
    """Put a rule's answer beside the field it speaks of."""
    field.errors = [*field.errors, message]
