"""Every action recorded anywhere in the code has words; each reader is told what is theirs."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from accounts.models import User
from audit.models import AuditEntry
from dashboard.words import WORDS, deed, people_in
from guilds.models import Role
from petitions.models import SweepDeed
from tests.builders import NOW
from voting.models import DECIDED_STATES

ROOT = Path(__file__).resolve().parents[2]
FEATURES = (
    "accounts", "guilds", "institutions", "legislation", "voting", "petitions", "events",
    "notifications",
)  # fmt: skip
ACTION = re.compile(rf"({'|'.join(FEATURES)})\.[a-z_]*")
#: functions, beside audit.services.record itself, that take the action of an entry
RECORDING = {"record", "_record", "note", "_move", "_note"}


def recorded_actions() -> Iterator[tuple[str, str]]:
    """(file, action) of everything the code puts on record, f-strings spelt out."""
    for feature in FEATURES:
        for path in (ROOT / feature).rglob("*.py"):
            tree = ast.parse(path.read_text())
            named = {
                target.id: node.value
                for node in ast.walk(tree)
                if isinstance(node, ast.Assign)
                for target in node.targets
                if isinstance(target, ast.Name)
            }
            for call in ast.walk(tree):
                if isinstance(call, ast.Call) and _name(call.func) in RECORDING:
                    for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
                        for text in _texts(argument, named):
                            if ACTION.fullmatch(text):
                                yield str(path.relative_to(ROOT)), text


def _name(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))


def _texts(node: ast.expr, named: dict[str, ast.expr]) -> list[str]:
    """What a piece of code may evaluate to, as far as it is written there."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp(body=body, orelse=orelse):
            return _texts(body, named) + _texts(orelse, named)
        case ast.Name(id=name) if name in named:
            return _texts(named[name], {})
        case ast.JoinedStr(values=values):
            texts = [""]
            for value in values:
                inner = value.value if isinstance(value, ast.FormattedValue) else value
                ends = _texts(inner, named) or [""]
                texts = [text + end for text in texts for end in ends]
            return texts
    return []


def test_every_recorded_action_has_words() -> None:
    found = list(recorded_actions())
    assert len({action for _, action in found}) > 20
    whole = [(path, action) for path, action in found if action[-1] not in "._"]
    assert [(path, action) for path, action in whole if action not in WORDS] == []


def test_every_action_that_is_put_together_while_running_has_words() -> None:
    begun = {action for _, action in recorded_actions() if action[-1] in "._"}
    ends = {
        "voting.": {state.value for state in DECIDED_STATES},
        "legislation.bill_": {"watched", "unwatched"},
        "petitions.swept_": {deed.value for deed in SweepDeed},
    }
    assert begun == ends.keys()
    for start, possible in ends.items():
        assert {start + end for end in possible} <= WORDS.keys()


ALICE = User(
    handle="alice", display_name="Alice", address_sealed="", address_hash="", password_hash="",
    created_at=NOW,
)  # fmt: skip


def entry(
    action: str,
    *,
    actor_id: UUID | None = None,
    subject: tuple[str, UUID] = ("guild", UUID(int=1)),
    summary: str = "",
    reason: str = "",
) -> AuditEntry:
    return AuditEntry(
        sequence=1,
        at=NOW,
        actor_id=actor_id,
        action=action,
        subject_kind=subject[0],
        subject_id=subject[1],
        summary=summary,
        reason=reason,
        previous_hash="",
        entry_hash="",
    )


def test_a_deed_names_its_actor_and_its_thing() -> None:
    key = uuid4()
    told = deed(
        entry("voting.proposed", actor_id=ALICE.id, subject=("proposal", key), summary="Plant"),
        ALICE, {}, Role.MEMBER,
    )  # fmt: skip
    assert (told.who, told.did, told.thing) == ("Alice", "put a proposal", "Plant")
    assert told.subject == ("proposal", key)


@pytest.mark.parametrize(
    ("actor_id", "who"), [(None, "The clock"), (UUID(int=9), "A former member")]
)
def test_without_an_account_it_was_the_clock_or_a_former_member(
    actor_id: UUID | None, who: str
) -> None:
    assert deed(entry("voting.opened", actor_id=actor_id), None, {}, Role.MEMBER).who == who


def test_a_person_it_was_done_to_is_named_while_the_account_exists() -> None:
    bob = uuid4()
    removed = entry("guilds.member_removed", actor_id=ALICE.id, subject=("user", bob), reason="Why")
    assert people_in([(removed, ALICE)]) == [bob]
    assert deed(removed, ALICE, {bob: "Bob"}, Role.MEMBER).did == "removed Bob"
    assert deed(removed, ALICE, {}, Role.MEMBER).did == "removed a former member"
    assert deed(removed, ALICE, {}, Role.MEMBER).more == ["Why"]


def test_who_asked_in_vain_is_for_organisers() -> None:
    bob = uuid4()
    asked = entry("guilds.join_requested", actor_id=ALICE.id)
    declined = entry("guilds.join_declined", actor_id=ALICE.id, subject=("user", bob))
    assert deed(asked, ALICE, {}, Role.MEMBER).who == "Somebody"
    assert deed(asked, ALICE, {}, Role.ORGANISER).who == "Alice"
    assert "Bob" not in deed(declined, ALICE, {bob: "Bob"}, Role.MEMBER).did
    assert "Bob" in deed(declined, ALICE, {bob: "Bob"}, Role.ADMIN).did


def test_a_draft_is_linked_for_organisers_alone() -> None:
    drafted = entry("events.drafted", actor_id=ALICE.id, subject=("event", uuid4()))
    assert deed(drafted, ALICE, {}, Role.MEMBER).subject is None
    assert deed(drafted, ALICE, {}, Role.ADMIN).subject is not None


def test_an_action_without_words_is_still_told() -> None:
    assert "guilds.new_deed" in deed(entry("guilds.new_deed"), None, {}, Role.MEMBER).did
