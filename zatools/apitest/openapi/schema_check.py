"""Values against schemas of an OpenAPI document: each violation with its place in the value and in the document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from zatools.apitest.openapi.described import Spot
from zatools.apitest.values import schema_formats
from zatools.apitest.values.excerpts import cut
from zatools.apitest.values.time_limit import OutOfTimeError, limited
from zatools.errors import InvalidError

INTEGER = re.compile(r'-?\d{1,300}')
NUMBER = re.compile(r'-?\d{1,300}(?:\.\d{1,300})?(?:[eE][+-]?\d{1,3})?')
WORDS = {'true': True, 'false': False}
LONGEST = 200
#: Violations of one value that are shown.
MOST = 10
#: The word for properties that only the other way has, by whether this is a request.
OTHER_WAY = {True: 'readOnly', False: 'writeOnly'}


def types(schema: Spot) -> list[str]:
    """Returns the types of a schema, those of its alternatives and parts too."""
    found: list[str] = []
    waiting, seen = [schema], set()
    while waiting:
        spot = waiting.pop().followed()
        if (spot.file, spot.keys) in seen:
            continue
        seen.add((spot.file, spot.keys))
        kinds = spot.content.get('type')
        if isinstance(kinds, str):
            kinds = [kinds]
        found += map(str, kinds or ())
        for word in ('allOf', 'oneOf', 'anyOf'):
            waiting += [below for _, below in spot.at(word).children()]
    return found


def coerced(text: str, schema: Spot) -> Any:
    """Returns what a text of a parameter means by its schema; itself where that wants a text, or it does not fit."""
    known = types(schema)
    if 'string' in known:
        return text
    if 'integer' in known and INTEGER.fullmatch(text):
        return int(text)
    if 'number' in known and NUMBER.fullmatch(text):
        return float(text)
    if 'boolean' in known:
        return WORDS.get(text, text)
    return text


def of_items(texts: Sequence[str], schema: Spot) -> list[Any]:
    """Returns the items of a list in a parameter."""
    return [coerced(text, schema.at('items')) for text in texts]


def broken(schema: Spot, value: Any, title: str, is_request: bool = False) -> Iterator[str]:
    """Yields two rows for each place where a value breaks a schema: what is wrong, and where that is said."""
    if schema.node is None:
        return
    for violation in _violations(schema, value, OTHER_WAY[is_request]):
        place = ''.join(f'/{part}' for part in violation.absolute_path)
        yield f'{title} {place}'.rstrip() + f': {cut(violation.message, LONGEST)}'
        yield f'  by {_place(schema, violation).label}'


def _violations(schema: Spot, value: Any, other_way: str) -> list[Any]:
    from jsonschema import Draft202012Validator
    from referencing.exceptions import Unresolvable

    validator = Draft202012Validator({'$ref': schema.uri}, registry=_registry(schema), format_checker=_checker())
    try:
        with limited(schema_formats.SECONDS):
            found = [error for error in validator.iter_errors(value) if not _is_of_other_way(schema, error, other_way)]
    except InvalidError:
        raise
    except OutOfTimeError:
        raise InvalidError(f'{schema.label}: {schema_formats.ENDLESS}', schema_formats.ENDLESS_HINT) from None
    except Unresolvable as error:
        raise InvalidError(f"{schema.label}: the reference '{error.ref}' leads nowhere") from None
    except RecursionError:
        raise InvalidError(f'{schema.label}: this schema leads to itself, or the value is too deep') from None
    except Exception as error:
        # A document may have anything for a schema, and jsonschema then raises anything.
        text = f'{schema.label} is no schema: {type(error).__name__}: {cut(str(error), LONGEST)}'
        raise InvalidError(text) from None
    return sorted(found, key=lambda error: list(map(str, error.absolute_path)))[:MOST]


def _is_of_other_way(schema: Spot, error: Any, other_way: str) -> bool:
    # What only answers have need not be in requests, and the other way round.
    if error.validator != 'required':
        return False
    parent = _place(schema, error, 1)
    missing = [name for name in error.validator_value if error.message.startswith(f'{name!r} is a required')]
    return any(parent.at('properties', name).content.get(other_way) is True for name in missing)


def _place(schema: Spot, error: Any, above: int = 0) -> Spot:
    # The path of a violation leaves out that it follows references.
    keys = list(error.absolute_schema_path)
    spot = schema.followed()
    for key in keys[: len(keys) - above]:
        spot = spot.followed().child(str(key))
    return spot


@lru_cache(1)
def _checker() -> Any:
    from jsonschema import Draft202012Validator

    return schema_formats.checker(Draft202012Validator.FORMAT_CHECKER)


def _registry(schema: Spot) -> Any:
    # References lead to files of the document's folder alone, and nothing is downloaded.
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    def retrieve(uri: str) -> Any:
        parts = urlsplit(uri)
        place = f"{schema.label}: the reference '{uri}'"
        if parts.scheme != 'file' or parts.netloc:
            raise InvalidError(f'{place} leads elsewhere', 'nothing is fetched')
        content = schema.files.content(Path(unquote(parts.path)), place)
        return DRAFT202012.create_resource(content)

    return Registry(retrieve=retrieve)  # type: ignore[call-arg]
