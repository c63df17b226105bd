"""A petition's way, on real databases: rows, record, notices."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session, col, select

import voting.casting
import voting.closing
import voting.services
from accounts.models import User
from audit.models import AuditEntry
from core.errors import NotAllowed, RuleBroken
from guilds.models import Guild, GuildState, Role
from petitions import drafting, lists, queries
from petitions.drafting import Draft
from petitions.models import PUBLIC_STATES, Petition, PetitionState
from petitions.versions import StaleEdit
from tests.builders import MEANS, NOW, make_guild, make_institution, make_petition, make_user
from voting.models import Choice, Proposal, ProposalState
from voting.question import Case

WEEK = timedelta(days=7)


@pytest.fixture
def guild(db: Session, alice: User, bob: User) -> Guild:
    return make_guild(db, admins=[alice], members=[bob], charter="affinity-group")


def a_draft(db: Session, **changes: object) -> Draft:
    usual = {
        "title": "No advertising in dreams",
        "request": "Forbid the sale of airtime in sleep.",
        "background": "DreamSync Corp has **begun** to sell it.",
        "institution_id": make_institution(db).id,
        "goal": 500,
        "closes_on": date(2026, 6, 1),
    }
    return Draft(**usual | changes)  # type: ignore[arg-type] # the cases above say the types


def actions(db: Session, petition: Petition) -> list[str]:
    db.commit()
    query = select(AuditEntry.action).where(AuditEntry.subject_id == petition.id)
    return list(db.exec(query.order_by(col(AuditEntry.sequence))))


def put(db: Session, petition: Petition, actor: User) -> Proposal:
    return drafting.put_before_guild(db, petition, actor=actor, how=Case("", WEEK), now=NOW)


def decide(db: Session, proposal: Proposal, choices: list[tuple[User, Choice]]) -> None:
    for user, choice in choices:
        voting.casting.cast_ballot(db, proposal, actor=user, marks=choice, now=NOW)
    voting.closing.close_proposal(db, proposal, MEANS, now=NOW + WEEK)


def test_a_member_drafts(db: Session, guild: Guild, bob: User) -> None:
    petition = drafting.draft_petition(db, guild, actor=bob, draft=a_draft(db), now=NOW)
    assert petition.state == PetitionState.DRAFT
    assert "<strong>begun</strong>" in petition.background_html
    assert actions(db, petition) == ["petitions.drafted"]


def test_nothing_is_drafted_in_a_guild_that_is_no_more(
    db: Session, guild: Guild, bob: User
) -> None:
    guild.state = GuildState.DISSOLVED
    db.add(guild)
    db.flush()
    with pytest.raises(RuleBroken, match="dissolved"):
        drafting.draft_petition(db, guild, actor=bob, draft=a_draft(db), now=NOW)


def test_a_stranger_does_not_draft(db: Session, guild: Guild) -> None:
    with pytest.raises(NotAllowed):
        drafting.draft_petition(
            db, guild, actor=make_user(db, "charlie"), draft=a_draft(db), now=NOW
        )


def test_a_closing_day_in_the_past_is_refused(db: Session, guild: Guild, bob: User) -> None:
    with pytest.raises(RuleBroken, match="after today"):
        drafting.draft_petition(
            db, guild, actor=bob, draft=a_draft(db, closes_on=NOW.date()), now=NOW
        )


def test_an_edit_of_what_changed_meanwhile_is_refused(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    petition = drafting.draft_petition(db, guild, actor=bob, draft=a_draft(db), now=NOW)
    drafting.edit_petition(
        db, petition, actor=alice, draft=a_draft(db, goal=900), version=1, now=NOW
    )
    with pytest.raises(StaleEdit):
        drafting.edit_petition(
            db, petition, actor=bob, draft=a_draft(db, goal=100), version=1, now=NOW
        )
    assert (petition.goal, petition.version) == (900, 2)


def test_only_who_looks_after_it_edits(db: Session, guild: Guild, alice: User, bob: User) -> None:
    petition = drafting.draft_petition(db, guild, actor=alice, draft=a_draft(db), now=NOW)
    with pytest.raises(NotAllowed):
        drafting.edit_petition(db, petition, actor=bob, draft=a_draft(db), version=1, now=NOW)


def test_the_mandate_opens_the_petition_in_the_decisions_transaction(
    db: Session, guild: Guild, alice: User, bob: User, reactions: None
) -> None:
    petition = drafting.draft_petition(db, guild, actor=bob, draft=a_draft(db), now=NOW)
    proposal = put(db, petition, bob)
    assert petition.state == PetitionState.BEFORE_GUILD
    assert "Forbid the sale" in proposal.text
    assert "kept for 6 months after the end" in proposal.text
    decide(db, proposal, [(alice, Choice.YES), (bob, Choice.YES)])
    assert proposal.state == ProposalState.PASSED
    assert proposal.carried_out_at == NOW + WEEK
    assert petition.state == PetitionState.OPEN
    assert petition.opened_at == NOW + WEEK
    assert actions(db, petition) == [
        "petitions.drafted",
        "petitions.put_before_guild",
        "petitions.opened",
    ]


def test_a_failed_decision_rejects_it_and_it_can_be_drafted_again(
    db: Session, guild: Guild, alice: User, bob: User, reactions: None
) -> None:
    petition = drafting.draft_petition(db, guild, actor=bob, draft=a_draft(db), now=NOW)
    proposal = put(db, petition, bob)
    decide(db, proposal, [(alice, Choice.NO), (bob, Choice.YES)])
    assert petition.state == PetitionState.REJECTED
    assert proposal.carried_out_at is None
    drafting.redraft_petition(db, petition, actor=bob, now=NOW)
    assert petition.state == PetitionState.DRAFT
    assert petition.proposal_id is None


def test_a_withdrawn_proposal_gives_the_draft_back(
    db: Session, guild: Guild, bob: User, reactions: None
) -> None:
    petition = drafting.draft_petition(db, guild, actor=bob, draft=a_draft(db), now=NOW)
    proposal = put(db, petition, bob)
    voting.services.withdraw(db, proposal, actor=bob, now=NOW)
    assert petition.state == PetitionState.DRAFT
    assert put(db, petition, bob).id != proposal.id


def test_a_decision_about_another_matter_opens_nothing(
    db: Session, guild: Guild, alice: User, bob: User, reactions: None
) -> None:
    petition = drafting.draft_petition(db, guild, actor=bob, draft=a_draft(db), now=NOW)
    foreign = put(db, petition, bob)
    petition.proposal_id = None  # it waits for another one
    db.add(petition)
    decide(db, foreign, [(alice, Choice.YES), (bob, Choice.YES)])
    assert petition.state == PetitionState.BEFORE_GUILD
    assert foreign.carried_out_at is None


def test_what_was_decided_too_late_is_not_stuck_before_its_guild(
    db: Session, guild: Guild, alice: User, bob: User, reactions: None
) -> None:
    petition = drafting.draft_petition(db, guild, actor=bob, draft=a_draft(db), now=NOW)
    proposal = put(db, petition, bob)
    with pytest.raises(NotAllowed):
        drafting.redraft_petition(db, petition, actor=bob, now=NOW)
    petition.closes_on = date(2026, 3, 4)  # the count came later than anybody thought
    db.add(petition)
    decide(db, proposal, [(alice, Choice.YES), (bob, Choice.YES)])
    assert (petition.state, proposal.carried_out_at) == (PetitionState.BEFORE_GUILD, None)
    drafting.redraft_petition(db, petition, actor=bob, now=NOW + WEEK)
    assert (petition.state, petition.proposal_id) == (PetitionState.DRAFT, None)


def test_it_must_not_close_before_it_is_decided(db: Session, guild: Guild, bob: User) -> None:
    draft = a_draft(db, closes_on=date(2026, 3, 9))
    petition = drafting.draft_petition(db, guild, actor=bob, draft=draft, now=NOW)
    with pytest.raises(RuleBroken, match="later day in the draft"):
        put(db, petition, bob)


def test_the_charter_says_who_may_put_it(db: Session, alice: User, bob: User) -> None:
    guild = make_guild(db, admins=[alice], members=[bob], charter="federation-with-quorum")
    petition = drafting.draft_petition(db, guild, actor=bob, draft=a_draft(db), now=NOW)
    with pytest.raises(NotAllowed):
        put(db, petition, bob)
    put(db, petition, alice)


def test_a_draft_is_withdrawn_for_good(db: Session, guild: Guild, bob: User) -> None:
    petition = drafting.draft_petition(db, guild, actor=bob, draft=a_draft(db), now=NOW)
    drafting.withdraw_petition(db, petition, actor=bob, now=NOW)
    assert petition.state == PetitionState.WITHDRAWN
    with pytest.raises(NotAllowed):
        drafting.withdraw_petition(db, petition, actor=bob, now=NOW)


def test_an_open_petition_is_not_the_authors_to_withdraw(
    db: Session, guild: Guild, bob: User
) -> None:
    petition = make_petition(db, guild, bob)
    with pytest.raises(NotAllowed):
        drafting.withdraw_petition(db, petition, actor=bob, now=NOW)


@pytest.mark.parametrize("state", PetitionState)
def test_strangers_see_petitions_that_were_open(
    db: Session, guild: Guild, bob: User, state: PetitionState
) -> None:
    petition = make_petition(db, guild, bob, state=state)
    public = state in PUBLIC_STATES
    assert (queries.get_petition(db, petition.id, None) is not None) == public
    assert queries.get_petition(db, petition.id, bob) is not None
    assert len(lists.petitions_of_guild(db, guild, None)) == int(public)
    assert len(lists.petitions_of_guild(db, guild, Role.MEMBER)) == 1


@pytest.mark.parametrize("order", lists.Order)
def test_a_list_goes_on_where_the_page_before_ended(
    db: Session, guild: Guild, bob: User, order: lists.Order
) -> None:
    for number in range(5):  # pairs that are alike in every order
        step = number // 2
        petition = make_petition(
            db, guild, bob, title=f"{number}", opened_at=NOW - timedelta(days=step),
            closes_on=date(2026, 6, 1 + step),
        )  # fmt: skip
        petition.signature_count, petition.paper_count = 30 - 9 * step, 5 * step
        db.add(petition)
    db.flush()
    seen: list[str] = []
    spot = None
    while page := lists.open_petitions(db, 2, order=order, before=lists.read_spot(spot, order)):
        seen += [line.title for line in page]
        spot = lists.write_spot(page[-1], order)
    assert [set(seen[:2]), set(seen[2:4]), seen[4:]] == [{"0", "1"}, {"2", "3"}, ["4"]]


@pytest.mark.parametrize("order", lists.Order)
@pytest.mark.parametrize("spot", [None, "", "9", "9.x", "9999999999.", "٣." + "a" * 32, "-1.0"])
def test_a_place_nobody_wrote_is_the_start(spot: str | None, order: lists.Order) -> None:
    assert lists.read_spot(spot, order) is None
