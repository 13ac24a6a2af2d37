"""Messages that services send by mail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class SMTPMessage:
    """A message that services send: `from zato.common.api import SMTPMessage`."""

    def __init__(
        self,
        from_: str | None = None,
        to: str | Iterable[str] | None = None,
        subject: str = '',
        body: str = '',
        attachments: list[dict[str, Any]] | None = None,
        *others: Any,
        **more: Any,
    ) -> None:
        self.from_, self.to, self.subject, self.body = from_, to, subject, body
        self.attachments = attachments or []
        for (name, usual), given in zip(MORE.items(), (*others, *[MISSING] * len(MORE)), strict=False):
            setattr(self, name, more.pop(name, usual if given is MISSING else given))
        if more:
            raise TypeError(f'SMTPMessage has no {sorted(more)[0]}')

    def attach(self, name: str, contents: str | bytes) -> None:
        """Adds a file."""
        self.attachments.append({'name': name, 'contents': contents})


MISSING = object()
#: What else a message has, and what that is where nothing is given.
MORE: dict[str, Any] = {
    'cc': None,
    'bcc': None,
    'is_html': False,
    'headers': None,
    'charset': 'utf8',
    'is_rfc2231': True,
}
