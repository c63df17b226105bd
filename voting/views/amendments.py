"""Amendments: offered, spoken for and against, taken in or declined."""

from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from accounts.identity import me
from accounts.models import User
from core import clock
from core.database import get_db
from core.errors import NotAllowed, RuleBroken
from core.rates import spend
from guilds.charter import DecisionKind
from guilds.charter_diff import Change
from voting import amending, amendments, differences, rules, substance
from voting.debate_models import Amendment
from voting.forms import AmendmentForm, DeclineForm
from voting.models import Proposal
from voting.queries import Shown
from voting.views.blueprint import Page, bp, proposal_of, url_of
from voting.views.life import AMENDMENT_PILLS
from voting.views.terms import TermsPart, asks_to_look, is_whole, refitted, terms_part
from voting.writing import StaleEdit

PER_PERSON = "20/hour;80/day"
#: people named as for or against an amendment
NAMED = 200
#: what a voice says -> what it is kept as
VOICES = {"for": True, "against": False, "none": None}


@bp.route("/decisions/<uuid:proposal_id>/amendments/new", methods=["GET", "POST"])
def new_amendment(proposal_id: UUID) -> Page:
    """Offer another text for a proposal of my guild."""
    if request.method == "POST":
        spend(PER_PERSON, "voting.amend", str(me().id))
    shown, db = proposal_of(proposal_id), get_db()
    proposal = shown.proposal
    refusal = rules.amending_refusal(
        proposal,
        is_author=proposal.author_id == me().id,
        count=amendments.count(db, proposal.id),
    )
    if refusal is not None:
        raise RuleBroken(refusal)
    begun = _begun(db, proposal)
    form, part = AmendmentForm(data=begun), terms_part(shown, begun.pop("terms"))
    if part and part.wants_rows():
        return _form_page(form, shown, part)
    if not is_whole(form, part):
        return _form_page(form, shown, part), 422 if form.is_submitted() else 200
    if part and asks_to_look():
        return _form_page(form, shown, part, **part.look(form))
    try:
        amendment = amending.propose_amendment(
            db,
            proposal,
            text=form.text.data or "",
            terms=part.typed() if part else None,
            reason=form.reason.data or "",
            base_version=form.seen_version(),
            actor=me(),
            now=clock.now(),
        )
    except NotAllowed:
        raise
    except StaleEdit as stale:
        db.rollback()
        return _fit(form, part, proposal_of(proposal_id), str(stale)), 409
    except RuleBroken as refused:
        db.rollback()
        form.form_errors.append(str(refused))
        return _form_page(form, proposal_of(proposal_id), part), refused.status
    db.commit()
    flash("Your amendment stands beside the proposal. Its author is told.", "good")
    return _to(amendment)


def _earlier(db: Session, proposal: Proposal) -> Amendment | None:
    """The amendment to write again, if the address names one of this proposal."""
    try:
        wanted = UUID(request.args.get("from", ""))
    except ValueError:
        return None
    return amendments.get(db, proposal.id, wanted)


def _begun(db: Session, proposal: Proposal) -> dict[str, Any]:
    """What the form begins from: the proposal, with an earlier amendment in it if it fits."""
    known = {"text": proposal.text, "seen": str(proposal.version), "terms": None}
    earlier = _earlier(db, proposal)
    if earlier is None:
        return known
    fitted = amending.fit(db, earlier, proposal) or amending.Fitted(earlier.text, earlier.terms)
    return {**known, "text": fitted.text, "terms": fitted.terms, "reason": earlier.reason}


def _fit(form: AmendmentForm, part: TermsPart | None, shown: Shown, conflict: str) -> str:
    """The form again after the text changed: what was typed, fitted onto the new text if it can."""
    proposal, base_version = shown.proposal, form.seen_version()
    fitted = None
    if 0 < base_version < proposal.version:
        base = amendments.text_of_version(get_db(), proposal.id, base_version)
        fitted = differences.merged(base, proposal.text, form.text.data or "")
        part = refitted(shown, part, base_version)
    form.text.data = fitted or form.text.data
    form.seen.data = str(proposal.version)
    more = {"theirs": proposal, "conflict": conflict, "is_fitted": bool(fitted)}
    return _form_page(form, shown, part, **more)


def _form_page(form: AmendmentForm, shown: Shown, part: TermsPart | None, **more: Any) -> str:
    return render_template(
        "voting/new_amendment.html",
        form=form,
        terms=part,
        proposal=shown.proposal,
        guild=shown.guild,
        role=shown.role,
        **more,
    )


@bp.get("/decisions/<uuid:proposal_id>/amendments/<uuid:amendment_id>")
def amendment(proposal_id: UUID, amendment_id: UUID) -> Page:
    """One amendment: what it changes and why, who is for it, what became of it."""
    return _page(*_find(proposal_id, amendment_id))


def _page(shown: Shown, found: Amendment, form: DeclineForm | None = None) -> str:
    db, proposal = get_db(), shown.proposal
    base = amendments.text_of_version(db, proposal.id, found.base_version)
    is_older = found.base_version != proposal.version
    pending = found.state in amendments.PENDING and rules.amendable_refusal(proposal) is None
    voice = amendments.voice_of(db, found.id, me().id)
    fits = amending.fit(db, found, proposal) is not None
    return render_template(
        "voting/amendment.html",
        proposal=proposal,
        guild=shown.guild,
        role=shown.role,
        amendment=found,
        author=db.get(User, found.author_id) if found.author_id else None,
        pill=AMENDMENT_PILLS[found.state],
        changes=differences.words(base, found.text) if found.text != base else [],
        terms_changes=_terms_changes(db, shown, found),
        fits=fits,
        is_older=is_older,
        is_pending=pending,
        is_author=proposal.author_id == me().id,
        is_mine=found.author_id == me().id,
        voice=voice.is_for if voice else None,
        voices=amendments.voices(db, found.id, NAMED),
        voices_needed=_voices_needed(shown),
        asks_again=rules.asks_again_at_once(proposal),
        form=form or DeclineForm(formdata=None),
    )


def _terms_changes(db: Session, shown: Shown, found: Amendment) -> list[Change]:
    if found.terms is None:
        return []
    base = substance.terms_of_version(db, shown.proposal, found.base_version)
    return substance.changes(base, found.terms, of_people=shown.proposal.kind == DecisionKind.ELECT)


def _voices_needed(shown: Shown) -> int:
    """As many as there would have to be if voting opened now."""
    voters = amendments.voters_now(get_db(), shown.proposal, clock.now())
    tally = shown.proposal.tally._replace(electorate=voters, members=shown.guild.member_count)
    return rules.voices_needed(tally, shown.proposal.decision_rule)


@bp.post("/decisions/<uuid:proposal_id>/amendments/<uuid:amendment_id>/voice")
def speak(proposal_id: UUID, amendment_id: UUID) -> Page:
    """Be for or against it, or neither any more."""
    spend("30/minute;300/hour", "voting.speak", str(me().id))
    _, found = _find(proposal_id, amendment_id)
    said = request.form.get("voice", "")
    if said not in VOICES:
        raise RuleBroken("Say whether you are for or against it.")
    db = get_db()
    amending.speak(db, found, actor=me(), is_for=VOICES[said], now=clock.now())
    db.commit()
    flash({"for": "You are for it.", "against": "You are against it."}.get(said, "Taken back."))
    return _to(found)


@bp.post("/decisions/<uuid:proposal_id>/amendments/<uuid:amendment_id>/accept")
def accept(proposal_id: UUID, amendment_id: UUID) -> Page:
    """Take it into my proposal."""
    spend(PER_PERSON, "voting.settle", str(me().id))
    shown, found = _find(proposal_id, amendment_id)
    db = get_db()
    amending.accept(db, found, actor=me(), now=clock.now())
    db.commit()
    flash(f"It is in: the text is version {shown.proposal.version} now.", "good")
    return redirect(url_of(shown.proposal, _anchor="proposed"), 303)


@bp.post("/decisions/<uuid:proposal_id>/amendments/<uuid:amendment_id>/decline")
def decline(proposal_id: UUID, amendment_id: UUID) -> Page:
    """Say no to it, and why."""
    spend(PER_PERSON, "voting.settle", str(me().id))
    shown, found = _find(proposal_id, amendment_id)
    form = DeclineForm()
    if not form.validate_on_submit():
        return _page(shown, found, form), 422
    db = get_db()
    amending.decline(db, found, actor=me(), answer=form.answer.data or "", now=clock.now())
    db.commit()
    flash("You declined it. Who wrote it is told.", "good")
    return _to(found)


@bp.post("/decisions/<uuid:proposal_id>/amendments/<uuid:amendment_id>/withdraw")
def withdraw_amendment(proposal_id: UUID, amendment_id: UUID) -> Page:
    """Take my amendment back."""
    spend(PER_PERSON, "voting.settle", str(me().id))
    _, found = _find(proposal_id, amendment_id)
    db = get_db()
    amending.withdraw(db, found, actor=me(), now=clock.now())
    db.commit()
    flash("Your amendment is taken back.", "good")
    return _to(found)


def _find(proposal_id: UUID, amendment_id: UUID) -> tuple[Shown, Amendment]:
    """An amendment of a proposal of my guild; for everyone else nothing is here."""
    shown = proposal_of(proposal_id)
    found = amendments.get(get_db(), proposal_id, amendment_id)
    if found is None:
        abort(404)
    return shown, found


def _to(found: Amendment) -> Response:
    path = url_for("voting.amendment", proposal_id=found.proposal_id, amendment_id=found.id)
    return redirect(path, 303)
