"""Generic connections that own no other object, of all areas."""

from __future__ import annotations

from zatools.kinds import cloud, directories, queues, trade

KINDS = (*directories.KINDS, *cloud.KINDS, *queues.KINDS, *trade.KINDS)
