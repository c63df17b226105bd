"""What we tell who watches a bill. Bills are public: the mail names the bill and what changed."""

from collections.abc import Callable

from sqlmodel import Session

from core.mail import Due, Message, Writer
from legislation.models import Bill, BillChange
from legislation.words import session_in_words, state_pill

#: characters of a subject line before it is cut
SUBJECT_LENGTH = 150


def bill_moved(db: Session, notice: Due, writer: Writer) -> Message | None:
    """To each watcher: what a newer file changed, the most important in the subject."""
    change = db.get(BillChange, notice.subject_id)
    bill = db.get(Bill, change.bill_id) if change else None
    if change is None or bill is None:
        return None
    subject = f"{bill.identifier}: {change.changes[0]}"
    if len(subject) > SUBJECT_LENGTH:
        subject = f"{subject[: SUBJECT_LENGTH - 1].rstrip()}…"
    return writer.message(
        "legislation/bill_moved",
        subject=subject,
        path=f"/legislation/{bill.id}",
        identifier=bill.identifier,
        session=session_in_words(bill.jurisdiction, bill.legislative_session),
        title=bill.title,
        changes=change.changes,
        state=state_pill(bill.state)[0],
    )


NOTICES: dict[str, Callable[[Session, Due, Writer], Message | None]] = {
    "legislation.bill_moved": bill_moved,
}
