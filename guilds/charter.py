"""The charter: how a guild decides, as typed data.

A charter has one rule for each kind of decision. It is kept as versions; a proposal pins the
version it was put under, so that a later change cannot move the goalposts. In plain words:
guilds.charter_words; to start from: guilds.charter_templates.
"""

from datetime import timedelta
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor
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

SHORTEST_VOTING, LONGEST_VOTING = timedelta(minutes=5), timedelta(days=60)
LONGEST_DELIBERATION = timedelta(days=60)
#: what people choose the length of a debate or a vote from, the shortest first
LENGTHS = (
    *(timedelta(minutes=number) for number in (5, 15, 30)),
    *(timedelta(hours=number) for number in (1, 3, 6, 12)),
    *(timedelta(days=number) for number in (1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60)),
)
#: with fewer ballots than this a secret result would tell what each one said
SECRET_LEAST = 3


class DecisionKind(StrEnum):
    RESOLUTION = "resolution"
    CHANGE_CHARTER = "change_charter"
    MEMBERSHIP = "membership"
    ROLE = "role"
    OPEN_PETITION = "open_petition"
    EVENT = "event"
    BILL_STANCE = "bill_stance"
    SPEND = "spend"
    ELECT = "elect"


class Method(StrEnum):
    """How ballots are cast and counted; the names of voting.counting.methods."""

    MAJORITY = "majority"
    CONSENT = "consent"
    APPROVAL = "approval"
    SCORE = "score"
    STAR = "star"
    IRV = "irv"
    SCHULZE = "schulze"
    RANKED_PAIRS = "ranked-pairs"
    STV = "stv"
    GREEDY = "greedy"
    EQUAL_SHARES = "equal-shares"


#: a question answered with yes or no, or agreed to
ONE_QUESTION = frozenset({Method.MAJORITY, Method.CONSENT})
#: a choice among options
CHOOSING = frozenset(
    {
        Method.APPROVAL,
        Method.SCORE,
        Method.STAR,
        Method.IRV,
        Method.SCHULZE,
        Method.RANKED_PAIRS,
    }
)
BUDGETING = frozenset({Method.GREEDY, Method.EQUAL_SHARES})

#: methods a rule may allow; a deed that is done or not is one question
METHODS_OF_KIND: dict[DecisionKind, frozenset[Method]] = {
    DecisionKind.RESOLUTION: ONE_QUESTION | CHOOSING,
    DecisionKind.CHANGE_CHARTER: ONE_QUESTION,
    DecisionKind.MEMBERSHIP: ONE_QUESTION,
    DecisionKind.ROLE: ONE_QUESTION,
    DecisionKind.OPEN_PETITION: ONE_QUESTION,
    DecisionKind.EVENT: ONE_QUESTION,
    DecisionKind.BILL_STANCE: ONE_QUESTION,
    DecisionKind.SPEND: ONE_QUESTION | BUDGETING,
    DecisionKind.ELECT: CHOOSING | {Method.STV},
}

#: kinds an organiser may be allowed to do alone
ALONE_KINDS = frozenset({DecisionKind.MEMBERSHIP, DecisionKind.ROLE, DecisionKind.EVENT})


class Electorate(StrEnum):
    """Who of the members may vote, at the instant voting opens."""

    ALL = "all"
    TENURE = "tenure"  # members for so many days
    ACTIVE = "active"  # took part in the last so many days
    ROLE = "role"  # of at least this role


class QuorumBase(StrEnum):
    """What the quorum's share is a share of."""

    ELECTORATE = "electorate"
    MEMBERS = "members"


class ThresholdBase(StrEnum):
    """What the share of yes is a share of; the names of voting.counting.majority.Base."""

    DECIDED = "yes-and-no"
    BALLOTS = "ballots"
    ELECTORATE = "electorate"


class DecisionRule(BaseModel):
    """How one kind of decision is taken."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    #: the least role that may put a proposal of this kind
    proposer: Role
    #: members besides the author who must support it before it is heard
    supporters: int = Field(default=0, ge=0, le=10_000)
    deliberation: timedelta
    #: the proposer chooses a length of voting between these two
    voting_least: timedelta
    voting_most: timedelta
    #: the proposer chooses one of these; the first is suggested
    methods: tuple[Method, ...] = (Method.MAJORITY,)
    electorate: Electorate = Electorate.ALL
    #: days of tenure or activity; 0 for other electorates
    electorate_days: int = Field(default=0, ge=0, le=3650)
    electorate_role: Role = Role.MEMBER
    quorum_base: QuorumBase = QuorumBase.ELECTORATE
    #: share that must cast a ballot; abstentions take part
    quorum_share: Share
    #: and never fewer ballots than this
    quorum_least: int = Field(default=0, ge=0, le=1_000_000)
    threshold_base: ThresholdBase = ThresholdBase.DECIDED
    threshold_share: Share
    #: True: the share must be exceeded ("more than"); False: reaching it is enough ("at least")
    threshold_exceeded: bool
    is_secret: bool = False
    delegation: bool = False
    #: members one holder may speak for besides themselves; 0: as many as wish
    delegation_cap: int = Field(default=0, ge=0, le=1_000_000)
    #: ballots may change until the close
    is_changeable: bool = True
    #: organisers may also do it without a vote (ALONE_KINDS)
    organisers_alone: bool = False

    @model_validator(mode="after")
    def _can_be_met(self) -> "DecisionRule":
        if not SHORTEST_VOTING <= self.voting_least <= self.voting_most <= LONGEST_VOTING:
            raise ValueError(
                "voting must last from 5 minutes to 60 days, the least no longer than the most"
            )
        if not timedelta(0) <= self.deliberation <= LONGEST_DELIBERATION:
            raise ValueError("deliberation must last at most 60 days")
        if self.threshold_exceeded and self.threshold_share == 1:
            raise ValueError("more than all can never be reached")
        if not self.methods or len(set(self.methods)) != len(self.methods):
            raise ValueError("at least one way of voting must be allowed, each once")
        if self.electorate in (Electorate.TENURE, Electorate.ACTIVE) and not self.electorate_days:
            raise ValueError("say how many days of membership or activity voting asks for")
        return self

    @model_validator(mode="after")
    def _keeps_secrets(self) -> "DecisionRule":
        if self.is_secret and self.delegation:
            raise ValueError(
                "a secret ballot cannot be delegated: a ballot that counts for several people "
                "would tell whose it is"
            )
        if self.is_secret and self.is_changeable:
            raise ValueError(
                "a secret ballot cannot be changed: nobody, the server included, could tell "
                "which one was yours"
            )
        if self.is_secret and Method.CONSENT in self.methods:
            raise ValueError("consent is given or withheld openly, with a reason")
        return self

    @property
    def least_ballots(self) -> int:
        """The fewest ballots with which a result counts, however few may vote."""
        return max(self.quorum_least, SECRET_LEAST if self.is_secret else 0)

    def ballots_needed(self, electorate: int, members: int) -> int:
        """The fewest ballots with which a result counts, of so many electors and members."""
        base = members if self.quorum_base == QuorumBase.MEMBERS else electorate
        return max(ceil(self.quorum_share * base), self.least_ballots)

    def yes_needed(self, base: int) -> int:
        """The fewest yes among so many that pass; at least one, so silence never does."""
        share = self.threshold_share * base
        return max(1, floor(share) + 1 if self.threshold_exceeded else ceil(share))


class Charter(BaseModel):
    """All rules of one version."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    rules: dict[DecisionKind, DecisionRule]

    @model_validator(mode="after")
    def _is_complete(self) -> "Charter":
        missing = set(DecisionKind) - set(self.rules)
        if missing:
            raise ValueError(f"no rule for {', '.join(sorted(missing))}")
        for kind, rule in self.rules.items():
            unfit = set(rule.methods) - METHODS_OF_KIND[kind]
            if unfit:
                raise ValueError(f"{kind} cannot be decided by {', '.join(sorted(unfit))}")
            if rule.organisers_alone and kind not in ALONE_KINDS:
                raise ValueError(f"{kind} always needs a vote")
        return self
