"""What people are told about whom they let vote: that this person does not any more."""

from sqlmodel import Session

from accounts.models import User
from core.mail import Message, Writer
from guilds.models import Guild
from guilds.queries import get_role
from notifications.delivery import Compose
from notifications.models import Notice
from voting.notices import NEWS

UNREPRESENTED = "voting.unrepresented"


def unrepresented(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To a principal whose holder left the guild or handed it back, while they belong to it."""
    reader = db.get(User, notice.user_id) if notice.user_id else None
    guild = db.get(Guild, notice.subject_id)
    if guild is None or get_role(db, guild.id, reader) is None:
        return None
    return writer.message(
        "voting/unrepresented",
        subject=f"Somebody does not vote for you in {guild.name} any more",
        discreet_subject=NEWS,
        path=f"/guilds/{guild.slug}/delegations",
        discreet_path="/inbox",  # a guild's own address is its name
        guild=guild.name,
    )


NOTICES: dict[str, Compose] = {UNREPRESENTED: unrepresented}
