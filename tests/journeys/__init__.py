"""People with goals, through a real browser, real mail and a real database."""
