"""People: who they are, how they sign in, what they may take with them or erase."""
