"""How bills are spoken of on pages and in mails."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from legislation.models import Bill
from legislation.stages import STAGE_WORDS, STATE_WORDS, BillState, Stage

_TONES: Mapping[BillState, str] = {
    BillState.ENACTED: "good",
    BillState.AGREED: "good",
    BillState.PRESENTED: "warn",
    BillState.VETOED: "bad",
    BillState.FAILED: "bad",
}


def state_pill(state: str) -> tuple[str, str]:
    """Where a bill stands, in words, with the tone of its pill."""
    known = BillState(state)
    return STATE_WORDS[known], _TONES.get(known, "quiet")


def session_in_words(jurisdiction: str, legislative_session: str) -> str:
    """The session as its country calls it: "114th Congress"."""
    if jurisdiction != "us" or not legislative_session.isdecimal():
        return f"Session {legislative_session}"
    number = int(legislative_session)
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if 10 <= number % 100 <= 20 else ending} Congress"


def sponsor_in_words(sponsorship: Mapping[str, Any]) -> str:
    """One sponsor: "Rep. Franks, Trent (R, AZ-8)"."""
    more = ", ".join(filter(None, (sponsorship["party"], sponsorship["area"])))
    return f"{sponsorship['name']} ({more})" if more else str(sponsorship["name"])


def stage_items(bill: Bill) -> list[dict[str, Any]]:
    """The bill's path for the stage tracker: label, state (done, now, todo) and day, if known."""
    return [
        {
            "label": STAGE_WORDS[Stage(step["stage"])],
            "state": step["status"],
            "at": date.fromisoformat(step["on"]) if step["on"] else None,
        }
        for step in bill.tracker
    ]
