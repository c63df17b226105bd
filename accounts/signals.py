"""What happens to an account that other features must answer."""

from blinker import Signal

#: Sender: the User about to be deleted. Receivers `(user, *, db, now)` tidy up, or raise RuleBroken
#: to refuse.
account_erasing = Signal()

#: Sender: the User who asks for their data. Receivers `(user, *, db)` return (section, plain data).
account_exporting = Signal()

#: Sender: a kind of notice ("accounts.confirm"). A mail is owed to the mailbox of `subject_id`, the
#: row that waits for it. Receivers `(kind, *, db, subject_id, now)`: the floor above knows how.
mail_owed = Signal()
