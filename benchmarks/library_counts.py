"""One count by a library, for benchmarks.libraries: run where those are, it uses nothing of ours.

    python -m benchmarks.library_counts DATABASE PROPOSAL METHOD SEATS LIBRARY

It prints the milliseconds of the processor, or that it refuses to break a tie. Ballots are complete
rankings, a character an option. The Schulze method of pref_voting is its beat path; its forms of
STV take half a minute for a hundred thousand ballots and are left out.
"""

import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from importlib import import_module
from typing import Any, TypeAlias

#: best option first
Order: TypeAlias = tuple[int, ...]
#: module of a library -> its count: (orders, seats) -> places
Libraries: TypeAlias = Mapping[str, Callable[[Sequence[Order], int], Sequence[int]]]


def pref_voting_schulze(orders: Sequence[Order], _seats: int) -> Sequence[int]:
    profile: Any = _of("pref_voting.profiles").Profile(orders)
    return list(_of("pref_voting.margin_based_methods").beat_path(profile))


def pref_voting_irv(orders: Sequence[Order], _seats: int) -> Sequence[int]:
    profile: Any = _of("pref_voting.profiles").Profile(orders)
    return list(_of("pref_voting.iterative_methods").instant_runoff(profile))


def pyrankvote_irv(orders: Sequence[Order], _seats: int) -> Sequence[int]:
    return _pyrankvote(orders, _of("pyrankvote").instant_runoff_voting)


def pyrankvote_stv(orders: Sequence[Order], seats: int) -> Sequence[int]:
    return _pyrankvote(orders, _of("pyrankvote").single_transferable_vote, seats)


def _pyrankvote(orders: Sequence[Order], counted: Callable[..., Any], *seats: int) -> list[int]:
    library: Any = _of("pyrankvote")
    options = [library.Candidate(str(place)) for place in range(len(orders[0]))]
    ballots = [library.Ballot(ranked_candidates=[options[at] for at in one]) for one in orders]
    return [int(winner.name) for winner in counted(options, ballots, *seats).get_winners()]


def votelib_schulze(orders: Sequence[Order], seats: int) -> Sequence[int]:
    pairs = _of("votelib.convert").RankedToCondorcetVotes().convert(Counter(orders))
    return list(_of("votelib.evaluate.condorcet").Schulze().evaluate(pairs, seats))


def votelib_transfers(orders: Sequence[Order], seats: int) -> Sequence[int]:
    counting = _of("votelib.evaluate.sequential").TransferableVoteSelector(quota_function="droop")
    return list(counting.evaluate(dict(Counter(orders)), seats))


BY_METHOD: Mapping[str, Libraries] = {
    "schulze": {"pref_voting": pref_voting_schulze, "votelib": votelib_schulze},
    "irv": {
        "pref_voting": pref_voting_irv,
        "pyrankvote": pyrankvote_irv,
        "votelib": votelib_transfers,
    },
    "stv": {"pyrankvote": pyrankvote_stv, "votelib": votelib_transfers},
}
REFUSED = "refused"
#: counted first and forgotten: modules are imported then, and numba compiles
FIRST: Sequence[Order] = [(0, 1, 2), (0, 2, 1), (1, 0, 2)]


def _of(name: str) -> Any:
    """A module of a library, which is not there where the types of this file are checked."""
    return import_module(name)


def main(database: str, proposal: str, method: str, seats: str, library: str) -> None:
    counted = BY_METHOD[method][library]
    counted(FIRST, 1)
    try:
        print(_taken(database, proposal, lambda orders: counted(orders, int(seats))))
    except NotImplementedError:
        print(REFUSED)


def _taken(database: str, proposal: str, counted: Callable[[Sequence[Order]], object]) -> float:
    with closing(sqlite3.connect(database)) as connection:
        began = time.process_time()
        rows = connection.execute("SELECT marks FROM ballot WHERE proposal_id = ?", (proposal,))
        orders = [tuple(sorted(range(len(marks)), key=marks.__getitem__)) for (marks,) in rows]
        counted(orders)
        return (time.process_time() - began) * 1000


if __name__ == "__main__":
    main(*sys.argv[1:])
