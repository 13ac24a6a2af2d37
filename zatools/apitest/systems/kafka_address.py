"""Addresses of Kafka, such as kafka://user:password@host:9092,other:9092."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from zatools.apitest.failures import StepBroken

PORT = 9092
#: What stands for each scheme without and with a login.
PROTOCOLS = {'kafka': ('plaintext', 'sasl_plaintext'), 'kafkas': ('ssl', 'sasl_ssl')}
#: What may stand after the question mark, and the setting of librdkafka that it is.
OPTIONS = {
    'mechanism': 'sasl.mechanism',
    'ca': 'ssl.ca.location',
    'cert': 'ssl.certificate.location',
    'key': 'ssl.key.location',
}
MECHANISMS = ('PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512')
SERVER = re.compile(r'(\[[0-9a-fA-F:.]{2,45}\]|[\w.-]{1,253})(?::([0-9]{1,5}))?')
HINT = 'kafka://user:password@host:9092,other:9092; better in a variable: "$KAFKA"'


def read(address: str) -> tuple[str, dict[str, str]]:
    """Returns an address without its login, and its settings for librdkafka; raises StepBroken for one that is none."""
    # No URL: a URL has one host, and Python takes several in brackets for none.
    scheme, _, rest = address.partition('://')
    place, _, query = rest.partition('?')
    login, _, hosts = place.removesuffix('/').rpartition('@')
    if scheme not in PROTOCOLS:
        raise _wrong()
    servers = ','.join(_server(host.strip()) for host in hosts.split(','))
    settings = {'bootstrap.servers': servers, 'security.protocol': PROTOCOLS[scheme][bool(login)]}
    if login:
        user, _, password = login.partition(':')
        settings |= {'sasl.mechanism': 'PLAIN', 'sasl.username': unquote(user), 'sasl.password': unquote(password)}
    for name, value in parse_qsl(query, keep_blank_values=True):
        _check_option(name, value)
        settings[OPTIONS[name]] = value
    return f'{scheme}://{servers}', settings


def _check_option(name: str, value: str) -> None:
    if name not in OPTIONS:
        text = f"'{name}' is nothing that an address of Kafka has"
        raise StepBroken(text, at='address', hint=f'it may have {", ".join(OPTIONS)}')
    if name == 'mechanism' and value not in MECHANISMS:
        text = f"'{value}' is no mechanism that apitest can log in by"
        raise StepBroken(text, at='address', hint=f'there are {", ".join(MECHANISMS)}')
    if name != 'mechanism' and not Path(value).is_file():
        raise StepBroken(f"'{name}' of the address names no file", at='address')


def _server(text: str) -> str:
    match = SERVER.fullmatch(text)
    if not match or int(match[2] or PORT) not in range(1, 65_536):
        raise _wrong()
    return f'{match[1]}:{match[2] or PORT}'


def _wrong() -> StepBroken:
    return StepBroken('this is no address of Kafka', at='address', hint=HINT)
