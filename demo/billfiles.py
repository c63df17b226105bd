"""A bill of the story as the BILLSTATUS file that was published of it on a given day."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from xml.etree.ElementTree import Element, SubElement, tostring

from demo.story.bills import STEPS, BillStory

CONGRESS = 130


def bill_file(bill: BillStory, *, today: date, updated_at: datetime) -> bytes:
    """The file as of `updated_at`; `today` is the day the story's days are counted from."""
    told = [
        (today + timedelta(days=days), line, about)
        for days, what, about in bill.steps
        for line in STEPS[what]
        if today + timedelta(days=days) <= updated_at.date()
    ]
    root = Element("billStatus")
    _add(root, version="3.0.0")
    node = SubElement(root, "bill")
    _add(
        node,
        number=str(bill.number),
        type=bill.kind,
        congress=str(CONGRESS),
        updateDate=updated_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        introducedDate=str(today + timedelta(days=bill.steps[0][0])),
        title=bill.title,
    )
    titles = SubElement(node, "titles")
    _add(
        SubElement(titles, "item"),
        titleType="Official Title as Introduced",
        title=bill.official_title,
    )
    _people(SubElement(node, "sponsors"), [bill.sponsor])
    _people(SubElement(node, "cosponsors"), bill.cosponsors)
    _add(SubElement(node, "policyArea"), name=bill.subjects[0])
    subjects = SubElement(SubElement(node, "subjects"), "legislativeSubjects")
    for subject in bill.subjects[1:]:
        _add(SubElement(subjects, "item"), name=subject)
    actions = SubElement(node, "actions")
    for acted_on, line, about in reversed(told):  # published newest first
        _action(SubElement(actions, "item"), acted_on, line, about)
    if bill.law and any("Became" in line[2] for _, line, _ in told):
        item = SubElement(SubElement(node, "laws"), "item")
        _add(item, type="Public Law", number=bill.law)
    acted_on, line, about = told[-1]
    _add(SubElement(node, "latestAction"), actionDate=str(acted_on), text=line[2].format(about))
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _action(item: Element, acted_on: date, line: tuple[str, str, str], about: str) -> None:
    source, code, text = line
    _add(item, actionDate=str(acted_on), text=text.format(about))
    if code:
        _add(item, actionCode=code)
    _add(SubElement(item, "sourceSystem"), name=source)


def _people(node: Element, names: Iterable[str]) -> None:
    for name in names:
        _add(SubElement(node, "item"), fullName=name)


def _add(node: Element, **texts: str) -> None:
    for tag, text in texts.items():
        SubElement(node, tag).text = text
