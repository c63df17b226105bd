"""What a guild can decide: every kind with the charter's rule in words, and where it begins."""

from flask import render_template

from core import clock
from core.database import get_db
from guilds.charter import Charter, DecisionKind
from guilds.charter_words import KIND_NAMES, rule_in_words
from guilds.dead_ends import rule_dead_ends
from guilds.queries import get_charter, numbers
from voting import rules
from voting.views.blueprint import Page, bp, guild_of


@bp.get("/guilds/<slug>/decisions/kinds")
def kinds(slug: str) -> Page:
    """The kinds I may put first, in the charter's order; then the others."""
    guild, role = guild_of(slug)
    charter = Charter.model_validate(get_charter(get_db(), guild.id).rules)
    people = numbers(get_db(), guild.id, list(charter.rules.values()), clock.now())
    rows = [
        {
            "kind": kind.value,
            "name": KIND_NAMES[kind],
            "sentences": rule_in_words(charter.rules[kind]),
            "can_propose": rules.can_propose(role, charter.rules[kind]),
            "stuck": rule_dead_ends(charter.rules[kind], people),
        }
        for kind in DecisionKind
    ]
    rows.sort(key=lambda row: not row["can_propose"])
    return render_template("voting/kinds.html", guild=guild, role=role, rows=rows)
