"""Whom commands log in as where services of a running server are invoked."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from zatools.secret import Secret

#: Whom each server lets in for tools.
USER = 'admin.invoke'


def login_of(environ: Mapping[str, str], stored: Callable[[str], Secret]) -> tuple[str, Secret]:
    """Returns a user and a password: those of the environment, else the password that is `stored` for the user."""
    user = environ.get('ZATO_SERVER_USER') or USER
    given = environ.get('ZATO_SERVER_PASSWORD')
    return user, Secret(given) if given else stored(user)
