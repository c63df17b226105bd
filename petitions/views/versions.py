"""The versions of a petition's text and what changed between any two."""

from uuid import UUID

from flask import abort, render_template, request

from core.database import get_db
from petitions import conflicts, versions
from petitions.views.blueprint import Page, bp, find
from petitions.writing_models import PetitionVersion
from voting import differences
from voting.views.versions import two_named


@bp.get("/petitions/<uuid:petition_id>/versions")
def petition_versions(petition_id: UUID) -> Page:
    """Every version, and the difference between two: the last two if none is named."""
    db = get_db()
    shown = find(db, petition_id)
    if shown.role is None:
        abort(404)
    until = request.args.get("until", type=int)
    if until is not None and not 0 < until < 2**31:
        abort(400)
    rows = versions.listed(db, petition_id, until=until)
    found = [version for version, _ in rows]
    before, after = two_named(found)
    passages = []
    facts = []
    if before and after:
        passages = [
            (label, differences.words(old, new))
            for passage, label in conflicts.LABELS.items()
            if (old := versions.text_of(before, passage))
            != (new := versions.text_of(after, passage))
        ]
        facts = _facts(before, after)
    return render_template(
        "petitions/versions.html",
        petition=shown.petition,
        guild=shown.guild,
        role=shown.role,
        rows=rows,
        until=until,
        older=_older(found),
        before=before,
        after=after,
        passages=passages,
        facts=facts,
    )


def _older(found: list[PetitionVersion]) -> int | None:
    """With which version a page of older ones begins: the last here, to be compared with them."""
    is_full = len(found) == versions.LISTED and found[0].number > 1
    return found[0].number if is_full else None


def _facts(before: PetitionVersion, after: PetitionVersion) -> list[tuple[str, object, object]]:
    """What else changed: (what, before, after)."""
    named = (("Addressed to", "institution_name"), ("Goal", "goal"), ("Last day", "closes_on"))
    pairs = [(label, getattr(before, name), getattr(after, name)) for label, name in named]
    return [(label, old, new) for label, old, new in pairs if old != new]
