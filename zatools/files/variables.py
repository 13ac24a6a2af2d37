"""Variables in texts: `${NAME}` and the spellings of Zato 3.2, their values, files of values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, cast

from zatools.errors import InvalidError
from zatools.files.sources import decode, read, reason, unsealed
from zatools.masks import says_secret
from zatools.place import Problem
from zatools.secret import Template
from zatools.stores.reasons import LackingError
from zatools.stores.table import BY_NAME, Stores, store_of
from zatools.utf8 import why_not

NAME = re.compile(r'[A-Za-z_][A-Za-z0-9_.]*')
# `$${` is a literal `${`, and so is `$$` before a prefix of 3.2: only with it can such a text be written at all.
TOKEN = re.compile(
    r'(?P<literal>\$\$(?=\{|Zato_Enmasse_Env\.|ZatoEnmasseEnv\.))'
    r'|\$\{(?P<name>[^{}]*)(?P<end>\}?)|\{Zato_Enmasse_Env\.(?P<old>[^{}]*)\}'
)
#: How names of variables are mostly written.
ENVIRONMENT = re.compile(r'[A-Z][A-Z0-9]{0,40}(?:_[A-Z0-9]{1,40}){1,20}')
WHOLE = re.compile(r'(?:Zato_Enmasse_Env|ZatoEnmasseEnv)\.(\S*)')
TO_ESCAPE = re.compile(r'\$\{|(?:Zato_Enmasse_Env|ZatoEnmasseEnv)\.')
SECTION = re.compile(r'^[ \t]*\[.+\][ \t]*(?:#.*)?$', re.MULTILINE)
ASSIGNMENT = re.compile(r'(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*=\s*(.*)')
DOUBLE_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"\s*(?:#.*)?')
SINGLE_QUOTED = re.compile(r"'([^']*)'\s*(?:#.*)?")
ESCAPES = {'n': '\n', 't': '\t', 'r': '\r'}


def has_variables(text: str) -> bool:
    """Tells quickly whether a text may have variables or escapes of them; most have none."""
    return '$' in text or 'Zato' in text


def _checked(name: str) -> str:
    if not name:
        raise ValueError('a variable has no name')
    if store_of(name):
        return name
    if ':' in name and not name.startswith(':'):
        raise ValueError(f'there is no such store of secrets: {", ".join(BY_NAME)} are')
    if not NAME.fullmatch(name):
        raise ValueError("what stands in '${…}' can't be the name of a variable: letters, digits, '_' and '.' can")
    return name


def _unclosed(rest: str) -> str:
    # A text that is no name of a variable may be part of a password, so it isn't shown.
    shown = '${'
    if ENVIRONMENT.fullmatch(rest):
        shown += rest
    return f"'{shown}' is without its '}}' ('$${{' writes a literal '${{')"


def _parts(text: str) -> Iterator[tuple[str, str]]:
    # Yields pairs of a literal text and the name of the variable after it. The last name is empty.
    whole = WHOLE.fullmatch(text)
    if whole:
        yield '', _checked(whole[1])
        return
    literal, position = '', 0
    for token in TOKEN.finditer(text):
        literal += text[position : token.start()]
        position = token.end()
        if token['literal']:
            if text.startswith('{', position):
                literal += '$'
            continue
        name = token['name']
        if name is None:
            name = token['old']
        elif not token['end']:
            raise ValueError(_unclosed(name))
        yield literal, _checked(name)
        literal = ''
    yield literal + text[position:], ''


def names(text: str) -> tuple[str, ...]:
    """Returns the names of the variables in a text, each once. Raises ValueError as `resolve` does."""
    if not has_variables(text):
        return ()
    return tuple(dict.fromkeys(name for _, name in _parts(text) if name))


def own_name(section: str, name: str, key: str) -> str:
    """Returns what exports call the variable of a secret, where no other one is called the same."""
    return re.sub(r'[^A-Z0-9]', '_', f'{section}_{name}_{key}'.upper())


def unescaped(text: str) -> str:
    """Returns what a text without variables says; one that has any, or can't be read, as it stands."""
    try:
        parts = list(_parts(text))
    except ValueError:
        return text
    if len(parts) > 1:
        return text
    return parts[0][0]


def escape(text: str) -> str:
    """Returns a text that `resolve` turns into the given one.

    `${` becomes `$${`; a prefix of 3.2's variables gets `$$` before it, which only zatools reads back.
    """
    if not has_variables(text):
        return text
    return TO_ESCAPE.sub(_escaped, text)


def _escaped(token: re.Match[str]) -> str:
    if token[0] == '${':
        return '$${'
    return f'$${token[0]}'


class Variables:
    """The values of variables: those of the environment, and of an --env-file, which wins.

    `secret` are the values of variables that a secret field uses, or whose names say that they are secret.
    """

    def __init__(self, values: Mapping[str, str], asks_stores: bool = True) -> None:
        self.values = values
        # Who leaves variables as they are asks nobody.
        self._stores: Stores | None = None
        if asks_stores and values:
            self._stores = Stores(values)
        self.has_unset = False
        self.secret: set[str] = set()

    def resolve(self, text: str, is_secret: bool = False) -> str | Template:
        """Returns a text with its values, or a Template if one is unset. Raises ValueError, a sentence.

        A value is not searched for variables itself.
        """
        if not has_variables(text):
            return text
        parts = list(_parts(text))
        used = [name for _, name in parts if name]
        known = {name: value for name in used if (value := self._value(name)) is not None}
        for name, value in known.items():
            if why := why_not(value):
                raise ValueError(f'the value of {name} {why}')
        # A value that is secret in one place is secret wherever else it is used.
        for name in used:
            if name in known and (is_secret or store_of(name) or says_secret(name)):
                self.secret.add(known[name])
        unset = [name for name in used if name not in known]
        if unset:
            self.has_unset = True
            written = ''.join(_as_written(literal, name) for literal, name in parts)
            return Template(written, tuple(dict.fromkeys(unset)))
        resolved = ''
        for literal, name in parts:
            resolved += literal
            if name:
                resolved += known[name]
        return resolved

    def _value(self, name: str) -> str | None:
        if not store_of(name):
            return self.values.get(name)
        if self._stores is None:
            return None
        try:
            return self._stores.value(name)
        except LackingError as error:
            raise ValueError(f'${{{name}}}: {error}') from None


def _as_written(literal: str, name: str) -> str:
    if not name:
        return escape(literal)
    return f'{escape(literal)}${{{name}}}'


def _without_quotes(value: str) -> str:
    if len(value) > 1 and value[0] in '"\'' and value[0] == value[-1]:
        return value[1:-1]
    return value


def _ini(path: str, text: str) -> dict[str, str]:
    # Imported here because it is slow, and most runs have no such file.
    from configobj import ConfigObj, ConfigObjError

    try:
        config: Any = ConfigObj(text.splitlines(), list_values=False, interpolation=False, raise_errors=True)
    except ConfigObjError as error:
        # ConfigObj's message quotes the line, which may hold a secret.
        raise InvalidError(f'{path}:{error.line_number}: neither a section nor a key and its value') from None
    values: dict[str, str] = {}
    config.walk(lambda section, key: values.__setitem__(key, _without_quotes(section[key])))
    return values


def _unquoted(value: str) -> str | None:
    if value.startswith('"'):
        quoted = DOUBLE_QUOTED.fullmatch(value)
        if quoted is None:
            return None
        return re.sub(r'\\(.)', lambda part: ESCAPES.get(part[1], part[1]), quoted[1])
    if value.startswith("'"):
        quoted = SINGLE_QUOTED.fullmatch(value)
        if quoted is None:
            return None
        return quoted[1]
    return re.split(r'(?:^|\s)#', value, maxsplit=1)[0].rstrip()


def _dotenv(path: str, text: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith(('#', ';')):
            continue
        assignment = ASSIGNMENT.fullmatch(stripped)
        if not assignment:
            raise InvalidError(f'{path}:{number}: is not KEY=value')
        value = _unquoted(assignment[2])
        if value is None:
            raise InvalidError(f'{path}:{number}: {assignment[1]}: the quote is not closed, or text follows it')
        values[assignment[1]] = value
    return values


def read_env_file(path: str) -> dict[str, str]:
    """Returns the values of an ini (all of its sections) or dotenv file. Raises InvalidError, never with a value."""
    problems: list[Problem] = []
    try:
        data = b''
        if path != '-':
            data = read(path, cast(BinaryIO, None))
    except OSError as error:
        why = reason(error)
        hint = ''
        if why == 'no such file':
            hint = 'it is what --env-file names'
        raise InvalidError(f'{path}: {why}', hint) from None
    data = unsealed(path, data)
    text = decode(path, data, problems)
    if text is None:
        raise InvalidError(f'{path}: {problems[0].text}', problems=problems)
    if SECTION.search(text):
        return _ini(path, text)
    return _dotenv(path, text)
