"""Feature files: read, parsed, and what is wrong with them."""
