"""Runs Python services in one process, on a developer's machine and in CI."""
