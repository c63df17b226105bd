"""Amendments change more than words: a proposed charter's rules, options, seats, money."""

from datetime import timedelta
from fractions import Fraction

import pytest
from sqlmodel import Session, select

from accounts.models import User
from core.errors import RuleBroken
from guilds.charter import Charter, DecisionKind, DecisionRule, Method
from guilds.charter_templates import TEMPLATES
from guilds.models import Guild, Membership, Role
from guilds.queries import get_charter
from tests.builders import MEANS, NOW, make_guild, make_proposal, make_user
from tests.voting.conftest import BUDGET
from tests.voting.test_charters import HALF, amended, propose
from voting import amending, casting, charters, closing, queries, rounds, services, substance
from voting.debate_models import Amendment, AmendmentState
from voting.models import Choice, Proposal, ProposalState, ProposalVersion
from voting.question import Case, OptionFacts
from voting.substance import Terms

DAY = timedelta(days=1)
TWO_THIRDS = amended(DecisionKind.SPEND, quorum_share=Fraction(2, 3))
LONGER = amended(DecisionKind.SPEND, quorum_share=Fraction(1, 2), deliberation=5 * DAY)
BENCH, SWING = BUDGET
SLIDE = OptionFacts("Slide", "For the small ones.", cost="250")


@pytest.fixture
def bigger(db: Session, guild: Guild) -> list[User]:
    """Three more members of the guild."""
    more = [make_user(db, f"member{number}") for number in range(3)]
    for user in more:
        db.add(Membership(guild_id=guild.id, user_id=user.id, role=Role.MEMBER, joined_at=NOW))
    guild.member_count += 3
    db.flush()
    return more


def offer(db: Session, proposal: Proposal, actor: User, terms: Terms, text: str = "") -> Amendment:
    return amending.propose_amendment(
        db,
        proposal,
        text=text or proposal.text,
        terms=terms,
        reason="Better so.",
        base_version=proposal.version,
        actor=actor,
        now=NOW,
    )


def rules(charter: Charter, method: Method = Method.MAJORITY) -> Terms:
    return substance.decided_by(substance.charter_terms(charter), method)


def asked_by(db: Session, proposal: Proposal, *options: OptionFacts, **settings: str) -> Terms:
    """The terms of a choice, with these options and settings instead of its own."""
    terms = substance.terms_of(db, proposal)
    listed = {
        one.name: {"note": one.note, "cost": one.cost, "is_member": one.user_id is not None}
        for one in options
    }
    return {
        "options": listed or terms["options"],
        "settings": {**terms["settings"], **settings},
    }


def names(db: Session, proposal: Proposal) -> list[str]:
    return [option.name for option in queries.options(db, proposal.id)]


def vote_through(db: Session, proposal: Proposal, *voters: User, marks: str = Choice.YES) -> None:
    if proposal.state == ProposalState.DELIBERATION:
        services.open_voting(db, proposal, now=proposal.opens_at)
    for voter in voters:
        casting.cast_ballot(db, proposal, actor=voter, marks=marks, now=proposal.opens_at)
    closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)


# --- the rules of a proposed charter ---


def test_an_amendment_taken_in_changes_the_rules_that_come_into_force(
    db: Session, guild: Guild, change: Proposal, alice: User, bob: User
) -> None:
    amendment = offer(db, change, bob, rules(TWO_THIRDS))
    amending.accept(db, amendment, actor=alice, now=NOW)
    assert (change.version, change.text) == (2, "Money is everybody's matter.")
    vote_through(db, change, alice, bob)
    assert change.carried_out_at is not None
    assert Charter.model_validate(get_charter(db, guild.id).rules) == TWO_THIRDS


def test_versions_keep_what_was_asked_then(
    db: Session, change: Proposal, alice: User, bob: User
) -> None:
    amending.accept(db, offer(db, change, bob, rules(TWO_THIRDS)), actor=alice, now=NOW)
    amending.accept(db, offer(db, change, bob, rules(LONGER)), actor=alice, now=NOW)
    kept = [substance.terms_of_version(db, change, number) for number in (1, 2, 3)]
    assert kept == [rules(HALF), rules(TWO_THIRDS), rules(LONGER)]


def test_the_title_says_what_would_change_now(
    db: Session, guild: Guild, change: Proposal, alice: User, bob: User
) -> None:
    rule = HALF.rules[DecisionKind.SPEND]
    both = Charter(rules={**HALF.rules, DecisionKind.RESOLUTION: rule.model_copy(
        update={"methods": (Method.MAJORITY,)})})  # fmt: skip
    amending.accept(db, offer(db, change, bob, rules(both)), actor=alice, now=NOW)
    assert change.title == "Change the charter for 2 kinds of decision"
    second = db.exec(select(ProposalVersion.title).where(ProposalVersion.number == 2)).one()
    assert second == change.title


def test_members_carry_other_rules_in_against_the_author(
    db: Session, guild: Guild, change: Proposal, alice: User, bob: User, bigger: list[User]
) -> None:
    amendment = offer(db, change, bob, rules(TWO_THIRDS))
    amending.decline(db, amendment, actor=alice, answer="No.", now=NOW)
    for member in bigger:
        amending.speak(db, amendment, actor=member, is_for=True, now=NOW)
    vote_through(db, change, alice, bob, *bigger)
    assert amendment.state == AmendmentState.CARRIED
    assert Charter.model_validate(get_charter(db, guild.id).rules) == TWO_THIRDS


def test_two_amendments_of_different_kinds_both_come_in(
    db: Session, change: Proposal, alice: User, bob: User
) -> None:
    resolution = amended(DecisionKind.RESOLUTION, supporters=1).rules[DecisionKind.RESOLUTION]
    first = Charter(rules={**HALF.rules, DecisionKind.RESOLUTION: resolution})
    one, other = offer(db, change, bob, rules(first)), offer(db, change, bob, rules(TWO_THIRDS))
    clash = offer(db, change, bob, rules(LONGER))
    amending.accept(db, one, actor=alice, now=NOW)
    amending.accept(db, other, actor=alice, now=NOW)
    found = substance.charter_in(change.deed).rules
    assert found[DecisionKind.RESOLUTION].supporters == 1
    assert found[DecisionKind.SPEND].quorum_share == Fraction(2, 3)
    with pytest.raises(RuleBroken, match="write it again"):
        amending.accept(db, clash, actor=alice, now=NOW)
    assert clash.state == AmendmentState.OPEN


def test_no_amendment_leads_into_a_dead_end_or_back_to_the_charter_in_force(
    db: Session, change: Proposal, bob: User
) -> None:
    with pytest.raises(RuleBroken, match="Spend money: 3 people would have to cast a ballot"):
        offer(db, change, bob, rules(amended(DecisionKind.SPEND, quorum_least=3)))
    with pytest.raises(RuleBroken, match="reads exactly like"):
        offer(db, change, bob, rules(TEMPLATES["simple-assembly"].charter))
    with pytest.raises(RuleBroken, match="as it stands"):
        offer(db, change, bob, rules(HALF))


def test_what_became_a_dead_end_is_not_taken_in(
    db: Session, guild: Guild, change: Proposal, alice: User, bob: User, bigger: list[User]
) -> None:
    """Five may vote when it is offered, two when it would be taken in."""
    amendment = offer(db, change, bob, rules(amended(DecisionKind.SPEND, quorum_least=4)))
    for member in bigger:
        amending.speak(db, amendment, actor=member, is_for=True, now=NOW)
    for seat in db.exec(select(Membership).where(Membership.user_id != alice.id)).all():
        if seat.user_id != bob.id:
            db.delete(seat)
    guild.member_count = 2
    db.flush()
    with pytest.raises(RuleBroken, match="dead end"):
        amending.accept(db, amendment, actor=alice, now=NOW)
    amending.speak(db, amendment, actor=bob, is_for=True, now=NOW)
    services.open_voting(db, change, now=change.opens_at)
    assert amendment.state == AmendmentState.LOST
    assert "dead end" in amendment.answer
    assert substance.charter_in(change.deed) == HALF


def test_an_amendment_against_a_charter_no_longer_in_force_is_refused(
    db: Session, guild: Guild, change: Proposal, alice: User, bob: User
) -> None:
    other = propose(db, guild, bob, amended(DecisionKind.RESOLUTION, supporters=1))
    vote_through(db, other, alice, bob)
    with pytest.raises(RuleBroken, match="version 2 is in force"):
        offer(db, change, bob, rules(TWO_THIRDS))


# --- by consent ---


@pytest.fixture
def circle(db: Session, alice: User, bob: User) -> Guild:
    return make_guild(
        db, admins=[alice], members=[bob, make_user(db, "carla")], charter="consent-circle"
    )


@pytest.fixture
def asked(db: Session, circle: Guild, alice: User) -> Proposal:
    """Alice's change of the circle's charter, while consent is asked."""
    proposal = charters.propose_change(
        db,
        circle,
        _slower(circle, 5),
        base=1,
        case=Case("We need time.", DAY),
        actor=alice,
        now=NOW,
    )
    services.open_voting(db, proposal, now=proposal.opens_at)
    return proposal


def _slower(_circle: Guild, days: int) -> Charter:
    before = TEMPLATES["consent-circle"].charter
    rule: DecisionRule = before.rules[DecisionKind.SPEND].model_copy(
        update={"deliberation": days * DAY}
    )
    return Charter(rules={**before.rules, DecisionKind.SPEND: rule})


def consent(db: Session, proposal: Proposal, *people: User) -> None:
    for person in people:
        rounds.answer(
            db,
            proposal,
            actor=person,
            choice=Choice.YES,
            reason="",
            asked=proposal.round,
            now=proposal.opens_at,
        )


def test_changed_rules_void_the_consents_given_to_the_old_ones(
    db: Session, circle: Guild, asked: Proposal, alice: User, bob: User
) -> None:
    consent(db, asked, bob)
    rounds.integrate(
        db,
        asked,
        actor=alice,
        text=asked.text,
        terms=rules(_slower(circle, 7), Method.CONSENT),
        asked=1,
        now=asked.opens_at,
    )
    assert (asked.round, asked.version, asked.tally.ballots) == (2, 2, 0)
    services.open_voting(db, asked, now=asked.opens_at)
    with pytest.raises(rounds.AskedAnew):
        rounds.answer(
            db, asked, actor=bob, choice=Choice.YES, reason="", asked=1, now=asked.opens_at
        )
    consent(db, asked, alice, bob)
    closing.close_proposal(db, asked, MEANS, now=asked.closes_at)
    assert asked.state == ProposalState.PASSED
    in_force = Charter.model_validate(get_charter(db, circle.id).rules)
    assert in_force.rules[DecisionKind.SPEND].deliberation == 7 * DAY


def test_a_members_amendment_of_the_rules_is_what_is_taken_in(
    db: Session, circle: Guild, asked: Proposal, alice: User, bob: User
) -> None:
    consent(db, asked, alice)
    amendment = offer(db, asked, bob, rules(_slower(circle, 3), Method.CONSENT))
    amending.accept(db, amendment, actor=alice, now=asked.opens_at)
    assert (asked.round, asked.tally.ballots) == (2, 0)
    assert substance.charter_in(asked.deed) == _slower(circle, 3)


def test_the_same_rules_and_words_begin_no_round(
    db: Session, circle: Guild, asked: Proposal, alice: User
) -> None:
    with pytest.raises(RuleBroken, match="different from before"):
        rounds.integrate(
            db,
            asked,
            actor=alice,
            text=asked.text,
            terms=rules(_slower(circle, 5), Method.CONSENT),
            asked=1,
            now=asked.opens_at,
        )


# --- options, seats and money ---


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


# --- how it is voted on ---


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
