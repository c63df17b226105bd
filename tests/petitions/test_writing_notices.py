"""What members, guilds and signatories read about the writing of a petition and its end."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from jinja2 import Environment, FileSystemLoader
from sqlmodel import Session

from accounts.models import User
from core.mail import Message, Writer
from guilds.models import Guild
from notifications.models import Notice
from petitions import drafting, joining, life, suggestions, writing_notices
from petitions.models import PetitionState
from petitions.writing_models import JoinState, SuggestionState
from tests.builders import NOW, VAULT, make_guild, make_petition, make_signature, make_user
from tests.drafting_builders import make_standing, make_suggestion

TEMPLATES = Path(__file__).parent.parent.parent / "templates"
Compose = Callable[..., Message | None]


@pytest.fixture
def guild(db: Session, alice: User, bob: User) -> Guild:
    return make_guild(db, admins=[alice], members=[bob], name="River guild")


@pytest.fixture
def compose(db: Session) -> Compose:
    """Composes a notice for an account, or for a signature."""
    jinja = Environment(loader=FileSystemLoader(TEMPLATES), trim_blocks=True, lstrip_blocks=True)

    def render(name: str, **facts: Any) -> str:
        return jinja.get_template(name).render(**facts)

    writer = Writer(render, "https://guilds.example", VAULT)

    def made(kind: str, subject_id: UUID, to: User | UUID) -> Message | None:
        user_id = to.id if isinstance(to, User) else None
        notice = Notice(
            recipient_id=user_id or to,
            user_id=user_id,
            kind=kind,
            subject_id=subject_id,
            due_at=NOW,
        )
        return writing_notices.NOTICES[kind](db, notice, writer)

    return made


def test_members_are_asked_for_words_while_they_are_wanted(
    db: Session, guild: Guild, alice: User, bob: User, compose: Compose
) -> None:
    petition = make_petition(db, guild, alice, state=PetitionState.AMENDMENT)
    message = compose(drafting.ASKED, petition.id, bob)
    assert message is not None
    assert message.subject == "Your words are wanted: No advertising in dreams"
    assert "Forbid the sale" in message.body
    assert message.discreet_body is not None
    for telling in ("River guild", "advertising", "Forbid"):
        assert telling not in message.discreet_body
    assert compose(drafting.ASKED, petition.id, make_user(db, "charlie")) is None
    petition.state = PetitionState.DRAFT
    assert compose(drafting.ASKED, petition.id, bob) is None


def test_a_suggestion_and_its_answer_are_told(
    db: Session, guild: Guild, alice: User, bob: User, compose: Compose
) -> None:
    petition = make_petition(db, guild, alice, state=PetitionState.AMENDMENT)
    one = make_suggestion(db, petition, bob)
    message = compose(suggestions.SUGGESTED, one.id, alice)
    assert message is not None
    assert "Why: Shorter." in message.body
    assert message.path == f"/petitions/{petition.id}/suggestions/{one.id}"
    assert compose(suggestions.DECIDED, one.id, bob) is None
    one.state, one.decision_reason = SuggestionState.DECLINED, "Too short."
    answer = compose(suggestions.DECIDED, one.id, bob)
    assert answer is not None
    assert answer.subject == "Your suggestion was declined: No advertising in dreams"
    assert "Too short." in answer.body
    assert "Too short." not in (answer.discreet_body or "")
    assert compose(suggestions.SUGGESTED, one.id, alice) is None


@pytest.mark.parametrize("listed", [True, False])
def test_organisers_hear_of_a_guild_that_joined_and_its_own_of_a_refusal(
    db: Session, guild: Guild, alice: User, compose: Compose, listed: bool
) -> None:
    petition = make_petition(db, guild, alice)
    dora = make_user(db, "dora")
    other = make_guild(
        db, admins=[dora], slug="night", name="Night watch", charter="affinity-group", listed=listed
    )
    standing = make_standing(db, petition, other, dora)
    message = compose(joining.JOINED, standing.id, alice)
    assert message is not None
    assert ("Night watch" in message.subject + message.body) == listed
    assert compose(joining.JOINED, standing.id, dora) is None
    standing.state, standing.end_reason = JoinState.DECLINED, "Not with us."
    refusal = compose(joining.DECLINED, standing.id, dora)
    assert refusal is not None
    assert "Not with us." in refusal.body
    assert "Night watch" not in (refusal.discreet_body or "")
    assert compose(joining.DECLINED, standing.id, alice) is None


def test_a_stop_is_told_with_its_reason_and_the_ways_out(
    db: Session, guild: Guild, alice: User, compose: Compose
) -> None:
    petition = make_petition(db, guild, alice)
    signature = make_signature(db, petition)
    signature.wants_updates = True
    db.add(signature)
    db.flush()
    assert compose(life.STOPPED, petition.id, alice) is None
    life.stop_petition(db, petition, actor=alice, reason="They did it.", now=NOW)
    to_guild = compose(life.STOPPED, petition.id, alice)
    to_signatory = compose(life.STOPPED, petition.id, signature.id)
    assert to_guild is not None
    assert to_signatory is not None
    assert to_signatory.to == "dora@example.org"
    for body in (to_guild.body, to_signatory.body):
        assert "They did it." in body
        assert "are erased 6 months from now" in " ".join(body.split())
    assert "/withdraw" in to_signatory.body
    assert "/updates" in to_signatory.body
    assert "/withdraw" not in to_guild.body
    signature.wants_updates = False
    assert compose(life.STOPPED, petition.id, signature.id) is None
