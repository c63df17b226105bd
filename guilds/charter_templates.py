"""Charters to start from, with words that help to choose."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

from guilds.charter import (
    ALONE_KINDS,
    Charter,
    DecisionKind,
    DecisionRule,
    Electorate,
    Method,
    ThresholdBase,
)
from guilds.models import Role


@dataclass(frozen=True)
class CharterTemplate:
    """fits: for whom it is, in a sentence. fewest: members with whom all kinds can be decided."""

    name: str
    fits: str
    fewest: int
    charter: Charter


#: what a resolution and an election are voted on by, where nothing else is said
_CHOICES: Mapping[DecisionKind, tuple[Method, ...]] = {
    DecisionKind.RESOLUTION: (
        Method.MAJORITY,
        Method.APPROVAL,
        Method.SCORE,
        Method.STAR,
        Method.SCHULZE,
        Method.RANKED_PAIRS,
        Method.IRV,
    ),
    DecisionKind.SPEND: (Method.MAJORITY, Method.EQUAL_SHARES, Method.GREEDY),
    DecisionKind.ELECT: (Method.STV, Method.IRV, Method.SCHULZE, Method.APPROVAL),
}


def _charter(
    rule: DecisionRule,
    changes: Mapping[DecisionKind, Mapping[str, Any]],
    *,
    alone: frozenset[DecisionKind],
) -> Charter:
    """One rule for every kind, with the changes some kinds make to it."""
    rules = {}
    for kind in DecisionKind:
        told: dict[str, Any] = {"organisers_alone": kind in alone}
        if kind in _CHOICES:
            told["methods"] = _CHOICES[kind]
        rules[kind] = _other(rule, **{**told, **changes.get(kind, {})})
    return Charter(rules=rules)


def _other(rule: DecisionRule, **changes: Any) -> DecisionRule:
    """The same rule, but for the changes."""
    return DecisionRule.model_validate({**rule.model_dump(), **changes})


_SECRET = {"is_secret": True, "is_changeable": False, "delegation": False, "delegation_cap": 0}

_AFFINITY = DecisionRule(
    proposer=Role.MEMBER,
    deliberation=timedelta(0),
    voting_least=timedelta(minutes=5),
    voting_most=timedelta(days=7),
    quorum_share=Fraction(1, 2),
    threshold_share=Fraction(1, 2),
    threshold_exceeded=True,
)
_CIRCLE = _other(
    _AFFINITY,
    deliberation=timedelta(days=2),
    voting_least=timedelta(days=1),
    methods=(Method.CONSENT,),
)
_ASSEMBLY = _other(
    _AFFINITY,
    deliberation=timedelta(days=1),
    voting_least=timedelta(days=2),
    voting_most=timedelta(days=14),
    quorum_share=Fraction(1, 5),
    delegation=True,
    delegation_cap=5,
)
_FEDERATION = _other(
    _AFFINITY,
    proposer=Role.ORGANISER,
    supporters=2,
    deliberation=timedelta(days=3),
    voting_least=timedelta(days=5),
    voting_most=timedelta(days=21),
    threshold_share=Fraction(2, 3),
    threshold_exceeded=False,
)
_COUNCIL = _other(
    _AFFINITY,
    proposer=Role.ORGANISER,
    deliberation=timedelta(days=2),
    voting_least=timedelta(days=2),
    voting_most=timedelta(days=14),
    electorate=Electorate.ROLE,
    electorate_role=Role.ORGANISER,
)
#: what a council leaves to all members
_BY_ALL = {
    "proposer": Role.MEMBER,
    "electorate": Electorate.ALL,
    "electorate_role": Role.MEMBER,
    "quorum_share": Fraction(1, 3),
}

TEMPLATES = {
    "affinity-group": CharterTemplate(
        name="Affinity group",
        fits="Few people who know each other and must decide quickly, on a phone if need be.",
        fewest=1,
        charter=_charter(_AFFINITY, {}, alone=ALONE_KINDS),
    ),
    "consent-circle": CharterTemplate(
        name="Consent circle",
        fits="People who look for what all can live with: no reasoned objection is passed over.",
        fewest=1,
        charter=_charter(
            _CIRCLE,
            {
                DecisionKind.RESOLUTION: {"methods": (Method.CONSENT, Method.SCORE)},
                DecisionKind.SPEND: {"methods": (Method.CONSENT, Method.EQUAL_SHARES)},
                DecisionKind.ELECT: {"methods": (Method.SCORE, Method.APPROVAL)},
            },
            alone=frozenset({DecisionKind.EVENT}),
        ),
    ),
    "simple-assembly": CharterTemplate(
        name="Simple assembly",
        fits="A local group of 3 or more that talks for a day, votes, and goes by the majority.",
        fewest=3,
        charter=_charter(
            _ASSEMBLY,
            {
                DecisionKind.CHANGE_CHARTER: {
                    "threshold_share": Fraction(2, 3),
                    "threshold_exceeded": False,
                },
                DecisionKind.ELECT: _SECRET,
            },
            alone=ALONE_KINDS,
        ),
    ),
    "federation-with-quorum": CharterTemplate(
        name="Federation with quorum",
        fits="6 people or many more, who decide with half of them present and two thirds agreeing.",
        fewest=6,
        charter=_charter(
            _FEDERATION,
            {
                DecisionKind.RESOLUTION: {"proposer": Role.MEMBER},
                DecisionKind.CHANGE_CHARTER: {
                    "supporters": 5,
                    "electorate": Electorate.TENURE,
                    "electorate_days": 30,
                    "threshold_base": ThresholdBase.BALLOTS,
                },
                DecisionKind.ELECT: {**_SECRET, "supporters": 0},
                DecisionKind.OPEN_PETITION: {"supporters": 0},
            },
            alone=frozenset({DecisionKind.EVENT}),
        ),
    ),
    "elected-council": CharterTemplate(
        name="Elected council",
        fits="At least 3 members elect a council by secret ballot; it runs the daily business.",
        fewest=3,
        charter=_charter(
            _COUNCIL,
            {
                DecisionKind.ELECT: {**_BY_ALL, **_SECRET},
                DecisionKind.CHANGE_CHARTER: {
                    **_BY_ALL,
                    "threshold_share": Fraction(2, 3),
                    "threshold_exceeded": False,
                },
                DecisionKind.MEMBERSHIP: _BY_ALL,
                DecisionKind.ROLE: _BY_ALL,
            },
            alone=frozenset({DecisionKind.EVENT}),
        ),
    ),
}
