"""Steps of zato-apitest that are not supported: recognised by their words, so that the error can say so."""

from __future__ import annotations

import re

#: Words of a step, and the area that it belongs to.
AREAS = (
    (r'\bcassandra\b|\bcql\b|\bkeyspace\b', 'Cassandra'),
    (r'\bwsx\b|\bzato websockets?\b', 'WebSocket'),
    (r'^i upload a zato service\b|under zato "', 'uploads to Zato'),
)


def area(text: str) -> str:
    """Returns the area of a step of zato-apitest that is not supported; '' for other steps."""
    return next((name for pattern, name in AREAS if re.search(pattern, text, re.IGNORECASE)), '')
