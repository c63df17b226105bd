"""Pages that mix features; reads only."""
