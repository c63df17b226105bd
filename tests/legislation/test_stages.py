import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree

from legislation.billstatus import ActionRecord, BillRecord, read_billstatus
from legislation.stages import (
    STAGE_WORDS,
    STATE_WORDS,
    BillState,
    Stage,
    milestones,
    state,
    summarise,
    tracker,
    what_changed,
)

OURS = Path(__file__).parent / "data"
SHARED = Path(__file__).parents[2].parent / "shared" / "data"

#: The manifest's free words for where a bill stands.
OFFICIAL_STATES = {
    "enacted": BillState.ENACTED,
    "vetoed (veto message tabled, not overridden)": BillState.VETOED,
    "agreed to by both chambers (concurrent resolution, no signature needed)": BillState.AGREED,
    "in committee (referred, subcommittee hearings held)": BillState.IN_COMMITTEE,
    "agreed to by the House (simple resolution: final)": BillState.AGREED,
    "passed Senate, held at the desk in the House": BillState.PASSED_ONE_CHAMBER,
    "passed both chambers, presented to the President, not yet law in this snapshot": (
        BillState.PRESENTED
    ),
    "in committee": BillState.IN_COMMITTEE,
    "passed House, received in Senate and referred": BillState.PASSED_ONE_CHAMBER,
}
#: GovTrack's words, derived by others from actions without codes.
GOVTRACK_STATES = {
    "ENACTED:SIGNED": BillState.ENACTED,
    "ENACTED:VETO_OVERRIDE": BillState.ENACTED,
    "PROV_KILL:SUSPENSIONFAILED": BillState.FAILED,
    "PASSED:SIMPLERES": BillState.AGREED,
    "VETOED:POCKET": BillState.VETOED,
}


def manifest_bills(folder: str) -> Iterator[Any]:
    manifest = SHARED / "legislation" / "manifest.json"
    bills = json.loads(manifest.read_text("utf-8"))["bills"] if manifest.exists() else []
    found = [bill for bill in bills if folder in str(bill["file"])]
    if not found:
        no_data = pytest.mark.skip("no shared data beside the checkout: legislation/manifest.json")
        yield pytest.param(None, marks=no_data)
    yield from (pytest.param(bill, id=bill["id"]) for bill in found)


def make_record(bill_type: str, *texts: str, **changes: Any) -> BillRecord:
    """One action a day from 1 February 2047; "8000: text" gives a code."""
    actions = []
    for day, said in enumerate(texts, start=1):
        code, _, rest = said.partition(": ")
        known = code.isdigit()
        text = rest if known else said
        actions.append(ActionRecord(date(2047, 2, day), text, "House", code if known else None))
    record = BillRecord(
        legislative_session="130",
        identifier=f"{bill_type} 5",
        bill_type=bill_type,
        number=5,
        title="Somnic Transparency Act",
        official_title=None,
        updated_at=datetime(2047, 3, 1, tzinfo=UTC),
        introduced_on=date(2047, 1, 31),
        sponsors=(),
        subjects=(),
        laws=(),
        actions=tuple(actions),
        latest_action=(actions[-1].acted_on, actions[-1].text),
        recorded_votes=(),
        source_url=None,
    )
    return replace(record, **changes)


HOUSE = "On passage Passed by the Yeas and Nays: 241 - 180 (Roll no. 119)."
SENATE = "Passed Senate without amendment by Voice Vote."
SENATE_AMENDED = "Passed Senate with an amendment by Yea-Nay Vote. 58 - 41. Record Vote Number: 64."
REFERRED = "Referred to the House Committee on Dreams and Cognition."
PRESENTED = "Presented to President."
VETOED = "Vetoed by President."
SUSPENSION_FAILED = "On motion to suspend the rules and pass the bill Failed by voice vote."
HOUSE_CONFERENCE = "21000: Conference report agreed to in House: …"
SENATE_CONFERENCE = "Senate agreed to conference report by Voice Vote."
AGREED = "On agreeing to the resolution Agreed to by voice vote."
OVERRIDE_FAILED = "Failed of passage in Senate over veto by Yea-Nay Vote. 53 - 45."


# Outcomes that others published


@pytest.mark.parametrize("bill", manifest_bills("us-billstatus"))
def test_an_official_bill_stands_where_its_publisher_says(bill: dict[str, Any]) -> None:
    record = read_billstatus((SHARED / bill["file"]).read_bytes())
    expected = bill["expected"]
    found = {
        stage.value: reached_on.isoformat() for stage, reached_on in milestones(record).items()
    }
    assert found == expected["milestones"]
    assert state(record) is OFFICIAL_STATES[expected["state"]]


@pytest.mark.parametrize("bill", manifest_bills("us-thomas-govtrack"))
def test_the_phrases_alone_lead_to_govtracks_state(bill: dict[str, Any]) -> None:
    files = [bill["file"]] if isinstance(bill["file"], str) else bill["file"]
    data = (SHARED / next(file for file in files if "govtrack.xml" in file)).read_bytes()
    root = ElementTree.fromstring(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
    actions = tuple(
        ActionRecord(
            date.fromisoformat(entry.attrib["datetime"][:10]),
            " ".join(entry.findtext("text", "").split()),
            "Congress",
        )
        for entry in root.iterfind("actions/*")
    )
    bill_type = {"h": "HR", "hr": "HRES", "s": "S", "sr": "SRES"}[root.attrib["type"]]
    record = make_record(bill_type, "-", actions=actions, introduced_on=actions[0].acted_on)
    assert len(actions) == bill["expected"]["actions"]
    assert state(record) is GOVTRACK_STATES[bill["expected"]["state"]]
    reached_on = max(milestones(record).values())
    assert reached_on.isoformat() == bill["expected"]["state_date"][:10]


# Rules, by invented cases


@pytest.mark.parametrize(
    ("bill_type", "texts", "expected"),
    [
        ("HR", ["Introduced in House"], "introduced"),
        ("HR", [REFERRED], "in_committee"),
        ("S", ["Read twice and referred to the Committee on Lucid Affairs."], "in_committee"),
        ("HR", [REFERRED, "Placed on the Union Calendar, Calendar No. 8."], "on_calendar"),
        ("HR", [REFERRED, "Rule H. Res. 9 passed House."], "in_committee"),
        ("HR", [HOUSE], "passed_one_chamber"),
        ("HR", [SUSPENSION_FAILED], "failed"),
        ("HR", [SUSPENSION_FAILED, HOUSE], "passed_one_chamber"),
        ("HR", [HOUSE, "18000: Failed of passage/not agreed to in Senate: …"], "failed"),
        ("HR", [HOUSE, SENATE], "passed_both"),
        ("HR", [HOUSE, SENATE_AMENDED], "resolving_differences"),
        ("S", [SENATE_AMENDED, HOUSE], "passed_both"),
        (
            "HR",
            [
                HOUSE,
                SENATE_AMENDED,
                "On motion that the House agree to the Senate amendment Agreed to by voice vote.",
            ],
            "passed_both",
        ),
        (
            "HR",
            [
                HOUSE,
                SENATE_AMENDED,
                "On motion that the House agree with an amendment to the Senate amendment "
                "Agreed to by voice vote.",
            ],
            "resolving_differences",
        ),
        ("HR", [HOUSE, SENATE_AMENDED, HOUSE_CONFERENCE], "resolving_differences"),
        ("HR", [HOUSE, SENATE_AMENDED, HOUSE_CONFERENCE, SENATE_CONFERENCE], "passed_both"),
        ("HR", [HOUSE, SENATE, PRESENTED], "presented"),
        ("HR", [HOUSE, SENATE, PRESENTED, "Signed by President."], "enacted"),
        ("HR", [HOUSE, SENATE, PRESENTED, "Became Private Law No: 130-1."], "enacted"),
        ("HR", [HOUSE, SENATE, PRESENTED, VETOED], "vetoed"),
        ("HR", [HOUSE, SENATE, PRESENTED, "Pocket Vetoed by President."], "vetoed"),
        ("HR", [HOUSE, SENATE, PRESENTED, VETOED, "32000: Passed House over veto: …"], "vetoed"),
        (
            "HR",
            [
                HOUSE,
                SENATE,
                PRESENTED,
                VETOED,
                "On passage, the objections of the President to the contrary notwithstanding "
                "Failed by the Yeas and Nays: (2/3 required): 210 - 200 (Roll no. 140).",
            ],
            "vetoed",
        ),
        ("HR", [HOUSE, SENATE, PRESENTED, VETOED, OVERRIDE_FAILED], "vetoed"),
        ("HRES", ["On agreeing to the resolution Agreed to without objection."], "agreed"),
        ("HRES", ["On agreeing to the resolution Failed by voice vote."], "failed"),
        (
            "SRES",
            ["Submitted in the Senate, considered, and agreed to without amendment by Voice Vote."],
            "agreed",
        ),
        ("HCONRES", [AGREED], "passed_one_chamber"),
        (
            "SCONRES",
            [
                "Resolution agreed to in Senate without amendment by Unanimous Consent.",
                AGREED,
            ],
            "agreed",
        ),
    ],
)
def test_state(bill_type: str, texts: list[str], expected: str) -> None:
    assert state(make_record(bill_type, *texts)).value == expected


def test_a_law_is_enacted_whatever_the_latest_action_says() -> None:
    record = make_record("HR", HOUSE, SENATE, PRESENTED, laws=("Public Law 130-4",))
    assert state(record) is BillState.ENACTED
    assert tracker(record)[-1] == (Stage.BECAME_LAW, None, "now")


def test_a_constitutional_amendment_leaves_the_chambers_without_a_president() -> None:
    title = "Proposing an amendment to the Constitution of the United States to protect dreams."
    record = make_record("HJRES", REFERRED, HOUSE, SENATE, title=title)
    assert state(record) is BillState.AGREED
    assert Stage.PRESENTED not in [stage for stage, _, _ in tracker(record)]
    assert state(replace(record, title="Making appropriations.")) is BillState.PASSED_BOTH


def test_the_first_passage_is_the_date_and_a_superseded_failure_is_none() -> None:
    record = make_record("HR", SUSPENSION_FAILED, HOUSE, HOUSE)
    assert milestones(record) == {
        Stage.INTRODUCED: date(2047, 1, 31),
        Stage.PASSED_HOUSE: date(2047, 2, 2),
    }


def test_an_override_is_dated_by_the_second_chamber() -> None:
    record = make_record(
        "S", SENATE, HOUSE, PRESENTED, VETOED,
        "Passed Senate over veto by Yea-Nay Vote. 70 - 26. Record Vote Number: 177.",
        "Two-thirds of the Members present having voted in the affirmative the bill is passed.",
        "Became Public Law No: 130-9.",
    )  # fmt: skip
    assert milestones(record)[Stage.VETO_OVERRIDDEN] == date(2047, 2, 6)
    assert state(record) is BillState.ENACTED
    assert [stage for stage, _, _ in tracker(record)][-3:] == [
        Stage.VETOED,
        Stage.VETO_OVERRIDDEN,
        Stage.BECAME_LAW,
    ]


@pytest.mark.parametrize(
    ("bill_type", "texts", "path"),
    [
        (
            "HR",
            [REFERRED],
            "introduced:done in_committee:now passed_house:todo passed_senate:todo "
            "presented:todo signed:todo became_law:todo",
        ),
        (
            "S",
            [SENATE, HOUSE, PRESENTED],
            "introduced:done passed_senate:done passed_house:done presented:now signed:todo "
            "became_law:todo",
        ),
        (
            "HR",
            [HOUSE, SENATE, PRESENTED, "Became Public Law No: 130-9."],
            "introduced:done passed_house:done passed_senate:done presented:done became_law:now",
        ),
        (
            "HR",
            [HOUSE, SENATE, PRESENTED, VETOED],
            "introduced:done passed_house:done passed_senate:done presented:done vetoed:now",
        ),
        (
            "HR",
            [SENATE],
            "introduced:done passed_house:done passed_senate:now presented:todo "
            "signed:todo became_law:todo",
        ),
        ("HR", [REFERRED, "9000: Failed."], "introduced:done in_committee:done failed:now"),
        ("HRES", [REFERRED], "introduced:done in_committee:now agreed:todo"),
        ("HRES", ["8000: Agreed."], "introduced:done agreed:now"),
        (
            "HCONRES",
            ["8000: Agreed."],
            "introduced:done passed_house:now passed_senate:todo agreed:todo",
        ),
        (
            "SCONRES",
            ["17000: Agreed.", "8000: Agreed."],
            "introduced:done passed_senate:done passed_house:done agreed:now",
        ),
    ],
)
def test_tracker(bill_type: str, texts: list[str], path: str) -> None:
    steps = tracker(make_record(bill_type, *texts))
    assert " ".join(f"{stage}:{progress}" for stage, _, progress in steps) == path
    assert [progress for _, _, progress in steps].count("now") == 1


@pytest.mark.timeout(60)  # a pattern that tries every split of it would not end in hours
def test_a_text_made_to_be_slow_is_read() -> None:
    slow = "On motion that the House agree" + " with amendments" * 480
    record = make_record("HR", "-", actions=(ActionRecord(date(2047, 2, 1), slow, "House"),) * 500)
    assert state(record) is BillState.INTRODUCED


def test_every_stage_and_state_has_plain_words() -> None:
    assert set(STAGE_WORDS) == set(Stage)
    assert set(STATE_WORDS) == set(BillState)


# What a watcher is told


def ours(name: str) -> BillRecord:
    return read_billstatus((OURS / name).read_bytes())


def test_a_watcher_is_told_what_a_newer_file_brings() -> None:
    old, new = ours("hr77-passed-house.xml"), ours("hr77-presented.xml")
    assert what_changed(summarise(old), summarise(new)) == (
        "Presented to the President on 25 June 2047",
        "Passed the Senate on 18 June 2047",
        "5 new actions; the latest: Presented to President.",
    )


def test_a_new_date_of_the_file_alone_is_no_news() -> None:
    old = ours("hr77-passed-house.xml")
    new = ours("hr77-passed-house-older-shape.xml")
    assert old.updated_at != new.updated_at
    assert what_changed(summarise(old), summarise(new)) == ()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (["Held."], [REFERRED], ("Now: in committee", f"The latest action: {REFERRED}")),
        (
            [HOUSE],
            [HOUSE, SENATE_AMENDED],
            (
                "Passed the Senate on 2 February 2047",
                "Now: passed both chambers in different versions",
                f"1 new action: {SENATE_AMENDED}",
            ),
        ),
        ([HOUSE], [HOUSE, "x" * 300], (f"1 new action: {'x' * 199}…",)),
        (
            [REFERRED, HOUSE],
            [REFERRED, "Held.", HOUSE],
            ("Passed the House: the date is now 3 February 2047", f"1 new action: {HOUSE}"),
        ),
        (
            [HOUSE, "Held."],
            ["Engrossed.", "Held."],
            ("No longer on record: passed the House", "Now: introduced"),
        ),
    ],
)
def test_what_changed(old: list[str], new: list[str], told: tuple[str, ...]) -> None:
    before, after = (summarise(make_record("HR", *texts)) for texts in (old, new))
    assert what_changed(before, after) == told


def test_a_law_is_told_with_its_number_once() -> None:
    passed = make_record("HR", HOUSE, SENATE, PRESENTED)
    law = make_record(
        "HR", HOUSE, SENATE, PRESENTED, "Became Public Law No: 130-9.", laws=("Public Law 130-9",)
    )
    assert what_changed(summarise(passed), summarise(law)) == (
        "Became law on 4 February 2047 (Public Law 130-9)",
        "1 new action: Became Public Law No: 130-9.",
    )
    numbered_late = replace(passed, laws=("Public Law 130-9",), title="Dream Sovereignty Act")
    assert what_changed(summarise(passed), summarise(numbered_late)) == (
        "Became law (Public Law 130-9)",
        "New title: Dream Sovereignty Act",
    )
