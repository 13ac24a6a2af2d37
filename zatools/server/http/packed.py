"""Bodies that clients have compressed, read within the limit for bodies."""

from __future__ import annotations

import zlib
from typing import Any

from zatools.server.api.exceptions import BodyError

#: Members that a gzip body may consist of: each costs a little, however small it is.
MEMBERS = 1000
#: What is decompressed, and how zlib is told to read it: both its own form and gzip's.
KNOWN = {'gzip': zlib.MAX_WBITS | 32, 'x-gzip': zlib.MAX_WBITS | 32, 'deflate': zlib.MAX_WBITS | 32}


def body_of(environ: dict[str, Any], cid: str, limit: int) -> bytes:
    """Returns a request's body, decompressed; environ says then that it came so. Raises BodyError."""
    raw: bytes = environ['wsgi.input'].read()
    encoding = environ.get('HTTP_CONTENT_ENCODING', '').strip().lower()
    if encoding not in ('', 'identity'):
        if encoding not in KNOWN:
            raise _error(415, cid, f'Content-Encoding is one of: {", ".join(KNOWN)}')
        raw = _decompressed(raw, KNOWN[encoding], cid, limit)
        del environ['HTTP_CONTENT_ENCODING']
        environ['CONTENT_LENGTH'] = str(len(raw))
    return raw


def _decompressed(raw: bytes, window: int, cid: str, limit: int) -> bytes:
    parts: list[bytes] = []
    left = limit
    for _ in range(MEMBERS):
        member = zlib.decompressobj(window)
        try:
            parts.append(member.decompress(raw, left + 1))
        except zlib.error:
            raise _error(400, cid, 'The request is not compressed as its Content-Encoding says') from None
        left -= len(parts[-1])
        if left < 0:
            raise _error(413, cid, 'Request body too large')
        if not member.eof:
            break
        raw = member.unused_data
        if not raw:
            return b''.join(parts)
    raise _error(400, cid, 'The request is compressed and has no end')


def _error(status: int, cid: str, message: str) -> BodyError:
    return BodyError(cid, message, status, needs_msg=True)
