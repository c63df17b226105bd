"""A result explained: from the numbers of a count to sentences, tables and pictures."""
