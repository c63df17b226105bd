"""Handing a petition over: to whom, how, when, what proves it; and until when an answer is due."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

import notifications.services
from accounts.models import User
from core.errors import NotAllowed, RuleBroken
from institutions.models import Contact, Institution
from notifications.models import Notice, Outcome
from petitions import deadlines, dossier, life
from petitions import outcome_rules as rules
from petitions.delivery_models import Delivery, DeliveryWay, Dossier
from petitions.models import Petition, PetitionState
from petitions.rules import day_of, instant_of
from petitions.telling import tell_signatories
from voting.doubled import is_doubled

HANDED_OVER, DELIVERED = "petitions.handed_over", "petitions.delivered"
#: what the link of a delivery is good for (core.vault)
LINK = "petition/delivery"


@dataclass(frozen=True)
class Handover:
    """What is said of one. contact_id: who is written to with a link; None: delivered otherwise."""

    way: DeliveryWay
    received_by: str
    delivered_on: date
    proof: str = ""
    contact_id: UUID | None = None
    #: None: what the institution's own rules promise, if they do
    answer_due_on: date | None = None


def deliver(
    db: Session, petition: Petition, *, actor: User, handover: Handover, now: datetime
) -> Delivery:
    """Record that it was handed over, write to the contact, tell signatories who wished for news.

    What a doubled click sends again is on record once. Raises NotAllowed, or RuleBroken if the
    dossier is not ready or a day is impossible.
    """
    petition = life.lock(db, petition.id)
    who = life.who(db, petition, actor)
    if not rules.can_deliver(petition.state, **who):
        raise NotAllowed("A closed petition is handed over by its author or an organiser.")
    if handover.contact_id and not rules.can_take_names(petition.state, who["role"]):
        raise NotAllowed("Only organisers send a link: the names can be read by it.")
    refusal = day_refusal(petition, handover.delivered_on, now, actor.time_zone)
    if refusal is not None:
        raise RuleBroken(refusal)
    held = dossier.ready_dossier(db, petition.id)
    before = _recorded_just_now(db, petition, actor, handover, now)
    if before is not None:
        return before
    _refuse_too_many(db, petition, handover.contact_id)
    delivery = _kept(db, petition, held, actor, handover, now)
    is_first = petition.state == PetitionState.CLOSED
    if is_first:
        petition.delivered_at = delivery.delivered_at
        life.move(
            db, petition, PetitionState.DELIVERED, "petitions.delivered", actor=actor, now=now
        )
        life.tell_guilds_behind(db, petition, DELIVERED, now=now)
        tell_signatories(db, DELIVERED, petition.id, now=now)
    else:
        life.record(db, "petitions.delivered", petition, actor=actor, now=now)
    _ask_for_answer(db, petition, handover, now=now)
    if delivery.contact_id is not None:
        notifications.services.owe(
            db,
            HANDED_OVER,
            subject_id=delivery.id,
            due_at=now,
            recipient_id=delivery.contact_id,
        )
    return delivery


def day_refusal(
    petition: Petition, delivered_on: date | None, now: datetime, zone: str
) -> str | None:
    """What is wrong with the day it is said to be handed over, or None. zone: of who says so."""
    if delivered_on is None:
        return None
    if delivered_on > day_of(now, zone):
        return "That day is still to come."
    if petition.closed_at is not None and delivered_on < day_of(petition.closed_at, zone):
        return "It was still open for signature on that day."
    return None


def _recorded_just_now(
    db: Session, petition: Petition, actor: User, handover: Handover, now: datetime
) -> Delivery | None:
    """The same, said by the same person a moment ago, unless its link's mail was refused."""
    query = select(Delivery).where(
        Delivery.petition_id == petition.id,
        Delivery.recorded_by == actor.id,
        Delivery.way == handover.way,
        Delivery.received_by == handover.received_by,
        Delivery.proof == handover.proof,
        col(Delivery.contact_id).is_not_distinct_from(handover.contact_id),
        is_doubled(Delivery.recorded_at, now),
    )
    if handover.answer_due_on not in {None, petition.answer_due_on}:
        return None
    mails = link_mails(db, petition.id)
    for before in db.exec(query):
        is_same_day = day_of(before.delivered_at, actor.time_zone) == handover.delivered_on
        if is_same_day and mails.get(before.id) != Outcome.FAILED:
            return before
    return None


def _refuse_too_many(db: Session, petition: Petition, contact_id: UUID | None) -> None:
    mine = select(Delivery.id, Delivery.contact_id).where(Delivery.petition_id == petition.id)
    known = list(db.exec(mine))
    if len(known) >= rules.DELIVERIES_MOST:
        raise RuleBroken(f"It was handed over {rules.DELIVERIES_MOST} times; that is enough.")
    mails = link_mails(db, petition.id)
    has_link = {contact for key, contact in known if mails.get(key) != Outcome.FAILED}
    if contact_id is not None and contact_id in has_link:
        raise RuleBroken("They have their link already. Choose somebody else, or nobody.")


def _kept(
    db: Session, petition: Petition, held: Dossier, actor: User, handover: Handover, now: datetime
) -> Delivery:
    contact = db.get(Contact, handover.contact_id) if handover.contact_id else None
    if handover.contact_id and (
        contact is None or contact.institution_id != petition.institution_id
    ):
        raise RuleBroken("This contact is gone. Choose another.")
    is_today = handover.delivered_on == day_of(now, actor.time_zone)
    then = instant_of(handover.delivered_on, actor.time_zone)
    delivery = Delivery(
        petition_id=petition.id,
        way=handover.way,
        received_by=handover.received_by,
        delivered_at=now if is_today else max(then, petition.closed_at or then),
        proof=handover.proof,
        contact_id=contact.id if contact else None,
        recorded_by=actor.id,
        recorded_at=now,
        signature_count=held.signature_count,
        paper_count=held.paper_count,
        root=held.manifest["root"],
    )
    db.add(delivery)
    db.flush()
    return delivery


def _ask_for_answer(db: Session, petition: Petition, handover: Handover, *, now: datetime) -> None:
    """Set the day an answer is due: the one that was chosen, or else the rules' own."""
    if handover.answer_due_on is not None:
        _set_due(db, petition, handover.answer_due_on, "the guild asks for it by then", now=now)
        return
    if petition.answer_due_on is None:
        promised = promised_answer(db, petition, handover.delivered_on)
        if promised is not None:
            _set_due(db, petition, promised.due_on, promised.because, now=now)
        else:
            deadlines.remind(db, petition, now=now)


def promised_answer(
    db: Session, petition: Petition, delivered_on: date
) -> deadlines.Deadline | None:
    """The day by which the institution's own rules promise an answer, if they do."""
    institution = db.get_one(Institution, petition.institution_id)
    total = petition.signature_count + petition.paper_count
    return deadlines.by_procedure(institution.procedure, total, delivered_on)


def set_answer_due(
    db: Session, petition: Petition, *, actor: User, due_on: date, because: str, now: datetime
) -> None:
    """Choose another day for the answer, with why. Raises NotAllowed, or RuleBroken for the day."""
    petition = life.lock(db, petition.id)
    if not rules.can_set_due(petition.state, **life.who(db, petition, actor)):
        raise NotAllowed("The day is chosen while a delivered petition waits for its answer.")
    refusal = deadlines.due_refusal(due_on, now)
    if refusal is not None:
        raise RuleBroken(refusal)
    _set_due(db, petition, due_on, because, now=now)
    life.record(db, "petitions.answer_due", petition, actor=actor, now=now, reason=because)


def _set_due(db: Session, petition: Petition, due_on: date, because: str, *, now: datetime) -> None:
    petition.answer_due_on, petition.answer_due_because = due_on, because
    db.add(petition)
    db.flush()
    deadlines.remind(db, petition, now=now)


def take_names(db: Session, petition: Petition, *, actor: User, now: datetime) -> None:
    """Note for the guild that an organiser takes the names; the file itself: petitions.gathering.

    Raises NotAllowed, or RuleBroken if the dossier is not ready.
    """
    role = life.who(db, petition, actor)["role"]
    if not rules.can_take_names(petition.state, role):
        raise NotAllowed("Organisers take the names, to hand them to the institution.")
    dossier.ready_dossier(db, petition.id)
    life.record(db, "petitions.names_taken", petition, actor=actor, now=now)


def take_names_by_link(db: Session, row: Delivery, *, now: datetime) -> Petition:
    """The same for whoever holds a contact's link; a link may be passed on, so it is on record too.

    Raises RuleBroken once it is settled, or if the dossier is not ready.
    """
    petition = db.get_one(Petition, row.petition_id)
    if not rules.can_be_answered(petition.state):
        raise RuleBroken("This petition is settled: the names are not handed out any more.")
    dossier.ready_dossier(db, petition.id)
    life.record(db, "petitions.names_given", petition, actor=None, now=now)
    return petition


def deliveries(db: Session, petition_id: UUID) -> list[tuple[Delivery, str | None]]:
    """All of them, the first one first, each with the name of the contact who was written to."""
    query = (
        select(Delivery, Contact.name)
        .join(Contact, col(Contact.id) == Delivery.contact_id, isouter=True)
        .where(Delivery.petition_id == petition_id)
        .order_by(col(Delivery.delivered_at), col(Delivery.recorded_at))
        .limit(rules.DELIVERIES_MOST)
    )
    rows: list[Any] = list(db.exec(query))
    return [(delivery, name) for delivery, name in rows]


def link_mails(db: Session, petition_id: UUID) -> dict[UUID, Outcome | None]:
    """What became of the mail with the link of each delivery; None: not sent yet.

    Those that were settled long ago are not in it.
    """
    query = (
        select(Notice.subject_id, Notice.outcome)
        .join(Delivery, col(Delivery.id) == Notice.subject_id)
        .where(Delivery.petition_id == petition_id, Notice.kind == HANDED_OVER)
    )
    rows: list[Any] = list(db.exec(query))
    return dict(rows)
