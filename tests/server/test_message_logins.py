"""Users and passwords that messages carry: 3.2's XPath definitions, and WS-Security of both."""

from __future__ import annotations

import hashlib
import time
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from tests.server.test_guards import item, state
from zatools.connections.clients.envelopes import DIGEST, NAMESPACES, TEXT, WSSE, WSU
from zatools.server.api.exceptions import HTTPException
from zatools.server.http.guards import Check, UncheckedError, once
from zatools.server.http.messages import FEWER, MOST, by_xpath
from zatools.server.http.wss import FRESH, SKEW, Nonces, by_token
from zatools.server.kept import Kept
from zatools.state import State

NAMESPACE = state(item('def_namespace', 'shop', value='urn:shop'))


def sent(body: bytes | str, **more: Any) -> dict[str, Any]:
    raw = body.encode() if isinstance(body, str) else body
    return {'REQUEST_METHOD': 'POST', 'wsgi.input': BytesIO(raw), **more}


def xpath(user: str = '/a/user', password: str = '/a/password', known: State = NAMESPACE, **values: Any) -> Check:
    given = {'username': 'api', 'password': 's3cret', 'username_expr': user, 'password_expr': password, **values}
    return by_xpath(item('xpath', 'x', **given), known)[0]


RIGHT = '<a><user>api</user><password>s3cret</password></a>'


@pytest.mark.parametrize(
    ('body', 'expected'),
    [
        (RIGHT, True),
        (RIGHT.encode('utf-16'), True),
        ('<a><!-- x --><user>a<!-- x -->pi</user><password><![CDATA[s3cret]]></password></a>', True),
        (RIGHT.replace('api', 'API'), False),
        (RIGHT.replace('s3cret', 's3cret '), False),
        (RIGHT.replace('s3cret', ''), False),
        ('<a><user>api</user></a>', False),
        ('<a><password>s3cret</password></a>', False),
        ('<a/>', False),
        ('', False),
        ('{"user": "api"}', False),
        # Of two users one would be checked and the other one used.
        ('<a><user>api</user><user>boss</user><password>s3cret</password></a>', False),
        ('<a><user>boss</user><user>api</user><password>s3cret</password></a>', False),
        ('<!DOCTYPE a [<!ENTITY p "s3cret">]><a><user>api</user><password>&p;</password></a>', False),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a><user>api</user><password>s3cret</password></a>', False),
        ('<a>' * 300 + RIGHT + '</a>' * 300, False),
        (RIGHT[:-1], False),
    ],
    ids=range(17),
)  # fmt: skip
def test_an_xpath_definition_lets_in_who_has_both(body: bytes | str, expected: bool) -> None:
    environ = sent(body)
    assert xpath()(environ) is expected
    # The service reads the body, too.
    assert environ['wsgi.input'].read() == (body.encode() if isinstance(body, str) else body)


@pytest.mark.parametrize(
    ('user', 'password', 'body'),
    [
        ('/a/@user', '/a/@password', '<a user="api" password="s3cret"/>'),
        ('string(//user)', '//password/text()', RIGHT),
        ('//shop:user', '//shop:password', RIGHT.replace('<a>', '<a xmlns="urn:shop">')),
        ("//*[local-name()='user']", "//*[local-name()='password']", RIGHT.replace('<a>', '<a xmlns="urn:x">')),
        ("/a/f[@n='user']", "/a/f[@n='password']", '<a><f n="user">api</f><f n="password">s3cret</f></a>'),
    ],
)
def test_xpaths_may_be_any(user: str, password: str, body: str) -> None:
    assert xpath(user, password)(sent(body))
    assert not xpath(user, password)(sent(body.replace('s3cret', 'secret')))


@pytest.mark.parametrize(
    ('values', 'why'),
    [
        ({'password_expr': ''}, 'it has no password_expr'),
        ({'username_expr': ''}, 'it has no username_expr'),
        ({'password': ''}, 'it has no password'),
        ({'username_expr': '//['}, 'its username_expr is no XPath'),
        ({'username_expr': '//b:user'}, 'its username_expr is no XPath, or has a prefix that no def_namespace'),
        ({'username_expr': "document('file:///etc/passwd')"}, 'its username_expr is no XPath'),
        ({'username_expr': '//a[//b[//c="x"]]'}, 'one of its XPaths looks through the whole message'),
    ],
)
def test_an_xpath_definition_that_says_too_little_can_not_be_checked(values: dict[str, str], why: str) -> None:
    with pytest.raises(UncheckedError, match=why.replace('[', r'\[')):
        xpath(**values)


@pytest.mark.parametrize(('user', 'most'), [('//user', MOST), ('//b//user', FEWER), ('//user/../user', FEWER)])
def test_the_time_of_an_xpath_is_bounded(user: str, most: int) -> None:
    padding, inner = most // 2 + 10, RIGHT.replace('<a>', '<a><b>').replace('</user>', '</user></b>')
    for long in ('<c/>' * 2 * padding, '<c d=""/>' * padding):
        body = inner.replace('</a>', f'{long}</a>')
        started = time.monotonic()
        assert not xpath(user, '/a/password')(sent(body))
        assert time.monotonic() - started < 10
    assert xpath(user, '/a/password')(sent(inner.replace('</a>', '<c/>' * (most - 10) + '</a>')))


def test_a_body_that_is_too_large_is_told() -> None:
    import gzip

    body = gzip.compress(RIGHT.encode() + b' ' * 10_000)
    environ = sent(body, HTTP_CONTENT_ENCODING='gzip', **{'zatools.max_body': 1000})
    with pytest.raises(HTTPException) as refused:
        xpath()(environ)
    assert refused.value.status == 413
    environ = sent(body, HTTP_CONTENT_ENCODING='gzip')
    assert xpath()(environ)
    assert environ['CONTENT_LENGTH'] == str(len(RIGHT) + 10_000)


@pytest.fixture
def nonces(tmp_path: Path) -> Iterator[Nonces]:
    kept = Kept(tmp_path / 'kept.sqlite')
    yield Nonces(kept)
    kept.close()


NONCE = b'0123456789abcdef'


def at(seconds: float = 0) -> str:
    return f'{datetime.now(UTC) - timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}'


def token(
    user: str = 'api', password: str = 's3cret', nonce: bytes = b'', created: str | int = '', type_: str = TEXT
) -> str:
    """Returns an envelope with a UsernameToken; a number for its time is its age, as tests may wait for long."""
    if isinstance(created, int):
        created = at(created)
    if type_ == DIGEST:
        password = b64encode(hashlib.sha1(nonce + created.encode() + password.encode()).digest()).decode()
    inner = f'<w:Username>{user}</w:Username><w:Password Type="{type_}">{password}</w:Password>'
    if nonce:
        inner += f'<w:Nonce>{b64encode(nonce).decode()}</w:Nonce>'
    if created:
        inner += f'<u:Created>{created}</u:Created>'
    return enveloped(f'<w:Security><w:UsernameToken>{inner}</w:UsernameToken></w:Security>')


def enveloped(headers: str) -> str:
    names = f'xmlns:s="{NAMESPACES["1.1"]}" xmlns:w="{WSSE}" xmlns:u="{WSU}"'
    return f'<s:Envelope {names}><s:Header>{headers}</s:Header><s:Body><x/></s:Body></s:Envelope>'


def wss(nonces: Nonces, generation: str, **values: Any) -> Check:
    given = {'username': 'api', 'password': 's3cret', **values}
    return by_token(item('wss', 'w', **given), generation, lambda: nonces)[0]


@pytest.mark.parametrize('generation', ['3.2', '4.1'])
@pytest.mark.parametrize(
    ('body', 'expected'),
    [
        (token(), True),
        (token().replace(f' Type="{TEXT}"', ''), True),
        (token(nonce=NONCE), True),
        (token('API'), False),
        (token(password='secret'), False),
        (token(password=''), False),
        (token(password='s3cret' + 'x' * 10_000), False),
        (token(type_=DIGEST, nonce=NONCE), False),
        (token().replace(TEXT, 'urn:other'), False),
        (token().replace('<w:Username>api</w:Username>', ''), False),
        (token().replace('</w:Username>', '</w:Username><w:Username>boss</w:Username>'), False),
        (token().replace('<w:Password', '<w:Password>x</w:Password><w:Password'), False),
        # What the password is said to be must be what it is.
        (token().replace(TEXT, DIGEST), False),
        (token(nonce=NONCE).replace(b64encode(NONCE).decode(), '*'), False),
        (token().replace('<x/>', token()), True),
        (enveloped(''), False),
        (enveloped('<w:Security/>'), False),
        (enveloped('<w:Security><w:UsernameToken/></w:Security>'), False),
        # A token in the body, or beside the header of security, is none.
        (enveloped('').replace('<x/>', token()), False),
        (enveloped('<w:UsernameToken><w:Username>api</w:Username></w:UsernameToken>'), False),
        (token().replace('</s:Header>', '<w:Security/></s:Header>'), True),
        ('<!DOCTYPE a [<!ENTITY p "s3cret">]>' + token().replace('s3cret', '&p;'), False),
        ('<!DOCTYPE a [<!ENTITY p "s3cret">]>' + token(), False),
        ('', False),
        (RIGHT, False),
    ],
    ids=range(25),
)  # fmt: skip
def test_an_envelope_has_the_user_and_the_password(nonces: Nonces, generation: str, body: str, expected: bool) -> None:
    environ = sent(body)
    assert wss(nonces, generation)(environ) is expected
    assert environ['wsgi.input'].read() == body.encode()
    assert ('zatools.wss' in environ) is expected


def two_tokens(first: str, second: str) -> str:
    start = first.index('<w:UsernameToken>')
    end = first.index('</w:UsernameToken>') + len('</w:UsernameToken>')
    other = second[second.index('<w:UsernameToken>') : second.index('</w:UsernameToken>') + len('</w:UsernameToken>')]
    return first[:end] + other + first[end:] if start else ''


@pytest.mark.parametrize('others', [token('boss', 'x'), token()])
def test_two_tokens_are_none(nonces: Nonces, others: str) -> None:
    assert not wss(nonces, '4.1')(sent(two_tokens(token(), others)))
    assert not wss(nonces, '4.1')(sent(two_tokens(others, token())))


@pytest.mark.parametrize(
    ('given', 'expected'),
    [
        ({'nonce': NONCE, 'created': 0}, True),
        ({'nonce': NONCE, 'created': 0, 'password': 'secret'}, False),
        ({'nonce': NONCE, 'created': 0, 'user': 'boss'}, False),
        ({'nonce': NONCE}, False),
        ({'created': 0}, False),
        ({}, False),
        ({'nonce': NONCE, 'created': 'yesterday'}, False),
        ({'nonce': NONCE, 'created': FRESH + 30}, False),
        ({'nonce': NONCE, 'created': -SKEW - 30}, False),
        ({'nonce': NONCE, 'created': FRESH - 30}, True),
    ],
)
def test_digests_have_a_nonce_and_a_time(nonces: Nonces, given: dict[str, Any], expected: bool) -> None:
    check = wss(nonces, '4.1', use_digest=True)
    assert check(sent(token(type_=DIGEST, **given))) is expected
    # What is taken once is not taken again, and whoever wants digests takes no passwords.
    assert not check(sent(token(type_=DIGEST, **given)))
    assert not check(sent(token(nonce=b'another', created=0)))
    zoned = at().replace('Z', '+00:00')
    assert check(sent(token(type_=DIGEST, nonce=b'a third one', created=zoned)))


@pytest.mark.parametrize(
    ('values', 'given', 'expected'),
    [
        ({}, {'created': 100_000}, True),
        ({}, {'created': 'yesterday'}, True),
        ({'reject_empty_nonce_creat': True}, {}, False),
        ({'reject_empty_nonce_creat': True}, {'nonce': NONCE}, False),
        ({'reject_empty_nonce_creat': True}, {'created': 0}, False),
        ({'reject_empty_nonce_creat': True}, {'nonce': NONCE, 'created': 0}, True),
        ({'reject_stale_tokens': True}, {'created': FRESH + 30}, False),
        ({'reject_stale_tokens': True}, {'created': FRESH - 30}, True),
        ({'reject_stale_tokens': True}, {}, True),
        ({'reject_stale_tokens': True, 'reject_expiry_limit': 3600}, {'created': 3500}, True),
        ({'reject_stale_tokens': True, 'reject_expiry_limit': 3600}, {'created': 3700}, False),
        ({'reject_stale_tokens': True}, {'created': -SKEW - 30}, False),
        ({'reject_stale_tokens': True}, {'created': 'yesterday'}, False),
        ({'reject_stale_tokens': True}, {'created': '0001-01-01T00:00:00Z'}, False),
    ],
)
def test_3_2_says_what_messages_need(
    nonces: Nonces, values: dict[str, Any], given: dict[str, Any], expected: bool
) -> None:
    assert wss(nonces, '3.2', **values)(sent(token(**given))) is expected


@pytest.mark.parametrize('generation', ['3.2', '4.1'])
def test_a_nonce_counts_once(nonces: Nonces, generation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check, body = wss(nonces, generation), token(nonce=NONCE)
    # Who has the wrong password uses up no nonce of others.
    assert not check(sent(token(password='secret', nonce=NONCE)))
    assert check(sent(body))
    assert not check(sent(body))
    # Another definition has nonces of its own, and a change of this one forgets none.
    other = by_token(item('wss', 'v', username='api', password='s3cret'), generation, lambda: nonces)[0]
    assert other(sent(body))
    assert not wss(nonces, generation)(sent(body))
    later = time.time() + FRESH + 2 * SKEW + 1
    monkeypatch.setattr(time, 'time', lambda: later)
    assert check(sent(body))


def test_a_nonce_is_asked_once_a_request(nonces: Nonces) -> None:
    # Limits of a definition ask whose a request is, after its guard has.
    check, environ = once('w', wss(nonces, '4.1')), sent(token(nonce=NONCE))
    assert check(environ) and check(environ)
    assert not check(sent(token(nonce=NONCE)))


def test_nonces_outlive_a_restart_and_are_so_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept(tmp_path / 'kept.sqlite')
    assert wss(Nonces(kept), '4.1')(sent(token(nonce=NONCE)))
    kept.close()
    kept = Kept(tmp_path / 'kept.sqlite')
    check = wss(Nonces(kept), '4.1')
    assert not check(sent(token(nonce=NONCE)))
    assert check(sent(token(nonce=b'another')))
    monkeypatch.setattr('zatools.server.http.wss.NONCES', 2)
    assert not check(sent(token(nonce=b'a third one')))
    kept.close()


@pytest.mark.parametrize(
    ('values', 'why'),
    [
        ({'mode': 'x509'}, "the local server knows no WS-Security of mode 'x509'"),
        ({'mode': 'saml'}, "the local server knows no WS-Security of mode 'saml'"),
        ({'sign': True, 'encrypt': True}, 'no WS-Security with sign and WS-Security with encrypt'),
        ({'password': ''}, 'it has no password'),
    ],
)
def test_what_is_not_a_user_and_a_password_can_not_be_checked(nonces: Nonces, values: dict[str, Any], why: str) -> None:
    with pytest.raises(UncheckedError, match=why):
        wss(nonces, '4.1', **values)
    assert wss(nonces, '4.1', mode='UsernameToken')(sent(token()))
