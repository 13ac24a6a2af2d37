"""What `from zato.apitest import steps` finds; all steps are there without it."""

from __future__ import annotations

from zatools.apitest.shim.steps import common, json

__all__ = ['common', 'json']
