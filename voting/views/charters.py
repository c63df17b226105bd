"""Changing the charter: written in a form, seen as a diff, put before the guild."""

from typing import Any

from flask import flash, redirect, render_template, request
from sqlmodel import Session

from accounts.identity import me
from core import clock
from core.database import get_db
from core.errors import NotAllowed
from core.rates import spend
from guilds import by_decision
from guilds.charter import Charter, DecisionKind
from guilds.charter_diff import as_read, changes
from guilds.charter_form import CharterForm, typed_charter
from guilds.charter_templates import TEMPLATES
from guilds.charter_words import KIND_NAMES, rule_in_words
from guilds.dead_ends import tight_spots
from guilds.models import CharterVersion
from guilds.queries import get_charter, numbers, stuck
from voting import chains, charters, queries, rules, substance
from voting.case_form import CaseForm
from voting.models import Proposal
from voting.queries import Shown
from voting.views.again import origin_of
from voting.views.blueprint import Page, bp, guild_of, url_of
from voting.views.stages import pill_of

STALE = (
    "The charter was changed while you were writing. What you typed is still here; it is shown "
    "against the version in force now."
)


class Desk:
    """What the pages of changing a charter share: the guild, its charter in force, who writes."""

    def __init__(self, slug: str) -> None:
        self.guild, self.role = guild_of(slug)
        self.version: CharterVersion = get_charter(get_db(), self.guild.id)
        self.charter = Charter.model_validate(self.version.rules)
        self.rule = self.charter.rules[DecisionKind.CHANGE_CHARTER]

    def facts(self) -> dict[str, Any]:
        return {
            "guild": self.guild,
            "role": self.role,
            "version": self.version,
            "sentences": rule_in_words(self.rule),
            "stuck": stuck(get_db(), self.guild.id, self.rule, clock.now()),
            "under_way": queries.under_way(get_db(), self.guild.id, DecisionKind.CHANGE_CHARTER),
            "pill_of": pill_of,
            "topics": chains.topics(get_db(), self.guild.id),
        }


@bp.route("/guilds/<slug>/charter/change", methods=["GET", "POST"])
def change_charter(slug: str) -> Page:
    """Write another charter, see what it changes, put it before the guild."""
    if request.method == "POST":
        spend("60/hour;200/day", "voting.charter", str(me().id))
    desk = Desk(slug)
    if not rules.can_propose(desk.role, desk.rule):
        raise NotAllowed("The charter does not let you propose to change it.")
    if request.method == "GET":
        return _begin(desk)
    form = CharterForm().offer(desk.charter)
    if not form.validate_on_submit():
        return _desk_page(desk, form), 422
    if request.form.get("base") != str(desk.version.number):
        return _desk_page(desk, form, stale=STALE), 409
    step = request.form.get("step", "")
    if step == "edit":
        return _desk_page(desk, form)
    after = as_read(desk.charter, form.charter())
    refusal = _refusal(get_db(), desk, after)
    if refusal is not None:
        form.form_errors.append(refusal)
        return _desk_page(desk, form), 422
    case = CaseForm(**({} if step == "put" else {"formdata": None})).offer(desk.rule)
    if step != "put" or not case.validate_on_submit():
        return _preview(desk, form, after, case), 422 if step == "put" else 200
    return _put(desk, after, case)


def _begin(desk: Desk) -> Page:
    """The form as the charter in force fills it, one of the templates, or an earlier proposal."""
    template = TEMPLATES.get(request.args.get("from", ""))
    start = template.charter if template else desk.charter
    origin = origin_of(get_db(), desk.guild, DecisionKind.CHANGE_CHARTER)
    if origin is not None:
        start = charters.proposed_anew(get_db(), origin, desk.charter)
    form = CharterForm(formdata=None, data=typed_charter(start)).offer(desk.charter, start)
    return _desk_page(desk, form, origin=origin)


def _desk_page(
    desk: Desk, form: CharterForm, *, stale: str = "", origin: Proposal | None = None
) -> str:
    return render_template(
        "voting/charter_change.html",
        **desk.facts(),
        form=form,
        kind_names=KIND_NAMES,
        templates={key: template.name for key, template in TEMPLATES.items()},
        chosen=request.args.get("from", ""),
        stale=stale,
        origin=origin,
    )


def _refusal(db: Session, desk: Desk, after: Charter) -> str | None:
    if not changes(desk.charter, after):
        return substance.NOTHING_CHANGES
    base = desk.version.number
    return by_decision.charter_refusal(db, desk.guild, after, base=base, now=clock.now())


def _preview(desk: Desk, form: CharterForm, after: Charter, case: CaseForm) -> str:
    people = numbers(get_db(), desk.guild.id, list(after.rules.values()), clock.now())
    names = {field.name for _, group in form.groups for field in group}
    typed = request.form.items(multi=True)
    return render_template(
        "voting/charter_preview.html",
        **desk.facts(),
        changes=changes(desk.charter, after),
        tight=tight_spots(after, people),
        typed=[(name, value) for name, value in typed if name in names],
        form=case,
    )


def _put(desk: Desk, after: Charter, case: CaseForm) -> Page:
    db = get_db()
    proposal = charters.propose_change(
        db,
        desk.guild,
        after,
        base=desk.version.number,
        case=case.case(),
        actor=me(),
        now=clock.now(),
    )
    db.commit()
    flash("Your proposal stands before the guild.", "good")
    return redirect(url_of(proposal), 303)


def amendment_of(shown: Shown) -> dict[str, Any]:
    """What the page of a proposal shows of a changed charter; amendment: None for other kinds."""
    return {"amendment": charters.amendment_of(get_db(), shown.proposal)}
