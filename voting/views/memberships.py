"""Proposing who belongs to a guild and in what role."""

from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, url_for

from accounts.identity import me
from accounts.models import User
from core import clock
from core.database import get_db
from core.errors import NotAllowed, RuleBroken
from core.fields import text
from guilds import by_decision
from guilds.charter import DecisionKind
from guilds.forms import ROLE_HINTS
from guilds.models import JoinRequest, Membership, Role
from guilds.queries import get_member, get_request
from guilds.rules import can_organise
from voting import memberships
from voting.case_form import CaseForm, RoleCaseForm
from voting.queries import Shown
from voting.views.blueprint import Page, bp, url_of
from voting.views.desk import Desk


class PeopleDesk(Desk):
    """What is proposed is about a person."""

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

    def person_page(self, form: CaseForm, person: User, **words: Any) -> Page:
        return self.page("voting/propose_person.html", form, person=person, **words)


@bp.route("/guilds/<slug>/members/<uuid:membership_id>/propose-role", methods=["GET", "POST"])
def propose_role(slug: str, membership_id: UUID) -> Page:
    """Ask the guild to give a member another role."""
    desk = PeopleDesk(slug, DecisionKind.ROLE)
    membership, person = desk.member(membership_id)
    elsewhere = desk.under_way(person.id)
    if elsewhere is not None:
        return elsewhere
    form = RoleCaseForm(role=membership.role.value, **desk.said_before()).offer(desk.rule)
    if form.validate_on_submit():
        role = Role(text(form.role))
        refusal = by_decision.role_refusal(desk.db, desk.guild, person.id, role)
        if refusal is None:
            proposal = memberships.propose_role(
                desk.db, desk.guild, person.id, role, form.case(), actor=me(), now=clock.now()
            )
            return desk.put(proposal)
        form.role.errors = [refusal]
    return desk.person_page(
        form,
        person,
        title=f"Propose another role for {person.display_name}",
        back=("The member", url_for("guilds.member", slug=slug, membership_id=membership_id)),
        hints=ROLE_HINTS,
    )


@bp.route("/guilds/<slug>/members/<uuid:membership_id>/propose-to-expel", methods=["GET", "POST"])
def propose_expulsion(slug: str, membership_id: UUID) -> Page:
    """Ask the guild to expel a member."""
    desk = PeopleDesk(slug, DecisionKind.MEMBERSHIP)
    _, person = desk.member(membership_id)
    refusal = by_decision.expulsion_refusal(desk.db, desk.guild, person.id)
    if refusal is not None:
        raise RuleBroken(refusal)
    elsewhere = desk.under_way(person.id)
    if elsewhere is not None:
        return elsewhere
    form = CaseForm(**desk.said_before()).offer(desk.rule)
    if form.validate_on_submit():
        proposal = memberships.propose_expulsion(
            desk.db, desk.guild, person.id, form.case(), actor=me(), now=clock.now()
        )
        return desk.put(proposal)
    return desk.person_page(
        form,
        person,
        title=f"Propose to expel {person.display_name}",
        lead="They read what you write, can answer in the debate, and vote like everybody else.",
        back=("The member", url_for("guilds.member", slug=slug, membership_id=membership_id)),
    )


@bp.route("/guilds/<slug>/requests/<uuid:request_id>/propose", methods=["GET", "POST"])
def propose_admission(slug: str, request_id: UUID) -> Page:
    """Ask the guild to admit who asked to join. Requests are shown to organisers."""
    desk = PeopleDesk(slug, DecisionKind.MEMBERSHIP)
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
    return desk.person_page(
        form,
        person,
        title=f"Propose to admit {person.display_name}",
        lead="Every member sees then who asks to join. What they wrote to the organisers stands "
        "below: leave out what is not for all.",
        back=("Requests to join", url_for("guilds.requests", slug=slug)),
    )


def _request(desk: PeopleDesk, request_id: UUID) -> tuple[JoinRequest, User]:
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
