"""What the institution said, and how it ended; what is done if it said nothing.

An answer comes by the link of a contact, or a guild enters it with its source.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, func, select

from accounts.models import User
from core import markdown
from core.errors import NotAllowed, RuleBroken
from guilds.models import Guild, Role
from petitions import deadlines, dossier, drafting, life, queries
from petitions import outcome_rules as rules
from petitions.delivery_models import Answer, Delivery
from petitions.models import PUBLIC_STATES, Petition, PetitionState, Settlement
from petitions.rules import day_of, instant_of
from petitions.telling import tell_signatories
from voting.doubled import DOUBLED

ANSWERED, ANSWER_NEWS = "petitions.answered", "petitions.answer_news"
SETTLED, SETTLED_NEWS = "petitions.settled", "petitions.settled_news"
NEVER_ANSWERED = "No answer came for a year."
NEVER_DELIVERED = "It was not handed over within a year of its close."
#: what carries an old petition on is open so long, unless its author says otherwise
NEW_LENGTH = timedelta(days=90)
#: petitions that carry an old one on and are named with it
NAMED = 3
GIVEN_UP = frozenset({PetitionState.REJECTED, PetitionState.WITHDRAWN})


@dataclass(frozen=True)
class Said:
    """An answer as it was given: Markdown, who speaks, where it can be read, and when."""

    text: str
    said_by: str
    source_url: str = ""
    #: None: now
    answered_on: date | None = None


def note_answer(
    db: Session, petition: Petition, *, actor: User, said: Said, now: datetime
) -> Answer:
    """Enter what the institution said elsewhere. Raises NotAllowed; RuleBroken without a source."""
    petition = life.lock(db, petition.id)
    if not rules.can_note_answer(petition.state, **life.who(db, petition, actor)):
        raise NotAllowed("An answer is noted once it was handed over, by author or organisers.")
    if not said.source_url:
        raise RuleBroken("Say where the answer can be read.")
    refusal = day_refusal(petition, said.answered_on, now, actor.time_zone)
    if refusal is not None:
        raise RuleBroken(refusal)
    return _keep(db, petition, said, actor=actor, contact_id=None, now=now)


def day_refusal(
    petition: Petition, answered_on: date | None, now: datetime, zone: str
) -> str | None:
    """What is wrong with the day of an answer, in words for the person, or None."""
    if answered_on is None:
        return None
    if answered_on > day_of(now, zone):
        return "That day is still to come."
    if petition.delivered_at is not None and answered_on < day_of(petition.delivered_at, zone):
        return "It was not handed over by then."
    return None


def answer_by_link(db: Session, delivery: Delivery, *, said: Said, now: datetime) -> Answer:
    """Take an answer from the contact a delivery was sent to. Raises RuleBroken once settled."""
    petition = life.lock(db, delivery.petition_id)
    if not rules.can_be_answered(petition.state):
        raise RuleBroken("This petition is settled and takes no more answers.")
    return _keep(db, petition, said, actor=None, contact_id=delivery.contact_id, now=now)


def _keep(
    db: Session,
    petition: Petition,
    said: Said,
    *,
    actor: User | None,
    contact_id: UUID | None,
    now: datetime,
) -> Answer:
    """Keep an answer and begin to tell everybody; what a doubled click sends again is kept once."""
    zone = actor.time_zone if actor else "UTC"
    is_now = said.answered_on == day_of(now, zone)
    at = now if said.answered_on is None or is_now else instant_of(said.answered_on, zone)
    before = _kept_just_now(db, petition.id, said, contact_id, at)
    if before is not None:
        return before
    mine = select(func.count()).where(Answer.petition_id == petition.id)
    if db.exec(mine).one() >= rules.ANSWERS_MOST:
        raise RuleBroken(f"It was answered {rules.ANSWERS_MOST} times; that is enough.")
    answer = Answer(
        petition_id=petition.id,
        text=said.text,
        text_html=markdown.render(said.text),
        said_by=said.said_by,
        source_url=said.source_url,
        contact_id=contact_id,
        entered_by=actor.id if actor else None,
        answered_at=at,
    )
    db.add(answer)
    db.flush()
    why = "By the link of a contact there." if actor is None else ""
    if petition.state == PetitionState.DELIVERED:
        life.move(
            db,
            petition,
            PetitionState.ANSWERED,
            "petitions.answered",
            actor=actor,
            now=now,
            reason=why,
        )
    else:
        life.record(db, "petitions.answered", petition, actor=actor, now=now, reason=why)
    deadlines.drop(db, petition)
    life.tell_guild(db, petition, ANSWERED, subject_id=answer.id, now=now)
    life.tell_guilds_behind(db, petition, ANSWERED, subject_id=answer.id, now=now)
    tell_signatories(db, ANSWER_NEWS, petition.id, subject_id=answer.id, now=now)
    return answer


def _kept_just_now(
    db: Session, petition_id: UUID, said: Said, contact_id: UUID | None, at: datetime
) -> Answer | None:
    """The same words, said by the same person and come the same way, at that time."""
    query = select(Answer).where(
        Answer.petition_id == petition_id,
        Answer.text == said.text,
        Answer.said_by == said.said_by,
        col(Answer.contact_id).is_not_distinct_from(contact_id),
        col(Answer.answered_at).between(at - DOUBLED, at + DOUBLED),  # the second may overtake
    )
    return db.exec(query.limit(1)).first()


def settle(
    db: Session,
    petition: Petition,
    *,
    actor: User,
    settlement: Settlement,
    reason: str,
    now: datetime,
) -> None:
    """Say how it ended, for everyone.

    Raises NotAllowed, or RuleBroken before it is counted, or for silence where an answer came.
    """
    petition = life.lock(db, petition.id)
    if not rules.can_settle(petition.state, life.who(db, petition, actor)["role"]):
        raise NotAllowed("Organisers settle a petition that has closed.")
    if petition.state == PetitionState.CLOSED:
        dossier.ready_dossier(db, petition.id)  # and so nobody can confirm any more
    if settlement not in rules.outcomes(petition.state):
        raise RuleBroken("It was answered a moment ago. Read the answer, then say how it ended.")
    _settle(db, petition, settlement, reason, actor=actor, now=now)


def due_to_settle(db: Session, now: datetime, limit: int) -> list[UUID]:
    """Petitions that heard nothing for a year since they were handed over, or else closed."""
    since = func.coalesce(Petition.delivered_at, Petition.closed_at)
    waiting = col(Petition.state).in_({PetitionState.CLOSED, PetitionState.DELIVERED})
    query = select(Petition.id).where(waiting, since <= now - rules.UNANSWERED_LENGTH)
    return list(db.exec(query.order_by(since).limit(limit)))


def settle_unanswered(db: Session, petition_id: UUID, *, now: datetime) -> bool:
    """Settle what nobody answered for a year; False if it moved on, or is held elsewhere."""
    petition = queries.lock_petition(db, petition_id, skip_locked=True)
    if petition is None or petition.state not in {PetitionState.CLOSED, PetitionState.DELIVERED}:
        return False
    since = petition.delivered_at or petition.closed_at
    if since is None or now < since + rules.UNANSWERED_LENGTH:
        return False
    reason = NEVER_ANSWERED if petition.delivered_at else NEVER_DELIVERED
    _settle(db, petition, Settlement.UNANSWERED, reason, actor=None, now=now)
    life.tell_guild(db, petition, SETTLED, now=now)
    return True


def _settle(
    db: Session,
    petition: Petition,
    settlement: Settlement,
    reason: str,
    *,
    actor: User | None,
    now: datetime,
) -> None:
    petition.settled_at, petition.settlement = now, settlement
    petition.settlement_reason = reason
    life.move(
        db,
        petition,
        PetitionState.SETTLED,
        "petitions.settled",
        actor=actor,
        now=now,
        reason=f"{rules.SETTLEMENTS[settlement]}. {reason}".strip(),
    )
    deadlines.drop(db, petition)
    life.tell_guilds_behind(db, petition, SETTLED, now=now)
    tell_signatories(db, SETTLED_NEWS, petition.id, now=now)


def carry_on(db: Session, petition: Petition, *, actor: User, now: datetime) -> Petition:
    """Draft a petition that carries this one on, with its text. Raises NotAllowed.

    A doubled click drafts it once.
    """
    petition = life.lock(db, petition.id)
    role = life.who(db, petition, actor)["role"]
    has_cause = rules.asks_for_more(
        petition.state, petition.settlement, is_overdue=deadlines.is_overdue(petition, now)
    )
    if not rules.can_carry_on(role, has_cause=has_cause):
        raise NotAllowed("Members draft what follows a petition that was not answered, or not met.")
    query = select(Petition).where(
        Petition.follows_id == petition.id,
        Petition.author_id == actor.id,
        Petition.drafted_at > now - DOUBLED,
        Petition.state == PetitionState.DRAFT,
    )
    drafted = db.exec(query).first()
    if drafted is not None:
        return drafted
    draft = drafting.Draft(
        title=petition.title,
        request=petition.request,
        background=petition.background,
        institution_id=petition.institution_id,
        goal=petition.goal,
        closes_on=(now + NEW_LENGTH).date(),
        further=petition.further,
        regions=tuple(petition.regions),
        kept_months=petition.kept_months,
    )
    guild = db.get_one(Guild, petition.guild_id)
    return drafting.draft_petition(
        db, guild, actor=actor, draft=draft, now=now, follows_id=petition.id
    )


def carried_on_by(db: Session, petition: Petition, role: Role | None) -> list[Petition]:
    """Up to NAMED petitions that carry this one on, the last drafted first.

    Its guild's members see those that are being written too.
    """
    seen = PUBLIC_STATES if role is None else frozenset(PetitionState) - GIVEN_UP
    query = select(Petition).where(
        Petition.follows_id == petition.id, col(Petition.state).in_(seen)
    )
    newest = col(Petition.drafted_at).desc()
    return list(db.exec(query.order_by(newest, col(Petition.id)).limit(NAMED)))


def answers(db: Session, petition_id: UUID) -> list[Answer]:
    """All that was said, the first answer first."""
    query = select(Answer).where(Answer.petition_id == petition_id)
    return list(db.exec(query.order_by(col(Answer.answered_at)).limit(rules.ANSWERS_MOST)))
