"""Checks of features before anything runs."""
