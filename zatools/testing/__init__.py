"""Unit tests of services without a server: `from zatools.testing import ServiceTestCase, service`."""

from __future__ import annotations

from zatools.server.api.modules import stand_in

# Before all else: what imports this has services, and those import `zato`.
stand_in()

from zatools.server.api.exceptions import HTTPException  # noqa: E402
from zatools.testing.case import ServiceTestCase  # noqa: E402
from zatools.testing.responses import Call, Message, NoResponseError  # noqa: E402
from zatools.testing.stage import Answer, Line, Stage, Tested, service  # noqa: E402

__all__ = [
    'Answer',
    'Call',
    'HTTPException',
    'Line',
    'Message',
    'NoResponseError',
    'ServiceTestCase',
    'Stage',
    'Tested',
    'service',
]
