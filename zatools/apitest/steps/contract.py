"""Steps that name the OpenAPI document that calls are checked against."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zatools.apitest.failures import StepBroken
from zatools.apitest.state.context import Context
from zatools.apitest.steps.phrase import GIVEN, Phrase, in_section
from zatools.errors import InvalidError


def describe(context: Context, file: Any) -> None:
    """Checks every call from now on against a document beside the feature's file."""
    _describe(context, file, '')


def describe_at(context: Context, address: Any, file: Any) -> None:
    """Checks the calls of an address against a document."""
    _describe(context, file, str(address))


def _describe(context: Context, file: Any, address: str) -> None:
    # The libraries that check schemas are for features that have a contract.
    from zatools.apitest.state import contract

    try:
        contract.describe(context, Path(context.feature_folder, str(file)), address)
    except InvalidError as error:
        text, hint = error.text, error.hint
        for problem in error.problems:
            text, hint = problem.text, problem.hint
        raise StepBroken(text, at='file', hint=hint) from None


PHRASES = in_section(
    'Contracts',
    Phrase('API is described by "{file}"', GIVEN, describe, '',
           'checks each later call and its answer against an OpenAPI document', ('contract/openapi.yaml',),
           files={'file': ''}),
    Phrase('API at "{address}" is described by "{file}"', GIVEN, describe_at, '',
           'the same, for calls of that address alone', ('$API', 'contract/openapi.yaml'), files={'file': ''}),
)  # fmt: skip
