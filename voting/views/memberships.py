"""Proposing who belongs to a guild and in what role."""

from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from sqlmodel import Session

from accounts.identity import me
from accounts.models import User
from core import clock
from core.database import get_db
from core.errors import NotAllowed, RuleBroken
from core.fields import text
from core.rates import spend
from guilds import by_decision
from guilds.charter import DecisionKind, DecisionRule
from guilds.charter_words import rule_in_words
from guilds.forms import ROLE_HINTS
from guilds.models import JoinRequest, Membership, Role
from guilds.queries import get_member, get_request
from guilds.rules import can_organise
from voting import memberships, queries, rules
from voting.case_form import CaseForm, RoleCaseForm
from voting.models import Proposal
from voting.queries import Shown
from voting.views.blueprint import Page, bp, guild_of, url_of

NOT_YOURS = "The charter does not let you propose that."


class Desk:
    """The guild, who proposes in it, and the charter's rule for it; 403 for who may not."""

    def __init__(self, slug: str, kind: DecisionKind) -> None:
        if request.method == "POST":
            spend("10/hour;40/day", "voting.put", str(me().id))
        self.guild, self.role = guild_of(slug)
        self.db: Session = get_db()
        self.kind = kind
        self.rule: DecisionRule = queries.rule_in_force(self.db, self.guild.id, kind)
        if not rules.can_propose(self.role, self.rule):
            raise NotAllowed(NOT_YOURS)

    def member(self, membership_id: UUID) -> tuple[Membership, User]:
        found = get_member(self.db, self.guild, membership_id)
        if found is None:
            abort(404)
        return found

    def under_way(self, subject_id: UUID) -> Page | None:
        """To the proposal that asks the same already, if there is one."""
        found = memberships.under_way(self.db, self.guild.id, self.kind, subject_id)
        if found is None:
            return None
        flash(memberships.UNDER_WAY)
        return redirect(url_of(found), 303)

    def page(self, form: CaseForm, person: User, **words: Any) -> Page:
        page = render_template(
            "voting/propose_person.html",
            guild=self.guild,
            role=self.role,
            form=form,
            person=person,
            sentences=rule_in_words(self.rule),
            **words,
        )
        return page, 422 if form.is_submitted() else 200

    def put(self, proposal: Proposal) -> Page:
        self.db.commit()
        flash("Your proposal stands before the guild.", "good")
        return redirect(url_of(proposal), 303)


@bp.route("/guilds/<slug>/members/<uuid:membership_id>/propose-role", methods=["GET", "POST"])
def propose_role(slug: str, membership_id: UUID) -> Page:
    """Ask the guild to give a member another role."""
    desk = Desk(slug, DecisionKind.ROLE)
    membership, person = desk.member(membership_id)
    elsewhere = desk.under_way(person.id)
    if elsewhere is not None:
        return elsewhere
    form = RoleCaseForm(role=membership.role.value).offer(desk.rule)
    if form.validate_on_submit():
        role = Role(text(form.role))
        refusal = by_decision.role_refusal(desk.db, desk.guild, person.id, role)
        if refusal is None:
            proposal = memberships.propose_role(
                desk.db, desk.guild, person.id, role, form.case(), actor=me(), now=clock.now()
            )
            return desk.put(proposal)
        form.role.errors = [refusal]
    return desk.page(
        form,
        person,
        title=f"Propose another role for {person.display_name}",
        back=("The member", url_for("guilds.member", slug=slug, membership_id=membership_id)),
        hints=ROLE_HINTS,
    )


@bp.route("/guilds/<slug>/members/<uuid:membership_id>/propose-to-expel", methods=["GET", "POST"])
def propose_expulsion(slug: str, membership_id: UUID) -> Page:
    """Ask the guild to expel a member."""
    desk = Desk(slug, DecisionKind.MEMBERSHIP)
    _, person = desk.member(membership_id)
    refusal = by_decision.expulsion_refusal(desk.db, desk.guild, person.id)
    if refusal is not None:
        raise RuleBroken(refusal)
    elsewhere = desk.under_way(person.id)
    if elsewhere is not None:
        return elsewhere
    form = CaseForm().offer(desk.rule)
    if form.validate_on_submit():
        proposal = memberships.propose_expulsion(
            desk.db, desk.guild, person.id, form.case(), actor=me(), now=clock.now()
        )
        return desk.put(proposal)
    return desk.page(
        form,
        person,
        title=f"Propose to expel {person.display_name}",
        lead="They read what you write, can answer in the debate, and vote like everybody else.",
        back=("The member", url_for("guilds.member", slug=slug, membership_id=membership_id)),
    )


@bp.route("/guilds/<slug>/requests/<uuid:request_id>/propose", methods=["GET", "POST"])
def propose_admission(slug: str, request_id: UUID) -> Page:
    """Ask the guild to admit who asked to join. Requests are shown to organisers."""
    desk = Desk(slug, DecisionKind.MEMBERSHIP)
    if not can_organise(desk.guild, desk.role):
        raise NotAllowed("Organisers put requests to join before the guild.")
    asked, person = _request(desk, request_id)
    elsewhere = desk.under_way(asked.id)
    if elsewhere is not None:
        return elsewhere
    form = CaseForm(why=asked.message).offer(desk.rule)
    if form.validate_on_submit():
        proposal = memberships.propose_admission(
            desk.db, desk.guild, asked, form.case(), actor=me(), now=clock.now()
        )
        return desk.put(proposal)
    return desk.page(
        form,
        person,
        title=f"Propose to admit {person.display_name}",
        lead="Every member sees then who asks to join. What they wrote to the organisers stands "
        "below: leave out what is not for all.",
        back=("Requests to join", url_for("guilds.requests", slug=slug)),
    )


def _request(desk: Desk, request_id: UUID) -> tuple[JoinRequest, User]:
    asked = get_request(desk.db, desk.guild, request_id)
    if asked is None:
        abort(404)
    refusal = by_decision.admission_refusal(desk.db, desk.guild, request_id)
    if refusal is not None:
        raise RuleBroken(refusal)
    return asked, desk.db.get_one(User, asked.user_id)


def person_of(shown: Shown) -> dict[str, Any]:
    """Whom a proposal is about; concerned: None if it is about nobody."""
    return {"concerned": memberships.person_of(get_db(), shown.proposal)}
