"""Certificates of clients, as TLS proxies tell of them: whose headers count, and what they must say."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from tests.server.test_guards import item, state
from zatools.server.http.certificates import (
    FINGERPRINT,
    SUBJECT as SUBJECT_HEADER,
    VERIFY,
    made_32,
    made_41,
    proxies_of,
)
from zatools.server.http.channels import channel_of
from zatools.server.http.guards import UncheckedError

NEAR, FAR = '127.0.0.1', '10.0.0.9'
PRINT = 'AB:CD:ef:01'
SUBJECT = 'CN=shop,O=Żółw'


def sent_41(verify: str = 'SUCCESS', **more: str) -> dict[str, Any]:
    named = {f'HTTP_X_ZATO_SSL_CLIENT_{name.upper()}': value for name, value in more.items()}
    return {'REMOTE_ADDR': NEAR, 'HTTP_X_ZATO_SSL_CLIENT_VERIFY': verify, **named}


@pytest.mark.parametrize(
    ('text', 'address', 'expected'),
    [
        ('', NEAR, True),
        ('', '127.3.4.5', True),
        ('', '::1', True),
        ('', '::ffff:127.0.0.1', True),
        ('', FAR, False),
        ('', '', False),
        ('', 'localhost', False),
        ('', '::ffff:10.0.0.9', False),
        ('10.0.0.9', FAR, True),
        ('10.0.0.9', '::ffff:10.0.0.9', True),
        ('10.0.0.8', FAR, False),
        (' 192.168.0.0/16 , 10.0.0.0/24,', FAR, True),
        ('fe80::/64', 'fe80::1%eth0', True),
        ('nonsense, 10.0.0.9', FAR, True),
        ('*', FAR, False),
    ],
)
def test_proxies_are_this_machine_and_those_that_are_named(text: str, address: str, expected: bool) -> None:
    assert proxies_of(text)(address) is expected


@pytest.mark.parametrize(
    ('wanted', 'environ', 'expected'),
    [
        ({}, sent_41(), True),
        ({}, sent_41('FAILED'), False),
        ({}, sent_41('NONE'), False),
        ({}, sent_41('SUCCESS, SUCCESS'), False),
        ({}, {'REMOTE_ADDR': NEAR}, False),
        ({}, {**sent_41(), 'REMOTE_ADDR': FAR}, False),
        ({'client_cert_fingerprint': PRINT}, sent_41(sha256='abcdef01'), True),
        ({'client_cert_fingerprint': 'abcdef01'}, sent_41(sha256=PRINT), True),
        ({'client_cert_fingerprint': PRINT}, sent_41('FAILED', sha256=PRINT), False),
        ({'client_cert_fingerprint': PRINT}, sent_41(sha256='abcdef'), False),
        ({'client_cert_fingerprint': PRINT}, sent_41(), False),
        # The fingerprint alone counts where there is one.
        ({'client_cert_fingerprint': PRINT, 'client_cert_subject_dn': SUBJECT}, sent_41(sha256=PRINT), True),
        ({'client_cert_fingerprint': PRINT, 'client_cert_subject_dn': SUBJECT}, sent_41(subject_dn=SUBJECT), False),
        ({'client_cert_subject_dn': SUBJECT}, sent_41(subject_dn=SUBJECT.encode().decode('latin-1')), True),
        ({'client_cert_subject_dn': SUBJECT}, sent_41(subject_dn='CN=shop'), False),
        ({'client_cert_subject_dn': SUBJECT}, sent_41(), False),
    ],
)
def test_4_1_wants_what_a_definition_says(wanted: dict[str, str], environ: dict[str, Any], expected: bool) -> None:
    check, denied = made_41(item('mtls', 'shop', **wanted), proxies_of(''))
    assert check(environ) is expected
    assert denied == (401, '401 Unauthorized', '', '')


@pytest.mark.parametrize(
    ('value', 'environ', 'expected'),
    [
        ('commonname=shop', {'HTTP_X_ZATO_TLS_COMMONNAME': 'shop'}, True),
        ('Common-Name = shop', {'HTTP_X_ZATO_TLS_COMMON_NAME': 'shop'}, True),
        (b'a=1\n\nb=2\n', {'HTTP_X_ZATO_TLS_A': '1', 'HTTP_X_ZATO_TLS_B': '2'}, True),
        ('a=1\nb=2', {'HTTP_X_ZATO_TLS_A': '1'}, False),
        ('a=1', {'HTTP_X_ZATO_TLS_A': '1, 1'}, False),
        ('a=b=c', {'HTTP_X_ZATO_TLS_A': 'b=c'}, True),
        ('a=1', {'HTTP_X_ZATO_TLS_A': '1', 'REMOTE_ADDR': FAR}, False),
        ('a=1', {}, False),
    ],
)
def test_3_2_wants_all_fields(value: str | bytes, environ: dict[str, Any], expected: bool) -> None:
    check, _ = made_32(item('tls_channel_sec', 'shop', value=value), proxies_of(''))
    assert check({'REMOTE_ADDR': NEAR, **environ}) is expected


@pytest.mark.parametrize('value', ['', '\n', 'a', '=1', 'a=', 'a=1\nb'])
def test_a_definition_that_names_no_field_can_not_be_checked(value: str) -> None:
    with pytest.raises(UncheckedError):
        made_32(item('tls_channel_sec', 'shop', value=value), proxies_of(''))


def test_headers_from_elsewhere_are_told_once(caplog: pytest.LogCaptureFixture) -> None:
    check, _ = made_41(item('mtls', 'shop'), proxies_of(''))
    with caplog.at_level(logging.WARNING, 'zatools.server'):
        assert not any(check({**sent_41(), 'REMOTE_ADDR': FAR}) for _ in range(3))
    assert [record.getMessage() for record in caplog.records] == [
        "mtls 'shop': headers about certificates from 10.0.0.9 are not believed; "
        'ZATO_TLS_PROXIES names the proxies that are'
    ]


def test_kept_responses_are_of_one_certificate() -> None:
    given = {'is_enabled': True, 'ttl': 5, 'ttl_unit': 'minutes'}
    values = {'service': 'a', 'url_path': '/a', 'security': 'shop', 'response_cache': given}
    channel = channel_of(item('channel_rest', 'a', **values), state(item('mtls', 'shop')), '4.1')
    assert channel.cache
    assert {VERIFY, FINGERPRINT, SUBJECT_HEADER} <= set(channel.cache.callers)
