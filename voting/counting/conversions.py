"""Reading the ballots of one kind as ballots of another, where that has one plain meaning.

A single-option top of a ranking is a choice; what is ranked, or scored above 0, is approved; who
scores one option above another ranks it above. There is no way from less to more: rankings or
approvals never become scores.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, TypeAlias

from voting.counting.profiles import (
    ApprovalProfile,
    BudgetProfile,
    Choice,
    ChoiceProfile,
    Points,
    Project,
    RankedProfile,
    Ranking,
    ScoreProfile,
)

Profile: TypeAlias = RankedProfile | ScoreProfile | ApprovalProfile | ChoiceProfile | BudgetProfile

KIND_NAMES: Mapping[type[Any], str] = {
    RankedProfile: "rankings",
    ScoreProfile: "scores",
    ApprovalProfile: "approvals",
    ChoiceProfile: "choices",
    BudgetProfile: "points for the projects of a budget",
}
ABSTAIN_NAMES = frozenset({"abstain", "abstention", "abstentions"})
#: options that together are one question, of which a ballot chooses one
YES_NO = frozenset({"yes", "no"})


def converted(profile: Profile, kind: type[Any], *, seats: int = 1) -> Profile:
    """Return the profile as the kind a method counts.

    seats: what the budget of a committee is, each member costing 1.
    Raises ValueError, in words, where there is no plain way.
    """
    if issubclass(type(profile), kind):
        return profile
    if kind is RankedProfile and isinstance(profile, ScoreProfile):
        return rankings(profile)
    if kind is ApprovalProfile and not isinstance(profile, ChoiceProfile):
        return approvals(profile)
    if kind is ChoiceProfile and isinstance(
        profile, RankedProfile | ScoreProfile | ApprovalProfile
    ):
        return choices(profile)
    if kind is BudgetProfile and not isinstance(profile, ChoiceProfile):
        return committee(approvals(profile), seats)
    raise ValueError(
        f"the method counts {KIND_NAMES[kind]}, but the file holds {KIND_NAMES[type(profile)]}"
    )


def rankings(profile: ScoreProfile) -> RankedProfile:
    """Rank options by their score; those without an opinion are not ranked."""
    ballots: Counter[Ranking] = Counter()
    for scores, count in profile.ballots.items():
        groups: dict[int, list[int]] = {}
        for option, score in enumerate(scores):
            if score is not None:
                groups.setdefault(score, []).append(option)
        ballots[tuple(tuple(groups[score]) for score in sorted(groups, reverse=True))] += count
    return RankedProfile(profile.options, ballots)


def approvals(
    profile: RankedProfile | ScoreProfile | ApprovalProfile | BudgetProfile,
) -> ApprovalProfile:
    """Read as approved: what is ranked at all, scored above 0, or given points."""
    if isinstance(profile, ApprovalProfile):
        return profile
    ballots: Counter[frozenset[int]] = Counter()
    for ballot, count in profile.ballots.items():
        ballots[frozenset(_approved(profile, ballot))] += count
    return ApprovalProfile(profile.options, ballots)


def _approved(profile: RankedProfile | ScoreProfile | BudgetProfile, ballot: Any) -> list[int]:
    if isinstance(profile, RankedProfile):
        return [option for group in ballot for option in group]
    if isinstance(profile, ScoreProfile):
        return [option for option, score in enumerate(ballot) if score is not None and score > 0]
    return [project for project, _ in ballot]


def choices(profile: RankedProfile | ScoreProfile | ApprovalProfile) -> ChoiceProfile:
    """Read ballots as answers to motions.

    Scores of 1, 0 and no opinion, an option a motion, are yes, no and abstain. Where the options
    are themselves yes and no (and abstain), and for rankings and approvals, a ballot chooses one:
    yes to it and no to every other; it abstains if it chooses none, several, or to abstain, which
    is no motion.
    Raises ValueError for other scores.
    """
    ballots: Counter[tuple[Choice, ...]] = Counter()
    if isinstance(profile, ScoreProfile) and not are_yes_and_no(profile.options):
        answer = {1: Choice.YES, 0: Choice.NO, None: Choice.ABSTAIN}
        for scores, count in profile.ballots.items():
            if unknown := set(scores) - set(answer):
                raise ValueError(f"an answer must be 1, 0 or blank, not {unknown.pop()}")
            ballots[tuple(answer[score] for score in scores)] += count
        return ChoiceProfile(profile.options, ballots)
    motions = [
        at for at, name in enumerate(profile.options) if name.casefold() not in ABSTAIN_NAMES
    ]
    for ballot, count in profile.ballots.items():
        chosen = _chosen(profile, ballot)
        if chosen in motions:
            said = tuple(Choice.YES if at == chosen else Choice.NO for at in motions)
        else:
            said = (Choice.ABSTAIN,) * len(motions)
        ballots[said] += count
    return ChoiceProfile(tuple(profile.options[at] for at in motions), ballots)


def are_yes_and_no(options: Iterable[str]) -> bool:
    """Say whether options are the answers to one question."""
    return {name.casefold() for name in options} - ABSTAIN_NAMES == YES_NO


def _chosen(profile: RankedProfile | ScoreProfile | ApprovalProfile, ballot: Any) -> int | None:
    """Return the one option a ballot chooses; None if none or several."""
    if isinstance(profile, RankedProfile):
        best = list(ballot[0]) if ballot else []
    elif isinstance(profile, ScoreProfile):
        best = [option for option, score in enumerate(ballot) if score is not None and score > 0]
    else:
        best = list(ballot)
    return best[0] if len(best) == 1 else None


def committee(profile: ApprovalProfile, seats: int) -> BudgetProfile:
    """Read an election as a budget: every option costs 1, and the seats are what may be spent."""
    projects = tuple(Project(name, Fraction(1)) for name in profile.options)
    ballots: Counter[Points] = Counter()
    for approved, count in profile.ballots.items():
        ballots[tuple((option, Fraction(1)) for option in sorted(approved))] += count
    return BudgetProfile(projects, Fraction(seats), ballots)
