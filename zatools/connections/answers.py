"""Answers of HTTP as pings read them: what comes before the answer is passed over, and HTTP/2 is recognised."""

from __future__ import annotations

import http.client
from typing import Any

#: Interim answers (1xx) that may come before an answer.
MOST = 20
#: How frames of HTTP/2 begin that a server sends first: the high bytes of a length, and the types SETTINGS and GOAWAY.
FRAME, TYPES = b'\0\0', (4, 7)


class InterimError(http.client.HTTPException):
    """A server sent interim answers (1xx) and none that counts."""


class OnlyHttp2Error(http.client.HTTPException):
    """A server answers HTTP/1.1 with frames of HTTP/2."""


class Response(http.client.HTTPResponse):
    """An answer, without interim ones."""

    def _read_status(self) -> Any:
        # http.client passes over 100 alone, as often as it comes, and takes the others for the answer.
        for _ in range(MOST):
            head = self.fp.peek(4)[:4]
            if head.startswith(FRAME) and len(head) == 4 and head[3] in TYPES:
                self._close_conn()  # type: ignore[attr-defined]
                raise OnlyHttp2Error
            status = super()._read_status()  # type: ignore[misc]
            if not 100 <= status[1] < 200:
                return status
            if status[1] == 101:
                # Nobody asked for another protocol, and no answer comes after this.
                break
            http.client.parse_headers(self.fp)
        self._close_conn()  # type: ignore[attr-defined]
        raise InterimError
