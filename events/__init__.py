"""Protests and meetings: who comes, what to bring, when to remind."""
