"""The guild itself: the public list, founding, what it is, its charter and its settings."""

from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from sqlmodel import Session

from accounts.identity import me, viewer
from core import clock
from core.database import get_db
from core.paging import cut, read_place
from core.rates import spend
from core.security import public
from guilds import queries, rules, services
from guilds.charter import Charter, DecisionKind
from guilds.charter_diff import changes
from guilds.charter_templates import TEMPLATES
from guilds.charter_words import charter_in_words
from guilds.dead_ends import dead_ends
from guilds.forms import ADMISSION_HINTS, FoundingForm, SettingsForm
from guilds.models import Admission, CharterVersion, Guild
from guilds.views.blueprint import Page, bp, find, find_as_organiser

#: more than any guild will ever have, and what a database still holds
MOST_VERSIONS = 1_000_000


@bp.get("/guilds")
@public
def index() -> Page:
    """Guilds that strangers may find; on top, those of who is signed in."""
    db, user = get_db(), viewer()
    found = queries.listed_guilds(db, before=read_place(request.args.get("before")))
    shown, place = cut(found, queries.PAGE, lambda guild: (guild.founded_at, guild.id))
    return render_template(
        "guilds/index.html",
        guilds=shown,
        next_url=url_for("guilds.index", before=place) if place else None,
        is_first="before" not in request.args,
        mine=queries.my_guilds(db, user) if user else [],
    )


@bp.route("/guilds/new", methods=["GET", "POST"])
def new() -> Page:
    form = FoundingForm()
    if not form.validate_on_submit():
        page = render_template(
            "guilds/new.html", form=form, hints=ADMISSION_HINTS, templates=_templates()
        )
        return page, 422 if form.is_submitted() else 200
    spend("5/hour;20/day", "guilds.found", str(me().id))
    db = get_db()
    guild = services.found_guild(
        db, _facts(form), template=form.template.data, actor=me(), now=clock.now()
    )
    db.commit()
    flash(f"{guild.name} is founded. Invite the people you want beside you.", "good")
    return redirect(url_for("dashboard.guild", slug=guild.slug), 303)


def _templates() -> list[tuple[str, str, str, list[tuple[str, list[str]]]]]:
    """Charters to start from: (key, name, whom it fits, its rules in words)."""
    return [
        (key, template.name, template.fits, charter_in_words(template.charter))
        for key, template in TEMPLATES.items()
    ]


def _facts(form: SettingsForm) -> services.GuildFacts:
    return services.GuildFacts(
        name=form.name.data or "",
        purpose=form.purpose.data or "",
        about=form.about.data or "",
        admission=Admission(form.admission.data),
        is_listed=form.is_listed.data,
    )


@bp.get("/guilds/<slug>/about")
@public
def about(slug: str) -> Page:
    """What the guild is, how it decides and how one joins; for everybody who may know of it."""
    db = get_db()
    guild, role = find(db, slug)
    version = queries.get_charter(db, guild.id)
    alone = queries.alone(db, guild, clock.now(), version=version).admit
    return render_template(
        "guilds/about.html",
        guild=guild,
        role=role,
        charter=charter_in_words(Charter.model_validate(version.rules)),
        can_join=rules.can_join(guild, role, alone=alone),
        can_ask=rules.can_ask_to_join(guild, role, alone=alone),
        alone=alone,
        waiting=queries.my_request(db, guild, viewer()),
    )


@bp.get("/guilds/<slug>/charter")
@public
def charter(slug: str) -> Page:
    """How the guild decides, and every version of it, the newest first."""
    db = get_db()
    guild, role = find(db, slug)
    version = queries.get_charter(db, guild.id)
    in_force = Charter.model_validate(version.rules)
    before = request.args.get("before", type=int)
    if before is not None and not 0 < before < MOST_VERSIONS:
        abort(404)
    found = queries.charter_versions(db, guild.id, before=before)
    shown = found[: queries.PAGE]
    next_url = None
    if len(found) > queries.PAGE:
        next_url = url_for("guilds.charter", slug=slug, before=shown[-1].number)
    now = clock.now()
    return render_template(
        "guilds/charter.html",
        guild=guild,
        role=role,
        version=version,
        charter=charter_in_words(in_force),
        dead_ends=_dead_ends(db, guild, in_force, now) if role else [],
        can_change=rules.can_propose(guild, role, in_force.rules[DecisionKind.CHANGE_CHARTER]),
        founding_until=rules.founding_until(guild, in_force, version.number, now),
        versions=shown,
        next_url=next_url,
        is_first=before is None,
    )


def _dead_ends(db: Session, guild: Guild, charter: Charter, now: datetime) -> list[str]:
    """What the guild cannot decide as it is now: the founding charter may ask for more people."""
    people = queries.numbers(db, guild.id, list(charter.rules.values()), now)
    return dead_ends(charter, people)


@bp.get("/guilds/<slug>/charter/<int:number>")
@public
def charter_version(slug: str, number: int) -> Page:
    """One version of the charter, and what it changed."""
    db = get_db()
    guild, role = find(db, slug)
    found = _versions(db, guild, number) if 0 < number < MOST_VERSIONS else {}
    if number not in found:
        abort(404)
    version, earlier, later = (found.get(at) for at in (number, number - 1, number + 1))
    its = Charter.model_validate(found[number].rules)
    return render_template(
        "guilds/charter_version.html",
        guild=guild,
        role=role,
        version=version,
        until=later.adopted_at if later else None,
        charter=charter_in_words(its),
        changes=changes(Charter.model_validate(earlier.rules), its) if earlier else [],
    )


def _versions(db: Session, guild: Guild, number: int) -> dict[int, CharterVersion]:
    """A version and those beside it, by number."""
    near = queries.charter_versions(db, guild.id, before=number + 2)[:3]
    return {version.number: version for version in near}


@bp.route("/guilds/<slug>/settings", methods=["GET", "POST"])
def settings(slug: str) -> Page:
    db = get_db()
    guild, role = find_as_organiser(db, slug)
    form = SettingsForm(obj=guild)
    if form.validate_on_submit():
        services.change_settings(db, guild, _facts(form), actor=me(), now=clock.now())
        db.commit()
        flash("Saved.", "good")
        return redirect(url_for("guilds.settings", slug=guild.slug), 303)
    page = render_template(
        "guilds/settings.html", guild=guild, role=role, form=form, hints=ADMISSION_HINTS
    )
    return page, 422 if form.is_submitted() else 200
