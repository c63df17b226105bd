"""Suggestions: other words for one passage of a petition, taken in or declined with a reason.

A suggestion is written against a passage as its author saw it. Against a later one it stands as
far as the two changes touch different words (voting.differences.merged).
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

import notifications.services
from accounts.models import User
from core import markdown
from core.database import table_of
from core.errors import NotAllowed, RuleBroken
from core.paging import Place
from petitions import life, rules
from petitions.models import (
    BACKGROUND_LENGTH,
    FURTHER_LENGTH,
    REQUEST_LENGTH,
    TITLE_LENGTH,
    Petition,
)
from petitions.versions import StaleEdit, add_version, keep_first_version, passage_at, text_of
from petitions.writing_models import Passage, Suggestion, SuggestionState
from voting import differences

SUGGESTED, DECIDED = "petitions.suggested", "petitions.suggestion_decided"

LENGTHS = {
    Passage.TITLE: TITLE_LENGTH,
    Passage.REQUEST: REQUEST_LENGTH,
    Passage.BACKGROUND: BACKGROUND_LENGTH,
    Passage.FURTHER: FURTHER_LENGTH,
}
#: a petition needs these
NEVER_EMPTY = frozenset({Passage.TITLE, Passage.REQUEST})
#: kept as Markdown and, beside it, as it is shown
RENDERED = frozenset({Passage.BACKGROUND, Passage.FURTHER})
#: without an answer at one time: of a petition, and of one member under it
MOST_OPEN, MOST_OF_ONE = 100, 10
#: a petition's own page lists so many, those without an answer first
LISTED = 100
#: a page of all of them
PAGE = 30


_suggestion = table_of(Suggestion)


class Unchanged(RuleBroken):
    """The words suggested are those that stand there."""


def suggest(
    db: Session,
    petition: Petition,
    passage: Passage,
    *,
    after: str,
    reason: str,
    seen_version: int,
    actor: User,
    now: datetime,
) -> Suggestion:
    """Offer other words for a passage; who drafted the petition hears of it.

    Raises NotAllowed, Unchanged, RuleBroken with the reason; StaleEdit if the passage is not any
    more what version `seen_version` says.
    """
    petition = life.lock(db, petition.id)
    if not rules.can_suggest(petition.state, life.who(db, petition, actor)["role"]):
        raise NotAllowed(
            "Members of the guild suggest other words while the draft is in amendment."
        )
    before = text_of(petition, passage)
    if passage_at(db, petition, passage, seen_version) != before:
        raise StaleEdit("These words were changed while you were writing. Both texts are below.")
    if after == before:
        raise Unchanged("These are the words as they stand: change something in them.")
    _ask_room(db, petition, actor)
    suggestion = Suggestion(
        petition_id=petition.id,
        author_id=actor.id,
        passage=passage,
        before=before,
        after=after,
        reason=reason,
        state=SuggestionState.OPEN,
        suggested_at=now,
    )
    db.add(suggestion)
    db.flush()
    life.record(db, "petitions.suggested", petition, actor=actor, now=now)
    if petition.author_id not in {None, actor.id}:
        assert petition.author_id is not None
        notifications.services.owe(
            db, SUGGESTED, subject_id=suggestion.id, due_at=now, user_ids=[petition.author_id]
        )
    return suggestion


def _ask_room(db: Session, petition: Petition, actor: User) -> None:
    authors = db.exec(
        select(Suggestion.author_id).where(
            Suggestion.petition_id == petition.id, Suggestion.state == SuggestionState.OPEN
        )
    ).all()
    if authors.count(actor.id) >= MOST_OF_ONE:
        raise RuleBroken(f"{MOST_OF_ONE} suggestions of yours wait for an answer already.")
    if len(authors) >= MOST_OPEN:
        raise RuleBroken(f"{MOST_OPEN} suggestions wait for an answer. Let them be read first.")


def accept(
    db: Session,
    suggestion: Suggestion,
    *,
    seen_version: int,
    reason: str,
    actor: User,
    now: datetime,
) -> None:
    """Take it into the text, which becomes the next version; who suggested it is told.

    Raises NotAllowed, RuleBroken; StaleEdit if the passage was changed since version
    `seen_version`, or in the same words since the suggestion was written.
    """
    petition, suggestion = _held(db, suggestion)
    _ask_decider(db, petition, suggestion, actor)
    passage = suggestion.passage
    if passage_at(db, petition, passage, seen_version) != text_of(petition, passage):
        raise StaleEdit("The text was changed while you were reading. Both texts are below.")
    text = fitted(suggestion, petition)
    if text is None:
        raise StaleEdit("The same words have changed since this was suggested. Both are below.")
    keep_first_version(db, petition)
    setattr(petition, passage.value, text)
    if passage in RENDERED:
        setattr(petition, f"{passage.value}_html", markdown.render(text))
    petition.version += 1
    db.add(petition)
    add_version(db, petition, actor=actor, now=now, suggestion_id=suggestion.id)
    _settle(db, suggestion, SuggestionState.ACCEPTED, actor=actor, reason=reason, now=now)
    life.record(db, "petitions.suggestion_accepted", petition, actor=actor, now=now, reason=reason)


def fitted(suggestion: Suggestion, petition: Petition) -> str | None:
    """The passage with the suggestion in it, whatever else changed since; None if both touch it."""
    now_there = text_of(petition, suggestion.passage)
    if now_there == suggestion.before:
        return suggestion.after
    joined = differences.merged(suggestion.before, now_there, suggestion.after)
    too_long = joined is not None and len(joined) > LENGTHS[suggestion.passage]
    return None if too_long else joined


def decline(
    db: Session, suggestion: Suggestion, *, reason: str, actor: User, now: datetime
) -> None:
    """Say no to it, and why; who suggested it is told. Raises NotAllowed, RuleBroken."""
    petition, suggestion = _held(db, suggestion)
    _ask_decider(db, petition, suggestion, actor)
    _settle(db, suggestion, SuggestionState.DECLINED, actor=actor, reason=reason, now=now)
    life.record(db, "petitions.suggestion_declined", petition, actor=actor, now=now, reason=reason)


def take_back(db: Session, suggestion: Suggestion, *, actor: User, now: datetime) -> None:
    """Withdraw one's own suggestion before it has an answer. Raises NotAllowed, RuleBroken."""
    petition, suggestion = _held(db, suggestion)
    if suggestion.author_id != actor.id:
        raise NotAllowed("Only who suggested it takes it back.")
    _ask_open(suggestion)
    suggestion.state, suggestion.decided_at = SuggestionState.WITHDRAWN, now
    db.add(suggestion)
    db.flush()
    notifications.services.drop(db, subject_id=suggestion.id, kinds=[SUGGESTED])
    life.record(db, "petitions.suggestion_withdrawn", petition, actor=actor, now=now)


def decline_open(db: Session, petition: Petition, *, reason: str, now: datetime) -> None:
    """Answer what has no answer when the text is fixed. The petition is locked by the caller."""
    query = (
        select(Suggestion)
        .where(Suggestion.petition_id == petition.id, Suggestion.state == SuggestionState.OPEN)
        .execution_options(populate_existing=True)
    )
    for suggestion in db.exec(query).all():
        _settle(db, suggestion, SuggestionState.DECLINED, actor=None, reason=reason, now=now)


def _settle(
    db: Session,
    suggestion: Suggestion,
    state: SuggestionState,
    *,
    actor: User | None,
    reason: str,
    now: datetime,
) -> None:
    suggestion.state, suggestion.decided_at, suggestion.decision_reason = state, now, reason
    suggestion.decided_by = actor.id if actor else None
    db.add(suggestion)
    db.flush()
    notifications.services.drop(db, subject_id=suggestion.id, kinds=[SUGGESTED])
    if suggestion.author_id is not None and suggestion.author_id != suggestion.decided_by:
        notifications.services.owe(
            db, DECIDED, subject_id=suggestion.id, due_at=now, user_ids=[suggestion.author_id]
        )


def _held(db: Session, suggestion: Suggestion) -> tuple[Petition, Suggestion]:
    """The petition, held until the transaction ends, and the suggestion as it stands now."""
    petition = life.lock(db, suggestion.petition_id)
    query = select(Suggestion).where(Suggestion.id == suggestion.id)
    return petition, db.exec(query.execution_options(populate_existing=True)).one()


def _ask_decider(db: Session, petition: Petition, suggestion: Suggestion, actor: User) -> None:
    if not rules.can_edit(petition.state, **life.who(db, petition, actor)):
        raise NotAllowed(
            "Suggestions are answered before the petition is put, by its author or an organiser."
        )
    _ask_open(suggestion)


def _ask_open(suggestion: Suggestion) -> None:
    if suggestion.state != SuggestionState.OPEN:
        raise RuleBroken("This suggestion has its answer already. Nothing was changed.")


def get_suggestion(db: Session, petition_id: UUID, suggestion_id: UUID) -> Suggestion | None:
    found = db.get(Suggestion, suggestion_id)
    return found if found is not None and found.petition_id == petition_id else None


def listed(db: Session, petition_id: UUID) -> Sequence[tuple[Suggestion, User | None]]:
    """Up to LISTED suggestions with who made them, those without an answer first, then newest."""
    is_open = sa.case((col(Suggestion.state) == SuggestionState.OPEN, 0), else_=1)
    query = (
        select(Suggestion, User)
        .join(User, col(User.id) == Suggestion.author_id, isouter=True)
        .where(Suggestion.petition_id == petition_id)
        .order_by(is_open, col(Suggestion.suggested_at).desc(), col(Suggestion.id))
        .limit(LISTED)
    )
    return [(suggestion, author) for suggestion, author in db.exec(query)]


def every(
    db: Session, petition_id: UUID, limit: int = PAGE + 1, *, before: Place | None = None
) -> Sequence[tuple[Suggestion, User | None]]:
    """All suggestions with who made them, the newest first; before: the place of one seen."""
    at, key = _suggestion.c.suggested_at, _suggestion.c.id
    query = (
        select(Suggestion, User)
        .join(User, col(User.id) == Suggestion.author_id, isouter=True)
        .where(Suggestion.petition_id == petition_id)
        .order_by(at.desc(), key.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(sa.tuple_(at, key) < before)
    return [(suggestion, author) for suggestion, author in db.exec(query)]


def were_made(db: Session, petition_id: UUID) -> bool:
    query = sa.select(col(Suggestion.id)).where(col(Suggestion.petition_id) == petition_id)
    return db.connection().execute(query.limit(1)).first() is not None


def open_count(db: Session, petition_id: UUID) -> int:
    query = sa.select(sa.func.count()).where(
        col(Suggestion.petition_id) == petition_id, col(Suggestion.state) == SuggestionState.OPEN
    )
    return db.connection().execute(query).scalar_one()
