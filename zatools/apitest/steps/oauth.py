"""Steps of OAuth2: asking for a bearer token, and sending it."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from zatools.apitest.failures import StepBroken
from zatools.apitest.http.charsets import unmarked
from zatools.apitest.state.calling import track
from zatools.apitest.state.context import Context
from zatools.apitest.steps.makers import store
from zatools.apitest.steps.phrase import GIVEN, THEN, Phrase, in_section
from zatools.apitest.steps.request import set_bearer
from zatools.apitest.values.excerpts import cut

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX = 'zato_oauth2_'
CURRENT = f'{PREFIX}current_token'
EXCERPT = 200


def _keep(name: str, context: Context, value: Any) -> None:
    context.zato.user_ctx[PREFIX + name] = value


def keep_credentials(context: Context, username: Any, password: Any) -> None:
    """Keeps who asks for tokens."""
    context.secrets.track(password, context.secrets.name(str(password)) or '$PASSWORD')
    _keep('username', context, username)
    _keep('password', context, password)


def extra_fields(text: str) -> dict[str, str]:
    """Returns the fields of `a=b, c=d`; a value may hold =, and commas within quotes."""
    import csv

    rows = next(csv.reader([text], skipinitialspace=True), [])
    pairs = [row.partition('=') for row in rows if row.strip()]
    return {name.strip(): value.strip() for name, _, value in pairs}


def _fields(known: Callable[..., Any]) -> dict[str, Any]:
    fields = {
        known('client_id_field', 'username'): known('username', ''),
        known('client_secret_field', 'password'): known('password', ''),
        'grant_type': known('grant_type', 'password'),
    }
    if scopes := known('scopes', ''):
        # The name by RFC 6749, and the one that zato-apitest sends.
        fields['scope'] = fields['scopes'] = scopes
    return fields | extra_fields(str(known('extra_fields', '')))


def store_token(context: Context, name: Any) -> None:
    """Asks for a bearer token and stores it."""

    def known(part: str, default: Any) -> Any:
        return context.zato.user_ctx.get(PREFIX + part) or default

    url, fields = known('address', ''), _fields(known)
    if not url:
        raise StepBroken('there is no OAuth2 endpoint', hint='Given OAuth2 endpoint "https://…/token"')
    is_json = str(known('request_format', '')).lower() == 'json'
    request: dict[str, Any] = {'method': 'POST', 'url': url, 'headers': {}}
    request |= {'json': fields} if is_json else {'data': fields}
    context.before_call(str(url))
    answer, _ = context.transport.send(context.zato.http, request)
    track(context, answer)
    store(context, name, _token(context, answer.status_code, unmarked(answer.text)))


def _token(context: Context, status: int, text: str) -> Any:
    try:
        token = json.loads(text)['access_token']
    except (ValueError, KeyError, TypeError):
        token = None
    if not 200 <= status < 300 or token is None:
        what = f'{status}' if token is None and status >= 300 else f'{status}, and no access_token'
        raise StepBroken(f'the OAuth2 endpoint answered {what}: {cut(" ".join(text.split()), EXCERPT)}', at='name')
    context.secrets.track(token, '$TOKEN')
    return token


def send_token(context: Context, token: Any) -> None:
    """Makes later calls send the token."""
    context.zato.user_ctx[CURRENT] = token
    set_bearer(context, token)


def clean_up(context: Context) -> None:
    """Forgets OAuth2, and the token in the headers as well."""
    values, headers = context.zato.user_ctx, context.zato.request.headers
    if str(values.get(CURRENT, '')) and headers.get('Authorization') == f'Bearer {values[CURRENT]}':
        del headers['Authorization']
    for name in [name for name in values if name.startswith(PREFIX)]:
        del values[name]


def _kept(words: str, parameter: str, name: str, doc: str, value: str) -> Phrase:
    return Phrase(f'OAuth2 {words} "{{{parameter}}}"', GIVEN, partial(_keep, name), 'B', doc, (value,))


PHRASES = in_section(
    'OAuth2',
    _kept('endpoint', 'address', 'address', 'the URL that gives tokens', 'http://localhost:17010/token'),
    Phrase('OAuth2 credentials "{username}" "{password}"', GIVEN, keep_credentials, 'B', 'who asks for tokens',
           ('api', '$API_PASSWORD')),
    _kept('scopes', 'scopes', 'scopes', 'the scopes to ask for', 'read write'),
    _kept('grant type', 'grant_type', 'grant_type', 'password by default', 'client_credentials'),
    _kept('extra fields', 'extra_fields', 'extra_fields', 'further fields of the request', 'audience=api, region=eu'),
    _kept('client ID field', 'field', 'client_id_field', 'the name of the first field, username by default',
          'client_id'),
    _kept('client secret field', 'field', 'client_secret_field', 'the name of the second, password by default',
          'client_secret'),
    _kept('request format', 'format', 'request_format', 'json, else a form', 'json'),
    Phrase('I store an OAuth2 bearer token under "{name}"', GIVEN, store_token, 'B', 'asks for a token and stores it',
           ('token',), acts=True, stores='name'),
    Phrase('OAuth2 bearer token "{token}"', GIVEN, send_token, 'B', 'sends it with later calls', ('#token',)),
    Phrase('OAuth2 context is cleaned up', THEN, clean_up, 'B', 'forgets it all, the header too', acts=True,
           response=False),
)  # fmt: skip
