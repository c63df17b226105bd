"""Tables of cases for what may happen to petitions and signatures."""

from datetime import UTC, date, datetime, timedelta

import pytest

from guilds.charter import DecisionKind
from guilds.charter_templates import TEMPLATES
from guilds.models import Role
from petitions import rules
from petitions.models import PetitionState as P
from petitions.models import SignatureState as S

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
LAST_DAY = date(2026, 3, 10)
MIDNIGHT = datetime(2026, 3, 11, tzinfo=UTC)
ANYONE = TEMPLATES["affinity-group"].charter.rules[DecisionKind.OPEN_PETITION]
ORGANISERS = TEMPLATES["federation-with-quorum"].charter.rules[DecisionKind.OPEN_PETITION]


@pytest.mark.parametrize("state", P)
@pytest.mark.parametrize("then", P)
def test_only_these_steps_lead_from_one_state_to_the_next(state: P, then: P) -> None:
    steps = {
        (P.DRAFT, P.AMENDMENT),
        (P.DRAFT, P.BEFORE_GUILD),
        (P.DRAFT, P.WITHDRAWN),
        (P.AMENDMENT, P.DRAFT),
        (P.AMENDMENT, P.BEFORE_GUILD),
        (P.AMENDMENT, P.WITHDRAWN),
        (P.BEFORE_GUILD, P.OPEN),
        (P.BEFORE_GUILD, P.REJECTED),
        (P.BEFORE_GUILD, P.DRAFT),
        (P.BEFORE_GUILD, P.WITHDRAWN),
        (P.OPEN, P.CLOSED),
        (P.OPEN, P.STOPPED),
        (P.CLOSED, P.DELIVERED),
        (P.CLOSED, P.SETTLED),
        (P.CLOSED, P.STOPPED),
        (P.DELIVERED, P.ANSWERED),
        (P.DELIVERED, P.SETTLED),
        (P.ANSWERED, P.SETTLED),
        (P.REJECTED, P.DRAFT),
        (P.REJECTED, P.WITHDRAWN),
    }
    assert rules.can_become(state, then) == ((state, then) in steps)


WHO = [
    (None, False, False),
    (None, True, False),  # an author who left the guild
    (Role.MEMBER, False, False),
    (Role.MEMBER, True, True),
    (Role.ORGANISER, False, True),
    (Role.ADMIN, False, True),
]


@pytest.mark.parametrize("state", P)
@pytest.mark.parametrize(("role", "is_author", "responsible"), WHO)
def test_its_author_and_the_organisers_look_after_a_petition(
    state: P, role: Role | None, is_author: bool, responsible: bool
) -> None:
    edit = rules.can_edit(state, role, is_author=is_author)
    redraft = rules.can_redraft(state, role, is_author=is_author)
    withdraw = rules.can_withdraw(state, role, is_author=is_author)
    assert edit == (responsible and state in {P.DRAFT, P.AMENDMENT})
    assert redraft == (responsible and state == P.REJECTED)
    too_late = rules.can_redraft(state, role, is_author=is_author, is_too_late=True)
    assert too_late == (responsible and state in {P.REJECTED, P.BEFORE_GUILD})
    assert withdraw == (responsible and state in {P.DRAFT, P.AMENDMENT, P.REJECTED})


@pytest.mark.parametrize(("role", "is_author", "responsible"), WHO)
def test_who_may_edit_may_put_it_if_the_charter_lets_them_propose(
    role: Role | None, is_author: bool, responsible: bool
) -> None:
    put = rules.can_put_before_guild
    assert put(P.DRAFT, role, ANYONE, is_author=is_author) == responsible
    assert put(P.DRAFT, role, ORGANISERS, is_author=is_author) == (
        role in {Role.ORGANISER, Role.ADMIN}
    )
    assert not put(P.OPEN, role, ANYONE, is_author=is_author)


@pytest.mark.parametrize(
    ("state", "now", "expected"),
    [
        (P.OPEN, NOW, True),
        (P.OPEN, MIDNIGHT - timedelta(microseconds=1), True),
        (P.OPEN, MIDNIGHT, False),
        (P.DRAFT, NOW, False),
        (P.BEFORE_GUILD, NOW, False),
        (P.CLOSED, NOW, False),
        (P.REJECTED, NOW, False),
        (P.WITHDRAWN, NOW, False),
    ],
)
def test_signing_ends_with_the_last_day(state: P, now: datetime, expected: bool) -> None:
    assert rules.can_sign(state, LAST_DAY, now) == expected


@pytest.mark.parametrize(
    ("state", "closed_at", "now", "expected"),
    [
        (P.OPEN, None, NOW, True),
        (P.OPEN, None, MIDNIGHT, True),  # the clock has not closed it yet
        (P.CLOSED, MIDNIGHT, MIDNIGHT + timedelta(hours=23, minutes=59), True),
        (P.CLOSED, MIDNIGHT, MIDNIGHT + timedelta(hours=24), False),
        (P.OPEN, None, MIDNIGHT + timedelta(hours=24), False),
        (P.CLOSED, NOW, NOW + timedelta(hours=23), True),  # closed early
        (P.CLOSED, NOW, NOW + timedelta(hours=24), False),
        (P.DRAFT, None, NOW, False),
        (P.WITHDRAWN, None, NOW, False),
    ],
)
def test_confirming_is_possible_for_a_day_after_the_close(
    state: P, closed_at: datetime | None, now: datetime, expected: bool
) -> None:
    assert rules.can_confirm(state, LAST_DAY, closed_at, now) == expected


MAILS = [
    (S.PENDING, timedelta(minutes=59), 1, False),
    (S.PENDING, timedelta(hours=1), 1, True),
    (S.PENDING, timedelta(hours=1), 2, True),
    (S.PENDING, timedelta(days=5), 3, False),
    (S.WITHDRAWN, timedelta(minutes=59), 0, False),
    (S.WITHDRAWN, timedelta(hours=1), 0, True),
    (S.WITHDRAWN, timedelta(days=5), 3, False),
    (S.CONFIRMED, timedelta(hours=23), 0, False),
    (S.CONFIRMED, timedelta(days=1), 0, True),
    (S.CONFIRMED, timedelta(days=1), 50, True),
]


@pytest.mark.parametrize(("state", "since", "mail_count", "expected"), MAILS)
def test_a_mailbox_is_written_to_rarely(
    state: S, since: timedelta, mail_count: int, expected: bool
) -> None:
    assert rules.mail_is_due(state, NOW - since, mail_count, NOW) == expected


@pytest.mark.parametrize(
    ("closes_on", "refused"),
    [
        (date(2026, 3, 2), True),
        (date(2026, 3, 3), True),
        (date(2026, 3, 4), False),
        (date(2028, 3, 2), False),
        (date(2028, 3, 3), True),
        (date.max, True),
    ],
)
def test_a_closing_day_lies_ahead_but_not_too_far(closes_on: date, refused: bool) -> None:
    assert bool(rules.closing_day_refusal(closes_on, NOW)) == refused


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Dora Dreamer", "Dora"), ("Dora", "Dora"), ("  ليلى حسن", "ليلى"), ("", ""), ("   ", "")],
)
def test_only_a_first_name_is_shown(name: str, shown: str) -> None:
    assert rules.first_name(name) == shown


def test_numbers_are_said_in_sentences() -> None:
    assert rules.progress_in_words(1, 500) == "1 signature of the 500 we aim for"
    assert rules.progress_in_words(1200, 1000) == "1,200 signatures: the goal of 1,000 is reached"
    assert (
        rules.decision_in_words(12, 2, 1, 30) == "15 of 30 members voted: 12 yes, 2 no, 1 abstained"
    )
