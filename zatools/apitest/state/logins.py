"""The login of a call: that of a step, else that of the URL, else that of .netrc."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zatools.apitest.secrets import login_of

if TYPE_CHECKING:
    from zatools.apitest.state.context import Context

#: The header that holds a login, and the type of `ctx.zato.auth` for sending none.
LOGIN, NO_LOGIN = 'authorization', 'none'
#: The type of a login that waits for the server's challenge.
DIGEST = 'digest-auth'


def of_steps(context: Context) -> Any:
    """Returns the login that steps have set, as requests takes it; None where they have set none."""
    auth = context.zato.auth or {}
    if auth.get('type') == 'basic-auth':
        return _basic(context, auth)
    if auth.get('type') == DIGEST:
        return _digest(context, auth)
    if auth.get('type') == NO_LOGIN or any(name.lower() == LOGIN for name in context.zato.request.headers):
        # Without this, requests would take the login of the URL or of .netrc.
        return _unchanged
    return None


def _unchanged(request: Any) -> Any:
    return request


def _basic(context: Context, auth: dict[str, Any]) -> tuple[bytes, bytes]:
    username, password = str(auth.get('username', '')), str(auth.get('password', ''))
    context.secrets.track_basic(username, password)
    context.secrets.track(password, context.secrets.name(password) or '$PASSWORD')
    return username.encode(), password.encode()


def _digest(context: Context, auth: dict[str, Any]) -> Any:
    from zatools.apitest.http.session import DigestLogin

    username, password = _basic(context, auth)
    return DigestLogin(context.transport.session, username.decode(), password.decode())


def shown(auth: Any) -> tuple[str, str] | None:
    """Returns user and password of a login, for a line of curl; None where it has none."""
    if isinstance(auth, tuple):
        return auth[0].decode(), auth[1].decode()
    if hasattr(auth, 'password'):
        return auth.username, auth.password
    return None


def hide(context: Context, url: str) -> None:
    """Makes the login of a URL secret."""
    # requests sends the login of a URL as Basic Auth.
    if any(login := login_of(url)):
        context.secrets.track_basic(*login)
        context.secrets.track_location(url.partition('?')[0])


def from_netrc(context: Context, url: str) -> tuple[bytes, bytes] | None:
    """Returns the login that .netrc has for a host, and notes it."""
    # zato-apitest sends it as well, without saying so.
    if not (login := context.transport.login(url)):
        return None
    username, password = login
    context.secrets.track_basic(username, password)
    context.secrets.track(password)
    note = f"logs in as '{username}' of .netrc"
    if note not in context.notes:
        context.notes.append(note)
    return username.encode(), password.encode()
