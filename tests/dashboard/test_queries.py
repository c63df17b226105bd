"""What needs a person, in which order, and what is nobody else's business."""

from datetime import datetime, timedelta

from sqlmodel import Session, select

import voting.casting
import voting.closing
import voting.services
from dashboard import across, queries
from dashboard.queries import SHOWN, for_me, of_guild, public_news
from events.models import EventState, Visibility
from guilds.charter import Method
from guilds.models import Membership, Role
from petitions import answers, suggestions
from petitions.delivery import Handover, deliver
from petitions.delivery_models import DeliveryWay
from petitions.models import PetitionState, Settlement
from tests.builders import (
    MEANS,
    NEXT_MONTH,
    make_bill,
    make_guild,
    make_petition,
    make_proposal,
    make_user,
    make_vote,
)
from tests.dashboard.scenes import ask_to_join, fill, make_event, move_bill, say_yes
from tests.drafting_builders import make_suggestion
from tests.petitions.closing import close, make_dossier
from voting import amending, rounds
from voting.models import Choice, ProposalState


def test_needs_stand_in_the_order_of_time_left(db: Session, now: datetime) -> None:
    alice = make_user(db)
    guild = make_guild(db, admins=[alice])
    vote = make_vote(db, guild, alice)  # closes in two days
    ask_to_join(db, guild, make_user(db, "charlie"))  # since a day; two of three are left
    soon = make_event(db, guild, starts_in=timedelta(hours=3))
    say_yes(db, soon, alice)
    mine = for_me(db, alice, now)
    assert [need.kind for need in mine.needs] == ["going", "vote", "answer"]
    assert [need.until for need in mine.needs] == sorted(need.until for need in mine.needs)
    assert mine.needs[1].until == vote.closes_at


def test_a_cast_ballot_and_an_answered_request_need_nothing(db: Session, now: datetime) -> None:
    alice, bob = make_user(db), make_user(db, "bob")
    guild = make_guild(db, admins=[alice], members=[bob])
    vote = make_vote(db, guild, alice)
    voting.casting.cast_ballot(db, vote, actor=bob, marks=Choice.NO, now=now)
    ask_to_join(db, guild, make_user(db, "charlie"))
    assert for_me(db, bob, now).needs == []  # a plain member admits nobody
    assert [need.kind for need in for_me(db, alice, now).needs] == ["vote", "answer"]


def test_a_counted_petition_needs_organisers_until_it_is_handed_over_answered_and_settled(
    db: Session, now: datetime
) -> None:
    alice, bob = make_user(db), make_user(db, "bob")
    guild = make_guild(db, admins=[alice], members=[bob])
    petition = make_petition(db, guild, bob)
    close(db, petition)
    assert for_me(db, alice, now).needs == []
    make_dossier(db, petition, now=now)
    assert [need.kind for need in for_me(db, alice, now).needs] == ["unfinished"]
    assert for_me(db, bob, now).needs == []
    handover = Handover(DeliveryWay.POST, "The clerk", now.date(), answer_due_on=NEXT_MONTH)
    deliver(db, petition, actor=alice, handover=handover, now=now)
    assert for_me(db, alice, now).needs == []
    late = now + timedelta(days=60)
    assert [need.kind for need in for_me(db, alice, late).needs] == ["unfinished"]
    rooms = of_guild(db, guild, Role.ADMIN, alice, late)
    assert [need.kind for need in rooms.needs] == ["unfinished"]
    said = answers.Said("We have read it.", "The clerk", "https://authority.example")
    answers.note_answer(db, petition, actor=alice, said=said, now=now)
    assert [need.kind for need in for_me(db, alice, now).needs] == ["unfinished"]
    answers.settle(db, petition, actor=alice, settlement=Settlement.MET, reason="x", now=now)
    assert for_me(db, alice, now).needs == []


def test_a_draft_in_amendment_waits_for_members_who_said_nothing_to_it(
    db: Session, now: datetime
) -> None:
    alice, bob, eve = make_user(db), make_user(db, "bob"), make_user(db, "eve")
    guild = make_guild(db, admins=[alice], members=[bob])
    petition = make_petition(db, guild, bob, state=PetitionState.AMENDMENT)
    assert [thing.kind for thing in for_me(db, alice, now).coming] == ["amended"]
    assert for_me(db, bob, now).coming == []  # who drafted it
    assert for_me(db, eve, now).coming == []
    make_suggestion(db, petition, alice)
    assert for_me(db, alice, now).coming == []


def test_suggestions_wait_for_who_looks_after_the_draft(db: Session, now: datetime) -> None:
    alice, bob, dora = make_user(db), make_user(db, "bob"), make_user(db, "dora")
    guild = make_guild(db, admins=[alice], members=[bob, dora])
    petition = make_petition(db, guild, bob, state=PetitionState.AMENDMENT)
    make_suggestion(db, petition, bob)
    assert for_me(db, bob, now).needs == [], "one's own asks nobody for an answer"
    first, second = make_suggestion(db, petition, dora), make_suggestion(db, petition)
    later = for_me(db, bob, now).needs
    assert [(need.kind, need.waiting) for need in later if need.kind == "suggested"] == [
        ("suggested", 2)
    ]
    assert [need.kind for need in of_guild(db, guild, Role.MEMBER, bob, now).needs] == ["suggested"]
    assert for_me(db, alice, now).needs == for_me(db, dora, now).needs == []
    db.delete(db.exec(select(Membership).where(Membership.user_id == bob.id)).one())
    db.flush()
    assert for_me(db, bob, now).needs == []
    assert [need.kind for need in for_me(db, alice, now).needs] == ["suggested"]
    for answered in (first, second):
        suggestions.decline(db, answered, actor=alice, reason="No.", now=now)
    (mine,) = for_me(db, alice, now).needs  # Bob's own
    assert mine.kind == "suggested"
    assert mine.waiting == 1
    petition.state = PetitionState.BEFORE_GUILD
    db.flush()
    assert for_me(db, alice, now).needs == []


def test_amendments_and_objections_wait_for_whose_proposal_it_is(
    db: Session, now: datetime
) -> None:
    alice, bob = make_user(db), make_user(db, "bob")
    guild = make_guild(db, admins=[alice], members=[bob], charter="consent-circle")
    proposal = make_proposal(db, guild, bob, method=Method.CONSENT)
    assert for_me(db, bob, now).needs == []
    amendment = amending.propose_amendment(
        db, proposal, text="Oaks.", reason="They last.", base_version=1, actor=alice, now=now
    )
    (need,) = for_me(db, bob, now).needs
    assert isinstance(need, queries.Asked)
    assert (need.amendments, need.objections, need.until) == (1, 0, proposal.opens_at)
    assert of_guild(db, guild, Role.MEMBER, bob, now).needs == [need]
    assert for_me(db, alice, now).needs == []
    amending.decline(db, amendment, actor=bob, answer="Too slow.", now=now)
    assert for_me(db, bob, now).needs == []
    later = proposal.opens_at
    voting.services.open_voting(db, proposal, now=later)
    rounds.answer(
        db, proposal, actor=alice, choice=Choice.NO, reason="No room.", asked=1, now=later
    )
    asked = [need for need in for_me(db, bob, later).needs if isinstance(need, queries.Asked)]
    assert [(need.amendments, need.objections) for need in asked] == [(0, 1)]
    assert "asked" not in [need.kind for need in for_me(db, bob, proposal.closes_at).needs]


def test_what_could_not_be_carried_out_needs_organisers(db: Session, now: datetime) -> None:
    alice, bob = make_user(db), make_user(db, "bob")
    guild = make_guild(db, admins=[alice], members=[bob])
    vote = make_vote(db, guild, alice)
    vote.state, vote.decided_at = ProposalState.PASSED, now
    vote.not_carried_out = "The event was cancelled."
    db.add(vote)
    db.flush()
    assert [need.kind for need in for_me(db, alice, now).needs] == ["undone"]
    assert [need.kind for need in of_guild(db, guild, Role.ADMIN, alice, now).needs] == ["undone"]
    assert for_me(db, bob, now).needs == []
    assert of_guild(db, guild, Role.MEMBER, bob, now).needs == []
    much_later = now + across.UNDONE_SHOWN + timedelta(days=3)
    assert for_me(db, alice, much_later).needs == []
    vote.carried_out_at = now
    db.add(vote)
    db.flush()
    assert for_me(db, alice, now).needs == []


def test_a_late_event_is_coming_and_one_unanswered_is_a_call(db: Session, now: datetime) -> None:
    alice, bob = make_user(db), make_user(db, "bob")
    guild = make_guild(db, admins=[alice], members=[bob])
    say_yes(db, make_event(db, guild, title="Far", starts_in=timedelta(days=30)), bob)
    make_event(db, guild, title="Unanswered", starts_in=timedelta(days=2))
    make_event(db, guild, title="By link", visibility=Visibility.LINK)
    make_event(db, guild, title="Draft", state=EventState.DRAFT)
    make_proposal(db, guild, alice, title="Debated")
    mine = for_me(db, bob, now)
    assert mine.needs == []
    assert [thing.kind for thing in mine.coming] == ["debate", "call", "going"]


def test_what_seeks_supporters_is_coming_too(db: Session, now: datetime) -> None:
    alice, bob = make_user(db), make_user(db, "bob")
    guild = make_guild(db, admins=[alice], members=[bob], charter="federation-with-quorum")
    sought = make_proposal(db, guild, alice, title="Sought")
    assert sought.state == ProposalState.SUPPORT
    (thing,) = for_me(db, bob, now).coming
    assert (thing.kind, thing.until) == ("debate", sought.support_until)
    assert for_me(db, bob, now + timedelta(days=40)).coming == []


def test_news_are_of_my_guilds_and_of_bills_watched(db: Session, now: datetime) -> None:
    alice, bob = make_user(db), make_user(db, "bob")
    ours = make_guild(db, admins=[alice], members=[bob])
    theirs = make_guild(db, admins=[alice], slug="their-guild")
    for guild in (ours, theirs):
        vote = make_vote(db, guild, alice, title=f"Of {guild.slug}", now=now - timedelta(days=4))
        voting.closing.close_proposal(db, vote, MEANS, now=now)
    for name, watchers in (("HR 1", [ours]), ("HR 2", [theirs]), ("HR 3", [bob])):
        move_bill(db, make_bill(db, name, watched_by=watchers).id)
    mine = for_me(db, bob, now)
    assert [proposal.title for proposal, _ in mine.decided] == ["Of river-guild"]
    assert {move.identifier for move in mine.moves} == {"HR 1", "HR 3"}


def test_one_bill_watched_twice_moves_once(db: Session) -> None:
    alice = make_user(db)
    guilds = [make_guild(db, admins=[alice], slug=f"guild-{n}") for n in range(2)]
    move_bill(db, make_bill(db, watched_by=[alice, *guilds]).id)
    assert len(across.bills_moved(db, alice, 10)) == 1


def test_long_lists_end_and_say_so(db: Session, now: datetime) -> None:
    alice = make_user(db)
    guild = make_guild(db, admins=[alice])
    for number in range(SHOWN + 1):
        make_vote(db, guild, alice, title=f"Vote {number}")
    mine = for_me(db, alice, now)
    assert len(mine.needs) == SHOWN
    assert mine.has_more


def test_a_guild_page_tells_votes_that_wait_from_those_that_do_not(
    db: Session, now: datetime
) -> None:
    alice, bob = make_user(db), make_user(db, "bob")
    guild = make_guild(db, admins=[alice], members=[bob])
    waiting, cast = make_vote(db, guild, alice), make_vote(db, guild, alice, title="Cast")
    voting.casting.cast_ballot(db, cast, actor=bob, marks=Choice.YES, now=now)
    ask_to_join(db, guild, make_user(db, "charlie"))
    rooms = of_guild(db, guild, Role.MEMBER, bob, now)
    assert [need.proposal for need in rooms.needs if need.kind == "vote"] == [waiting]
    assert rooms.decisions == [cast]
    assert rooms.voted == {cast.id}
    assert [need.kind for need in of_guild(db, guild, Role.ADMIN, alice, now).needs].count(
        "answer"
    ) == 1


def test_who_joined_after_voting_opened_is_not_asked_to_vote(db: Session, now: datetime) -> None:
    alice, late = make_user(db), make_user(db, "late")
    guild = make_guild(db, admins=[alice])
    vote = make_vote(db, guild, alice)
    rooms = of_guild(db, guild, Role.MEMBER, late, now)
    assert rooms.needs == []
    assert rooms.decisions == [vote]


def test_strangers_find_only_what_is_public(db: Session, now: datetime) -> None:
    alice = make_user(db)
    guild = make_guild(db, admins=[alice])
    fill(db, guild, alice, 1)
    make_petition(db, guild, state=PetitionState.DRAFT)
    make_event(db, guild, visibility=Visibility.GUILD)
    rooms = of_guild(db, guild, None, None, now)
    assert (rooms.needs, rooms.decisions, rooms.decided, rooms.bills) == ([], [], [], [])
    assert {line.state for line in rooms.petitions} == {PetitionState.OPEN}
    assert {event.visibility for event in rooms.events} == {Visibility.PUBLIC}


def test_a_guild_shows_open_petitions_first_and_none_that_came_to_nothing(
    db: Session, now: datetime
) -> None:
    alice = make_user(db)
    guild = make_guild(db, admins=[alice])
    make_petition(db, guild, state=PetitionState.OPEN, title="Open")
    make_petition(db, guild, state=PetitionState.WITHDRAWN, title="Gone", opened_at=now)
    make_petition(db, guild, state=PetitionState.DRAFT, title="Draft", opened_at=now)
    rooms = of_guild(db, guild, Role.ADMIN, alice, now)
    assert [line.title for line in rooms.petitions] == ["Open", "Draft"]


def test_public_news_name_no_hidden_guild(db: Session, now: datetime) -> None:
    alice = make_user(db)
    hidden = make_guild(db, admins=[alice], slug="hidden", name="Hidden hands", listed=False)
    make_petition(db, hidden, title="Asked in public")
    make_event(db, hidden, title="Called in secret")
    news = public_news(db, now)
    assert [(line.title, line.guild_name) for line in news.petitions] == [("Asked in public", None)]
    assert news.events == []


def test_public_news_are_a_taste(db: Session, now: datetime) -> None:
    alice = make_user(db)
    guild = make_guild(db, admins=[alice])
    fill(db, guild, alice, queries.TASTE + 2)
    news = public_news(db, now)
    assert [len(rows) for rows in (news.petitions, news.events, news.moves)] == [queries.TASTE] * 3
