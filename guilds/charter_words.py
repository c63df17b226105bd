"""The charter in plain words: what a member reads, never JSON."""

from datetime import timedelta
from fractions import Fraction

from guilds.charter import (
    Charter,
    DecisionKind,
    DecisionRule,
    Electorate,
    Method,
    QuorumBase,
    ThresholdBase,
)
from guilds.models import Role

KIND_NAMES = {
    DecisionKind.RESOLUTION: "Adopt a resolution",
    DecisionKind.CHANGE_CHARTER: "Change the charter",
    DecisionKind.MEMBERSHIP: "Admit or expel somebody",
    DecisionKind.ROLE: "Give or take a role",
    DecisionKind.OPEN_PETITION: "Open a petition for signature",
    DecisionKind.EVENT: "Call or endorse a protest",
    DecisionKind.BILL_STANCE: "Take a stance on a bill",
    DecisionKind.SPEND: "Spend money",
    DecisionKind.ELECT: "Elect people",
}

METHOD_NAMES = {
    Method.MAJORITY: "yes, no or abstain",
    Method.CONSENT: "consent",
    Method.APPROVAL: "approval",
    Method.SCORE: "score",
    Method.STAR: "STAR",
    Method.IRV: "instant run-off",
    Method.SCHULZE: "Schulze",
    Method.RANKED_PAIRS: "ranked pairs",
    Method.STV: "single transferable vote",
    Method.GREEDY: "greedy approval",
    Method.EQUAL_SHARES: "equal shares",
}

#: what a ballot looks like, and what the method is good for
METHOD_HINTS = {
    Method.MAJORITY: "One question, answered yes, no or abstain. For plain decisions.",
    Method.CONSENT: "Talk in rounds until no reasoned objection is left. For what all live with.",
    Method.APPROVAL: "Tick every option you could live with; the most ticks win. Quick and simple.",
    Method.SCORE: "Score each option; the highest total wins. Shows how much people care.",
    Method.STAR: "Score each option; the two best meet in a run-off. Rewards honest scores.",
    Method.IRV: "Rank the options; the weakest drops out until one has most. For one winner.",
    Method.SCHULZE: "Rank the options; what beats the others in pairs wins. For many options.",
    Method.RANKED_PAIRS: "Rank the options; clear wins in pairs count first. Easy to follow.",
    Method.STV: "Rank people; seats go in proportion to the ballots. For councils.",
    Method.GREEDY: "Tick projects; the most supported are paid for while the money lasts.",
    Method.EQUAL_SHARES: "Tick projects; everyone's share of the money weighs alike.",
}

#: what somebody is in a guild
ROLE_NAMES = {Role.MEMBER: "a member", Role.ORGANISER: "an organiser", Role.ADMIN: "an admin"}
_ROLES = {Role.MEMBER: "Any member", Role.ORGANISER: "An organiser", Role.ADMIN: "An admin"}
_SHARES = {
    Fraction(1): "all",
    Fraction(1, 2): "half",
    Fraction(1, 3): "one third",
    Fraction(2, 3): "two thirds",
    Fraction(1, 4): "one quarter",
    Fraction(3, 4): "three quarters",
}


def share_in_words(share: Fraction) -> str:
    """A share as people say it: "half", "two thirds", "20 %"."""
    return _SHARES.get(share) or f"{float(share) * 100:g} %"


def length_in_words(length: timedelta) -> str:
    """A length a charter states: "5 minutes", "1 day"."""
    for name, size in (("day", timedelta(days=1)), ("hour", timedelta(hours=1))):
        if length >= size and not length % size:
            return _number(length // size, name)
    return _number(length // timedelta(minutes=1), "minute")


def threshold_in_words(rule: DecisionRule) -> str:
    """The share of yes that passes: "more than half", "at least two thirds", "all"."""
    return least_in_words(rule.threshold_share, exceeded=rule.threshold_exceeded)


def least_in_words(share: Fraction, *, exceeded: bool) -> str:
    said = share_in_words(share)
    return said if share == 1 else f"{'more than' if exceeded else 'at least'} {said}"


def electorate_in_words(rule: DecisionRule) -> str:
    """Who may vote, as the subject of a sentence: "all members"."""
    days = _number(rule.electorate_days, "day")
    return {
        Electorate.ALL: "all members",
        Electorate.TENURE: f"members for at least {days}",
        Electorate.ACTIVE: f"members who took part in the last {days}",
        Electorate.ROLE: {
            Role.MEMBER: "all members",
            Role.ORGANISER: "organisers and admins",
            Role.ADMIN: "admins",
        }[rule.electorate_role],
    }[rule.electorate]


def rule_in_words(rule: DecisionRule) -> list[str]:
    """The rule as sentences, in the order in which a decision goes through them."""
    least, most = length_in_words(rule.voting_least), length_in_words(rule.voting_most)
    lasts = least if least == most else f"{least} to {most}; the proposer chooses"
    sentences = [_who_proposes(rule), _talk(rule), f"Voting lasts {lasts}."]
    if rule.methods != (Method.MAJORITY,):
        sentences.append(_methods(rule))
    if rule.electorate != Electorate.ALL:
        who = electorate_in_words(rule)
        sentences.append(f"{who[0].upper()}{who[1:]} vote, as they are when voting opens.")
    sentences.append(_quorum(rule))
    if Method.MAJORITY in rule.methods:
        sentences.append(_threshold(rule))
    if Method.CONSENT in rule.methods:
        sentences.append(
            "By consent, it is adopted when no objection is left; objections, each with its "
            "reason, lead to another round."
        )
    sentences.extend(_ballots(rule))
    if rule.organisers_alone:
        sentences.append("Organisers and admins, within their role, may also do it without a vote.")
    return sentences


def _who_proposes(rule: DecisionRule) -> str:
    said = f"{_ROLES[rule.proposer]} may propose it"
    if not rule.supporters:
        return f"{said}."
    members = _number(rule.supporters, "other member")
    verb = "supports" if rule.supporters == 1 else "support"
    return f"{said}; it is heard once {members} {verb} it."


def _talk(rule: DecisionRule) -> str:
    if not rule.deliberation:
        return "Voting opens at once."
    return f"It is debated for {length_in_words(rule.deliberation)} before voting opens."


def _methods(rule: DecisionRule) -> str:
    names = [METHOD_NAMES[method] for method in rule.methods]
    if len(names) == 1:
        return f"It is decided by {names[0]}."
    return f"The proposer chooses how it is voted on: {', '.join(names[:-1])} or {names[-1]}."


def _quorum(rule: DecisionRule) -> str:
    who = "all members" if rule.quorum_base == QuorumBase.MEMBERS else electorate_in_words(rule)
    of = f"at least {share_in_words(rule.quorum_share)} of {who}"
    if rule.quorum_share == 1:
        of = f"all {who.removeprefix('all ')}"
    if not rule.quorum_share:
        if rule.least_ballots <= 1:
            return "It counts however many cast a ballot; abstaining takes part."
        of = f"at least {rule.least_ballots:,} people"
    elif rule.least_ballots > 1:
        of += f", and no fewer than {rule.least_ballots:,} people,"
    return f"It counts if {of} cast a ballot; abstaining takes part."


def _threshold(rule: DecisionRule) -> str:
    how = f"{threshold_in_words(rule)} of" if rule.threshold_share < 1 else ""
    said = {
        ThresholdBase.DECIDED: f"{how or 'all'} the yes and no ballots are yes",
        ThresholdBase.BALLOTS: f"{how} all ballots, abstentions too, are yes",
        ThresholdBase.ELECTORATE: f"{how} all who may vote say yes",
    }[rule.threshold_base]
    return f"It passes if {said.lstrip()}."


def _ballots(rule: DecisionRule) -> list[str]:
    sentences = []
    if rule.is_secret:
        sentences.append("Ballots are secret, and final once cast.")
    elif not rule.is_changeable:
        sentences.append("Members see who voted what. A ballot is final once cast.")
    if rule.delegation:
        cap = (
            f", for up to {_number(rule.delegation_cap, 'other')} each"
            if rule.delegation_cap
            else ""
        )
        sentences.append(f"Members may let another member vote for them{cap}.")
    return sentences


#: docs/decisions/0105
REQUESTS = (
    "A request to join is put before the guild by an organiser, as only organisers see who asks."
)


def charter_in_words(charter: Charter) -> list[tuple[str, list[str]]]:
    """(what is decided, its rule in sentences) in the order of kinds; kinds of one rule are one."""
    grouped: dict[tuple[str, ...], list[DecisionKind]] = {}
    for kind in DecisionKind:
        rule = charter.rules[kind]
        sentences = rule_in_words(rule)
        if kind == DecisionKind.MEMBERSHIP and rule.proposer == Role.MEMBER:
            sentences.append(REQUESTS)
        grouped.setdefault(tuple(sentences), []).append(kind)
    if len(grouped) == 1:
        return [("Every decision", list(sentences)) for sentences in grouped]
    return [
        (", ".join(KIND_NAMES[kind] for kind in kinds), list(sentences))
        for sentences, kinds in grouped.items()
    ]


def _number(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
