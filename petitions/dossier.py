"""The dossier: what is handed to the institution, made when nobody can confirm any more.

A document with text, decision, counts and places; the signatures with what their signatories let
be handed over; and a signed manifest of both, with a root over all blinded signatures, so that
nothing can be added unseen and each signatory can see that theirs is in.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Session, col, delete, select

from core import documents
from core.database import open_session, read_only, table_of
from core.errors import RuleBroken
from core.templating import day
from core.vault import Vault
from guilds.models import Guild
from institutions.models import Institution
from petitions import counter, joining, life, rules, tree
from petitions.checking import FORMAT, canonical
from petitions.countries import COUNTRIES
from petitions.decided import decision_in_words
from petitions.delivery_models import Dossier, DossierPart
from petitions.gathering import LEAF_SIZE, Branches, Gathered, gather
from petitions.models import Petition, PetitionState, Sweep
from petitions.paper_models import PaperBatch
from petitions.progress import SMALLEST_PLACE
from petitions.telling import tell_signatories
from voting.models import Proposal
from voting.signing import Signer

#: where the app keeps its Means
EXTENSION = "guilds.dossiers"
READY, COUNTED = "petitions.dossier_ready", "petitions.counted"
#: while it is in one of these and names are kept, the dossier follows what counts
MADE_IN = frozenset({PetitionState.CLOSED, PetitionState.DELIVERED, PetitionState.ANSWERED})
#: so long at most does it take to keep what was pressed in the last moment
LAST_PRESSED = timedelta(minutes=1)
#: where the document's words on how to check it begin and end
CHECK_BLOCK = ("check", "made")
UNLISTED = "A guild that is not listed"
NOT_READY = (
    "The dossier is not ready: it is made a day after the close, when nobody can confirm any more, "
    "and made anew within minutes when a signature is taken back or a guild's name goes."
)

_part = table_of(DossierPart)


@dataclass(frozen=True)
class Means:
    """What making one needs besides the database. render: a template by its name."""

    vault: Vault
    signer: Signer
    render: Callable[..., str]


def due_petitions(db: Session, now: datetime, limit: int) -> list[UUID]:
    """Closed petitions without a dossier, or with one that is not true any more."""
    query = (
        select(Petition.id)
        .join(Dossier, col(Dossier.petition_id) == Petition.id, isouter=True)
        .where(col(Petition.state).in_(MADE_IN), col(Petition.signatories_forgotten_at).is_(None))
        .where(col(Petition.closed_at) <= now - rules.CONFIRM_GRACE - LAST_PRESSED)
        .where(col(Dossier.id).is_(None) | _is_outdated())
        .order_by(col(Petition.closed_at))
        .limit(limit)
    )
    return list(db.exec(query))


def _is_outdated() -> sa.ColumnElement[bool]:
    """Whether something was taken back, released, entered or struck since it was made.

    Or it names a guild, or tells how that voted, which is not listed any more or took its name off.
    """
    made_at = col(Dossier.made_at)
    swept = sa.exists().where(
        col(Sweep.petition_id) == Petition.id,
        (col(Sweep.done_at) > made_at) | (col(Sweep.undone_at) > made_at),
    )
    entered = sa.exists().where(
        col(PaperBatch.petition_id) == Petition.id,
        (col(PaperBatch.entered_at) > made_at) | (col(PaperBatch.struck_at) > made_at),
    )
    said = col(Dossier.manifest)
    tells_of_unlisted = sa.exists().where(
        col(Guild.id) == Petition.guild_id,
        ~col(Guild.is_listed),
        (said[("guilds", 0)].as_string() != UNLISTED) | (said["decision"].as_string() != ""),
    )
    others_named = sa.func.json_array_length(said["guilds"]) - 1
    return (
        (col(Dossier.signature_count) != col(Petition.signature_count))
        | (col(Dossier.paper_count) != col(Petition.paper_count))
        | swept
        | entered
        | tells_of_unlisted
        | (others_named != joining.public_count())
    )


def get_dossier(db: Session, petition_id: UUID) -> Dossier | None:
    return db.exec(select(Dossier).where(Dossier.petition_id == petition_id)).first()


def current_dossier(db: Session, petition_id: UUID) -> Dossier | None:
    """The dossier, if it is there and holds exactly what counts."""
    query = (
        select(Dossier)
        .join(Petition, col(Petition.id) == Dossier.petition_id)
        .where(Dossier.petition_id == petition_id, ~_is_outdated())
    )
    return db.exec(query).first()


def ready_dossier(db: Session, petition_id: UUID) -> Dossier:
    """The same. Raises RuleBroken while there is none."""
    held = current_dossier(db, petition_id)
    if held is None:
        raise RuleBroken(NOT_READY)
    return held


def make_dossier(
    db: Session,
    petition_id: UUID,
    means: Means,
    *,
    now: datetime,
    reading: Session | None = None,
) -> bool:
    """Read all signatures, draw the document, sign the manifest, keep the three.

    reading: where they are read; usually beside `db`, so that nobody waits meanwhile. False if
    something changed since, or it is not due any more: the next round reads again.
    """
    if reading is None:
        with open_session(read_only(db.get_bind().engine)) as beside:
            return make_dossier(db, petition_id, means, now=now, reading=beside)
    found = gather(reading.connection(), petition_id, means.vault)
    branches = Branches(found.leaves.sorted())
    try:
        manifest = _manifest(reading, petition_id, found, branches.root, means, now)
        pdf = _draw(reading, petition_id, manifest, means)
        manifest["files"]["petition.pdf"] = sha256(pdf).hexdigest()
        if reading is not db:
            reading.rollback()
        return _keep(db, petition_id, manifest, pdf, branches, means, now)
    finally:
        found.leaves.close()
        branches.close()


def _manifest(
    db: Session, petition_id: UUID, found: Gathered, root: bytes, means: Means, now: datetime
) -> dict[str, Any]:
    """All that is said of the petition, in plain values, but for the document's hash."""
    petition = db.get_one(Petition, petition_id)
    institution = db.get_one(Institution, petition.institution_id)
    own = db.get_one(Guild, petition.guild_id)
    proposal = db.get(Proposal, petition.proposal_id) if petition.proposal_id else None
    paper = [
        {
            "signatures": batch.signature_count,
            "place": batch.place,
            "collected_on": batch.collected_on.isoformat(),
            "sheet": batch.sheet_hash,
        }
        for batch in _batches(db, petition_id)
    ]
    return {
        "format": FORMAT,
        "petition": str(petition.id),
        "title": petition.title,
        "request": petition.request,
        "background": petition.background,
        "further": petition.further,
        "addressed_to": institution.name,
        "jurisdiction": institution.jurisdiction,
        "guilds": guild_names(db, petition),
        "decision": decision_in_words(proposal) if own.is_listed else "",
        "opened_at": _instant(petition.opened_at),
        "closed_at": _instant(petition.closed_at),
        "made_at": _instant(now),
        "signatures": found.signature_count,
        "handed_over": found.handed_over,
        "places": shown_places(found.places),
        "on_paper": petition.paper_count,
        "paper": paper,
        "root": root.hex(),
        "files": {"signatures.csv": found.csv_hash},
        "public_key": means.signer.public_key,
    }


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def _batches(db: Session, petition_id: UUID) -> list[PaperBatch]:
    query = select(PaperBatch).where(
        PaperBatch.petition_id == petition_id, col(PaperBatch.struck_at).is_(None)
    )
    return list(db.exec(query.order_by(col(PaperBatch.collected_on), col(PaperBatch.entered_at))))


def guild_names(db: Session, petition: Petition) -> list[str]:
    """Who stands behind it, its own guild first; guilds that are not listed are not named."""
    own = db.get_one(Guild, petition.guild_id)
    joined = joining.public_names(db, petition.id)
    return [own.name if own.is_listed else UNLISTED, *joined]


def shown_places(places: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    """Places by their number of signatures; small ones, and who said none, come as one."""
    shown, rest = [], 0
    for (country, region), number in sorted(places.items(), key=lambda one: (-one[1], one[0])):
        if number < SMALLEST_PLACE or not (country or region):
            rest += number
        else:
            shown.append({"country": country, "region": region, "signatures": number})
    return [*shown, {"country": "", "region": "", "signatures": rest}] if rest else shown


def _draw(db: Session, petition_id: UUID, manifest: dict[str, Any], means: Means) -> bytes:
    petition = db.get_one(Petition, petition_id)
    opened, closed = petition.opened_at, petition.closed_at
    html = means.render(
        "petitions/dossier.html",
        told=manifest,
        places=[(_place_in_words(place), place["signatures"]) for place in manifest["places"]],
        paper=[
            (batch["place"], day(date.fromisoformat(batch["collected_on"])), batch["signatures"])
            for batch in manifest["paper"]
        ],
        background_html=petition.background_html,
        further_html=petition.further_html,
        opened=day(opened.date()) if opened else "",
        # closed at the midnight that ends the last day
        last_day=day((closed - timedelta(seconds=1)).date()) if closed else "",
        made=day(datetime.fromisoformat(manifest["made_at"]).date()),
    )
    return documents.draw(html, title=manifest["title"], together=CHECK_BLOCK)


def _place_in_words(place: Mapping[str, Any]) -> str:
    country = COUNTRIES.get(place["country"], place["country"])
    said = ", ".join(part for part in (place["region"], country) if part)
    return said or "Elsewhere, or not said"


def _keep(
    db: Session,
    petition_id: UUID,
    manifest: dict[str, Any],
    pdf: bytes,
    branches: Branches,
    means: Means,
    now: datetime,
) -> bool:
    petition = life.lock(db, petition_id)
    counter.fold(db, petition_id, now=now)
    db.refresh(petition)
    counted = petition.signature_count, petition.paper_count
    if petition.state not in MADE_IN or counted != (manifest["signatures"], manifest["on_paper"]):
        return False
    is_first = get_dossier(db, petition_id) is None
    db.exec(delete(Dossier).where(col(Dossier.petition_id) == petition_id))
    db.exec(delete(DossierPart).where(col(DossierPart.petition_id) == petition_id))
    db.add(
        Dossier(
            petition_id=petition_id,
            made_at=now,
            pdf=pdf,
            signature_count=petition.signature_count,
            paper_count=petition.paper_count,
            manifest=manifest,
            signature=means.signer.sign(canonical(manifest).encode()),
        )
    )
    for number, (leaves, root) in enumerate(branches.each()):
        row = {"id": uuid4(), "petition_id": petition_id, "number": number}
        row |= {"first": leaves[:LEAF_SIZE], "leaves": leaves, "root": root}
        db.connection().execute(_part.insert(), row)
    life.record(db, "petitions.dossier_made", petition, actor=None, now=now)
    if is_first:
        _tell(db, petition, now)
    db.flush()
    return True


def _tell(db: Session, petition: Petition, now: datetime) -> None:
    life.tell_guild(db, petition, READY, now=now)
    tell_signatories(db, COUNTED, petition.id, now=now)


def manifest_of(dossier: Dossier) -> dict[str, Any]:
    """The manifest as it is handed out: what is signed, and the signature."""
    return {**dossier.manifest, "signature": dossier.signature}


def proof_of(db: Session, dossier: Dossier, receipt: str) -> dict[str, Any] | None:
    """The manifest with the path from the signature of a receipt; None if it is not in."""
    leaf = tree.leaf_of(str(dossier.petition_id), receipt)
    mine = select(DossierPart).where(DossierPart.petition_id == dossier.petition_id)
    below = mine.where(col(DossierPart.first) <= leaf).order_by(col(DossierPart.first).desc())
    part = db.exec(below.limit(1)).first()
    if part is None:
        return None
    leaves = _split(part.leaves)
    place = bisect_left(leaves, leaf)
    if leaves[place : place + 1] != [leaf]:
        return None
    roots = list(
        db.exec(
            select(DossierPart.root)
            .where(DossierPart.petition_id == dossier.petition_id)
            .order_by(col(DossierPart.number))
        )
    )
    return {**manifest_of(dossier), "proof": tree.path(leaves, place, roots, part.number)}


def leaf_lines(db: Session, petition_id: UUID) -> Iterator[str]:
    """All leaves in hex, one a line, a branch at a time."""
    query = (
        select(DossierPart.leaves)
        .where(DossierPart.petition_id == petition_id)
        .order_by(col(DossierPart.number))
        .execution_options(yield_per=4)
    )
    with db.exec(query) as found:
        for leaves in found:
            yield "".join(f"{leaf.hex()}\n" for leaf in _split(leaves))


def _split(leaves: bytes) -> list[bytes]:
    return [leaves[at : at + LEAF_SIZE] for at in range(0, len(leaves), LEAF_SIZE)]
