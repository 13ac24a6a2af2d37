"""A server of MLLP that is python-hl7's, over TLS where it gets a context."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


async def _answer(reader: Any, writer: Any) -> None:
    while not writer.is_closing():
        try:
            message = await reader.readmessage()
        except asyncio.IncompleteReadError:
            break
        writer.writemessage(message.create_ack())
        await writer.drain()
    writer.close()


@contextmanager
def mllp(context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Runs the server, which accepts each message; yields its port."""
    from hl7.mllp import start_hl7_server

    loop = asyncio.new_event_loop()
    made = start_hl7_server(_answer, '127.0.0.1', 0, ssl=context, encoding='utf-8')
    server = loop.run_until_complete(made)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        server.close()
        loop.close()
