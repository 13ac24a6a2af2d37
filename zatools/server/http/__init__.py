"""Requests from clients: who may call what, how bodies are read, and how answers are sent."""
