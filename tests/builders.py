"""What tests are made of: plain functions that add rows, with good values for the rest.

The cast: Alice (admin), Bob (member), Charlie (outsider). Nothing here commits.
"""

import atexit
import secrets
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

import app
import events.services
import notifications.services
import voting.services
from accounts import passwords, services
from accounts.identity import token_hash
from accounts.models import SignedIn, User
from core.vault import Vault
from events import attendances
from events.models import Attendance, Event, EventState, Visibility
from events.rules import EventFacts
from guilds.charter import Charter, DecisionKind
from guilds.charter_templates import TEMPLATES
from guilds.models import Admission, CharterVersion, Guild, Membership, Role
from guilds.queries import get_charter
from institutions.models import Contact, Institution, InstitutionKind
from legislation.models import Bill, BillAction, Watch
from legislation.stages import BillState
from petitions import counter, signing
from petitions.models import (
    PUBLIC_STATES,
    Petition,
    PetitionState,
    Signature,
    SignatureState,
)
from voting.ballot_keys import BallotKeys
from voting.closing import Means
from voting.models import Proposal
from voting.question import Question
from voting.signing import PURPOSE, Signer

#: when tests happen unless they say otherwise: a Tuesday, before any clock change of the year
NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
NEXT_MONTH = date(2026, 4, 2)
MASTER_SECRET = bytes(range(32))
VAULT = Vault(MASTER_SECRET)
PASSWORD = "correct horse battery"
#: where tests without an app keep the keys of secret boxes; gone at the end
_FOLDER = TemporaryDirectory()
atexit.register(_FOLDER.cleanup)
KEYS = BallotKeys(Path(_FOLDER.name) / "ballot-keys")
MEANS = Means(app.MANDATES, KEYS, Signer(VAULT.derive(PURPOSE)))
#: Argon2id as cheap as it can be: the tests are not about its cost
CHEAP = {"iterations": 1, "lanes": 1, "memory_cost": 8}


@cache
def password_hash() -> str:
    usual, passwords.COST = passwords.COST, CHEAP
    try:
        return passwords.hash_password(PASSWORD)
    finally:
        passwords.COST = usual


def make_user(
    db: Session,
    handle: str = "alice",
    *,
    time_zone: str = "UTC",
    discreet: bool = True,
    operator: bool = False,
    created_at: datetime = NOW - timedelta(days=30),
) -> User:
    """An account with the password PASSWORD and the address <handle>@example.org."""
    address = f"{handle}@example.org"
    user = User(
        handle=handle,
        display_name=handle.capitalize(),
        address_sealed=VAULT.seal(address),
        address_hash=services.address_hash(VAULT, address),
        password_hash=password_hash(),
        time_zone=time_zone,
        mails_are_discreet=discreet,
        is_operator=operator,
        created_at=created_at,
    )
    db.add(user)
    db.flush()
    return user


def make_sign_in(db: Session, user: User, *, expires_at: datetime | None = None) -> str:
    """A place where the user is signed in; the token that its cookie would hold."""
    token = secrets.token_urlsafe(32)
    db.add(
        SignedIn(
            user_id=user.id,
            token_hash=token_hash(token),
            device="Firefox on Linux",
            created_at=NOW,
            expires_at=expires_at or datetime(2100, 1, 1, tzinfo=UTC),
        )
    )
    db.flush()
    return token


def make_guild(
    db: Session,
    *,
    admins: Iterable[User] = (),
    organisers: Iterable[User] = (),
    members: Iterable[User] = (),
    slug: str = "river-guild",
    name: str | None = None,
    charter: Charter | str = "simple-assembly",
    admission: Admission = Admission.APPROVAL,
    listed: bool = True,
    founded_at: datetime = NOW - timedelta(days=20),
) -> Guild:
    """A guild under version 1 of a charter: a template's name, or a Charter."""
    people = [(user, Role.ADMIN) for user in admins]
    people += [(user, Role.ORGANISER) for user in organisers]
    people += [(user, Role.MEMBER) for user in members]
    guild = Guild(
        slug=slug,
        name=name or slug.replace("-", " ").capitalize(),
        purpose="Keep the river clean and open to all.",
        admission=admission,
        is_listed=listed,
        member_count=len(people),
        founded_at=founded_at,
    )
    db.add(guild)
    db.flush()
    rules = TEMPLATES[charter].charter if isinstance(charter, str) else charter
    db.add(
        CharterVersion(
            guild_id=guild.id, number=1, rules=rules.model_dump(mode="json"), adopted_at=founded_at
        )
    )
    for user, role in people:
        db.add(Membership(guild_id=guild.id, user_id=user.id, role=role, joined_at=founded_at))
    db.flush()
    return guild


def make_proposal(
    db: Session,
    guild: Guild,
    author: User,
    *,
    kind: DecisionKind = DecisionKind.RESOLUTION,
    title: str = "Plant willows on the east bank",
    text: str = "They hold the soil.",
    voting_length: timedelta | None = None,
    subject_id: UUID | None = None,
    now: datetime = NOW,
    **more: Any,
) -> Proposal:
    """A proposal put at `now`, for the shortest voting its rule allows; the charter opens it."""
    rule = Charter.model_validate(get_charter(db, guild.id).rules).rules[kind]
    question = Question(
        kind=kind,
        title=title,
        text=text,
        voting_length=voting_length or rule.voting_least,
        subject_id=subject_id,
        **more,
    )
    return voting.services.put_proposal(db, guild, question, actor=author, now=now)


def make_vote(
    db: Session, guild: Guild, author: User, *, now: datetime = NOW, **options: Any
) -> Proposal:
    """A proposal whose voting opened at `now`, debated before as long as its rule asks."""
    proposal = make_proposal(db, guild, author, now=now, **options)
    early = proposal.opens_at - now
    if early:
        proposal.put_at -= early
        proposal.opens_at -= early
        proposal.closes_at -= early
        voting.services.open_voting(db, proposal, now=now)
    return proposal


def make_institution(db: Session, *, name: str = "Dream Safety Authority") -> Institution:
    """An agency that petitions may address; the one of that name if it is there already."""
    institution = db.exec(select(Institution).where(Institution.name == name)).first()
    if institution is None:
        institution = Institution(
            name=name,
            kind=InstitutionKind.AGENCY,
            jurisdiction="Metropolis-9",
            added_at=NOW - timedelta(days=90),
        )
        db.add(institution)
        db.flush()
    return institution


def make_contact(
    db: Session,
    institution: Institution,
    address: str = "clerk@authority.example",
    *,
    added_by: User | None = None,
) -> Contact:
    """Somebody to write to there."""
    contact = Contact(
        institution_id=institution.id,
        name="Clerk of petitions",
        address_sealed=VAULT.seal(address),
        address_hash=VAULT.keyed_hash(f"contact/{institution.id}", address),
        added_by=added_by.id if added_by else None,
        added_at=NOW - timedelta(days=60),
    )
    db.add(contact)
    db.flush()
    return contact


def make_petition(
    db: Session,
    guild: Guild,
    author: User | None = None,
    *,
    state: PetitionState = PetitionState.OPEN,
    title: str = "No advertising in dreams",
    goal: int = 500,
    opened_at: datetime = NOW - timedelta(days=2),
    closes_on: date = NEXT_MONTH,
) -> Petition:
    """A petition in any state, without the decision that led there."""
    was_open = state in PUBLIC_STATES
    petition = Petition(
        guild_id=guild.id,
        institution_id=make_institution(db).id,
        author_id=author.id if author else None,
        title=title,
        request="Forbid the sale of airtime in sleep.",
        background="DreamSync Corp has begun to sell it.",
        background_html="<p>DreamSync Corp has begun to sell it.</p>",
        goal=goal,
        state=state,
        drafted_at=opened_at - timedelta(days=8),
        opened_at=opened_at if was_open else None,
        closes_on=closes_on,
        closed_at=NOW - timedelta(hours=1) if state == PetitionState.CLOSED else None,
    )
    db.add(petition)
    db.flush()
    return petition


def make_signature(
    db: Session,
    petition: Petition,
    address: str = "dora@example.org",
    *,
    name: str = "Dora Dreamer",
    public: bool = False,
    state: SignatureState = SignatureState.CONFIRMED,
    at: datetime = NOW - timedelta(days=1),
    network: str = "",
    held: bool = False,
    **typed: Any,
) -> Signature:
    """A signature that took the way people take, counted if it counts; no mail is left owed.

    typed: more of a Signatory, such as country, region, wants_updates, name_is_handed_over.
    """
    signatory = signing.Signatory(name, address, name_is_public=public, **typed)
    signing.sign_petition(
        db, petition, signatory=signatory, vault=VAULT, now=at, network_hash=network, is_held=held
    )
    mailbox = signing.mailbox_hash(VAULT, petition.id, address)
    query = select(Signature).where(
        Signature.petition_id == petition.id, Signature.address_hash == mailbox
    )
    signature = db.exec(query).one()
    notifications.services.drop(db, subject_id=signature.id, kinds=[signing.CONFIRM_SIGNATURE])
    if state != SignatureState.PENDING:
        signing.confirm_signature(db, signature.id, now=at)
    if state == SignatureState.WITHDRAWN:
        signing.withdraw_signature(db, signature.id, now=at)
    counter.fold(db, petition.id, now=at)
    db.expire_all()
    return signature


def make_bill(
    db: Session,
    identifier: str = "HR 77",
    *,
    title: str = "Dream Sovereignty Act",
    state: BillState = BillState.IN_COMMITTEE,
    latest_action_on: date = date(2026, 2, 20),
    action_count: int = 2,
    watched_by: Iterable[User | Guild] = (),
) -> Bill:
    """A bill of the 130th Congress with its record of actions, one a day."""
    bill = Bill(
        jurisdiction="us",
        legislative_session="130",
        identifier=identifier,
        title=title,
        state=state.value,
        tracker=[
            {"stage": "introduced", "on": "2026-01-12", "status": "done"},
            {"stage": "in_committee", "on": "2026-01-13", "status": "now"},
            {"stage": "passed_house", "on": None, "status": "todo"},
        ],
        sponsorships=[
            {"name": "Rep. Okafor, Mara", "party": "L", "area": "M9-4", "is_primary": True}
        ],
        milestones={"introduced": "2026-01-12"},
        laws=[],
        introduced_on=date(2026, 1, 12),
        latest_action_on=latest_action_on,
        latest_action=f"Step {action_count} of {identifier}.",
        action_count=action_count,
        file_updated_at=datetime(2026, 2, 21, 5, 10, tzinfo=UTC),
        imported_at=NOW - timedelta(days=9),
    )
    db.add(bill)
    db.flush()
    for position in range(action_count):
        acted_on = latest_action_on - timedelta(days=action_count - 1 - position)
        text = f"Step {position + 1} of {identifier}."
        db.add(
            BillAction(
                bill_id=bill.id, position=position, acted_on=acted_on, chamber="House", text=text
            )
        )
    for watcher in watched_by:
        whose = "user_id" if isinstance(watcher, User) else "guild_id"
        db.add(Watch(bill_id=bill.id, watched_at=NOW, **{whose: watcher.id}))
    db.flush()
    return bill


def event_facts(**changes: Any) -> EventFacts:
    """What organisers would type: a march in Lisbon a week from NOW, from 18:00 to 20:00."""
    starts_at = changes.get("starts_at", NOW.replace(hour=18) + timedelta(days=7))
    return EventFacts(
        **{
            "title": "March for free sleep",
            "description": "No advertising in **dreams**.",
            "place_name": "Fountain on Praça Nova",
            "place_address": "Praça Nova 1",
            "time_zone": "Europe/Lisbon",
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=2),
            "what_to_bring": "Water\nA lantern",
            "conduct": "We come in peace.\nWe look after each other.",
            "visibility": Visibility.PUBLIC,
            **changes,
        }
    )


def make_event(
    db: Session,
    guild: Guild,
    organiser: User,
    *,
    state: EventState = EventState.CONFIRMED,
    attendees: Iterable[User] = (),
    now: datetime = NOW,
    **changes: Any,
) -> Event:
    """An event that took its usual way: drafted, published, said yes to, perhaps cancelled."""
    facts = event_facts(**changes)
    event = events.services.create_event(db, guild, facts=facts, actor=organiser, now=now)
    if state != EventState.DRAFT:
        events.services.publish_event(db, event, actor=organiser, now=now)
    for user in attendees:
        attendances.attend(db, event, actor=user, agreed=True, now=now)
    if state == EventState.CANCELLED:
        reason = "The square is closed."
        events.services.cancel_event(db, event, actor=organiser, reason=reason, now=now)
    db.flush()
    return event


def make_guest(
    db: Session,
    event: Event,
    address: str = "dora@example.org",
    *,
    nickname: str = "Dora",
    time_zone: str = "Europe/Lisbon",
    confirmed: bool = True,
    now: datetime = NOW,
) -> Attendance:
    """Someone without an account who says yes; the mail to confirm stays owed until then."""
    guest = attendances.Guest(address, nickname, time_zone)
    attendances.attend_as_guest(db, event, guest=guest, agreed=True, vault=VAULT, now=now)
    address_hash = attendances.mailbox_hash(VAULT, event.id, address)
    query = select(Attendance).where(
        Attendance.event_id == event.id, Attendance.address_hash == address_hash
    )
    attendance = db.exec(query).one()
    if confirmed:
        kinds = ["events.confirm_guest"]
        notifications.services.drop(
            db, subject_id=event.id, kinds=kinds, recipient_id=attendance.id
        )
        attendances.confirm_guest(db, attendance, now=now)
    db.flush()
    return attendance
