"""Writing a charter: every rule of every kind as fields that say what they mean.

Choices are plain ones; a value that stands in force and is no such choice is offered beside them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Any

from wtforms import (
    BooleanField,
    FormField,
    IntegerField,
    SelectField,
    SelectMultipleField,
)
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from core.fields import Form, refuse
from guilds.charter import (
    ALONE_KINDS,
    LENGTHS,
    METHODS_OF_KIND,
    SECRET_LEAST,
    Charter,
    DecisionKind,
    DecisionRule,
    Electorate,
    Method,
    QuorumBase,
    ThresholdBase,
)
from guilds.charter_words import (
    KIND_NAMES,
    METHOD_HINTS,
    METHOD_NAMES,
    least_in_words,
    length_in_words,
    share_in_words,
)
from guilds.models import Role

MINUTE = timedelta(minutes=1)
DEBATES = [timedelta(0), *(length for length in LENGTHS if length >= timedelta(hours=1))]
QUORUMS = sorted({Fraction(step, 20) for step in range(21)} | {Fraction(1, 3), Fraction(2, 3)})
#: (share, whether it must be exceeded)
THRESHOLDS = [
    (Fraction(1, 2), True),
    (Fraction(11, 20), False),
    (Fraction(3, 5), False),
    (Fraction(2, 3), False),
    (Fraction(2, 3), True),
    (Fraction(3, 4), False),
    (Fraction(4, 5), False),
    (Fraction(9, 10), False),
    (Fraction(1), False),
]
PROPOSERS = {
    Role.MEMBER.value: "Any member",
    Role.ORGANISER.value: "Organisers and admins",
    Role.ADMIN.value: "Admins",
}
#: electorates as one choice; those of a role name the role
ELECTORATES = {
    Electorate.ALL.value: "All members",
    Electorate.TENURE.value: "Who has been a member for some days (say how many below)",
    Electorate.ACTIVE.value: "Who took part in the last days (say how many below)",
    Role.ORGANISER.value: "Organisers and admins",
    Role.ADMIN.value: "Admins",
}
CHANGEABLE, FINAL, SECRET = "changeable", "final", "secret"
BALLOTS = {
    CHANGEABLE: "Open, and can be changed until the close",
    FINAL: "Open, and final once cast",
    SECRET: "Secret, and final once cast",
}


def length_value(length: timedelta) -> str:
    return str(length // MINUTE)


def threshold_value(share: Fraction, *, exceeded: bool) -> str:
    return f"{'more' if exceeded else 'least'}:{share}"


def debate_in_words(length: timedelta) -> str:
    return length_in_words(length) if length else "No debate: voting opens at once"


def _quorum_in_words(share: Fraction) -> str:
    words = share_in_words(share) if share else "No share: it counts however few vote"
    return words[0].upper() + words[1:]


def _threshold_in_words(share: Fraction, *, exceeded: bool) -> str:
    words = least_in_words(share, exceeded=exceeded)
    return words[0].upper() + words[1:]


def _lengths(lengths: Iterable[timedelta]) -> dict[str, str]:
    return {length_value(length): debate_in_words(length) for length in lengths}


def _number(label: str, most: int, description: str = "") -> IntegerField:
    checks = [Optional(), NumberRange(0, most, f"Type a number from 0 to {most:,}.")]
    return IntegerField(label, checks, description=description)


class RuleFields(Form):
    """How one kind of decision is taken. `offer` comes before reading or checking it."""

    class Meta(Form.Meta):
        csrf = False  # the form around it has one

    kind: DecisionKind
    method_hints = METHOD_HINTS

    proposer = SelectField("Who may propose it", choices=PROPOSERS)
    supporters = _number(
        "How many others must support it before it is heard", 10_000, "None if left empty."
    )
    deliberation = SelectField("How long it is debated", choices=_lengths(DEBATES))
    voting_least = SelectField("Voting lasts at least", choices=_lengths(LENGTHS))
    voting_most = SelectField("Voting lasts at most", choices=_lengths(LENGTHS))
    methods = SelectMultipleField(
        "Ways of voting the proposer may choose",
        [InputRequired("Tick at least one way of voting.")],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    first = SelectField("The way that is suggested")
    electorate = SelectField("Who votes", choices=ELECTORATES)
    electorate_days = _number("How many days, if days are asked", 3650)
    quorum_share = SelectField(
        "Quorum: how many must cast a ballot for it to count",
        choices={str(share): _quorum_in_words(share) for share in QUORUMS},
        description="Abstaining takes part.",
    )
    quorum_base = SelectField(
        "The quorum is a share of whom",
        choices={
            QuorumBase.ELECTORATE.value: "those who may vote",
            QuorumBase.MEMBERS.value: "all members, also those who may not vote",
        },
    )
    quorum_least = _number("And never fewer ballots than", 1_000_000, "None if left empty.")
    threshold = SelectField(
        "It passes with",
        choices={
            threshold_value(share, exceeded=exceeded): _threshold_in_words(share, exceeded=exceeded)
            for share, exceeded in THRESHOLDS
        },
        description="For questions of yes and no. As many yes as no never pass.",
    )
    threshold_base = SelectField(
        "Of which ballots",
        choices={
            ThresholdBase.DECIDED.value: "the yes and no ballots",
            ThresholdBase.BALLOTS.value: "all ballots, abstentions too",
            ThresholdBase.ELECTORATE.value: "all who may vote",
        },
    )
    ballots = SelectField(
        "Ballots",
        choices=BALLOTS,
        description="Open: members see who voted what. Secret: nobody does, and at least "
        f"{SECRET_LEAST} people have to vote.",
    )
    delegation = BooleanField("Members may let another member vote for them")
    delegation_cap = _number(
        "For how many others one member may vote", 1_000_000, "As many as wish, if left empty."
    )
    organisers_alone = BooleanField(
        "Organisers and admins, within their role, may also do it without a vote"
    )

    def offer(self, rule: DecisionRule, *others: DecisionRule) -> None:
        """Offer what fits the kind, and what the rule, and others, say."""
        # those of the rule come first, as they stand there: ticking none anew changes nothing
        fit = [*rule.methods, *(method for method in Method if method not in rule.methods)]
        fit = [method for method in fit if method in METHODS_OF_KIND[self.kind]]
        names = {method.value: _capital(METHOD_NAMES[method]) for method in fit}
        self.methods.choices = self.first.choices = names
        for one in (rule, *others):
            self._offer_values(one)
        if self.kind not in ALONE_KINDS:
            del self.organisers_alone

    def _offer_values(self, rule: DecisionRule) -> None:
        lengths = (
            (self.deliberation, rule.deliberation, debate_in_words),
            (self.voting_least, rule.voting_least, length_in_words),
            (self.voting_most, rule.voting_most, length_in_words),
        )
        for field, length, words in lengths:
            _also(field, length_value(length), words(length))
        _also(self.quorum_share, str(rule.quorum_share), _quorum_in_words(rule.quorum_share))
        share, exceeded = rule.threshold_share, rule.threshold_exceeded
        value = threshold_value(share, exceeded=exceeded)
        _also(self.threshold, value, _threshold_in_words(share, exceeded=exceeded))

    def validate(self, extra_validators: Any = None) -> bool:
        """Each field by itself, then what two of them say together."""
        if not super().validate(extra_validators):
            return False
        before = [len(field.errors) for field in self]
        if int(self.voting_least.data) > int(self.voting_most.data):
            refuse(self.voting_most, "The most is less than the least.")
        ticked = self.methods.data or []
        if self.first.data not in ticked:
            refuse(self.first, "Suggest one of the ways that are ticked.")
        if self.electorate.data in _BY_DAYS and not self.electorate_days.data:
            refuse(self.electorate_days, "Say how many days of membership or activity are asked.")
        if self.ballots.data == SECRET:
            self._keep_secrets()
        return before == [len(field.errors) for field in self]

    def _keep_secrets(self) -> None:
        if self.delegation.data:
            refuse(
                self.delegation,
                "A secret ballot cannot be delegated: one that counts for several people would "
                "tell whose it is.",
            )
        if Method.CONSENT.value in (self.methods.data or []):
            refuse(self.methods, "Consent is given or withheld openly, with a reason.")

    def rule(self) -> DecisionRule:
        """What a checked form says. What plays no part is as if it had never been typed."""
        how, _, share = self.threshold.data.partition(":")
        chosen = [Method(value) for value in self.methods.data or [] if value != self.first.data]
        electorate = self.electorate.data
        is_role = electorate in (Role.ORGANISER.value, Role.ADMIN.value)
        secret = self.ballots.data == SECRET
        return DecisionRule(
            proposer=Role(self.proposer.data),
            supporters=self.supporters.data or 0,
            deliberation=int(self.deliberation.data) * MINUTE,
            voting_least=int(self.voting_least.data) * MINUTE,
            voting_most=int(self.voting_most.data) * MINUTE,
            methods=(Method(self.first.data), *chosen),
            electorate=Electorate.ROLE if is_role else Electorate(electorate),
            electorate_days=self.electorate_days.data if electorate in _BY_DAYS else 0,
            electorate_role=Role(electorate) if is_role else Role.MEMBER,
            quorum_base=QuorumBase(self.quorum_base.data),
            quorum_share=Fraction(self.quorum_share.data),
            quorum_least=self.quorum_least.data or 0,
            threshold_base=ThresholdBase(self.threshold_base.data),
            threshold_share=Fraction(share),
            threshold_exceeded=how == "more",
            is_secret=secret,
            delegation=self.delegation.data,
            delegation_cap=(self.delegation_cap.data or 0) if self.delegation.data else 0,
            is_changeable=self.ballots.data == CHANGEABLE,
            organisers_alone="organisers_alone" in self and self.organisers_alone.data,
        )


_BY_DAYS = (Electorate.TENURE.value, Electorate.ACTIVE.value)


def typed_as(rule: DecisionRule) -> dict[str, Any]:
    """A rule as the fields of `RuleFields` hold it."""
    is_role = rule.electorate == Electorate.ROLE
    who = rule.electorate_role.value if is_role else rule.electorate.value
    ballots = SECRET if rule.is_secret else CHANGEABLE if rule.is_changeable else FINAL
    return {
        "proposer": rule.proposer.value,
        "supporters": rule.supporters or None,
        "deliberation": length_value(rule.deliberation),
        "voting_least": length_value(rule.voting_least),
        "voting_most": length_value(rule.voting_most),
        "methods": [method.value for method in rule.methods],
        "first": rule.methods[0].value,
        "electorate": Electorate.ALL.value if who == Role.MEMBER.value else who,
        "electorate_days": rule.electorate_days or None,
        "quorum_base": rule.quorum_base.value,
        "quorum_share": str(rule.quorum_share),
        "quorum_least": rule.quorum_least or None,
        "threshold": threshold_value(rule.threshold_share, exceeded=rule.threshold_exceeded),
        "threshold_base": rule.threshold_base.value,
        "ballots": ballots,
        "delegation": rule.delegation,
        "delegation_cap": rule.delegation_cap or None,
        "organisers_alone": rule.organisers_alone,
    }


def _also(field: SelectField, value: str, words: str) -> None:
    """Offer one more choice, unless it is there."""
    offered = dict(field.choices) if isinstance(field.choices, Mapping) else {}
    offered.setdefault(value, _capital(words))
    field.choices = offered


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _fields_of(kind: DecisionKind) -> type[RuleFields]:
    return type(f"{kind.name.title()}Fields", (RuleFields,), {"kind": kind})


class CharterForm(Form):
    """A whole charter: one group of fields for each kind, named as the kind."""

    @property
    def groups(self) -> Sequence[tuple[DecisionKind, RuleFields]]:
        return [(kind, self[kind.value].form) for kind in DecisionKind]

    def offer(self, charter: Charter, *others: Charter) -> "CharterForm":
        """Offer what a charter, and others, say beside the usual choices."""
        for kind, group in self.groups:
            group.offer(charter.rules[kind], *(other.rules[kind] for other in others))
        return self

    def charter(self) -> Charter:
        """What a checked form says."""
        return Charter(rules={kind: group.rule() for kind, group in self.groups})


for _kind in DecisionKind:
    setattr(CharterForm, _kind.value, FormField(_fields_of(_kind), KIND_NAMES[_kind]))


def typed_charter(charter: Charter) -> dict[str, Any]:
    """A charter as the fields of `CharterForm` hold it."""
    return {kind.value: typed_as(charter.rules[kind]) for kind in DecisionKind}
