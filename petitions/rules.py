"""What may happen to a petition and to a signature, and when.

A petition: draft, in amendment, before its guild, open, closed, delivered, answered, settled; or
rejected (perhaps drafted anew), withdrawn before it was open, stopped after.
A signature: pending until its mailbox confirms it, then confirmed; or withdrawn.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.templating import count
from guilds.charter import DecisionRule
from guilds.models import ORGANISING_ROLES, Role
from petitions.models import PUBLIC_STATES, WRITABLE_STATES, PetitionState, SignatureState
from voting.rules import can_propose

S = PetitionState
NEXT_STATES: dict[PetitionState, frozenset[PetitionState]] = {
    S.DRAFT: frozenset({S.AMENDMENT, S.BEFORE_GUILD, S.WITHDRAWN}),
    S.AMENDMENT: frozenset({S.DRAFT, S.BEFORE_GUILD, S.WITHDRAWN}),
    # back to draft if its proposal is withdrawn
    S.BEFORE_GUILD: frozenset({S.OPEN, S.REJECTED, S.DRAFT, S.WITHDRAWN}),
    S.OPEN: frozenset({S.CLOSED, S.STOPPED}),
    S.CLOSED: frozenset({S.DELIVERED, S.SETTLED, S.STOPPED}),
    S.DELIVERED: frozenset({S.ANSWERED, S.SETTLED}),
    S.ANSWERED: frozenset({S.SETTLED}),
    S.SETTLED: frozenset(),
    S.REJECTED: frozenset({S.DRAFT, S.WITHDRAWN}),
    S.WITHDRAWN: frozenset(),
    S.STOPPED: frozenset(),
}

#: a petition collects for at most this long
LONGEST_OPEN = timedelta(days=730)
#: who signed in time may confirm for so long after the close
CONFIRM_GRACE = timedelta(hours=24)
#: an unconfirmed signature is forgotten after this
UNCONFIRMED_KEPT = timedelta(days=14)

#: a mailbox that has not confirmed gets a fresh mail at most so often, and this many in all
CONFIRMATION_PAUSE = timedelta(hours=1)
CONFIRMATIONS_MOST = 3
#: one that has confirmed is told "you have signed already" at most so often
REMARK_PAUSE = timedelta(days=1)


def can_become(state: PetitionState, then: PetitionState) -> bool:
    return then in NEXT_STATES[state]


def is_responsible(role: Role | None, *, is_author: bool) -> bool:
    """Its author, while a member, and the guild's organisers look after a petition."""
    return role is not None and (is_author or role in ORGANISING_ROLES)


def can_draft(role: Role | None) -> bool:
    return role is not None


def can_edit(state: PetitionState, role: Role | None, *, is_author: bool) -> bool:
    """Before it is put only: what the guild decides on, and what people sign, does not change."""
    return state in WRITABLE_STATES and is_responsible(role, is_author=is_author)


def can_ask_for_suggestions(state: PetitionState, role: Role | None, *, is_author: bool) -> bool:
    return state == S.DRAFT and is_responsible(role, is_author=is_author)


def can_end_amendment(state: PetitionState, role: Role | None, *, is_author: bool) -> bool:
    return state == S.AMENDMENT and is_responsible(role, is_author=is_author)


def can_suggest(state: PetitionState, role: Role | None) -> bool:
    """Any member, whoever looks after it too, while the guild amends it."""
    return state == S.AMENDMENT and role is not None


def can_redraft(
    state: PetitionState, role: Role | None, *, is_author: bool, is_too_late: bool = False
) -> bool:
    """What the guild rejected; or cannot open any more, for its last day came before it decided."""
    is_free = state == S.REJECTED or (state == S.BEFORE_GUILD and is_too_late)
    return is_free and is_responsible(role, is_author=is_author)


def can_withdraw(state: PetitionState, role: Role | None, *, is_author: bool) -> bool:
    """Before it is decided: an open petition is the guild's and its signatories'."""
    is_undecided = state in WRITABLE_STATES or state == S.REJECTED
    return is_undecided and is_responsible(role, is_author=is_author)


def can_stop(state: PetitionState, role: Role | None) -> bool:
    """Organisers end it before its time, and after the close what was not handed over."""
    return role in ORGANISING_ROLES and can_become(state, S.STOPPED)


def can_post_update(state: PetitionState, role: Role | None, *, is_author: bool) -> bool:
    """Whoever looks after it, once it was open: there is news after the close as well."""
    return state in PUBLIC_STATES and is_responsible(role, is_author=is_author)


def can_put_before_guild(
    state: PetitionState, role: Role | None, rule: DecisionRule, *, is_author: bool
) -> bool:
    """A draft, amended or not, by who may edit it, if the charter lets that role propose."""
    return can_edit(state, role, is_author=is_author) and can_propose(role, rule)


def day_of(at: datetime, zone: str) -> date:
    """The day an instant falls on where somebody lives, who means that day when they type it."""
    return at.astimezone(ZoneInfo(zone)).date()


def instant_of(on: date, zone: str) -> datetime:
    """An instant that falls on a day where somebody lives, who typed it, and in UTC too."""
    days = [
        [datetime.combine(one, time(0), where).astimezone(UTC) for where in (ZoneInfo(zone), UTC)]
        for one in (on, on + timedelta(days=1))
    ]
    begins, ends = max(days[0]), min(days[1])
    return begins + (ends - begins) / 2


def last_moment(closes_on: date) -> datetime:
    """The midnight, in UTC, at which a petition closes: the end of its last day."""
    return datetime.combine(closes_on + timedelta(days=1), time(0), UTC)


def can_sign(state: PetitionState, closes_on: date, now: datetime) -> bool:
    """Say whether it takes signatures at this instant; the clock may not have closed it yet."""
    return state == S.OPEN and now < last_moment(closes_on)


def can_confirm(
    state: PetitionState, closes_on: date, closed_at: datetime | None, now: datetime
) -> bool:
    """Say whether a pending signature may be confirmed: for CONFIRM_GRACE after the end."""
    is_kept = state in {S.OPEN, S.CLOSED, S.STOPPED}
    return is_kept and now < confirming_ends_at(closes_on, closed_at)


def confirming_ends_at(closes_on: date, closed_at: datetime | None) -> datetime:
    """The instant from which on no signature of a petition is confirmed."""
    return (
        min(last_moment(closes_on), closed_at or datetime.max.replace(tzinfo=UTC)) + CONFIRM_GRACE
    )


def confirm_until(signed_at: datetime, closes_on: date, closed_at: datetime | None) -> datetime:
    """Until when a signature waits for its mailbox: UNCONFIRMED_KEPT, or until nobody confirms."""
    return min(signed_at + UNCONFIRMED_KEPT, confirming_ends_at(closes_on, closed_at))


def mail_is_due(state: SignatureState, mailed_at: datetime, mail_count: int, now: datetime) -> bool:
    """Say whether a mailbox that is entered again gets another mail.

    petitions.signing says the same in SQL; a test holds the two together.
    """
    if state == SignatureState.CONFIRMED:
        return mailed_at <= now - REMARK_PAUSE
    return mail_count < CONFIRMATIONS_MOST and mailed_at <= now - CONFIRMATION_PAUSE


def closing_day_refusal(closes_on: date, now: datetime) -> str | None:
    """What is wrong with a closing day, in words for the person, or None."""
    if closes_on <= now.date():
        return "Choose a day after today: people need time to sign."
    if closes_on - now.date() > LONGEST_OPEN:
        return f"Choose a day within {LONGEST_OPEN.days} days from now."
    return None


def first_name(name: str) -> str:
    """All that is ever shown of a signatory who agreed to be shown."""
    return name.split()[0] if name.split() else ""


def progress_in_words(signature_count: int, goal: int) -> str:
    """Such as "214 signatures of the 500 we aim for"."""
    signed = count(signature_count, "signature")
    if signature_count >= goal:
        return f"{signed}: the goal of {goal:,} is reached"
    return f"{signed} of the {goal:,} we aim for"


def kinds_in_words(online: int, on_paper: int) -> str:
    """Both kinds of signatures apart."""
    return f"{online:,} given here and confirmed, {on_paper:,} on paper."


def decision_in_words(yes: int, no: int, abstained: int, electorate: int) -> str:
    """How the guild decided: "15 of 30 members voted: 12 yes, 2 no, 1 abstained"."""
    members = count(electorate, "member")
    said = f"{yes:,} yes, {no:,} no, {abstained:,} abstained"
    return f"{yes + no + abstained:,} of {members} voted: {said}"
