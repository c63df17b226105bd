"""Letting another vote, from giving it to the count at the close."""

import json
import random
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import Session, delete, select

import guilds.services
from accounts.models import User
from core.errors import NotAllowed, RuleBroken
from core.mail import Writer
from guilds.charter import Charter, Method
from guilds.charter_templates import TEMPLATES
from guilds.models import Guild, GuildState
from guilds.signals import member_left
from notifications.models import Notice
from tests.builders import MEANS, NOW, VAULT, make_guild, make_proposal, make_user, make_vote
from voting import bundles, casting, chains, closing, delegations, signals
from voting.box import entry, root_of
from voting.chains import End
from voting.delegation_notices import UNREPRESENTED, unrepresented
from voting.models import Ballot, Choice, Delegation, Proposal, ProposalState, Representation
from voting.notices import closes_soon
from voting.question import OptionFacts
from voting.recounting.check import check

DAY = timedelta(days=1)


def charter_with(**changes: object) -> Charter:
    """The simple assembly, every rule of it changed."""
    rules = TEMPLATES["simple-assembly"].charter.rules
    return Charter(rules={kind: rule.model_copy(update=changes) for kind, rule in rules.items()})


@pytest.fixture(autouse=True)
def _reactions() -> Iterator[None]:
    with ExitStack() as stack:
        stack.enter_context(member_left.connected_to(delegations.end_of_member))
        stack.enter_context(signals.proposal_decided.connected_to(delegations.forget))
        stack.enter_context(signals.proposal_withdrawn.connected_to(delegations.forget))
        yield


@pytest.fixture
def people(db: Session) -> list[User]:
    """Alice, Bob, Dora, Emil, Fay and Gus, who all belong to the guild."""
    names = ("alice", "bob", "dora", "emil", "fay", "gus")
    return [make_user(db, name) for name in names]


@pytest.fixture
def guild(db: Session, people: list[User]) -> Guild:
    return make_guild(db, admins=people[:1], members=people[1:])


def make_capped(db: Session, people: list[User]) -> Guild:
    """Theirs too, where nobody speaks for more than one other."""
    return make_guild(
        db,
        admins=people[:1],
        members=people[1:],
        slug="capped",
        charter=charter_with(delegation_cap=1),
    )


def lets(db: Session, guild: Guild, one: User, other: User, topic: str = "") -> Delegation:
    return delegations.give(db, guild, holder=other, topic=topic, actor=one, now=NOW)


def cast(db: Session, proposal: Proposal, user: User, choice: Choice = Choice.YES) -> None:
    casting.cast_ballot(db, proposal, actor=user, marks=choice, now=NOW)


def close(db: Session, proposal: Proposal) -> None:
    assert closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    db.expire_all()


def told(db: Session) -> set[UUID | None]:
    """Who was told that somebody does not vote for them any more."""
    return set(db.exec(select(Notice.user_id).where(Notice.kind == UNREPRESENTED)))


def represented(db: Session, proposal: Proposal) -> dict[str, str]:
    """Handle of each principal -> handle of who voted for them, or why nobody did."""
    rows = db.exec(select(Representation).where(Representation.proposal_id == proposal.id)).all()
    return {
        db.get_one(User, row.principal_id).handle: db.get_one(User, row.voter_id).handle
        if row.voter_id
        else row.why
        for row in rows
    }


# --- give ---


def test_who_gives_again_changes_the_holder_and_a_narrower_one_stands_beside(
    db: Session, guild: Guild, people: list[User]
) -> None:
    alice, bob, dora, *_ = people
    first = lets(db, guild, bob, alice)
    assert lets(db, guild, bob, alice).given_at == first.given_at
    later = delegations.give(db, guild, holder=dora, actor=bob, now=NOW + DAY)
    assert (later.id, later.holder_id, later.given_at) == (first.id, dora.id, NOW + DAY)
    lets(db, guild, bob, alice, topic="Rivers")
    assert [row.scope for row, _ in chains.given(db, guild.id, bob.id)] == ["topic:rivers", ""]
    assert [user.handle for _, user in chains.held(db, guild.id, alice.id)] == ["bob"]


def test_only_to_another_member_and_only_in_a_guild_that_allows_it(
    db: Session, guild: Guild, people: list[User]
) -> None:
    alice, bob, *_ = people
    outsider = make_user(db, "charlie")
    with pytest.raises(RuleBroken, match="yourself"):
        lets(db, guild, bob, bob)
    with pytest.raises(RuleBroken, match="Only a member"):
        lets(db, guild, bob, outsider)
    with pytest.raises(NotAllowed):
        lets(db, guild, outsider, bob)
    plain = make_guild(db, admins=[alice], members=[bob], slug="plain", charter="affinity-group")
    with pytest.raises(RuleBroken, match="charter"):
        lets(db, plain, bob, alice)
    with pytest.raises(RuleBroken, match="charter"):
        delegations.give_on(db, make_proposal(db, plain, alice), holder=alice, actor=bob, now=NOW)
    guild.state = GuildState.DISSOLVED
    db.add(guild)
    db.flush()
    with pytest.raises(RuleBroken, match="dissolved"):
        lets(db, guild, bob, alice)


def test_on_one_proposal_until_its_close_and_not_after_ones_own_ballot(
    db: Session, guild: Guild, people: list[User]
) -> None:
    alice, bob, dora, *_ = people
    proposal = make_vote(db, guild, alice)
    newcomer = make_user(db, "newcomer")
    guilds.services.add_member(db, guild, newcomer, role="member", now=NOW)
    give = delegations.give_on
    with pytest.raises(RuleBroken, match="no ballot in this vote that"):
        give(db, proposal, holder=bob, actor=newcomer, now=NOW)
    with pytest.raises(RuleBroken, match="Newcomer has no ballot"):
        give(db, proposal, holder=newcomer, actor=bob, now=NOW)
    with pytest.raises(RuleBroken, match="closed"):
        give(db, proposal, holder=alice, actor=bob, now=proposal.closes_at)
    give(db, proposal, holder=alice, actor=bob, now=NOW)
    cast(db, proposal, dora)
    with pytest.raises(RuleBroken, match="voted yourself"):
        give(db, proposal, holder=alice, actor=dora, now=NOW)
    close(db, proposal)
    with pytest.raises(RuleBroken, match="not open"):
        give(db, proposal, holder=alice, actor=bob, now=NOW)
    assert db.exec(select(Delegation)).all() == []


def test_who_speaks_for_as_many_as_the_charter_lets_is_full(
    db: Session, people: list[User]
) -> None:
    alice, bob, dora, emil, *_ = people
    guild = make_guild(
        db,
        admins=[alice],
        members=people[1:],
        slug="capped",
        charter=charter_with(delegation_cap=2),
    )
    lets(db, guild, bob, alice)
    lets(db, guild, dora, alice)
    with pytest.raises(RuleBroken, match="Alice votes for 2 others already"):
        lets(db, guild, emil, alice)
    assert lets(db, guild, bob, alice)  # who was there already stays
    with pytest.raises(RuleBroken, match="Alice votes for 2"):
        lets(db, guild, emil, alice, topic="rivers")
    proposal = make_proposal(db, guild, alice)
    delegations.give_on(db, proposal, holder=emil, actor=dora, now=NOW)  # overrides Alice there
    delegations.give_on(db, proposal, holder=alice, actor=emil, now=NOW)
    with pytest.raises(RuleBroken, match="Alice votes for 2"):
        delegations.give_on(db, proposal, holder=alice, actor=people[4], now=NOW)


# --- end ---


def test_either_of_the_two_ends_it_and_nobody_else(
    db: Session, guild: Guild, people: list[User]
) -> None:
    alice, bob, dora, *_ = people
    given = lets(db, guild, bob, alice)
    with pytest.raises(NotAllowed):
        delegations.end(db, given, actor=dora, now=NOW)
    delegations.end(db, given, actor=bob, now=NOW)
    delegations.end(db, given, actor=bob, now=NOW)
    given = lets(db, guild, bob, alice)
    delegations.end(db, given, actor=alice, now=NOW)
    assert db.exec(select(Delegation)).all() == []
    assert told(db) == {bob.id}  # what another ended, not what one took back oneself


def test_leaving_and_erasing_end_what_was_given_and_held(
    db: Session, guild: Guild, people: list[User]
) -> None:
    alice, bob, dora, emil, *_ = people
    lets(db, guild, alice, bob)
    lets(db, guild, bob, dora)
    lets(db, guild, emil, alice)
    guilds.services.leave(db, guild, actor=bob, now=NOW)
    left = db.exec(select(Delegation.principal_id, Delegation.holder_id)).all()
    assert left == [(emil.id, alice.id)]
    assert told(db) == {alice.id}
    db.delete(emil)
    db.flush()
    assert db.exec(select(Delegation)).all() == []


def test_between_the_close_and_the_count_nothing_that_reaches_the_vote_changes(
    db: Session, guild: Guild, people: list[User]
) -> None:
    alice, bob, dora, *_ = people
    given = lets(db, guild, bob, alice)
    proposal = make_vote(db, guild, alice, topic="rivers")
    late = proposal.closes_at
    for change in (
        lambda: delegations.end(db, given, actor=bob, now=late),
        lambda: delegations.give(db, guild, holder=alice, actor=dora, now=late),
        lambda: delegations.give(db, guild, holder=alice, topic="Rivers", actor=dora, now=late),
    ):
        with pytest.raises(RuleBroken, match="being counted"):
            change()
    delegations.give(db, guild, holder=alice, topic="roads", actor=dora, now=late)
    close(db, proposal)
    delegations.end(db, given, actor=bob, now=late)


# --- the count ---


def test_the_close_weighs_ballots_and_keeps_how_each_was_represented(
    db: Session, guild: Guild, people: list[User]
) -> None:
    alice, bob, dora, emil, fay, gus = people
    lets(db, guild, bob, dora)
    lets(db, guild, dora, alice)
    lets(db, guild, fay, gus)
    lets(db, guild, gus, fay)
    lets(db, guild, emil, alice)
    proposal = make_vote(db, guild, alice)
    cast(db, proposal, alice)
    cast(db, proposal, emil, Choice.NO)
    assert proposal.tally == (1, 1, 0, 6, 6)  # before the close: own ballots alone
    close(db, proposal)
    assert represented(db, proposal) == {
        "bob": "alice",
        "dora": "alice",
        "fay": "loop",
        "gus": "loop",
    }
    assert proposal.tally == (3, 1, 0, 6, 6)
    assert proposal.ballot_count == 4
    assert proposal.represented_count == 2
    assert proposal.state == ProposalState.PASSED
    ballots = db.exec(select(Ballot).where(Ballot.proposal_id == proposal.id)).all()
    assert {(b.user_id, b.weight) for b in ballots} == {(alice.id, 3), (emil.id, 1)}
    box = [entry(b.nonce, b.weight, b.marks) for b in ballots]
    assert proposal.root_hash == root_of(box).hex()
    assert db.exec(select(Delegation)).all() != []  # those for the guild stay


@pytest.mark.usefixtures("clock_at")
def test_the_reminder_before_the_close_says_where_a_delegation_leads(
    db: Session, writer: Writer, people: list[User]
) -> None:
    alice, bob, dora, emil, fay, gus = people
    guild = make_capped(db, people)
    for principal, holder in ((bob, alice), (emil, fay), (fay, emil)):
        lets(db, guild, principal, holder)
    delegations.give(db, guild, holder=bob, actor=dora, now=NOW + timedelta(minutes=1))
    proposal = make_vote(db, guild, gus)
    cast(db, proposal, alice)

    def told(user: User) -> str:
        owed = select(Notice).where(Notice.kind == "voting.closes_soon")
        message = closes_soon(db, db.exec(owed.where(Notice.user_id == user.id)).one(), writer)
        assert message is not None
        assert "let somebody vote" not in str(message.discreet_body)
        return " ".join(message.body.split())

    assert "has voted, so your voice is in" in told(bob)
    assert "speaks for as many as the charter lets" in told(dora)
    assert "nobody does: it goes in a circle" in told(emil)
    assert "you need do nothing" in told(gus)


def test_topics_proposals_dead_ends_and_the_cap(db: Session, people: list[User]) -> None:
    alice, bob, dora, emil, fay, gus = people
    guild = make_capped(db, people)
    proposal = make_proposal(db, guild, alice, topic="Rivers")
    lets(db, guild, bob, dora)
    lets(db, guild, bob, alice, topic="rivers")
    delegations.give(db, guild, holder=bob, actor=dora, now=NOW + timedelta(minutes=1))
    lets(db, guild, emil, fay)
    delegations.give_on(db, proposal, holder=emil, actor=gus, now=NOW)
    closing_at = proposal.closes_at
    from voting.services import open_voting

    open_voting(db, proposal, now=proposal.opens_at)
    casting.cast_ballot(db, proposal, actor=alice, marks="yes", now=closing_at - DAY)
    close(db, proposal)
    assert represented(db, proposal) == {
        "bob": "alice",
        "dora": "cap",
        "emil": "dead end",
        "gus": "dead end",
    }
    assert db.exec(select(Delegation).where(Delegation.principal_id == gus.id)).all() == []


def test_a_kind_that_forbids_delegation_counts_own_ballots(
    db: Session, guild: Guild, people: list[User]
) -> None:
    alice, bob, *_ = people
    lets(db, guild, bob, alice)
    proposal = make_vote(db, guild, alice)
    proposal.rule = {**proposal.rule, "delegation": False}
    cast(db, proposal, alice)
    close(db, proposal)
    assert proposal.tally.ballots == 1
    assert represented(db, proposal) == {}


def test_who_left_after_voting_speaks_for_nobody_but_stays_counted(
    db: Session, guild: Guild, people: list[User]
) -> None:
    alice, bob, dora, *_ = people
    lets(db, guild, bob, dora)
    proposal = make_vote(db, guild, alice)
    cast(db, proposal, dora)
    guilds.services.leave(db, guild, actor=dora, now=NOW)
    close(db, proposal)
    assert proposal.ballot_count == 1
    assert represented(db, proposal) == {}


# --- before the close ---


def ends(db: Session, proposal: Proposal, user: User) -> tuple[list[str], End]:
    chain = chains.chain(db, proposal, user)
    assert chain is not None
    return [person.handle for person in chain.people], chain.end


def test_a_chain_tells_where_it_leads_just_now(
    db: Session, guild: Guild, people: list[User]
) -> None:
    alice, bob, dora, emil, fay, gus = people
    proposal = make_vote(db, guild, alice)
    assert chains.chain(db, proposal, bob) is None
    lets(db, guild, bob, dora)
    assert ends(db, proposal, bob) == (["dora"], End.WAITING)
    lets(db, guild, dora, alice)
    cast(db, proposal, alice)
    assert ends(db, proposal, bob) == (["dora", "alice"], End.VOTED)
    lets(db, guild, fay, gus)
    lets(db, guild, gus, fay)
    assert ends(db, proposal, fay) == (["gus", "fay"], End.LOOP)
    newcomer = make_user(db, "newcomer")
    guilds.services.add_member(db, guild, newcomer, role="member", now=NOW)
    lets(db, guild, emil, newcomer)
    assert ends(db, proposal, emil) == (["newcomer"], End.NO_BALLOT)
    crowd = chains.crowd(db, proposal, alice.id)
    assert (set(crowd.principals), crowd.is_all) == ({bob.id, dora.id}, True)
    proposal.rule = {**proposal.rule, "delegation_cap": 1}
    db.add(proposal)
    ends_of = {ends(db, proposal, one)[1] for one in (bob, dora)}
    assert ends_of == {End.VOTED, End.CAP}
    db.exec(delete(Ballot))
    ends_of = {ends(db, proposal, one)[1] for one in (bob, dora)}
    assert ends_of == {End.WAITING, End.CAP}  # so it would be if Alice voted


def test_a_page_follows_no_more_steps_than_it_should(db: Session) -> None:
    crowd = [make_user(db, f"member{number:02}") for number in range(chains.MOST_STEPS + 3)]
    guild = make_guild(db, admins=crowd[:1], members=crowd[1:])
    for one, other in pairwise(crowd):
        lets(db, guild, one, other)
    proposal = make_proposal(db, guild, crowd[0])
    people, end = ends(db, proposal, crowd[0])
    assert end == End.FAR
    assert len(people) == chains.MOST_STEPS


def test_a_person_gets_what_they_gave_and_how_it_counted(
    db: Session, guild: Guild, people: list[User]
) -> None:
    alice, bob, *_ = people
    lets(db, guild, bob, alice)
    proposal = make_vote(db, guild, alice)
    cast(db, proposal, alice)
    close(db, proposal)
    section, data = delegations.export_of_user(bob, db=db)
    assert section == "delegations"
    assert data == {
        "given": [{"guild": "River guild", "to": "alice", "for": "", "given_at": NOW.isoformat()}],
        "represented": [{"proposal": proposal.title, "by": "alice", "not_because": ""}],
    }


def test_who_lost_their_holder_is_told_discreetly_while_they_belong(
    db: Session, guild: Guild, people: list[User], app: Flask
) -> None:
    _, bob, dora, *_ = people
    lets(db, guild, bob, dora)
    guilds.services.leave(db, guild, actor=dora, now=NOW)
    notice = db.exec(select(Notice).where(Notice.kind == UNREPRESENTED)).one()
    render = app.jinja_env.get_template
    writer = Writer(lambda name, **facts: render(name).render(**facts), "http://localhost", VAULT)
    message = unrepresented(db, notice, writer)
    assert message is not None
    assert message.path == "/guilds/river-guild/delegations"
    assert "left it or handed that back" in message.body
    for telling in ("iver", "vote", "delegat"):
        assert telling not in f"{message.discreet_subject} {message.discreet_body}"
    guilds.services.leave(db, guild, actor=bob, now=NOW)
    assert unrepresented(db, notice, writer) is None


@pytest.mark.parametrize("seed", range(4))
def test_after_any_changes_in_any_order_no_weight_is_made_or_lost(
    db: Session, guild: Guild, people: list[User], seed: int
) -> None:
    chance = random.Random(seed)
    proposal = make_vote(db, guild, people[0], topic="rivers")
    proposal.rule = {**proposal.rule, "delegation_cap": 2}
    for _ in range(40):
        one, other = chance.sample(people, 2)
        with suppress(RuleBroken):
            match chance.randrange(9):
                case 0:
                    cast(db, proposal, one)
                case 1 | 2:
                    lets(db, guild, one, other)
                case 3 | 4:
                    lets(db, guild, one, other, topic="rivers")
                case 5 | 6:
                    delegations.give_on(db, proposal, holder=other, actor=one, now=NOW)
                case _:
                    given = [row for row, _ in chains.given(db, guild.id, one.id)]
                    for row in given[:1]:
                        delegations.end(db, row, actor=one, now=NOW)
    voted = set(db.exec(select(Ballot.user_id).where(Ballot.proposal_id == proposal.id)))
    gave = set(db.exec(select(Delegation.principal_id))) - voted
    close(db, proposal)
    rows = db.exec(select(Representation).where(Representation.proposal_id == proposal.id)).all()
    weights = list(db.exec(select(Ballot.weight).where(Ballot.proposal_id == proposal.id)))
    unheard = sum(row.voter_id is None for row in rows)
    assert {row.principal_id for row in rows} == gave
    assert sum(weights) + unheard == len(voted) + len(gave)
    assert sum(weights) == proposal.ballot_count == proposal.tally.ballots
    assert max(weights, default=1) <= 3
    assert proposal.represented_count == sum(weights) - len(voted)


def test_anyone_recounts_a_vote_in_which_some_spoke_for_others(
    db: Session, guild: Guild, people: list[User]
) -> None:
    alice, bob, dora, emil, *_ = people
    lets(db, guild, bob, alice)
    lets(db, guild, dora, alice)
    for more in ({}, {"method": Method.IRV, "options": (OptionFacts("Oak"), OptionFacts("Fir"))}):
        proposal = make_vote(db, guild, alice, **more)
        for user, marks in ((alice, "12"), (emil, "21")):
            ballot = marks if more else {"12": "yes", "21": "no"}[marks]
            casting.cast_ballot(db, proposal, actor=user, marks=ballot, now=NOW)
        close(db, proposal)
        text = "".join(bundles.bundle_text(db, proposal))
        assert sorted(ballot["weight"] for ballot in json.loads(text)["ballots"]) == [1, 3]
        found, result = check(text.encode())
        assert [one.said for one in found if not one.is_right] == []
        assert proposal.result is not None
        assert result["winners"] == proposal.result["winners"]
        assert result["ballots"] == proposal.ballot_count == 4
