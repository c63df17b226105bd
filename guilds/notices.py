"""Mails about coming into a guild and being put out of it: who is with whom is an inner matter."""

from collections.abc import Callable

from sqlmodel import Session

from accounts.models import User
from core.mail import Due, Message, Writer
from guilds.charter_words import ROLE_NAMES
from guilds.membership import get_membership
from guilds.models import ORGANISING_ROLES, Guild, GuildState, JoinRequest, JoinState
from guilds.queries import get_role

WAITS = "Something in one of your guilds waits for you"
NEWS = "There is news from a guild"
#: a guild's own address is its name; the inbox leads there, for who is signed in
INBOX = "/inbox"


def join_requested(db: Session, notice: Due, writer: Writer) -> Message | None:
    """To each organiser, unless the request was answered meanwhile or the organiser is none now."""
    request = db.get(JoinRequest, notice.subject_id)
    if request is None or request.state != JoinState.PENDING:
        return None
    guild, asker = db.get_one(Guild, request.guild_id), db.get_one(User, request.user_id)
    if get_role(db, guild.id, _user(db, notice)) not in ORGANISING_ROLES:
        return None
    return writer.message(
        "guilds/join_requested",
        subject=f"{asker.display_name} asks to join {guild.name}",
        path=f"/guilds/{guild.slug}/requests",
        discreet_subject=WAITS,
        discreet_path=INBOX,
        guild=guild.name,
        asker=asker.display_name,
        words=request.message,
    )


def join_answered(db: Session, notice: Due, writer: Writer) -> Message | None:
    """To who asked: the answer."""
    request = db.get(JoinRequest, notice.subject_id)
    if request is None or request.state == JoinState.PENDING:
        return None
    guild = db.get_one(Guild, request.guild_id)
    admitted = request.state == JoinState.ADMITTED
    if admitted and get_role(db, guild.id, _user(db, notice)) is None:
        return None  # gone again before the mail went out
    return writer.message(
        "guilds/join_answered",
        subject=f"You belong to {guild.name} now" if admitted else f"{guild.name} has answered you",
        path=f"/guilds/{guild.slug}" if admitted else "/guilds",
        discreet_subject=NEWS,
        discreet_path=INBOX,
        guild=guild.name,
        admitted=admitted,
        dissolved=guild.state == GuildState.DISSOLVED,
    )


def removed(db: Session, notice: Due, writer: Writer) -> Message | None:
    """To whom an admin put out, unless they are in again."""
    return _put_out(db, notice, writer, by_vote=False)


def expelled(db: Session, notice: Due, writer: Writer) -> Message | None:
    """The same to whom the guild's members put out by a decision."""
    return _put_out(db, notice, writer, by_vote=True)


def _put_out(db: Session, notice: Due, writer: Writer, *, by_vote: bool) -> Message | None:
    guild = db.get(Guild, notice.subject_id)
    if guild is None or get_role(db, guild.id, _user(db, notice)) is not None:
        return None
    return writer.message(
        "guilds/removed",
        subject=f"You do not belong to {guild.name} any more",
        path="/guilds",
        discreet_subject=NEWS,
        discreet_path=INBOX,
        guild=guild.name,
        by_vote=by_vote,
    )


def role_changed(db: Session, notice: Due, writer: Writer) -> Message | None:
    """To who was given another role; None once they have a later one, or belong no more."""
    guild = db.get(Guild, notice.subject_id)
    seat = get_membership(db, guild, notice.user_id) if guild and notice.user_id else None
    if guild is None or seat is None or seat.role_at != notice.due_at:
        return None
    return writer.message(
        "guilds/role_changed",
        subject=f"You are {ROLE_NAMES[seat.role]} of {guild.name} now",
        path=f"/guilds/{guild.slug}/members/{seat.id}",
        discreet_subject=NEWS,
        discreet_path=INBOX,
        guild=guild.name,
        role=ROLE_NAMES[seat.role],
        by_vote=seat.decision_id is not None,
    )


def _user(db: Session, notice: Due) -> User | None:
    return db.get(User, notice.user_id) if notice.user_id else None


NOTICES: dict[str, Callable[[Session, Due, Writer], Message | None]] = {
    "guilds.join_requested": join_requested,
    "guilds.join_answered": join_answered,
    "guilds.removed": removed,
    "guilds.expelled": expelled,
    "guilds.role_changed": role_changed,
}
