"""Why a store gives no secret: it can't be reached, or it lacks what is asked for."""

from __future__ import annotations


class StoreError(Exception):
    """A store can't be reached or used; its text is the reason, without a secret."""

    def __init__(self, text: str, hint: str = '') -> None:
        super().__init__(text)
        self.hint = hint


class LackingError(Exception):
    """A store was asked and has no such secret."""
