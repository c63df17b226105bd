"""The page of one proposal: what it asks, how it stands, my ballot, the debate, the result."""

from datetime import datetime
from typing import Any

from flask import render_template
from sqlmodel import Session

from accounts.identity import me
from accounts.models import User
from core import clock
from core.database import get_db
from guilds.charter import DecisionKind, Method
from guilds.charter_words import KIND_NAMES, METHOD_NAMES, rule_in_words
from guilds.queries import stuck
from voting import ballots, consenting, queries, rules, verdicts
from voting.forms import BallotForm, CommentForm, HolderOnForm
from voting.models import DECIDED_STATES, Choice, Proposal, ProposalState
from voting.queries import Shown
from voting.round_forms import AnswerForm
from voting.views.boxes import box_of
from voting.views.chains import delegation_of
from voting.views.charters import amendment_of
from voting.views.circle import circle_of
from voting.views.deeds import deed_of
from voting.views.life import life_of
from voting.views.memberships import person_of
from voting.views.papers import Sheet, ballot_of
from voting.views.stages import pill_of, stages_of
from voting.views.talk import debate_of

#: what a kind of decision acts on -> the kind of subject that subject_url knows
SUBJECT_KINDS = {
    DecisionKind.OPEN_PETITION.value: "petition",
    DecisionKind.EVENT.value: "event",
    DecisionKind.BILL_STANCE.value: "bill",
}


def may_withdraw(shown: Shown) -> bool:
    proposal = shown.proposal
    return rules.can_withdraw(
        proposal.state,
        shown.role,
        is_author=proposal.author_id == me().id,
        ballot_count=proposal.ballot_count,
        is_secret=proposal.decision_rule.is_secret,
    )


def detail_page(
    shown: Shown,
    *,
    ballot_form: BallotForm | None = None,
    comment_form: CommentForm | None = None,
    sheet: Sheet | None = None,
    answer_form: AnswerForm | None = None,
    holder_form: HolderOnForm | None = None,
) -> str:
    """The page of a proposal, with a form that came back with errors in its place."""
    db, proposal, now = get_db(), shown.proposal, clock.now()
    mine = ballots.my_ballot(db, proposal, me().id)
    seat = queries.elector(db, proposal.id, me().id)
    return render_template(
        "voting/detail.html",
        proposal=proposal,
        guild=shown.guild,
        role=shown.role,
        author=db.get(User, proposal.author_id) if proposal.author_id else None,
        pill=pill_of(proposal),
        subject_kind=SUBJECT_KINDS.get(proposal.kind),
        **_rule_of(db, proposal, now),
        stages=stages_of(proposal),
        standing=_standing(proposal),
        refusal=rules.vote_refusal(
            proposal.state, proposal.closes_at, now, is_elector=seat is not None, is_member=True
        ),
        can_comment=rules.can_comment(proposal.state, shown.role),
        can_withdraw=may_withdraw(shown),
        ballot_form=ballot_form or BallotForm(formdata=None, choice=mine.marks if mine else None),
        choice_hints={Choice.ABSTAIN.value: verdicts.abstaining(proposal.decision_rule)},
        comment_form=comment_form or CommentForm(formdata=None),
        **ballot_of(db, proposal, mine=mine, sheet=sheet),
        box=box_of(db, proposal, seat),
        circle=circle_of(db, shown, mine=mine, form=answer_form),
        **debate_of(db, proposal),
        **deed_of(shown),
        **amendment_of(shown),
        **person_of(shown),
        **delegation_of(shown, mine=mine, form=holder_form),
        life=life_of(db, shown, now),
        pill_of=pill_of,
        supporters_needed=proposal.decision_rule.supporters,
    )


def _rule_of(db: Session, proposal: Proposal, now: datetime) -> dict[str, Any]:
    """The charter's rule as it holds for this proposal, whose method is chosen."""
    rule = proposal.decision_rule
    return {
        "kind_name": KIND_NAMES[DecisionKind(proposal.kind)],
        "method_name": METHOD_NAMES[proposal.method],
        "charter_number": queries.charter_number(db, proposal),
        "sentences": rule_in_words(rule.model_copy(update={"methods": (proposal.method,)})),
        "stuck": stuck(db, proposal.guild_id, rule, now)
        if proposal.state == ProposalState.DRAFT  # later all members come, and it counts them
        else (),
    }


def _standing(proposal: Proposal) -> dict[str, Any] | None:
    """The count in sentences and numbers; None before voting opened."""
    if proposal.electorate_count is None:
        return None
    tally, rule = proposal.tally, proposal.decision_rule
    is_open = proposal.state == ProposalState.VOTING
    is_hidden = rule.is_secret and proposal.state not in DECIDED_STATES
    if is_hidden and not is_open:  # called off: what lay in the box is nobody's to know
        return None
    if proposal.state in DECIDED_STATES:
        sentences = verdicts.result_in_words(proposal)
    else:
        sentences = [verdicts.turnout_in_words(tally, rule, is_open=is_open)]
        if is_hidden:
            sentences.append("What was voted is known at the close and not before")
        elif proposal.method == Method.MAJORITY:
            sentences.append(verdicts.threshold_in_numbers(tally, rule, is_open=is_open))
        elif proposal.method == Method.CONSENT:
            sentences.append(consenting.tally_in_words(tally))
        else:
            sentences.append("What that comes to is counted at the close")
    return {
        "tally": tally,
        "needed": verdicts.ballots_needed(tally, rule),
        "turnout": sentences[0],
        "more": sentences[1:],
        "never": verdicts.never_counts(tally, rule) if is_open else None,
        "shows_turnout": not is_hidden or verdicts.turnout_is_shown(tally, rule),
        "shows_split": not is_hidden and (is_open or proposal.result is not None),
    }
