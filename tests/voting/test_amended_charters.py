"""Amendments change the rules that a change of the charter proposes."""

from datetime import timedelta
from fractions import Fraction

import pytest
from sqlmodel import Session, select

from accounts.models import User
from core.errors import RuleBroken
from guilds.charter import Charter, DecisionKind, DecisionRule, Method
from guilds.charter_templates import TEMPLATES
from guilds.models import Guild, Membership
from guilds.queries import get_charter
from tests.builders import MEANS, NOW, make_guild, make_user
from tests.voting.amended_terms import offer, rules, vote_through
from tests.voting.test_charters import HALF, amended, propose
from voting import amending, charters, closing, rounds, services, substance
from voting.debate_models import AmendmentState
from voting.models import Choice, Proposal, ProposalState, ProposalVersion
from voting.question import Case

DAY = timedelta(days=1)
TWO_THIRDS = amended(DecisionKind.SPEND, quorum_share=Fraction(2, 3))
LONGER = amended(DecisionKind.SPEND, quorum_share=Fraction(1, 2), deliberation=5 * DAY)


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
        _slower(5),
        base=1,
        case=Case("We need time.", DAY),
        actor=alice,
        now=NOW,
    )
    services.open_voting(db, proposal, now=proposal.opens_at)
    return proposal


def _slower(days: int) -> Charter:
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
        terms=rules(_slower(7), Method.CONSENT),
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
    amendment = offer(db, asked, bob, rules(_slower(3), Method.CONSENT))
    amending.accept(db, amendment, actor=alice, now=asked.opens_at)
    assert (asked.round, asked.tally.ballots) == (2, 0)
    assert substance.charter_in(asked.deed) == _slower(3)


def test_the_same_rules_and_words_begin_no_round(
    db: Session, circle: Guild, asked: Proposal, alice: User
) -> None:
    with pytest.raises(RuleBroken, match="different from before"):
        rounds.integrate(
            db,
            asked,
            actor=alice,
            text=asked.text,
            terms=rules(_slower(5), Method.CONSENT),
            asked=1,
            now=asked.opens_at,
        )
