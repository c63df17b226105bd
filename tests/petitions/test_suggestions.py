"""Suggestions: other words for a passage, taken in or declined; nobody's words are lost."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session, select

from accounts.models import User
from core.errors import NotAllowed, RuleBroken
from guilds.models import Guild
from notifications.models import Notice
from petitions import drafting, suggestions, versions
from petitions.drafting import Draft
from petitions.models import Petition, PetitionState
from petitions.suggestions import SUGGESTED
from petitions.versions import StaleEdit
from petitions.writing_models import Passage, PetitionVersion, Suggestion, SuggestionState
from tests.builders import NOW, make_guild, make_institution, make_user
from voting.question import Case

REQUEST = "Forbid the sale of airtime in sleep."
BACKGROUND = "It began in spring. **Eleven** of 212 knew of it."


def a_draft(db: Session, **changes: object) -> Draft:
    usual = {
        "title": "No advertising in dreams",
        "request": REQUEST,
        "background": BACKGROUND,
        "institution_id": make_institution(db).id,
        "goal": 500,
        "closes_on": date(2026, 6, 1),
    }
    return Draft(**usual | changes)  # type: ignore[arg-type] # the cases say the types


@pytest.fixture
def guild(db: Session, alice: User, bob: User) -> Guild:
    return make_guild(db, admins=[alice], members=[bob], charter="affinity-group")


@pytest.fixture
def petition(db: Session, guild: Guild, alice: User) -> Petition:
    """Alice's, in amendment."""
    petition = drafting.draft_petition(db, guild, actor=alice, draft=a_draft(db), now=NOW)
    drafting.ask_for_suggestions(db, petition, actor=alice, now=NOW)
    return petition


def suggest(
    db: Session,
    petition: Petition,
    actor: User,
    after: str = BACKGROUND.replace("spring", "May"),
    passage: Passage = Passage.BACKGROUND,
    seen: int = 1,
) -> Suggestion:
    return suggestions.suggest(
        db, petition, passage, after=after, reason="So it was.", seen_version=seen,
        actor=actor, now=NOW,
    )  # fmt: skip


def accept(db: Session, one: Suggestion, actor: User, seen: int = 1) -> None:
    suggestions.accept(db, one, seen_version=seen, reason="", actor=actor, now=NOW)


def owed(db: Session, subject_id: object, kind: str) -> set[object]:
    query = select(Notice.user_id).where(Notice.subject_id == subject_id, Notice.kind == kind)
    return set(db.exec(query))


def test_members_are_asked_and_one_suggests(
    db: Session, petition: Petition, alice: User, bob: User
) -> None:
    assert petition.state == PetitionState.AMENDMENT
    assert owed(db, petition.id, drafting.ASKED) == {bob.id}
    one = suggest(db, petition, bob)
    assert (one.before, one.state) == (BACKGROUND, SuggestionState.OPEN)
    assert owed(db, one.id, SUGGESTED) == {alice.id}
    assert suggestions.open_count(db, petition.id) == 1


def test_what_is_taken_in_becomes_the_next_version(
    db: Session, petition: Petition, alice: User, bob: User
) -> None:
    one = suggest(db, petition, bob)
    with pytest.raises(NotAllowed):
        accept(db, one, bob)
    accept(db, one, alice)
    assert petition.version == 2
    assert "in May" in petition.background
    assert "<strong>Eleven</strong>" in petition.background_html
    assert "May" in petition.background_html
    found = versions.get_version(db, petition.id, 2)
    assert found is not None
    assert (found.background, found.suggestion_id) == (petition.background, one.id)
    assert owed(db, one.id, suggestions.DECIDED) == {bob.id}
    assert owed(db, one.id, SUGGESTED) == set()
    with pytest.raises(RuleBroken, match="answer already"):
        accept(db, one, alice, seen=2)


def test_it_is_declined_with_a_reason(
    db: Session, petition: Petition, alice: User, bob: User
) -> None:
    one = suggest(db, petition, bob)
    suggestions.decline(db, one, reason="It was spring.", actor=alice, now=NOW)
    assert (one.state, one.decision_reason) == (SuggestionState.DECLINED, "It was spring.")
    assert petition.version == 1
    assert owed(db, one.id, suggestions.DECIDED) == {bob.id}


def test_two_changes_of_different_words_both_stand(
    db: Session, petition: Petition, alice: User, bob: User
) -> None:
    first, second = (
        suggest(db, petition, bob),
        suggest(db, petition, bob, BACKGROUND.replace("knew", "had heard")),
    )
    accept(db, first, alice)
    accept(db, second, alice, seen=2)
    assert petition.background == "It began in May. **Eleven** of 212 had heard of it."


def test_what_touches_the_same_words_is_not_taken_in(
    db: Session, petition: Petition, alice: User, bob: User
) -> None:
    first = suggest(db, petition, bob)
    second = suggest(db, petition, bob, BACKGROUND.replace("spring", "winter"))
    accept(db, first, alice)
    with pytest.raises(StaleEdit, match="same words"):
        accept(db, second, alice, seen=2)
    assert second.state == SuggestionState.OPEN


def test_accepting_what_was_edited_meanwhile_is_refused_until_it_is_read(
    db: Session, petition: Petition, alice: User, bob: User
) -> None:
    one = suggest(db, petition, bob)
    changed = a_draft(db, background=BACKGROUND.replace("212", "213"))
    drafting.edit_petition(db, petition, actor=alice, draft=changed, version=1, now=NOW)
    with pytest.raises(StaleEdit, match="while you were reading"):
        accept(db, one, alice, seen=1)
    accept(db, one, alice, seen=2)
    assert petition.background == "It began in May. **Eleven** of 213 knew of it."


def test_an_edit_of_another_passage_does_not_stand_in_the_way(
    db: Session, petition: Petition, alice: User, bob: User
) -> None:
    one = suggest(db, petition, bob)
    draft = a_draft(db, request="Forbid it.")
    drafting.edit_petition(db, petition, actor=alice, draft=draft, version=1, now=NOW)
    accept(db, one, alice, seen=1)
    assert (petition.request, petition.version) == ("Forbid it.", 3)


def test_an_edit_after_a_suggestion_was_taken_in_is_stale(
    db: Session, petition: Petition, alice: User, bob: User
) -> None:
    accept(db, suggest(db, petition, bob), alice)
    with pytest.raises(StaleEdit):
        drafting.edit_petition(db, petition, actor=alice, draft=a_draft(db), version=1, now=NOW)
    assert "in May" in petition.background


def test_who_wrote_against_older_words_sees_both(
    db: Session, petition: Petition, alice: User, bob: User
) -> None:
    draft = a_draft(db, background="Shorter.")
    drafting.edit_petition(db, petition, actor=alice, draft=draft, version=1, now=NOW)
    with pytest.raises(StaleEdit):
        suggest(db, petition, bob, seen=1)
    with pytest.raises(RuleBroken, match="change something"):
        suggest(db, petition, bob, after="Shorter.", seen=2)


def test_one_member_waits_for_ten_answers_at_most(
    db: Session, petition: Petition, bob: User
) -> None:
    for number in range(suggestions.MOST_OF_ONE):
        suggest(db, petition, bob, after=f"Other words {number}")
    with pytest.raises(RuleBroken, match="wait for an answer"):
        suggest(db, petition, bob, after="One more")


def test_only_members_suggest_and_only_while_it_is_amended(
    db: Session, petition: Petition, alice: User, bob: User
) -> None:
    with pytest.raises(NotAllowed):
        suggest(db, petition, make_user(db, "charlie"))
    one = suggest(db, petition, bob)
    with pytest.raises(NotAllowed):
        suggestions.take_back(db, one, actor=alice, now=NOW)
    suggestions.take_back(db, one, actor=bob, now=NOW)
    assert one.state == SuggestionState.WITHDRAWN
    drafting.end_amendment(db, petition, actor=alice, now=NOW)
    with pytest.raises(NotAllowed):
        suggest(db, petition, bob)


def test_putting_it_answers_what_waits(
    db: Session, petition: Petition, alice: User, bob: User
) -> None:
    one = suggest(db, petition, bob)
    drafting.put_before_guild(db, petition, actor=alice, how=Case("", timedelta(days=7)), now=NOW)
    assert one.state == SuggestionState.DECLINED
    assert "put before the guild" in one.decision_reason
    assert owed(db, one.id, suggestions.DECIDED) == {bob.id}


def test_an_older_draft_keeps_how_it_was(db: Session, petition: Petition, alice: User) -> None:
    for version in db.exec(select(PetitionVersion)):
        db.delete(version)
    db.flush()
    draft = a_draft(db, request="Forbid it.")
    drafting.edit_petition(db, petition, actor=alice, draft=draft, version=1, now=NOW)
    kept = [version.request for version, _ in versions.listed(db, petition.id)]
    assert kept == [REQUEST, "Forbid it."]
