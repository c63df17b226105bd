"""What somebody typed while the text was fixed: not kept, and not lost."""

from flask import render_template, request

from petitions.queries import Shown
from petitions.views.blueprint import Page


def too_late(shown: Shown, said: str, typed: dict[str, str]) -> Page:
    """A page with what was typed, to be copied. said: why; typed: a field's name -> its label."""
    words = [(label, request.form.get(name, "")) for name, label in typed.items()]
    page = render_template(
        "petitions/late.html",
        petition=shown.petition,
        guild=shown.guild,
        role=shown.role,
        said=said,
        words=[(label, text) for label, text in words if text.strip()],
    )
    return page, 409
