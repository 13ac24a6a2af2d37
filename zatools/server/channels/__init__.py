"""Channels that listen at addresses of their own, or look into folders: WebSockets, MLLP, files."""
