"""What a guild does with its petitions: draft, edit, put, draft again, withdraw."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from accounts.identity import me
from core import clock
from core.database import get_db
from core.errors import NotAllowed
from core.fields import Form
from core.rates import spend
from guilds.charter import Charter, DecisionKind, DecisionRule
from guilds.charter_words import rule_in_words
from guilds.models import Guild, Role
from guilds.queries import get_charter, get_guild
from petitions import drafting, queries, rules
from petitions.forms.drafts import DraftForm, PutForm, facts_of
from petitions.models import Petition
from petitions.queries import Shown
from petitions.versions import StaleEdit
from petitions.views.blueprint import Page, bp, find
from voting.forms import length_chosen

PER_PERSON = "20/hour;100/day"


@bp.route("/guilds/<slug>/petitions/new", methods=["GET", "POST"])
def new(slug: str) -> Page:
    """Begin a petition."""
    _spend("petitions.draft")
    db = get_db()
    found = get_guild(db, slug, me())
    if found is None:
        abort(404)
    guild, role = found
    if not rules.can_draft(role):
        raise NotAllowed("Only members of the guild draft its petitions.")
    institutions = queries.institution_choices(db)
    form = DraftForm().offer(institutions, added=request.args.get("institution"))
    if not form.validate_on_submit():
        return _form_page(form, guild, role), 422 if form.is_submitted() else 200
    petition = drafting.draft_petition(db, guild, actor=me(), draft=form.draft(), now=clock.now())
    db.commit()
    flash("The draft is kept. Only your guild sees it.", "good")
    return _to(petition)


@bp.route("/petitions/<uuid:petition_id>/edit", methods=["GET", "POST"])
def edit(petition_id: UUID) -> Page:
    """Change a draft."""
    _spend("petitions.edit")
    db = get_db()
    shown = find(db, petition_id)
    petition, who = shown.petition, _who(shown)
    if not rules.can_edit(petition.state, shown.role, is_author=who):
        raise NotAllowed("Only a draft can be changed, by its author or an organiser.")
    institutions = queries.institution_choices(db, petition.institution_id)
    form = DraftForm(data=facts_of(petition))
    form.offer(institutions, added=request.args.get("institution"))
    if not form.validate_on_submit():
        page = _form_page(form, shown.guild, shown.role, petition)
        return page, 422 if form.is_submitted() else 200
    try:
        drafting.edit_petition(
            db,
            petition,
            actor=me(),
            draft=form.draft(),
            version=int(form.version.data or 0),
            now=clock.now(),
        )
    except StaleEdit as stale:
        db.rollback()
        return _both_texts(form, find(db, petition_id), str(stale)), 409
    db.commit()
    flash("The draft is changed.", "good")
    return _to(petition)


def _both_texts(form: DraftForm, shown: Shown, said: str) -> str:
    """The form with what was typed, the newer draft beside it; saving again replaces that one."""
    form.version.data = str(shown.petition.version)
    return _form_page(form, shown.guild, shown.role, shown.petition, theirs=shown, conflict=said)


def _form_page(
    form: DraftForm,
    guild: Guild,
    role: Role | None,
    petition: Petition | None = None,
    **more: object,
) -> str:
    return render_template(
        "petitions/new.html", form=form, guild=guild, role=role, petition=petition, **more
    )


@bp.route("/petitions/<uuid:petition_id>/put", methods=["GET", "POST"])
def put(petition_id: UUID) -> Page:
    """Ask the guild to open it."""
    _spend("petitions.put")
    db = get_db()
    shown = find(db, petition_id)
    rule = _rule(db, shown.guild)
    if not rules.can_put_before_guild(
        shown.petition.state, shown.role, rule, is_author=_who(shown)
    ):
        raise NotAllowed("The charter does not let you put this petition before the guild.")
    form = PutForm().offer(rule)
    if not form.validate_on_submit():
        page = render_template(
            "petitions/put.html",
            petition=shown.petition,
            guild=shown.guild,
            role=shown.role,
            form=form,
            sentences=rule_in_words(rule),
        )
        return page, 422 if form.is_submitted() else 200
    proposal = drafting.put_before_guild(
        db,
        shown.petition,
        actor=me(),
        voting_length=length_chosen(form.voting_length.data),
        now=clock.now(),
    )
    db.commit()
    flash("Your petition stands before the guild.", "good")
    return redirect(url_for("voting.detail", proposal_id=proposal.id), 303)


@bp.post("/petitions/<uuid:petition_id>/redraft")
def redraft(petition_id: UUID) -> Page:
    """Make a rejected petition a draft again."""
    _spend("petitions.redraft")
    db = get_db()
    petition = find(db, petition_id).petition
    drafting.redraft_petition(db, petition, actor=me(), now=clock.now())
    db.commit()
    flash("It is a draft again. Change it, then put it before the guild.", "good")
    return _to(petition)


@bp.route("/petitions/<uuid:petition_id>/withdraw", methods=["GET", "POST"])
def withdraw(petition_id: UUID) -> Page:
    """Give a petition up: asks once."""
    _spend("petitions.withdraw")
    db = get_db()
    shown = find(db, petition_id)
    petition = shown.petition
    if not rules.can_withdraw(petition.state, shown.role, is_author=_who(shown)):
        raise NotAllowed("Only a draft is withdrawn, by its author or an organiser.")
    form = Form()
    if not form.validate_on_submit():
        return render_template("petitions/withdraw.html", petition=petition, form=form)
    drafting.withdraw_petition(db, petition, actor=me(), now=clock.now())
    db.commit()
    flash("The petition is withdrawn.", "good")
    return redirect(url_for("petitions.of_guild", slug=shown.guild.slug), 303)


def _spend(purpose: str) -> None:
    if request.method == "POST":
        spend(PER_PERSON, purpose, str(me().id))


def _who(shown: Shown) -> bool:
    return shown.petition.author_id == me().id


def _rule(db: Session, guild: Guild) -> DecisionRule:
    charter = Charter.model_validate(get_charter(db, guild.id).rules)
    return charter.rules[DecisionKind.OPEN_PETITION]


def _to(petition: Petition) -> Response:
    return redirect(url_for("petitions.detail", petition_id=petition.id), 303)
