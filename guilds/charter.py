"""The charter: how a guild decides, as typed data and in plain words.

A charter has one rule for each kind of decision. It is kept as versions; a proposal pins the
version it was put under, so that a later change cannot move the goalposts.
"""

from datetime import timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from guilds.models import Role

#: a share of 0 to 1, exact; "2/3" in JSON
Share = Annotated[
    Fraction,
    BeforeValidator(Fraction),
    PlainSerializer(str, return_type=str),
    Field(ge=0, le=1),
]


class DecisionKind(StrEnum):
    RESOLUTION = "resolution"
    OPEN_PETITION = "open_petition"


KIND_NAMES = {
    DecisionKind.RESOLUTION: "Adopt a resolution",
    DecisionKind.OPEN_PETITION: "Open a petition for signature",
}


class DecisionRule(BaseModel):
    """How one kind of decision is taken, by ballots of yes, no or abstain."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    #: the least role that may put a proposal of this kind
    proposer: Role
    deliberation: timedelta
    #: the proposer chooses a length of voting between these two
    voting_least: timedelta
    voting_most: timedelta
    #: share of the electorate that must cast a ballot; abstentions take part
    quorum_share: Share
    #: share of yes among yes and no
    threshold_share: Share
    #: True: the share must be exceeded ("more than"); False: reaching it is enough ("at least")
    threshold_exceeded: bool

    @model_validator(mode="after")
    def _can_be_met(self) -> "DecisionRule":
        if not timedelta(minutes=5) <= self.voting_least <= self.voting_most <= timedelta(days=60):
            raise ValueError(
                "voting must last from 5 minutes to 60 days, the least no longer than the most"
            )
        if not timedelta(0) <= self.deliberation <= timedelta(days=60):
            raise ValueError("deliberation must last at most 60 days")
        if self.threshold_exceeded and self.threshold_share == 1:
            raise ValueError("more than all can never be reached")
        return self


class Charter(BaseModel):
    """All rules of one version."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    rules: dict[DecisionKind, DecisionRule]

    @model_validator(mode="after")
    def _is_complete(self) -> "Charter":
        missing = set(DecisionKind) - set(self.rules)
        if missing:
            raise ValueError(f"no rule for {', '.join(sorted(missing))}")
        return self


class CharterTemplate(BaseModel):
    """A charter to start from, with words that help to choose."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    name: str
    fits: str
    charter: Charter


_AFFINITY = DecisionRule(
    proposer=Role.MEMBER,
    deliberation=timedelta(0),
    voting_least=timedelta(minutes=5),
    voting_most=timedelta(days=7),
    quorum_share=Fraction(1, 2),
    threshold_share=Fraction(1, 2),
    threshold_exceeded=True,
)
_ASSEMBLY = DecisionRule(
    proposer=Role.MEMBER,
    deliberation=timedelta(days=1),
    voting_least=timedelta(days=2),
    voting_most=timedelta(days=14),
    quorum_share=Fraction(1, 5),
    threshold_share=Fraction(1, 2),
    threshold_exceeded=True,
)
_FEDERATION = DecisionRule(
    proposer=Role.ORGANISER,
    deliberation=timedelta(days=3),
    voting_least=timedelta(days=5),
    voting_most=timedelta(days=21),
    quorum_share=Fraction(1, 2),
    threshold_share=Fraction(2, 3),
    threshold_exceeded=False,
)

TEMPLATES = {
    "affinity-group": CharterTemplate(
        name="Affinity group",
        fits="Few people who know each other and must decide quickly, on a phone if need be.",
        charter=Charter(rules=dict.fromkeys(DecisionKind, _AFFINITY)),
    ),
    "simple-assembly": CharterTemplate(
        name="Simple assembly",
        fits="A local group that talks for a day, votes for a few days and goes by the majority.",
        charter=Charter(rules=dict.fromkeys(DecisionKind, _ASSEMBLY)),
    ),
    "federation-with-quorum": CharterTemplate(
        name="Federation with quorum",
        fits="Many people who decide rarely, with half of them present and two thirds agreeing.",
        charter=Charter(
            rules={
                DecisionKind.RESOLUTION: _FEDERATION.model_copy(update={"proposer": Role.MEMBER}),
                DecisionKind.OPEN_PETITION: _FEDERATION,
            }
        ),
    ),
}


def share_in_words(share: Fraction) -> str:
    """A share as people say it: "half", "two thirds", "20 %"."""
    words = {
        Fraction(1): "all",
        Fraction(1, 2): "half",
        Fraction(1, 3): "one third",
        Fraction(2, 3): "two thirds",
        Fraction(1, 4): "one quarter",
        Fraction(3, 4): "three quarters",
    }
    return words.get(share) or f"{float(share) * 100:g} %"


def threshold_in_words(rule: DecisionRule) -> str:
    how = "more than" if rule.threshold_exceeded else "at least"
    return f"{how} {share_in_words(rule.threshold_share)}"


def rule_in_words(rule: DecisionRule) -> list[str]:
    """The rule as sentences, in the order in which a decision goes through them."""
    proposer = {Role.MEMBER: "Any member", Role.ORGANISER: "An organiser", Role.ADMIN: "An admin"}
    talk = (
        f"It is debated for {length_in_words(rule.deliberation)} before voting opens."
        if rule.deliberation
        else "Voting opens at once."
    )
    least, most = length_in_words(rule.voting_least), length_in_words(rule.voting_most)
    quorum = share_in_words(rule.quorum_share)
    return [
        f"{proposer[rule.proposer]} may propose it.",
        talk,
        f"Voting lasts {least} to {most}; the proposer chooses.",
        f"It counts if at least {quorum} of all members cast a ballot; abstaining takes part.",
        f"It passes if {threshold_in_words(rule)} of the yes and no ballots are yes.",
    ]


def charter_in_words(charter: Charter) -> list[tuple[str, list[str]]]:
    """(what is decided, its rule in sentences) in the order of kinds; kinds of one rule are one."""
    grouped: dict[DecisionRule, list[DecisionKind]] = {}
    for kind in DecisionKind:
        grouped.setdefault(charter.rules[kind], []).append(kind)
    if len(grouped) == 1:
        return [("Every decision", rule_in_words(rule)) for rule in grouped]
    return [
        (", ".join(KIND_NAMES[kind] for kind in kinds), rule_in_words(rule))
        for rule, kinds in grouped.items()
    ]


def length_in_words(length: timedelta) -> str:
    """A length a charter states: "5 minutes", "1 day"."""
    for name, size in (("day", timedelta(days=1)), ("hour", timedelta(hours=1))):
        if length >= size and not length % size:
            number = length // size
            return f"{number} {name}" if number == 1 else f"{number} {name}s"
    minutes = length // timedelta(minutes=1)
    return f"{minutes} minute" if minutes == 1 else f"{minutes} minutes"
