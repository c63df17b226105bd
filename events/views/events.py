"""Pages of events: lists, one event, saying yes, a guest's own page, the organisers' desk."""

from datetime import datetime
from uuid import UUID

from flask import (
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from accounts.identity import me, viewer
from core import clock
from core.addresses import fold
from core.database import get_db
from core.errors import NotAllowed, RuleBroken
from core.fields import Form, clean, clean_line
from core.paging import cut, read_place
from core.rates import may_spend, source, spend
from core.security import public
from core.vault import get_vault
from events import attendances, by_decision, endorsements, ical, queries, rules, services, when
from events.forms import AttendForm, CancelForm, EventForm, GuestForm, filled_in
from events.models import (
    TITLE_LENGTH,
    Attendance,
    AttendanceStatus,
    Event,
    EventState,
    Visibility,
)
from events.queries import PAGE, Seen
from events.views.blueprint import (
    PER_ORGANISER,
    Page,
    bp,
    event_of,
    guild_of,
    spend_on_post,
    words_of,
)
from events.views.decisions import decided
from guilds.charter import DecisionKind
from voting.queries import rule_in_force
from voting.rules import can_prepare

#: yes and no of one person
PER_PERSON = "60/hour"


# What everyone may find


@bp.get("/events")
@public
def index() -> Page:
    after = read_place(request.args.get("after"))
    rows = queries.upcoming_public(get_db(), clock.now(), PAGE + 1, after=after)
    shown, next_place = cut(rows, PAGE, lambda row: (row[0].starts_at, row[0].id))
    return render_template(
        "events/index.html",
        rows=[(event, guild, words_of(event)) for event, guild in shown],
        next_place=next_place,
        is_first=after is None,
    )


@bp.get("/guilds/<slug>/events")
@public
def of_guild(slug: str) -> Page:
    guild, role = guild_of(slug)
    now, after = clock.now(), read_place(request.args.get("after"))
    db, user = get_db(), viewer()
    events = queries.upcoming_of_guild(db, guild, role, user, now, PAGE + 1, after=after)
    shown, next_place = cut(events, PAGE, lambda event: (event.starts_at, event.id))
    forgotten = [] if after else queries.past_drafts(db, guild, role, user, now)
    may_call = role is not None and can_prepare(
        role, rule_in_force(db, guild.id, DecisionKind.EVENT)
    )
    return render_template(
        "events/of_guild.html",
        guild=guild,
        role=role,
        rows=[(event, words_of(event)) for event in shown],
        next_place=next_place,
        forgotten=[(event, words_of(event)) for event in forgotten],
        is_first=after is None,
        may_call=may_call,
    )


@bp.get("/events/<uuid:event_id>")
@public
def detail(event_id: UUID) -> Page:
    seen, user, now = event_of(event_id), viewer(), clock.now()
    event, role = seen.event, seen.role
    mine = queries.get_attendance(get_db(), event.id, user)
    standing = decided(seen)
    return render_template(
        "events/detail.html",
        event=event,
        seen=seen,
        when=words_of(event),
        i_come=mine is not None and mine.status is AttendanceStatus.ACCEPTED,
        is_over=event.ends_at <= now,
        can_attend=rules.can_attend(event, role, now),
        can_edit=rules.can_edit(event, role, now, is_author=seen.is_author)
        and not standing["is_before_guild"],
        can_cancel=rules.can_cancel(event, role, now),
        can_see_people=rules.can_see_people(role),
        endorsers=endorsements.endorsers(get_db(), event.id, user, role),
        can_turn_down=rules.can_organise(role),
        can_endorse=user is not None
        and event.visibility is Visibility.PUBLIC
        and event.state is EventState.CONFIRMED
        and event.ends_at > now,
        **standing,
    )


# Calendar files


@bp.get("/events/<uuid:event_id>.ics")
@public
def calendar(event_id: UUID) -> Page:
    event = event_of(event_id).event
    if event.state is EventState.DRAFT:
        abort(404)
    return _calendar([event], "", is_public=event.visibility is Visibility.PUBLIC)


@bp.get("/guilds/<slug>/events.ics")
@public
def guild_calendar(slug: str) -> Page:
    """Public events alone: a feed is fetched by programs that do not sign in."""
    guild, _role = guild_of(slug)
    db, now = get_db(), clock.now()
    tag = get_vault().keyed_hash("feed", queries.feed_version(db, guild, now))[:32]
    if request.if_none_match.contains(tag):
        response: AnyResponse = Response(status=304)
    else:
        response = _calendar(queries.feed(db, guild, now), guild.name, is_public=guild.is_listed)
    response.set_etag(tag)
    response.headers["Cache-Control"] = (
        "public, no-cache" if guild.is_listed else "private, no-cache"
    )
    return response


def _calendar(events: list[Event], name: str, *, is_public: bool) -> AnyResponse:
    data = ical.calendar(events, public_url=current_app.config["PUBLIC_URL"], name=name)
    response = Response(data, content_type="text/calendar; charset=utf-8; method=PUBLISH")
    response.headers["Content-Disposition"] = "attachment; filename=event.ics"
    if is_public:
        response.headers["Cache-Control"] = "public, no-cache"
    return response


# Saying yes


@bp.route("/events/<uuid:event_id>/attend", methods=["GET", "POST"])
@public
def attend(event_id: UUID) -> Page:
    return _attend_as_guest(event_id) if viewer() is None else _attend(event_id)


def _attend(event_id: UUID) -> Page:
    spend_on_post(PER_PERSON, "events.answer")
    form, seen = AttendForm(), event_of(event_id)
    if form.validate_on_submit():
        attendances.attend(
            get_db(), seen.event, actor=me(), agreed=form.agreed.data, now=clock.now()
        )
        get_db().commit()
        flash("You are expected. We will remind you.", "good")
        return redirect(url_for("events.detail", event_id=event_id), 303)
    return _attend_page(seen, form)


def _attend_as_guest(event_id: UUID) -> Page:
    """The answer is the same whoever comes already; limits come before the write transaction."""
    form = GuestForm()
    if form.is_submitted():
        spend("10/minute;60/hour", "events.guest", source())
    valid = form.validate_on_submit()
    address = form.address.data or ""
    may_write = valid and may_spend("3/hour", "events.guest mailbox", fold(address))
    seen = event_of(event_id)
    if not valid:
        if not form.is_submitted():
            form.time_zone.data = seen.event.time_zone
        return _attend_page(seen, form)
    if not form.website.data:
        guest = attendances.Guest(address, form.nickname.data or "", form.time_zone.data)
        attendances.attend_as_guest(
            get_db(),
            seen.event,
            guest=guest,
            agreed=form.agreed.data,
            vault=get_vault(),
            now=clock.now(),
            may_write=may_write,
        )
        get_db().commit()
    return redirect(url_for("events.check_mail", event_id=event_id), 303)


def _attend_page(seen: Seen, form: Form) -> Page:
    if not rules.can_attend(seen.event, seen.role, clock.now()):
        return redirect(url_for("events.detail", event_id=seen.event.id), 303)
    page = render_template(
        "events/attend.html", event=seen.event, seen=seen, form=form, when=words_of(seen.event)
    )
    return page, 422 if form.is_submitted() else 200


@bp.get("/events/<uuid:event_id>/check-your-mail")
@public
def check_mail(event_id: UUID) -> Page:
    return render_template("events/check_mail.html", event=event_of(event_id).event)


@bp.post("/events/<uuid:event_id>/leave")
def leave(event_id: UUID) -> Page:
    spend_on_post(PER_PERSON, "events.answer")
    db = get_db()
    attendance = queries.get_attendance(db, event_id, me())
    if attendance is None:
        abort(404)
    attendances.decline(db, attendance, now=clock.now())
    db.commit()
    flash("You are not expected any more, and we send you nothing more about it.", "good")
    return redirect(url_for("events.attend", event_id=event_id), 303)


# A guest's own page: opened by the link in a mail, changed only by its buttons


@bp.get("/attendances/<token>")
@public
def attendance(token: str) -> Page:
    mine, event = _guest(token)
    now = clock.now()
    return render_template(
        "events/attendance.html",
        event=event,
        token=token,
        status=mine.status.value,
        when=when.span_in_both_zones(
            event.starts_at, event.ends_at, event.time_zone, mine.time_zone
        ),
        is_over=event.ends_at <= now,
        can_confirm=rules.can_attend(event, None, now),
    )


@bp.post("/attendances/<token>/confirm")
@public
def confirm(token: str) -> Page:
    spend("60/minute", "events.guest answer", source())
    mine, _event = _guest(token)
    attendances.confirm_guest(get_db(), mine, now=clock.now())
    get_db().commit()
    flash("You are expected. We will remind you.", "good")
    return redirect(url_for("events.attendance", token=token), 303)


@bp.post("/attendances/<token>/decline")
@public
def decline(token: str) -> Page:
    spend("60/minute", "events.guest answer", source())
    mine, _event = _guest(token)
    attendances.decline(get_db(), mine, now=clock.now())
    get_db().commit()
    flash("You are not expected any more, and we send you nothing more about it.", "good")
    return redirect(url_for("events.attendance", token=token), 303)


def _guest(token: str) -> tuple[Attendance, Event]:
    row_id = get_vault().read_link_token(attendances.LINK_PURPOSE, token)
    found = queries.get_guest_attendance(get_db(), row_id)
    if found is None:
        abort(404)
    return found


# The desk: of organisers, and of who drafts one


@bp.route("/guilds/<slug>/events/new", methods=["GET", "POST"])
def new(slug: str) -> Page:
    spend_on_post(PER_ORGANISER, "events.new")
    guild, role = guild_of(slug)
    rule = rule_in_force(get_db(), guild.id, DecisionKind.EVENT)
    if not can_prepare(role, rule):
        raise NotAllowed(services.NOT_YOURS_TO_PREPARE)
    alone = rules.can_organise(role) and rule.organisers_alone
    form = EventForm()
    if form.validate_on_submit():
        event = services.create_event(
            get_db(), guild, facts=form.facts(), actor=me(), now=clock.now()
        )
        get_db().commit()
        then = "publish it" if alone else "put it to the guild"
        flash(f"The draft is saved. Look at it, then {then}.", "good")
        return redirect(url_for("events.detail", event_id=event.id), 303)
    if not form.is_submitted():
        form.time_zone.data = me().time_zone
        # a page that asks for an event may say what it is about
        form.title.data = clean_line(request.args.get("title"))[:TITLE_LENGTH]
        form.description.data = clean(request.args.get("description"))[:4000]
    page = render_template("events/new.html", guild=guild, role=role, form=form, alone=alone)
    return page, 422 if form.is_submitted() else 200


@bp.route("/events/<uuid:event_id>/edit", methods=["GET", "POST"])
def edit(event_id: UUID) -> Page:
    spend_on_post(PER_ORGANISER, "events.edit")
    seen, now = event_of(event_id), clock.now()
    _require(rules.can_edit(seen.event, seen.role, now, is_author=seen.is_author), seen)
    if rules.is_before_guild(by_decision.decision_on(get_db(), seen.event)):
        raise RuleBroken(services.BEFORE_GUILD)
    form = filled_in(seen.event)
    if form.validate_on_submit():
        services.edit_event(get_db(), seen.event, facts=form.facts(), actor=me(), now=now)
        get_db().commit()
        flash("Saved. If time or place changed, everyone who comes is being told.", "good")
        return redirect(url_for("events.detail", event_id=event_id), 303)
    page = render_template("events/edit.html", event=seen.event, seen=seen, form=form)
    return page, 422 if form.is_submitted() else 200


@bp.post("/events/<uuid:event_id>/publish")
def publish(event_id: UUID) -> Page:
    spend_on_post(PER_ORGANISER, "events.publish")
    event = event_of(event_id).event
    services.publish_event(get_db(), event, actor=me(), now=clock.now())
    get_db().commit()
    flash("It is published. People can say that they come.", "good")
    return redirect(url_for("events.detail", event_id=event_id), 303)


@bp.route("/events/<uuid:event_id>/cancel", methods=["GET", "POST"])
def cancel(event_id: UUID) -> Page:
    spend_on_post(PER_ORGANISER, "events.cancel")
    seen, form, now = event_of(event_id), CancelForm(), clock.now()
    _require(rules.can_cancel(seen.event, seen.role, now), seen)
    if form.validate_on_submit():
        services.cancel_event(
            get_db(), seen.event, actor=me(), reason=form.reason.data or "", now=now
        )
        get_db().commit()
        flash("It is cancelled. Everyone who comes is being told.", "good")
        return redirect(url_for("events.detail", event_id=event_id), 303)
    page = render_template("events/cancel.html", event=seen.event, seen=seen, form=form)
    return page, 422 if form.is_submitted() else 200


def _require(allowed: bool, seen: Seen) -> None:
    """Refuse before the form is shown, as the service would refuse after."""
    if allowed:
        return
    if rules.can_organise(seen.role):
        raise RuleBroken("It has started, is over or was cancelled; that cannot be done any more.")
    raise NotAllowed("Only organisers of the guild may do that.")


@bp.get("/events/<uuid:event_id>/people")
def people(event_id: UUID) -> Page:
    seen = event_of(event_id)
    if not rules.can_see_people(seen.role):
        raise NotAllowed("Only the organisers of this event see who comes.")
    after = read_place(request.args.get("after"))
    found = queries.people(get_db(), seen.event, after=after)
    rows, next_place = cut(found, PAGE, lambda row: (row[0].answered_at, row[0].id))
    forgotten_at: datetime = seen.event.ends_at + rules.ATTENDANCE_KEPT_FOR
    return render_template(
        "events/people.html",
        event=seen.event,
        seen=seen,
        rows=rows,
        next_place=next_place,
        is_first=after is None,
        forgotten_at=forgotten_at,
    )
