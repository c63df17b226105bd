from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from accounts import queries, rules, services
from accounts.models import AddressRequest, RequestPurpose, SignedIn, SignUp, User
from accounts.services import Newcomer, Profile
from core.errors import RuleBroken
from guilds.models import Membership
from notifications.models import Notice
from tests.builders import NOW, VAULT, make_guild, make_sign_in, make_user, password_hash

pytestmark = pytest.mark.usefixtures("app")  # connects the signals


def begin(db: Session, handle: str = "alice", address: str | None = None, **options: Any) -> SignUp:
    newcomer = Newcomer(
        handle=handle,
        display_name=handle.capitalize(),
        address=address or f"{handle}@example.org",
        password_hash=password_hash(),
        time_zone="Europe/Lisbon",
        **options,
    )
    return services.begin_sign_up(db, newcomer, vault=VAULT, now=NOW)


def test_a_sign_up_is_no_account_until_confirmed(db: Session) -> None:
    sign_up = begin(db)
    assert not queries.any_account(db)
    notice = db.exec(select(Notice)).one()
    assert (notice.kind, notice.recipient_id, notice.user_id) == (
        "accounts.confirm",
        sign_up.id,
        None,
    )
    user = services.confirm_sign_up(db, sign_up, now=NOW)
    assert (user.handle, user.time_zone, user.is_operator) == ("alice", "Europe/Lisbon", False)
    assert VAULT.unseal(user.address_sealed) == "alice@example.org"
    assert db.exec(select(SignUp)).all() == []


def test_no_address_lies_readable_in_any_row(db: Session) -> None:
    sign_up = begin(db)
    user = services.confirm_sign_up(db, sign_up, now=NOW)
    services.ask_for_reset(db, "alice@example.org", vault=VAULT, now=NOW)
    rows = [user, *db.exec(select(AddressRequest)), *db.exec(select(Notice))]
    assert "example.org" not in "".join(repr(row.model_dump()) for row in rows)


def test_the_founder_becomes_operator_and_only_one_can(db: Session) -> None:
    first, second = begin(db, is_founder=True), begin(db, "mallory", is_founder=True)
    assert services.confirm_sign_up(db, first, now=NOW).is_operator
    with pytest.raises(RuleBroken, match="founded by somebody else"):
        services.confirm_sign_up(db, second, now=NOW)


def test_one_mailbox_has_one_account(db: Session) -> None:
    services.confirm_sign_up(db, begin(db, address="a.lice@gmail.com"), now=NOW)
    again = begin(db, "other", address="alice+x@googlemail.com")
    with pytest.raises(RuleBroken, match="has an account already"):
        services.confirm_sign_up(db, again, now=NOW)


def test_of_two_sign_ups_with_one_handle_the_later_gets_a_number(db: Session) -> None:
    first, second = begin(db), begin(db, address="other@example.org")
    services.confirm_sign_up(db, first, now=NOW)
    user = services.confirm_sign_up(db, second, now=NOW)
    assert user.handle.startswith("alice-")


def test_a_reset_link_works_once_and_ends_every_sign_in(db: Session) -> None:
    alice = make_user(db)
    make_sign_in(db, alice)
    services.ask_for_reset(db, "Alice@example.org", vault=VAULT, now=NOW)
    wish = db.exec(select(AddressRequest)).one()
    services.reset_password(db, wish, "new hash")
    assert alice.password_hash == "new hash"
    assert db.exec(select(SignedIn)).all() == []
    with pytest.raises(RuleBroken, match="used already"):
        services.reset_password(db, wish, "newer hash")


def test_a_new_password_ends_every_link_asked_for_before(db: Session) -> None:
    alice = make_user(db)
    for _ in range(2):
        services.ask_for_reset(db, "alice@example.org", vault=VAULT, now=NOW)
    services.ask_for_address_change(db, alice.id, "thief@example.org", vault=VAULT, now=NOW)
    services.ask_for_reset(db, "bob@example.org", vault=VAULT, now=NOW)
    ours = AddressRequest.address_hash == alice.address_hash
    services.reset_password(db, db.exec(select(AddressRequest).where(ours)).first(), "new hash")
    (left,) = db.exec(select(AddressRequest)).all()
    assert left.address_hash == services.address_hash(VAULT, "bob@example.org")


def test_a_reset_for_nobody_leaves_the_same_traces(db: Session) -> None:
    services.ask_for_reset(db, "nobody@example.org", vault=VAULT, now=NOW)
    wish = db.exec(select(AddressRequest)).one()
    assert wish.user_id is None
    assert db.exec(select(Notice)).one().subject_id == wish.id
    with pytest.raises(RuleBroken):
        services.reset_password(db, wish, "hash")


def test_an_address_changes_only_when_the_new_one_is_confirmed(db: Session) -> None:
    alice, bob = make_user(db), make_user(db, "bob")
    services.ask_for_address_change(db, alice.id, "new@example.org", vault=VAULT, now=NOW)
    wish = db.exec(select(AddressRequest)).one()
    assert VAULT.unseal(alice.address_sealed) == "alice@example.org"
    services.change_address(db, wish)
    assert VAULT.unseal(alice.address_sealed) == "new@example.org"
    services.ask_for_address_change(db, bob.id, "NEW@example.org", vault=VAULT, now=NOW)
    taken = db.exec(select(AddressRequest)).one()
    with pytest.raises(RuleBroken, match="belongs to an account"):
        services.change_address(db, taken)


def test_changing_the_password_keeps_this_place_alone(db: Session) -> None:
    alice = make_user(db)
    make_sign_in(db, alice)
    make_sign_in(db, alice)
    here = db.exec(select(SignedIn)).first()
    assert here is not None
    services.change_password(db, alice.id, "new hash", keep=here.id)
    assert [place.id for place in db.exec(select(SignedIn))] == [here.id]


def test_nobody_ends_the_sign_in_of_another(db: Session) -> None:
    alice, bob = make_user(db), make_user(db, "bob")
    make_sign_in(db, alice)
    place = db.exec(select(SignedIn)).one()
    assert not services.end_sign_in(db, bob, place.id)
    assert services.end_sign_in(db, alice, place.id)


def profile(handle: str) -> Profile:
    return Profile(
        handle=handle,
        display_name="Alice of the river",
        time_zone="Asia/Tokyo",
        language="en",
        mails_are_discreet=False,
    )


def test_a_profile_changes_but_not_to_a_handle_that_is_taken(db: Session) -> None:
    alice = make_user(db)
    make_user(db, "bob")
    services.change_profile(db, alice.id, profile("alice2"))
    services.change_profile(db, alice.id, profile("alice2"))
    assert (alice.handle, alice.time_zone) == ("alice2", "Asia/Tokyo")
    with pytest.raises(RuleBroken, match="has this handle"):
        services.change_profile(db, alice.id, profile("bob"))


def test_the_export_holds_the_account_and_every_room(db: Session) -> None:
    alice = make_user(db)
    make_guild(db, admins=[alice], members=[make_user(db, "bob")])
    make_sign_in(db, alice)
    everything = services.export(db, alice, vault=VAULT, now=NOW)
    assert everything["account"]["address"] == "alice@example.org"
    assert everything["account"]["signed_in"] == [
        {"device": "Firefox on Linux", "since": NOW.isoformat()}
    ]
    assert "River guild" in repr(everything)
    assert "bob" not in repr(everything)


def test_erasing_takes_all_that_is_only_mine(db: Session) -> None:
    alice, bob = make_user(db), make_user(db, "bob")
    guild = make_guild(db, admins=[alice], members=[bob])
    make_sign_in(db, bob)
    services.ask_for_address_change(db, bob.id, "new@example.org", vault=VAULT, now=NOW)
    services.erase(db, bob.id, now=NOW)
    db.commit()
    db.expire_all()
    assert [user.handle for user in db.exec(select(User))] == ["alice"]
    for table in (SignedIn, AddressRequest):
        assert db.exec(select(table)).all() == []
    assert len(db.exec(select(Membership)).all()) == 1
    assert guild.member_count == 1


def test_the_last_admin_cannot_vanish_from_a_guild_of_others(db: Session) -> None:
    alice, bob = make_user(db), make_user(db, "bob")
    make_guild(db, admins=[alice], members=[bob])
    with pytest.raises(RuleBroken):
        services.erase(db, alice.id, now=NOW)


def test_what_has_lapsed_is_forgotten(db: Session) -> None:
    begin(db)
    services.ask_for_reset(db, "bob@example.org", vault=VAULT, now=NOW)
    make_sign_in(db, make_user(db, "bob"), expires_at=NOW + timedelta(days=30))
    assert services.forget_lapsed(db, NOW + rules.RESET_LASTS - timedelta(seconds=1)) == 0
    assert services.forget_lapsed(db, NOW + rules.RESET_LASTS) == 1
    assert services.forget_lapsed(db, NOW + rules.SIGN_UP_LASTS) == 1
    assert services.forget_lapsed(db, NOW + timedelta(days=30)) == 1


def test_requests_count_only_for_their_purpose_and_time(db: Session) -> None:
    services.ask_for_reset(db, "bob@example.org", vault=VAULT, now=NOW)
    wish = db.exec(select(AddressRequest)).one()
    reset, change = RequestPurpose.RESET, RequestPurpose.CHANGE_ADDRESS
    assert queries.get_request(db, wish.id, reset, NOW) is not None
    assert queries.get_request(db, wish.id, change, NOW) is None
    assert queries.get_request(db, wish.id, reset, NOW + rules.RESET_LASTS) is None
