"""JSON Schemas of answers: formats are checked too, and references lead to files of the project alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from zatools.apitest.failures import StepBroken
from zatools.apitest.project import files
from zatools.apitest.values import json_text
from zatools.apitest.values.excerpts import cut
from zatools.apitest.values.text_kinds import EMAIL, is_base64

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
#: Keywords of a schema that have values below them, not schemas.
VALUES = frozenset({'const', 'default', 'enum', 'example', 'examples'})


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


def _checker(of_jsonschema: Any) -> Any:
    from jsonschema import FormatChecker

    checks = {name: partial(_is_text, holds) for name, holds in TEXTS.items()}
    checks |= {name: partial(_has_bits, bits) for name, bits in NUMBERS.items()}
    checks |= dict.fromkeys(FREE, partial(_is_text, lambda value: True))
    result = FormatChecker()
    result.checkers = {**of_jsonschema.checkers, **{name: (check, ()) for name, check in checks.items()}}
    return result


def _formats(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for item in schema:
            yield from _formats(item)
    if not isinstance(schema, dict):
        return
    for key, value in schema.items():
        if key == 'format' and isinstance(value, str):
            yield value
        elif key not in VALUES:
            yield from _formats(value)


@dataclass(frozen=True)
class Source:
    """Where a schema is from: its name in messages, the folder that references lead from, the step's parameter."""

    label: str
    folder: Path
    at: str


def broken(schema: Any, source: Source, features: Path, answer: Any) -> tuple[list[str], list[str]]:
    """Returns the places where an answer breaks a schema, and the formats that nothing checks.

    Raises StepBroken where the schema itself is wrong.
    """
    from jsonschema import exceptions, validators
    from referencing.exceptions import Unresolvable

    kind = validators.validator_for(schema)
    checker = _checker(kind.FORMAT_CHECKER)
    try:
        kind.check_schema(schema)
        errors = [
            *kind(schema, registry=_registry(source.folder, features), format_checker=checker).iter_errors(answer)
        ]
    except exceptions.SchemaError as error:
        raise StepBroken(f'{source.label} is no JSON Schema: {error.message}', at=source.at) from None
    except Unresolvable as error:
        hint = 'a reference names a file beside the schema, or a place in it: "other.json#/$defs/user"'
        text = f"{source.label}: the reference '{error.ref}' leads to nothing in this project"
        raise StepBroken(text, at=source.at, hint=hint) from None
    rows = []
    for violation in sorted(errors, key=lambda violation: list(map(str, violation.path))):
        place = ''.join(f'/{part}' for part in violation.path) or '(the whole)'
        rows.append(f'{place}  {cut(violation.message, 200)}')
    return rows, sorted(set(_formats(schema)) - checker.checkers.keys())


def _registry(folder: Path, features: Path) -> Any:
    # A schema may come from anybody, so references lead to files of the project alone, and nothing is downloaded.
    from referencing import Registry, Resource
    from referencing.exceptions import NoSuchResource
    from referencing.jsonschema import DRAFT202012

    def retrieve(uri: str) -> Any:
        parts = urlsplit(uri)
        file = Path(folder, unquote(parts.path)).resolve()
        if parts.scheme or parts.netloc or not file.is_relative_to(features.resolve()) or not file.is_file():
            raise NoSuchResource(ref=uri)  # type: ignore[call-arg]
        content = json_text.parsed(files.read(file, 'file'), files.shown(file), 'file')
        return Resource.from_contents(content, default_specification=DRAFT202012)

    return Registry(retrieve=retrieve)  # type: ignore[call-arg]
