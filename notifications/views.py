"""The inbox: what was sent to me, newest first."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from accounts.identity import me, person
from core import clock
from core.database import get_db
from core.paging import cut, read_place
from core.security import safe_path
from core.wire import get_wire
from notifications import queries, services
from notifications.models import Notice

bp = Blueprint("notifications", __name__)

Page = str | tuple[str, int] | Response


@bp.get("/inbox")
def inbox() -> Page:
    before = read_place(request.args.get("before"))
    found = queries.inbox(get_db(), me().id, before=before)
    shown, place = cut(found, queries.PAGE, lambda notice: (notice.settled_at, notice.id))
    next_url = url_for("notifications.inbox", before=place) if place else None
    return render_template(
        "notifications/inbox.html", notices=shown, next_url=next_url, is_first=before is None
    )


@bp.post("/inbox/<uuid:notice_id>")
def follow(notice_id: UUID) -> Page:
    """Mark one notice read and go where it leads."""
    db = get_db()
    notice = db.get(Notice, notice_id)
    if notice is None or notice.user_id != me().id:
        abort(404)
    services.mark_read(db, me().id, now=clock.now(), notice_id=notice_id)
    db.commit()
    return redirect(safe_path(notice.path) or url_for("notifications.inbox"), 303)


@bp.post("/inbox/read")
def mark_all_read() -> Page:
    db = get_db()
    services.mark_read(db, me().id, now=clock.now())
    db.commit()
    return redirect(url_for("notifications.inbox"), 303)


@bp.get("/operations")
def operations() -> Page:
    """For operators: how delivery stands. Others find nothing here."""
    if not current_user.is_operator:
        abort(404)
    now = clock.now()
    backlog = queries.backlog(get_db(), now=now, failed_since=now - timedelta(days=1))
    return render_template("notifications/operations.html", backlog=backlog)


@bp.app_context_processor
def _unread() -> dict[str, Callable[[], int]]:
    """`unread_count()` for the header: asked for only by pages that show it."""
    return {"unread_count": _count_unread}


def _count_unread() -> int:
    return queries.unread_count(get_wire(), person().id)
