"""The organisers' desk: bursts, sweeps by condition, undone for a day, then final."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from accounts.models import User
from audit.models import AuditEntry
from core.errors import NotAllowed, RuleBroken
from petitions import bursts, counter, desk, jobs, progress, rules, signing
from petitions.desk import Condition, preview, sweep, undo
from petitions.models import (
    Hold,
    Petition,
    PetitionState,
    Signature,
    Sweep,
    SweepDeed,
    Swept,
)
from petitions.models import SignatureState as S
from petitions.signing import Signatory, confirm_signature, domain_hash, withdraw_signature
from tests.builders import NOW, VAULT, make_guild, make_petition, make_signature, make_user

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HOLD, REMOVE, RELEASE = SweepDeed


@pytest.fixture
def petition(db: Session, alice: User) -> Petition:
    return make_petition(db, make_guild(db, admins=[alice]))


def mark(petition: Petition, domain: str) -> str:
    return domain_hash(VAULT, petition.id, domain)


@pytest.fixture
def farm(db: Session, petition: Petition) -> Condition:
    """Three signatures of one domain (one waits, two count) beside one of another."""
    make_signature(db, petition, "dora@example.org", at=NOW - HOUR)
    for number, state in enumerate((S.PENDING, S.CONFIRMED, S.CONFIRMED)):
        address = f"{number}@farm.example"
        make_signature(db, petition, address, state=state, at=NOW - HOUR, network="net")
    return Condition(domain=mark(petition, "farm.example"))


@pytest.fixture
def do(db: Session, petition: Petition, alice: User) -> Callable[..., Sweep]:
    def act(condition: Condition, deed: SweepDeed, after: timedelta = MINUTE * 0) -> Sweep:
        return sweep(
            db, petition, actor=alice, condition=condition, deed=deed, reason="A farm.",
            now=NOW + after,
        )  # fmt: skip

    return act


def count(db: Session, petition: Petition) -> int:
    """What the public sees; the rows must say the same."""
    found = counter.recount(db, petition.id, now=NOW)
    assert found.counter == found.rows
    return found.rows


def holds(db: Session) -> list[str]:
    return sorted(db.exec(select(Signature.hold)))


def of(db: Session, petition: Petition, address: str) -> Signature:
    db.expire_all()
    hashed = signing.mailbox_hash(VAULT, petition.id, address)
    return db.exec(select(Signature).where(Signature.address_hash == hashed)).one()


def test_a_preview_says_what_would_change_and_changes_nothing(
    db: Session, petition: Petition, farm: Condition
) -> None:
    seen = preview(db, petition.id, farm)
    assert seen.total == 3
    assert [seen.would_change(deed) for deed in (HOLD, REMOVE, RELEASE)] == [3, 3, 0]
    assert [seen.would_move(deed) for deed in (HOLD, REMOVE, RELEASE)] == [2, 2, 0]
    assert holds(db) == ["none"] * 4


@pytest.mark.parametrize(
    ("narrower", "expected"),
    [
        ({}, 3),
        ({"state": S.PENDING}, 1),
        ({"state": S.CONFIRMED, "network": "net"}, 2),
        ({"network": "other"}, 0),
        ({"since": NOW - HOUR, "until": NOW}, 3),
        ({"since": NOW - HOUR + MINUTE}, 0),
        ({"until": NOW - HOUR}, 0),
        ({"hold": Hold.HELD}, 0),
    ],
)
def test_a_condition_is_all_of_its_parts(
    db: Session, petition: Petition, farm: Condition, narrower: dict[str, Any], expected: int
) -> None:
    assert preview(db, petition.id, Condition(domain=farm.domain, **narrower)).total == expected


@pytest.mark.parametrize("deed", [HOLD, REMOVE])
def test_what_is_swept_does_not_count_and_the_reason_is_on_record(
    db: Session, petition: Petition, farm: Condition, do: Callable[..., Sweep], deed: SweepDeed
) -> None:
    done = do(farm, deed)
    assert (done.signature_count, done.counted_count) == (3, 2)
    assert count(db, petition) == 1
    assert progress.checks(db, petition.id) == [(NOW.date(), 2)]
    db.commit()
    entry = db.exec(select(AuditEntry).where(AuditEntry.reason == "A farm.")).one()
    assert entry.action == f"petitions.swept_{deed.value}"
    assert "farm.example" not in f"{entry.summary} {done.condition}"


def test_what_is_released_counts_after_all(
    db: Session, petition: Petition, do: Callable[..., Sweep]
) -> None:
    make_signature(db, petition, held=True, country="PT", region="North")
    assert count(db, petition) == 0
    assert do(Condition(hold=Hold.HELD), RELEASE).counted_count == 1
    assert count(db, petition) == 1
    assert progress.checks(db, petition.id) == [(NOW.date(), -1)]


def test_what_is_held_and_let_go_on_one_day_is_nothing_to_tell(
    db: Session, petition: Petition, farm: Condition, do: Callable[..., Sweep]
) -> None:
    do(farm, HOLD)
    do(farm, RELEASE, MINUTE)
    assert progress.checks(db, petition.id) == []
    assert count(db, petition) == 3


def test_all_checks_of_a_day_are_told_however_many(
    db: Session, petition: Petition, do: Callable[..., Sweep]
) -> None:
    many = progress.CHECKS_SHOWN + 2
    for number in range(many):
        at = NOW - HOUR + MINUTE * number
        make_signature(db, petition, f"{number}@example.org", at=at)
        do(Condition(since=at, until=at + MINUTE), HOLD)
    assert progress.checks(db, petition.id) == [(NOW.date(), many)]


def test_who_confirms_after_a_sweep_counts_once_it_is_undone(
    db: Session, petition: Petition, farm: Condition, alice: User, do: Callable[..., Sweep]
) -> None:
    done = do(farm, REMOVE)
    waiting = of(db, petition, "0@farm.example")
    assert confirm_signature(db, waiting.id, now=NOW)
    withdraw_signature(db, of(db, petition, "1@farm.example").id, now=NOW)
    assert count(db, petition) == 1
    undo(db, done, actor=alice, now=NOW + HOUR * 23)
    assert count(db, petition) == 3
    assert holds(db) == ["none"] * 4
    assert db.exec(select(Swept)).all() == []
    assert progress.checks(db, petition.id) == []


ORDERS = [
    ((HOLD, REMOVE), (0, 1)),
    ((HOLD, REMOVE), (1, 0)),
    ((HOLD, RELEASE), (0, 1)),
    ((HOLD, RELEASE), (1, 0)),
    ((HOLD, RELEASE, REMOVE), (1, 0, 2)),
    ((HOLD, RELEASE, REMOVE), (0, 2, 1)),
]


@pytest.mark.parametrize(("deeds", "order"), ORDERS)
def test_sweeps_are_undone_in_any_order(
    db: Session,
    petition: Petition,
    farm: Condition,
    alice: User,
    do: Callable[..., Sweep],
    deeds: tuple[SweepDeed, ...],
    order: tuple[int, ...],
) -> None:
    done = [do(farm, deed, MINUTE * number) for number, deed in enumerate(deeds)]
    for number in order:
        undo(db, done[number], actor=alice, now=NOW + HOUR)
        count(db, petition)
    assert holds(db) == ["none"] * 4
    assert count(db, petition) == 3
    assert db.exec(select(Signature.sweep_id).where(Signature.sweep_id != None)).all() == []  # noqa: E711 - SQL


@pytest.mark.parametrize(
    ("deeds", "told"), [((HOLD, REMOVE), 2), ((HOLD, RELEASE), 0), ((HOLD, RELEASE, REMOVE), 2)]
)
def test_the_page_goes_on_saying_what_stays_taken_back_once_an_earlier_sweep_is_undone(
    db: Session,
    petition: Petition,
    farm: Condition,
    alice: User,
    do: Callable[..., Sweep],
    deeds: tuple[SweepDeed, ...],
    told: int,
) -> None:
    first, *later = [do(farm, deed, MINUTE * number) for number, deed in enumerate(deeds)]
    undo(db, first, actor=alice, now=NOW + HOUR)
    assert count(db, petition) == 3 - told
    assert sum(check.number for check in progress.checks(db, petition.id)) == told
    for other in reversed(later):
        undo(db, other, actor=alice, now=NOW + HOUR)
    assert progress.checks(db, petition.id) == []


def test_undoing_an_earlier_sweep_leaves_what_a_later_one_decided(
    db: Session, petition: Petition, farm: Condition, alice: User, do: Callable[..., Sweep]
) -> None:
    first, _ = do(farm, HOLD), do(Condition(domain=farm.domain, state=S.CONFIRMED), REMOVE, MINUTE)
    undo(db, first, actor=alice, now=NOW + HOUR)
    assert holds(db) == ["none", "none", "removed", "removed"]


def test_a_sweep_is_undone_once_and_for_a_day(
    db: Session, farm: Condition, alice: User, do: Callable[..., Sweep]
) -> None:
    done = do(farm, HOLD)
    with pytest.raises(RuleBroken, match="no longer"):
        undo(db, done, actor=alice, now=NOW + DAY)
    undo(db, done, actor=alice, now=NOW + HOUR)
    with pytest.raises(RuleBroken, match="no longer"):
        undo(db, done, actor=alice, now=NOW + HOUR)


def test_what_was_handed_over_stays_as_it_was(
    db: Session, petition: Petition, farm: Condition, alice: User, do: Callable[..., Sweep]
) -> None:
    done = do(farm, HOLD)
    petition.state = PetitionState.DELIVERED
    db.add(petition)
    db.flush()
    with pytest.raises(RuleBroken, match="no longer"):
        undo(db, done, actor=alice, now=NOW + HOUR)


def test_after_a_day_who_was_removed_is_erased_and_stays_removed(
    db: Session, petition: Petition, farm: Condition, do: Callable[..., Sweep]
) -> None:
    do(farm, REMOVE)
    do(Condition(domain=mark(petition, "example.org")), HOLD)
    db.commit()
    assert jobs.clear_desks(db, NOW + DAY - MINUTE) == 0
    assert of(db, petition, "1@farm.example").name
    assert jobs.clear_desks(db, NOW + DAY) == 2 + 3
    gone = of(db, petition, "1@farm.example")
    assert (gone.name, gone.address_sealed, gone.domain_hash) == ("", "", "")
    assert of(db, petition, "dora@example.org").name
    assert db.exec(select(Swept)).all() == []
    again = Signatory("Farmer", "1@farm.example")
    later = NOW + DAY
    signing.sign_petition(db, petition, signatory=again, vault=VAULT, now=later)
    assert confirm_signature(db, gone.id, now=later)
    assert count(db, petition) == 0
    db.commit()
    assert jobs.clear_desks(db, later + DAY + MINUTE) == 1
    assert of(db, petition, "1@farm.example").name == ""


def test_what_the_desk_decided_survives_signing_again(
    db: Session, petition: Petition, farm: Condition, do: Callable[..., Sweep]
) -> None:
    do(farm, HOLD)
    again = Signatory("Farmer", "0@farm.example")
    signing.sign_petition(db, petition, signatory=again, vault=VAULT, now=NOW + HOUR)
    assert of(db, petition, "0@farm.example").hold == Hold.HELD


def test_only_organisers_sweep_and_undo(
    db: Session, petition: Petition, farm: Condition, do: Callable[..., Sweep]
) -> None:
    stranger, done = make_user(db, "stranger"), do(farm, HOLD)
    with pytest.raises(NotAllowed):
        undo(db, done, actor=stranger, now=NOW)
    with pytest.raises(NotAllowed):
        sweep(db, petition, actor=stranger, condition=farm, deed=HOLD, reason="", now=NOW)


def test_a_sweep_finds_something_is_not_too_large_and_not_too_late(
    db: Session,
    petition: Petition,
    farm: Condition,
    do: Callable[..., Sweep],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(RuleBroken, match="none of these signatures"):
        do(Condition(domain="nobody"), HOLD)
    monkeypatch.setattr(desk, "MOST", 2)
    with pytest.raises(RuleBroken, match="at most"):
        do(farm, HOLD)
    ends_at = rules.last_moment(petition.closes_on)
    with pytest.raises(RuleBroken, match="ended"):
        do(farm, HOLD, ends_at + DAY - NOW)


def test_the_desk_is_cleared_once_nothing_can_be_undone(
    db: Session, petition: Petition, farm: Condition, do: Callable[..., Sweep]
) -> None:
    ended = NOW + HOUR
    do(farm, HOLD, HOUR)
    petition.state, petition.closed_at = PetitionState.CLOSED, ended
    db.add(petition)
    db.commit()
    jobs.clear_desks(db, ended + DAY - MINUTE)
    assert of(db, petition, "dora@example.org").domain_hash
    jobs.clear_desks(db, ended + DAY)
    assert set(db.exec(select(Signature.domain_hash, Signature.network_hash))) == {("", "")}
    db.expire_all()
    (kept,) = db.exec(select(Sweep)).all()
    assert not {"domain", "network"} & set(kept.condition)
    assert db.get_one(Petition, petition.id).desk_cleared_at == ended + DAY
    assert jobs.clear_desks(db, ended + DAY) == 0


def test_bursts_by_hour_domain_and_network(db: Session, petition: Petition) -> None:
    for number in range(7):
        make_signature(
            db, petition, f"{number}@farm.example", at=NOW - HOUR, network="net",
            state=S.PENDING if number < 2 else S.CONFIRMED, held=number > 5,
        )  # fmt: skip
    make_signature(db, petition, at=NOW - HOUR * 3)
    make_signature(db, petition, "w@farm.example", state=S.WITHDRAWN, at=NOW - HOUR)
    since = NOW - DAY
    assert bursts.whole(db, petition.id, since)[1:] == (8, 6, 1)
    hours = bursts.by_hour(db, petition.id, since)
    assert [(at, one.total) for at, one in hours] == [(NOW - HOUR, 7), (NOW - HOUR * 3, 1)]
    (domain,) = bursts.by_domain(db, petition.id, since, ())
    assert domain == (mark(petition, "farm.example"), 7, 5, 1)
    assert [one[0] for one in bursts.by_network(db, petition.id, since)] == ["net"]
    assert bursts.by_domain(db, petition.id, NOW, ()) == []
    assert bursts.held(db, petition.id) == {Hold.HELD: 1}


def test_invented_addresses_do_not_bring_a_small_domain_to_the_desk(
    db: Session, petition: Petition
) -> None:
    """Else an organiser types five and reads beside them whether its owner has confirmed."""
    make_signature(db, petition, "ada@ada.example", at=NOW - HOUR)
    for number in range(9):
        for domain in ("ada.example", "gmail.com"):
            address = f"invented{number}@{domain}"
            make_signature(db, petition, address, state=S.PENDING, at=NOW - HOUR)
    known = bursts.known_domains(VAULT, petition.id)
    (shown,) = bursts.by_domain(db, petition.id, NOW - DAY, known.keys())
    assert shown == (mark(petition, "gmail.com"), 9, 0, 0)


def test_a_mark_differs_by_petition_and_only_large_providers_have_names(
    db: Session, petition: Petition
) -> None:
    other = make_petition(db, make_guild(db, slug="others"))
    assert mark(petition, "farm.example") != mark(other, "farm.example")
    known = bursts.known_domains(VAULT, petition.id)
    assert known[mark(petition, "gmail.com")] == "gmail.com"
    assert mark(petition, "farm.example") not in known
