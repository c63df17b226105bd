import random

import pytest

from voting import differences
from voting.differences import Part, merged, words


def test_words_are_kept_taken_out_and_put_in() -> None:
    before = "We plant willows on the bank.\n\nIn May."
    after = "We plant oaks on the east bank.\n\nIn May. And June."
    assert words(before, after) == [
        Part("same", "We plant "),
        Part("del", "willows "),
        Part("ins", "oaks "),
        Part("same", "on the "),
        Part("ins", "east "),
        Part("same", "bank.\n\nIn May. "),
        Part("ins", "And June."),
    ]


@pytest.mark.parametrize(
    ("before", "after", "parts"),
    [
        ("", "", []),
        ("", "new", [Part("ins", "new")]),
        ("old", "", [Part("del", "old")]),
        ("the same", "the same", [Part("same", "the same")]),
        ("the  same", "the same", [Part("same", "the same")]),
        ("one", "one\n\ntwo", [Part("same", "one\n\n"), Part("ins", "two")]),
        ("one\ntwo", "one\n\ntwo", [
            Part("same", "one"), Part("del", "\n"), Part("ins", "\n\n"), Part("same", "two"),
        ]),
    ],
)  # fmt: skip
def test_edges(before: str, after: str, parts: list[Part]) -> None:
    assert words(before, after) == parts


def test_what_stays_and_comes_is_the_new_text_whatever_the_texts() -> None:
    dice = random.Random(7)
    for _ in range(500):
        before, after = (
            " ".join(dice.choices(["oak", "elm", "ash", "\n\n"], k=dice.randrange(30)))
            for _ in range(2)
        )
        parts = words(before, after)
        assert "".join(part.text for part in parts if part.kind != "del") == after
        old = "".join(part.text for part in parts if part.kind != "ins")
        assert "".join(old.split()) == "".join(before.split())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a " * 4000, "a b " * 2000),
        (" ".join(map(str, range(1600))), " ".join(map(str, range(1600, 0, -1)))),
        ("a\n" * 4000, "ab\n" * 2600),
    ],
)
@pytest.mark.timeout(60)  # a difference of cubic time would take many minutes
def test_a_text_made_to_be_slow_is_compared(before: str, after: str) -> None:
    parts = words(before, after)
    assert "".join(part.text for part in parts if part.kind != "del") == after
    merged(before, after, before + " end")


BASE = "We plant willows on the bank. We meet in May."


@pytest.mark.parametrize(
    ("mine", "theirs", "both"),
    [
        (
            "We plant oaks on the bank. We meet in May.",
            "We plant willows on the bank. We meet in June.",
            "We plant oaks on the bank. We meet in June.",
        ),
        (BASE, BASE + " At noon.", BASE + " At noon."),
        (BASE.replace("May", "June"), BASE.replace("May", "June"), BASE.replace("May", "June")),
        (BASE.replace("May", "June"), BASE.replace("May", "July"), None),
        (BASE + " At noon.", BASE + " At dusk.", None),
        (BASE.replace("in May.", ""), BASE.replace("May", "June"), None),
    ],
)
def test_two_changes_join_where_they_touch_different_words(
    mine: str, theirs: str, both: str | None
) -> None:
    assert merged(BASE, mine, theirs) == both
    assert merged(BASE, theirs, mine) == both


def test_beyond_the_bound_the_middle_counts_as_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(differences, "MOST_EDITS", 1)
    assert words("a b c d", "a c b d") == [
        Part("same", "a "),
        Part("del", "b c "),
        Part("ins", "c b "),
        Part("same", "d"),
    ]
