"""What an author asks of a guild, and whether the charter's rule and the method allow it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core.errors import NotAllowed, RuleBroken
from guilds.charter import BUDGETING, ONE_QUESTION, DecisionKind, DecisionRule, Method
from guilds.charter_words import METHOD_NAMES, length_in_words
from guilds.models import Role
from voting import rules


@dataclass(frozen=True)
class OptionFacts:
    """One thing to choose. cost: of a project, exact decimal text. user_id: who stands."""

    name: str
    note: str = ""
    cost: str = ""
    user_id: UUID | None = None


@dataclass(frozen=True)
class Question:
    """What an author asks of a guild.

    method: None: the first one the charter's rule allows. options: for methods that choose.
    settings: as Proposal.settings. deed, subject_id: what passing does (app.MANDATES).
    """

    kind: DecisionKind
    title: str
    text: str
    voting_length: timedelta
    method: Method | None = None
    options: tuple[OptionFacts, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    seats: int = 1
    topic: str = ""
    subject_id: UUID | None = None
    deed: Mapping[str, Any] = field(default_factory=dict)
    review_at: datetime | None = None


def check_question(question: Question, rule: DecisionRule, role: Role | None) -> None:
    """Refuse what the charter's rule or the method does not allow: NotAllowed, RuleBroken."""
    if not rules.can_propose(role, rule):
        raise NotAllowed("The charter does not let you put this kind of proposal.")
    if not rule.voting_least <= question.voting_length <= rule.voting_most:
        raise RuleBroken(
            f"The charter asks for voting of {length_in_words(rule.voting_least)} "
            f"to {length_in_words(rule.voting_most)}."
        )
    method = question.method or rule.methods[0]
    if method not in rule.methods:
        raise RuleBroken(f"The charter does not let this be decided by {METHOD_NAMES[method]}.")
    if method in ONE_QUESTION:
        if question.options:
            raise RuleBroken("A question of yes or no has no options.")
        return
    if len(question.options) < 2:
        raise RuleBroken("Give at least two options to choose among.")
    if not 1 <= question.seats < len(question.options) and method not in BUDGETING:
        raise RuleBroken("There must be more options than seats, and at least one seat.")
