"""Drafts, the search for supporters, and what time ends: services."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from accounts.models import User
from audit.models import AuditEntry
from core.errors import NotAllowed, RuleBroken
from guilds.charter import DecisionKind
from guilds.models import Guild
from notifications.models import Notice
from tests.builders import NOW, make_proposal, make_user
from voting import chains, expiring, jobs, queries, rules, services, writing
from voting.debate_models import Support
from voting.models import Proposal, ProposalState, ProposalVersion
from voting.question import Question

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def question(title: str = "Plant willows", text: str = "They hold the soil.") -> Question:
    return Question(DecisionKind.RESOLUTION, title, text, voting_length=5 * DAY)


@pytest.fixture
def draft(db: Session, guild: Guild, bob: User) -> Proposal:
    return services.keep_draft(db, guild, question(), actor=bob, now=NOW)


def owed(db: Session, kind: str) -> list[Notice]:
    return list(db.exec(select(Notice).where(Notice.kind == kind)))


def entries(db: Session) -> list[AuditEntry]:
    db.commit()
    return list(db.exec(select(AuditEntry).order_by(col(AuditEntry.sequence))))


def test_what_a_draft_is_about_is_no_topic_of_the_guild_until_it_is_put(
    db: Session, guild: Guild, bob: User
) -> None:
    about = replace(question(), topic="Strike")
    draft = services.keep_draft(db, guild, about, actor=bob, now=NOW)
    assert chains.topics(db, guild.id) == []
    services.put_draft(db, draft, actor=bob, now=NOW)
    assert chains.topics(db, guild.id) == ["Strike"]


def test_a_draft_is_its_author_s_alone_until_put(
    db: Session, guild: Guild, draft: Proposal, alice: User, bob: User
) -> None:
    assert draft.state == ProposalState.DRAFT
    assert queries.get_proposal(db, draft.id, alice) is None
    assert queries.get_proposal(db, draft.id, bob) is not None
    assert queries.proposals(db, guild) == []
    assert queries.my_drafts(db, guild.id, bob.id) == [draft]
    assert queries.my_drafts(db, guild.id, alice.id) == []
    with pytest.raises(NotAllowed):
        services.put_draft(db, draft, actor=alice, now=NOW)
    services.put_draft(db, draft, actor=bob, now=NOW + DAY)
    assert draft.state == ProposalState.DELIBERATION
    assert draft.opens_at == NOW + 2 * DAY
    assert queries.proposals(db, guild) == [draft]
    assert [version.number for version in db.exec(select(ProposalVersion))] == [1]


def test_a_draft_is_changed_unless_it_was_meanwhile(
    db: Session, draft: Proposal, alice: User, bob: User
) -> None:
    later = NOW + HOUR
    services.edit_draft(db, draft, question("Oaks"), seen_at=NOW, actor=bob, now=later)
    assert (draft.title, draft.put_at) == ("Oaks", later)
    with pytest.raises(writing.StaleEdit):
        services.edit_draft(db, draft, question("Elms"), seen_at=NOW, actor=bob, now=later)
    with pytest.raises(NotAllowed):
        services.edit_draft(db, draft, question("Elms"), seen_at=later, actor=alice, now=later)
    services.put_draft(db, draft, actor=bob, now=later)
    with pytest.raises(RuleBroken, match="It was put before the guild"):
        services.edit_draft(db, draft, question("Elms"), seen_at=later, actor=bob, now=later)
    with pytest.raises(RuleBroken, match="It was put before the guild"):
        services.delete_draft(db, draft, actor=bob)


def test_putting_twice_is_putting_once(
    db: Session, draft: Proposal, alice: User, bob: User
) -> None:
    services.put_draft(db, draft, actor=bob, now=NOW)
    told, opens_at = len(entries(db)), draft.opens_at
    services.put_draft(db, draft, actor=bob, now=NOW + HOUR)
    assert (draft.state, draft.opens_at) == (ProposalState.DELIBERATION, opens_at)
    assert len(entries(db)) == told
    assert len(db.exec(select(ProposalVersion)).all()) == 1
    with pytest.raises(NotAllowed):
        services.put_draft(db, draft, actor=alice, now=NOW + HOUR)


def test_a_draft_is_deleted_by_its_author_and_leaves_nothing(
    db: Session, draft: Proposal, alice: User, bob: User
) -> None:
    with pytest.raises(NotAllowed):
        services.delete_draft(db, draft, actor=alice)
    services.delete_draft(db, draft, actor=bob)
    assert db.exec(select(Proposal)).all() == []
    assert entries(db) == []


def test_nobody_keeps_more_drafts_than_a_list_holds(db: Session, guild: Guild, bob: User) -> None:
    for _ in range(services.MOST_DRAFTS):
        services.keep_draft(db, guild, question(), actor=bob, now=NOW)
    with pytest.raises(RuleBroken, match="Put or delete one"):
        services.keep_draft(db, guild, question(), actor=bob, now=NOW)
    services.put_proposal(db, guild, question(), actor=bob, now=NOW)


def test_an_untouched_draft_expires_and_stays_private(
    db: Session, guild: Guild, draft: Proposal, alice: User, bob: User
) -> None:
    end = NOW + rules.DRAFT_LENGTH
    db.commit()
    assert jobs.expire_due_drafts(db, end - timedelta(seconds=1)) == 0
    assert jobs.expire_due_drafts(db, end) == 1
    assert jobs.expire_due_drafts(db, end) == 0
    db.refresh(draft)
    assert draft.state == ProposalState.EXPIRED
    assert queries.get_proposal(db, draft.id, alice) is None
    assert queries.get_proposal(db, draft.id, bob) is not None
    assert queries.proposals(db, guild) == []
    with pytest.raises(RuleBroken, match="This draft expired"):
        services.put_draft(db, draft, actor=bob, now=end)
    with pytest.raises(RuleBroken, match="This draft expired"):
        services.delete_draft(db, draft, actor=bob)
    [entry] = entries(db)
    assert (entry.action, entry.summary, entry.guild_id) == ("voting.draft_expired", "", None)


def test_drafts_go_with_their_author_s_account(
    db: Session, guild: Guild, draft: Proposal, bob: User
) -> None:
    put = make_proposal(db, guild, bob)
    expiring.delete_drafts_of(bob, db=db, now=NOW)
    assert list(db.exec(select(Proposal))) == [put]


def test_the_last_supporter_needed_begins_the_debate_and_the_author_hears(
    db: Session, seeking: Proposal, alice: User, bob: User, charlie: User
) -> None:
    assert seeking.state == ProposalState.SUPPORT
    assert seeking.opens_at == NOW + rules.SUPPORT_LENGTH + 3 * DAY
    with pytest.raises(RuleBroken, match="your own"):
        services.support(db, seeking, actor=bob, now=NOW)
    services.support(db, seeking, actor=alice, now=NOW)
    services.support(db, seeking, actor=alice, now=NOW)
    assert (seeking.state, seeking.support_count) == (ProposalState.SUPPORT, 1)
    services.support(db, seeking, actor=charlie, now=NOW + DAY)
    assert seeking.state == ProposalState.DELIBERATION
    assert seeking.opens_at == NOW + 4 * DAY
    assert [notice.user_id for notice in owed(db, "voting.heard")] == [bob.id]
    with pytest.raises(RuleBroken, match="Your support stands"):
        services.take_back_support(db, seeking, actor=alice, now=NOW + DAY)


def test_support_is_taken_back_while_it_is_sought(
    db: Session, seeking: Proposal, alice: User
) -> None:
    services.support(db, seeking, actor=alice, now=NOW)
    services.take_back_support(db, seeking, actor=alice, now=NOW)
    services.take_back_support(db, seeking, actor=alice, now=NOW)
    assert seeking.support_count == 0
    assert db.exec(select(Support)).all() == []


def test_too_little_support_ends_it_and_the_author_hears(
    db: Session, seeking: Proposal, alice: User, bob: User
) -> None:
    services.support(db, seeking, actor=alice, now=NOW)
    end = NOW + rules.SUPPORT_LENGTH
    with pytest.raises(RuleBroken, match="not looking"):
        services.support(db, seeking, actor=alice, now=end)
    db.commit()
    assert jobs.end_due_support(db, end - timedelta(seconds=1)) == 0
    assert jobs.end_due_support(db, end) == 1
    assert jobs.end_due_support(db, end) == 0
    db.refresh(seeking)
    assert (seeking.state, seeking.decided_at) == (ProposalState.NOT_SUPPORTED, end)
    assert [notice.user_id for notice in owed(db, "voting.not_supported")] == [bob.id]
    last = entries(db)[-1]
    assert (last.action, last.reason) == ("voting.not_supported", "1 of 2 supporters")


# --- the text ---


def test_a_new_text_is_a_new_version_and_supporters_hear(
    db: Session, seeking: Proposal, alice: User, bob: User
) -> None:
    services.support(db, seeking, actor=alice, now=NOW)
    edit: dict[str, Any] = {
        "title": "Oaks",
        "text": "They hold *better*.",
        "actor": bob,
        "now": NOW + HOUR,
    }
    writing.edit_text(db, seeking, seen_version=1, **edit)
    assert (seeking.version, seeking.title) == (2, "Oaks")
    assert "<em>better</em>" in seeking.text_html
    versions = db.exec(select(ProposalVersion).order_by(col(ProposalVersion.number))).all()
    assert [version.title for version in versions] == ["Plant willows on the east bank", "Oaks"]
    assert [notice.user_id for notice in owed(db, "voting.text_changed")] == [alice.id]
    assert seeking.support_count == 1
    writing.edit_text(db, seeking, seen_version=2, **edit)
    assert seeking.version == 2
    with pytest.raises(writing.StaleEdit):
        writing.edit_text(db, seeking, seen_version=1, **edit)


def test_only_its_author_writes_it_anew_and_only_before_voting(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    proposal = make_proposal(db, guild, bob)
    edit: dict[str, Any] = {"title": proposal.title, "text": "Anew.", "seen_version": 1}
    with pytest.raises(NotAllowed):
        writing.edit_text(db, proposal, actor=alice, now=NOW, **edit)
    services.open_voting(db, proposal, now=NOW + DAY)
    with pytest.raises(RuleBroken, match="froze"):
        writing.edit_text(db, proposal, actor=bob, now=NOW + DAY, **edit)
    assert proposal.version == 1


def test_a_title_that_says_what_passing_does_stays(db: Session, guild: Guild, bob: User) -> None:
    proposal = make_proposal(
        db, guild, bob, kind=DecisionKind.BILL_STANCE, deed={"stance": "support"}
    )
    edit: dict[str, Any] = {"text": "Anew.", "seen_version": 1, "actor": bob, "now": NOW}
    with pytest.raises(RuleBroken, match="title"):
        writing.edit_text(db, proposal, title="Another", **edit)
    writing.edit_text(db, proposal, title=proposal.title, **edit)
    assert proposal.version == 2


def test_a_stranger_s_draft_is_nobody_s(db: Session, guild: Guild) -> None:
    outsider = make_user(db, "dora")
    with pytest.raises(NotAllowed):
        services.keep_draft(db, guild, question(), actor=outsider, now=NOW)
