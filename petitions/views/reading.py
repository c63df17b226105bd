"""Reading: the public list, one petition, its count, a guild's own. Strangers get no cookie."""

from typing import Any
from uuid import UUID

from flask import abort, jsonify, render_template, request, url_for
from werkzeug.wrappers import Response

from accounts.identity import viewer
from core import clock
from core.database import get_db
from core.paging import read_place, write_place
from core.security import public
from guilds.charter import Charter, DecisionKind
from guilds.queries import get_charter, get_guild
from petitions import queries, rules
from petitions.decided import decision_in_words
from petitions.models import PUBLIC_STATES, PetitionState
from petitions.queries import PAGE, Line, Shown
from petitions.views.blueprint import PILLS, Page, bp, find

#: seconds a count may be kept by whoever asks for it again and again
COUNT_KEPT = 10


@bp.get("/petitions")
@public
def index() -> Page:
    """Petitions that can be signed, the last opened first."""
    before = read_place(request.args.get("before"))
    lines = queries.open_petitions(get_db(), before=before)
    next_url = None
    if len(lines) > PAGE:
        last = lines[PAGE - 1]
        assert last.opened_at is not None
        next_url = url_for("petitions.index", before=write_place(last.opened_at, last.id))
    return render_template(
        "petitions/index.html",
        rows=_with_progress(lines[:PAGE]),
        last_moment=rules.last_moment,
        next_url=next_url,
        is_first=before is None,
    )


@bp.get("/guilds/<slug>/petitions")
@public
def of_guild(slug: str) -> Page:
    """A guild's petitions: all of them for its members, open and closed ones for strangers."""
    db = get_db()
    found = get_guild(db, slug, viewer())
    if found is None:
        abort(404)
    guild, role = found
    before = read_place(request.args.get("before"))
    lines = queries.petitions_of_guild(db, guild, role, before=before)
    next_url = None
    if len(lines) > PAGE:
        place = write_place(lines[PAGE - 1].drafted_at, lines[PAGE - 1].id)
        next_url = url_for("petitions.of_guild", slug=slug, before=place)
    return render_template(
        "petitions/of_guild.html",
        guild=guild,
        role=role,
        rows=_with_progress(lines[:PAGE]),
        pills=PILLS,
        next_url=next_url,
        is_first=before is None,
        can_draft=rules.can_draft(role),
    )


def _with_progress(lines: list[Line]) -> list[tuple[Line, str]]:
    """Each with its progress in words; nothing is said of what nobody could sign."""
    return [
        (
            line,
            rules.progress_in_words(line.signature_count, line.goal)
            if line.state in PUBLIC_STATES
            else "",
        )
        for line in lines
    ]


@bp.get("/petitions/<uuid:petition_id>")
@public
def detail(petition_id: UUID) -> Page:
    """One petition: what it asks of whom, who stands behind it, how far it has come."""
    db = get_db()
    shown = find(db, petition_id)
    petition = shown.petition
    is_public = petition.state in PUBLIC_STATES
    return render_template(
        "petitions/detail.html",
        petition=petition,
        institution=shown.institution,
        guild=shown.guild if shown.shows_guild else None,
        role=shown.role,
        proposal=shown.proposal,
        pill=PILLS[petition.state],
        is_public=is_public,
        can_sign=rules.can_sign(petition.state, petition.closes_on, clock.now()),
        progress=rules.progress_in_words(petition.signature_count, petition.goal),
        decision=decision_in_words(shown.proposal),
        names=queries.shown_names(db, petition.id) if is_public else [],
        **_permissions(shown),
    )


def _permissions(shown: Shown) -> dict[str, Any]:
    """What the viewer may do with it: the same answers the services give."""
    state, role, person = shown.petition.state, shown.role, viewer()
    who: dict[str, Any] = {
        "role": role,
        "is_author": person is not None and shown.petition.author_id == person.id,
    }
    can_put = False
    if state == PetitionState.DRAFT and role is not None:
        charter = Charter.model_validate(get_charter(get_db(), shown.guild.id).rules)
        can_put = rules.can_put_before_guild(
            state, rule=charter.rules[DecisionKind.OPEN_PETITION], **who
        )
    return {
        "can_put": can_put,
        "can_edit": rules.can_edit(state, **who),
        "can_redraft": rules.can_redraft(state, **who),
        "can_withdraw": rules.can_withdraw(state, **who),
    }


@bp.get("/petitions/<uuid:petition_id>/count")
@public
def count(petition_id: UUID) -> Page:
    """The counter alone, for pages that stay open: small, and cheap to ask again."""
    counted = queries.get_count(get_db(), petition_id)
    if counted is None:
        abort(404)
    response: Response = jsonify(
        signature_count=counted.signature_count,
        goal=counted.goal,
        sentence=rules.progress_in_words(counted.signature_count, counted.goal),
    )
    response.set_etag(f"{counted.signature_count}-{counted.goal}")
    response.cache_control.public = True
    response.cache_control.max_age = COUNT_KEPT
    return response.make_conditional(request)
