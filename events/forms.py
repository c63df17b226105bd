"""What people type about events; a local time becomes an instant here."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import BooleanField, RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from core import clock
from core.addresses import LONGEST
from core.fields import AddressField, Form, LocalTimeField, TimeZoneField, as_utc, refuse
from events import rules
from events.models import TITLE_LENGTH, Event, Visibility
from events.rules import EventFacts

#: offered to every new event; organisers may write their own
PEACEFUL_CONDUCT = (
    "We come in peace and stay peaceful, in word and deed.\n"
    "We bring no weapons and nothing that could be taken for one.\n"
    "We look after each other, and nobody is left alone who needs help.\n"
    "We photograph nobody who has not said yes.\n"
    "We follow what the stewards say, and leave when they ask us to."
)
VISIBILITIES = {
    Visibility.PUBLIC.value: "Everyone",
    Visibility.LINK.value: "Whoever has the link",
    Visibility.GUILD.value: "Members of the guild",
}
#: years a typed time may lie in; others would leave the calendar of a zone
FIRST_YEAR, LAST_YEAR = 2000, 2200


def _instant(field: LocalTimeField, zone: str) -> datetime | None:
    """The instant a field means in a zone; None, with words beside the field, if it means none."""
    assert field.data is not None
    if not FIRST_YEAR <= field.data.year <= LAST_YEAR:
        refuse(field, "Check the year.")
        return None
    try:
        return as_utc(field.data, zone)
    except ValidationError as error:
        refuse(field, str(error))
        return None


class EventForm(Form):
    """An event as organisers describe it; times are typed as the clocks at the place show them."""

    title = StringField(
        "What", [DataRequired("Say what it is."), Length(max=TITLE_LENGTH)],
        description="Such as: March for free sleep",
    )  # fmt: skip
    description = TextAreaField(
        "What it is about", [Optional(), Length(max=4000)],
        description="Why, and what happens there. Markdown works.",
    )  # fmt: skip
    place_name = StringField(
        "Place", [DataRequired("Say where people meet."), Length(max=120)],
        description="As people know it: Fountain on Praça Nova",
    )  # fmt: skip
    place_address = StringField("Address", [Optional(), Length(max=200)])
    time_zone = TimeZoneField(
        "Time zone of the place", description="The times below are what the clocks there show."
    )
    starts_at = LocalTimeField("Starts", [InputRequired("Say when it starts.")])
    ends_at = LocalTimeField("Ends", [InputRequired("Say when it ends.")])
    what_to_bring = TextAreaField(
        "What to bring", [Optional(), Length(max=1000)], description="One thing a line."
    )
    conduct = TextAreaField(
        "How we behave there", [DataRequired("Say how people behave there."), Length(max=2000)],
        default=PEACEFUL_CONDUCT, description="Everyone who comes agrees to this.",
    )  # fmt: skip
    visibility = RadioField(
        "Who may see it", [InputRequired("Choose who may see it.")],
        choices=VISIBILITIES, default=Visibility.PUBLIC.value,
    )  # fmt: skip

    def validate(self, extra_validators: Any = None) -> bool:
        """Besides each field: both times exist at the place and follow the rules for times."""
        if not super().validate(extra_validators):
            return False
        self.starts, self.ends = (
            _instant(field, self.time_zone.data) for field in (self.starts_at, self.ends_at)
        )
        if self.starts is None or self.ends is None:
            return False
        problem = rules.problem_with_times(self.starts, self.ends, clock.now())
        if problem:
            refuse(self[problem[0]], problem[1])
        return problem is None

    def facts(self) -> EventFacts:
        """What was typed, once it is valid."""
        assert self.starts is not None
        assert self.ends is not None
        return EventFacts(
            title=self.title.data or "",
            description=self.description.data or "",
            place_name=self.place_name.data or "",
            place_address=self.place_address.data or "",
            time_zone=self.time_zone.data,
            starts_at=self.starts,
            ends_at=self.ends,
            what_to_bring=self.what_to_bring.data or "",
            conduct=self.conduct.data or "",
            visibility=Visibility(self.visibility.data),
        )


def filled_in(event: Event) -> EventForm:
    """The form with what is known of an event, its times as the clocks at its place show them."""
    zone = ZoneInfo(event.time_zone)
    texts = (
        "title", "description", "place_name", "place_address", "time_zone", "what_to_bring",
        "conduct",
    )  # fmt: skip
    return EventForm(
        data={
            **{name: getattr(event, name) for name in texts},
            "starts_at": event.starts_at.astimezone(zone).replace(tzinfo=None),
            "ends_at": event.ends_at.astimezone(zone).replace(tzinfo=None),
            "visibility": event.visibility.value,
        }
    )


class CancelForm(Form):
    reason = StringField(
        "Why", [DataRequired("Say why; people made plans."), Length(max=300)],
        description="Everyone who comes reads this.",
    )  # fmt: skip


class TurnDownForm(Form):
    reason = StringField(
        "Why", [DataRequired("Say why."), Length(max=300)],
        description="Members of the guild read this. Strangers do not.",
    )  # fmt: skip


class AttendForm(Form):
    """For who has an account."""

    agreed = BooleanField(
        "I agree to this and will keep to it",
        [InputRequired("Everyone who comes agrees to how we behave there.")],
    )


class GuestForm(Form):
    """For who has none."""

    nickname = StringField(
        "Name", [Optional(), Length(max=40)],
        description="For the organisers. Any name will do, or none.",
    )  # fmt: skip
    address = AddressField(
        "E-mail",
        [DataRequired("Give an address you can read mail at."), Length(max=LONGEST)],
        description="For reminders and changes. Nobody sees it. Deleted a week after the end.",
        render_kw={"autocomplete": "email", "inputmode": "email"},
    )
    time_zone = TimeZoneField("Your time zone", description="Reminders tell the time in it.")
    agreed = BooleanField(
        "I agree to this and will keep to it",
        [InputRequired("Everyone who comes agrees to how we behave there.")],
    )
    #: people do not see it; machines fill it in
    website = StringField("Website", [Length(max=200)])
