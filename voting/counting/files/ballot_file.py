"""What a ballot file holds once it is read."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

ProfileT = TypeVar("ProfileT", covariant=True)


@dataclass(frozen=True)
class BallotFile(Generic[ProfileT]):
    """The ballots of a file and what else it says of the vote.

    seats: None where the file does not say; seats_line: the line where it does. title: empty where
    it has none. lots: the names in the order drawn for breaking ties, most favoured first; empty
    where none was drawn.
    """

    profile: ProfileT
    seats: int | None = None
    title: str = ""
    lots: tuple[str, ...] = ()
    seats_line: int | None = field(default=None, compare=False)
