"""Who speaks for whom in one vote: delegations followed to their end. Plain values in and out.

A principal lets a holder vote for them. A holder who does not vote passes on to their own holder
what they were given, so every delegation leads along a chain. It ends well at the first person who
voted; who ends elsewhere counts as not voting. A ballot of one's own always overrides.

Source: docs/decisions/0208-delegation.md
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

#: the scope of a delegation for all that a guild decides
GUILD_SCOPE = ""


class Why(StrEnum):
    """Why nobody's ballot spoke for a principal."""

    LOOP = "loop"
    DEAD_END = "dead end"
    CAP = "cap"


class Given(NamedTuple):
    """One delegation as it stands."""

    principal: UUID
    holder: UUID
    scope: str
    given_at: datetime


class Represented(NamedTuple):
    """voter: whose ballot speaks for a principal; None: nobody's, and `why` says so."""

    voter: UUID | None
    why: Why | None = None


_WALKING = Represented(None, Why.LOOP)
_DEAD_END = Represented(None, Why.DEAD_END)


def topic_scope(topic: str) -> str:
    """The scope of a delegation on one topic; capitals do not make another topic."""
    return f"topic:{topic.lower()}"


def proposal_scope(proposal_id: UUID) -> str:
    return f"proposal:{proposal_id}"


def scopes_of(proposal_id: UUID, topic: str) -> tuple[str, ...]:
    """The scopes that reach a proposal, the narrowest first."""
    topics = (topic_scope(topic),) if topic else ()
    return (proposal_scope(proposal_id), *topics, GUILD_SCOPE)


def narrowest(given: Iterable[Given], scopes: Sequence[str]) -> dict[UUID, Given]:
    """The one delegation of each principal that holds; scopes: the narrowest first."""
    rank = {scope: place for place, scope in enumerate(scopes)}
    held: dict[UUID, Given] = {}
    for one in given:
        before = held.get(one.principal)
        if one.scope in rank and (before is None or rank[one.scope] < rank[before.scope]):
            held[one.principal] = one
    return held


def represent(
    electors: Collection[UUID], voted: Collection[UUID], held: Mapping[UUID, Given], cap: int
) -> dict[UUID, Represented]:
    """How each elector who has a delegation and did not vote is represented.

    electors, voted: sets. held: principal -> the delegation that holds (`narrowest`). cap: most
    people a voter speaks for besides themselves, those who gave first coming first; 0: no limit.
    The answer depends on nothing else, such as the order of the mappings.
    """
    ends: dict[UUID, Represented] = {}
    for principal in held:
        _walk(principal, electors, voted, held, ends)
    return _capped(ends, held, cap) if cap else ends


def _walk(
    start: UUID,
    electors: Collection[UUID],
    voted: Collection[UUID],
    held: Mapping[UUID, Given],
    ends: dict[UUID, Represented],
) -> None:
    """Follow one chain and write its end to everybody on it; each person is passed once in all."""
    passed: list[UUID] = []
    person = start
    while True:
        if person in voted:
            end = Represented(person)
            break
        if person in ends:  # known already, or the chain has come back to itself
            end = ends[person]
            break
        if person not in electors or person not in held:
            end = _DEAD_END
            break
        ends[person] = _WALKING
        passed.append(person)
        person = held[person].holder
    for person in passed:
        ends[person] = end


def _capped(
    ends: Mapping[UUID, Represented], held: Mapping[UUID, Given], cap: int
) -> dict[UUID, Represented]:
    """The same, with those left out who came when their voter spoke for `cap` people already."""
    spoken_for: dict[UUID, list[UUID]] = defaultdict(list)
    for principal, end in ends.items():
        if end.voter is not None:
            spoken_for[end.voter].append(principal)
    left_out = {
        principal
        for principals in spoken_for.values()
        if len(principals) > cap
        for principal in in_order(principals, held)[cap:]
    }
    too_many = Represented(None, Why.CAP)
    return {
        principal: too_many if principal in left_out else end for principal, end in ends.items()
    }


def in_order(principals: Iterable[UUID], held: Mapping[UUID, Given]) -> list[UUID]:
    """Principals by when they gave, the earliest first; of one instant by key."""
    return sorted(principals, key=lambda one: (held[one].given_at, one))


def weights(ends: Mapping[UUID, Represented]) -> Counter[UUID]:
    """Voter -> how many people their ballot speaks for besides themselves."""
    return Counter(end.voter for end in ends.values() if end.voter is not None)
