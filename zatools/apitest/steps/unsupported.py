"""Steps of zato-apitest that we don't have: known by their words, so that they are not taken for mistyped ones."""

from __future__ import annotations

import re

#: Words of a step, and what it is for.
LATER = (
    (r'\bcassandra\b|\bcql\b|\bkeyspace\b', 'Cassandra'),
    (r'\bsql\b|\bcsv\b|query result under|^i connect to "|^i store filter "', 'SQL and CSV'),
    (r'\bwsx\b|\bzato websockets?\b', 'WebSocket'),
    (r'^i upload a zato service\b|under zato "', 'uploads to Zato'),
)


def area(text: str) -> str:
    """Returns what a step of zato-apitest is for that we don't have, '' for all other steps."""
    return next((name for pattern, name in LATER if re.search(pattern, text, re.IGNORECASE)), '')
