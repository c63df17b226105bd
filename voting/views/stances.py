"""Proposing where a guild stands on a bill."""

from uuid import UUID

from flask import abort, url_for

from accounts.identity import me
from core import clock
from core.database import get_db
from guilds.charter import DecisionKind
from legislation.models import Bill, GuildStance
from legislation.queries import get_bill
from legislation.stances import current_stance
from voting import queries, stances
from voting.case_form import StanceForm
from voting.views.blueprint import Page, bp, choose_guild
from voting.views.desk import Desk
from voting.views.stages import pill_of


@bp.get("/legislation/<uuid:bill_id>/propose")
def stance_by(bill_id: UUID) -> Page:
    """Which of my guilds shall take a stance; with only one there is nothing to choose."""
    bill = _bill(bill_id)
    return choose_guild(
        DecisionKind.BILL_STANCE,
        lambda slug: url_for("voting.stance", slug=slug, bill_id=bill.id),
        title="Propose a stance",
        lead="Which of your guilds shall decide where it stands on this bill?",
        back=(bill.identifier, url_for("legislation.detail", bill_id=bill.id)),
    )


@bp.route("/guilds/<slug>/bills/<uuid:bill_id>/stance", methods=["GET", "POST"])
def stance(slug: str, bill_id: UUID) -> Page:
    """Ask a guild to take a stance on a bill."""
    desk, bill = Desk(slug, DecisionKind.BILL_STANCE), _bill(bill_id)
    form = StanceForm(**desk.said_before()).offer(desk.rule)
    if not form.validate_on_submit():
        stands = current_stance(desk.db, bill.id, desk.guild.id)
        return desk.page(
            "voting/propose_stance.html",
            form,
            bill=bill,
            stands=stands,
            under_way=queries.under_way(desk.db, desk.guild.id, desk.kind, subject_id=bill.id),
            pill_of=pill_of,
        )
    proposal = stances.propose_stance(
        desk.db,
        desk.guild,
        bill,
        GuildStance(form.stance.data),
        case=form.case(),
        actor=me(),
        now=clock.now(),
    )
    return desk.put(proposal)


def _bill(bill_id: UUID) -> Bill:
    bill = get_bill(get_db(), bill_id)
    if bill is None:
        abort(404)
    return bill
