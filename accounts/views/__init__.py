"""Pages of the account: coming in, and what one may change."""
