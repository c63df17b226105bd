import pytest

from legislation.stages import BillState
from legislation.words import session_in_words, sponsor_in_words, state_pill


@pytest.mark.parametrize("state", BillState)
def test_every_state_has_words_and_a_tone(state: BillState) -> None:
    word, tone = state_pill(state.value)
    assert word
    assert tone in {"good", "warn", "bad", "quiet"}


@pytest.mark.parametrize(
    ("jurisdiction", "session", "words"),
    [
        ("us", "101", "101st Congress"),
        ("us", "102", "102nd Congress"),
        ("us", "103", "103rd Congress"),
        ("us", "111", "111th Congress"),
        ("us", "112", "112th Congress"),
        ("us", "113", "113th Congress"),
        ("us", "130", "130th Congress"),
        ("m9", "4", "Session 4"),
    ],
)
def test_a_session_is_called_as_its_country_calls_it(
    jurisdiction: str, session: str, words: str
) -> None:
    assert session_in_words(jurisdiction, session) == words


def test_a_sponsor_is_named_with_party_and_area_where_known() -> None:
    known = {"name": "Rep. Okafor, Mara", "party": "L", "area": "M9-4"}
    assert sponsor_in_words(known) == "Rep. Okafor, Mara (L, M9-4)"
    assert sponsor_in_words({"name": "Somebody", "party": "", "area": ""}) == "Somebody"
