"""Users and passwords that messages carry in their bodies, where 3.2's XPath definitions look for them."""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

from zatools.connections.clients.envelopes import finder, root_of
from zatools.connections.login import secret_of
from zatools.errors import ZatoolsError
from zatools.kinds.traits import NAMESPACES
from zatools.server.http.guards import Check, Denied, Environ, UncheckedError
from zatools.server.http.packed import body_of
from zatools.state import Item, State

log = logging.getLogger('zatools.server')
#: Bytes of a body, where the server says nothing else.
LARGEST = 10 * 1024 * 1024
#: Elements and attributes of a message that an XPath is asked of, and where its time grows with their square.
MOST, FEWER = 200_000, 5_000
#: What makes an XPath look at all elements: once takes no time, twice their square. What looks back does that at once.
WIDE = re.compile(r'//|descendant|following|preceding|ancestor|parent|\.\.|\|')
BACK = re.compile(r'following|preceding|ancestor|parent|\.\.|\|')
#: Characters of a user's name, a password, a nonce.
LONGEST = 4096


def taken(environ: Environ) -> bytes:
    """Returns the body of a request, which can be read again. Raises HTTPException."""
    raw = body_of(environ, '', environ.get('zatools.max_body', LARGEST))
    environ['wsgi.input'] = BytesIO(raw)
    return raw


def is_same(given: str, wanted: bytes) -> bool:
    """Tells whether a text is what is wanted, in the same time whatever it is."""
    return hmac.compare_digest(given[: LONGEST + 1].encode('utf-8', 'replace'), wanted)


def user_of(login: Item) -> tuple[bytes, bytes]:
    """Returns the user and the password of a definition. Raises UncheckedError where it has none."""
    try:
        secret = secret_of(login).encode()
    except ZatoolsError:
        # It is sealed and there is no key.
        secret = b''
    if not secret:
        raise UncheckedError('it has no password')
    return str(login.values.get('username') or '').encode(), secret


def by_xpath(login: Item, state: State) -> tuple[Check, Denied]:
    """Returns what tells whether a message has a definition's user and password at its XPaths; the answer if not."""
    user, secret = user_of(login)
    namespaces = {item.name: str(item.values['value']) for item in state.values() if _is_namespace(item)}
    find_user = _found(login, 'username_expr', namespaces)
    find_password = _found(login, 'password_expr', namespaces)
    texts = [str(login.values[name]) for name in ('username_expr', 'password_expr')]
    if any(len(WIDE.findall(text)) > 2 for text in texts):
        raise UncheckedError('one of its XPaths looks through the whole message more than twice')
    most = FEWER if any(len(WIDE.findall(text)) > 1 or BACK.search(text) for text in texts) else MOST

    def check(environ: Environ) -> bool:
        try:
            root = root_of(taken(environ))
        except ValueError:
            return False
        if _has_more(root, most):
            log.warning('%s: a message has more than %d elements and attributes: its XPaths are not asked', login, most)
            return False
        is_user = is_same(find_user(root), user)
        is_password = is_same(find_password(root), secret)
        return is_user and is_password

    return check, Denied(401, 'Unauthorized')


def _is_namespace(item: Item) -> bool:
    return item.kind.served == NAMESPACES and bool(item.values.get('value'))


def _found(login: Item, name: str, namespaces: Mapping[str, str]) -> Callable[[Any], str]:
    text = str(login.values.get(name) or '')
    if not text:
        raise UncheckedError(f'it has no {name}')
    try:
        return finder(text, namespaces)
    except ValueError:
        raise UncheckedError(f'its {name} is no XPath, or has a prefix that no def_namespace is called') from None


def _has_more(root: Any, most: int) -> bool:
    found = 0
    for element in root.iter():
        found += 1 + len(element.attrib)
        if found > most:
            return True
    return False
