"""Writing a petition: drafted, edited, suggested on, put before its guild, drafted anew, given up.

Locks are taken downwards: guild, proposal, petition. Its states: petitions.life; what members
suggest: petitions.suggestions.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col

import notifications.services
import voting.services
from accounts.models import User
from core import markdown
from core.errors import NotAllowed, RuleBroken
from core.templating import count, day
from guilds.charter import Charter, DecisionKind
from guilds.models import Guild, GuildState, Membership
from guilds.queries import get_charter, get_role
from institutions.models import Institution
from petitions import life, rules, suggestions
from petitions.models import KEPT_MONTHS, WRITABLE_STATES, Petition, PetitionState
from petitions.versions import StaleEdit, add_version, keep_first_version
from voting.models import Proposal
from voting.question import Case

ASKED = "petitions.suggestions_wanted"


def region_lines(typed: str | None) -> tuple[str, ...]:
    """One region a line, each once, in the order they were typed."""
    lines = (" ".join(line.split()) for line in (typed or "").split("\n"))
    return tuple(dict.fromkeys(line for line in lines if line))


@dataclass(frozen=True)
class Draft:
    """What a person writes: the text, whom it addresses, how many signatures by when."""

    title: str
    request: str
    background: str
    institution_id: UUID
    goal: int
    #: the last day for signatures, in UTC
    closes_on: date
    further: str = ""
    #: what signatories choose their region from
    regions: tuple[str, ...] = ()
    #: what is known of signatories is erased so long after the settlement
    kept_months: int = KEPT_MONTHS


def draft_petition(
    db: Session,
    guild: Guild,
    *,
    actor: User,
    draft: Draft,
    now: datetime,
    follows_id: UUID | None = None,
) -> Petition:
    """Begin a petition of a guild. Raises NotAllowed, or RuleBroken for a bad closing day.

    follows_id: the petition it carries on.
    """
    if not rules.can_draft(get_role(db, guild.id, actor)):
        raise NotAllowed("Only members of the guild draft its petitions.")
    if guild.state is not GuildState.ACTIVE:
        raise RuleBroken("This guild is dissolved.")
    petition = Petition(
        guild_id=guild.id,
        author_id=actor.id,
        state=PetitionState.DRAFT,
        drafted_at=now,
        follows_id=follows_id,
        **_written(draft, now),
    )
    db.add(petition)
    db.flush()
    add_version(db, petition, actor=actor, now=now)
    life.record(db, "petitions.drafted", petition, actor=actor, now=now)
    return petition


def edit_petition(
    db: Session, petition: Petition, *, actor: User, draft: Draft, version: int, now: datetime
) -> None:
    """Change a draft; `version` is the one the person saw. Raises StaleEdit if there is a newer."""
    petition = life.lock(db, petition.id)
    if not rules.can_edit(petition.state, **life.who(db, petition, actor)):
        raise NotAllowed("Only a draft can be changed, by its author or an organiser.")
    if petition.version != version:
        raise StaleEdit("Somebody changed this draft while you were writing. Both texts are below.")
    keep_first_version(db, petition)
    petition.sqlmodel_update(_written(draft, now))
    petition.version += 1
    db.add(petition)
    add_version(db, petition, actor=actor, now=now)
    life.record(db, "petitions.edited", petition, actor=actor, now=now)


def _written(draft: Draft, now: datetime) -> dict[str, Any]:
    refusal = rules.closing_day_refusal(draft.closes_on, now)
    if refusal is not None:
        raise RuleBroken(refusal)
    return {
        "title": draft.title,
        "request": draft.request,
        "background": draft.background,
        "background_html": markdown.render(draft.background),
        "further": draft.further,
        "further_html": markdown.render(draft.further),
        "institution_id": draft.institution_id,
        "goal": draft.goal,
        "closes_on": draft.closes_on,
        "regions": list(draft.regions),
        "kept_months": draft.kept_months,
    }


def ask_for_suggestions(db: Session, petition: Petition, *, actor: User, now: datetime) -> None:
    """Let members suggest other words, and tell them all. Raises NotAllowed."""
    petition = life.lock(db, petition.id)
    if not rules.can_ask_for_suggestions(petition.state, **life.who(db, petition, actor)):
        raise NotAllowed("Suggestions are asked for on a draft, by its author or an organiser.")
    keep_first_version(db, petition)
    life.move(
        db, petition, PetitionState.AMENDMENT, "petitions.amendment_begun", actor=actor, now=now
    )
    notifications.services.owe_each(
        db,
        ASKED,
        subject_id=petition.id,
        due_at=now,
        user_id=col(Membership.user_id),
        where=(col(Membership.guild_id) == petition.guild_id)
        & (col(Membership.user_id) != actor.id),
    )


def end_amendment(db: Session, petition: Petition, *, actor: User, now: datetime) -> None:
    """Take no more suggestions; those without an answer wait for it. Raises NotAllowed."""
    petition = life.lock(db, petition.id)
    if not rules.can_end_amendment(petition.state, **life.who(db, petition, actor)):
        raise NotAllowed("Only who looks after the draft ends the asking for suggestions.")
    life.move(db, petition, PetitionState.DRAFT, "petitions.amendment_ended", actor=actor, now=now)
    notifications.services.drop(db, subject_id=petition.id, kinds=[ASKED])


def put_before_guild(
    db: Session,
    petition: Petition,
    *,
    actor: User,
    how: Case,
    now: datetime,
    version: int | None = None,
) -> Proposal:
    """Ask the guild to open the petition, under the charter's rule for that.

    how: how it is voted on, as the rule allows; what is said for it is the petition itself.
    version: the one its reader saw; None: whichever it is. Suggestions without an answer are
    declined: the text is what the guild decides on. Raises NotAllowed, StaleEdit if the text is
    another one by now, or life.TooLate if it would close before the guild has decided.
    """
    guild, charter = db.get_one(Guild, petition.guild_id), get_charter(db, petition.guild_id)
    rule = Charter.model_validate(charter.rules).rules[DecisionKind.OPEN_PETITION]
    if not rules.can_put_before_guild(petition.state, rule=rule, **life.who(db, petition, actor)):
        raise NotAllowed("The charter does not let you put this petition before the guild.")
    decided_at = now + rule.deliberation + how.voting_length
    if decided_at >= rules.last_moment(petition.closes_on):
        last = day(petition.closes_on)
        raise life.TooLate(
            f"It would close before the guild has decided: its last day is {last}. "
            "Choose a shorter vote, or a later day in the draft."
        )
    seen = petition.version if version is None else version
    question = how._replace(why=_case_for(db, petition)).question(
        DecisionKind.OPEN_PETITION,
        f"Open the petition: {petition.title}",
        deed={},
        subject_id=petition.id,
    )
    proposal = voting.services.put_proposal(db, guild, question, actor=actor, now=now)
    petition = life.lock(db, petition.id)
    if petition.state not in WRITABLE_STATES or petition.version != seen:
        raise StaleEdit("The draft was changed since you opened this page. Read it, then put it.")
    petition.proposal_id = proposal.id
    life.move(
        db, petition, PetitionState.BEFORE_GUILD, "petitions.put_before_guild", actor=actor, now=now
    )
    suggestions.decline_open(
        db, petition, reason="The text was put before the guild as it was.", now=now
    )
    notifications.services.drop(db, subject_id=petition.id, kinds=[ASKED])
    return proposal


def _case_for(db: Session, petition: Petition) -> str:
    """The proposal's text, in Markdown: what was decided stays readable in the decision."""
    institution = db.get_one(Institution, petition.institution_id)
    parts = [
        f"Shall our petition to {institution.name} be open until {day(petition.closes_on)}?",
        f"We ask: {petition.request}",
        petition.background,
        petition.further,
        f"We aim for {petition.goal:,} signatures. Names and addresses of all who sign are kept "
        f"for {count(petition.kept_months, 'month')} after the end, then erased.",
    ]
    return "\n\n".join(part for part in parts if part)


def redraft_petition(db: Session, petition: Petition, *, actor: User, now: datetime) -> None:
    """Make a petition that was rejected, or put too late, a draft again. Raises NotAllowed."""
    petition = life.lock(db, petition.id)
    is_too_late = now >= rules.last_moment(petition.closes_on)
    who = life.who(db, petition, actor)
    if not rules.can_redraft(petition.state, **who, is_too_late=is_too_late):
        raise NotAllowed(
            "Only what was rejected, or put too late, is drafted again, by its author or an"
            " organiser."
        )
    petition.proposal_id = None
    life.move(db, petition, PetitionState.DRAFT, "petitions.redrafted", actor=actor, now=now)


def withdraw_petition(db: Session, petition: Petition, *, actor: User, now: datetime) -> None:
    """Give a petition up before it was ever open. Raises NotAllowed."""
    petition = life.lock(db, petition.id)
    if not rules.can_withdraw(petition.state, **life.who(db, petition, actor)):
        raise NotAllowed(
            "A petition is withdrawn while it is a draft, by its author or an organiser."
        )
    life.move(db, petition, PetitionState.WITHDRAWN, "petitions.withdrawn", actor=actor, now=now)
    suggestions.decline_open(db, petition, reason="The petition was withdrawn.", now=now)
