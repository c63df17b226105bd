"""What an author asks of a guild, and whether the charter's rule and the method allow it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import UUID

from accounts.models import User
from core.errors import NotAllowed, RuleBroken
from guilds.charter import BUDGETING, ONE_QUESTION, DecisionKind, DecisionRule, Method
from guilds.charter_words import METHOD_NAMES, length_in_words
from guilds.models import Role
from voting import rules
from voting.counting.methods import METHODS
from voting.counting.options import OptionError, read_options
from voting.marks import BALLOT_SETTINGS, SCORE_RANGE, SCORED
from voting.models import MOST_OPTIONS, OPTION_LENGTH

MOST_SCORES = 20
WHOLE = re.compile(r"-?[0-9]{1,3}")
MONEY = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")


@dataclass(frozen=True)
class OptionFacts:
    """One thing to choose. cost: of a project, exact decimal text. user_id: who stands."""

    name: str
    note: str = ""
    cost: str = ""
    user_id: UUID | None = None


def name_of_member(user: User) -> str:
    """What stands on the paper for a member: "Bob (@bob)"."""
    return f"{user.display_name} (@{user.handle})"[:OPTION_LENGTH]


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


class Case(NamedTuple):
    """What is said for a proposal whose deed is given, and how it is voted on."""

    why: str
    voting_length: timedelta
    method: Method | None = None
    topic: str = ""

    def question(
        self,
        kind: DecisionKind,
        title: str,
        *,
        deed: Mapping[str, Any],
        subject_id: UUID | None = None,
    ) -> Question:
        """The question it is the case for."""
        return Question(
            kind=kind,
            title=title,
            text=self.why,
            voting_length=self.voting_length,
            method=self.method,
            topic=self.topic,
            subject_id=subject_id,
            deed=deed,
        )


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
    refusal = choice_refusal(question, method)
    if refusal is not None:
        raise RuleBroken(refusal[1])


def choice_refusal(question: Question, method: Method) -> tuple[str, str] | None:
    """What is wrong with the options or settings of a question: (part of it, why); None: nothing.

    What passes can be counted. Parts: "options", "seats", "scores", "money", "settings".
    """
    if method in ONE_QUESTION:
        return ("options", "A question of yes or no has no options.") if question.options else None
    checks = (_options_refusal, _seats_refusal, _scores_refusal, _money_refusal, _settings_refusal)
    return next(filter(None, (check(question, method) for check in checks)), None)


def _options_refusal(question: Question, _method: Method) -> tuple[str, str] | None:
    names = [option.name.strip().casefold() for option in question.options]
    if len(names) < 2:
        return "options", "Give at least two options to choose among."
    if len(names) > MOST_OPTIONS:
        return "options", f"Give at most {MOST_OPTIONS} options."
    if not all(names) or len(set(names)) < len(names):
        return "options", "Every option needs a name of its own."
    return None


def _seats_refusal(question: Question, method: Method) -> tuple[str, str] | None:
    if question.seats == 1:
        return None
    if not METHODS[method.value].fills_seats:
        return "seats", f"{METHOD_NAMES[method].capitalize()} fills one seat."
    if not 1 <= question.seats < len(question.options):
        return "seats", "There must be more options than seats, and at least one seat."
    return None


def _scores_refusal(question: Question, method: Method) -> tuple[str, str] | None:
    if method not in SCORED:
        return None
    lowest, highest = (question.settings.get(name, usual) for name, usual in SCORE_RANGE.items())
    if not WHOLE.fullmatch(lowest) or not WHOLE.fullmatch(highest):
        return "scores", "Scores are whole numbers."
    if method == Method.STAR and int(lowest):
        return "scores", "STAR scores begin at 0."
    if not 1 <= int(highest) - int(lowest) <= MOST_SCORES:
        return "scores", f"The highest score must be 1 to {MOST_SCORES} above the lowest."
    return None


def _money_refusal(question: Question, method: Method) -> tuple[str, str] | None:
    if method not in BUDGETING:
        return None
    amounts = [question.settings.get("budget", ""), *(one.cost for one in question.options)]
    if not all(MONEY.fullmatch(amount) and Fraction(amount) > 0 for amount in amounts):
        return "money", "The money to spend and every cost must be more than 0."
    budget, *costs = (Fraction(amount) for amount in amounts)
    dear = [o.name for o, cost in zip(question.options, costs, strict=True) if cost > budget]
    if dear:
        return "money", f"This would never pay for {dear[0]}."
    return None


def _settings_refusal(question: Question, method: Method) -> tuple[str, str] | None:
    told = {name: text for name, text in question.settings.items() if name not in BALLOT_SETTINGS}
    try:
        read_options(told, METHODS[method.value].options)
    except OptionError as error:
        return "settings", str(error)
    return None
