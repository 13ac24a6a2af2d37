"""Importing `zatools.testing` lets `zato` be imported for good: not so here, since other tests look at that."""

from __future__ import annotations

import sys

before = list(sys.meta_path)
import zatools.testing  # noqa: E402, F401

sys.meta_path[:] = before
