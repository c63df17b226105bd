"""How a guild decides: who may propose, vote, speak and withdraw, and when.

The electorate is taken when voting opens. What a count means: voting.verdicts.
"""

from datetime import datetime, timedelta

from guilds.charter import (
    LENGTHS,
    DecisionRule,
    Method,
)
from guilds.charter_words import METHOD_NAMES
from guilds.models import ORGANISING_ROLES, Role
from voting import consenting, verdicts
from voting.models import (
    OPEN_STATES,
    WRITABLE_STATES,
    Proposal,
    ProposalState,
    Tally,
)

NEXT_STATES: dict[ProposalState, frozenset[ProposalState]] = {
    ProposalState.DRAFT: frozenset(
        {ProposalState.SUPPORT, ProposalState.DELIBERATION, ProposalState.EXPIRED}
    ),
    ProposalState.SUPPORT: frozenset(
        {ProposalState.DELIBERATION, ProposalState.NOT_SUPPORTED, ProposalState.WITHDRAWN}
    ),
    ProposalState.DELIBERATION: frozenset({ProposalState.VOTING, ProposalState.WITHDRAWN}),
    ProposalState.VOTING: frozenset(
        {
            ProposalState.PASSED,
            ProposalState.FAILED,
            ProposalState.TIED,
            ProposalState.WITHDRAWN,
            ProposalState.DELIBERATION,  # another consent round
        }
    ),
    **{
        state: frozenset()
        for state in (
            ProposalState.PASSED,
            ProposalState.FAILED,
            ProposalState.TIED,
            ProposalState.NOT_SUPPORTED,
            ProposalState.WITHDRAWN,
            ProposalState.EXPIRED,
        )
    },
}
#: how long a proposal seeks supporters, and a draft is kept untouched
SUPPORT_LENGTH, DRAFT_LENGTH = timedelta(days=14), timedelta(days=90)
#: how long a box of secret ballots that cannot be opened waits for its key
BOX_WAIT = timedelta(days=3)

#: versions of one text that its author may write, and amendments members may offer
MOST_VERSIONS, MOST_AMENDMENTS = 50, 50
#: a clock that comes this late does not move the close
LATENESS_BORNE = timedelta(minutes=1)
REMINDER_LEAD = timedelta(hours=24)
#: of a short vote, the reminder comes when this share of it is left
REMINDER_SHARE = 4

USUAL_VOTING = timedelta(days=7)


def can_become(state: ProposalState, then: ProposalState) -> bool:
    return then in NEXT_STATES[state]


def can_propose(role: Role | None, rule: DecisionRule) -> bool:
    """Say whether a role reaches the least the charter asks of a proposer; None is a stranger."""
    return role is not None and role.reaches(rule.proposer)


def can_prepare(role: Role | None, rule: DecisionRule) -> bool:
    """Say whether a role may draft what such a decision is about, be it an event.

    Whoever may propose it; and organisers, who look after drafts of the guild in any case.
    """
    return role in ORGANISING_ROLES or can_propose(role, rule)


def can_carry_out(role: Role | None) -> bool:
    """Organisers try again what a decision asked for and could not be done."""
    return role in ORGANISING_ROLES


def support_refusal(
    state: ProposalState, until: datetime | None, now: datetime, *, is_author: bool, is_member: bool
) -> str | None:
    """Why a person cannot support a proposal now, in words for that person; None if they can."""
    if state != ProposalState.SUPPORT or until is None or now >= until:
        return "This proposal is not looking for supporters."
    if not is_member:
        return "Only members of the guild support its proposals."
    if is_author:
        return "It is your own proposal: others have to support it."
    return None


def was_put(state: ProposalState) -> bool:
    """Say whether it has come before its guild; expired drafts never do."""
    return state not in (ProposalState.DRAFT, ProposalState.EXPIRED)


def drafting_refusal(state: ProposalState) -> str | None:
    """Why its author cannot change or delete a draft any more, in words; None if they can."""
    if was_put(state):
        return "It was put before the guild, so it stays. You may withdraw it."
    return "This draft expired." if state == ProposalState.EXPIRED else None


def rewriting_refusal(proposal: Proposal) -> str | None:
    """Why the text of a proposal that was put cannot change, in words; None if it can."""
    if proposal.state not in WRITABLE_STATES or proposal.state == ProposalState.DRAFT:
        return "The text froze when voting opened. Nothing was changed."
    if proposal.repeats_subject:
        return consenting.REPEATS
    if proposal.version >= MOST_VERSIONS:
        return f"The text was changed {MOST_VERSIONS - 1} times. Put a new proposal instead."
    return None


def can_retitle(proposal: Proposal) -> bool:
    """A title that tells what passing does stands; only a free one may change."""
    return not proposal.deed and proposal.subject_id is None


def amendable_refusal(proposal: Proposal) -> str | None:
    """Why a proposal cannot be amended now, in words; None if it can.

    While consent is asked it can: taking an amendment in asks everyone again.
    """
    if asks_again_at_once(proposal):
        return None
    if proposal.state not in OPEN_STATES:
        return "This proposal has ended. Nothing was changed."
    return rewriting_refusal(proposal)


def amending_refusal(proposal: Proposal, *, is_author: bool, count: int) -> str | None:
    """Why a member cannot offer another text now, in words; None if they can. count: so far."""
    if is_author:
        return "It is your own proposal: change its text itself."
    if count >= MOST_AMENDMENTS:
        return f"There are {MOST_AMENDMENTS} amendments already. Speak about one of them instead."
    return amendable_refusal(proposal)


def is_asked_again(proposal: Proposal) -> bool:
    """Say whether a change may still come while the guild is asked: it begins another round."""
    return proposal.method == Method.CONSENT and not proposal.repeats_subject


def asks_again_at_once(proposal: Proposal) -> bool:
    """Say whether taking an amendment in now begins another round of consent."""
    return is_asked_again(proposal) and proposal.state == ProposalState.VOTING


def methods_open_to(proposal: Proposal) -> tuple[Method, ...]:
    """Ways of voting a proposal may still be given, its own first; that alone once it was asked."""
    if _was_asked(proposal):
        return (proposal.method,)
    others = [method for method in proposal.decision_rule.methods if method != proposal.method]
    return (proposal.method, *others)


def _was_asked(proposal: Proposal) -> bool:
    """Say whether voting has opened, if only for an earlier round of consent."""
    return proposal.round > 1 or proposal.state not in WRITABLE_STATES


def method_refusal(proposal: Proposal, method: Method) -> str:
    """Why a proposal is not decided by a method that is not open to it, in words."""
    if _was_asked(proposal):
        return "How it is voted on stays as it was when the guild was first asked."
    return f"The charter does not let this be decided by {METHOD_NAMES[method]}."


def can_move_review(state: ProposalState, role: Role | None, *, is_author: bool) -> bool:
    """The author, a member, and organisers choose when what passed is looked at again."""
    may = role in ORGANISING_ROLES or (role is not None and is_author)
    return state == ProposalState.PASSED and may


def voices_needed(tally: Tally, rule: DecisionRule) -> int:
    """Members that must be for an amendment: as many as must cast a ballot, at least one."""
    return max(1, verdicts.ballots_needed(tally, rule))


def amendment_carried(for_count: int, against_count: int, needed: int) -> bool:
    """Say whether the members want an amendment, whatever the author says.

    Source: docs/decisions/0205-amendments.md
    """
    return for_count > against_count and for_count >= needed


def vote_refusal(
    state: ProposalState, closes_at: datetime, now: datetime, *, is_elector: bool, is_member: bool
) -> str | None:
    """Why a person cannot cast a ballot now, in words for that person; None if they can.

    Source: docs/decisions/0201-who-may-vote.md
    """
    if state in WRITABLE_STATES:
        return "Voting has not opened yet."
    if state == ProposalState.WITHDRAWN:
        return "This proposal was withdrawn, so there is nothing to vote on."
    if state != ProposalState.VOTING or now >= closes_at:
        return "Voting is closed. Ballots cast before the close are counted."
    if not is_elector:
        return (
            "Who may vote was settled when voting opened. You were not among them, so you have no "
            "ballot here."
        )
    if not is_member:
        return "Only members of the guild vote, and you are no longer one."
    return None


def can_comment(state: ProposalState, role: Role | None) -> bool:
    """Members debate until the close."""
    return role is not None and state in OPEN_STATES


def can_withdraw(
    state: ProposalState,
    role: Role | None,
    *,
    is_author: bool,
    ballot_count: int,
    is_secret: bool = False,
) -> bool:
    """The author, a member, until the first ballot: nobody calls off a vote that goes badly.

    A secret vote stands from its opening on: a refusal would tell that somebody has voted.
    """
    if is_secret and state == ProposalState.VOTING:
        return False
    may_end = ProposalState.WITHDRAWN in NEXT_STATES[state]
    return role is not None and is_author and may_end and ballot_count == 0


def voting_lengths(rule: DecisionRule) -> list[timedelta]:
    """Lengths a proposer is offered, shortest first: round ones within the rule, and its ends."""
    inside = {length for length in LENGTHS if rule.voting_least <= length <= rule.voting_most}
    return sorted(inside | {rule.voting_least, rule.voting_most})


def usual_voting_length(rule: DecisionRule) -> timedelta:
    """The length a proposer meets first: a week, in which most people look in, as far as may be."""
    return min(max(USUAL_VOTING, rule.voting_least), rule.voting_most)


def closes_at_when_opened(opens_at: datetime, closes_at: datetime, now: datetime) -> datetime:
    """When voting closes if it opens now: the length promised holds though the clock came late."""
    return closes_at if now - opens_at <= LATENESS_BORNE else now + (closes_at - opens_at)


def reminder_at(opens_at: datetime, closes_at: datetime) -> datetime:
    """When those who have not voted are told: a day before the close, or later for a short vote."""
    return closes_at - min(REMINDER_LEAD, (closes_at - opens_at) / REMINDER_SHARE)
