"""Scottish council wards: 75 as CSV, the 691 of 2012 and 2017, by-elections, whole councils.

Expected is what Droop counts by the same Order. It differs in one thing that elects nobody else:
where an option has exactly the quota, Droop has a stage that transfers nothing; by rule 48 of the
Order only votes that exceed the quota are transferred. And it lists those who take the last seats
together as they stand on the paper, where we put the most votes first; so sets are compared.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pytest

from tests.voting.counting.contests import contest, elections, of_contests, text_of
from voting.counting.count_file import count_file
from voting.counting.files.blt import read_blt
from voting.counting.files.scottish_csv import read_scottish_csv
from voting.counting.outcome import Outcome
from voting.counting.profiles import RankedProfile, Ranking
from voting.counting.stv import count_stv

#: the sweep is cut into so many tests, so that several workers share it
CHUNKS = 4


def stages_of(outcome: Outcome) -> int:
    """Return how many stages Droop has: ours after the first, and one a quota exactly reached."""
    rounds: Sequence[Any] = outcome.rounds
    exactly = sum(row["votes"][name] == row["quota"] for row in rounds for name in row["elected"])
    return len(rounds) - 1 + exactly


def quota_of(outcome: Outcome) -> float:
    return float(str(outcome.rounds[0]["quota"]))


@cache
def sweep() -> list[str]:
    return text_of("scotland", "sweep-2012-2017.jsonl.gz").splitlines()


def profile_of(ward: Mapping[str, Any]) -> RankedProfile:
    """Return a ward's ballots; candidates are numbered, as some wards have two of one name."""
    ballots: Counter[Ranking] = Counter()
    for count, ranks in ward["ballots"]:
        ballots[tuple((rank - 1,) for rank in ranks)] += count
    return RankedProfile(tuple(map(str, range(1, len(ward["candidates"]) + 1))), ballots)


@of_contests("scotland-sweep-2012-2017")
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_ward_elects_whom_it_elected(name: str, chunk: int) -> None:
    assert len(sweep()) == contest(name)["contests"]
    for line in sweep()[chunk::CHUNKS]:
        ward = json.loads(line)
        wanted = ward["expected"]
        outcome = count_stv(profile_of(ward), seats=ward["seats"])
        assert {option + 1 for option in outcome.winners} == set(wanted["elected"]), ward["id"]
        assert len(outcome.winners) == len(wanted["elected"]) == ward["seats"]
        assert quota_of(outcome) == wanted["quota"], ward["id"]
        assert stages_of(outcome) == wanted["stages"], ward["id"]
        assert outcome.ballots == wanted["valid"]


@of_contests("scotland-stv")
def test_wards_as_csv(name: str) -> None:
    one = contest(name)
    wards = json.loads(elections("scotland", "expected.json").read_text())["wards"]
    assert len(wards) == one["contests"]
    assert sum(ward["ballots"] for ward in wards.values()) == one["ballots"]
    for file, wanted in wards.items():
        read = read_scottish_csv(text_of("scotland", file))
        outcome = count_stv(read.profile, seats=read.seats or 0)
        names = read.profile.options
        assert {names[option] for option in outcome.winners} == set(wanted["elected_names"]), file
        assert {option + 1 for option in outcome.winners} == set(wanted["elected"]), file
        assert (read.seats, outcome.ballots) == (wanted["seats"], wanted["ballots"])
        assert quota_of(outcome) == wanted["quota"], file
        assert stages_of(outcome) == wanted["rounds"], file


@of_contests("scotland-council-")
def test_whole_councils_by_party(name: str) -> None:
    """Seats as the councils published them, over all of their wards."""
    one = contest(name)
    folder = elections("scotland")
    wards = sorted(folder.glob(one["file"].rpartition("/")[2]))
    assert len(wards) == one["contests"]
    seats: Counter[str] = Counter()
    for path in wards:
        text = text_of("scotland", path.name)
        told = count_file(path.read_bytes(), method="stv")
        parties = parties_of(text)
        seats.update(parties[winner] for winner in told["winners"])
    assert seats == one["expected"]["seats_by_party_over_all_wards"]
    assert seats.total() == one["seats"]


def parties_of(text: str) -> dict[str, str]:
    """Return each candidate's party by the letters it is known by."""
    rows = [line.replace('"', "").split(",") for line in text.splitlines()]
    return {
        row[1].strip(): row[2].strip().rpartition("(")[2].removesuffix(")")
        for row in rows
        if row[0].startswith("Candidate ")
    }


@of_contests("scotland-by-elections")
def test_by_elections(name: str) -> None:
    expected = json.loads(elections("scotland-by-elections", "expected.json").read_text())
    assert len(expected["contests"]) == contest(name)["contests"]
    for file, wanted in expected["contests"].items():
        read = read_blt(text_of("scotland-by-elections", file))
        outcome = count_stv(read.profile, seats=read.seats or 0)
        assert [option + 1 for option in outcome.winners] == wanted["elected"], file
        # five of the files have names in quotes, which the expectation kept
        names = [name.strip('"') for name in wanted["names"]]
        assert list(read.profile.options) == names
        assert (read.seats, outcome.ballots) == (wanted["seats"], wanted["ballots"])
        first: Any = outcome.rounds[0]["votes"]
        assert {name: float(votes) for name, votes in first.items()} == {
            name.strip('"'): votes for name, votes in wanted["first_preferences"].items()
        }
        assert stages_of(outcome) == wanted["stages"], file
