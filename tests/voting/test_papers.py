import pytest

from guilds.charter import ONE_QUESTION, Method
from voting.counting.methods import METHODS
from voting.marks import RANKED, SCORED
from voting.papers import (
    Asked,
    Style,
    asked_of,
    counted_in_words,
    in_words,
    read_typed,
    typed_of,
)

TREES = ("Oak", "Ash", "Elm")


def asked(method: Method, **settings: str) -> Asked:
    return asked_of(method, TREES, settings)


def test_the_charter_knows_the_methods_that_can_be_counted() -> None:
    assert {method.value for method in Method} == set(METHODS)


def test_every_method_among_options_has_a_paper_that_a_blank_ballot_fits() -> None:
    for method in set(Method) - ONE_QUESTION:
        paper = asked(method)
        expected = Style.RANK if method in RANKED else Style.SCORE if method in SCORED else "tick"
        assert paper.style == expected
        reading = read_typed(paper, ["", "", ""], is_blank=True)
        assert reading.marks == "---"
        assert in_words(paper, reading.marks) == ["A blank ballot"]
        assert "marked nothing" in read_typed(paper, ["", "", ""], is_blank=False).error


def test_every_method_says_how_it_counts_and_what_its_author_chose() -> None:
    for method in Method:
        said = counted_in_words(method, {})
        assert (said == "") == (method in ONE_QUESTION)
    assert counted_in_words(Method.STV, {}).endswith("by the Scottish rules.")
    assert counted_in_words(Method.STV, {"rule": "meek"}).endswith("by Meek's rules.")
    left = [counted_in_words(Method.EQUAL_SHARES, one) for one in ({}, {"completion": "greedy"})]
    assert "unspent" in left[0]
    assert "still fit" in left[1]


@pytest.mark.parametrize(
    ("method", "settings", "typed", "marks", "words"),
    [
        (Method.APPROVAL, {}, ["1", "", "1"], "1-1", ["Approves Oak", "Approves Elm"]),
        (Method.GREEDY, {}, ["", "1", ""], "-1-", ["Supports Ash"]),
        (
            Method.SCORE,
            {"lowest": "-2", "highest": "2"},
            ["-2", "2", ""],
            "04-",
            ["2: Ash", "-2: Oak", "No opinion: Elm"],
        ),
        (Method.STAR, {"highest": "5"}, ["5", "0", "3"], "503", ["5: Oak", "3: Elm", "0: Ash"]),
        (Method.IRV, {}, ["3", "", "1"], "2-1", ["1. Elm", "2. Oak", "Not ranked: Ash"]),
        (Method.SCHULZE, {}, ["2", "1", "2"], "212", ["1. Ash", "2. Oak and Elm"]),
        (Method.RANKED_PAIRS, {}, ["3", "3", ""], "11-", ["1. Oak and Ash", "Not ranked: Elm"]),
    ],
)
def test_what_is_typed_becomes_marks_and_words(
    method: Method, settings: dict[str, str], typed: list[str], marks: str, words: list[str]
) -> None:
    paper = asked(method, **settings)
    reading = read_typed(paper, typed, is_blank=False)
    assert reading.is_good
    assert reading.marks == marks
    assert in_words(paper, marks) == words
    assert read_typed(paper, typed_of(paper, marks), is_blank=False) == reading


@pytest.mark.parametrize(
    ("method", "typed", "places"),
    [
        (Method.STV, ["1", "1", "2"], {0, 1}),
        (Method.IRV, ["2", "1", "2"], {0, 2}),
        (Method.STV, ["0", "4", "1"], {0, 1}),
        (Method.SCHULZE, ["", "x", "1.5"], {1, 2}),
        (Method.SCORE, ["6", "-1", "5"], {0, 1}),
        (Method.APPROVAL, ["on", "1", ""], {0}),
        (Method.STAR, ["٣", "1", ""], {0}),
    ],
)
def test_what_is_not_offered_is_told_by_option(
    method: Method, typed: list[str], places: set[int]
) -> None:
    reading = read_typed(asked(method), typed, is_blank=False)
    assert set(reading.errors) == places
    assert not reading.marks


def test_shared_ranks_name_the_other_option() -> None:
    reading = read_typed(asked(Method.STV), ["1", "1", "2"], is_blank=False)
    assert reading.errors[0] == "Ash has rank 1 too. Give each a rank of its own."


def test_a_blank_ballot_with_marks_is_not_guessed_at() -> None:
    assert read_typed(asked(Method.APPROVAL), ["1", "", ""], is_blank=True).error


def test_forty_options_can_all_be_ranked() -> None:
    names = [f"Tree {number}" for number in range(40)]
    paper = asked_of(Method.STV, names, {})
    typed = [str(number) for number in range(40, 0, -1)]
    reading = read_typed(paper, typed, is_blank=False)
    assert len(reading.marks) == 40
    assert typed_of(paper, reading.marks) == typed
