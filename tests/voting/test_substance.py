"""Amendments change more than words: options and their order, seats, money."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from accounts.models import User
from core.errors import RuleBroken
from guilds.charter import DecisionKind, Method
from guilds.models import Guild
from tests.builders import NOW, make_proposal
from tests.voting.amended_terms import asked_by, names, offer, vote_through
from tests.voting.conftest import BENCH, SLIDE, SWING
from voting import amending, queries, services, substance
from voting.debate_models import AmendmentState
from voting.models import Proposal
from voting.question import OptionFacts


def test_amendments_add_options_side_by_side_and_change_the_money(
    db: Session, budget: Proposal, alice: User, bob: User
) -> None:
    pump = OptionFacts("Pump", cost="90")
    offered = [
        offer(db, budget, bob, asked_by(db, budget, BENCH, SWING, SLIDE)),
        offer(db, budget, bob, asked_by(db, budget, BENCH, SWING, pump)),
        offer(db, budget, bob, asked_by(db, budget, budget="650"), text="More money."),
    ]
    for amendment in offered:
        amending.accept(db, amendment, actor=alice, now=NOW)
    assert names(db, budget) == ["Bench", "Swing", "Slide", "Pump"]
    assert (budget.settings["budget"], budget.text, budget.version) == ("650", "More money.", 4)
    vote_through(db, budget, alice, bob, marks="-11-")
    assert budget.result is not None
    assert budget.result["winners"] == ["Swing", "Slide"]


def test_one_option_changed_in_two_ways_is_a_clash(
    db: Session, budget: Proposal, alice: User, bob: User
) -> None:
    cheaper = offer(db, budget, bob, asked_by(db, budget, OptionFacts("Bench", cost="100"), SWING))
    gone = offer(db, budget, bob, asked_by(db, budget, SWING, SLIDE))
    amending.accept(db, cheaper, actor=alice, now=NOW)
    with pytest.raises(RuleBroken, match="write it again"):
        amending.accept(db, gone, actor=alice, now=NOW)


def test_what_could_not_be_counted_is_refused(db: Session, budget: Proposal, bob: User) -> None:
    with pytest.raises(RuleBroken, match="at least two"):
        offer(db, budget, bob, asked_by(db, budget, BENCH))
    with pytest.raises(RuleBroken, match="never pay for Bench"):
        offer(db, budget, bob, asked_by(db, budget, budget="250"))


def test_two_that_fit_alone_and_not_together_come_in_one_by_one(
    db: Session, budget: Proposal, alice: User, bob: User
) -> None:
    less = offer(db, budget, bob, asked_by(db, budget, budget="300"))
    dear = OptionFacts("Fountain", cost="450")
    more = offer(db, budget, bob, asked_by(db, budget, BENCH, SWING, dear))
    more.written_at += timedelta(minutes=1)
    for amendment in (less, more):
        for member in (alice, bob):
            amending.speak(db, amendment, actor=member, is_for=True, now=NOW)
    services.open_voting(db, budget, now=budget.opens_at)
    assert (less.state, more.state) == (AmendmentState.CARRIED, AmendmentState.LOST)
    assert more.answer == "This would never pay for Fountain."
    assert names(db, budget) == ["Bench", "Swing"]


def test_a_candidate_added_by_an_amendment_is_the_member_and_who_stood_still_does(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    election = make_proposal(
        db,
        guild,
        alice,
        kind=DecisionKind.ELECT,
        method=Method.STV,
        options=(OptionFacts("Alice (@alice)", user_id=alice.id), OptionFacts("Zoe")),
    )
    terms = asked_by(
        db,
        election,
        OptionFacts("Alice (@alice)", user_id=alice.id),
        OptionFacts("Zoe"),
        OptionFacts(f"{bob.display_name} (@bob)", user_id=bob.id),
        OptionFacts("Somebody (@bob)"),
        seats="2",
    )
    amending.accept(db, offer(db, election, bob, terms), actor=alice, now=NOW)
    standing = [option.user_id for option in queries.options(db, election.id)]
    assert (standing, election.seats) == ([alice.id, None, bob.id, None], 2)


def test_what_differs_is_said_in_words(db: Session, budget: Proposal) -> None:
    before = substance.terms_of(db, budget)
    after = asked_by(db, budget, BENCH, SLIDE, budget="600")
    options, counted = substance.changes(before, after)
    assert [(line.mark.value, line.sentence) for line in options.lines] == [
        ("same", "Bench, costs 300"),
        ("gone", "Swing, costs 200"),
        ("new", "Slide, costs 250: For the small ones."),
    ]
    assert [line.sentence for line in counted.lines if line.mark != "same"] == [
        "500 to spend",
        "600 to spend",
    ]
    assert substance.changes(before, before) == []


def test_another_order_on_the_paper_is_a_change_and_joins_with_others(
    db: Session, budget: Proposal, alice: User, bob: User
) -> None:
    before = substance.terms_of(db, budget)
    turned = offer(db, budget, bob, asked_by(db, budget, SWING, BENCH))
    added = offer(db, budget, bob, asked_by(db, budget, BENCH, SWING, SLIDE))
    amending.accept(db, added, actor=alice, now=NOW)
    amending.accept(db, turned, actor=alice, now=NOW)
    assert names(db, budget) == ["Swing", "Bench", "Slide"]
    *_, order = substance.changes(before, substance.terms_of(db, budget))
    assert [line.sentence for line in order.lines] == ["Bench, Swing", "Swing, Bench, Slide"]
    with pytest.raises(RuleBroken, match="as it stands"):
        offer(db, budget, bob, asked_by(db, budget, SWING, BENCH, SLIDE))


def test_two_other_orders_are_a_clash(
    db: Session, budget: Proposal, alice: User, bob: User
) -> None:
    amending.accept(
        db, offer(db, budget, bob, asked_by(db, budget, BENCH, SWING, SLIDE)), actor=alice, now=NOW
    )
    one = offer(db, budget, bob, asked_by(db, budget, SLIDE, BENCH, SWING))
    other = offer(db, budget, bob, asked_by(db, budget, SWING, BENCH, SLIDE))
    amending.accept(db, one, actor=alice, now=NOW)
    with pytest.raises(RuleBroken, match="write it again"):
        amending.accept(db, other, actor=alice, now=NOW)
