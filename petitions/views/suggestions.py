"""Suggestions: asked for, made for one passage, taken in or declined."""

from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from accounts.identity import me
from accounts.models import User
from core import clock
from core.database import get_db
from core.errors import NotAllowed, RuleBroken
from core.fields import refuse
from core.paging import cut, read_place
from petitions import drafting, rules, suggestions, versions
from petitions.forms.suggestions import (
    PASSAGE_NAMES,
    AcceptForm,
    LineForm,
    ReasonForm,
    words_form,
)
from petitions.queries import Shown
from petitions.suggestions import Unchanged
from petitions.versions import StaleEdit
from petitions.views.blueprint import Page, bp, done, find, is_author, spend_on_post, to
from petitions.views.late import too_late
from petitions.writing_models import Passage, Suggestion, SuggestionState
from voting import differences

PER_PERSON = "20/hour;100/day"

#: state -> (word, tone) of its pill
SUGGESTION_PILLS = {
    SuggestionState.OPEN: ("Waits for an answer", "warn"),
    SuggestionState.ACCEPTED: ("Taken in", "good"),
    SuggestionState.DECLINED: ("Declined", "quiet"),
    SuggestionState.WITHDRAWN: ("Taken back", "quiet"),
}


@bp.post("/petitions/<uuid:petition_id>/amendment/begin")
def begin_amendment(petition_id: UUID) -> Page:
    """Ask the members for other words."""
    return done(
        petition_id,
        PER_PERSON,
        "petitions.amendment",
        deed=drafting.ask_for_suggestions,
        said="Members are told, and may suggest other words now.",
    )


@bp.post("/petitions/<uuid:petition_id>/amendment/end")
def end_amendment(petition_id: UUID) -> Page:
    """Take no more suggestions."""
    return done(
        petition_id,
        PER_PERSON,
        "petitions.amendment",
        deed=drafting.end_amendment,
        said="It takes no more suggestions. Those without an answer still wait for yours.",
    )


@bp.route(
    "/petitions/<uuid:petition_id>/suggest/<any(title,request,background,further):passage>",
    methods=["GET", "POST"],
)
def suggest(petition_id: UUID, passage: str) -> Page:
    """Offer other words for one passage."""
    spend_on_post(PER_PERSON, "petitions.suggest")
    db = get_db()
    shown = find(db, petition_id)
    petition, about = shown.petition, Passage(passage)
    if not rules.can_suggest(petition.state, shown.role):
        return _not_taken(shown)
    form = words_form(about, versions.text_of(petition, about), petition.version)
    if not form.validate_on_submit():
        return _suggest_page(form, shown, about), 422 if form.is_submitted() else 200
    try:
        made = suggestions.suggest(
            db,
            petition,
            about,
            after=form.after.data or "",
            reason=form.reason.data or "",
            seen_version=form.seen_version(),
            actor=me(),
            now=clock.now(),
        )
    except StaleEdit as stale:
        db.rollback()
        return _fit(form, find(db, petition_id), about, str(stale)), 409
    except Unchanged as refused:
        refuse(form.after, str(refused))
        return _suggest_page(form, shown, about), 422
    except NotAllowed:  # it takes no more suggestions since a moment ago
        db.rollback()
        return _not_taken(find(db, petition_id))
    except RuleBroken as refused:
        form.form_errors.append(str(refused))
        return _suggest_page(form, shown, about), refused.status
    db.commit()
    flash("Your words are suggested. Who drafted the petition is told.", "good")
    return _to(made)


def _not_taken(shown: Shown) -> Page:
    """Members get back what they typed. Raises NotAllowed for all else."""
    if request.method != "POST" or shown.role is None:
        raise NotAllowed("Members suggest other words while the guild amends the draft.")
    typed = {"after": "The words you suggest", "reason": "Why they are better"}
    return too_late(shown, "It takes no more suggestions since a moment ago.", typed)


def _fit(form: LineForm, shown: Shown, about: Passage, said: str) -> str:
    """Both texts side by side; the form holds both changes where they fit together."""
    db, petition = get_db(), shown.petition
    kept, typed = versions.text_of(petition, about), form.after.data or ""
    base = versions.passage_at(db, petition, about, form.seen_version())
    joined = differences.merged(base, kept, typed) if base is not None else None
    form.after.data = joined or typed
    form.seen.data = str(petition.version)
    parts = differences.words(kept, typed)
    return _suggest_page(form, shown, about, conflict=said, parts=parts)


def _suggest_page(form: LineForm, shown: Shown, about: Passage, **more: Any) -> str:
    return render_template(
        "petitions/suggest.html",
        form=form,
        petition=shown.petition,
        guild=shown.guild,
        role=shown.role,
        passage_name=PASSAGE_NAMES[about],
        before=versions.text_of(shown.petition, about),
        **more,
    )


@bp.get("/petitions/<uuid:petition_id>/suggestions")
def all_suggestions(petition_id: UUID) -> Page:
    """Every suggestion ever made for a petition, and what became of it; for the guild's members."""
    db = get_db()
    shown = find(db, petition_id)
    if shown.role is None:
        abort(404)
    before = read_place(request.args.get("before"))
    found = suggestions.every(db, petition_id, before=before)
    rows, place = cut(found, suggestions.PAGE, lambda row: (row[0].suggested_at, row[0].id))
    further = url_for("petitions.all_suggestions", petition_id=petition_id, before=place)
    return render_template(
        "petitions/suggestions.html",
        petition=shown.petition,
        guild=shown.guild,
        role=shown.role,
        rows=rows,
        passages=PASSAGE_NAMES,
        pills=SUGGESTION_PILLS,
        next_url=further if place else None,
        is_first=before is None,
    )


@bp.get("/petitions/<uuid:petition_id>/suggestions/<uuid:suggestion_id>")
def suggestion(petition_id: UUID, suggestion_id: UUID) -> Page:
    """One suggestion: what it changes and why, and what became of it."""
    return _page(*_find(petition_id, suggestion_id))


def _page(shown: Shown, found: Suggestion, **more: Any) -> str:
    db, petition = get_db(), shown.petition
    is_open = found.state is SuggestionState.OPEN
    can_decide = is_open and rules.can_edit(petition.state, shown.role, is_author=is_author(shown))
    now_there = versions.text_of(petition, found.passage)
    fitted = suggestions.fitted(found, petition)
    shows = {
        "accept_form": AcceptForm(formdata=None, data={"seen": str(petition.version)}),
        "decline_form": ReasonForm(formdata=None),
        "conflict": "",
    }
    return render_template(
        "petitions/suggestion.html",
        petition=petition,
        guild=shown.guild,
        role=shown.role,
        suggestion=found,
        author=db.get(User, found.author_id) if found.author_id else None,
        decider=db.get(User, found.decided_by) if found.decided_by else None,
        pill=SUGGESTION_PILLS[found.state],
        passage_name=PASSAGE_NAMES[found.passage],
        changes=differences.words(found.before, found.after),
        is_older=is_open and now_there != found.before,
        fits=fitted is not None,
        both=differences.words(now_there, fitted if fitted is not None else found.after),
        can_decide=can_decide,
        can_take_back=is_open and found.author_id == me().id,
        **(shows | more),
    )


@bp.post("/petitions/<uuid:petition_id>/suggestions/<uuid:suggestion_id>/accept")
def accept_suggestion(petition_id: UUID, suggestion_id: UUID) -> Page:
    """Take it into the text."""
    spend_on_post(PER_PERSON, "petitions.settle")
    shown, found = _find(petition_id, suggestion_id)
    form, db = AcceptForm(), get_db()
    if not form.validate_on_submit():
        return _page(shown, found, accept_form=form), 422
    try:
        suggestions.accept(
            db,
            found,
            seen_version=form.seen_version(),
            reason=form.why(),
            actor=me(),
            now=clock.now(),
        )
    except StaleEdit as stale:
        db.rollback()
        shown, found = _find(petition_id, suggestion_id)
        return _page(shown, found, conflict=str(stale)), 409
    db.commit()
    flash(f"It is in: the text is version {shown.petition.version} now.", "good")
    return to(shown.petition)


@bp.post("/petitions/<uuid:petition_id>/suggestions/<uuid:suggestion_id>/decline")
def decline_suggestion(petition_id: UUID, suggestion_id: UUID) -> Page:
    """Say no to it, and why."""
    spend_on_post(PER_PERSON, "petitions.settle")
    shown, found = _find(petition_id, suggestion_id)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _page(shown, found, decline_form=form), 422
    db = get_db()
    suggestions.decline(db, found, reason=form.why(), actor=me(), now=clock.now())
    db.commit()
    flash("You declined it. Who suggested it is told.", "good")
    return _to(found)


@bp.post("/petitions/<uuid:petition_id>/suggestions/<uuid:suggestion_id>/withdraw")
def withdraw_suggestion(petition_id: UUID, suggestion_id: UUID) -> Page:
    """Take my suggestion back."""
    spend_on_post(PER_PERSON, "petitions.settle")
    _, found = _find(petition_id, suggestion_id)
    db = get_db()
    suggestions.take_back(db, found, actor=me(), now=clock.now())
    db.commit()
    flash("Your suggestion is taken back.", "good")
    return _to(found)


def _find(petition_id: UUID, suggestion_id: UUID) -> tuple[Shown, Suggestion]:
    """A suggestion for a petition of my guild; for everyone else nothing is here."""
    db = get_db()
    shown = find(db, petition_id)
    found = suggestions.get_suggestion(db, petition_id, suggestion_id)
    if found is None or shown.role is None:
        abort(404)
    return shown, found


def _to(found: Suggestion) -> Response:
    path = url_for("petitions.suggestion", petition_id=found.petition_id, suggestion_id=found.id)
    return redirect(path, 303)
