"""A guild decides how it decides: proposed, carried out at the close, never into a dead end."""

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, select

from accounts.models import User
from core.errors import NotAllowed, RuleBroken
from guilds.charter import Charter, DecisionKind, DecisionRule
from guilds.charter_diff import Mark
from guilds.charter_templates import TEMPLATES
from guilds.models import CharterVersion, Guild, Membership, Role
from guilds.queries import get_charter
from tests.builders import MEANS, NOW, make_guild, make_proposal, make_user
from tests.racing import Deed, at_once
from tests.voting.test_deeds import close_with_yes
from voting import casting, closing, services
from voting.charters import amendment_of, propose_change
from voting.models import Choice, Proposal, ProposalState
from voting.question import Case

DAY = timedelta(days=1)
ASSEMBLY = TEMPLATES["simple-assembly"].charter


def amended(kind: DecisionKind, **changes: Any) -> Charter:
    rule = DecisionRule.model_validate({**ASSEMBLY.rules[kind].model_dump(), **changes})
    return Charter(rules={**ASSEMBLY.rules, kind: rule})


HALF = amended(DecisionKind.SPEND, quorum_share=Fraction(1, 2))
ONE_SUPPORTER = amended(DecisionKind.RESOLUTION, supporters=1)


def propose(
    db: Session, guild: Guild, author: User, charter: Charter = HALF, *, base: int = 1
) -> Proposal:
    return propose_change(
        db,
        guild,
        charter,
        base=base,
        case=Case("Money is everybody's matter.", 2 * DAY),
        actor=author,
        now=NOW,
    )


def test_a_passed_change_is_the_next_version_and_rests_on_its_decision(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    proposal = propose(db, guild, bob)
    assert proposal.title == "Change the charter: Spend money"
    close_with_yes(db, proposal, alice, bob)
    assert proposal.carried_out_at == proposal.decided_at == proposal.closes_at
    version = get_charter(db, guild.id)
    assert (version.number, version.decision_id) == (2, proposal.id)
    assert version.adopted_at == proposal.closes_at
    assert Charter.model_validate(version.rules) == HALF


def test_a_change_says_what_reads_differently(db: Session, guild: Guild, bob: User) -> None:
    proposal = propose(db, guild, bob)
    found = amendment_of(db, proposal)
    assert found is not None
    (change,) = found.changes
    assert change.kinds == ("Spend money",)
    assert [line.mark for line in change.lines].count(Mark.NEW) == 1
    assert amendment_of(db, make_proposal(db, guild, bob)) is None


def test_it_is_decided_under_the_version_in_force(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    """Two thirds, as the assembly's charter asks of a change; half of them is not enough."""
    proposal = propose(db, guild, bob)
    assert proposal.decision_rule == ASSEMBLY.rules[DecisionKind.CHANGE_CHARTER]
    assert proposal.decision_rule.threshold_share == Fraction(2, 3)


def test_a_proposal_keeps_the_version_it_was_put_under(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    earlier = make_proposal(db, guild, bob)
    close_with_yes(db, propose(db, guild, bob, ONE_SUPPORTER), alice, bob)
    later = make_proposal(db, guild, bob, now=NOW + 9 * DAY)
    assert earlier.decision_rule.supporters == 0
    assert (later.decision_rule.supporters, later.state) == (1, ProposalState.SUPPORT)
    assert earlier.charter_version_id != later.charter_version_id


def test_of_two_changes_the_second_never_undoes_the_first(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    first, second = propose(db, guild, bob), propose(db, guild, alice, ONE_SUPPORTER)
    close_with_yes(db, first, alice, bob)
    close_with_yes(db, second, alice, bob)
    assert (second.state, second.carried_out_at) == (ProposalState.PASSED, None)
    assert "version 2 is in force" in second.not_carried_out
    assert Charter.model_validate(get_charter(db, guild.id).rules) == HALF
    with pytest.raises(RuleBroken, match=r"never be carried out any more\. Version 2"):
        closing.try_again(db, second, MEANS, actor=alice, now=second.closes_at)
    assert len(db.exec(select(CharterVersion)).all()) == 2


def test_what_was_written_against_an_older_version_is_not_put(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    close_with_yes(db, propose(db, guild, bob), alice, bob)
    with pytest.raises(RuleBroken, match="version 2 is in force"):
        propose(db, guild, bob, ONE_SUPPORTER, base=1)


def test_what_changes_nothing_is_not_put(db: Session, guild: Guild, bob: User) -> None:
    with pytest.raises(RuleBroken, match="reads exactly like"):
        propose(db, guild, bob, ASSEMBLY)


def test_a_dead_end_is_not_put(db: Session, guild: Guild, bob: User) -> None:
    with pytest.raises(RuleBroken, match=r"Spend money: 3 people would have to cast a ballot"):
        propose(db, guild, bob, amended(DecisionKind.SPEND, quorum_least=3))


def test_what_became_a_dead_end_meanwhile_stays_passed_until_it_is_none(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    charlie = make_user(db, "charlie")
    seat = Membership(guild_id=guild.id, user_id=charlie.id, role=Role.MEMBER, joined_at=NOW)
    db.add(seat)
    guild.member_count = 3
    db.flush()
    proposal = propose(db, guild, bob, amended(DecisionKind.SPEND, quorum_least=3))
    db.delete(seat)
    db.flush()
    close_with_yes(db, proposal, alice, bob)
    assert proposal.state == ProposalState.PASSED
    assert proposal.not_carried_out.startswith("This would lead into a dead end. Spend money: 3")
    assert get_charter(db, guild.id).number == 1
    db.add(Membership(guild_id=guild.id, user_id=charlie.id, role=Role.MEMBER, joined_at=NOW))
    db.flush()
    later = proposal.closes_at + DAY
    assert closing.try_again(db, proposal, MEANS, actor=alice, now=later)
    assert get_charter(db, guild.id).adopted_at == later


def test_who_may_not_change_the_charter_does_not_propose_it(
    db: Session, alice: User, bob: User
) -> None:
    people = [make_user(db, f"member{number}") for number in range(8)]
    guild = make_guild(db, admins=[alice], members=[bob, *people], charter="federation-with-quorum")
    charter = TEMPLATES["federation-with-quorum"].charter
    rule = charter.rules[DecisionKind.SPEND].model_copy(update={"supporters": 3})
    after = Charter(rules={**charter.rules, DecisionKind.SPEND: rule})
    with pytest.raises(NotAllowed):
        propose(db, guild, bob, after)


# --- at once ---


def closing_of(proposal: Proposal) -> Deed:
    key, at = proposal.id, proposal.closes_at

    def deed(db: Session) -> bool:
        return closing.close_proposal(db, db.get_one(Proposal, key), MEANS, now=at)

    return deed


@pytest.mark.postgres
def test_of_two_changes_closed_at_once_one_comes_into_force(
    db: Session, engine: Engine, alice: User, bob: User
) -> None:
    for number in range(5):
        guild = make_guild(db, admins=[alice], members=[bob], slug=f"guild-{number}")
        both = [propose(db, guild, bob), propose(db, guild, alice, ONE_SUPPORTER)]
        for proposal in both:
            services.open_voting(db, proposal, now=proposal.opens_at)
            for voter in (alice, bob):
                at = proposal.opens_at
                casting.cast_ballot(db, proposal, actor=voter, marks=Choice.YES, now=at)
        db.commit()
        assert at_once(engine, *(closing_of(proposal) for proposal in both)) == [True, True]
        for proposal in both:
            db.refresh(proposal)
        assert [one.state for one in both] == [ProposalState.PASSED] * 2
        assert sorted(one.carried_out_at is None for one in both) == [False, True]
        assert get_charter(db, guild.id).number == 2
        db.commit()
