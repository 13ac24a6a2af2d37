"""`zato.common` itself, as older files and the platform's own examples import it: exceptions and a few constants."""

from __future__ import annotations

from zatools.server.api.exceptions import *  # noqa: F403
from zatools.server.api.zato_common import CHANNEL, DATA_FORMAT, ZATO_NONE, SMTPMessage

__all__ = ['CHANNEL', 'DATA_FORMAT', 'ZATO_NONE', 'SMTPMessage']
