"""The versions of a petition's text and what changed between any two."""

from uuid import UUID

from flask import abort, render_template

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
    rows = versions.listed(db, petition_id)
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
        before=before,
        after=after,
        passages=passages,
        facts=facts,
    )


def _facts(before: PetitionVersion, after: PetitionVersion) -> list[tuple[str, object, object]]:
    """What else changed: (what, before, after)."""
    named = (("Addressed to", "institution_name"), ("Goal", "goal"), ("Last day", "closes_on"))
    pairs = [(label, getattr(before, name), getattr(after, name)) for label, name in named]
    return [(label, old, new) for label, old, new in pairs if old != new]
