"""Writing a proposal: begun, kept as a draft, put before the guild, changed until voting."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from sqlmodel import Session

from accounts.identity import me
from core import clock
from core.database import get_db
from core.errors import NotAllowed, RuleBroken
from core.rates import spend
from guilds.charter import DecisionKind, DecisionRule
from guilds.charter_words import KIND_NAMES, rule_in_words
from guilds.models import Guild, Role
from guilds.queries import stuck
from voting import chains, queries, rules, services, writing
from voting.asking import choice_data
from voting.forms import ProposalForm, TextForm, length_chosen, length_typed
from voting.models import OPEN_STATES, Proposal, ProposalState
from voting.queries import Shown
from voting.question import Question
from voting.views.again import TYPED_KINDS, origin_of
from voting.views.blueprint import Page, bp, guild_of, proposal_of, url_of
from voting.views.desk import PER_PERSON
from voting.views.life import alike
from voting.views.reviews import review_at_of
from voting.views.stages import pill_of
from voting.views.terms import TermsPart, asks_to_look, is_whole, refitted, terms_part


@bp.route("/guilds/<slug>/decisions/new", methods=["GET", "POST"])
def new(slug: str) -> Page:
    """Write a proposal: put it before the guild, or keep it as a draft."""
    if request.method == "POST":
        spend(PER_PERSON, "voting.put", str(me().id))
    guild, role = guild_of(slug)
    db = get_db()
    origin = origin_of(db, guild, *TYPED_KINDS)
    kind = _kind(origin)
    rule = queries.rule_in_force(db, guild.id, kind)
    if not rules.can_propose(role, rule):
        raise NotAllowed("The charter does not let you put this kind of proposal.")
    known = _typed(replace(queries.question_of(db, origin), review_at=None)) if origin else None
    form = _form(guild, kind, rule, known)
    if _wants_rows(form):
        return _page(form, guild, role, kind, rule, origin=origin)
    asked = _read(form, kind, rule) if form.validate_on_submit() else None
    if asked is None:
        page = _page(form, guild, role, kind, rule, origin=origin)
        return page, 422 if form.is_submitted() else 200
    as_draft = request.form.get("deed") == "draft"
    begin = services.keep_draft if as_draft else services.put_proposal
    try:
        proposal = begin(db, guild, asked, actor=me(), now=clock.now())
    except RuleBroken as refused:
        return _refused(refused, form, guild, role, kind, rule, origin=origin)
    db.commit()
    said = "Your draft is kept. Only you see it." if as_draft else PUT
    flash(said, "good")
    return redirect(url_of(proposal), 303)


PUT = "Your proposal stands before the guild."


@bp.route("/decisions/<uuid:proposal_id>/edit", methods=["GET", "POST"])
def edit(proposal_id: UUID) -> Page:
    """Change my draft, or the text of my proposal."""
    if request.method == "POST":
        spend(PER_PERSON, "voting.edit", str(me().id))
    shown = proposal_of(proposal_id)
    if shown.proposal.author_id != me().id:
        raise NotAllowed("Only its author changes a proposal.")
    if shown.proposal.state == ProposalState.DRAFT:
        return _edit_draft(get_db(), shown)
    refusal = rules.rewriting_refusal(shown.proposal)
    if refusal is not None:
        raise RuleBroken(refusal)
    return _edit_text(get_db(), shown)


def _edit_draft(db: Session, shown: Shown) -> Page:
    draft, guild, role = shown
    before = queries.question_of(db, draft)
    kind = before.kind
    rule = queries.rule_in_force(db, guild.id, kind)
    form = _form(guild, kind, rule, {**_typed(before), "seen": draft.put_at.isoformat()})
    if _wants_rows(form):
        return _page(form, guild, role, kind, rule, draft=draft)
    asked = _read(form, kind, rule, before) if form.validate_on_submit() else None
    if asked is None:
        page = _page(form, guild, role, kind, rule, draft=draft)
        return page, 422 if form.is_submitted() else 200
    now = clock.now()
    try:
        services.edit_draft(db, draft, asked, seen_at=_seen_at(form), actor=me(), now=now)
        if request.form.get("deed") == "put":
            services.put_draft(db, draft, actor=me(), now=now)
    except writing.StaleEdit as stale:
        db.rollback()
        theirs = proposal_of(draft.id).proposal
        form.seen.data = theirs.put_at.isoformat()
        more = {"draft": theirs, "theirs": theirs, "conflict": str(stale)}
        return _page(form, guild, role, kind, rule, **more), 409
    except RuleBroken as refused:
        return _refused(refused, form, guild, role, kind, rule, draft=draft)
    db.commit()
    flash(PUT if draft.state != ProposalState.DRAFT else "Your draft is kept.", "good")
    return redirect(url_of(draft), 303)


def _edit_text(db: Session, shown: Shown) -> Page:
    proposal = shown.proposal
    known = {"title": proposal.title, "text": proposal.text, "seen": str(proposal.version)}
    form, part = TextForm(data=known), terms_part(shown)
    if not rules.can_retitle(proposal):
        form.title.data = proposal.title
    if part and part.wants_rows():
        return _text_page(form, shown, part)
    if not is_whole(form, part):
        return _text_page(form, shown, part), 422 if form.is_submitted() else 200
    if part and asks_to_look():
        return _text_page(form, shown, part, **part.look(form))
    try:
        writing.edit_text(
            db,
            proposal,
            title=form.title.data or "",
            text=form.text.data or "",
            terms=part.typed() if part else None,
            seen_version=form.seen_version(),
            actor=me(),
            now=clock.now(),
        )
    except NotAllowed:
        raise
    except writing.StaleEdit as stale:
        db.rollback()
        return _stale_page(form, part, proposal_of(proposal.id), str(stale)), 409
    except RuleBroken as refused:
        db.rollback()
        form.form_errors.append(str(refused))
        return _text_page(form, proposal_of(proposal.id), part), refused.status
    db.commit()
    flash("The proposal is changed. Earlier versions stay readable.", "good")
    return redirect(url_of(proposal, _anchor="proposed"), 303)


def _stale_page(form: TextForm, part: TermsPart | None, shown: Shown, conflict: str) -> str:
    """The form again, with what was typed, beside the text that came between."""
    if 0 < form.seen_version() < shown.proposal.version:
        part = refitted(shown, part, form.seen_version())
    form.seen.data = str(shown.proposal.version)
    return _text_page(form, shown, part, theirs=shown.proposal, conflict=conflict)


@bp.post("/decisions/<uuid:proposal_id>/put")
def put(proposal_id: UUID) -> Page:
    """Put my draft before the guild as it is."""
    spend(PER_PERSON, "voting.put", str(me().id))
    draft = proposal_of(proposal_id).proposal
    db = get_db()
    services.put_draft(db, draft, actor=me(), now=clock.now())
    db.commit()
    if draft.state in OPEN_STATES:
        flash(PUT, "good")
    return redirect(url_of(draft), 303)


@bp.route("/decisions/<uuid:proposal_id>/delete", methods=["GET", "POST"])
def delete(proposal_id: UUID) -> Page:
    """Ask once, then delete my draft."""
    if request.method == "POST":
        spend(PER_PERSON, "voting.delete", str(me().id))
    draft, guild, role = proposal_of(proposal_id)
    refusal = rules.drafting_refusal(draft.state)
    if refusal is not None:
        raise RuleBroken(refusal)
    if request.method == "POST":
        db = get_db()
        services.delete_draft(db, draft, actor=me())
        db.commit()
        flash("Your draft is deleted.", "good")
        return redirect(url_for("voting.index", slug=guild.slug), 303)
    return render_template("voting/delete.html", proposal=draft, guild=guild, role=role)


@bp.get("/guilds/<slug>/decisions/similar")
def similar(slug: str) -> Page:
    """What this guild was asked before in much the same words, as a piece of a page."""
    guild, _ = guild_of(slug)
    title = request.args.get("title", "")[:300]
    found = alike(get_db(), guild.id, title)
    return render_template("voting/_similar.html", alike=found, pill_of=pill_of)


def _kind(origin: Proposal | None) -> DecisionKind:
    asked = request.args.get("kind") or (origin.kind if origin else "")
    return next((kind for kind in TYPED_KINDS if kind == asked), DecisionKind.RESOLUTION)


def _form(
    guild: Guild, kind: DecisionKind, rule: DecisionRule, known: dict[str, Any] | None
) -> ProposalForm:
    """The form of this kind under its rule. known: what stands in it before anything is typed."""
    if known is None and kind == DecisionKind.SPEND:
        known = {"currency": queries.last_currency(get_db(), guild.id)}
    form = ProposalForm(data=known).offer(rule)
    form.offer_methods(
        kind, rule, lambda handles: queries.members_called(get_db(), guild.id, handles)
    )
    return form


def _wants_rows(form: ProposalForm) -> bool:
    """Whether the button for more options was pressed; they are there then, nothing is refused."""
    wanted = form.is_submitted() and request.form.get("deed") == "rows"
    if wanted:
        form.add_rows()
    return wanted


def _typed(question: Question) -> dict[str, Any]:
    """A question as its form shows it."""
    zone = ZoneInfo(me().time_zone)
    return {
        "title": question.title,
        "text": question.text,
        "topic": question.topic,
        "voting_length": length_typed(question.voting_length),
        "review_on": question.review_at.astimezone(zone).date() if question.review_at else None,
        **choice_data(question),
    }


def _read(
    form: ProposalForm, kind: DecisionKind, rule: DecisionRule, before: Question | None = None
) -> Question | None:
    """What was typed; None if a date is refused beside its field. before: the draft as it was."""
    length = length_chosen(form.voting_length.data)
    typed = Question(
        kind=kind,
        title=form.title.data or "",
        text=form.text.data or "",
        voting_length=length,
        topic=form.topic.data or "",
        **form.choice,
        review_at=review_at_of(form, clock.now() + rule.deliberation + length),
    )
    if form.errors:
        return None
    if before is None or kind == DecisionKind.ELECT:  # what it gives is typed here too
        return typed
    return replace(typed, subject_id=before.subject_id, deed=before.deed)


def _seen_at(form: ProposalForm) -> datetime | None:
    """When the draft was last touched as the person saw it; None for what is no time."""
    try:
        return datetime.fromisoformat(str(form.seen.data or ""))
    except ValueError:
        return None


def _refused(refused: RuleBroken, form: ProposalForm, *page: Any, **more: Any) -> Page:
    """The form with all that was typed and the reason on top; nothing was changed."""
    if isinstance(refused, NotAllowed):
        raise refused
    get_db().rollback()
    form.form_errors.append(str(refused))
    return _page(form, *page, **more), refused.status


def _page(
    form: ProposalForm,
    guild: Guild,
    role: Role,
    kind: DecisionKind,
    rule: DecisionRule,
    **more: Any,
) -> str:
    return render_template(
        "voting/new.html",
        form=form,
        guild=guild,
        role=role,
        kind=kind,
        kind_name=KIND_NAMES[kind],
        sentences=rule_in_words(rule),
        stuck=stuck(get_db(), guild.id, rule, clock.now()),
        opens_at_once=not (rule.deliberation or rule.supporters),
        topics=chains.topics(get_db(), guild.id),
        **more,
    )


def _text_page(form: TextForm, shown: Shown, part: TermsPart | None, **more: Any) -> str:
    return render_template(
        "voting/edit.html",
        form=form,
        terms=part,
        proposal=shown.proposal,
        guild=shown.guild,
        role=shown.role,
        free_title=rules.can_retitle(shown.proposal),
        **more,
    )
