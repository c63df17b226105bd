"""After the close: handing over, deadlines and reminders, answers, settling, going on."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlmodel import Session, col, select

from accounts.models import User
from audit.models import AuditEntry
from core.errors import NotAllowed, RuleBroken
from guilds.models import Guild, Role
from institutions.models import Contact, Institution
from notifications.models import Notice, Outcome
from petitions import answers, deadlines, delivery, dossier, jobs, signing
from petitions import outcome_rules as rules
from petitions.delivery_models import Delivery, DeliveryWay
from petitions.models import Petition, PetitionState, Settlement, SignatureState
from petitions.rules import day_of, last_moment
from tests.builders import NOW, make_contact, make_guild, make_petition, make_signature
from tests.drafting_builders import make_standing
from tests.petitions.closing import close, make_dossier

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
S = PetitionState
#: the dossier is there from here on
LATER = NOW + timedelta(days=2)
IN_PERSON = delivery.Handover(DeliveryWay.IN_PERSON, "The clerk", LATER.date(), "Receipt 4/11")
SAID = answers.Said("We will **look** at it.", "The Authority", "https://authority.example/4")


@pytest.fixture
def petition(db: Session, guild: Guild, alice: User) -> Petition:
    """Closed with two signatures, one of whom wishes for news; its dossier is made."""
    petition = make_petition(db, guild, alice)
    make_signature(db, petition, "dora@example.org", wants_updates=True)
    make_signature(db, petition, "emil@example.org")
    close(db, petition)
    make_dossier(db, petition, now=LATER)
    return petition


@pytest.fixture
def delivered(db: Session, petition: Petition, alice: User) -> Petition:
    delivery.deliver(db, petition, actor=alice, handover=IN_PERSON, now=LATER)
    db.flush()
    return petition


def owed(db: Session, kind: str) -> list[Notice]:
    """What is owed of a kind once the clock has ticked."""
    jobs.tell_signatories(db, LATER)
    return list(db.exec(select(Notice).where(Notice.kind == kind)))


def recorded(db: Session) -> list[str]:
    db.commit()
    return [
        entry.action for entry in db.exec(select(AuditEntry).order_by(col(AuditEntry.sequence)))
    ]


# --- handing over ---


def test_it_is_recorded_what_was_handed_to_whom_and_how(
    db: Session, petition: Petition, alice: User
) -> None:
    row = delivery.deliver(db, petition, actor=alice, handover=IN_PERSON, now=LATER)
    assert (row.way, row.received_by, row.proof) == ("in_person", "The clerk", "Receipt 4/11")
    assert (row.signature_count, row.paper_count, row.delivered_at) == (2, 0, LATER)
    held = dossier.get_dossier(db, petition.id)
    assert held is not None
    assert row.root == held.manifest["root"]
    assert petition.state == S.DELIVERED
    assert recorded(db)[-1] == "petitions.delivered"
    assert [one.kind for one in owed(db, delivery.DELIVERED)] == [delivery.DELIVERED]


def test_a_contact_is_written_to_and_only_one_of_this_institution(
    db: Session, petition: Petition, alice: User
) -> None:
    elsewhere = Institution(name="Other", kind="court", jurisdiction="Elsewhere", added_at=NOW)
    db.add(elsewhere)
    db.flush()
    stranger = make_contact(db, elsewhere)
    clerk = make_contact(db, db.get_one(Institution, petition.institution_id))

    def by_mail(contact: Contact) -> delivery.Handover:
        return delivery.Handover(
            DeliveryWay.EMAIL, "The clerk", LATER.date(), contact_id=contact.id
        )

    with pytest.raises(RuleBroken, match="gone"):
        delivery.deliver(db, petition, actor=alice, handover=by_mail(stranger), now=LATER)
    row = delivery.deliver(db, petition, actor=alice, handover=by_mail(clerk), now=LATER)
    (mail,) = owed(db, delivery.HANDED_OVER)
    assert (mail.recipient_id, mail.subject_id, mail.user_id) == (clerk.id, row.id, None)
    with pytest.raises(RuleBroken, match="already"):
        delivery.deliver(db, petition, actor=alice, handover=by_mail(clerk), now=LATER)


def test_a_link_whose_mail_was_refused_may_be_sent_again(
    db: Session, petition: Petition, alice: User
) -> None:
    clerk = make_contact(db, db.get_one(Institution, petition.institution_id))
    by_mail = replace(IN_PERSON, contact_id=clerk.id)
    delivery.deliver(db, petition, actor=alice, handover=by_mail, now=LATER)
    (mail,) = owed(db, delivery.HANDED_OVER)
    mail.settled_at, mail.outcome = LATER, Outcome.FAILED
    db.add(mail)
    db.flush()
    again = delivery.deliver(db, petition, actor=alice, handover=by_mail, now=LATER + HOUR)
    assert len(owed(db, delivery.HANDED_OVER)) == 2
    assert delivery.link_mails(db, petition.id)[again.id] is None


@pytest.mark.parametrize("by_link", [True, False])
def test_what_a_doubled_click_hands_over_is_on_record_once(
    db: Session, petition: Petition, alice: User, by_link: bool
) -> None:
    clerk = make_contact(db, db.get_one(Institution, petition.institution_id))
    told = replace(IN_PERSON, contact_id=clerk.id if by_link else None)

    def deliver(handover: delivery.Handover, seconds: int) -> Delivery:
        now = LATER + timedelta(seconds=seconds)
        return delivery.deliver(db, petition, actor=alice, handover=handover, now=now)

    first = deliver(told, 0)
    assert deliver(told, 1).id == first.id
    assert deliver(told, -1).id == first.id, "the second may overtake"
    other = replace(told, contact_id=None)
    corrected = [
        deliver(replace(other, proof="Receipt 5/11"), 2),
        deliver(replace(other, answer_due_on=LATER.date() + 30 * DAY), 3),
    ]
    assert len({first.id, *(one.id for one in corrected)}) == 3
    assert len(owed(db, delivery.DELIVERED)) == 1
    assert len(owed(db, delivery.HANDED_OVER)) == int(by_link)


def test_an_author_who_is_no_organiser_hands_over_but_sends_no_link_to_the_names(
    db: Session, petition: Petition, bob: User
) -> None:
    petition.author_id = bob.id
    db.add(petition)
    contact = make_contact(db, db.get_one(Institution, petition.institution_id), added_by=bob)
    linked = replace(IN_PERSON, contact_id=contact.id)
    with pytest.raises(NotAllowed, match="names"):
        delivery.deliver(db, petition, actor=bob, handover=linked, now=LATER)
    row = delivery.deliver(db, petition, actor=bob, handover=IN_PERSON, now=LATER)
    assert row.contact_id is None


def test_it_waits_for_a_dossier_that_is_true(
    db: Session, guild: Guild, alice: User, petition: Petition
) -> None:
    other = make_petition(db, guild, alice, title="Another")
    close(db, other)
    with pytest.raises(RuleBroken, match="not ready"):
        delivery.deliver(db, other, actor=alice, handover=IN_PERSON, now=LATER)


@pytest.mark.parametrize(
    ("on", "said"), [(LATER.date() + DAY, "still to come"), (NOW.date() - DAY, "still open")]
)
def test_an_impossible_day_is_refused(
    db: Session, petition: Petition, alice: User, on: date, said: str
) -> None:
    handover = delivery.Handover(DeliveryWay.POST, "The clerk", on)
    with pytest.raises(RuleBroken, match=said):
        delivery.deliver(db, petition, actor=alice, handover=handover, now=LATER)


def test_days_are_those_of_who_types_them(db: Session, petition: Petition, alice: User) -> None:
    alice.time_zone = "Pacific/Auckland"  # where it is tomorrow already
    today = LATER.date() + DAY
    handover = replace(IN_PERSON, delivered_on=today)
    row = delivery.deliver(db, petition, actor=alice, handover=handover, now=LATER)
    assert row.delivered_at == LATER, "now, never to come"
    said = replace(SAID, answered_on=today)
    answer = answers.note_answer(db, petition, actor=alice, said=said, now=LATER)
    assert answer.answered_at == LATER
    after_midnight = datetime.combine(today, time(11, 30), UTC)  # there: of the day after
    answer = answers.note_answer(db, petition, actor=alice, said=said, now=after_midnight)
    assert answer.answered_at < after_midnight, "yesterday, and not to come either"


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "UTC", "America/New_York"])
def test_a_day_that_was_typed_is_that_day_where_it_was_typed_and_in_utc(
    db: Session, petition: Petition, alice: User, zone: str
) -> None:
    alice.time_zone, day = zone, LATER.date() + DAY
    handover, said = replace(IN_PERSON, delivered_on=day), replace(SAID, answered_on=day)
    row = delivery.deliver(db, petition, actor=alice, handover=handover, now=LATER + 5 * DAY)
    answer = answers.note_answer(db, petition, actor=alice, said=said, now=LATER + 5 * DAY)
    for at in (row.delivered_at, answer.answered_at):
        assert {at.date(), day_of(at, zone)} == {day}


def test_members_who_do_not_look_after_it_hand_nothing_over(
    db: Session, petition: Petition, bob: User, charlie: User
) -> None:
    for person in (bob, charlie):
        with pytest.raises(NotAllowed):
            delivery.deliver(db, petition, actor=person, handover=IN_PERSON, now=LATER)
        with pytest.raises(NotAllowed):
            delivery.take_names(db, petition, actor=person, now=LATER)


def test_it_may_be_handed_to_somebody_else_too_but_not_for_ever(
    db: Session, delivered: Petition, alice: User
) -> None:
    for _ in range(rules.DELIVERIES_MOST - 1):
        delivery.deliver(db, delivered, actor=alice, handover=IN_PERSON, now=LATER)
    with pytest.raises(RuleBroken, match="enough"):
        delivery.deliver(db, delivered, actor=alice, handover=IN_PERSON, now=LATER)
    assert len(owed(db, delivery.DELIVERED)) == 1, "signatories are told once"


# --- until when ---


def test_the_institutions_own_rules_set_the_day_if_enough_signed(
    db: Session, petition: Petition, alice: User
) -> None:
    institution = db.get_one(Institution, petition.institution_id)
    institution.procedure = "uk-parliament"
    db.add(institution)
    assert delivery.promised_answer(db, petition, LATER.date()) is None
    petition.paper_count = 10_000 - petition.signature_count
    promised = delivery.promised_answer(db, petition, LATER.date())
    assert promised is not None
    assert promised.due_on == LATER.date() + timedelta(days=21)
    assert "10,000" in promised.because


def test_reminders_come_before_on_and_after_the_day_and_end_with_the_answer(
    db: Session, petition: Petition, alice: User
) -> None:
    due_on = LATER.date() + timedelta(days=30)
    handover = delivery.Handover(DeliveryWay.POST, "The clerk", LATER.date(), answer_due_on=due_on)
    delivery.deliver(db, petition, actor=alice, handover=handover, now=LATER)
    days = {
        kind: [(one.due_at.date() - due_on).days for one in owed(db, kind)]
        for kind in deadlines.REMINDERS
    }
    assert days == {deadlines.SOON: [-7], deadlines.TODAY: [0], deadlines.OVERDUE: [14]}
    answers.note_answer(db, petition, actor=alice, said=SAID, now=LATER + DAY)
    assert not any(owed(db, kind) for kind in deadlines.REMINDERS)


def test_where_nobody_named_a_day_three_months_of_silence_are_told(
    db: Session, delivered: Petition, alice: User
) -> None:
    assert [len(owed(db, kind)) for kind in deadlines.REMINDERS] == [0, 0, 1]
    (late,) = owed(db, deadlines.OVERDUE)
    assert late.due_at == LATER + deadlines.USUAL_WAIT
    assert (late.user_id, late.subject_id) == (alice.id, delivered.id)
    assert deadlines.is_overdue(delivered, late.due_at + HOUR)
    answers.note_answer(db, delivered, actor=alice, said=SAID, now=LATER)
    assert owed(db, deadlines.OVERDUE) == []


def test_another_day_moves_the_reminders_and_is_said_why(
    db: Session, delivered: Petition, alice: User, bob: User
) -> None:
    due_on = LATER.date() + timedelta(days=3)
    choose = {"due_on": due_on, "because": "as the clerk told us", "now": LATER}
    with pytest.raises(NotAllowed):
        delivery.set_answer_due(db, delivered, actor=bob, **choose)
    delivery.set_answer_due(db, delivered, actor=alice, **choose)
    assert [len(owed(db, kind)) for kind in deadlines.REMINDERS] == [0, 1, 1]
    with pytest.raises(RuleBroken, match="after today"):
        delivery.set_answer_due(
            db, delivered, actor=alice, due_on=LATER.date(), because="", now=LATER
        )


def test_it_is_overdue_after_its_day_or_after_ninety_days_if_none_was_named(
    db: Session, delivered: Petition
) -> None:
    assert not deadlines.is_overdue(delivered, LATER + 90 * DAY)
    assert deadlines.is_overdue(delivered, LATER + 91 * DAY)
    delivered.answer_due_on = LATER.date() + DAY
    assert not deadlines.is_overdue(delivered, LATER + DAY)
    assert deadlines.is_overdue(delivered, LATER + 2 * DAY)


# --- answers ---


def test_a_contact_answers_by_link_and_everybody_who_wished_is_told(
    db: Session, delivered: Petition
) -> None:
    row = db.exec(select(Delivery)).one()
    answer = answers.answer_by_link(db, row, said=answers.Said("No.", "The clerk"), now=LATER)
    assert (answer.entered_by, answer.said_by) == (None, "The clerk")
    assert delivered.state == S.ANSWERED
    (news,) = owed(db, answers.ANSWER_NEWS)
    assert news.subject_id == answer.id
    assert len(owed(db, answers.ANSWERED)) == 1, "the one organiser"
    more = answers.answer_by_link(db, row, said=answers.Said("Yes.", "The clerk"), now=LATER + DAY)
    assert [one.id for one in answers.answers(db, delivered.id)] == [answer.id, more.id]


def test_an_answer_sent_twice_by_a_doubled_click_is_told_once(
    db: Session, delivered: Petition, alice: User
) -> None:
    row = db.exec(select(Delivery)).one()
    said = answers.Said("No.", "The clerk")
    first = answers.answer_by_link(db, row, said=said, now=LATER)
    again = answers.answer_by_link(db, row, said=said, now=LATER + HOUR / 60)
    assert again.id == first.id
    overtaken = answers.answer_by_link(db, row, said=said, now=LATER - HOUR / 60)
    assert overtaken.id == first.id, "the second click may come to its turn first"
    earlier = replace(SAID, answered_on=LATER.date())
    noted = [
        answers.note_answer(db, delivered, actor=alice, said=earlier, now=LATER + DAY + n * HOUR)
        for n in range(2)
    ]
    assert noted[0].id == noted[1].id != first.id
    assert len(owed(db, answers.ANSWER_NEWS)) == 2


def test_an_organiser_names_the_source_of_an_answer(
    db: Session, delivered: Petition, alice: User, bob: User
) -> None:
    with pytest.raises(NotAllowed):
        answers.note_answer(db, delivered, actor=bob, said=SAID, now=LATER)
    without = answers.Said("We will look at it.", "The Authority")
    with pytest.raises(RuleBroken, match="where"):
        answers.note_answer(db, delivered, actor=alice, said=without, now=LATER)
    early = answers.Said("Yes", "A", "https://a.example", NOW.date() - DAY)
    with pytest.raises(RuleBroken, match="by then"):
        answers.note_answer(db, delivered, actor=alice, said=early, now=LATER)
    answer = answers.note_answer(db, delivered, actor=alice, said=SAID, now=LATER)
    assert "<strong>look</strong>" in answer.text_html


def test_what_is_settled_takes_no_more_answers(
    db: Session, delivered: Petition, alice: User
) -> None:
    row = db.exec(select(Delivery)).one()
    answers.settle(
        db, delivered, actor=alice, settlement=Settlement.REFUSED, reason="In two words.", now=LATER
    )
    with pytest.raises(RuleBroken, match="settled"):
        answers.answer_by_link(db, row, said=SAID, now=LATER)


# --- the end ---


def test_organisers_settle_with_an_outcome_and_a_reason(
    db: Session, delivered: Petition, alice: User, bob: User
) -> None:
    end = {"settlement": Settlement.PARTLY_MET, "reason": "Adverts end at ten.", "now": LATER}
    with pytest.raises(NotAllowed):
        answers.settle(db, delivered, actor=bob, **end)
    answers.settle(db, delivered, actor=alice, **end)
    assert (delivered.state, delivered.settlement) == (S.SETTLED, Settlement.PARTLY_MET)
    assert recorded(db)[-1] == "petitions.settled"
    assert len(owed(db, answers.SETTLED_NEWS)) == 1


def test_what_was_answered_is_not_settled_as_silence(
    db: Session, delivered: Petition, alice: User
) -> None:
    assert Settlement.UNANSWERED in rules.outcomes(delivered.state)
    answers.note_answer(db, delivered, actor=alice, said=SAID, now=LATER)
    end = {"settlement": Settlement.UNANSWERED, "reason": "Nobody wrote.", "now": LATER}
    with pytest.raises(RuleBroken, match="answered a moment ago"):
        answers.settle(db, delivered, actor=alice, **end)
    assert delivered.state == S.ANSWERED


def test_what_closed_is_settled_only_once_it_is_counted(
    db: Session, guild: Guild, alice: User
) -> None:
    petition = make_petition(db, guild, alice, closes_on=NOW.date())
    late = make_signature(db, petition, state=SignatureState.PENDING)
    closed_at = last_moment(petition.closes_on)
    close(db, petition, at=closed_at)
    end = {"settlement": Settlement.REFUSED, "reason": "They said no.", "actor": alice}
    with pytest.raises(RuleBroken, match="dossier is not ready"):
        answers.settle(db, petition, now=closed_at + 23 * HOUR, **end)
    assert signing.confirm_signature(db, late.id, now=closed_at + 23 * HOUR)
    make_dossier(db, petition, now=closed_at + 25 * HOUR)
    answers.settle(db, petition, now=closed_at + 25 * HOUR, **end)
    assert (petition.state, petition.signature_count) == (S.SETTLED, 1)


def test_unanswered_for_a_year_it_settles_itself(db: Session, delivered: Petition) -> None:
    year = LATER + rules.UNANSWERED_LENGTH
    assert answers.due_to_settle(db, year - DAY, 9) == []
    assert answers.due_to_settle(db, year, 9) == [delivered.id]
    assert not answers.settle_unanswered(db, delivered.id, now=year - DAY)
    assert answers.settle_unanswered(db, delivered.id, now=year)
    assert (delivered.settlement, delivered.settlement_reason) == (
        Settlement.UNANSWERED,
        answers.NEVER_ANSWERED,
    )
    assert not answers.settle_unanswered(db, delivered.id, now=year)


def test_an_answer_keeps_it_from_settling_itself(
    db: Session, delivered: Petition, alice: User
) -> None:
    answers.note_answer(db, delivered, actor=alice, said=SAID, now=LATER)
    assert answers.due_to_settle(db, LATER + 3 * rules.UNANSWERED_LENGTH, 9) == []


def test_what_was_not_answered_is_carried_on_with_its_text(
    db: Session, delivered: Petition, bob: User, charlie: User
) -> None:
    late = LATER + 91 * DAY
    with pytest.raises(NotAllowed):
        answers.carry_on(db, delivered, actor=bob, now=LATER)
    with pytest.raises(NotAllowed):
        answers.carry_on(db, delivered, actor=charlie, now=late)
    new = answers.carry_on(db, delivered, actor=bob, now=late)
    assert (new.state, new.follows_id, new.author_id) == (S.DRAFT, delivered.id, bob.id)
    assert (new.title, new.request) == (delivered.title, delivered.request)
    assert new.closes_on > late.date()
    again = answers.carry_on(db, delivered, actor=bob, now=late + timedelta(seconds=1))
    assert again.id == new.id, "the button was pressed twice"


def test_what_carries_a_petition_on_is_named_with_it(
    db: Session, delivered: Petition, alice: User, bob: User
) -> None:
    late = LATER + 91 * DAY
    new = answers.carry_on(db, delivered, actor=bob, now=late)
    given_up = answers.carry_on(db, delivered, actor=alice, now=late)
    given_up.state = S.WITHDRAWN
    db.add(given_up)
    db.flush()
    assert [one.id for one in answers.carried_on_by(db, delivered, Role.MEMBER)] == [new.id]
    assert answers.carried_on_by(db, delivered, None) == []
    new.state = S.OPEN
    db.add(new)
    db.flush()
    assert [one.id for one in answers.carried_on_by(db, delivered, None)] == [new.id]


# --- guilds that stand behind it ---


def test_organisers_of_guilds_behind_it_hear_how_it_goes_on(
    db: Session, petition: Petition, alice: User, charlie: User
) -> None:
    make_standing(db, petition, make_guild(db, admins=[charlie], slug="night-watch"), charlie)
    make_dossier(db, petition, now=LATER)
    delivery.deliver(db, petition, actor=alice, handover=IN_PERSON, now=LATER)
    answers.note_answer(db, petition, actor=alice, said=SAID, now=LATER)
    outcome = {"settlement": Settlement.MET, "reason": "They did."}
    answers.settle(db, petition, actor=alice, now=LATER, **outcome)
    kinds = delivery.DELIVERED, answers.ANSWERED, answers.SETTLED
    told = [{one.user_id for one in owed(db, kind) if one.user_id} for kind in kinds]
    assert told == [{charlie.id}, {alice.id, charlie.id}, {charlie.id}]
