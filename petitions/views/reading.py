"""Reading one petition: a page put together from areas, which proxies may keep for strangers."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import render_template

from core import clock
from core.database import get_db
from core.security import public
from petitions import milestones, progress, rules, updates
from petitions.decided import decision_in_words
from petitions.models import PUBLIC_STATES
from petitions.queries import Shown
from petitions.views.blueprint import PILLS, Page, bp, find
from petitions.views.caching import drawn, for_everyone, is_known, is_unknown, page_tag, unchanged
from petitions.views.desk import at_desk
from petitions.views.joining import behind
from petitions.views.life import permissions, writing
from petitions.views.outcome import outcome_of

#: news that stands on the page itself, and days its picture of signatures goes back
NEWS_SHOWN, DAYS_SHOWN = 2, timedelta(days=29)


@bp.get("/petitions/<uuid:petition_id>")
@public
def detail(petition_id: UUID) -> Page:
    """One petition: what it asks of whom, who stands behind it, how far it has come."""
    if not is_unknown() or (tag := page_tag(petition_id)) is None:
        return _page(petition_id)
    if is_known(tag):
        return unchanged(tag)
    return for_everyone(drawn(tag, lambda: _page(petition_id)), tag=tag)


def _page(petition_id: UUID) -> str:
    shown = find(get_db(), petition_id)
    told: dict[str, Any] = {}
    for area in AREAS:
        told |= area(shown)
    return render_template("petitions/detail.html", **told)


def _frame(shown: Shown) -> dict[str, Any]:
    """The text, whom it addresses, the guild, what the viewer may do."""
    petition = shown.petition
    return {
        "petition": petition,
        "institution": shown.institution,
        "guild": shown.guild if shown.shows_guild else None,
        "role": shown.role,
        "proposal": shown.proposal,
        "pill": PILLS[petition.state],
        "is_public": petition.state in PUBLIC_STATES,
        "can_sign": rules.can_sign(petition.state, petition.closes_on, clock.now()),
        # who votes in a guild that is not listed, and how many, is its members' to know
        "decision": decision_in_words(shown.proposal) if shown.shows_guild else "",
    }


def _progress(shown: Shown) -> dict[str, Any]:
    """How far it has come, and the latest news of it; nothing before it was open."""
    petition, db = shown.petition, get_db()
    if petition.state not in PUBLIC_STATES:
        return {}
    online = petition.signature_count
    total = online + petition.paper_count
    today = min(clock.now(), petition.closed_at or clock.now())
    today = today.replace(hour=0, minute=0, second=0, microsecond=0)
    passed = milestones.passed(db, petition.id, total)
    return {
        "total": total,
        "kinds": rules.kinds_in_words(online, petition.paper_count),
        "progress": rules.progress_in_words(total, petition.goal),
        "milestones": passed,
        "next_milestone": milestones.next_one(petition.goal, shown.institution.procedure, total),
        "names": progress.latest_names(db, petition.id),
        "checks": progress.checks(db, petition.id),
        "countries": progress.countries(db, petition.id, online),
        "regions": progress.regions(db, petition.id, online) if petition.regions else [],
        "days": _day_bars(progress.days(db, petition.id, today - DAYS_SHOWN), today),
        "news": updates.news(db, petition.id, NEWS_SHOWN + 1),
        "news_shown": NEWS_SHOWN,
    }


def _day_bars(found: dict[date, int], today: datetime) -> list[tuple[date, int, int]]:
    """Day, signatures, height of 100: 30 days up to the last; none if nothing was signed then."""
    days = [(today - DAYS_SHOWN).date() + timedelta(days=n) for n in range(DAYS_SHOWN.days + 1)]
    most = max((found.get(day, 0) for day in days), default=0)
    if most <= 0:
        return []
    return [(day, n, round(100 * max(n, 0) / most)) for day in days for n in [found.get(day, 0)]]


#: what each part of the page needs; the names are the template's, so no two parts share one
AREAS: tuple[Callable[[Shown], dict[str, Any]], ...] = (
    _frame,
    permissions,
    writing,
    behind,
    _progress,
    at_desk,
    outcome_of,
)
