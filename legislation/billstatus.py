"""Reading BILLSTATUS XML, the official record of a bill of the United States Congress.

Two shapes of the file are in use: the older one (`billNumber`, `billSubjects`, votes listed on the
bill) and schema 3 (`number`, `legislativeSubjects`, votes listed on actions). Both give the same
record. A file is taken whole or not at all.
Source: GPO, BILLSTATUS XML user guide; the published samples of both shapes.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from legislation.billtree import BillFileError, Node, read_tree

__all__ = [
    "BILL_TYPES",
    "MAX_ACTIONS",
    "ActionRecord",
    "BillFileError",
    "BillRecord",
    "Sponsor",
    "read_billstatus",
]

#: Entries in one record; the longest of GPO's samples has 264.
MAX_ACTIONS = 10_000

#: The path of each type of bill on congress.gov; the keys are all the types there are.
BILL_TYPES = {
    "HR": "house-bill",
    "S": "senate-bill",
    "HJRES": "house-joint-resolution",
    "SJRES": "senate-joint-resolution",
    "HCONRES": "house-concurrent-resolution",
    "SCONRES": "senate-concurrent-resolution",
    "HRES": "house-resolution",
    "SRES": "senate-resolution",
}

_PRESIDENTIAL = re.compile(
    r"(?:Presented to|Signed by|(?:Pocket )?Vetoed by) President|Became (?:Public|Private) Law",
    re.IGNORECASE,
)
_SPONSOR = re.compile(r"(?P<name>[^\[]+?) ?\[(?P<party>\w+)-(?P<area>[\w -]+)\]")
_HOUSE_ROLL = re.compile(r"\(Roll no\. (\d{1,5})\)", re.IGNORECASE)
_SENATE_ROLL = re.compile(r"Record Vote Number: (\d{1,5})", re.IGNORECASE)


@dataclass(frozen=True)
class Sponsor:
    """A member who put their name to the bill.

    name: "Rep. Franks, Trent"; party: "R"; area: state, and district if any, "AZ-8"; both empty
    where the published name lacks them. is_primary: introduced the bill, not a cosponsor.
    """

    name: str
    party: str
    area: str
    is_primary: bool


@dataclass(frozen=True)
class ActionRecord:
    """One entry of the official record; the same event may stand in it more than once.

    text: one line; empty for the rare blank entry.
    chamber: "House", "Senate", "President", "Library" (of Congress), or "Congress" if not said.
    code: as the source gives it; House and Library of Congress codes differ, the Senate has none.
    vote: chamber and roll number of the recorded vote that this entry reports.
    """

    acted_on: date
    text: str
    chamber: str
    code: str | None = None
    vote: tuple[str, int] | None = None


@dataclass(frozen=True)
class BillRecord:
    """What one file says of one bill.

    legislative_session: the number of the Congress, "114".
    identifier: type and number, "HR 22".
    sponsors: the primary ones first, then cosponsors who haven't withdrawn.
    subjects: the policy area first.
    laws: "Public Law 114-94".
    actions: oldest first; entries of one day in the order of the record.
    latest_action: what the file calls the latest; it may be a late report on a finished bill.
    recorded_votes: chamber and roll number of each vote listed, on the bill or on an amendment.
    """

    legislative_session: str
    identifier: str
    bill_type: str
    number: int
    title: str
    official_title: str | None
    updated_at: datetime
    introduced_on: date
    sponsors: tuple[Sponsor, ...]
    subjects: tuple[str, ...]
    laws: tuple[str, ...]
    actions: tuple[ActionRecord, ...]
    latest_action: tuple[date, str]
    recorded_votes: tuple[tuple[str, int], ...]
    source_url: str | None
    jurisdiction: str = "us"


def read_billstatus(data: bytes) -> BillRecord:
    """Read one bill from a BILLSTATUS file, plain or gzip.

    Raises BillFileError for anything else, with the line where that can be said.
    """
    bill, votes = read_tree(data)
    congress = _number(bill, ("congress",), "congress")
    number = _number(bill, ("number", "billNumber"), "bill number")
    bill_type = _bill_type(bill)
    actions = _actions(bill)
    return BillRecord(
        legislative_session=str(congress),
        identifier=f"{bill_type} {number}",
        bill_type=bill_type,
        number=number,
        title=_required(bill, ("title",), "title").value,
        official_title=_official_title(bill),
        updated_at=_instant(_required(bill, ("updateDate",), "update date")),
        introduced_on=_day(_required(bill, ("introducedDate",), "date of introduction")),
        sponsors=_sponsors(bill),
        subjects=_subjects(bill),
        laws=_laws(bill),
        actions=actions,
        latest_action=_latest_action(bill, actions),
        recorded_votes=tuple(sorted({_vote(vote) for vote in votes})),
        source_url=_source_url(bill, congress, bill_type, number),
    )


def _required(node: Node, tags: tuple[str, ...], name: str) -> Node:
    for tag in tags:
        found = node.first(tag)
        if found is not None and found.value:
            return found
    raise BillFileError(f"the {name} is missing", node.line)


def _values(nodes: Iterable[Node]) -> Iterator[str]:
    return (node.value for node in nodes if node.value)


def _number(node: Node, tags: tuple[str, ...], name: str) -> int:
    found = _required(node, tags, name)
    if not re.fullmatch(r"[0-9]{1,6}", found.value) or int(found.value) == 0:
        raise BillFileError(f"“{found.value[:40]}” is not a {name}", found.line)
    return int(found.value)


def _bill_type(bill: Node) -> str:
    found = _required(bill, ("type", "billType"), "bill type")
    if found.value.upper() not in BILL_TYPES:
        raise BillFileError(f"“{found.value[:40]}” is not a type of bill", found.line)
    return found.value.upper()


def _day(node: Node) -> date:
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", node.value):
            raise ValueError
        return date.fromisoformat(node.value)
    except ValueError:
        raise BillFileError(f"“{node.value[:40]}” is not a date", node.line) from None


def _instant(node: Node) -> datetime:
    """Read a date or a time; without a zone it is UTC, as the published samples are."""
    try:
        if not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T|$)", node.value):
            raise ValueError
        read = datetime.fromisoformat(node.value)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BillFileError(f"“{node.value[:40]}” is not a date and time", node.line) from None


def _official_title(bill: Node) -> str | None:
    titles = [
        _required(item, ("title",), "title").value
        for item in bill.all("titles", "item")
        if any(_values(item.all("title")))
        and "".join(_values(item.all("titleType"))) == "Official Title as Introduced"
    ]
    return titles[-1] if titles else None  # where two are listed, the last is the corrected one


def _sponsors(bill: Node) -> tuple[Sponsor, ...]:
    return tuple(
        _sponsor(name, is_primary=listing == "sponsors")
        for listing in ("sponsors", "cosponsors")
        for item in bill.all(listing, "item")
        if not any(_values(item.all("sponsorshipWithdrawnDate")))
        for name in _values(item.all("fullName"))
    )


def _sponsor(full_name: str, *, is_primary: bool) -> Sponsor:
    known = _SPONSOR.fullmatch(full_name)
    if known is None:
        return Sponsor(full_name, "", "", is_primary)
    return Sponsor(known["name"], known["party"], known["area"], is_primary)


def _subjects(bill: Node) -> tuple[str, ...]:
    paths = (
        ("policyArea", "name"),
        ("primarySubject", "name"),
        ("subjects", "legislativeSubjects", "item", "name"),
        ("subjects", "billSubjects", "legislativeSubjects", "item", "name"),
        ("subjects", "billSubjects", "otherSubjects", "item", "name"),
    )
    return tuple(dict.fromkeys(name for path in paths for name in _values(bill.all(*path))))


def _laws(bill: Node) -> tuple[str, ...]:
    return tuple(
        f"{_required(item, ('type',), 'kind of law').value} "
        f"{_required(item, ('number',), 'number of the law').value}"
        for item in bill.all("laws", "item")
    )


def _actions(bill: Node) -> tuple[ActionRecord, ...]:
    items = list(bill.all("actions", "item"))
    if len(items) > MAX_ACTIONS:
        raise BillFileError(f"more than {MAX_ACTIONS:,} actions", items[MAX_ACTIONS].line)
    actions = [_action(item) for item in items]
    if actions and actions[0].acted_on >= actions[-1].acted_on:  # published newest first
        actions.reverse()
    return tuple(sorted(actions, key=lambda action: action.acted_on))


def _action(item: Node) -> ActionRecord:
    text = next(_values(item.all("text")), "")
    code = next(_values(item.all("actionCode")), None)
    return ActionRecord(
        acted_on=_day(_required(item, ("actionDate",), "date of an action")),
        text=text,
        chamber=_chamber(next(_values(item.all("sourceSystem", "name")), ""), code, text),
        code=code,
        vote=_reported_vote(item, text),
    )


def _chamber(source: str, code: str | None, text: str) -> str:
    if _PRESIDENTIAL.match(text):
        return "President"
    if source.startswith(("House", "Senate")):
        return source.split()[0]
    if not source:
        return "Congress"
    if code and code.startswith(("H", "Intro-H")):
        return "House"
    stage = int(code) if code and re.fullmatch(r"[0-9]{4,5}", code) else 0
    if 1_000 <= stage < 10_000:  # the Library's own codes: the House's steps, then the Senate's
        return "House"
    return "Senate" if 10_000 <= stage < 19_000 else "Library"


def _vote(node: Node) -> tuple[str, int]:
    chamber = _required(node, ("chamber",), "chamber of a vote")
    if chamber.value not in ("House", "Senate"):
        raise BillFileError(f"“{chamber.value[:40]}” is not a chamber", chamber.line)
    return chamber.value, _number(node, ("rollNumber",), "roll number")


def _reported_vote(item: Node, text: str) -> tuple[str, int] | None:
    listed = item.first("recordedVotes", "recordedVote")
    if listed is not None:
        return _vote(listed)
    if found := _HOUSE_ROLL.search(text):
        return "House", int(found[1])
    if found := _SENATE_ROLL.search(text):
        return "Senate", int(found[1])
    return None


def _latest_action(bill: Node, actions: tuple[ActionRecord, ...]) -> tuple[date, str]:
    latest = bill.first("latestAction")
    if latest is not None and any(_values(latest.all("text"))):
        day = _day(_required(latest, ("actionDate",), "date of the latest action"))
        return day, next(_values(latest.all("text")))
    told = [action for action in actions if action.text]
    if not told:
        raise BillFileError("the bill has no action", bill.line)
    return told[-1].acted_on, told[-1].text


def _source_url(bill: Node, congress: int, bill_type: str, number: int) -> str | None:
    """Give the bill's page on congress.gov if the file links it; other links are not passed on."""
    tens = "th" if 10 <= congress % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(congress % 10)
    url = (
        f"https://www.congress.gov/bill/{congress}{tens or 'th'}-congress/"
        f"{BILL_TYPES[bill_type]}/{number}"
    )
    links = (
        *bill.all("legislationUrl"),
        *bill.all("actions", "item", "links", "link", "url"),
        *bill.all("latestAction", "links", "link", "url"),
    )
    return url if url in _values(links) else None
