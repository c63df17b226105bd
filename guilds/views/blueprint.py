"""The one blueprint of guilds, and how its pages find the guild they are about."""

from flask import Blueprint, abort
from sqlmodel import Session
from werkzeug.wrappers import Response

from accounts.identity import viewer
from core.errors import NotAllowed
from guilds import queries, rules
from guilds.membership import ADMINS_ONLY, ORGANISERS_ONLY
from guilds.models import Guild, Role

bp = Blueprint("guilds", __name__)

Page = str | tuple[str, int] | Response


def find(db: Session, slug: str) -> tuple[Guild, Role | None]:
    """The guild with the viewer's role; 404 for who may not know of it."""
    found = queries.get_guild(db, slug, viewer())
    if found is None:
        abort(404)
    return found


def find_as_member(db: Session, slug: str) -> tuple[Guild, Role]:
    """The same for pages that only members see."""
    guild, role = find(db, slug)
    if role is None:
        raise NotAllowed("Only members of this guild see this page.")
    return guild, role


def find_as_organiser(db: Session, slug: str) -> tuple[Guild, Role]:
    guild, role = find_as_member(db, slug)
    if not rules.can_organise(guild, role):
        raise NotAllowed(ORGANISERS_ONLY)
    return guild, role


def find_as_admin(db: Session, slug: str) -> tuple[Guild, Role]:
    guild, role = find_as_member(db, slug)
    if not rules.can_manage_members(guild, role):
        raise NotAllowed(ADMINS_ONLY)
    return guild, role
