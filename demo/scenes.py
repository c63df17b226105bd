"""The first scenes: people arrive, found and join guilds, name institutions, read bills."""

from datetime import datetime, timedelta
from functools import partial

import accounts.services
import guilds.admission
import guilds.services
import institutions.services
import legislation.queries
import legislation.services
from accounts.models import SignUp
from accounts.services import Newcomer
from demo.billfiles import CONGRESS, bill_file
from demo.play import Play
from demo.story import groups
from demo.story.bills import BILLS, BillStory
from demo.story.groups import GuildStory, InvitationStory, Request
from demo.story.people import FOUNDER, PEOPLE, Person
from guilds.models import Admission, Invitation, JoinRequest, Role
from guilds.services import GuildFacts
from institutions.models import InstitutionKind
from institutions.services import InstitutionFacts
from legislation.models import Bill

#: days between two who join the same guild
BETWEEN_JOINING = 1.2
#: when the founder names the institutions: once there is a guild to belong to
NAMED = -299.0


def address_of(name: str) -> str:
    """A mailbox that receives nothing: RFC 2606 keeps example.org for examples."""
    return f"{name}@example.org"


# --- people ---


def arrivals(play: Play, password_hash: str) -> None:
    """Everybody signs up and confirms; all share one password."""
    for person in PEOPLE:
        play.at(play.day(person.came), partial(_sign_up, play, person, password_hash))


def _sign_up(play: Play, person: Person, password_hash: str, now: datetime) -> None:
    newcomer = Newcomer(
        handle=person.handle,
        display_name=person.name,
        address=address_of(person.handle),
        password_hash=password_hash,
        time_zone=person.time_zone,
        is_founder=person.handle == FOUNDER,
    )
    waiting = accounts.services.begin_sign_up(play.db, newcomer, vault=play.vault, now=now)
    play.at(now + timedelta(minutes=7), partial(_confirm, play, person, waiting))


def _confirm(play: Play, person: Person, waiting: SignUp, now: datetime) -> None:
    user = accounts.services.confirm_sign_up(play.db, waiting, now=now)
    play.people[person.handle] = user


# --- guilds ---


def foundings(play: Play) -> None:
    """Every guild is founded and filled, one of them dissolved again."""
    for story in (*groups.GUILDS, groups.DISSOLVED):
        play.at(play.day(story.founded), partial(_found, play, story))
    ends = play.day(groups.DISSOLVED.founded + groups.DISSOLVED_AFTER)
    play.at(ends, partial(_leave, play, groups.DISSOLVED))


def _found(play: Play, story: GuildStory, now: datetime) -> None:
    facts = GuildFacts(
        name=story.name,
        purpose=story.purpose,
        about=story.about.strip(),
        admission=Admission(story.admission),
        is_listed=story.is_listed,
    )
    founder = play.people[story.founder]
    guild = guilds.services.found_guild(
        play.db, facts, template=story.template, actor=founder, now=now
    )
    play.guilds[story.key] = guild
    invitation = None
    if guild.admission == Admission.INVITATION:
        invitation = guilds.admission.invite(
            play.db, guild, uses=20, valid_for=timedelta(days=60), actor=founder, now=now
        )
    for place, handle in enumerate((*story.organisers, *story.members)):
        joins_at = max(now, play.day(_person(handle).came)) + timedelta(
            days=0.4 + place * BETWEEN_JOINING
        )
        play.at(joins_at, partial(_join, play, story, handle, invitation))
        if handle in story.organisers:
            play.at(joins_at + timedelta(days=1), partial(_promote, play, story, handle))


def _leave(play: Play, story: GuildStory, now: datetime) -> None:
    guilds.services.leave(
        play.db, play.guilds[story.key], actor=play.people[story.founder], now=now
    )


def _join(
    play: Play, story: GuildStory, handle: str, invitation: Invitation | None, now: datetime
) -> None:
    """Come in by the guild's own door."""
    guild, person = play.guilds[story.key], play.people[handle]
    if invitation is not None:
        guilds.admission.accept_invitation(play.db, guild, invitation, actor=person, now=now)
    elif guild.admission == Admission.OPEN:
        guilds.admission.join(play.db, guild, actor=person, now=now)
    else:
        _ask(play, Request(story.key, handle, asked=0, message="", admitted=True), now)


def _promote(play: Play, story: GuildStory, handle: str, now: datetime) -> None:
    guilds.services.change_role(
        play.db,
        play.guilds[story.key],
        play.people[handle].id,
        role=Role.ORGANISER,
        actor=play.people[story.founder],
        now=now,
    )


def doors(play: Play) -> None:
    """Some ask to be admitted, some are invited: what waits for an organiser, and what is over."""
    for request in groups.REQUESTS:
        play.at(play.day(request.asked), partial(_ask, play, request))
    for story in groups.INVITATIONS:
        play.at(play.day(story.made), partial(_invite, play, story))


def _ask(play: Play, request: Request, now: datetime) -> None:
    asked = guilds.admission.ask_to_join(
        play.db,
        play.guilds[request.guild],
        message=request.message,
        actor=play.people[request.by],
        now=now,
    )
    if request.admitted is not None:
        play.at(now + timedelta(hours=9), partial(_answer, play, request, asked))


def _answer(play: Play, request: Request, asked: JoinRequest, now: datetime) -> None:
    guilds.admission.answer_request(
        play.db,
        play.guilds[request.guild],
        asked.id,
        admitted=bool(request.admitted),
        actor=play.people[_guild(request.guild).founder],
        now=now,
    )


def _invite(play: Play, story: InvitationStory, now: datetime) -> None:
    invitation = guilds.admission.invite(
        play.db,
        play.guilds[story.guild],
        uses=story.uses,
        valid_for=timedelta(days=story.days),
        actor=play.people[story.by],
        now=now,
    )
    if story.revoked_after is not None:
        revoked_at = now + timedelta(days=story.revoked_after)
        play.at(revoked_at, partial(_revoke, play, story, invitation))


def _revoke(play: Play, story: InvitationStory, invitation: Invitation, now: datetime) -> None:
    guilds.admission.revoke_invitation(
        play.db, play.guilds[story.guild], invitation, actor=play.people[story.by], now=now
    )


# --- the public world ---


def institutions_named(play: Play) -> None:
    """Whom petitions address, added by the founder in the first days."""
    play.at(play.day(NAMED), partial(_name_institutions, play))


def _name_institutions(play: Play, now: datetime) -> None:
    for story in groups.INSTITUTIONS:
        facts = InstitutionFacts(
            name=story.name,
            kind=InstitutionKind(story.kind),
            jurisdiction=story.jurisdiction,
            website=story.website,
        )
        institution, _ = institutions.services.add_institution(
            play.db, facts, actor=play.people[FOUNDER], now=now
        )
        play.institutions[story.key] = institution.id


def bills_read(play: Play) -> None:
    """The first guild that watches a bill brings it in, then every newer file as it comes out."""
    for story in BILLS:
        first = max(_guild(story.watched[0]).founded + 25.5, story.steps[0][0] + 0.6)
        later = {day + 0.4 for day, _, _ in story.steps if day + 0.4 > first}
        play.at(play.day(first), partial(_read, play, story))
        for key in story.watched[1:]:
            at = max(first, _guild(key).founded + 10) + 0.1
            play.at(play.day(at), partial(_watch_as_guild, play, story, key))
        for handle in story.watchers:
            at = max(first, _person(handle).came + 1) + 0.2
            play.at(play.day(at), partial(_watch, play, story, handle))
        for day in later:
            play.at(play.day(day), partial(_read, play, story))


def _read(play: Play, story: BillStory, now: datetime) -> None:
    reader = _guild(story.watched[0])
    legislation.services.import_bill(
        play.db,
        bill_file(story, today=play.now.date(), updated_at=now),
        actor=play.people[reader.founder],
        guild=play.guilds[reader.key],
        now=now,
    )


def _watch_as_guild(play: Play, story: BillStory, key: str, now: datetime) -> None:
    guild, founder = play.guilds[key], play.people[_guild(key).founder]
    legislation.services.watch_bill(
        play.db, _bill(play, story), actor=founder, guild=guild, now=now
    )


def _watch(play: Play, story: BillStory, handle: str, now: datetime) -> None:
    legislation.services.watch_bill(play.db, _bill(play, story), actor=play.people[handle], now=now)


def _bill(play: Play, story: BillStory) -> Bill:
    identifier = f"{story.kind} {story.number}"
    bill = legislation.queries.lock_bill(play.db, "us", str(CONGRESS), identifier)
    assert bill is not None, "a bill is read before it is watched"
    return bill


def _guild(key: str) -> GuildStory:
    return next(story for story in groups.GUILDS if story.key == key)


def _person(handle: str) -> Person:
    return next(person for person in PEOPLE if person.handle == handle)
