"""Amendments: offered, settled by the author, carried by the members as voting opens."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from accounts.models import User
from audit.models import AuditEntry
from core.errors import NotAllowed, RuleBroken
from guilds.charter import DecisionKind, Method
from guilds.models import Guild, Membership
from notifications.models import Notice
from tests.builders import NOW, make_guild, make_proposal, make_user
from voting import amending, rules, services, writing
from voting.debate_models import Amendment, AmendmentState
from voting.models import Proposal, ProposalState, ProposalVersion

DAY = timedelta(days=1)
TEXT = "We plant willows on the bank. We meet in May."
OAKS, JUNE = TEXT.replace("willows", "oaks"), TEXT.replace("May", "June")


@pytest.fixture
def people(db: Session) -> list[User]:
    return [make_user(db, f"member{number}") for number in range(6)]


@pytest.fixture
def guild(db: Session, alice: User, bob: User, people: list[User]) -> Guild:
    """Eight people; a fifth of them, two, must cast a ballot: two voices carry an amendment."""
    return make_guild(db, admins=[alice], members=[bob, *people])


@pytest.fixture
def proposal(db: Session, guild: Guild, alice: User) -> Proposal:
    return make_proposal(db, guild, alice, text=TEXT)


def offer(
    db: Session, proposal: Proposal, actor: User, text: str = OAKS, now: datetime = NOW
) -> Amendment:
    return amending.propose_amendment(
        db,
        proposal,
        text=text,
        reason="They last.",
        base_version=proposal.version,
        actor=actor,
        now=now,
    )


def owed(db: Session, kind: str) -> list[tuple[object, object]]:
    query = select(Notice).where(Notice.kind == kind)
    return [(notice.user_id, notice.subject_id) for notice in db.exec(query)]


def opened(db: Session, proposal: Proposal) -> Proposal:
    services.open_voting(db, proposal, now=proposal.opens_at)
    assert proposal.state == ProposalState.VOTING
    return proposal


def test_an_amendment_is_offered_and_the_author_hears(
    db: Session, proposal: Proposal, alice: User, bob: User
) -> None:
    amendment = offer(db, proposal, bob)
    assert (amendment.state, amendment.base_version) == (AmendmentState.OPEN, 1)
    assert owed(db, "voting.amended") == [(alice.id, amendment.id)]
    assert proposal.text == TEXT
    with pytest.raises(RuleBroken, match="your own"):
        offer(db, proposal, alice)
    with pytest.raises(RuleBroken, match="as it stands"):
        offer(db, proposal, bob, text=TEXT)
    with pytest.raises(NotAllowed):
        offer(db, proposal, make_user(db, "dora"))
    with pytest.raises(writing.StaleEdit):
        amending.propose_amendment(
            db, proposal, text="x", reason="y", base_version=2, actor=bob, now=NOW
        )


def test_the_author_takes_it_in_as_the_next_version(
    db: Session, proposal: Proposal, alice: User, bob: User
) -> None:
    amendment = offer(db, proposal, bob)
    with pytest.raises(NotAllowed):
        amending.accept(db, amendment, actor=bob, now=NOW)
    amending.accept(db, amendment, actor=alice, now=NOW)
    assert (proposal.text, proposal.version) == (OAKS, 2)
    newest = db.exec(select(ProposalVersion).where(ProposalVersion.number == 2)).one()
    assert newest.amendment_id == amendment.id
    assert amendment.state == AmendmentState.ACCEPTED
    assert owed(db, "voting.amended") == []
    assert owed(db, "voting.answered") == [(bob.id, amendment.id)]
    with pytest.raises(RuleBroken, match="settled"):
        amending.accept(db, amendment, actor=alice, now=NOW)
    db.commit()
    done = db.exec(select(AuditEntry.action).order_by(col(AuditEntry.sequence))).all()
    assert done[-2:] == ["voting.amendment_proposed", "voting.amendment_accepted"]


def test_what_was_written_against_an_older_version_is_fitted_or_refused(
    db: Session, proposal: Proposal, alice: User, bob: User
) -> None:
    oaks, june, elms = (
        offer(db, proposal, bob, text) for text in (OAKS, JUNE, TEXT.replace("willows", "elms"))
    )
    amending.accept(db, oaks, actor=alice, now=NOW)
    amending.accept(db, june, actor=alice, now=NOW)
    assert proposal.text == "We plant oaks on the bank. We meet in June."
    with pytest.raises(RuleBroken, match="write it again"):
        amending.accept(db, elms, actor=alice, now=NOW)
    assert elms.state == AmendmentState.OPEN


def test_declining_says_why_and_ends_nothing_for_the_members(
    db: Session, proposal: Proposal, alice: User, bob: User, people: list[User]
) -> None:
    amendment = offer(db, proposal, bob)
    with pytest.raises(NotAllowed):
        amending.decline(db, amendment, actor=bob, answer="No.", now=NOW)
    amending.decline(db, amendment, actor=alice, answer="Too slow.", now=NOW)
    assert (amendment.state, amendment.answer) == (AmendmentState.DECLINED, "Too slow.")
    assert owed(db, "voting.answered") == [(bob.id, amendment.id)]
    with pytest.raises(RuleBroken, match="already"):
        amending.decline(db, amendment, actor=alice, answer="No.", now=NOW)
    for person in people[:2]:
        amending.speak(db, amendment, actor=person, is_for=True, now=NOW)
    opened(db, proposal)
    assert (proposal.text, proposal.version) == (OAKS, 2)
    assert amendment.state == AmendmentState.CARRIED


def test_voices_are_one_a_member_and_can_change(
    db: Session, proposal: Proposal, alice: User, bob: User, people: list[User]
) -> None:
    amendment = offer(db, proposal, bob)
    amending.speak(db, amendment, actor=people[0], is_for=True, now=NOW)
    amending.speak(db, amendment, actor=people[0], is_for=True, now=NOW)
    amending.speak(db, amendment, actor=people[1], is_for=False, now=NOW)
    assert (amendment.for_count, amendment.against_count) == (1, 1)
    amending.speak(db, amendment, actor=people[0], is_for=False, now=NOW)
    amending.speak(db, amendment, actor=people[1], is_for=None, now=NOW)
    assert (amendment.for_count, amendment.against_count) == (0, 1)
    with pytest.raises(NotAllowed):
        amending.speak(db, amendment, actor=make_user(db, "dora"), is_for=True, now=NOW)
    opened(db, proposal)
    with pytest.raises(RuleBroken, match="settled"):
        amending.speak(db, amendment, actor=alice, is_for=True, now=NOW + DAY)


@pytest.mark.parametrize(
    ("pros", "cons", "state"),
    [
        (0, 0, AmendmentState.LOST),
        (1, 0, AmendmentState.LOST),  # two of eight must be for it
        (2, 0, AmendmentState.CARRIED),
        (2, 2, AmendmentState.LOST),
        (3, 2, AmendmentState.CARRIED),
    ],
)
def test_members_carry_what_enough_of_them_want(
    db: Session,
    proposal: Proposal,
    bob: User,
    people: list[User],
    pros: int,
    cons: int,
    state: AmendmentState,
) -> None:
    amendment = offer(db, proposal, bob)
    for place, person in enumerate(people[: pros + cons]):
        amending.speak(db, amendment, actor=person, is_for=place < pros, now=NOW)
    opened(db, proposal)
    assert amendment.state == state
    assert proposal.text == (OAKS if state == AmendmentState.CARRIED else TEXT)
    assert proposal.version == (2 if state == AmendmentState.CARRIED else 1)


def test_of_competing_ones_that_with_most_voices_is_first(
    db: Session, proposal: Proposal, bob: User, people: list[User]
) -> None:
    elms, oaks, june = (
        offer(db, proposal, bob, text) for text in (TEXT.replace("willows", "elms"), OAKS, JUNE)
    )
    for amendment, voices in ((elms, 2), (oaks, 3), (june, 2)):
        for person in people[:voices]:
            amending.speak(db, amendment, actor=person, is_for=True, now=NOW)
    opened(db, proposal)
    assert proposal.text == "We plant oaks on the bank. We meet in June."
    assert (oaks.state, june.state) == (AmendmentState.CARRIED, AmendmentState.CARRIED)
    assert elms.state == AmendmentState.LOST
    assert "same words" in elms.answer


def test_only_voices_of_electors_count_as_voting_opens(
    db: Session, proposal: Proposal, bob: User, people: list[User]
) -> None:
    amendment = offer(db, proposal, bob)
    for person in people[:2]:
        amending.speak(db, amendment, actor=person, is_for=True, now=NOW)
    gone = db.exec(select(Membership).where(Membership.user_id == people[0].id)).one()
    db.delete(gone)
    opened(db, proposal)
    assert (amendment.state, amendment.for_count) == (AmendmentState.LOST, 1)


def test_a_council_s_electorate_decides_on_amendments_too(
    db: Session, alice: User, bob: User, people: list[User]
) -> None:
    council = make_guild(
        db,
        admins=[alice],
        organisers=people[:2],
        members=[bob, *people[2:]],
        charter="elected-council",
        slug="council",
    )
    proposal = make_proposal(db, council, alice, text=TEXT)
    amendment = offer(db, proposal, bob)
    for person in people[2:]:
        amending.speak(db, amendment, actor=person, is_for=True, now=NOW)
    opened(db, proposal)
    assert (amendment.for_count, amendment.state) == (0, AmendmentState.LOST)


def test_an_amendment_is_taken_back_by_who_wrote_it(
    db: Session, proposal: Proposal, alice: User, bob: User
) -> None:
    amendment = offer(db, proposal, bob)
    with pytest.raises(NotAllowed):
        amending.withdraw(db, amendment, actor=alice, now=NOW)
    amending.withdraw(db, amendment, actor=bob, now=NOW)
    assert amendment.state == AmendmentState.WITHDRAWN
    assert owed(db, "voting.amended") == []
    opened(db, proposal)
    assert amendment.state == AmendmentState.WITHDRAWN


def test_what_is_left_when_the_proposal_ends_is_lost(
    db: Session, proposal: Proposal, alice: User, bob: User
) -> None:
    amendment = offer(db, proposal, bob)
    services.withdraw(db, proposal, actor=alice, now=NOW)
    db.refresh(amendment)
    assert amendment.state == AmendmentState.LOST
    with pytest.raises(RuleBroken, match="ended"):
        offer(db, proposal, bob)


def test_nobody_amends_what_a_petition_says(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    petition = make_proposal(db, guild, alice, kind=DecisionKind.OPEN_PETITION)
    with pytest.raises(RuleBroken, match="so it stays as it was put"):
        offer(db, petition, bob)


def test_there_are_no_more_than_a_page_holds(
    db: Session, proposal: Proposal, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_AMENDMENTS", 1)
    offer(db, proposal, bob)
    with pytest.raises(RuleBroken, match="already"):
        offer(db, proposal, bob, text=JUNE)


# --- while consent is asked ---


@pytest.fixture
def circle(db: Session, alice: User, bob: User, people: list[User]) -> Proposal:
    """Alice's proposal, consent asked since yesterday."""
    guild = make_guild(
        db, admins=[alice], members=[bob, *people], charter="consent-circle", slug="circle"
    )
    proposal = make_proposal(db, guild, alice, text=TEXT, method=Method.CONSENT)
    return opened(db, proposal)


def test_while_consent_is_asked_taking_one_in_asks_again(
    db: Session, circle: Proposal, alice: User, bob: User
) -> None:
    now = circle.opens_at + timedelta(hours=1)
    amendment = offer(db, circle, bob, now=now)
    amending.accept(db, amendment, actor=alice, now=now)
    assert (circle.text, circle.version, circle.round) == (OAKS, 2, 2)
    assert circle.state == ProposalState.DELIBERATION
    assert amendment.state == AmendmentState.ACCEPTED
    newest = db.exec(select(ProposalVersion).where(ProposalVersion.number == 2)).one()
    assert newest.amendment_id == amendment.id


def test_in_a_consent_process_an_open_one_outlives_the_opening(
    db: Session, circle: Proposal, alice: User, bob: User
) -> None:
    now = circle.opens_at + timedelta(hours=1)
    amending.accept(db, offer(db, circle, bob, now=now), actor=alice, now=now)
    later = offer(db, circle, bob, text=circle.text + " At noon.", now=now)
    opened(db, circle)
    assert later.state == AmendmentState.OPEN
