"""The state that all features of this process share, since modules of projects import parts of it."""

from __future__ import annotations

from zatools.apitest.state.current import Current

CURRENT = Current()
