import gzip
import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from legislation.billstatus import MAX_ACTIONS, BillFileError, BillRecord, Sponsor, read_billstatus
from legislation.billtree import MAX_BYTES, MAX_TEXT

OURS = Path(__file__).parent / "data"
SHARED = Path(__file__).parents[2].parent / "shared" / "data"
PASSED_HOUSE = (OURS / "hr77-passed-house.xml").read_bytes()


def shared(*parts: str) -> Path:
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"no shared data beside the checkout: {'/'.join(parts)}")
    return path


def official_bills() -> Iterator[Any]:
    manifest = SHARED / "legislation" / "manifest.json"
    bills = json.loads(manifest.read_text("utf-8"))["bills"] if manifest.exists() else []
    found = [bill for bill in bills if "us-billstatus" in str(bill["file"])]
    if not found:
        no_data = pytest.mark.skip("no shared data beside the checkout: legislation/manifest.json")
        yield pytest.param(None, marks=no_data)
    yield from (pytest.param(bill, id=bill["id"]) for bill in found)


def with_change(old: str, new: str) -> bytes:
    text = PASSED_HOUSE.decode()
    assert text.count(old) >= 1
    return text.replace(old, new, 1).encode()


def refusal(data: bytes) -> BillFileError:
    with pytest.raises(BillFileError) as caught:
        read_billstatus(data)
    return caught.value


# Our own bill


def test_an_invented_bill_is_read_in_full() -> None:
    record = read_billstatus(PASSED_HOUSE)
    assert (record.jurisdiction, record.legislative_session) == ("us", "130")
    assert (record.identifier, record.bill_type, record.number) == ("HR 77", "HR", 77)
    assert record.title == "Dream Sovereignty Act"
    assert record.official_title is not None
    assert record.official_title.startswith("To secure to every person")
    assert record.updated_at == datetime(2047, 4, 24, 6, 20, 39, tzinfo=UTC)
    assert record.introduced_on == date(2047, 2, 11)
    assert record.sponsors == (
        Sponsor("Rep. Voss, Ilse", "I", "M9-2", is_primary=True),
        Sponsor("Rep. Okonjo, Adaeze", "D", "M9-4", is_primary=False),
    )
    assert record.subjects == ("Civil Rights and Liberties", "Neural data", "Sleep and dreams")
    assert record.laws == ()
    assert record.recorded_votes == (("House", 118), ("House", 119))
    assert record.source_url == "https://www.congress.gov/bill/130th-congress/house-bill/77"


def test_actions_are_oldest_first_and_know_their_chamber_and_vote() -> None:
    actions = read_billstatus(PASSED_HOUSE).actions
    assert len(actions) == 7
    assert [action.acted_on for action in actions] == sorted(a.acted_on for a in actions)
    assert (actions[0].text, actions[0].code) == ("Introduced in House", "1000")
    assert [action.chamber for action in actions] == [*["House"] * 6, "Senate"]
    assert [action.vote for action in actions if action.vote] == [("House", 119)] * 2
    assert read_billstatus((OURS / "hr77-presented.xml").read_bytes()).actions[-1].chamber == (
        "President"
    )


def test_both_shapes_of_the_file_give_the_same_record() -> None:
    older = read_billstatus((OURS / "hr77-passed-house-older-shape.xml").read_bytes())
    assert older.updated_at == datetime(2047, 4, 24, tzinfo=UTC)
    newer = read_billstatus(PASSED_HOUSE)
    assert replace(older, updated_at=newer.updated_at) == newer


def test_gzip_and_utf_16_give_the_same_record() -> None:
    assert read_billstatus(gzip.compress(PASSED_HOUSE)) == read_billstatus(PASSED_HOUSE)
    wide = PASSED_HOUSE.decode().replace('encoding="utf-8"', 'encoding="utf-16"').encode("utf-16")
    assert read_billstatus(wide) == read_billstatus(PASSED_HOUSE)


def test_a_link_to_anywhere_else_is_not_passed_on() -> None:
    elsewhere = with_change("https://www.congress.gov/bill/130th", "https://congress.example/130th")
    assert read_billstatus(elsewhere).source_url is None


def test_an_action_without_text_stays_in_the_count() -> None:
    blank = with_change("<text>Subcommittee Hearings Held.</text>", "<text />")
    assert len(read_billstatus(blank).actions) == 7


# What is refused, and where


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("<number>77</number>", "", 4, "the bill number is missing"),
        ("<number>77</number>", "<number>7x</number>", 5, "“7x” is not a bill number"),
        ("<number>77</number>", "<number>0</number>", 5, "“0” is not a bill number"),
        (
            "<number>77</number>",
            "<number>\u0667\u0667</number>",
            5,
            "“\u0667\u0667” is not a bill number",
        ),
        ("<congress>130</congress>", "", 4, "the congress is missing"),
        ("<type>HR</type>", "", 4, "the bill type is missing"),
        ("<type>HR</type>", "<type>HQ</type>", 8, "“HQ” is not a type of bill"),
        ("<title>Dream Sovereignty Act</title>", "", 4, "the title is missing"),
        ("2047-04-24T06:20:39Z", "yesterday", 6, "“yesterday” is not a date and time"),
        ("2047-04-24T06:20:39Z", "0001-01-01T00:00+14:00", 6, "is not a date and time"),
        ("2047-02-11</intro", "20470211</intro", 9, "“20470211” is not a date"),
        ("2047-02-11</intro", "2047-02-30</intro", 9, "“2047-02-30” is not a date"),
        ("<actionDate>2047-04-23</actionDate>", "", 24, "the date of an action is missing"),
        ("2047-04-23", "23 April", 25, "“23 April” is not a date"),
        ("<rollNumber>119<", "<rollNumber>many<", 44, "“many” is not a roll number"),
        ("<chamber>House<", "<chamber>Moon<", 46, "“Moon” is not a chamber"),
        ("<version>3.0.0</version>", "<bill />", 2, "holds exactly one bill"),
        ("</billStatus>", "", 195, "the XML is broken"),
        ("<bill>", '<bill a="1" a="2">', 4, "the XML is broken"),
        ("<bill>", "<bill>&nbsp;", 4, "the XML is broken"),
        ("<billStatus>", "<!DOCTYPE x><billStatus>", 2, "document type or entity"),
        ('encoding="utf-8"', 'encoding="gb2312"', 1, "encoding"),
        ('encoding="utf-8"', 'encoding="klingon"', 1, "encoding"),
    ],
)
def test_a_broken_record_is_refused_whole(old: str, new: str, line: int, reason: str) -> None:
    error = refusal(with_change(old, new))
    assert reason in error.reason
    assert error.line == line
    assert str(error) == f"line {line}: {error.reason}"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the XML is broken"),
        (b"\x00" * 50, "the XML is broken"),
        (b"<html><bill/></html>", "not a BILLSTATUS file"),
        (b"<billStatus/>", "holds exactly one bill"),
        (b'{"bill": {"number": 77}}', "the XML is broken"),
        (b"\x1f\x8b" + b"no gzip", "damaged"),
        (gzip.compress(PASSED_HOUSE)[:-4], "cut short"),
        (gzip.compress(PASSED_HOUSE) + b"more", "something follows"),
        (b" " * (MAX_BYTES + 1), "larger than 16 MB"),
        (gzip.compress(b" " * (MAX_BYTES + 1)), "larger than 16 MB when unpacked"),
    ],
    ids=range(10),
)
def test_what_is_no_bill_file_is_refused(data: bytes, reason: str) -> None:
    assert reason in refusal(data).reason


def test_a_field_and_a_tree_have_limits() -> None:
    long_title = "<title>" + "z" * (MAX_TEXT + 1) + "</title>"
    error = refusal(with_change("<title>Dream Sovereignty Act</title>", long_title))
    assert "more than 8,000 characters" in error.reason
    deep = b"<billStatus><bill><actions>" + b"<item>" * 1_000
    assert "more elements" in refusal(deep).reason
    wide = b"<billStatus><bill><actions>" + b"<item/>" * 200_001
    assert "more elements" in refusal(wide).reason
    item = "<item><actionDate>2047-02-12</actionDate></item>"
    many = with_change("<actions>", "<actions>" + item * MAX_ACTIONS)
    assert "more than 10,000 actions" in refusal(many).reason


def test_the_worst_file_of_the_largest_size_costs_little_memory() -> None:
    start = b"<billStatus><bill><amendments>"
    worst = gzip.compress(start + b"<a/>" * ((MAX_BYTES - len(start)) // 4), compresslevel=1)
    tracemalloc.start()
    try:
        assert "more elements" in refusal(worst).reason
        assert tracemalloc.get_traced_memory()[1] < 6 * MAX_BYTES
    finally:
        tracemalloc.stop()


# Files nobody here wrote


@pytest.mark.parametrize("bill", official_bills())
def test_an_official_file_is_read_as_published(bill: dict[str, Any]) -> None:
    record = read_billstatus((SHARED / bill["file"]).read_bytes())
    expected = bill["expected"]
    votes = sorted([chamber, str(roll)] for chamber, roll in record.recorded_votes)
    assert record.title == bill["title"]
    assert len(record.actions) == expected["actions"]
    assert votes == sorted(expected["recorded_votes"])
    assert list(record.laws) == expected["laws"]
    assert [record.latest_action[0].isoformat(), record.latest_action[1]] == (
        expected["latest_action"]
    )
    assert record.updated_at.tzinfo is UTC
    assert record.official_title
    assert [sponsor.is_primary for sponsor in record.sponsors].count(True) == 1


def test_the_official_bill_in_two_shapes_is_one_record() -> None:
    def read(name: str) -> BillRecord:
        return read_billstatus(shared("legislation", "us-billstatus", name).read_bytes())

    older = read("formatChange__current__BILLSTATUS-117s35.xml")
    newer = read("formatChange__future__BILLSTATUS-117s35.xml")
    assert replace(older, updated_at=newer.updated_at) == newer


@pytest.mark.parametrize("bill", official_bills())
def test_a_file_cut_anywhere_is_refused(bill: dict[str, Any]) -> None:
    data = (SHARED / bill["file"]).read_bytes()
    for point in range(50):
        assert refusal(data[: len(data) * point // 50]).reason


def test_our_own_file_cut_anywhere_is_refused() -> None:
    for point in range(0, len(PASSED_HOUSE.rstrip()), 61):
        assert refusal(PASSED_HOUSE[:point]).reason


@pytest.mark.timeout(30)  # an entity that grows to a billion would not end in hours
def test_hostile_xml_is_refused() -> None:
    files = sorted(shared("hostile", "xml").iterdir())
    assert files
    for file in files:
        assert refusal(file.read_bytes()).reason
