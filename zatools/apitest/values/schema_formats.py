"""Formats of texts and numbers in JSON Schemas."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from zatools.apitest.values.text_kinds import EMAIL, is_base64

#: Seconds that the check of one value may take, and what is said then.
SECONDS = 5.0
ENDLESS = f'checking a value took more than {SECONDS:g} s'
ENDLESS_HINT = 'a pattern such as "(a+)+$" takes for ever: write it without a repetition in a repetition'
LABEL = re.compile(r'[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?')
LONGEST_HOSTNAME = 253
TIME = r'([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)'
DATE_TIME = re.compile(rf'(\d{{4}}-\d\d-\d\d)[Tt ]{TIME}')
DURATION = re.compile(r'P(?!$)(\d+W|(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?)')
SCHEME = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:.*')
#: The characters of a URI by RFC 3986, and those of an IRI by RFC 3987.
OF_URI = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*")
OF_IRI = re.compile(r'(?:[^\x00-\x20"<>\\^`{|}%]|%[0-9A-Fa-f]{2})*')
OF_TEMPLATE = re.compile(r'(?:[^\x00-\x20"<>\\^`{|}]|\{[^{}\s]+\})*')


def _text(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda value: bool(pattern.fullmatch(value))


def _is_date_time(value: str) -> bool:
    match = DATE_TIME.fullmatch(value)
    try:
        return bool(match and datetime.strptime(match[1], '%Y-%m-%d'))
    except ValueError:
        return False


def _is_uri(value: str) -> bool:
    return bool(SCHEME.fullmatch(value) and OF_URI.fullmatch(value))


def _is_iri(value: str) -> bool:
    return bool(SCHEME.fullmatch(value) and OF_IRI.fullmatch(value))


def _is_hostname(text: str) -> bool:
    return len(text) <= LONGEST_HOSTNAME and all(map(LABEL.fullmatch, text.split('.')))


#: Formats of texts that jsonschema does not check, or checks too loosely: an email address by its @ alone.
TEXTS: dict[str, Callable[[str], bool]] = {
    'date-time': _is_date_time, 'time': _text(re.compile(TIME)), 'duration': _text(DURATION), 'email': _text(EMAIL),
    'hostname': _is_hostname, 'uri': _is_uri, 'uri-reference': _text(OF_URI), 'iri': _is_iri,
    'iri-reference': _text(OF_IRI), 'uri-template': _text(OF_TEMPLATE), 'byte': is_base64,
}  # fmt: skip
#: Formats of numbers, from OpenAPI.
NUMBERS = {'int32': 31, 'int64': 63}
#: Formats that tell how a value is shown or stored, and hold for any value.
FREE = frozenset({'password', 'binary', 'float', 'double'})


def _is_text(holds: Callable[[str], bool], value: Any) -> bool:
    return not isinstance(value, str) or holds(value)


def _has_bits(bits: int, value: Any) -> bool:
    return not isinstance(value, int) or -(2**bits) <= value < 2**bits


def checker(of_jsonschema: Any) -> Any:
    """Returns what checks formats: that of jsonschema, and ours."""
    from jsonschema import FormatChecker

    checks = {name: partial(_is_text, holds) for name, holds in TEXTS.items()}
    checks |= {name: partial(_has_bits, bits) for name, bits in NUMBERS.items()}
    checks |= dict.fromkeys(FREE, partial(_is_text, lambda value: True))
    result = FormatChecker()
    result.checkers = {**of_jsonschema.checkers, **{name: (check, ()) for name, check in checks.items()}}
    return result
