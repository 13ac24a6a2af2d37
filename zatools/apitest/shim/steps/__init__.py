"""The module for `from zato.apitest import steps`; projects have all steps without it."""

from __future__ import annotations

from zatools.apitest.shim.steps import common, json

__all__ = ['common', 'json']
