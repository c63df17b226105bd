"""Deciding: proposals, ballots, counting and the mandate a passed proposal gives."""
