"""One call of a service: what it is given, and how it is refused before the service runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zatools.server.api.exceptions import HTTPException
from zatools.server.api.request import Http
from zatools.server.api.supported import About


@dataclass(frozen=True)
class Call:
    """One call of a service: what it is given."""

    cid: str
    payload: Any = ''
    raw: Any = b''
    http: Http | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    channel: About | None = None
    environ: Mapping[str, Any] = field(default_factory=dict)
    #: What its service finds in `self.request.soap`.
    soap: Any = None
    #: What its service finds in `self.environ`.
    beside: Mapping[str, Any] = field(default_factory=dict)
    transport: str = ''


class NoServiceError(KeyError):
    """A service that no file has is invoked."""

    def __str__(self) -> str:
        return str(self.args[0])


class NotAcceptedError(HTTPException):
    """A service does not accept a call. Only its `accept` ran."""

    status = 400


def new_cid() -> str:
    """Returns a correlation id: 24 hexadecimal digits."""
    return os.urandom(12).hex()
