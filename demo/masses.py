"""Masses to measure with: any number of people, guilds, events, signatures and bills.

They stand beside the story and lean on it. Every function yields after each batch, with what it has
done so far in words, so that its caller can commit; counters are right at every yield.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID, uuid4

import accounts.services
import petitions.signing
from accounts.models import User
from core.vault import Vault
from demo.bulk import Row, add_to, batches, insert, key
from demo.play import Play, chance
from demo.scenes import address_of
from demo.story.people import COUNTRIES, FAMILY_NAMES, GIVEN_NAMES
from demo.story.petitions import MAIN
from guilds.charter_templates import TEMPLATES
from guilds.models import Admission, CharterVersion, Guild, GuildState, Membership, Role
from petitions import counter
from petitions.models import Petition, Signature, SignatureState, SignatureStep

#: of the story: open to everybody, so it takes in the many if no other guild is made for them
CATCH_ALL = "quiet"
#: share of people who belong to a second guild
SECOND_GUILD_SHARE = 0.3
QUARTERS = (
    "Harbour Ward", "Canal Street", "Lamp Hill", "Old Customs", "Gate Four", "Fish Market",
    "Northern Docks", "Weavers' Row", "Paper Mill", "Signal Box", "Orchard End", "Low Bridge",
)  # fmt: skip
CALLINGS = (
    "sleepers", "night drivers", "bakers", "parents", "porters", "students", "tram crews",
    "readers", "dockers", "choir", "gardeners", "neighbours",
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """How many more of each."""

    people: int = 0
    guilds: int = 0
    events: int = 0
    signatures: int = 0
    bills: int = 0


def name_of_somebody(falls: Random) -> str:
    return f"{falls.choice(GIVEN_NAMES)} {falls.choice(FAMILY_NAMES)}"


# --- people ---


def people(play: Play, count: int, password_hash: str) -> Iterator[str]:
    falls, done = chance("people"), 0
    zones = [person.time_zone for person in play.people.values()]
    rows = (
        _person(play, number, password_hash, falls.choice(zones), name_of_somebody(falls))
        for number in range(count)
    )
    for batch in batches(rows):
        insert(play.db, User, batch)
        done += len(batch)
        yield f"{done:,} people"


def _person(play: Play, number: int, password_hash: str, zone: str, name: str) -> Row:
    address = address_of(f"person-{number + 1}")
    return {
        "id": key("person", number),
        "handle": f"person-{number + 1}",
        "display_name": name,
        "address_sealed": play.vault.seal(address),
        "address_hash": accounts.services.address_hash(play.vault, address),
        "password_hash": password_hash,
        "time_zone": zone,
        "language": "en",
        "mails_are_discreet": True,
        "is_operator": False,
        "created_at": play.now - timedelta(days=400) + timedelta(minutes=number % 500_000),
    }


def somebody(play: Play, wanted: Wanted, number: int) -> UUID:
    """The key of one of the many, or of the story's people if there are no others."""
    if wanted.people:
        return key("person", number % wanted.people)
    own = list(play.people.values())
    return own[number % len(own)].id


# --- guilds ---


def guilds(play: Play, wanted: Wanted) -> Iterator[str]:
    """Each with its charter and its admin, from all admissions and charters in turn."""
    done = 0
    for batch in batches(_guild(play, number) for number in range(wanted.guilds)):
        numbers = range(done, done + len(batch))
        insert(play.db, Guild, batch)
        insert(play.db, CharterVersion, [_charter(play, number) for number in numbers])
        admins = [_admin(play, wanted, number) for number in numbers]
        insert(play.db, Membership, admins)
        done += len(batch)
        yield f"{done:,} guilds"


def _founded(play: Play, number: int) -> datetime:
    return play.now - timedelta(days=380) + timedelta(minutes=number % 400_000)


def _guild(play: Play, number: int) -> Row:
    quarter = QUARTERS[number % len(QUARTERS)]
    calling = CALLINGS[number // len(QUARTERS) % len(CALLINGS)]
    return {
        "id": key("guild", number),
        "slug": f"guild-{number + 1}",
        "name": f"{quarter} {calling} {number + 1}",
        "purpose": f"The {calling} of {quarter}, for nights that belong to nobody else.",
        "about": "",
        "about_html": "",
        "admission": list(Admission)[number % len(Admission)],
        "state": GuildState.ACTIVE,
        "is_listed": True,
        "member_count": 1,
        "founded_at": _founded(play, number),
    }


def _charter(play: Play, number: int) -> Row:
    templates = list(TEMPLATES.values())
    return {
        "id": key("charter", number),
        "guild_id": key("guild", number),
        "number": 1,
        "rules": templates[number % len(templates)].charter.model_dump(mode="json"),
        "adopted_at": _founded(play, number),
    }


def _admin(play: Play, wanted: Wanted, number: int) -> Row:
    user_id = somebody(play, wanted, number)
    return _membership(key("guild", number), user_id, Role.ADMIN, _founded(play, number))


def _membership(guild_id: UUID, user_id: UUID, role: Role, joined_at: datetime) -> Row:
    return {
        "id": UUID(bytes=(guild_id.int ^ user_id.int).to_bytes(16), version=4),
        "guild_id": guild_id,
        "user_id": user_id,
        "role": role,
        "joined_at": joined_at,
    }


def memberships(play: Play, wanted: Wanted) -> Iterator[str]:
    """People in guilds: a few guilds hold many, many hold a few; some people are in two."""
    done, first = 0, play.guilds[CATCH_ALL].id
    for batch in batches(_memberships(play, wanted, first)):
        insert(play.db, Membership, batch)
        add_to(play.db, Guild, "member_count", Counter(row["guild_id"] for row in batch))
        done += len(batch)
        yield f"{done:,} memberships"


def _memberships(play: Play, wanted: Wanted, catch_all: UUID) -> Iterator[Row]:
    falls = chance("memberships")
    for number in range(wanted.people):
        if not wanted.guilds:
            if number % 2:
                yield _joined(play, catch_all, number)
            continue
        chosen = {_popular(falls, wanted.guilds)}
        if falls.random() < SECOND_GUILD_SHARE:
            chosen.add(_popular(falls, wanted.guilds))
        for guild in sorted(chosen):
            if guild % wanted.people != number:  # its admin, who belongs to it already
                yield _joined(play, key("guild", guild), number)


def _popular(falls: Random, guild_count: int) -> int:
    return int(guild_count * falls.random() ** 3)


def _joined(play: Play, guild_id: UUID, number: int) -> Row:
    joined_at = play.now - timedelta(minutes=1 + number * 7 % 20_000)
    return _membership(guild_id, key("person", number), Role.MEMBER, joined_at)


# --- signatures ---


def signatures(play: Play, count: int) -> Iterator[str]:
    """Confirmed signatures under the story's main petition, whose goal grows with them."""
    if not count:
        return
    petition = play.db.get_one(Petition, play.petitions[MAIN])
    play.db.refresh(petition)
    petition.goal = max(petition.goal, _next_goal(petition.signature_count + count))
    play.db.add(petition)
    play.db.flush()
    opened_at = petition.opened_at or play.now
    falls, done = chance("signatures"), 0
    rows = (
        _signature(play.vault, petition.id, number, falls, opened_at, play.now)
        for number in range(count)
    )
    for batch in batches(rows):
        insert(play.db, Signature, batch)
        steps = Counter((row["country"], counter.hour_of(row["confirmed_at"])) for row in batch)
        insert(play.db, SignatureStep, [_step(petition.id, *step) for step in steps.items()])
        counter.fold(play.db, petition.id, now=play.now)
        done += len(batch)
        yield f"{done:,} signatures"


def _step(petition_id: UUID, where_and_when: tuple[str, datetime], number: int) -> Row:
    country, hour = where_and_when
    place = {"country": country, "region": "", "at": hour}
    return {"id": uuid4(), "petition_id": petition_id, "step": number, **place}


def _next_goal(count: int) -> int:
    """A round number that leaves something to do: 1,000,337 aims for 2,000,000."""
    size = 10 ** (len(str(count)) - 1)
    return int((count // size + 1) * size)


def _signature(
    vault: Vault,
    petition_id: UUID,
    number: int,
    falls: Random,
    opened_at: datetime,
    now: datetime,
) -> Row:
    address = address_of(f"signer-{number + 1}")
    signed_at = opened_at + (now - opened_at) * falls.random() * 0.999
    return {
        "id": key("signature", number),
        "petition_id": petition_id,
        "name": name_of_somebody(falls),
        "name_is_public": falls.random() < 0.4,
        "address_sealed": vault.seal(address),
        "address_hash": petitions.signing.mailbox_hash(vault, petition_id, address),
        "country": falls.choice(COUNTRIES),
        "wants_updates": falls.random() < 0.3,
        "state": SignatureState.CONFIRMED,
        "signed_at": signed_at,
        "confirmed_at": signed_at + (now - signed_at) * 0.0005,
        "mailed_at": signed_at,
        "mail_count": 0,
    }
