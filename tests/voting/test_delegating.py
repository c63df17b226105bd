"""Delegations followed to their end: tables of cases, then whatever chance comes up with."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voting.delegating import (
    GUILD_SCOPE,
    Given,
    Represented,
    Why,
    narrowest,
    represent,
    scopes_of,
    topic_scope,
    weights,
)

START = datetime(2026, 3, 1, tzinfo=UTC)


def person(number: int) -> UUID:
    return UUID(int=number + 1)


def holds(chain: dict[int, int]) -> dict[UUID, Given]:
    """Principal -> holder, given in the order of the principals' numbers."""
    return {
        person(one): Given(person(one), person(other), GUILD_SCOPE, START + timedelta(hours=one))
        for one, other in chain.items()
    }


def people(*numbers: int) -> set[UUID]:
    return {person(number) for number in numbers}


def said(
    chain: dict[int, int], voted: set[UUID], electors: set[UUID], cap: int = 0
) -> dict[int, int | str]:
    """Principal -> the number of who spoke for them, or why nobody did."""
    found = represent(electors, voted, holds(chain), cap)
    return {
        one.int - 1: end.voter.int - 1 if end.voter else str(end.why) for one, end in found.items()
    }


FIVE = people(0, 1, 2, 3, 4)


@pytest.mark.parametrize(
    ("chain", "voted", "then"),
    [
        ({0: 1}, people(1), {0: 1}),
        ({0: 1, 1: 2, 2: 3}, people(3), {0: 3, 1: 3, 2: 3}),
        ({0: 1, 1: 2}, people(1, 2), {0: 1}),  # one's own ballot overrides, and ends the chain
        ({0: 1}, people(0, 1), {}),
        ({0: 1}, people(), {0: "dead end"}),
        ({0: 1, 1: 9}, people(), {0: "dead end", 1: "dead end"}),  # 9 has no seat
        ({0: 9, 9: 1}, people(1), {0: "dead end"}),  # who has no ballot passes none on
        ({0: 1, 1: 0}, people(), {0: "loop", 1: "loop"}),
        ({0: 1, 1: 2, 2: 1}, people(), {0: "loop", 1: "loop", 2: "loop"}),
        ({0: 1, 1: 2, 2: 0}, people(2), {0: 2, 1: 2}),  # a ballot opens a loop
    ],
)
def test_a_chain_ends_at_the_first_who_voted_or_nowhere(
    chain: dict[int, int], voted: set[UUID], then: dict[int, int | str]
) -> None:
    assert said(chain, voted, FIVE) == then


def test_the_cap_leaves_out_who_gave_last_however_the_chains_lie() -> None:
    chain = {0: 1, 1: 4, 2: 4, 3: 2}
    assert said(chain, people(4), FIVE, 3) == {0: 4, 1: 4, 2: 4, 3: "cap"}
    assert said(chain, people(4), FIVE, 1) == {0: 4, 1: "cap", 2: "cap", 3: "cap"}
    assert said(chain, people(4), FIVE, 4) == said(chain, people(4), FIVE)


def test_the_narrowest_delegation_holds() -> None:
    proposal = UUID(int=99)
    scopes = scopes_of(proposal, "Rivers")
    given = [
        Given(person(0), person(1), GUILD_SCOPE, START),
        Given(person(0), person(2), topic_scope("rivers"), START),
        Given(person(0), person(3), f"proposal:{proposal}", START),
        Given(person(1), person(2), topic_scope("roads"), START),
    ]
    for order in (given, given[::-1]):
        held = narrowest(order, scopes)
        assert {one: found.holder for one, found in held.items()} == {person(0): person(3)}
    assert narrowest(given[:2], scopes)[person(0)].holder == person(2)
    assert narrowest(given[:1], scopes_of(proposal, ""))[person(0)].holder == person(1)


def by_walking(
    electors: set[UUID], voted: set[UUID], held: dict[UUID, Given]
) -> dict[UUID, Represented]:
    """The same without a cap, each chain walked by itself from its start."""
    found = {}
    for start in held.keys() & electors - voted:
        seen, at = {start}, held[start].holder
        while True:
            if at in voted:
                found[start] = Represented(at)
            elif at in seen:
                found[start] = Represented(None, Why.LOOP)
            elif at not in electors or at not in held:
                found[start] = Represented(None, Why.DEAD_END)
            else:
                seen.add(at)
                at = held[at].holder
                continue
            break
    return found


@st.composite
def votes(draw: st.DrawFn) -> tuple[set[UUID], set[UUID], dict[UUID, Given]]:
    """Electors, who of them voted, delegations of anybody to anybody else; times may be equal."""
    size = draw(st.integers(1, 12))
    everybody = [person(number) for number in range(size)]
    electors = draw(st.sets(st.sampled_from(everybody)))
    voted = draw(st.sets(st.sampled_from(sorted(electors)))) if electors else set()
    held = {}
    for one in everybody:
        holder = draw(st.sampled_from([None, *everybody]))
        hours = draw(st.integers(0, 3))
        if holder is not None and holder != one:
            held[one] = Given(one, holder, GUILD_SCOPE, START + timedelta(hours=hours))
    return electors, voted, held


@given(votes(), st.integers(0, 4), st.randoms(use_true_random=False))
@settings(max_examples=400, deadline=None)
def test_no_weight_is_made_or_lost_and_no_order_matters(
    vote: tuple[set[UUID], set[UUID], dict[UUID, Given]], cap: int, chance: random.Random
) -> None:
    electors, voted, held = vote
    found = represent(electors, voted, held, cap)
    absent = {one for one in held if one in electors and one not in voted}
    assert found.keys() == absent
    spoken = weights(found)
    assert spoken.keys() <= voted
    unheard = sum(end.voter is None for end in found.values())
    cast = sum(1 + spoken[one] for one in voted)
    assert cast + unheard == len(voted) + len(absent)
    assert cast <= len(electors)
    for end in found.values():
        assert (end.voter is None) == (end.why is not None)
    free = by_walking(electors, voted, held)
    if cap:
        assert all(number <= cap for number in spoken.values())
        for one, end in found.items():
            assert end == free[one] or (end.why == Why.CAP and spoken[free[one].voter] == cap)  # type: ignore[index] # who is left out had a voter
    else:
        assert found == free
    shuffled = list(held.items())
    chance.shuffle(shuffled)
    assert represent(electors, voted, dict(shuffled), cap) == found


@given(votes(), st.integers(0, 4), st.data())
@settings(max_examples=100, deadline=None)
def test_changes_in_any_order_that_leave_the_same_delegations_count_the_same(
    vote: tuple[set[UUID], set[UUID], dict[UUID, Given]], cap: int, data: st.DataObject
) -> None:
    """Give, change and revoke as one likes before: only what stands at the close counts."""
    electors, voted, held = vote
    detours = data.draw(st.lists(st.sampled_from(sorted(held)), max_size=8)) if held else []
    standing: dict[UUID, Given] = {}
    for one in detours:
        if one in standing:
            del standing[one]
        else:
            standing[one] = held[one]._replace(holder=person(50), given_at=START)
    for one in data.draw(st.permutations(sorted(held))):
        standing[one] = held[one]
    assert represent(electors, voted, standing, cap) == represent(electors, voted, held, cap)


@pytest.mark.timeout(60)  # following each chain from its start would not end in hours
def test_a_hundred_thousand_in_one_chain_and_in_one_crowd_are_done() -> None:
    size = 100_000
    everybody = {person(number) for number in range(size)}
    chain = holds({number: number + 1 for number in range(size - 1)})
    crowd = holds(dict.fromkeys(range(size - 1), size - 1))
    voted = {person(size - 1)}
    assert weights(represent(everybody, voted, chain, 0)) == {person(size - 1): size - 1}
    assert weights(represent(everybody, voted, crowd, 7)) == {person(size - 1): 7}
