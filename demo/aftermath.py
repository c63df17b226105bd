"""The scenes after a petition's close: its dossier, handing it over, an answer, or none."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

from sqlmodel import select

import petitions.answers
import petitions.delivery
import petitions.dossier
from core.addresses import fold
from demo.play import Play
from demo.story.aftermath import AFTERMATHS, Aftermath
from guilds.models import ORGANISING_ROLES
from guilds.queries import user_ids_with_roles
from institutions.models import Contact
from petitions.delivery_models import Delivery
from petitions.models import Petition
from petitions.rules import CONFIRM_GRACE, day_of, last_moment


def follow(play: Play, key: str, petition: Petition) -> None:
    """Plan what the story says became of a petition; nothing, if it says nothing."""
    ends = last_moment(petition.closes_on)
    play.at(ends + CONFIRM_GRACE, partial(_make_dossier, play, petition.id))
    story = AFTERMATHS.get(key)
    if story is None:
        return
    play.at(play.day(story.delivered), partial(_hand_over, play, story, petition))
    if story.answered is not None:
        play.at(play.day(story.answered), partial(_answer, play, story, petition))


def _make_dossier(play: Play, petition_id: UUID, now: datetime) -> None:
    petitions.dossier.make_dossier(play.db, petition_id, play.dossiers, now=now, reading=play.db)
    play.tell_signatories()


def _hand_over(play: Play, story: Aftermath, petition: Petition, now: datetime) -> None:
    organiser = user_ids_with_roles(play.db, petition.guild_id, ORGANISING_ROLES)[0]
    actor = next(one for one in play.people.values() if one.id == organiser)
    handover = petitions.delivery.Handover(
        way=story.way,
        received_by=story.received_by,
        delivered_on=day_of(now, actor.time_zone),
        proof=story.proof,
        contact_id=_contact(play, story, petition, now),
        answer_due_on=(play.now + timedelta(days=story.due)).date(),
    )
    petitions.delivery.deliver(play.db, petition, actor=actor, handover=handover, now=now)
    play.tell_signatories()


def _contact(play: Play, story: Aftermath, petition: Petition, now: datetime) -> UUID | None:
    if story.contact is None:
        return None
    name, address = story.contact
    contact = Contact(
        id=uuid4(),
        institution_id=petition.institution_id,
        name=name,
        address_sealed=play.vault.seal(address),
        address_hash=play.vault.keyed_hash(f"contact/{petition.institution_id}", fold(address)),
        added_by=petition.author_id,
        added_at=now,
    )
    play.db.add(contact)
    play.db.flush()
    return contact.id


def _answer(play: Play, story: Aftermath, petition: Petition, now: datetime) -> None:
    said = petitions.answers.Said(story.answer.strip(), story.said_by)
    row = play.db.exec(select(Delivery).where(Delivery.petition_id == petition.id)).one()
    petitions.answers.answer_by_link(play.db, row, said=said, now=now)
    play.tell_signatories()
