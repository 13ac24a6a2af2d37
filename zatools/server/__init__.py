"""Runs Python services on one's own machine and in CI, in one process."""
