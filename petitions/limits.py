"""How many signatures one address may bring before they wait for the desk, or are refused.

Behind one address may stand a household, a carrier's customers or all of Tor: nobody is refused for
his neighbours. Beyond what is usual signatures are held: mailed as always, not counted until an
organiser looks (docs/decisions/0306). Only a mailbox, a flood and a petition that hardly anybody
confirms meet a wall.
"""

from dataclasses import dataclass

#: signatures of one petition an hour, from one address and from one neighbourhood
SOURCE_LEAST, NETWORK_LEAST = 60, 300
#: where a petition takes many, one in so many of its signatures may come from there
SOURCE_SHARE, NETWORK_SHARE = 256, 32
#: from so many times as much no more is taken
FLOOD = 50
#: signatures of one petition an hour, from anywhere, and times as many as began to count
PETITION_LEAST, PETITION_TIMES = 20_000, 20
#: a petition is counted in so many parts, by lot: no row is shared by all who sign it
PARTS = 16
#: mails an hour to one mailbox, whatever the petition
PER_MAILBOX = 5
#: seconds of the window all of them are counted in
WINDOW = 3600


@dataclass(frozen=True)
class Use:
    """How often an address and its like were used in this window, with now.

    part: one of the petition's PARTS.
    """

    source: int
    network: int
    mailbox: int
    part: int = 0

    def is_flood(self, hourly: int) -> bool:
        """hourly: signatures that petition took in an hour of late; so in `is_burst`."""
        source, network = allowed(hourly)
        petition = max(PETITION_LEAST, hourly * PETITION_TIMES)
        return (
            self.source > source * FLOOD
            or self.network > network * FLOOD
            or self.part * PARTS > petition
        )

    def is_burst(self, hourly: int) -> bool:
        source, network = allowed(hourly)
        return self.source > source or self.network > network

    @property
    def may_write(self) -> bool:
        return self.mailbox <= PER_MAILBOX


def allowed(hourly: int) -> tuple[int, int]:
    """Signatures an hour that count at once: from one address, from one neighbourhood."""
    source = max(SOURCE_LEAST, hourly // SOURCE_SHARE)
    return source, max(NETWORK_LEAST, hourly // NETWORK_SHARE)
