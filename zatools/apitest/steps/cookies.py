"""Steps about cookies: those that calls send, and those that answers set."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import Any

from zatools.apitest.failures import StepFailed, Words
from zatools.apitest.state import calling
from zatools.apitest.state.context import Context
from zatools.apitest.steps.assertions import answered
from zatools.apitest.steps.phrase import GIVEN, THEN, Phrase, in_section
from zatools.place import did_you_mean


def send_cookie(context: Context, name: Any, value: Any) -> None:
    """Sends a cookie with later calls, besides those that are kept."""
    _remove_header(context)
    context.zato.request.setdefault('cookies', {})[str(name)] = str(value)


def send_no_cookies(context: Context) -> None:
    """Sends no cookies that steps have set."""
    _remove_header(context)
    context.zato.request.pop('cookies', None)


def _remove_header(context: Context) -> None:
    # A header of an earlier step would win over cookies.
    headers = context.zato.request.headers
    for name in [name for name in headers if name.lower() == 'cookie']:
        del headers[name]


def _cookies(context: Context) -> dict[str, Any]:
    # Those of the answer itself: a redirect's are kept for calls, but no answer shows them.
    answered(context)
    cookies: dict[str, Any] = {}
    for row in calling.header_rows(context, 'Set-Cookie'):
        try:
            cookies |= SimpleCookie(row)
        except CookieError as error:
            raise StepFailed(f'the answer has a Set-Cookie that is no cookie: {error}', at='cookie') from None
    return cookies


def _cookie(context: Context, name: Any) -> Any:
    cookies = _cookies(context)
    if str(name) in cookies:
        return cookies[str(name)]
    text = 'the answer sets no cookies'
    if cookies:
        text = f'the answer sets no such cookie. It sets: {", ".join(cookies)}'
    raise StepFailed(text, at='cookie', hint=did_you_mean(str(name), cookies))


def cookie_exists(context: Context, name: Any) -> None:
    """Fails where the answer does not set the cookie."""
    _cookie(context, name)


def cookie_does_not_exist(context: Context, name: Any) -> None:
    """Fails where the answer sets the cookie."""
    found = _cookies(context).get(str(name))
    if found is not None:
        raise StepFailed('', at='cookie', expected=Words('no such cookie'), actual=found.value)


def cookie_is(context: Context, name: Any, value: Any) -> None:
    """Fails where the answer sets the cookie to another value."""
    actual = _cookie(context, name).value
    if actual != str(value):
        raise StepFailed('', at='value', expected=str(value), actual=actual)


def _attributes(context: Context, name: Any) -> dict[str, Any]:
    return {key: value for key, value in _cookie(context, name).items() if value not in ('', None)}


def cookie_has(context: Context, name: Any, attribute: Any) -> None:
    """Fails where the cookie lacks an attribute."""
    attributes = _attributes(context, name)
    if str(attribute).lower() not in attributes:
        raise StepFailed('', at='attribute', expected=Words(str(attribute)), actual=_listed(attributes))


def cookie_has_not(context: Context, name: Any, attribute: Any) -> None:
    """Fails where the cookie has an attribute."""
    attributes = _attributes(context, name)
    if str(attribute).lower() in attributes:
        raise StepFailed('', at='attribute', expected=Words(f'no {attribute}'), actual=_listed(attributes))


def attribute_is(context: Context, attribute: Any, name: Any, value: Any) -> None:
    """Fails where an attribute of the cookie is another one."""
    attributes = _attributes(context, name)
    actual = attributes.get(str(attribute).lower())
    if actual is None:
        raise StepFailed('', at='attribute', expected=Words(str(attribute)), actual=_listed(attributes))
    if actual != str(value):
        raise StepFailed('', at='value', expected=str(value), actual=actual)


def _listed(attributes: dict[str, Any]) -> Words:
    return Words(f'a cookie with {", ".join(attributes) or "no attributes"}')


PHRASES = (
    *in_section(
        'Cookies',
        Phrase('cookie "{cookie}" is "{value}"', GIVEN, send_cookie, '', 'sends it with later calls',
               ('theme', 'dark')),
        Phrase('no cookies are sent', GIVEN, send_no_cookies, '', 'forgets those that steps have set'),
    ),
    *in_section(
        'Cookies',
        Phrase('cookie "{cookie}" exists', THEN, cookie_exists, '', 'the answer sets it', ('session',)),
        Phrase('cookie "{cookie}" does not exist', THEN, cookie_does_not_exist, '', 'the answer does not set it',
               ('debug',)),
        Phrase('cookie "{cookie}" is "{value}"', THEN, cookie_is, '', 'the answer sets it to this', ('theme', 'dark')),
        Phrase('cookie "{cookie}" has "{attribute}"', THEN, cookie_has, '', 'the cookie has this attribute',
               ('session', 'HttpOnly')),
        Phrase('cookie "{cookie}" does not have "{attribute}"', THEN, cookie_has_not, '',
               'the cookie lacks this attribute', ('session', 'Domain')),
        Phrase('attribute "{attribute}" of cookie "{cookie}" is "{value}"', THEN, attribute_is, '',
               'the attribute of the cookie is this', ('Path', 'session', '/')),
    ),
)  # fmt: skip
