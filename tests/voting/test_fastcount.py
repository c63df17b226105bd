"""Arrays answer what plain profiles answer: the same outcome, to the last word, for any box."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from itertools import product
from secrets import token_hex
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from core.database import table_of
from guilds.charter import DecisionKind, Method
from tests.builders import MEANS, make_guild, make_user, make_vote
from voting import ballots, box, casting, closing, fastbox, fastcount, queries, results
from voting.counting.methods import get_method
from voting.counting.options import read_options
from voting.counting.outcome import Outcome
from voting.counting.profiles import Unranked
from voting.counting.stv import count_stv
from voting.counting.ties import TieBreak
from voting.marks import IN_STACKS, Paper, Stack, profile_of
from voting.models import Ballot, Proposal
from voting.question import OptionFacts

#: a count asks for marks only
NO_NONCES = ""
NAMES = ("Ada", "Bo", "Cy", "Di", "Eve", "Flo")
#: a method, its seats, and options as text; every way in which it may be counted
WAYS: Sequence[tuple[Method, int, Mapping[str, str]]] = (
    *(
        (Method.SCHULZE, seats, {"unranked": unranked})
        for seats, unranked in product((1, 2), Unranked)
    ),
    *((Method.RANKED_PAIRS, 1, {"unranked": unranked}) for unranked in Unranked),
    *(
        (Method.IRV, 1, {"equal-ranks": equal, "elimination": elimination, "stop": stop})
        for equal, elimination, stop in product(
            ("exhaust-if-several", "exhaust", "skip"),
            ("single", "batch"),
            ("majority", "last-two"),
        )
    ),
    *(
        (Method.STV, seats, {"rule": rule, "equal-ranks": equal})
        for seats, rule, equal in product(
            (1, 2, 3),
            ("scottish", "wigm", "exact", "meek"),
            ("exhaust-if-several", "exhaust", "skip"),
        )
    ),
    (Method.STV, 2, {"rule": "wigm", "elimination": "batch"}),
    (Method.STV, 2, {"rule": "scottish", "places": "18"}),
    (Method.STV, 2, {"rule": "scottish", "places": "0"}),
    (Method.SCORE, 2, {}),
    (Method.SCORE, 1, {"aggregate": "mean"}),
    (Method.STAR, 2, {"highest": "9"}),
    (Method.APPROVAL, 2, {}),
)
everywhere = settings(max_examples=30, deadline=None, derandomize=True)


def in_words(way: tuple[Method, int, Mapping[str, str]]) -> str:
    method, seats, options = way
    return "-".join((method.value, str(seats), *options.values()))


def boxes(marks: str, *, most: int) -> st.SearchStrategy[dict[tuple[str, int], int]]:
    """(marks, weight) -> how many such ballots; of two to six options, blank ballots too."""
    return st.integers(2, len(NAMES)).flatmap(
        lambda size: st.dictionaries(
            st.tuples(
                st.text(marks, min_size=size, max_size=size), st.sampled_from((1, 1, 1, 2, 7))
            ),
            st.integers(1, most),
            max_size=12,
        )
    )


def stacks_of(box: Mapping[tuple[str, int], int]) -> list[Stack]:
    """As ballots.stacked_marks reads them."""
    stacks = []
    for weight in {weight for _, weight in box}:
        marks = [text * number for (text, each), number in box.items() if each == weight]
        size = sum(number for (_, each), number in box.items() if each == weight)
        stacks.append(Stack(weight, size, "".join(marks), NO_NONCES))
    return stacks


def counted_of(box: Mapping[tuple[str, int], int]) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for (text, weight), number in box.items():
        counted[text] += weight * number
    return dict(counted)


def both(
    way: tuple[Method, int, Mapping[str, str]],
    box: Mapping[tuple[str, int], int],
    *,
    lowest: str = "0",
) -> tuple[Any, Any]:
    """The outcome as arrays and as plain profiles come to it, or the error."""
    method, seats, options = way
    size = len(next(iter(box))[0]) if box else 3
    paper = Paper(NAMES[:size])
    facts = {"lowest": lowest}

    def count(profile: Callable[[], Any]) -> Outcome | str:
        counting = get_method(method.value)
        read = read_options(options, counting.options)
        try:
            return counting.run(profile(), seats=seats, options=read, ties=TieBreak(b"root"))
        except ValueError as error:
            return str(error)

    fast = count(lambda: fastcount.fast_profile(method, paper, stacks_of(box), settings=facts))
    plain = count(lambda: profile_of(method, paper, counted_of(box), settings=facts))
    return fast, plain


@pytest.mark.parametrize("way", WAYS, ids=in_words)
@given(box=boxes("-1234", most=3))
@example(box={})
@example(box={("---", 1): 4})
@example(box={("111", 1): 4, ("---", 2): 1})
@example(box={("123", 1): 1, ("231", 1): 1, ("312", 1): 1})
@example(box={("1-2", 1): 2, ("-12", 1): 2, ("21-", 1): 2})
@example(box={("0-1", 1): 3, ("z1-", 7): 3, ("10-", 1): 3})
@everywhere
def test_few_marks_and_many_ties(
    way: tuple[Method, int, Mapping[str, str]], box: dict[tuple[str, int], int]
) -> None:
    fast, plain = both(way, box)
    assert fast == plain


@pytest.mark.parametrize("way", WAYS, ids=in_words)
@given(box=boxes("-0123456789Az", most=40_000))
@everywhere
def test_any_marks_of_very_many_ballots(
    way: tuple[Method, int, Mapping[str, str]], box: dict[tuple[str, int], int]
) -> None:
    """More ballots than are looked at together."""
    fast, plain = both(way, {key: min(number, 9000) for key, number in box.items()})
    assert fast == plain


@pytest.mark.parametrize("lowest", ["-5", "0", "3"])
@pytest.mark.parametrize("method", [Method.SCORE, Method.STAR])
@given(box=boxes("-012z", most=5))
@everywhere
def test_scores_from_another_number_on(
    method: Method, lowest: str, box: dict[tuple[str, int], int]
) -> None:
    fast, plain = both((method, 1, {}), box, lowest=lowest)
    assert fast == plain


@pytest.mark.parametrize("method", sorted(IN_STACKS))
def test_what_are_no_marks_is_refused(method: Method) -> None:
    for marks in ("12?", "1", "é1-"):
        with pytest.raises(ValueError, match=r"marks|ordinal"):
            fastcount.fast_profile(
                method, Paper(NAMES[:3]), [Stack(1, 1, marks, NO_NONCES)], settings={}
            )


def test_numbers_too_large_for_an_array_are_counted_plainly() -> None:
    """A million ballots to 18 places of a vote: 10^42 is far beyond 64 bits."""
    stacks = [
        Stack(1_000_000, 3, "12-2-11--", NO_NONCES),
        Stack(1, 2, "-12--1", NO_NONCES),
    ]
    profile = fastcount.fast_profile(Method.STV, Paper(NAMES[:3]), stacks, settings={})
    counted = {"12-": 1_000_000, "2-1": 1_000_000, "1--": 1_000_000, "-12": 1, "--1": 1}
    plain = profile_of(Method.STV, Paper(NAMES[:3]), counted, settings={})
    assert count_stv(profile, seats=2, places=18) == count_stv(plain, seats=2, places=18)


@pytest.fixture
def vote(db: Session) -> Proposal:
    """Four ballots on three options, two of them alike."""
    people = [make_user(db, handle) for handle in ("alice", "bob", "dora", "emil")]
    guild = make_guild(db, admins=people[:1], members=people[1:], charter="affinity-group")
    vote = make_vote(
        db,
        guild,
        people[0],
        kind=DecisionKind.RESOLUTION,
        method=Method.SCHULZE,
        options=tuple(OptionFacts(name) for name in NAMES[:3]),
    )
    for person, marks in zip(people, ("12-", "-21", "312", "12-"), strict=True):
        casting.cast_ballot(db, vote, actor=person, marks=marks, now=vote.opens_at)
    return vote


def test_a_box_is_read_in_stacks(db: Session, vote: Proposal) -> None:
    (stack,) = ballots.stacked_marks(db, vote, 3) or []
    assert (stack.weight, stack.number, len(stack.marks)) == (1, 4, 12)
    assert ballots.stacked_marks(db, vote, 4) is None, "marks are one an option"
    ballot = ballots.my_ballot(db, vote, vote.author_id or vote.id)
    assert ballot is not None
    ballot.weight, vote.electorate_count = 3, 6
    db.flush()
    stacks = ballots.stacked_marks(db, vote, 3)
    assert stacks is not None
    assert {(stack.weight, stack.number, len(stack.marks)) for stack in stacks} == {
        (1, 3, 9),
        (3, 1, 3),
    }
    assert fastbox.root_of_stacks(stacks) == box.root_of(ballots.entries(db, vote))
    counted, paper = ballots.counted_marks(db, vote), queries.paper(db, vote)
    assert fastcount.Box(stacks, 3).counted() == counted
    assert results.tally_of(stacks, vote) == results.tally_of(counted, vote)
    both_ways = [results.count(vote, paper, cast, root=b"root") for cast in (stacks, counted)]
    assert both_ways[0] == both_ways[1]


def test_marks_and_nonces_are_read_in_the_same_order(db: Session, vote: Proposal) -> None:
    """Two texts of one statement: no database promises their order, ours keep to it."""
    [like, *_] = db.exec(select(Ballot)).all()
    rows = [
        {
            **like.model_dump(),
            "id": uuid4(),
            "user_id": None,
            "marks": f"{1 + number % 9}{1 + number // 9 % 9}-",
            "nonce": token_hex(16),
            "cast_at": vote.opens_at + timedelta(seconds=number * 7919 % 6007),
        }
        for number in range(6000)
    ]
    db.connection().execute(table_of(Ballot).insert(), rows)
    stacks = ballots.stacked_marks(db, vote, 3)
    assert stacks is not None
    assert stacks[0].number == 6004
    assert fastbox.root_of_stacks(stacks) == box.root_of(ballots.entries(db, vote))


def test_an_empty_box_is_read_in_stacks(db: Session, vote: Proposal) -> None:
    vote.round = 2
    assert ballots.stacked_marks(db, vote, 3) == []
    assert fastbox.root_of_stacks([]) == box.root_of([])


def test_a_close_counts_very_many_by_arrays(
    db: Session, vote: Proposal, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    fast_profile = fastcount.fast_profile
    monkeypatch.setattr(
        fastcount, "fast_profile", lambda *a, **k: asked.append(1) or fast_profile(*a, **k)
    )
    monkeypatch.setattr(closing, "VERY_MANY", 4)
    counted, entries = ballots.counted_marks(db, vote), ballots.entries(db, vote)
    assert closing.close_proposal(db, vote, MEANS, now=vote.closes_at)
    assert asked
    root = bytes.fromhex(vote.root_hash or "")
    assert root == box.root_of(entries)
    decision, counts = results.count(vote, queries.paper(db, vote), counted, root=root)
    assert (vote.state, vote.failed_by) == decision
    assert vote.result is not None
    assert vote.result["rounds"] == counts.rounds
    assert vote.result["winners"] == counts.as_json(NAMES[:3])["winners"]
    assert vote.ballot_count == 4
