"""Writing a petition: begun, changed, put before the guild, drafted again, withdrawn."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

import institutions.services
from accounts.identity import me
from core import clock
from core.database import get_db
from core.errors import NotAllowed
from core.fields import Form, refuse
from core.rates import spend
from guilds.charter import DecisionKind, DecisionRule
from guilds.charter_words import rule_in_words
from guilds.models import Guild, Role
from guilds.queries import get_guild, stuck
from petitions import conflicts, drafting, likeness, queries, rules, suggestions
from petitions.forms.drafts import NEW, DraftForm, facts_of
from petitions.forms.suggestions import PutForm
from petitions.life import TooLate
from petitions.models import Petition, PetitionState
from petitions.queries import Shown
from petitions.versions import StaleEdit
from petitions.views.blueprint import (
    PILLS,
    Page,
    asked,
    bp,
    done,
    find,
    is_author,
    spend_on_post,
    to,
)
from petitions.views.late import too_late
from voting.queries import rule_in_force

PER_PERSON = "20/hour;100/day"
#: as adding one on its own page
PER_ADDER = "10/hour;30/day"


@bp.route("/guilds/<slug>/petitions/new", methods=["GET", "POST"])
def new(slug: str) -> Page:
    """Begin a petition."""
    spend_on_post(PER_PERSON, "petitions.draft")
    _spend_on_institution()
    db = get_db()
    found = get_guild(db, slug, me())
    if found is None:
        abort(404)
    guild, role = found
    if not rules.can_draft(role):
        raise NotAllowed("Only members of the guild draft its petitions.")
    form = DraftForm().offer(queries.institution_choices(db))
    if not form.validate_on_submit():
        return _form_page(form, guild, role), 422 if form.is_submitted() else 200
    petition = drafting.draft_petition(
        db,
        guild,
        actor=me(),
        draft=form.draft(_added(db, form)),
        now=clock.now(),
    )
    db.commit()
    flash("The draft is kept. Only your guild sees it.", "good")
    return to(petition)


@bp.route("/petitions/<uuid:petition_id>/edit", methods=["GET", "POST"])
def edit(petition_id: UUID) -> Page:
    """Change a draft."""
    spend_on_post(PER_PERSON, "petitions.edit")
    _spend_on_institution()
    db = get_db()
    shown = find(db, petition_id)
    petition = shown.petition
    if not rules.can_edit(petition.state, shown.role, is_author=is_author(shown)):
        return _not_kept(shown)
    choices = queries.institution_choices(db, petition.institution_id)
    form = DraftForm(data=facts_of(petition)).offer(choices)
    if not form.validate_on_submit():
        page = _form_page(form, shown.guild, shown.role, petition)
        return page, 422 if form.is_submitted() else 200
    seen = form.seen_version()
    try:
        drafting.edit_petition(
            db,
            petition,
            actor=me(),
            draft=form.draft(_added(db, form)),
            version=seen,
            now=clock.now(),
        )
    except StaleEdit as stale:
        db.rollback()
        return _both_texts(db, form, petition_id, seen, str(stale)), 409
    except NotAllowed:  # it was put a moment ago
        db.rollback()
        return _not_kept(find(db, petition_id))
    db.commit()
    flash("The draft is changed.", "good")
    return to(petition)


def _not_kept(shown: Shown) -> Page:
    """Whoever looks after it gets back what was typed. Raises NotAllowed for all else."""
    is_responsible = rules.is_responsible(shown.role, is_author=is_author(shown))
    if request.method != "POST" or not is_responsible:
        raise NotAllowed("Only a draft can be changed, by its author or an organiser.")
    labels = {passage.value: label for passage, label in conflicts.LABELS.items()}
    return too_late(shown, "It was put before the guild or given up while you wrote.", labels)


def _added(db: Session, form: DraftForm) -> UUID | None:
    """The institution named in the form, added unless it is here already; None: one was chosen."""
    if not form.adds_institution:
        return None
    institution, _ = institutions.services.add_institution(
        db, form.added.form.facts(), actor=me(), now=clock.now()
    )
    return institution.id


def _both_texts(db: Session, form: DraftForm, petition_id: UUID, seen: int, said: str) -> str:
    """What is kept and what was typed side by side; the form holds both where they do not clash.

    Keeping the form again replaces the newer text, which its writer has seen by then.
    """
    shown = find(db, petition_id)
    names = {str(key): str(name) for key, name, *_ in form.institution.iter_choices()}
    found = conflicts.compare(db, shown.petition, shown.institution.name, form, seen, names)
    for name, text in found.joined.items():
        form[name].data, form[name].raw_data = text, None
    form.version.data = str(shown.petition.version)
    return _form_page(form, shown.guild, shown.role, shown.petition, conflict=said, differing=found)


def _form_page(
    form: DraftForm,
    guild: Guild,
    role: Role | None,
    petition: Petition | None = None,
    **more: object,
) -> str:
    return render_template(
        "petitions/new.html",
        form=form,
        guild=guild,
        role=role,
        petition=petition,
        new_one=NEW,
        **more,
    )


@bp.get("/guilds/<slug>/petitions/similar")
def similar(slug: str) -> Page:
    """Petitions that ask much the same as a title, as a piece of a page; not the one ?besides=."""
    db = get_db()
    found = get_guild(db, slug, me())
    if found is None or not rules.can_draft(found[1]):
        abort(404)
    title, besides = request.args.get("title", "")[:300], request.args.get("besides", "")
    alike = [one for one in likeness.alike(db, found[0].id, title) if str(one.id) != besides]
    return render_template("petitions/_similar.html", alike=alike, pills=PILLS)


@bp.route("/petitions/<uuid:petition_id>/put", methods=["GET", "POST"])
def put(petition_id: UUID) -> Page:
    """Ask the guild to open it."""
    spend_on_post(PER_PERSON, "petitions.put")
    db = get_db()
    shown = find(db, petition_id)
    if (there := _put_before(shown)) is not None:
        return there
    rule = rule_in_force(db, shown.guild.id, DecisionKind.OPEN_PETITION)
    if not rules.can_put_before_guild(
        shown.petition.state, shown.role, rule, is_author=is_author(shown)
    ):
        raise NotAllowed("The charter does not let you put this petition before the guild.")
    form = PutForm(data={"seen": str(shown.petition.version)}).offer(rule)
    if not form.validate_on_submit():
        return _put_page(shown, form, rule), 422 if form.is_submitted() else 200
    try:
        proposal = drafting.put_before_guild(
            db,
            shown.petition,
            actor=me(),
            how=form.case(),
            now=clock.now(),
            version=form.seen_version(),
        )
    except TooLate as late:
        db.rollback()
        refuse(form.voting_length, str(late))
        return _put_page(find(db, petition_id), form, rule), 422
    except StaleEdit as stale:
        db.rollback()
        shown = find(db, petition_id)
        return _put_before(shown) or (_put_page(shown, form, rule, changed=str(stale)), 409)
    db.commit()
    flash("Your petition stands before the guild.", "good")
    return redirect(url_for("voting.detail", proposal_id=proposal.id), 303)


def _put_before(shown: Shown) -> Response | None:
    """Where the guild decides on it, if it was put already, perhaps by the first of two clicks."""
    petition = shown.petition
    if petition.state != PetitionState.BEFORE_GUILD or petition.proposal_id is None:
        return None
    return redirect(url_for("voting.detail", proposal_id=petition.proposal_id), 303)


def _put_page(shown: Shown, form: PutForm, rule: DecisionRule, changed: str = "") -> str:
    """changed: what to say if the text is not the one that was read; then it is read anew."""
    if changed:
        form.seen.data = str(shown.petition.version)
    return render_template(
        "petitions/put.html",
        petition=shown.petition,
        guild=shown.guild,
        role=shown.role,
        form=form,
        sentences=rule_in_words(rule),
        stuck=stuck(get_db(), shown.guild.id, rule, clock.now()),
        waiting=suggestions.open_count(get_db(), shown.petition.id),
        changed=changed,
    )


@bp.post("/petitions/<uuid:petition_id>/redraft")
def redraft(petition_id: UUID) -> Page:
    """Make a rejected petition a draft again."""
    return done(
        petition_id,
        PER_PERSON,
        "petitions.redraft",
        deed=drafting.redraft_petition,
        said="It is a draft again. Change it, then put it before the guild.",
    )


@bp.route("/petitions/<uuid:petition_id>/withdraw", methods=["GET", "POST"])
def withdraw(petition_id: UUID) -> Page:
    """Give a petition up: asks once."""
    shown = asked(
        petition_id,
        PER_PERSON,
        "petitions.withdraw",
        may=lambda shown: rules.can_withdraw(
            shown.petition.state, shown.role, is_author=is_author(shown)
        ),
        else_say="Only a draft is withdrawn, by its author or an organiser.",
    )
    petition, form, db = shown.petition, Form(), get_db()
    if not form.validate_on_submit():
        return render_template("petitions/withdraw.html", petition=petition, form=form)
    drafting.withdraw_petition(db, petition, actor=me(), now=clock.now())
    db.commit()
    flash("The petition is withdrawn.", "good")
    return redirect(url_for("petitions.of_guild", slug=shown.guild.slug), 303)


def _spend_on_institution() -> None:
    """Only what adds one costs: a form sent with its fields filled in."""
    if request.method == "POST" and request.form.get("added-name"):
        spend(PER_ADDER, "institutions.add", str(me().id))
