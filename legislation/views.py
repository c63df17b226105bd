"""Pages of bills: the public list, one bill with its record, and what a guild watches."""

from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from accounts.identity import me, viewer
from core import clock
from core.database import get_db, reading
from core.errors import NotAllowed, RuleBroken
from core.fields import refuse
from core.paging import cut, read_place, write_place
from core.rates import spend
from core.security import public
from guilds.models import Guild, Role
from guilds.queries import get_guild
from legislation import queries, rules, services, stances, words
from legislation.billstatus import BillFileError
from legislation.forms import ImportForm
from legislation.models import Bill
from legislation.queries import BillLine, BillPlace
from legislation.services import ImportOutcome, ImportResult
from legislation.stages import STATE_WORDS, BillState

bp = Blueprint("legislation", __name__)
# macros/bill.html speaks of bills on pages of other rooms too
bp.add_app_template_global(words.state_pill, "bill_state")
bp.add_app_template_global(words.session_in_words, "bill_session")
bp.add_app_template_global(words.stage_items, "bill_stage_items")
bp.add_app_template_global(words.sponsor_in_words, "bill_sponsor")

#: what changed lately, on a bill's page
CHANGES_SHOWN = 5

Page = str | tuple[str, int] | Response


@bp.get("/legislation")
@public
def index() -> Page:
    """All bills, the one that moved last first; ?state= shows those that stand there."""
    wanted = request.args.get("state", "")
    state = BillState(wanted) if wanted in set(BillState) else None
    found = queries.bills(get_db(), state=state, before=_before())
    shown = found[: queries.PAGE]
    return render_template(
        "legislation/index.html",
        bills=shown,
        state=state,
        state_words=STATE_WORDS,
        next_url=_next_url(found, "legislation.index", state=state),
        is_first=_before() is None,
    )


def _before() -> BillPlace | None:
    place = read_place(request.args.get("before"))
    return (place[0].date(), place[1]) if place else None


def _next_url(found: list[BillLine], endpoint: str, **values: Any) -> str | None:
    """Where the list goes on, if it was cut."""
    if len(found) <= queries.PAGE:
        return None
    last = found[queries.PAGE - 1]
    midnight = datetime.combine(last.latest_action_on, time(), UTC)
    return url_for(endpoint, before=write_place(midnight, last.id), **values)


@bp.get("/legislation/<uuid:bill_id>")
@public
def detail(bill_id: UUID) -> Page:
    """One bill: where it stands, its course, who brought it in, and the official record."""
    db = get_db()
    bill = _find_bill(db, bill_id)
    before = request.args.get("before", type=int)
    if before is not None and not 0 <= before < 2**31:
        abort(400)
    found = queries.actions(db, bill.id, before=before)
    shown = found[: queries.ACTIONS_PAGE]
    next_url = None
    if len(found) > queries.ACTIONS_PAGE:
        next_url = url_for("legislation.detail", bill_id=bill.id, before=shown[-1].position)
    user = viewer()
    return render_template(
        "legislation/detail.html",
        bill=bill,
        actions=shown,
        next_url=next_url,
        is_first_page=before is None,
        changes=queries.changes(db, bill.id, CHANGES_SHOWN),
        stances=stances.stances_on(db, bill.id, user, stances.SHOWN + 1, only_current=True),
        stances_shown=stances.SHOWN,
        is_watching=user is not None and queries.is_watching(db, bill.id, user),
        guild_watches=[
            (found.guild, found.is_watching, rules.can_keep_bills(found.guild, found.role))
            for found in (queries.my_guilds_and(db, bill.id, user) if user else [])
        ],
    )


@bp.get("/legislation/<uuid:bill_id>/stances", endpoint="stances")
@public
def stances_of(bill_id: UUID) -> Page:
    """Every stance guilds ever took on a bill, the latest first."""
    db = get_db()
    bill = _find_bill(db, bill_id)
    before = read_place(request.args.get("before"))
    found = stances.stances_on(db, bill.id, viewer(), before=before)
    shown, place = cut(found, queries.PAGE, lambda one: (one.stance.taken_at, one.stance.id))
    return render_template(
        "legislation/stances.html",
        bill=bill,
        stances=shown,
        next_url=url_for("legislation.stances", bill_id=bill.id, before=place) if place else None,
        is_first=before is None,
    )


def _find_bill(db: Session, bill_id: UUID) -> Bill:
    bill = queries.get_bill(db, bill_id)
    if bill is None:
        abort(404)
    return bill


@bp.post("/legislation/<uuid:bill_id>/<any(watch, unwatch):deed>")
def watch(bill_id: UUID, deed: str) -> Page:
    """Watch a bill in one's own name, or stop."""
    spend("60/minute", "legislation.watch", str(me().id))
    db = get_db()
    bill = _find_bill(db, bill_id)
    if deed == "watch":
        services.watch_bill(db, bill, actor=me(), now=clock.now())
        said = f"You watch {bill.identifier} now. You get a mail when it moves."
    else:
        services.unwatch_bill(db, bill, actor=me(), now=clock.now())
        said = f"You no longer watch {bill.identifier}."
    db.commit()
    flash(said, "good")
    return redirect(url_for("legislation.detail", bill_id=bill_id), 303)


@bp.post("/guilds/<slug>/bills/<uuid:bill_id>/<any(watch, unwatch):deed>")
def watch_for_guild(slug: str, bill_id: UUID, deed: str) -> Page:
    """An organiser lets the guild watch a bill, or stop."""
    spend("60/minute", "legislation.watch", str(me().id))
    db = get_db()
    guild, _ = _find_guild(db, slug)
    bill = _find_bill(db, bill_id)
    if deed == "watch":
        services.watch_bill(db, bill, actor=me(), guild=guild, now=clock.now())
        said = f"{guild.name} watches {bill.identifier} now. Members get a mail when it moves."
    else:
        services.unwatch_bill(db, bill, actor=me(), guild=guild, now=clock.now())
        said = f"{guild.name} no longer watches {bill.identifier}."
    db.commit()
    flash(said, "good")
    return redirect(url_for("legislation.detail", bill_id=bill_id), 303)


@bp.route("/guilds/<slug>/bills", methods=["GET", "POST"])
def of_guild(slug: str) -> Page:
    """For members, the bills their guild watches; for organisers, the way to bring in one."""
    form = ImportForm()
    status = 200
    if form.is_submitted():
        result = _import(slug, form)
        if result is not None:
            flash(_told(result), "good")
            return redirect(url_for("legislation.detail", bill_id=result.bill.id), 303)
        status = 422
    with reading() as db:
        guild, role = _find_guild(db, slug)
        found = queries.bills_of_guild(db, guild.id, queries.PAGE + 1, before=_before())
    page = render_template(
        "legislation/of_guild.html",
        guild=guild,
        role=role,
        form=form if rules.can_keep_bills(guild, role) else None,
        bills=found[: queries.PAGE],
        next_url=_next_url(found, "legislation.of_guild", slug=slug),
        is_first=_before() is None,
    )
    return page, status


def _find_guild(db: Session, slug: str) -> tuple[Guild, Role]:
    """A guild and the reader's role in it; 404 for who doesn't belong to it."""
    guild, role = get_guild(db, slug, viewer()) or (None, None)
    if guild is None or role is None:
        abort(404)
    return guild, role


def _import(slug: str, form: ImportForm) -> ImportResult | None:
    """Take in the file; None, and the reason beside the field, if it is refused."""
    with reading() as early:  # reading a file takes time: the write lock is for after that
        guild, role = _find_guild(early, slug)
    if not rules.can_keep_bills(guild, role):
        raise NotAllowed("Only organisers of a guild bring in bills and choose what it watches.")
    spend("30/10 minutes;120/hour", "legislation.import", str(me().id))
    if not form.validate():
        return None
    db = get_db()
    try:
        result = services.import_bill(
            db,
            form.file.data.read(),
            actor=me(),
            guild=guild,
            is_watched=form.is_watched.data,
            now=clock.now(),
        )
    except BillFileError as error:
        refuse(form.file, f"This file can't be taken: {error}.")
    except NotAllowed:
        raise
    except RuleBroken as error:
        refuse(form.file, str(error))
    else:
        db.commit()
        return result
    db.rollback()
    return None


def _told(result: ImportResult) -> str:
    """What the import did, for who did it."""
    name = result.bill.identifier
    if result.outcome is ImportOutcome.NEW:
        return f"{name} is here now."
    if result.outcome is ImportOutcome.UNCHANGED:
        return f"{name} was here already, just as in this file."
    if not result.changes:
        return f"{name} is up to date. Nothing has moved."
    return f"{name}: {'. '.join(result.changes[:3])}."
