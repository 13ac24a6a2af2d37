"""JSONPath (RFC 9535): all values of a document that a query selects."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from zatools.apitest.failures import StepBroken, StepFailed
from zatools.apitest.values.compare import type_word
from zatools.apitest.values.pointer import Selected


@lru_cache(512)
def query(text: str) -> Any:
    """Returns a query; raises StepBroken where the text is none."""
    import jsonpath

    try:
        return jsonpath.compile(text)
    except (jsonpath.JSONPathError, RecursionError) as error:
        reason = str(error).strip().splitlines() or ['it is nested too deeply']
        raise StepBroken(
            f'this is no JSONPath: {reason[0]}', at='jsonpath', hint='it begins with $: "$.users[0]"'
        ) from None


def select(document: Any, text: str) -> list[Selected]:
    """Returns all values that a query selects, in the document's order."""
    import jsonpath

    if not isinstance(document, (dict, list)):
        raise StepFailed(
            f'the answer is {type_word(document)}, and JSONPath looks into objects and lists', at='jsonpath'
        )
    try:
        matches = list(query(text).finditer(document))
    except (jsonpath.JSONPathError, RecursionError) as error:
        raise StepFailed(
            f'the answer can not be searched: {error or "it is nested too deeply"}', at='jsonpath'
        ) from None
    return [Selected(str(match.pointer()), match.value) for match in matches]


def get(document: Any, text: str) -> Any:
    """Returns the value of a query that can select only one, else the list of all values."""
    found = [selected.value for selected in select(document, text)]
    if not query(text).singular_query():
        return found
    if not found:
        hint = 'a JSON Pointer tells what there is: path "…" exists'
        raise StepFailed('nothing is there', at='jsonpath', hint=hint)
    return found[0]
