"""Generic connections that own no other object, of all areas."""

from __future__ import annotations

from zatools.kinds import cloud, directories, hl7, queues, remote, trade

KINDS = (*directories.KINDS, *cloud.KINDS, *queues.KINDS, *trade.KINDS, *remote.KINDS, *hl7.KINDS)
