"""Operational databases, read into a State and changed in one transaction."""
