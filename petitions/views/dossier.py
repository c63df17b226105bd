"""The dossier for everybody: its files, how to check them, whether one's own signature is in."""

import json
from datetime import timedelta
from functools import partial
from uuid import UUID

from flask import abort, current_app, render_template, request
from werkzeug.wrappers import Response

from accounts.identity import me
from core import clock
from core.database import get_db
from core.errors import RuleBroken
from core.rates import source, spend
from core.security import public
from core.streaming import LARGE, streamed
from core.vault import get_vault
from petitions import delivery, dossier, gathering
from petitions import outcome_rules as rules
from petitions.check_script import NAME, check_script
from petitions.delivery_models import Dossier
from petitions.models import PUBLIC_STATES
from petitions.outcome_notices import numbers
from petitions.queries import Shown
from petitions.rules import CONFIRM_GRACE
from petitions.tree import read_receipt
from petitions.views.blueprint import Page, bp, find, who
from petitions.views.caching import for_everyone, is_known, is_unknown, unchanged

#: a person may take the names so often: each time is on record
TAKEN = "10/hour;30/day"
#: how long a file may be kept by who does not ask again; a newer one is made at times
FILE_KEPT = timedelta(minutes=10)


@bp.get("/petitions/<uuid:petition_id>/dossier", endpoint="dossier")
@public
def show_dossier(petition_id: UUID) -> Page:
    """What was, or will be, handed over; and a signatory's own question."""
    shown = _ended(petition_id)
    petition, db = shown.petition, get_db()
    held = dossier.get_dossier(db, petition.id)
    receipt = read_receipt(request.args.get("receipt", ""))
    is_in = bool(held and receipt) and dossier.proof_of(db, _sure(held), receipt) is not None
    return render_template(
        "petitions/dossier_page.html",
        petition=petition,
        institution=shown.institution,
        guild=shown.guild if shown.shows_guild else None,
        role=shown.role,
        held=held,
        numbers=numbers(petition),
        ready_at=petition.closed_at + CONFIRM_GRACE if petition.closed_at else None,
        is_made=petition.state in dossier.MADE_IN,
        receipt=receipt,
        is_in=is_in,
        can_take_names=rules.can_take_names(petition.state, shown.role),
        can_deliver=rules.can_deliver(petition.state, **who(shown)),
        script=NAME,
        link=current_app.config["PUBLIC_URL"],
    )


@bp.get("/petitions/<uuid:petition_id>/petition.pdf")
@public
def document(petition_id: UUID) -> Page:
    """The document that is handed over."""
    held = _held(petition_id)
    return _kept(held, Response(held.pdf, mimetype="application/pdf"), "petition.pdf")


@bp.get("/petitions/<uuid:petition_id>/manifest.json")
@public
def manifest(petition_id: UUID) -> Page:
    """What is signed: counts, hashes, the root."""
    held = _held(petition_id)
    return _kept(held, _json(dossier.manifest_of(held)), "manifest.json")


@bp.get("/petitions/<uuid:petition_id>/proof.json")
@public
def proof(petition_id: UUID) -> Page:
    """The same with the path from one signature, by its receipt."""
    receipt = read_receipt(request.args.get("receipt", ""))
    found = dossier.proof_of(get_db(), _held(petition_id), receipt)
    if found is None:
        abort(404)
    return _file(_json(found), "proof.json")


@bp.get("/petitions/<uuid:petition_id>/leaves.txt")
@public
def leaves(petition_id: UUID) -> Page:
    """All blinded signatures."""
    spend(LARGE, "petitions.leaves", source())
    held = _held(petition_id)
    answer = streamed(partial(dossier.leaf_lines, petition_id=petition_id), "text/plain")
    return _kept(held, answer, "leaves.txt")


@bp.get("/check_petition.py")
@public
def check_file() -> Response:
    """The script that checks a dossier, anywhere."""
    return _file(Response(check_script(), mimetype="text/x-python"), NAME)


@bp.post("/petitions/<uuid:petition_id>/signatures.csv")
def names(petition_id: UUID) -> Page:
    """The names that signatories let be handed over, for an organiser: on record."""
    spend(TAKEN, "petitions.names", str(me().id))
    db = get_db()
    petition = find(db, petition_id).petition
    delivery.take_names(db, petition, actor=me(), now=clock.now())
    db.commit()
    return names_file(petition_id)


def names_file(petition_id: UUID) -> Response:
    """The CSV, read while it is sent, in a transaction that holds nobody up. Personal data."""
    vault = get_vault()
    answer = streamed(
        lambda db: gathering.csv_pieces(db.connection(), petition_id, vault), "text/csv"
    )
    answer.headers["Cache-Control"] = "no-store"
    return _file(answer, "signatures.csv")


def _ended(petition_id: UUID) -> Shown:
    """A public petition; 404 for who may not see it, or while there is nothing to see."""
    shown = find(get_db(), petition_id)
    if shown.petition.state not in PUBLIC_STATES:
        abort(404)
    return shown


def _held(petition_id: UUID) -> Dossier:
    _ended(petition_id)
    held = dossier.get_dossier(get_db(), petition_id)
    if held is None:
        raise RuleBroken(dossier.NOT_READY)
    return held


def _sure(held: Dossier | None) -> Dossier:
    assert held is not None
    return held


def _json(told: dict[str, object]) -> Response:
    text = json.dumps(told, ensure_ascii=False, indent=1)
    return Response(f"{text}\n", mimetype="application/json")


def _kept(held: Dossier, answer: Response, name: str) -> Response:
    """A file that is the same for everybody: proxies keep it, and who has it is told so."""
    tag = held.signature[:20]
    if is_unknown() and is_known(tag):
        return unchanged(tag, FILE_KEPT)
    return _file(for_everyone(answer, FILE_KEPT, tag), name)


def _file(answer: Response, name: str) -> Response:
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
