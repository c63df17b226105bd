"""The organisers' desk of a petition: where signatures come from, sweeps, and undoing them."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, render_template, request, url_for
from sqlmodel import Session
from wtforms.validators import ValidationError

from accounts.identity import me
from core import clock
from core.database import get_db
from core.errors import NotAllowed
from core.fields import refuse, text
from core.paging import cut, read_place
from core.rates import spend
from core.templating import count
from core.vault import get_vault
from petitions import bursts, desk, paper
from petitions.bursts import Burst
from petitions.desk import Condition
from petitions.forms.desk import MARK, ConditionForm, SweepForm
from petitions.models import PUBLIC_STATES, Hold, SignatureState, SweepDeed
from petitions.queries import Shown
from petitions.views.blueprint import Page, bp, find

PER_PERSON = "60/minute"
#: hours a desk may look back -> the words for them
WINDOWS = {1: "an hour", 24: "a day", 168: "a week", 24 * 31: "a month"}
USUAL = 24

DEEDS_DONE = {
    SweepDeed.HOLD: "held",
    SweepDeed.REMOVE: "removed",
    SweepDeed.RELEASE: "released",
}


def desk_of(db: Session, petition_id: UUID) -> Shown:
    """A petition at whose desk the viewer may work; 404 and 403 else."""
    shown = find(db, petition_id)
    if not desk.can_use_desk(shown.role):
        raise NotAllowed("Only organisers of the guild work at its petitions' desk.")
    return shown


@bp.get("/petitions/<uuid:petition_id>/desk")
def show_desk(petition_id: UUID) -> Page:
    """Where signatures came from of late, what is held, what the desk did."""
    db = get_db()
    shown, now = desk_of(db, petition_id), clock.now()
    hours = request.args.get("hours", type=int)
    hours = hours if hours in WINDOWS else USUAL
    since = now - timedelta(hours=hours)
    domains, names = _domains(db, petition_id, since)
    networks = bursts.by_network(db, petition_id, since)
    petition = shown.petition
    before = read_place(request.args.get("before"))
    found = bursts.sweeps(db, petition_id, before=before)
    sweeps, place = cut(found, bursts.SWEEPS_SHOWN, lambda sweep: (sweep.done_at, sweep.id))
    here = url_for("petitions.show_desk", petition_id=petition_id, hours=hours)
    return render_template(
        "petitions/desk.html",
        petition=petition,
        guild=shown.guild,
        role=shown.role,
        window=WINDOWS[hours],
        windows=[
            (
                words.capitalize(),
                url_for("petitions.show_desk", petition_id=petition_id, hours=length),
                length == hours,
            )
            for length, words in WINDOWS.items()
        ],
        whole=bursts.whole(db, petition_id, since),
        by_hour=[
            (at, one, _typed(at), _typed(at + timedelta(hours=1)))
            for at, one in bursts.by_hour(db, petition_id, since)
        ],
        domains=_named(domains, names),
        networks=_named(networks, _network_names(networks)),
        held=bursts.held(db, petition_id).get(Hold.HELD, 0),
        sweeps=[
            (done, DEEDS_DONE[done.deed], desk.can_undo(done, petition.state, now))
            for done in sweeps
        ],
        next_url=f"{here}&before={place}#sweeps" if place else None,
        first_url=f"{here}#sweeps" if before else None,
        can_sweep=_can_sweep(shown),
    )


def at_desk(shown: Shown) -> dict[str, Any]:
    """What the petition's page says of its desk, to who may use it."""
    if not desk.can_use_desk(shown.role) or shown.petition.state not in PUBLIC_STATES:
        return {}
    held = bursts.held(get_db(), shown.petition.id).get(Hold.HELD, 0)
    petition = shown.petition
    may_enter = paper.can_enter(
        petition.state, petition.closes_on, petition.closed_at, shown.role, clock.now()
    )
    return {"may_use_desk": True, "held_count": held, "may_enter_paper": may_enter}


def _typed(at: datetime) -> str:
    """An instant as its form takes it."""
    return f"{_local(at):%Y-%m-%dT%H:%M}"


def _local(at: datetime) -> datetime:
    """As who works at the desk reads it. Raises OverflowError for a time beyond all years."""
    return at.astimezone(ZoneInfo(me().time_zone)).replace(tzinfo=None)


def _can_sweep(shown: Shown) -> bool:
    petition = shown.petition
    return desk.can_sweep(petition.state, petition.closes_on, petition.closed_at, clock.now())


def _domains(db: Session, petition_id: UUID, since: datetime) -> tuple[list[Burst], dict[str, str]]:
    """The mail domains most came from, and what each mark is called."""
    known = bursts.known_domains(get_vault(), petition_id)
    found = bursts.by_domain(db, petition_id, since, known.keys())
    return found, {one.mark: known.get(one.mark, f"Domain {one.mark[:6]}") for one in found}


def _network_names(networks: Iterable[Burst]) -> dict[str, str]:
    return {one.mark: f"Network {one.mark[:6]}" for one in networks}


def _named(found: Iterable[Burst], names: dict[str, str]) -> list[tuple[str, Burst]]:
    return [(names[one.mark], one) for one in found]


@bp.get("/petitions/<uuid:petition_id>/desk/sweep")
def plan_sweep(petition_id: UUID) -> Page:
    """Choose a condition and see how many meet it; nothing is changed yet."""
    db = get_db()
    shown = desk_of(db, petition_id)
    form = _condition_form(db, petition_id, ConditionForm(request.args))
    if not request.args:
        return _plan_page(shown, form)
    condition = _condition(form) if form.validate() else None
    if condition is None:
        return _plan_page(shown, form), 422
    return _plan_page(
        shown, form, condition, SweepForm(condition=json.dumps(condition.as_values()))
    )


def _condition_form(db: Session, petition_id: UUID, form: ConditionForm) -> ConditionForm:
    since = clock.now() - timedelta(hours=max(WINDOWS))
    _, names = _domains(db, petition_id, since)
    return form.offer(names, _network_names(bursts.by_network(db, petition_id, since)))


def _condition(form: ConditionForm) -> Condition | None:
    try:
        return form.condition(me().time_zone, clock.now())
    except ValidationError as error:
        refuse(form.since, str(error))
        return None


def _plan_page(
    shown: Shown,
    form: ConditionForm,
    condition: Condition | None = None,
    sweep_form: SweepForm | None = None,
) -> str:
    preview = None
    if condition is not None:
        preview = desk.preview(get_db(), shown.petition.id, condition)
    return render_template(
        "petitions/sweep.html",
        petition=shown.petition,
        guild=shown.guild,
        role=shown.role,
        form=form,
        sweep_form=sweep_form,
        preview=preview,
        hints=_hints(preview) if preview else {},
        states=SignatureState,
        can_sweep=_can_sweep(shown),
        most=desk.MOST,
    )


def _hints(preview: desk.Preview) -> dict[str, str]:
    """What each deed would do, in numbers."""
    hints = {}
    for deed in SweepDeed:
        moved = preview.would_move(deed)
        way = "up" if deed == SweepDeed.RELEASE else "down"
        public = f"the public count goes {way} by {moved:,}" if moved else "the count stays"
        changed = preview.would_change(deed)
        hints[deed.value] = (
            f"{count(changed, 'signature')}; {public}." if changed else "None of these."
        )
    return hints


@bp.post("/petitions/<uuid:petition_id>/desk/sweep")
def do_sweep(petition_id: UUID) -> Page:
    """Do it."""
    spend(PER_PERSON, "petitions.sweep", str(me().id))
    db = get_db()
    shown, form = desk_of(db, petition_id), SweepForm()
    condition = _read_condition(form)
    if not form.validate() or condition is None:
        return _swept_page(shown, condition, form)
    try:
        done = desk.sweep(
            db,
            shown.petition,
            actor=me(),
            condition=condition,
            deed=SweepDeed(form.deed.data),
            reason=text(form.reason),
            now=clock.now(),
        )
    except desk.NothingToDo as nothing:
        db.rollback()
        refuse(form.deed, str(nothing))
        return _swept_page(desk_of(db, petition_id), condition, form)
    db.commit()
    flash(
        f"{count(done.signature_count, 'signature')} {DEEDS_DONE[done.deed]}."
        " You can undo it for a day.",
        "good",
    )
    return redirect(url_for("petitions.show_desk", petition_id=petition_id), 303)


def _swept_page(shown: Shown, condition: Condition | None, form: SweepForm) -> Page:
    """The plan once more, with what is wrong with the deed."""
    typed = ConditionForm(None, data=_as_typed(condition))
    plan = _condition_form(get_db(), shown.petition.id, typed)
    return _plan_page(shown, plan, condition, form), 422


def _read_condition(form: SweepForm) -> Condition | None:
    """The condition that was looked at; None if what was sent is not one."""
    try:
        values = json.loads(text(form.condition))
        condition = Condition.from_values(values)
        is_one = _is_sound(condition)
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError):
        return None
    return condition if is_one else None


def _is_sound(condition: Condition) -> bool:
    """Whether it is one that the desk makes. Raises OverflowError for a time beyond all years."""
    ends = [at for at in (condition.since, condition.until) if at is not None]
    marks = [mark for mark in (condition.domain, condition.network) if mark]
    are_instants = all(at.tzinfo is not None and at.astimezone(UTC) and _local(at) for at in ends)
    return are_instants and all(MARK.fullmatch(mark) for mark in marks)


def _as_typed(condition: Condition | None) -> dict[str, Any]:
    """A condition as its form shows it again."""
    if condition is None:
        return {}
    return {
        "since": _local(condition.since) if condition.since else None,
        "until": _local(condition.until) if condition.until else None,
        "domain": condition.domain,
        "network": condition.network,
        "state": condition.state.value if condition.state else "",
        "hold": condition.hold.value if condition.hold else "",
    }


@bp.post("/petitions/<uuid:petition_id>/desk/sweeps/<uuid:sweep_id>/undo")
def undo_sweep(petition_id: UUID, sweep_id: UUID) -> Page:
    """Take a sweep back."""
    spend(PER_PERSON, "petitions.sweep", str(me().id))
    db = get_db()
    desk_of(db, petition_id)
    done = bursts.get_sweep(db, petition_id, sweep_id)
    if done is None:
        abort(404)
    desk.undo(db, done, actor=me(), now=clock.now())
    db.commit()
    flash("It is undone: those signatures are as they were before.", "good")
    return redirect(url_for("petitions.show_desk", petition_id=petition_id), 303)
