"""Calls as they go over the wire: sessions, what was sent and received, why no answer came, curl lines."""
