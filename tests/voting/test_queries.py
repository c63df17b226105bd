from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from guilds.models import Membership
from tests.builders import MEANS, NOW, make_guild, make_proposal, make_user, make_vote
from voting import casting, closing, queries, services
from voting.models import Choice, ProposalState

DAY = timedelta(days=1)


def test_what_waits_for_my_ballot_the_first_to_close_first(db: Session) -> None:
    alice, bob = make_user(db, "alice"), make_user(db, "bob")
    river = make_guild(db, admins=[alice], members=[bob])
    hill = make_guild(db, admins=[bob], members=[alice], slug="hill-guild")
    late = make_vote(db, river, alice, title="late", voting_length=9 * DAY)
    soon = make_vote(db, hill, alice, title="soon", voting_length=3 * DAY)
    voted = make_vote(db, river, alice, title="voted")
    casting.cast_ballot(db, voted, actor=bob, marks=Choice.ABSTAIN, now=NOW)
    make_proposal(db, river, alice, title="in debate")
    make_vote(db, river, alice, title="over", now=NOW - 9 * DAY)
    waiting = queries.waiting_for_my_ballot(db, bob, NOW, 10)
    assert [(p.title, guild.slug) for p, guild in waiting] == [
        (soon.title, "hill-guild"),
        (late.title, "river-guild"),
    ]
    assert len(queries.waiting_for_my_ballot(db, bob, NOW, 1)) == 1
    assert queries.waiting_for_my_ballot(db, make_user(db, "charlie"), NOW, 10) == []
    db.connection().execute(
        sa.delete(Membership).where(
            col(Membership.user_id) == bob.id, col(Membership.guild_id) == river.id
        )
    )
    assert [p.title for p, _ in queries.waiting_for_my_ballot(db, bob, NOW, 10)] == ["soon"]


def test_what_a_guild_has_open_and_what_it_decided(db: Session) -> None:
    alice = make_user(db, "alice")
    guild = make_guild(db, admins=[alice])
    make_vote(db, guild, alice, title="in vote")
    make_proposal(db, guild, alice, title="in debate")
    for days in (5, 9):
        over = make_vote(db, guild, alice, title=f"{days} days ago", now=NOW - days * DAY)
        closing.close_proposal(db, over, MEANS, now=over.closes_at)
    withdrawn = make_proposal(db, guild, alice, title="withdrawn")
    services.withdraw(db, withdrawn, actor=alice, now=NOW)
    opened = queries.open_proposals_of_guild(db, guild, 10)
    assert [p.title for p in opened] == ["in vote", "in debate"]
    decided = queries.recently_decided(db, guild, 10)
    assert [p.title for p in decided] == ["5 days ago", "9 days ago"]
    assert len(queries.recently_decided(db, guild, 1)) == 1


def test_pages_of_proposals_miss_none_though_all_were_put_at_once(db: Session) -> None:
    alice = make_user(db, "alice")
    guild = make_guild(db, admins=[alice])
    made = {make_proposal(db, guild, alice).id for _ in range(queries.PAGE + 5)}
    first = queries.proposals(db, guild)
    assert len(first) == queries.PAGE + 1
    last = first[queries.PAGE - 1]
    second = queries.proposals(db, guild, before=(last.put_at, last.id))
    assert {p.id for p in first[: queries.PAGE]} | {p.id for p in second} == made
    assert len(second) == 5
    none = queries.proposals(db, guild, states=frozenset({ProposalState.PASSED}))
    assert none == []
