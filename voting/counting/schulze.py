"""The Schulze method: an option beats another by the strongest path of majorities between them.

A majority is as strong as the ballots on its winning side (winning votes); a path is as strong as
its weakest majority. The ranking puts options by how many others beat them, which keeps everyone
above all they beat. Source: Markus Schulze, "A new monotonic, clone-independent, reversal
symmetric, and Condorcet-consistent single-winner election method", Social Choice and Welfare 36
(2011), sections 2.1 and 2.3.1 (the algorithm of section 2.3.1 is Floyd and Warshall's).
"""

from collections.abc import Sequence

from voting.counting.outcome import Outcome, Round
from voting.counting.pairwise import by_name, elect_top, preferences, ranking_of
from voting.counting.profiles import RankedProfile, Unranked
from voting.counting.ties import TieBreak

LISTED = TieBreak()


def count_schulze(
    profile: RankedProfile,
    *,
    seats: int = 1,
    unranked: Unranked | None = None,
    ineligible: Sequence[str] = (),
    ties: TieBreak = LISTED,
) -> Outcome:
    """Rank the options and give the seats to the top.

    unranked: how options a ballot leaves out are read; None: as the profile says. ineligible:
    names that are ranked but take no seat. Options beaten by equally many share a group of the
    ranking; a tie for the last seat is left to ties. Raises ValueError if seats is below 1 or
    ineligible names no option.
    """
    matrix = preferences(profile, unranked)
    paths = strongest_paths(matrix)
    everyone = range(len(profile.options))
    ranking = ranking_of([[paths[a][b] > paths[b][a] for b in everyone] for a in everyone])
    winners, broken = elect_top(ranking, seats, ineligible, profile.options, ties)
    table: Round = {
        "preferences": by_name(matrix, profile.options),
        "strongest_paths": by_name(paths, profile.options),
        "ties": [tie.as_json(profile.options) for tie in broken],
    }
    return Outcome("schulze", profile.ballot_count, winners, ranking, (table,), broken)


def strongest_paths(matrix: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return [a][b] the strength of the strongest path from a to b; 0: there is none."""
    everyone = range(len(matrix))
    paths = [
        [matrix[a][b] if matrix[a][b] > matrix[b][a] else 0 for b in everyone] for a in everyone
    ]
    for through in everyone:
        onward = paths[through]
        for start in everyone:
            if start == through:
                continue
            row, reach = paths[start], paths[start][through]
            for end in everyone:
                if end != start:
                    row[end] = max(row[end], min(reach, onward[end]))
    return paths
