"""What happens to a guild that other features must answer. All within the same transaction."""

from blinker import Signal

#: Sender: the Guild whose last member just left. Receivers `(guild, *, db, now)` end what it began.
guild_dissolved = Signal()

#: Sender: the Guild. Receivers `(guild, *, user_id, db, now)`: this person belongs to it now.
member_joined = Signal()

#: Sender: the Guild. Receivers `(guild, *, user_id, db, now)`: this person left or was removed, and
#: may see nothing any more that members alone may see.
member_left = Signal()
