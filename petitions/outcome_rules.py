"""What may be done with a petition after its close, and by whom."""

from datetime import timedelta

from guilds.models import ORGANISING_ROLES, Role
from petitions.models import PetitionState, Settlement
from petitions.rules import can_become, is_responsible

S = PetitionState
#: without an answer it settles by itself, so long after it was handed over, or else closed
UNANSWERED_LENGTH = timedelta(days=365)
#: hand-overs of one petition: each may send a mail
DELIVERIES_MOST = 10
ANSWERS_MOST = 20
#: how it may end, in words
SETTLEMENTS = {
    Settlement.MET: "It was met",
    Settlement.PARTLY_MET: "It was met in part",
    Settlement.REFUSED: "It was refused",
    Settlement.UNANSWERED: "It was never answered",
}


def outcomes(state: PetitionState) -> tuple[Settlement, ...]:
    """How it may be said to have ended: what was answered was not "never answered"."""
    return tuple(one for one in SETTLEMENTS if one != Settlement.UNANSWERED or state != S.ANSWERED)


def can_deliver(state: PetitionState, role: Role | None, *, is_author: bool) -> bool:
    """Also again, to somebody else there, while no answer came."""
    return state in {S.CLOSED, S.DELIVERED} and is_responsible(role, is_author=is_author)


def can_take_names(state: PetitionState, role: Role | None) -> bool:
    """Organisers, to hand them over themselves."""
    return state in {S.CLOSED, S.DELIVERED, S.ANSWERED} and role in ORGANISING_ROLES


def can_be_answered(state: PetitionState) -> bool:
    return state in {S.DELIVERED, S.ANSWERED}


def can_note_answer(state: PetitionState, role: Role | None, *, is_author: bool) -> bool:
    return can_be_answered(state) and is_responsible(role, is_author=is_author)


def can_set_due(state: PetitionState, role: Role | None, *, is_author: bool) -> bool:
    return state == S.DELIVERED and is_responsible(role, is_author=is_author)


def can_settle(state: PetitionState, role: Role | None) -> bool:
    return role in ORGANISING_ROLES and can_become(state, S.SETTLED)


def asks_for_more(state: PetitionState, settlement: Settlement | None, *, is_overdue: bool) -> bool:
    """Say whether there is cause to go on: no answer in time, or not what was asked for."""
    return is_overdue or (state == S.SETTLED and settlement != Settlement.MET)


def can_carry_on(role: Role | None, *, has_cause: bool) -> bool:
    """Any member may draft what follows it."""
    return role is not None and has_cause
