"""What deciding tells the floors above: sent by a service before the commit, with db and now."""

from blinker import Signal

#: Sender: the Proposal, already PASSED, FAILED or TIED. Arguments: db, now.
#: What a passed one does is its mandate's to do (app.MANDATES), not a receiver's. One that raises
#: undoes the decision too, and the clock tries again each round.
proposal_decided = Signal()

#: Sender: the Proposal, already WITHDRAWN, by its author or because its guild was dissolved, or
#: NOT_SUPPORTED. Arguments: db, now.
proposal_withdrawn = Signal()
