"""JSON Schemas of answers: formats are checked too, and references lead to files of the project alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from zatools.apitest.failures import StepBroken
from zatools.apitest.project import files
from zatools.apitest.values import json_text, schema_formats
from zatools.apitest.values.excerpts import cut
from zatools.apitest.values.time_limit import OutOfTimeError, limited

#: Keywords of a schema that have values below them, not schemas.
VALUES = frozenset({'const', 'default', 'enum', 'example', 'examples'})


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
    checker = schema_formats.checker(kind.FORMAT_CHECKER)
    try:
        kind.check_schema(schema)
        with limited(schema_formats.SECONDS):
            validator = kind(schema, registry=_registry(source.folder, features), format_checker=checker)
            errors = list(validator.iter_errors(answer))
    except OutOfTimeError:
        text, hint = f'{source.label}: {schema_formats.ENDLESS}', schema_formats.ENDLESS_HINT
        raise StepBroken(text, at=source.at, hint=hint) from None
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
