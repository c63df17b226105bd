"""Two people wrote at the same time: what differs, word by word, and what joins by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlmodel import Session

from core.templating import day
from petitions import versions
from petitions.drafting import region_lines
from petitions.models import Petition
from petitions.suggestions import LENGTHS
from petitions.writing_models import Passage, PetitionVersion
from voting import differences
from voting.differences import Part

#: a passage as the form calls it
LABELS = {
    Passage.TITLE: "Title",
    Passage.REQUEST: "What you ask them to do",
    Passage.BACKGROUND: "Why",
    Passage.FURTHER: "More about it",
}


class Typed(Protocol):
    """A form, by the names of a draft's facts."""

    def __getitem__(self, name: str) -> Any: ...


@dataclass
class Differing:
    """What is kept and what was typed, where they differ.

    passages: (label, from what is kept to what was typed). facts: (label, kept, typed).
    joined: what the form should hold instead of what was typed, as both changes fit together.
    """

    passages: list[tuple[str, list[Part]]] = field(default_factory=list)
    facts: list[tuple[str, str, str]] = field(default_factory=list)
    joined: dict[str, Any] = field(default_factory=dict)


def compare(
    db: Session,
    petition: Petition,
    institution: str,
    form: Typed,
    seen: int,
    institutions: Mapping[str, str],
) -> Differing:
    """Compare a petition as it is kept with a form that began from version `seen`.

    institution: whom it addresses, by name. institutions: names by key, as the form offers them.
    """
    found = Differing()
    base = versions.get_version(db, petition.id, seen)
    for passage, label in LABELS.items():
        _compare_passage(found, passage, label, versions.text_of(petition, passage), form, base)
    _compare_facts(found, petition, institution, form, base, institutions)
    return found


def _compare_passage(
    found: Differing,
    passage: Passage,
    label: str,
    kept: str,
    form: Typed,
    base: PetitionVersion | None,
) -> None:
    typed = str(form[passage.value].data or "")
    if typed == kept:
        return
    found.passages.append((label, differences.words(kept, typed)))
    joined = differences.merged(versions.text_of(base, passage), kept, typed) if base else None
    if joined is not None and len(joined) <= LENGTHS[passage]:
        found.joined[passage.value] = joined


def _compare_facts(
    found: Differing,
    petition: Petition,
    institution: str,
    form: Typed,
    base: PetitionVersion | None,
    institutions: Mapping[str, str],
) -> None:
    typed = {name: form[name].data for name in ("institution", "goal", "closes_on", "kept_months")}
    regions = list(region_lines(form["regions"].data))
    rows = [
        ("Whom it addresses", str(petition.institution_id) == typed["institution"], institution,
         institutions.get(typed["institution"], "")),
        ("Goal", petition.goal == typed["goal"], f"{petition.goal:,}", f"{typed['goal']:,}"),
        ("Last day", petition.closes_on == typed["closes_on"], day(petition.closes_on),
         day(typed["closes_on"])),
        ("Months kept", petition.kept_months == typed["kept_months"], str(petition.kept_months),
         str(typed["kept_months"])),
        ("Regions", petition.regions == regions, ", ".join(petition.regions), ", ".join(regions)),
    ]  # fmt: skip
    found.facts += [(label, kept, mine) for label, is_same, kept, mine in rows if not is_same]
    for name in ("goal", "closes_on"):
        if base is not None and typed[name] == getattr(base, name):
            found.joined[name] = getattr(petition, name)
