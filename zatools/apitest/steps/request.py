"""Steps that make a request: its address, login, headers and body."""

from __future__ import annotations

from typing import Any

from zatools.apitest.failures import StepBroken
from zatools.apitest.http.header_lines import HeaderLines
from zatools.apitest.project import files
from zatools.apitest.secrets import login_of
from zatools.apitest.state import formats, logins, named_files
from zatools.apitest.state.context import USER_AGENT, Context
from zatools.apitest.state.names import expand
from zatools.apitest.steps.makers import document, put_row
from zatools.apitest.steps.phrase import GIVEN, Phrase, in_section
from zatools.apitest.values.readers import as_list, as_number
from zatools.screens import quantity

JSON_BODY = '    """\n    {"user_name": "my.user"}\n    """'
TABLE = '    | path       | value   |\n    | /user_name | my.user |'


def set_address(context: Context, address: Any) -> None:
    """Sets scheme, host and port; a login in it replaces that of earlier steps."""
    if any(login_of(str(address))):
        # The address has its own login: one of an earlier step would win over it.
        _set_login(context)
    context.zato.request.address = address


def begin(context: Context) -> None:
    """Forgets the request of earlier steps, its login too; keeps the address and stored values."""
    zato = context.zato
    kept = {name: zato.request[name] for name in ('address', 'ns_map') if name in zato.request}
    zato.request.clear()
    zato.request.update(headers={'User-Agent': USER_AGENT}, ns_map={})
    zato.request.update(kept)
    zato.auth = {}


def set_url_path(context: Context, url_path: Any) -> None:
    """Sets the path of the URL."""
    context.zato.request.url_path = url_path


def set_query_string(context: Context, query: Any) -> None:
    """Sets the query string, its question mark included."""
    context.zato.request.query_string = query
    context.zato.request.pop('query_parameters', None)


def set_method(context: Context, method: Any) -> None:
    """Sets the HTTP method."""
    context.zato.request.method = method


def set_format(context: Context, name: Any) -> None:
    """Sets the format of requests, and of answers that have none of their own."""
    formats.set_request(context.zato.request, formats.chosen(name))


def set_response_format(context: Context, name: Any) -> None:
    """Sets the format of answers."""
    context.zato.request.response_format = formats.chosen(name)


def set_header(context: Context, name: Any, value: Any) -> None:
    """Sets a header of requests."""
    put_header(context, str(name), value)


def put_header(context: Context, name: str, value: Any) -> None:
    """Sets a header of requests; a login replaces that of earlier steps."""
    # Names of headers are the same in capitals and small letters.
    headers = context.zato.request.headers
    for other in [other for other in headers if other != name and other.lower() == name.lower()]:
        del headers[other]
    headers[name] = value
    if name.lower() == logins.LOGIN:
        context.zato.auth = {}
    elif name.lower() == 'cookie':
        context.zato.request.pop('cookies', None)


def set_header_values(context: Context, name: Any, values: Any) -> None:
    """Sets a header that is sent once for each value."""
    put_header(context, str(name), HeaderLines(as_list(values)))


def _set_login(context: Context, **auth: Any) -> None:
    # Only one login is sent: that of the last step that sets one.
    headers = context.zato.request.headers
    for name in [name for name in headers if name.lower() == logins.LOGIN]:
        del headers[name]
    context.zato.auth = auth


def set_user_agent(context: Context, value: Any) -> None:
    """Sets the header User-Agent."""
    put_header(context, 'User-Agent', value)


def set_basic_auth(context: Context, username: Any, password: Any) -> None:
    """Sends Basic Auth with later calls."""
    _set_login(context, type='basic-auth', username=username, password=password)


def set_digest_auth(context: Context, username: Any, password: Any) -> None:
    """Answers a server's challenge with Digest Auth in later calls."""
    _set_login(context, type=logins.DIGEST, username=username, password=password)


def send_no_login(context: Context) -> None:
    """Sends no login with later calls, neither of a step nor of the address nor of .netrc."""
    _set_login(context, type=logins.NO_LOGIN)


def set_bearer(context: Context, token: Any) -> None:
    """Sends a bearer token with later calls."""
    context.secrets.track(token, context.secrets.name(str(token)) or '$TOKEN')
    put_header(context, 'Authorization', f'Bearer {token}')


def set_api_key(context: Context, name: Any, value: Any) -> None:
    """Sends an API key with later calls."""
    context.secrets.track(value, context.secrets.name(str(value)) or '$API_KEY')
    put_header(context, str(name), value)


def take_file(context: Context, name: Any) -> None:
    """Makes a file the body of requests."""
    request = context.zato.request
    places = [formats.of_request(request), formats.of_response(request)]
    path = named_files.find(context, str(name), 'request', places, 'request_path')
    formats.take_request(context, files.read(path, 'request_path'), files.shown(path), 'request_path')


def take_text(context: Context, text: Any) -> None:
    """Makes a text the body of requests."""
    if isinstance(text, str):
        formats.take_request(context, text, 'the request', 'data')
    else:
        formats.forget_form(context.zato.request)
        context.zato.request.pop('read_as', None)
        context.zato.request.data = context.zato.request.data_impl = text


def take_table(context: Context) -> None:
    """Sets the values of a table of paths in the JSON request; begins one where there is none."""
    if context.table is None:
        raise StepBroken('a table of path and value belongs below this step', detail=TABLE.splitlines())
    request = context.zato.request
    if formats.of_request(request) == 'FORM':
        raise StepBroken('the format is FORM, and this begins a JSON request', hint='Given format "JSON"')
    formats.forget_form(request)
    if request.get('data_impl') is None:
        request.data_impl, request.read_as = {}, 'JSON'
    document(context)
    rows = [tuple(row) for row in context.table.rows]
    headings = tuple(context.table.headings)
    if headings[0].lower() != 'path':
        # A table without headings begins with its first row.
        rows.insert(0, headings)
    for row in rows:
        cells = [expand(context, cell, 'value') for cell in row]
        if len(cells) not in (2, 3):
            raise StepBroken(f'a row has path and value, maybe a kind; here it has {quantity(len(cells), "cell")}')
        path, value, kind = [*cells, ''][:3]
        put_row(context, path, value, str(kind or 'text').lower())


def remove_path(context: Context, path: Any) -> None:
    """Removes a key or an item from the JSON request."""
    from zatools.apitest.values import pointer

    parent_path, _, key = str(path).rpartition('/')
    content = document(context)
    pointer.get(content, str(path))
    parent = pointer.get(content, parent_path)
    if isinstance(parent, list):
        del parent[int(key)]
    else:
        del parent[key.replace('~1', '/').replace('~0', '~')]


def name_date_format(context: Context, name: Any, tokens: Any) -> None:
    """Gives a format of dates a name."""
    context.zato.date_formats[str(name)] = tokens


def set_timeout(context: Context, seconds: Any) -> None:
    """Sets how long an exchange may take."""
    if not as_number(seconds) > 0:
        raise StepBroken(f'{seconds} seconds are no time to wait', at='seconds')
    context.zato.http.timeout = float(as_number(seconds))


def follow_no_redirects(context: Context) -> None:
    """Takes a redirect for the answer."""
    context.zato.http.follow = False


def follow_redirects(context: Context) -> None:
    """Follows redirects."""
    context.zato.http.follow = True


def verify_nothing(context: Context) -> None:
    """Accepts any TLS certificate."""
    context.zato.http.verify = False


def verify_again(context: Context) -> None:
    """Accepts trusted TLS certificates only."""
    context.zato.http.verify = True


def set_ca_bundle(context: Context, path: Any) -> None:
    """Sets the certificates of trusted authorities, and verifies later calls with them."""
    context.zato.http.ca_bundle = _own_file(context, path, 'path')
    context.zato.http.verify = True


def set_client_certificate(context: Context, certificate: Any, key: Any) -> None:
    """Sets the client's certificate."""
    pair = _own_file(context, certificate, 'cert'), _own_file(context, key, 'key')
    context.zato.http.certificate = pair


def show_no_certificate(context: Context) -> None:
    """Removes the client's certificate."""
    context.zato.http.certificate = None


def _own_file(context: Context, name: Any, parameter: str) -> str:
    from pathlib import Path

    for folder in (context.feature_folder, Path(context.zato.environment_dir), Path()):
        if (folder / str(name)).is_file():
            return str(folder / str(name))
    raise StepBroken(f"there is no file '{name}'", at=parameter, hint='it is looked for beside the feature')


def keep_cookies(context: Context) -> None:
    """Sends the cookies of answers with later calls of the feature."""
    context.zato.http.keeps_cookies = True


def keep_no_cookies(context: Context) -> None:
    """Sends no cookies of earlier answers."""
    context.zato.http.keeps_cookies = False


PHRASES = (
    *in_section(
        'Address and method',
        Phrase('address "{address}"', GIVEN, set_address, 'ABO', 'sets scheme, host and port of the API',
               ('http://localhost:17010',)),
        Phrase('a new request', GIVEN, begin, '',
               'forgets path, query, method, format, headers, cookies, login and body of earlier steps'),
        Phrase('URL path "{url_path}"', GIVEN, set_url_path, 'ABO', 'sets the path, / by default', ('/api/v1/user',)),
        Phrase('query string "{query_string}"', GIVEN, set_query_string, 'ABO',
               'sets what follows the path, its question mark included', ('?id=123&active=yes',)),
        Phrase('HTTP method "{method}"', GIVEN, set_method, 'ABO', 'sets the method, GET by default', ('POST',)),
        Phrase('timeout is "{seconds}" seconds', GIVEN, set_timeout, '',
               'how long a whole exchange may take, 30 by default', ('5',), reads={'seconds': as_number}),
        Phrase('redirects are not followed', GIVEN, follow_no_redirects, '', 'so that a 302 can be checked'),
        Phrase('redirects are followed', GIVEN, follow_redirects, '', 'which is what happens by default'),
        Phrase('cookies are kept', GIVEN, keep_cookies, '', 'sends the cookies of answers with later calls'),
        Phrase('cookies are not kept', GIVEN, keep_no_cookies, '', 'which is what happens by default'),
        Phrase('TLS certificates are not verified', GIVEN, verify_nothing, '', 'takes any certificate: for tests only'),
        Phrase('TLS certificates are verified', GIVEN, verify_again, '', 'which is what happens by default'),
        Phrase('CA bundle "{path}"', GIVEN, set_ca_bundle, '', 'trusts the authorities in this file', ('ca.pem',)),
        Phrase('client certificate "{cert}" "{key}"', GIVEN, set_client_certificate, '', 'shows this certificate',
               ('client.pem', 'client.key')),
        Phrase('no client certificate is shown', GIVEN, show_no_certificate, '', 'which is what happens by default'),
    ),
    *in_section(
        'Headers and logins',
        Phrase('header "{header}" "{value}"', GIVEN, set_header, 'ABO', 'sets a header of requests',
               ('X-Request-ID', 'abc')),
        Phrase('header "{header}" has the values "{values}"', GIVEN, set_header_values, '',
               'sends the header once for each value', ('Accept', 'text/html, text/plain')),
        Phrase('user agent is "{value}"', GIVEN, set_user_agent, 'ABO', 'sets the header User-Agent', ('my-tests',)),
        Phrase('Basic Auth "{username}" "{password}"', GIVEN, set_basic_auth, 'ABO',
               'logs in to all later calls of the feature', ('api', '$API_PASSWORD')),
        Phrase('Digest Auth "{username}" "{password}"', GIVEN, set_digest_auth, '',
               'the same by Digest: each call is sent again after its 401', ('api', '$API_PASSWORD')),
        Phrase('bearer token "{token}"', GIVEN, set_bearer, '', 'sends Authorization: Bearer with later calls',
               ('$API_TOKEN',)),
        Phrase('no login is sent', GIVEN, send_no_login, '',
               'forgets Basic Auth and tokens; not even the login of the address or of .netrc is sent'),
        Phrase('API key "{header}" "{value}"', GIVEN, set_api_key, '', 'sends an API key in a header',
               ('X-API-Key', '$API_KEY')),
    ),
    *in_section(
        'Requests',
        Phrase('format "{format}"', GIVEN, set_format, 'ABO', 'JSON, XML, RAW or FORM; comes before the request',
               ('JSON',), reads={'format': formats.chosen}),
        Phrase('request format "{format}"', GIVEN, set_format, 'ABO', 'the same as: format', ('JSON',),
               reads={'format': formats.chosen}),
        Phrase('response format "{format}"', GIVEN, set_response_format, 'ABO', 'the format of answers alone',
               ('RAW',), reads={'format': formats.chosen}),
        Phrase('request "{request_path}"', GIVEN, take_file, 'ABO', 'takes the body from features/json/request/',
               ('demo.json',), files={'request_path': 'request'}),
        Phrase('request is "{data}"', GIVEN, take_text, 'ABO', 'takes this as the body; it may stand below the step',
               ('{"user_name": "my.user"}',)),
        Phrase('request has', GIVEN, take_table, '', 'sets values of the JSON request, a row each', body=TABLE),
        Phrase('path "{path}" is removed from request', GIVEN, remove_path, '', 'takes a key or an item away',
               ('/user_name',)),
        Phrase('date format "{name}" "{format}"', GIVEN, name_date_format, 'ABO', 'names a format, in tokens of arrow',
               ('day', 'YYYY-MM-DD')),
    ),
)  # fmt: skip
