"""Functions of steps, by their names in zato-apitest: each runs the step that has the words of its name."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from zatools.apitest.shim.process import CURRENT
from zatools.apitest.steps import PHRASES
from zatools.apitest.steps.index import plain, today
from zatools.apitest.steps.phrase import GIVEN, PARAMETER, THEN, WHEN, Phrase

GROUPS = {'given': GIVEN, 'when': WHEN, 'then': THEN, 'and': THEN}
#: Words of names in zato-apitest, and the words of today's steps.
SPELLED = (('json pointer', 'path'), ('isnt', 'is not'), ('doesnt', 'does not'), ('http header', 'header'))


def find(name: str) -> Callable[..., Any] | None:
    """Returns the function of a name like `then_json_pointer_is`; None where no step has its words."""
    first, _, rest = name.partition('_')
    group = GROUPS.get(first, '')
    words = name.replace('_', ' ')
    if group:
        words = rest.replace('_', ' ')
    for old, new in SPELLED:
        words = re.sub(rf'\b{old}\b', new, words)
    for phrase in PHRASES:
        if group in ('', phrase.group) and _words(phrase) == today(words):
            return _function(name, phrase)
    return None


def _words(phrase: Phrase) -> str:
    text = PARAMETER.sub(' ', phrase.text)
    return today(plain(re.sub(r'[^\w\s]', ' ', text.replace("'", ''))))


def _function(name: str, phrase: Phrase) -> Callable[..., Any]:
    def run(ctx: Any, *values: Any, **named: Any) -> bool:
        # As in zato-apitest, names ($NAME, #name, @name) are looked up in keyword arguments only.
        arguments = {key: CURRENT.expanded(value, key) for key, value in named.items()}
        others = [*values, *(value for key, value in arguments.items() if key not in phrase.parameters)]
        missing = [key for key in phrase.parameters if key not in arguments]
        if len(others) < len(missing):
            raise TypeError(f'{name}() needs: {", ".join(phrase.parameters)}')
        arguments |= zip(missing, others, strict=False)
        phrase.run(CURRENT.active(), *(arguments[key] for key in phrase.parameters))
        return True

    run.__name__ = name
    run.__doc__ = f'{phrase.keyword} {phrase.text}'
    return run
