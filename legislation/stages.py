"""How far a bill has come, read from its actions and laws.

A stage is a step on the bill's path with a date; the state is the one word for where it stands now.
Four kinds of measure take different paths: a simple resolution ends in its own chamber, a
concurrent one in both, a proposed constitutional amendment leaves both for the states, and all
others go to the President. The latest action is no guide: a report may be filed after the law.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, StrEnum
from typing import Literal

from legislation.billstatus import BillRecord
from legislation.phrases import Event, event_of, says_amended


class Stage(StrEnum):
    """A step on a bill's path."""

    INTRODUCED = "introduced"
    IN_COMMITTEE = "in_committee"
    PASSED_HOUSE = "passed_house"
    PASSED_SENATE = "passed_senate"
    AGREED = "agreed"
    PRESENTED = "presented"
    SIGNED = "signed"
    VETOED = "vetoed"
    VETO_OVERRIDDEN = "veto_overridden"
    BECAME_LAW = "became_law"
    FAILED = "failed"


class BillState(StrEnum):
    """Where a bill stands. Agreed: all that a resolution, or a proposed amendment, needs here."""

    INTRODUCED = "introduced"
    IN_COMMITTEE = "in_committee"
    ON_CALENDAR = "on_calendar"
    PASSED_ONE_CHAMBER = "passed_one_chamber"
    RESOLVING_DIFFERENCES = "resolving_differences"
    PASSED_BOTH = "passed_both"
    PRESENTED = "presented"
    ENACTED = "enacted"
    VETOED = "vetoed"
    FAILED = "failed"
    AGREED = "agreed"


STAGE_WORDS: Mapping[Stage, str] = {
    Stage.INTRODUCED: "Introduced",
    Stage.IN_COMMITTEE: "Sent to committee",
    Stage.PASSED_HOUSE: "Passed the House",
    Stage.PASSED_SENATE: "Passed the Senate",
    Stage.AGREED: "Agreed to",
    Stage.PRESENTED: "Presented to the President",
    Stage.SIGNED: "Signed by the President",
    Stage.VETOED: "Vetoed by the President",
    Stage.VETO_OVERRIDDEN: "Veto overridden",
    Stage.BECAME_LAW: "Became law",
    Stage.FAILED: "Failed",
}

STATE_WORDS: Mapping[BillState, str] = {
    BillState.INTRODUCED: "Introduced",
    BillState.IN_COMMITTEE: "In committee",
    BillState.ON_CALENDAR: "Waiting for a vote",
    BillState.PASSED_ONE_CHAMBER: "Passed one chamber",
    BillState.RESOLVING_DIFFERENCES: "Passed both chambers in different versions",
    BillState.PASSED_BOTH: "Passed both chambers",
    BillState.PRESENTED: "Waiting for the President",
    BillState.ENACTED: "Became law",
    BillState.VETOED: "Vetoed",
    BillState.FAILED: "Failed",
    BillState.AGREED: "Agreed to",
}

Progress = Literal["done", "now", "todo"]
Step = tuple[Stage, date | None, Progress]


def milestones(record: BillRecord) -> dict[Stage, date]:
    """Give the formal steps that the record dates, in the order they are listed in Stage.

    The first date counts where a chamber passed the bill again. Referral and agreement are no
    formal steps; a failed vote is one only while it stands.
    """
    course = _course(record)
    found = {Stage.INTRODUCED: record.introduced_on}
    for stage, event in _STAGE_EVENTS.items():
        if event in course.first:
            found[stage] = course.first[event]
    if course.first.keys() >= _OVERRIDES:
        found[Stage.VETO_OVERRIDDEN] = max(course.first[event] for event in _OVERRIDES)
    if course.failed_on is not None and Stage.PRESENTED not in found:
        found[Stage.FAILED] = course.failed_on
    return {stage: found[stage] for stage in Stage if stage in found}


def state(record: BillRecord) -> BillState:
    """Say where the bill stands now.

    A bill that died with its Congress still stands where it stopped: the file doesn't say so.
    """
    dates = milestones(record)
    happened = _course(record).first
    agreed_on = _agreed_on(record, dates)
    reached = (
        (bool(record.laws) or Stage.BECAME_LAW in dates, BillState.ENACTED),
        (Stage.SIGNED in dates or Stage.VETO_OVERRIDDEN in dates, BillState.ENACTED),
        (Stage.VETOED in dates, BillState.VETOED),
        (Stage.PRESENTED in dates, BillState.PRESENTED),
        (Stage.FAILED in dates, BillState.FAILED),
        (agreed_on is not None and _kind(record) is not _Kind.LAW, BillState.AGREED),
        (agreed_on is not None, BillState.PASSED_BOTH),
        (dates.keys() >= _BOTH, BillState.RESOLVING_DIFFERENCES),
        (bool(_BOTH & dates.keys()), BillState.PASSED_ONE_CHAMBER),
        (Event.ON_CALENDAR in happened, BillState.ON_CALENDAR),
        (Event.REFERRED in happened, BillState.IN_COMMITTEE),
    )
    return next((state for holds, state in reached if holds), BillState.INTRODUCED)


def tracker(record: BillRecord) -> list[Step]:
    """Give the path of this kind of bill, with where it stands.

    Exactly one step is "now": the furthest one reached, also when it is the last. A step that was
    skipped is left out; one that must have happened but isn't dated is "done" without a date.
    """
    reached: dict[Stage, date | None] = dict(milestones(record))
    if referred_on := _course(record).first.get(Event.REFERRED):
        reached[Stage.IN_COMMITTEE] = referred_on
    if state(record) is BillState.AGREED:
        reached[Stage.AGREED] = _agreed_on(record, milestones(record))
    if record.laws:
        reached.setdefault(Stage.BECAME_LAW, None)
    path = _path(record, reached)
    now = max(place for place, stage in enumerate(path) if stage in reached)
    return [
        (stage, reached.get(stage), "done" if place < now else "now" if place == now else "todo")
        for place, stage in enumerate(path)
    ]


# What is told to those who watch


@dataclass(frozen=True)
class BillSummary:
    """What a watcher was last told of a bill; enough to say what is new.

    laws: "Public Law 114-94"; latest_action: its date and text.
    """

    title: str
    state: BillState
    milestones: Mapping[Stage, date]
    action_count: int
    latest_action: tuple[date, str]
    laws: tuple[str, ...] = ()


def summarise(record: BillRecord) -> BillSummary:
    """Reduce a record to what watchers are told of it."""
    return BillSummary(
        title=record.title,
        state=state(record),
        milestones=milestones(record),
        action_count=len(record.actions),
        latest_action=record.latest_action,
        laws=record.laws,
    )


def what_changed(old: BillSummary, new: BillSummary) -> tuple[str, ...]:
    """Say in plain words what is new to a watcher, the most important first.

    Of several steps the furthest comes first. Each is a sentence without its full stop.
    Empty when nothing a person cares for changed.
    """
    changes = [*_new_steps(old, new)]
    told_by_state = new.state in (
        BillState.IN_COMMITTEE,
        BillState.ON_CALENDAR,
        BillState.RESOLVING_DIFFERENCES,
        BillState.AGREED,
    )
    told_by_step = bool(new.milestones.keys() - old.milestones.keys()) or new.laws != old.laws
    if new.state != old.state and (told_by_state or not told_by_step):
        changes.append(f"Now: {_inner(STATE_WORDS[new.state])}")
    if new.title != old.title:
        changes.append(f"New title: {new.title}")
    changes.extend(_new_actions(old, new))
    return tuple(changes)


def _new_steps(old: BillSummary, new: BillSummary) -> Iterator[str]:
    fresh_laws = ", ".join(law for law in new.laws if law not in old.laws)
    for stage, reached_on in reversed(list(new.milestones.items())):
        words = STAGE_WORDS[stage]
        if stage not in old.milestones:
            law = f" ({fresh_laws})" if fresh_laws and stage is Stage.BECAME_LAW else ""
            yield f"{words} on {_day_words(reached_on)}{law}"
        elif old.milestones[stage] != reached_on:
            yield f"{words}: the date is now {_day_words(reached_on)}"
    if fresh_laws and (
        Stage.BECAME_LAW not in new.milestones or Stage.BECAME_LAW in old.milestones
    ):
        yield f"Became law ({fresh_laws})"
    for stage in old.milestones:
        if stage not in new.milestones:
            yield f"No longer on record: {_inner(STAGE_WORDS[stage])}"


def _new_actions(old: BillSummary, new: BillSummary) -> Iterator[str]:
    fresh = new.action_count - old.action_count
    text = new.latest_action[1]
    short = text if len(text) <= 200 else f"{text[:199].rstrip()}…"
    if fresh > 1:
        yield f"{fresh} new actions; the latest: {short}"
    elif fresh == 1:
        yield f"1 new action: {short}"
    elif new.latest_action != old.latest_action:
        yield f"The latest action: {short}"


def _inner(words: str) -> str:
    """The words as they stand inside a sentence."""
    return words[:1].lower() + words[1:]


def _day_words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


# Kinds and their paths


class _Kind(Enum):
    SIMPLE = "ends in its own chamber"
    BOTH_CHAMBERS = "ends when both chambers agree"
    LAW = "goes to the President"


_BOTH = frozenset({Stage.PASSED_HOUSE, Stage.PASSED_SENATE})
_AMENDS_CONSTITUTION = re.compile(
    r"(?:A joint resolution )?proposing an amendment to the Constitution", re.IGNORECASE
)


def _kind(record: BillRecord) -> _Kind:
    if record.bill_type in ("HRES", "SRES"):
        return _Kind.SIMPLE
    if record.bill_type in ("HCONRES", "SCONRES"):
        return _Kind.BOTH_CHAMBERS
    titles = (record.official_title or "", record.title)
    if record.bill_type.endswith("JRES") and any(map(_AMENDS_CONSTITUTION.match, titles)):
        return _Kind.BOTH_CHAMBERS
    return _Kind.LAW


def _chambers(record: BillRecord) -> tuple[Stage, Stage]:
    """The two chambers' stages, the one where the bill began first."""
    if record.bill_type.startswith("H"):
        return Stage.PASSED_HOUSE, Stage.PASSED_SENATE
    return Stage.PASSED_SENATE, Stage.PASSED_HOUSE


def _path(record: BillRecord, reached: Mapping[Stage, date | None]) -> list[Stage]:
    kind = _kind(record)
    path = [Stage.INTRODUCED, Stage.IN_COMMITTEE]
    if kind is _Kind.SIMPLE:
        path += [Stage.AGREED]
    elif kind is _Kind.BOTH_CHAMBERS:
        path += [*_chambers(record), Stage.AGREED]
    else:
        path += [*_chambers(record), Stage.PRESENTED, *_last_steps(reached)]
    if Stage.FAILED in reached:
        path = [stage for stage in path if stage in reached] + [Stage.FAILED]
    if Stage.IN_COMMITTEE not in reached and any(stage in reached for stage in path[2:]):
        path = [stage for stage in path if stage is not Stage.IN_COMMITTEE]
    return path


def _last_steps(reached: Mapping[Stage, date | None]) -> list[Stage]:
    if Stage.VETOED in reached:
        overridden = Stage.VETO_OVERRIDDEN in reached or Stage.BECAME_LAW in reached
        return [Stage.VETOED] + [Stage.VETO_OVERRIDDEN, Stage.BECAME_LAW] * overridden
    if Stage.BECAME_LAW in reached and Stage.SIGNED not in reached:
        return [Stage.BECAME_LAW]
    return [Stage.SIGNED, Stage.BECAME_LAW]


def _agreed_on(record: BillRecord, dates: Mapping[Stage, date]) -> date | None:
    """The day the last chamber needed agreed to the same text; None while it hasn't."""
    first, second = _chambers(record)
    if _kind(record) is _Kind.SIMPLE:
        return dates.get(first)
    if not dates.keys() >= _BOTH:
        return None
    course = _course(record)
    if not course.versions_differ:
        return course.agreed_on or max(dates[first], dates[second])
    return None


# The course of a bill through its actions

_STAGE_EVENTS: Mapping[Stage, Event] = {
    Stage.PASSED_HOUSE: Event.HOUSE_PASSED,
    Stage.PASSED_SENATE: Event.SENATE_PASSED,
    Stage.PRESENTED: Event.PRESENTED,
    Stage.SIGNED: Event.SIGNED,
    Stage.VETOED: Event.VETOED,
    Stage.BECAME_LAW: Event.BECAME_LAW,
}
_OVERRIDES = frozenset({Event.HOUSE_OVERRIDE, Event.SENATE_OVERRIDE})
_CONFERENCE = frozenset({Event.HOUSE_CONFERENCE, Event.SENATE_CONFERENCE})


@dataclass
class _Course:
    """first: the day of each event's first entry; failed_on: of a lost vote that still stands.

    agreed_on: the day a difference between the chambers was settled, if there was one.
    """

    first: dict[Event, date] = field(default_factory=dict)
    failed_on: date | None = None
    versions_differ: bool = False
    agreed_on: date | None = None


def _course(record: BillRecord) -> _Course:
    course = _Course()
    second = _STAGE_EVENTS[_chambers(record)[1]]
    for action in record.actions:
        event = event_of(action)
        if event is None:
            continue
        course.first.setdefault(event, action.acted_on)
        if event in (Event.HOUSE_FAILED, Event.SENATE_FAILED):
            course.failed_on = action.acted_on
        elif event in (Event.HOUSE_PASSED, Event.SENATE_PASSED):
            course.failed_on = None
        if event is Event.VERSIONS_DIFFER or (event is second and says_amended(action)):
            course.versions_differ, course.agreed_on = True, None
        elif event is Event.CONCURRED or (
            event in _CONFERENCE and course.first.keys() >= _CONFERENCE
        ):
            course.versions_differ, course.agreed_on = False, action.acted_on
    return course
