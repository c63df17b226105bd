import re
import unicodedata
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from flask import Flask
from wtforms import widgets
from wtforms.validators import ValidationError

from core.fields import ChoiceField, Form, as_utc, clean, clean_line, time_zones

wall = datetime.fromisoformat


@pytest.mark.parametrize(
    ("local", "zone", "instant"),
    [
        (wall("2026-03-03 12:00"), "UTC", datetime(2026, 3, 3, 12, tzinfo=UTC)),
        (wall("2026-07-01 18:00"), "Europe/Lisbon", datetime(2026, 7, 1, 17, tzinfo=UTC)),
        (wall("2026-01-01 06:00"), "Asia/Kathmandu", datetime(2026, 1, 1, 0, 15, tzinfo=UTC)),
        # 02:30 comes twice when the clocks go back: the first coming is meant
        (wall("2026-10-25 02:30"), "Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_wall_clock_time_becomes_its_instant(
    local: datetime, zone: str, instant: datetime
) -> None:
    assert as_utc(local, zone) == instant


@pytest.mark.parametrize(
    ("local", "zone"),
    [
        (wall("2026-03-29 02:30"), "Europe/Berlin"),
        (wall("2026-03-08 02:00"), "America/New_York"),
        (wall("2026-10-04 02:15"), "Australia/Lord_Howe"),  # a change of half an hour
        (wall("2011-12-30 12:00"), "Pacific/Apia"),  # a day that never was
    ],
)
def test_a_time_that_the_clocks_skip_is_refused(local: datetime, zone: str) -> None:
    with pytest.raises(ValidationError, match="clocks skip"):
        as_utc(local, zone)


@pytest.mark.parametrize("local", ["0001-01-01 00:00", "9999-12-31 23:59"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Honolulu", "UTC"])
def test_the_ends_of_the_calendar_are_read_or_refused_in_words(local: str, zone: str) -> None:
    with suppress(ValidationError):
        assert as_utc(wall(local), zone).tzinfo is UTC


def test_typed_text_is_composed_and_free_of_control_characters() -> None:
    assert clean(" e\u0301\r\na\0\x07\ud800b\rc\t ") == "é\nab\nc"
    assert clean(None) == ""
    assert clean_line(" a \n b\tc ") == "a b c"


def test_time_zones_are_places_and_utc() -> None:
    names = time_zones()
    assert names[-1] == "UTC"
    assert "Europe/Lisbon" in names
    assert not [name for name in names if name.startswith(("Etc/", "posix/", "US/"))]


class FarForm(Form):
    country = ChoiceField("Country", choices={"": "Rather not say", "PT": "Portugal", "x": '"<&'})


@pytest.mark.parametrize("database", ["sqlite"])
@pytest.mark.parametrize("country", ["", "PT", "x", "nowhere"])
def test_a_long_choice_is_drawn_and_checked_as_wtforms_does_it(app: Flask, country: str) -> None:
    with app.test_request_context(method="POST", data={"country": country}):
        form = FarForm()
        assert form.validate() == (country != "nowhere")
    drawn = form.country(autocomplete="country")
    assert re.findall(r'<option selected value="([^"]*)"', drawn) == (
        [] if country == "nowhere" else [country]
    )
    usual = widgets.Select()(form.country, autocomplete="country")
    assert drawn.replace(" selected", "") == usual.replace(" selected", "")


def test_a_sign_bears_so_many_marks_and_no_more() -> None:
    """Composing takes the square of their number: half a megabyte of them took minutes."""
    heavy = "a" + "\u0323\u0301" * 5000
    assert len(clean(f"{heavy} b {heavy}")) < 100
    long = "Việt Nam, क्षत्रिय, שָׁלוֹם. " * 50
    assert clean(long) == unicodedata.normalize("NFC", long).strip()
    assert clean("a" + "\u0323" * 40) == "ạ" + "\u0323" * 39, "what is short stays as it is"
