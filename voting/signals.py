"""What deciding tells the floors above: sent by a service before the commit, with db and now."""

from blinker import Signal

#: Sender: the Proposal, already PASSED or FAILED. Arguments: db, now.
#: A receiver that carries out what was asked calls voting.services.mark_carried_out. One that
#: cannot returns: raising undoes the decision too, and the clock tries again each round.
proposal_decided = Signal()

#: Sender: the Proposal, already WITHDRAWN, by its author or because its guild was dissolved, or
#: NOT_SUPPORTED. Arguments: db, now.
proposal_withdrawn = Signal()
