"""What is shared in this process: modules of users import parts of it, so that there is one only."""

from __future__ import annotations

from zatools.apitest.state.current import Current

CURRENT = Current()
