"""What an entry of the official record of the United States Congress means.

The Library's action codes come first; where a code has two meanings ("Signed by President" and
"Vetoed by President" share one) or is absent (all Senate entries), the record's fixed phrases
decide. They are matched from their beginning: "Rule H. Res. 152 passed House" is about another
measure. Source: GPO, BILLSTATUS XML user guide, list of action codes; the published samples.
"""

import re
from collections.abc import Mapping
from enum import Enum

from legislation.billstatus import ActionRecord


class Event(Enum):
    """A turn in a bill's course; most entries are none."""

    REFERRED = "referred to committee"
    ON_CALENDAR = "placed on a calendar"
    HOUSE_PASSED = "passed or agreed to in the House"
    HOUSE_FAILED = "failed in the House"
    SENATE_PASSED = "passed or agreed to in the Senate"
    SENATE_FAILED = "failed in the Senate"
    VERSIONS_DIFFER = "one chamber changed what the other passed"
    CONCURRED = "one chamber accepted the other's changes"
    HOUSE_CONFERENCE = "conference report agreed to in the House"
    SENATE_CONFERENCE = "conference report agreed to in the Senate"
    PRESENTED = "presented to the President"
    SIGNED = "signed"
    VETOED = "vetoed, also by pocket"
    HOUSE_OVERRIDE = "passed by the House over the veto"
    SENATE_OVERRIDE = "passed by the Senate over the veto"
    BECAME_LAW = "became law"


_CODES: Mapping[str, Event] = {
    "8000": Event.HOUSE_PASSED,
    "9000": Event.HOUSE_FAILED,
    "17000": Event.SENATE_PASSED,
    "18000": Event.SENATE_FAILED,
    "21000": Event.HOUSE_CONFERENCE,
    "23000": Event.SENATE_CONFERENCE,
    "28000": Event.PRESENTED,
    "E20000": Event.PRESENTED,
    "29000": Event.SIGNED,
    "30000": Event.VETOED,
    "31000": Event.VETOED,
    "32000": Event.HOUSE_OVERRIDE,
    "34000": Event.SENATE_OVERRIDE,
}

_FINAL_VOTE = (
    r"On (?:passage(?!, the objections)|agreeing to the (?:concurrent )?resolution|"
    r"motion to suspend the rules and (?:pass|agree to) the "
    r"(?:bill|(?:joint |concurrent )?resolution))\b[^.]*? "
)
_LIBRARY = r"(?:Resolving differences -- (?:House|Senate) actions: )?"
_HOUSE_MOTION = (
    r"On motion (?:that the House (?:suspend the rules and )?|to suspend the rules and )"
)

#: Tried in this order, from the beginning of the text.
_PHRASES: tuple[tuple[Event, re.Pattern[str]], ...] = tuple(
    (event, re.compile(pattern))
    for event, pattern in (
        (Event.BECAME_LAW, r"Became (?:Public|Private) Law\b"),
        (Event.SIGNED, r"Signed by President\b"),
        (Event.VETOED, r"(?:Pocket )?[Vv]etoed by President\b"),
        (Event.PRESENTED, r"Presented to President\b"),
        (
            Event.HOUSE_OVERRIDE,
            r"Passed House over veto\b|Two-thirds of the Members present having voted in the "
            r"affirmative|On passage, the objections of the President[^.]*? Passed\b",
        ),
        (Event.SENATE_OVERRIDE, r"Passed Senate over veto\b"),
        (Event.HOUSE_PASSED, r"Passed/agreed to in House\b|Passed House\b"),
        (Event.HOUSE_PASSED, rf"{_FINAL_VOTE}(?:Passed|Agreed to)\b"),
        (Event.HOUSE_FAILED, rf"Failed of passage/not agreed to in House\b|{_FINAL_VOTE}Failed\b"),
        (
            Event.SENATE_PASSED,
            r"Passed/agreed to in Senate\b|Passed Senate\b|"
            r"(?:(?:Joint|Concurrent) )?[Rr]esolution agreed to in Senate\b|"
            r"(?:Introduced|Submitted|Received) in the Senate,[^.]*\b"
            r"considered, (?:read the third time, )?and (?:passed|agreed to)\b",
        ),
        (
            Event.SENATE_FAILED,
            r"Failed of passage/not agreed to in Senate\b|"
            r"Failed of passage in Senate\b(?! over veto)|"
            r"(?:(?:Joint|Concurrent) )?[Rr]esolution not agreed to in Senate\b",
        ),
        (
            Event.VERSIONS_DIFFER,
            rf"{_LIBRARY}{_HOUSE_MOTION}(?:agree|concur)[^.]*? with (?:an )?amendments?\b"
            r"[^.]*? Agreed to\b|"
            rf"{_LIBRARY}Senate (?:agreed to|concurred in) [^.]*? with (?:an )?amendments?\b|"
            r"Message on House action received in Senate and at desk: House amendments?\b",
        ),
        (
            Event.CONCURRED,
            rf"{_LIBRARY}{_HOUSE_MOTION}(?:agree to|concur in) the Senate amendments?\b"
            r"[^.]*? Agreed to\b|"
            rf"{_LIBRARY}Senate (?:agreed to|concurred in) (?:the )?House amendments?\b",
        ),
        (
            Event.HOUSE_CONFERENCE,
            r"Conference report agreed to in House\b|"
            r"On agreeing to the conference report Agreed to\b",
        ),
        (
            Event.SENATE_CONFERENCE,
            r"Conference report agreed to in Senate\b|"
            r"Senate agreed to (?:the )?conference report\b",
        ),
        (
            Event.REFERRED,
            r"(?:Received in the Senate[.,]? (?:and )?)?(?:[Rr]ead twice(?: and|,) )?"
            r"[Rr]eferred to the (?:House |Senate )?(?:Subc|C)ommittee\b",
        ),
        (Event.ON_CALENDAR, r"(?:[^.]*\. ){0,2}Placed on (?:the )?[\w ]*\bCalendar\b"),
    )
)
#: Characters from the beginning that hold the phrase; keeps the time bounded for hostile texts.
_PHRASE_WITHIN = 1_000
_AMENDED = re.compile(r"\bwith (?:an )?amendments?\b|\bas amended\b")


def event_of(action: ActionRecord) -> Event | None:
    """Say which turn this entry reports; None for one that changes nothing in the bill's course."""
    if action.code is not None and action.code in _CODES:
        return _CODES[action.code]
    text = action.text[:_PHRASE_WITHIN]
    return next((event for event, phrase in _PHRASES if phrase.match(text)), None)


def says_amended(action: ActionRecord) -> bool:
    """Say whether the entry tells that the text was changed in passing it."""
    return _AMENDED.search(action.text) is not None
