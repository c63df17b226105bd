"""Mails after the close: to the guild, to signatories who wished for news, to the institution."""

from datetime import date
from typing import Any

from sqlmodel import Session

from core import clock
from core.mail import Message, Writer
from core.templating import count, day
from institutions.models import Contact, Institution
from notifications.delivery import Compose
from notifications.models import Notice
from petitions import answers, deadlines, delivery, dossier
from petitions import outcome_rules as rules
from petitions.delivery_models import Answer, Delivery, DeliveryWay
from petitions.models import Petition, PetitionState
from petitions.receipts import Receipts, in_groups
from petitions.telling import letter

#: letters of an answer that a mail quotes
QUOTED = 700
WAYS = {
    DeliveryWay.IN_PERSON: "in person",
    DeliveryWay.POST: "by post",
    DeliveryWay.EMAIL: "by e-mail",
    DeliveryWay.PORTAL: "through its website",
}


def numbers(petition: Petition | Delivery) -> str:
    """Such as "214 signatures and 30 on paper"."""
    signed = count(petition.signature_count, "signature")
    return f"{signed} and {petition.paper_count:,} on paper" if petition.paper_count else signed


def _institution(db: Session, petition: Petition) -> str:
    return db.get_one(Institution, petition.institution_id).name


def dossier_ready(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To author and organisers: it can be handed over now."""
    petition = db.get(Petition, notice.subject_id)
    if petition is None or petition.state != PetitionState.CLOSED:
        return None
    return writer.message(
        "petitions/dossier_ready",
        subject=f"Ready to hand over: {petition.title}",
        path=f"/petitions/{petition.id}/dossier",
        title=petition.title,
        numbers=numbers(petition),
        institution=_institution(db, petition),
    )


def counted(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To a signatory, held or not: all is counted; the receipt shows them whether theirs is in."""
    petition = db.get(Petition, notice.subject_id)
    held = dossier.get_dossier(db, notice.subject_id)
    if petition is None or held is None or petition.state == PetitionState.STOPPED:
        return None
    receipt = Receipts(writer.vault).of(notice.recipient_id)
    return letter(
        db,
        notice,
        writer,
        petition,
        "petitions/counted",
        subject=f"Counted: {petition.title}",
        path=f"/petitions/{petition.id}/dossier?receipt={receipt}",
        numbers=numbers(petition),
        institution=_institution(db, petition),
        receipt=in_groups(receipt),
    )


def handed_over(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To somebody at the institution: what it is, and where they read and answer it."""
    row = db.get(Delivery, notice.subject_id)
    contact = db.get(Contact, notice.recipient_id)
    if row is None or contact is None or row.contact_id != contact.id:
        return None
    petition = db.get_one(Petition, row.petition_id)
    if petition.state not in {PetitionState.DELIVERED, PetitionState.ANSWERED}:
        return None
    return writer.message(
        "petitions/handed_over",
        subject=f"A petition to {_institution(db, petition)}: {petition.title}",
        path=f"/deliveries/{writer.vault.link_token(delivery.LINK, row.id)}",
        to=writer.vault.unseal(contact.address_sealed),
        title=petition.title,
        request=petition.request,
        numbers=numbers(petition),
        guild=dossier.guild_names(db, petition)[0],
        institution=_institution(db, petition),
        contact=contact.name,
        due=_day(petition.answer_due_on),
        because=petition.answer_due_because,
        is_late=deadlines.is_overdue(petition, clock.now()),
    )


def delivered(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To a signatory, and to organisers of the guilds behind it: it was handed over."""
    petition = db.get(Petition, notice.subject_id)
    rows = delivery.deliveries(db, notice.subject_id)
    if petition is None or not rows:
        return None
    first = rows[0][0]
    facts: dict[str, Any] = {
        "subject": f"Handed over: {petition.title}",
        "path": f"/petitions/{petition.id}",
        "numbers": numbers(first),
        "institution": _institution(db, petition),
        "how": WAYS[first.way],
        "on": day(first.delivered_at.date()),
        "due": _day(petition.answer_due_on),
    }
    return _told(db, notice, writer, petition, "petitions/delivered", facts)


def _told(
    db: Session,
    notice: Notice,
    writer: Writer,
    petition: Petition,
    template: str,
    facts: dict[str, Any],
) -> Message | None:
    """What guilds and signatories are told alike, to whichever of them a notice is owed."""
    if notice.user_id is None:
        return letter(db, notice, writer, petition, template, **facts)
    return writer.message(template, title=petition.title, stop_link="", **facts)


def _day(on: date | None) -> str:
    return day(on) if on else ""


def answer_due(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To author and organisers: the day of the answer comes, is here, or is past."""
    petition = db.get(Petition, notice.subject_id)
    if petition is None or petition.state != PetitionState.DELIVERED:
        return None
    if petition.answer_due_on is None and notice.kind != deadlines.OVERDUE:
        return None
    news = {
        deadlines.SOON: f"An answer is due soon: {petition.title}",
        deadlines.TODAY: f"An answer is due today: {petition.title}",
        deadlines.OVERDUE: f"No answer came: {petition.title}",
    }
    return writer.message(
        "petitions/answer_due",
        subject=news[notice.kind],
        path=f"/petitions/{petition.id}#then",
        title=petition.title,
        institution=_institution(db, petition),
        due=_day(petition.answer_due_on),
        is_today=notice.kind == deadlines.TODAY,
        is_late=notice.kind == deadlines.OVERDUE,
    )


def answered(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To author and organisers, also of guilds behind it: the institution spoke."""
    answer = db.get(Answer, notice.subject_id)
    if answer is None:
        return None
    petition = db.get_one(Petition, answer.petition_id)
    return writer.message("petitions/answered", stop_link="", **_answer_facts(petition, answer))


def answer_news(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """The same to a signatory."""
    answer = db.get(Answer, notice.subject_id)
    if answer is None:
        return None
    petition = db.get_one(Petition, answer.petition_id)
    facts = _answer_facts(petition, answer)
    del facts["title"]
    return letter(db, notice, writer, petition, "petitions/answered", **facts)


def _answer_facts(petition: Petition, answer: Answer) -> dict[str, Any]:
    text = answer.text if len(answer.text) <= QUOTED else f"{answer.text[:QUOTED].rstrip()} …"
    return {
        "subject": f"Answered: {petition.title}",
        "path": f"/petitions/{petition.id}#then",
        "title": petition.title,
        "said_by": answer.said_by,
        "text": text,
    }


def settled(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To the guild if the clock settled it, the guilds behind it and signatories: how it ended."""
    petition = db.get(Petition, notice.subject_id)
    if petition is None or petition.settlement is None:
        return None
    facts: dict[str, Any] = {
        "subject": f"How it ended: {petition.title}",
        "path": f"/petitions/{petition.id}#then",
        "outcome": rules.SETTLEMENTS[petition.settlement],
        "reason": petition.settlement_reason,
        "months": count(petition.kept_months, "month"),
    }
    return _told(db, notice, writer, petition, "petitions/settled", facts)


NOTICES: dict[str, Compose] = {
    dossier.READY: dossier_ready,
    dossier.COUNTED: counted,
    delivery.HANDED_OVER: handed_over,
    delivery.DELIVERED: delivered,
    **dict.fromkeys(deadlines.REMINDERS, answer_due),
    answers.ANSWERED: answered,
    answers.ANSWER_NEWS: answer_news,
    answers.SETTLED: settled,
    answers.SETTLED_NEWS: settled,
}
