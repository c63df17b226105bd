"""Dead ends: rules under which, as the guild is now, nothing could ever be decided.

A guild cannot amend itself into one. The numbers are those of the day on which it is asked, so it
is asked when the change is put and again when it is carried out (docs/decisions/0104).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from guilds.charter import Charter, DecisionKind, DecisionRule, Electorate, Method, ThresholdBase
from guilds.charter_words import KIND_NAMES, electorate_in_words
from guilds.models import Role


@dataclass(frozen=True)
class Numbers:
    """A guild's people as they are now.

    roles: members by role. tenure, active: days -> members for so long, or active within them;
    for every number of days that a charter asked about names.
    """

    roles: Mapping[Role, int]
    tenure: Mapping[int, int]
    active: Mapping[int, int]

    @property
    def members(self) -> int:
        return sum(self.roles.values())

    def reaching(self, least: Role) -> int:
        return sum(number for role, number in self.roles.items() if role.reaches(least))

    def electorate(self, rule: DecisionRule) -> int:
        """How many could vote under a rule if voting opened now."""
        return {
            Electorate.ALL: lambda: self.members,
            Electorate.TENURE: lambda: self.tenure[rule.electorate_days],
            Electorate.ACTIVE: lambda: self.active[rule.electorate_days],
            Electorate.ROLE: lambda: self.reaching(rule.electorate_role),
        }[rule.electorate]()

    def without_one(self) -> "Numbers":
        """As they would be if a plain member left who counts in every one of them."""
        return replace(
            self,
            roles={**self.roles, Role.MEMBER: self.roles.get(Role.MEMBER, 0) - 1},
            tenure={days: number - 1 for days, number in self.tenure.items()},
            active={days: number - 1 for days, number in self.active.items()},
        )


def dead_ends(charter: Charter, numbers: Numbers, *, before: Charter | None = None) -> list[str]:
    """Why kinds of decision could never be taken: sentences that name kinds and reason.

    before: only kinds whose rule is another than there are looked at.
    """
    kinds = [
        kind for kind in DecisionKind if not before or before.rules[kind] != charter.rules[kind]
    ]
    found: dict[str, list[DecisionKind]] = {}
    for kind in kinds:
        for reason in rule_dead_ends(charter.rules[kind], numbers):
            found.setdefault(reason, []).append(kind)
    return [f"{_names(kinds)}: {reason}" for reason, kinds in found.items()]


def rule_dead_ends(rule: DecisionRule, numbers: Numbers) -> list[str]:
    """Why nothing could be decided under one rule, each as a sentence without its subject."""
    reasons = []
    if not numbers.reaching(rule.proposer):
        reasons.append("nobody in the guild may propose it.")
    others = numbers.members - 1
    if rule.supporters > others:
        reasons.append(
            f"{_people(rule.supporters)} besides the proposer would have to support it, and the "
            f"guild has {_people(max(others, 0), 'no')} besides."
        )
    electorate = numbers.electorate(rule)
    needed = rule.ballots_needed(electorate, numbers.members)
    if electorate <= 0:
        reasons.append(f"nobody could vote: {electorate_in_words(rule)} are none today.")
    elif needed > electorate:
        why = ", because ballots are secret" if not _needed_if_open(rule, numbers) else ""
        verb = "is" if electorate == 1 else "are"
        reasons.append(
            f"{_people(needed)} would have to cast a ballot{why}, and there {verb} only "
            f"{electorate:,} who may."
        )
    return reasons


def _needed_if_open(rule: DecisionRule, numbers: Numbers) -> bool:
    """Whether the quorum could not be reached by open ballots either."""
    electorate = numbers.electorate(rule)
    opened = rule.model_copy(update={"is_secret": False})
    return opened.ballots_needed(electorate, numbers.members) > electorate


def tight_spots(charter: Charter, numbers: Numbers) -> list[str]:
    """What is no dead end yet, and close to one: by how little the charter could still be changed.

    numbers: under which there is no dead end.
    """
    rule = charter.rules[DecisionKind.CHANGE_CHARTER]
    electorate = numbers.electorate(rule)
    taking_part = rule.ballots_needed(electorate, numbers.members)
    if rule.threshold_base == ThresholdBase.ELECTORATE and Method.MAJORITY in rule.methods:
        taking_part = max(taking_part, rule.yes_needed(electorate))
    told = []
    if taking_part == electorate > 1:
        told.append(
            f"All {electorate:,} who may vote would have to take part to change the charter: "
            "whoever stays away would keep it as it is."
        )
    if numbers.members > 1 and rule_dead_ends(rule, numbers.without_one()):
        told.append("If one member left, the charter could not be changed until somebody joins.")
    return told


def _names(kinds: Iterable[DecisionKind]) -> str:
    return ", ".join(KIND_NAMES[kind] for kind in kinds)


def _people(number: int, none: str = "0") -> str:
    return f"{number:,} person" if number == 1 else f"{number or none} people"
