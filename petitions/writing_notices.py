"""What people are told of writing a petition, of guilds that join it, and of its end.

What is a guild's inner matter is discreet by default (docs/threat-model.md).
"""

from uuid import UUID

from sqlmodel import Session

from accounts.models import User
from core.mail import Message, Writer
from core.templating import count
from guilds.models import Guild
from guilds.queries import get_role
from notifications.delivery import Compose
from notifications.models import Notice
from petitions import queries
from petitions.drafting import ASKED
from petitions.joining import DECLINED, JOINED
from petitions.life import STOPPED
from petitions.models import Petition, PetitionState
from petitions.queries import Shown
from petitions.suggestions import DECIDED, SUGGESTED
from petitions.telling import letter
from petitions.writing_models import CoPetitioner, JoinState, Suggestion, SuggestionState
from voting.notices import NEWS, SOMETHING

#: what became of a suggestion, as the end of a sentence
FATES = {
    SuggestionState.ACCEPTED: "was taken into the text",
    SuggestionState.DECLINED: "was declined",
}


def suggestions_wanted(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To the members, while the draft is in amendment."""
    shown = _of_member(db, notice, notice.subject_id)
    if shown is None or shown.petition.state != PetitionState.AMENDMENT:
        return None
    petition = shown.petition
    return writer.message(
        "petitions/suggestions_wanted",
        subject=f"Your words are wanted: {petition.title}",
        discreet_subject=SOMETHING,
        path=f"/petitions/{petition.id}",
        title=petition.title,
        request=petition.request,
        guild=shown.guild.name,
    )


def suggested(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To who drafted it: a member would have other words."""
    suggestion = db.get(Suggestion, notice.subject_id)
    if suggestion is None or suggestion.state is not SuggestionState.OPEN:
        return None
    return _about(db, notice, writer, suggestion, "suggested", "Other words for your petition")


def suggestion_decided(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To who suggested it: what became of it, and why."""
    suggestion = db.get(Suggestion, notice.subject_id)
    if suggestion is None or suggestion.state not in FATES:
        return None
    news = f"Your suggestion {FATES[suggestion.state]}"
    return _about(db, notice, writer, suggestion, "suggestion_decided", news)


def _about(
    db: Session, notice: Notice, writer: Writer, suggestion: Suggestion, template: str, news: str
) -> Message | None:
    shown = _of_member(db, notice, suggestion.petition_id)
    if shown is None:
        return None
    petition = shown.petition
    return writer.message(
        f"petitions/{template}",
        subject=f"{news}: {petition.title}",
        discreet_subject=NEWS,
        path=f"/petitions/{petition.id}/suggestions/{suggestion.id}",
        title=petition.title,
        guild=shown.guild.name,
        fate=FATES.get(suggestion.state, ""),
        reason=suggestion.reason,
        answer=suggestion.decision_reason,
    )


def guild_joined(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To the organisers of the petition's guild: another one stands behind it now."""
    standing = db.get(CoPetitioner, notice.subject_id)
    if standing is None or standing.state is not JoinState.JOINED:
        return None
    shown = _of_member(db, notice, standing.petition_id)
    if shown is None:
        return None
    guild = db.get_one(Guild, standing.guild_id)
    name = guild.name if guild.is_listed else "A guild that is not listed"
    return writer.message(
        "petitions/guild_joined",
        subject=f"{name} stands behind your petition",
        path=f"/petitions/{shown.petition.id}/guilds",
        title=shown.petition.title,
        guild=shown.guild.name,
        joined=name,
    )


def join_declined(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To the organisers of the guild whose name was taken off."""
    standing = db.get(CoPetitioner, notice.subject_id)
    reader = db.get(User, notice.user_id) if notice.user_id else None
    if standing is None or reader is None or standing.state is not JoinState.DECLINED:
        return None
    if get_role(db, standing.guild_id, reader) is None:
        return None
    petition = db.get_one(Petition, standing.petition_id)
    return writer.message(
        "petitions/join_declined",
        subject=f"Your guild's name was taken off: {petition.title}",
        discreet_subject=NEWS,
        path=f"/petitions/{petition.id}",
        title=petition.title,
        guild=db.get_one(Guild, standing.guild_id).name,
        reason=standing.end_reason,
    )


def stopped(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To organisers, also of guilds behind it, and who wished for news: it ended, and why."""
    petition = db.get(Petition, notice.subject_id)
    if petition is None or petition.state != PetitionState.STOPPED:
        return None
    facts = {
        "subject": f"Stopped: {petition.title}",
        "path": f"/petitions/{petition.id}",
        "reason": petition.stopped_reason,
        "signatures": count(petition.signature_count + petition.paper_count, "signature"),
        "months": count(petition.kept_months, "month"),
    }
    if notice.user_id is None:
        return letter(db, notice, writer, petition, "petitions/stopped", **facts)
    return writer.message("petitions/stopped", title=petition.title, stop_link="", **facts)


def _of_member(db: Session, notice: Notice, petition_id: UUID) -> Shown | None:
    """A petition of a guild the reader belongs to."""
    reader = db.get(User, notice.user_id) if notice.user_id else None
    shown = queries.get_petition(db, petition_id, reader)
    return shown if shown is not None and shown.role is not None else None


NOTICES: dict[str, Compose] = {
    ASKED: suggestions_wanted,
    SUGGESTED: suggested,
    DECIDED: suggestion_decided,
    JOINED: guild_joined,
    DECLINED: join_declined,
    STOPPED: stopped,
}
