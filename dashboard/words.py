"""The record in words people read: who did what, to what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import User
from audit.models import AuditEntry
from guilds.models import ORGANISING_ROLES, Role

#: action -> what follows the actor's name; {whom}: the person it was done to.
#: A test holds that every action recorded anywhere stands here.
WORDS: Mapping[str, str] = {
    "guilds.founded": "founded the guild",
    "guilds.settings_changed": "changed the settings",
    "guilds.joined": "joined",
    "guilds.left": "left",
    "guilds.join_requested": "asked to join",
    "guilds.join_withdrawn": "took back the request to join",
    "guilds.join_admitted": "admitted {whom}",
    "guilds.join_declined": "declined the request of {whom}",
    "guilds.invitation_made": "made an invitation",
    "guilds.invitation_accepted": "accepted an invitation",
    "guilds.invitation_revoked": "revoked an invitation",
    "guilds.role_changed": "changed the role of {whom}",
    "guilds.member_removed": "removed {whom}",
    "guilds.charter_changed": "put a new charter in force",
    "guilds.dissolved": "left as the last member, which dissolved the guild",
    "voting.proposed": "put a proposal",
    "voting.supported": "found enough supporters",
    "voting.edited": "changed the text of a proposal",
    "voting.amendment_proposed": "offered an amendment to a proposal",
    "voting.amendment_accepted": "took an amendment into a proposal",
    "voting.amendment_declined": "declined an amendment to a proposal",
    "voting.amendment_carried": "took in an amendment that the members carried",
    "voting.amendment_withdrawn": "took back an amendment to a proposal",
    "voting.review_due": "reminded of a decision to look at again",
    "voting.review_moved": "chose another day to look at a decision again",
    "voting.not_supported": "ended the search for supporters: too few",
    "voting.draft_expired": "let a draft expire that nobody had touched for long",
    "voting.opened": "opened voting",
    "voting.box_shut": "could not open the ballot box yet",
    "voting.passed": "counted the ballots: passed",
    "voting.failed": "counted the ballots: not passed",
    "voting.tied": "counted the ballots: tied",
    "voting.objected": "objected to a proposal",
    "voting.objection_resolved": "let go of an objection",
    "voting.integrated": "took a change into the text and let the guild be asked again",
    "voting.another_round": "counted the answers: objections are left, so another round begins",
    "voting.withdrawn": "withdrew a proposal",
    "voting.carried_out": "carried out what was decided",
    "voting.not_carried_out": "could not carry out what was decided",
    "petitions.drafted": "drafted a petition",
    "petitions.edited": "changed the draft of a petition",
    "petitions.put_before_guild": "put a petition before the guild",
    "petitions.opened": "opened a petition for signature",
    "petitions.rejected": "set a petition aside, as the guild decided",
    "petitions.returned": "gave a petition back as a draft",
    "petitions.redrafted": "took up a petition again",
    "petitions.withdrawn": "withdrew a petition",
    "petitions.closed": "closed a petition",
    "petitions.swept_hold": "held signatures of a petition for a check",
    "petitions.swept_remove": "took signatures of a petition away after a check",
    "petitions.swept_release": "let held signatures of a petition count",
    "petitions.sweep_undone": "undid a check of a petition's signatures",
    "petitions.paper_entered": "entered signatures given on paper",
    "petitions.paper_struck": "struck out signatures given on paper",
    "petitions.update_posted": "posted news of a petition",
    "petitions.stopped": "stopped a petition",
    "petitions.amendment_begun": "asked members for other words for a petition",
    "petitions.amendment_ended": "took no more suggestions for a petition",
    "petitions.suggested": "suggested other words for a petition",
    "petitions.suggestion_accepted": "took a suggestion into a petition",
    "petitions.suggestion_declined": "declined a suggestion for a petition",
    "petitions.suggestion_withdrawn": "took back a suggestion for a petition",
    "petitions.joined": "let the guild stand behind a petition, as it decided",
    "petitions.left": "took the guild's name off a petition, as it decided",
    "petitions.join_declined": "took another guild's name off a petition",
    "petitions.join_allowed": "let a guild join a petition again",
    "petitions.dossier_made": "made the dossier of a petition",
    "petitions.names_taken": "took the names that signatories let be handed over",
    "petitions.names_given": "gave the names that signatories hand over to a contact, by link",
    "petitions.delivered": "handed over a petition",
    "petitions.answered": "noted what the institution answered",
    "petitions.answer_due": "chose until when the institution should answer",
    "petitions.settled": "settled a petition",
    "petitions.signatories_forgotten": "erased who signed a petition",
    "events.drafted": "drafted an event",
    "events.published": "called people to an event",
    "events.endorsed": "let the guild stand behind an event, as it decided",
    "events.endorsement_declined": "turned down a guild's endorsement of an event",
    "events.endorsement_shown": "showed a guild's endorsement of an event again",
    "events.changed": "changed an event",
    "events.cancelled": "cancelled an event",
    "institutions.added": "added an institution",
    "institutions.corrected": "corrected what is said of an institution",
    "institutions.contact_added": "added somebody to write to at an institution",
    "institutions.contact_removed": "removed a contact of an institution",
    "institutions.procedure_chosen": "said how an institution answers petitions",
    "legislation.bill_watched": "let the guild watch a bill",
    "legislation.bill_unwatched": "stopped the guild watching a bill",
    "legislation.bill_imported": "brought in a bill",
    "legislation.stance_taken": "took a stance on a bill, as the guild decided",
    "legislation.bill_updated": "brought in a newer file of a bill",
}

#: who asked to join and was not admitted is for organisers
DISCREET_ACTORS = frozenset({"guilds.join_requested", "guilds.join_withdrawn"})
DISCREET_SUBJECTS = frozenset({"guilds.join_declined"})
#: drafts are shown to organisers alone
DRAFTS = frozenset({"events.drafted"})
#: kinds whose summary tells of the deed, not the name of a thing
NAMELESS = frozenset({"guild", "user", "invitation"})

THE_CLOCK, FORMER, SOMEBODY = "The clock", "A former member", "Somebody"


@dataclass(frozen=True)
class Deed:
    """One entry of the record for one reader.

    thing: the name of what it was done to, or empty; subject: its kind and id, if it may be linked.
    more: what else is known, in sentences without their full stop.
    """

    at: datetime
    who: str
    did: str
    thing: str
    subject: tuple[str, UUID] | None
    more: list[str]


def people_in(entries: Sequence[tuple[AuditEntry, User | None]]) -> list[UUID]:
    """Ids of the people that entries are about."""
    return [entry.subject_id for entry, _ in entries if entry.subject_kind == "user"]


def deed(
    entry: AuditEntry, actor: User | None, names: Mapping[UUID, str], role: Role | None
) -> Deed:
    """An entry in words for a member of this role; `names`: of people who still have an account."""
    organises = role in ORGANISING_ROLES
    whom = names.get(entry.subject_id, FORMER.lower())
    if entry.action in DISCREET_SUBJECTS and not organises:
        whom = SOMEBODY.lower()
    is_shown = organises or entry.action not in DRAFTS
    words = WORDS.get(entry.action, f"did what the record calls “{entry.action}”")
    is_thing = entry.subject_kind not in NAMELESS
    return Deed(
        at=entry.at,
        who=SOMEBODY if entry.action in DISCREET_ACTORS and not organises else _actor(entry, actor),
        did=words.replace("{whom}", whom),
        thing=entry.summary if is_thing else "",
        subject=(entry.subject_kind, entry.subject_id) if is_shown else None,
        more=[words for words in (entry.summary * (not is_thing), entry.reason) if words],
    )


def _actor(entry: AuditEntry, actor: User | None) -> str:
    """Who did it. An entry without actor is the clock's; an actor without account has gone."""
    if actor is not None:
        return actor.display_name
    return THE_CLOCK if entry.actor_id is None else FORMER
