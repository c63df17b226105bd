"""For a petition's own page: the line of its stages, what happened then, and what can be done."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app, url_for
from sqlmodel import Session

from core import clock
from core.database import get_db
from core.templating import count, day
from guilds.charter import DecisionKind
from notifications.models import Outcome
from petitions import answers, deadlines, delivery, dossier, progress
from petitions import outcome_rules as rules
from petitions.delivery_models import Answer, Delivery
from petitions.models import ENDED_STATES, PUBLIC_STATES, Petition, PetitionState
from petitions.outcome_notices import WAYS
from petitions.queries import Shown
from petitions.rules import CONFIRM_GRACE
from petitions.views.blueprint import PILLS, who
from voting.queries import rule_in_force
from voting.rules import can_prepare

S = PetitionState
#: what became of the mail with a link -> what is said of it
LINK_WORDS = {
    None: "{} gets a link to answer by.",
    Outcome.SENT: "{} got a link to answer by.",
    Outcome.SKIPPED: "{} got no link: it had been settled by then.",
    Outcome.FAILED: "The mail with a link for {} could not be delivered.",
}
#: what is said once nobody remembers what became of it
LINK_MADE = "A link to answer by was made for {}."
#: what it goes through once it is public, in order
WAY = (
    (S.OPEN, "Open"),
    (S.CLOSED, "Closed"),
    (S.DELIVERED, "Delivered"),
    (S.ANSWERED, "Answered"),
    (S.SETTLED, "Settled"),
)


def outcome_of(shown: Shown) -> dict[str, Any]:
    """What the page needs of it; the names all begin alike or say what happened then."""
    petition, db, now = shown.petition, get_db(), clock.now()
    if petition.state not in PUBLIC_STATES:
        return {"follows": _other(db, petition.follows_id), "carried_on_by": []}
    is_over = petition.state in ENDED_STATES
    handed = delivery.deliveries(db, petition.id) if petition.delivered_at else []
    said = answers.answers(db, petition.id) if petition.delivered_at else []
    is_late = deadlines.is_overdue(petition, now)
    return {
        "way_items": _way(petition, said),
        "then_items": _then(db, petition, handed, said) if is_over else [],
        "answers": said,
        "is_late": is_late,
        "follows": _other(db, petition.follows_id),
        "carried_on_by": answers.carried_on_by(db, petition, shown.role) if is_over else [],
        "pills": PILLS,
        "settlement": rules.SETTLEMENTS[petition.settlement] if petition.settlement else "",
        **_may(shown, is_late=is_late),
    }


def _way(petition: Petition, said: list[Answer]) -> list[dict[str, Any]]:
    """Stages as macros/stages.html takes them; a stopped petition's line ends where it stopped."""
    at = {
        S.OPEN: petition.opened_at,
        S.CLOSED: petition.closed_at,
        S.DELIVERED: petition.delivered_at,
        S.ANSWERED: said[0].answered_at if said else None,
        S.SETTLED: petition.settled_at,
    }
    if petition.state == S.STOPPED:
        stopped = {"label": "Stopped", "state": "now", "at": petition.closed_at}
        return [{"label": "Open", "state": "done", "at": petition.opened_at}, stopped]
    order = [state for state, _ in WAY]
    place = order.index(petition.state)
    items = []
    for number, (state, label) in enumerate(WAY):
        status = "done" if number < place else "now" if number == place else "todo"
        if status == "done" and at[state] is None:  # settled without being delivered or answered
            continue
        note = ""
        if state == S.ANSWERED and status == "todo" and petition.answer_due_on:
            note = f"hoped for by {day(petition.answer_due_on)}"
        items.append({"label": label, "state": status, "at": at[state], "note": note})
    return items


def _then(
    db: Session,
    petition: Petition,
    handed: list[tuple[Delivery, str | None]],
    said: list[Answer],
) -> list[dict[str, Any]]:
    """All that happened since the close, the first first."""
    told: list[dict[str, Any]] = []
    if petition.state == S.STOPPED:
        return told
    if petition.closed_at:
        told.append(
            {"at": petition.closed_at, "text": _closed(db, petition.id, petition.closed_at)}
        )
    mails = delivery.link_mails(db, petition.id) if handed else {}
    told += [
        {"at": row.delivered_at, "text": _handed(row, contact, _link_words(mails, row.id))}
        for row, contact in handed
    ]
    told += [
        {"at": one.answered_at, "text": "An answer came.", "by": one.said_by, "url": f"#a{one.id}"}
        for one in said
    ]
    if petition.settled_at:
        told.append({"at": petition.settled_at, "text": "Settled."})
    if petition.signatories_forgotten_at:
        gone = "Names and addresses of all who signed were erased."
        told.append({"at": petition.signatories_forgotten_at, "text": gone})
    # by the day: a day that was typed has no hour
    return sorted(told, key=lambda item: item["at"].date())


def _closed(db: Session, petition_id: UUID, at: datetime) -> str:
    """With how many it closed, and a day later, once all who signed in time have confirmed."""
    then = progress.total_at(db, petition_id, at)
    words = f"Closed with {count(then, 'signature')}"
    counted_at = at + CONFIRM_GRACE
    counted = progress.total_at(db, petition_id, counted_at)
    if counted == then or clock.now() < counted_at:
        return f"{words}."
    return f"{words}; {counted:,} a day later, when the time to confirm was over."


def _link_words(mails: Mapping[UUID, Outcome | None], key: UUID) -> str:
    """What is said of a delivery's link, with {} for the contact."""
    return LINK_WORDS[mails[key]] if key in mails else LINK_MADE


def _handed(row: Delivery, contact: str | None, link: str) -> str:
    signed = count(row.signature_count + row.paper_count, "signature")
    words = f"Handed over to {row.received_by} {WAYS[row.way]}, with {signed}."
    if contact:
        words += f" {link.format(contact)}"
    return f"{words} Proof: {row.proof}" if row.proof else words


def _other(db: Session, petition_id: Any) -> Petition | None:
    return db.get(Petition, petition_id) if petition_id else None


def _may(shown: Shown, *, is_late: bool) -> dict[str, Any]:
    """What the viewer may do: the same answers the services give."""
    petition, mine = shown.petition, who(shown)
    has_cause = rules.asks_for_more(petition.state, petition.settlement, is_overdue=is_late)
    can_deliver = rules.can_deliver(petition.state, **mine)
    is_ready = can_deliver and dossier.current_dossier(get_db(), petition.id) is not None
    return {
        "can_hand_over": is_ready and petition.state == S.CLOSED,
        "can_hand_on": is_ready and petition.state == S.DELIVERED,
        "waits_for_dossier": can_deliver and not is_ready,
        "can_note_answer": rules.can_note_answer(petition.state, **mine),
        "can_set_due": rules.can_set_due(petition.state, **mine),
        "can_settle": rules.can_settle(petition.state, shown.role)
        and (is_ready or petition.state != S.CLOSED),
        "can_carry_on": rules.can_carry_on(shown.role, has_cause=has_cause),
        "protest_url": _protest(shown) if has_cause and _may_call(shown) else "",
    }


def _may_call(shown: Shown) -> bool:
    """Say whether the viewer may draft a protest of the guild; a stranger's page asks nothing."""
    if shown.role is None:
        return False
    return can_prepare(shown.role, rule_in_force(get_db(), shown.guild.id, DecisionKind.EVENT))


def _protest(shown: Shown) -> str:
    """The event form, filled in: events and petitions know each other by address alone."""
    petition = shown.petition
    about = url_for("petitions.detail", petition_id=petition.id)
    return url_for(
        "events.new",
        slug=shown.guild.slug,
        title=f"For an answer: {petition.title}"[:120],
        description=(
            f"{shown.institution.name} has not given the answer "
            f"{petition.signature_count + petition.paper_count:,} people asked for: "
            f"{petition.request}\n\nThe petition: {current_app.config['PUBLIC_URL']}{about}"
        ),
    )
