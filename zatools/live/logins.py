"""The login that commands use where they invoke services of a running server."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from zatools.secret import Secret

#: The user that every server lets in for tools.
DEFAULT_USER = 'admin.invoke'


def login_of(environ: Mapping[str, str], stored: Callable[[str], Secret]) -> tuple[str, Secret]:
    """Returns a user and a password: those of the environment, else the password that is `stored` for the user."""
    user = environ.get('ZATO_SERVER_USER') or DEFAULT_USER
    given = environ.get('ZATO_SERVER_PASSWORD')
    if given:
        return user, Secret(given)
    return user, stored(user)
