"""Amendments change how a proposal is voted on."""

import pytest
from sqlmodel import Session

from accounts.models import User
from core.errors import RuleBroken
from guilds.charter import DecisionKind, Method
from guilds.models import Guild
from guilds.queries import get_charter
from tests.builders import NOW, make_proposal
from tests.voting.amended_terms import asked_by, names, offer, vote_through
from tests.voting.conftest import BENCH, SLIDE, SWING
from tests.voting.test_charters import amended
from voting import amending, rounds, services, substance
from voting.models import Proposal, ProposalState
from voting.question import OptionFacts
from voting.substance import Terms


def by(db: Session, proposal: Proposal, method: Method, *options: OptionFacts) -> Terms:
    """The terms of a proposal, voted on by another method, with these options alone."""
    terms = asked_by(db, proposal, *options) if options else {"options": {}, "settings": {}}
    return substance.decided_by({**terms, "settings": {"seats": "1"}}, method)


def test_an_amendment_makes_a_choice_of_a_question_and_it_is_counted_so(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    plain = make_proposal(db, guild, alice)
    where = (OptionFacts("East bank"), OptionFacts("West bank"))
    wanted = by(db, plain, Method.APPROVAL, *where)
    amending.accept(db, offer(db, plain, bob, wanted), actor=alice, now=NOW)
    assert (plain.method, names(db, plain)) == (Method.APPROVAL, ["East bank", "West bank"])
    vote_through(db, plain, alice, bob, marks="01")
    assert plain.result is not None
    assert (plain.state, plain.result["winners"]) == (ProposalState.PASSED, ["West bank"])


def test_an_amendment_makes_a_question_of_a_choice_and_versions_tell(
    db: Session, budget: Proposal, alice: User, bob: User
) -> None:
    plain = offer(db, budget, bob, by(db, budget, Method.MAJORITY))
    amending.accept(db, plain, actor=alice, now=NOW)
    assert (budget.method, names(db, budget), budget.settings) == (Method.MAJORITY, [], {})
    before, after = (substance.terms_of_version(db, budget, number) for number in (1, 2))
    options, counted = substance.changes(before, after)
    assert [line.sentence for line in options.lines if line.mark == "gone"] == [
        "Bench, costs 300",
        "Swing, costs 200",
    ]
    assert ("new", "Decided by yes, no or abstain") in counted.lines
    vote_through(db, budget, alice, bob)
    assert budget.state == ProposalState.PASSED


def test_members_carry_another_method_in_as_voting_opens(
    db: Session, budget: Proposal, alice: User, bob: User, bigger: list[User]
) -> None:
    greedy = substance.decided_by(substance.terms_of(db, budget), Method.GREEDY)
    del greedy["settings"]["completion"]
    amendment = offer(db, budget, bob, greedy)
    amending.decline(db, amendment, actor=alice, answer="No.", now=NOW)
    for member in bigger:
        amending.speak(db, amendment, actor=member, is_for=True, now=NOW)
    services.open_voting(db, budget, now=budget.opens_at)
    assert (budget.method, names(db, budget)) == (Method.GREEDY, ["Bench", "Swing"])
    with pytest.raises(RuleBroken, match="froze"):
        offer(db, budget, bob, by(db, budget, Method.MAJORITY))


def test_what_the_charter_does_not_allow_or_does_not_fit_is_refused(
    db: Session, budget: Proposal, bob: User
) -> None:
    terms = substance.terms_of(db, budget)
    with pytest.raises(RuleBroken, match="The charter does not let this be decided by approval"):
        offer(db, budget, bob, substance.decided_by(terms, Method.APPROVAL))
    with pytest.raises(RuleBroken, match="has no options"):
        offer(db, budget, bob, substance.decided_by(terms, Method.MAJORITY))
    with pytest.raises(RuleBroken, match="completion"):
        offer(db, budget, bob, substance.decided_by(terms, Method.GREEDY))


def test_seats_taken_in_first_refuse_a_method_that_fills_one(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    people = tuple(OptionFacts(name) for name in ("Ann", "Ben", "Cleo"))
    election = make_proposal(
        db, guild, alice, kind=DecisionKind.ELECT, method=Method.STV, options=people
    )
    two = offer(db, election, bob, asked_by(db, election, seats="2"))
    terms = substance.terms_of(db, election)
    runoff = offer(db, election, bob, substance.decided_by(terms, Method.IRV))
    amending.accept(db, two, actor=alice, now=NOW)
    with pytest.raises(RuleBroken, match="run-off fills one seat"):
        amending.accept(db, runoff, actor=alice, now=NOW)
    assert (election.method, election.seats) == (Method.STV, 2)


def test_what_was_asked_by_consent_is_not_outvoted_afterwards(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    either = amended(DecisionKind.RESOLUTION, methods=(Method.MAJORITY, Method.CONSENT))
    get_charter(db, guild.id).rules = either.model_dump(mode="json")
    asked = make_proposal(db, guild, alice, method=Method.CONSENT)
    services.open_voting(db, asked, now=asked.opens_at)
    by_vote = by(db, asked, Method.MAJORITY)
    for _ in ("while asked", "while talked about again"):
        with pytest.raises(RuleBroken, match="when the guild was first asked"):
            offer(db, asked, bob, by_vote, text="Other words.")
        if asked.state == ProposalState.VOTING:
            rounds.integrate(db, asked, actor=alice, text="New words.", asked=1, now=asked.opens_at)
    assert (asked.round, asked.state) == (2, ProposalState.DELIBERATION)


def test_terms_kept_before_methods_could_change_leave_it(
    db: Session, budget: Proposal, alice: User, bob: User
) -> None:
    amendment = offer(db, budget, bob, asked_by(db, budget, BENCH, SWING, SLIDE))
    assert amendment.terms is not None
    settings = dict(amendment.terms["settings"])
    del settings["method"]
    amendment.terms = {**amendment.terms, "settings": settings}
    amending.accept(db, amendment, actor=alice, now=NOW)
    assert (budget.method, names(db, budget)) == (Method.EQUAL_SHARES, ["Bench", "Swing", "Slide"])
