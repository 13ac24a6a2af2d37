"""Names in a step's texts: variables of the environment ($), stored values (#), values of config.ini (@)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from zatools.apitest.failures import MissingName, StepBroken
from zatools.apitest.secrets import ADDRESS, secret_parts, variable
from zatools.place import nearest
from zatools.utf8 import why_not

if TYPE_CHECKING:
    from zatools.apitest.state.context import Context

BRACED = re.compile(r'\\([#$@])|([#$@])\{(\w+)\}')
#: Parameters whose whole values are no secrets even when they come from the environment.
PUBLIC = frozenset({'address', 'url_path', 'method', 'format', 'username'})
#: Parameters that may have a login or a query in them, which are secrets.
LOCATIONS = frozenset({'address', 'url_path', 'query_string'})
#: Parameters without names: in XPath, @ begins an attribute, a JSONPath begins with $, and so do variables of GraphQL.
NAMELESS = frozenset({'xpath', 'jsonpath', 'graphql'})
#: Parameters that steps get as they are written: names in SQL become its parameters, clauses have values of their own.
RAW = NAMELESS | {'sql', 'clauses'}
#: Parameters in which a backslash belongs to the value.
WITH_BACKSLASH = frozenset({'regex'})


def _environment(context: Context, name: str) -> Any:
    value = context.environ[name]
    if why := why_not(value):
        raise StepBroken(f'the value of environment variable {name!r} {why}')
    return value


def _stored(context: Context, name: str) -> Any:
    return context.zato.user_ctx[name]


def _configured(context: Context, name: str) -> Any:
    return context.zato.user_config[name]


#: A prefix, and how its names are looked up; a project's own code may add others (`config_functions`).
Lookup = Callable[['Context', str], Any]
SOURCES: dict[str, Lookup] = {'$': _environment, '#': _stored, '@': _configured}


def _values_by_name(context: Context, prefix: str) -> Mapping[str, Any]:
    values: dict[str, Mapping[str, Any]]
    values = {'$': context.environ, '#': context.zato.user_ctx, '@': context.zato.user_config}
    return values.get(prefix, {})


#: For each prefix: the sentence about a missing name, and the hint how to define it.
MISSING = {
    '$': ('no environment variable {!r}', 'set it: export {}=… or put it into a file for --env-file'),
    '#': ('no stored value {!r}', 'store it in a step above this one: Given I store "…" under "{}"'),
    '@': ('no value {!r} in config.ini', 'add it to [user] in {config}, or give --set {}=…'),
}


def missing(context: Context, prefix: str, name: str, parameter: str) -> MissingName:
    """Returns the error of a missing name, with the nearest ones, and how to define it."""
    text, hint = MISSING.get(prefix, ('no value {!r}', ''))
    others = [str(key) for key in _values_by_name(context, prefix)]
    if similar := nearest(name, others, 3):
        text += f'; there is {", ".join(prefix + other for other in similar)}'
    elif prefix != '$':
        # The environment has too many variables to list.
        text += '; ' + _listed(prefix, others)
    where = str(context.project.config_path)
    return MissingName(text.format(name), at=parameter, hint=hint.replace('{config}', where).replace('{}', name))


def _listed(prefix: str, names: list[str]) -> str:
    if not names:
        return 'there are none'
    return f'there are: {", ".join(prefix + name for name in sorted(names)[:8])}'


def look_up(context: Context, prefix: str, name: str, parameter: str = '', is_shown: bool = True) -> Any:
    """Returns the value of a name; one from the environment or [secrets] becomes a secret, unless it is public here.

    `is_shown` is false for a name within a text, where even the value of a public parameter is a secret.
    """
    try:
        value = context.lookups[prefix](context, name)
    except KeyError:
        raise missing(context, prefix, name, parameter) from None
    is_shown = is_shown and parameter in PUBLIC
    has_parts = parameter in LOCATIONS and any(secret_parts(str(value)))
    if is_shown and not has_parts:
        context.secrets.make_public(value)
        return value
    shell_name = f'${name}'
    if prefix == '@' and name in context.project.secret_names:
        shell_name = variable(name)
    elif prefix != '$':
        return value
    if not is_shown:
        context.secrets.track(value, shell_name)
    if has_parts:
        context.secrets.track_location(str(value))
    return value


def is_public(text: str, start: int, end: int, parameter: str) -> bool:
    """Tells whether a part of a text is the whole of it, or belongs to the scheme, host and port of an address."""
    is_whole = (start, end) == (0, len(text))
    if is_whole or parameter != 'address':
        return is_whole
    # A name may have characters that separate the parts of an address.
    match = ADDRESS.match(BRACED.sub(lambda name: 'x' * len(name[0]), text))
    return bool(match and any(match.start(part) <= start and end <= match.end(part) for part in (1, 3)))


def expand(context: Context, text: Any, parameter: str = '') -> Any:
    """Returns the value of a parameter; one that is a name as a whole keeps its type."""
    if not isinstance(text, str) or not text or parameter in RAW:
        return text
    prefix = text[0]
    if prefix in context.lookups and text[1:2] != '{':
        return look_up(context, prefix, text[1:], parameter)
    for longer in context.lookups:
        # A project's own prefixes may have several characters.
        if len(longer) > 1 and text.startswith(longer):
            return look_up(context, longer, text[len(longer) :], parameter)
    if text.startswith('vault:'):
        raise StepBroken('values from Vault are not supported yet', at=parameter, hint='use $NAME or @name')
    if '{' in text or '\\' in text:
        return BRACED.sub(lambda match: _braced(context, match, parameter), text)
    return text


def literal(text: str, parameter: str = '') -> str:
    """Returns the value of a parameter without names, its backslashes resolved."""
    if '\\' not in text or parameter in WITH_BACKSLASH or parameter in RAW:
        return text
    return BRACED.sub(lambda match: match[1], text)


def _braced(context: Context, match: re.Match[str], parameter: str) -> str:
    if match[1]:
        if parameter in WITH_BACKSLASH:
            return match[0]
        return match[1]
    is_shown = is_public(match.string, *match.span(), parameter)
    return str(look_up(context, match[2], match[3], parameter, is_shown))
