"""Steps for OAuth2: they get a bearer token, and send it with later calls."""

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
    pass

PREFIX = 'zato_oauth2_'
CURRENT = f'{PREFIX}current_token'
EXCERPT = 200


def _keep(name: str, context: Context, value: Any) -> None:
    context.zato.user_ctx[PREFIX + name] = value


def keep_credentials(context: Context, username: Any, password: Any) -> None:
    """Keeps the credentials for getting tokens."""
    context.secrets.track(password, context.secrets.name(str(password)) or '$PASSWORD')
    _keep('username', context, username)
    _keep('password', context, password)


def extra_fields(text: str) -> dict[str, str]:
    """Returns the fields of `a=b, c=d`; a value may have = in it, and commas within quotes."""
    import csv

    rows = next(csv.reader([text], skipinitialspace=True), [])
    pairs = [row.partition('=') for row in rows if row.strip()]
    return {name.strip(): value.strip() for name, _, value in pairs}


def _setting(context: Context, name: str, default: str) -> Any:
    return context.zato.user_ctx.get(PREFIX + name) or default


def _fields(context: Context) -> dict[str, Any]:
    fields = {
        _setting(context, 'client_id_field', 'username'): _setting(context, 'username', ''),
        _setting(context, 'client_secret_field', 'password'): _setting(context, 'password', ''),
        'grant_type': _setting(context, 'grant_type', 'password'),
    }
    if scopes := _setting(context, 'scopes', ''):
        # RFC 6749 calls the field scope; zato-apitest sends scopes.
        fields['scope'] = fields['scopes'] = scopes
    return fields | extra_fields(str(_setting(context, 'extra_fields', '')))


def store_token(context: Context, name: Any) -> None:
    """Gets a bearer token and stores it."""
    url, fields = _setting(context, 'address', ''), _fields(context)
    if not url:
        raise StepBroken('there is no OAuth2 endpoint', hint='Given OAuth2 endpoint "https://…/token"')
    request: dict[str, Any] = {'method': 'POST', 'url': url, 'headers': {}}
    if str(_setting(context, 'request_format', '')).lower() == 'json':
        request['json'] = fields
    else:
        request['data'] = fields
    context.before_call(str(url))
    answer, _ = context.transport.send(context.zato.http, request)
    track(context, answer)
    store(context, name, _token(context, answer.status_code, unmarked(answer.text)))


def _token(context: Context, status: int, text: str) -> Any:
    try:
        token = json.loads(text)['access_token']
    except (ValueError, RecursionError, KeyError, TypeError):
        token = None
    if not 200 <= status < 300 or token is None:
        words = f'{status}, and no access_token'
        if token is None and status >= 300:
            # A refusal has no token, which goes without saying.
            words = str(status)
        raise StepBroken(f'the OAuth2 endpoint answered {words}: {cut(" ".join(text.split()), EXCERPT)}', at='name')
    context.secrets.track(token, '$TOKEN')
    return token


def send_token(context: Context, token: Any) -> None:
    """Sends the token with later calls."""
    context.zato.user_ctx[CURRENT] = token
    set_bearer(context, token)


def clean_up(context: Context) -> None:
    """Forgets what steps for OAuth2 have kept, and the token in the headers."""
    values, headers = context.zato.user_ctx, context.zato.request.headers
    if str(values.get(CURRENT, '')) and headers.get('Authorization') == f'Bearer {values[CURRENT]}':
        del headers['Authorization']
    for name in [name for name in values if name.startswith(PREFIX)]:
        del values[name]


def _keeps(words: str, parameter: str, name: str, doc: str, value: str) -> Phrase:
    return Phrase(f'OAuth2 {words} "{{{parameter}}}"', GIVEN, partial(_keep, name), 'B', doc, (value,))


PHRASES = in_section(
    'OAuth2',
    _keeps('endpoint', 'address', 'address', 'the URL that gives tokens', 'http://localhost:17010/token'),
    Phrase('OAuth2 credentials "{username}" "{password}"', GIVEN, keep_credentials, 'B', 'who asks for tokens',
           ('api', '$API_PASSWORD')),
    _keeps('scopes', 'scopes', 'scopes', 'the scopes to ask for', 'read write'),
    _keeps('grant type', 'grant_type', 'grant_type', 'password by default', 'client_credentials'),
    _keeps('extra fields', 'extra_fields', 'extra_fields', 'further fields of the request', 'audience=api, region=eu'),
    _keeps('client ID field', 'field', 'client_id_field', 'the name of the first field, username by default',
          'client_id'),
    _keeps('client secret field', 'field', 'client_secret_field', 'the name of the second, password by default',
          'client_secret'),
    _keeps('request format', 'format', 'request_format', 'json, else a form', 'json'),
    Phrase('I store an OAuth2 bearer token under "{name}"', GIVEN, store_token, 'B', 'asks for a token and stores it',
           ('token',), acts=True, stores='name'),
    Phrase('OAuth2 bearer token "{token}"', GIVEN, send_token, 'B', 'sends it with later calls', ('#token',)),
    Phrase('OAuth2 context is cleaned up', THEN, clean_up, 'B', 'forgets it all, the header too', acts=True,
           response=False),
)  # fmt: skip
