"""Many bills, made of those of the story: each stopped at one of its steps, and moved in time."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from demo.billfiles import CONGRESS, bill_file
from demo.bulk import Row, batches, insert, key
from demo.play import Play, chance
from demo.story.bills import BILLS
from legislation.billstatus import BillRecord, read_billstatus
from legislation.models import Bill, BillAction
from legislation.services import columns_of

#: numbers below are the story's
FIRST_NUMBER = 1001
WHAT = (
    "Sleep", "Dream", "Night", "Rest", "Lullaby", "Memory", "Attention", "Quiet", "Slumber",
)  # fmt: skip
AIMS = (
    "Protection", "Fairness", "Transparency", "Modernisation", "Safety", "Freedom", "Research",
    "Accountability", "Access",
)  # fmt: skip


def bills(play: Play, count: int) -> Iterator[str]:
    """Bills of the same Congress at every stage, with their actions; nobody watches them yet."""
    done = 0
    for batch in batches(_bills(play, count)):
        actions = [row.pop("actions") for row in batch]
        insert(play.db, Bill, batch)
        for rows in batches(row for one in actions for row in one):
            insert(play.db, BillAction, rows)
        done += len(batch)
        yield f"{done:,} bills"


def _bills(play: Play, count: int) -> Iterator[Row]:
    today, falls = play.now.date(), chance("bills")
    patterns = _patterns(today)
    for number in range(count):
        pattern = falls.choice(patterns)
        days = falls.randint(-200, (today - pattern.latest_action[0]).days)
        title = f"{falls.choice(WHAT)} {falls.choice(AIMS)} Act, {number + 1}"
        yield _row(_own(pattern, number, title, timedelta(days=days)), number, play.now)


def _patterns(today: date) -> list[BillRecord]:
    """Each bill of the story after each of its days."""
    ends = [(story, day) for story in BILLS for day in sorted({day for day, _, _ in story.steps})]
    return [
        read_billstatus(
            bill_file(
                story,
                today=today,
                updated_at=datetime.combine(today + timedelta(days=day), time(23), UTC),
            )
        )
        for story, day in ends
    ]


def _own(pattern: BillRecord, number: int, title: str, later: timedelta) -> BillRecord:
    """The pattern as another bill, with a number and a title of its own, at another time."""
    law = f"{CONGRESS}-{FIRST_NUMBER + number}"
    on, text = pattern.latest_action
    return replace(
        pattern,
        number=FIRST_NUMBER + number,
        identifier=f"{pattern.bill_type} {FIRST_NUMBER + number}",
        title=title,
        official_title=f"A measure to be known as the {title}.",
        updated_at=pattern.updated_at + later,
        introduced_on=pattern.introduced_on + later,
        laws=tuple(f"Public Law {law}" for _ in pattern.laws),
        actions=tuple(
            replace(action, acted_on=action.acted_on + later, text=_with_law(action.text, law))
            for action in pattern.actions
        ),
        latest_action=(on + later, _with_law(text, law)),
    )


def _with_law(text: str, law: str) -> str:
    return f"Became Public Law No: {law}." if text.startswith("Became ") else text


def _row(record: BillRecord, number: int, now: datetime) -> Row:
    """The bill's row, with those of its actions under "actions"."""
    bill_id = key("bill", number)
    actions = [
        {
            "id": key(f"bill action {number}", position),
            "bill_id": bill_id,
            "position": position,
            "acted_on": action.acted_on,
            "chamber": action.chamber,
            "text": action.text,
            "code": action.code,
        }
        for position, action in enumerate(record.actions)
    ]
    return {**columns_of(record), "id": bill_id, "imported_at": now, "actions": actions}
