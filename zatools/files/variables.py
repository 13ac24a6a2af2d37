"""Variables in texts: `${NAME}` and the spellings of Zato 3.2, their values, files of values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, cast

from zatools.errors import InvalidError
from zatools.files.sources import decode, read, reason
from zatools.masks import says_secret
from zatools.place import Problem
from zatools.secret import Template
from zatools.undecoded import why_not

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
    if not NAME.fullmatch(name):
        raise ValueError("what stands in '${…}' can't be the name of a variable: letters, digits, '_' and '.' can")
    return name


def _unclosed(rest: str) -> str:
    # What looks like no variable may be a part of a password, and isn't shown.
    shown = f'${{{rest}' if ENVIRONMENT.fullmatch(rest) else '${'
    return f"'{shown}' is without its '}}' ('$${{' writes a literal '${{')"


def _parts(text: str) -> Iterator[tuple[str, str]]:
    # Pairs of literal text and the name of the variable after it; the last name is empty.
    whole = WHOLE.fullmatch(text)
    if whole:
        yield '', _checked(whole[1])
        return
    literal, position = '', 0
    for found in TOKEN.finditer(text):
        literal += text[position : found.start()]
        position = found.end()
        if found['literal']:
            if text.startswith('{', position):
                literal += '$'
            continue
        if found['name'] is not None and not found['end']:
            raise ValueError(_unclosed(found['name']))
        yield literal, _checked(found['name'] if found['name'] is not None else found['old'])
        literal = ''
    yield literal + text[position:], ''


def names(text: str) -> tuple[str, ...]:
    """Returns the names of the variables in a text, each once. Raises ValueError as `resolve` does."""
    return tuple(dict.fromkeys(name for _, name in _parts(text) if name)) if has_variables(text) else ()


def escape(text: str) -> str:
    """Returns a text that `resolve` turns into the given one.

    `${` becomes `$${`; a prefix of 3.2's variables gets `$$` before it, which only zatools reads back.
    """
    if not has_variables(text):
        return text
    return TO_ESCAPE.sub(lambda found: f'${found[0]}' if found[0] == '${' else f'$${found[0]}', text)


class Variables:
    """The values that variables have, such as the environment with an --env-file over it.

    `secret` are values of variables that stand in a secret field, or whose names say so.
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values
        self.has_unset = False
        self.secret: set[str] = set()

    def resolve(self, text: str, is_secret: bool = False) -> str | Template:
        """Returns a text with its values, or a Template if one is unset. Raises ValueError, a sentence.

        Values are put in once: what looks like a variable in a value stays.
        """
        if not has_variables(text):
            return text
        parts = list(_parts(text))
        for _, name in parts:
            if why := why_not(self.values.get(name, '')):
                raise ValueError(f'the value of {name} {why}')
        # One that is a secret somewhere is a secret wherever else it stands.
        self.secret.update(
            self.values[name] for _, name in parts if name and (is_secret or says_secret(name)) and name in self.values
        )
        unset = [name for _, name in parts if name and name not in self.values]
        if unset:
            self.has_unset = True
            written = ''.join(escape(literal) + (f'${{{name}}}' if name else '') for literal, name in parts)
            return Template(written, tuple(dict.fromkeys(unset)))
        return ''.join(literal + (self.values[name] if name else '') for literal, name in parts)


def _without_quotes(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] in '"\'' and value[0] == value[-1] else value


def _ini(path: str, text: str) -> dict[str, str]:
    # Slow to import, and most runs have no such file.
    from configobj import ConfigObj, ConfigObjError

    try:
        config: Any = ConfigObj(text.splitlines(), list_values=False, interpolation=False, raise_errors=True)
    except ConfigObjError as error:
        # The message of the error quotes the line, which may hold a secret.
        raise InvalidError(f'{path}:{error.line_number}: neither a section nor a key and its value') from None
    values: dict[str, str] = {}
    config.walk(lambda section, key: values.__setitem__(key, _without_quotes(section[key])))
    return values


def _unquoted(value: str) -> str | None:
    if value.startswith('"'):
        found = DOUBLE_QUOTED.fullmatch(value)
        return re.sub(r'\\(.)', lambda part: ESCAPES.get(part[1], part[1]), found[1]) if found else None
    if value.startswith("'"):
        found = SINGLE_QUOTED.fullmatch(value)
        return found[1] if found else None
    return re.split(r'(?:^|\s)#', value, maxsplit=1)[0].rstrip()


def _dotenv(path: str, text: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith(('#', ';')):
            continue
        found = ASSIGNMENT.fullmatch(stripped)
        if not found:
            raise InvalidError(f'{path}:{number}: is not KEY=value')
        value = _unquoted(found[2])
        if value is None:
            raise InvalidError(f'{path}:{number}: {found[1]}: the quote is not closed, or text follows it')
        values[found[1]] = value
    return values


def read_env_file(path: str) -> dict[str, str]:
    """Returns the values of an ini (all of its sections) or dotenv file. Raises InvalidError, never with a value."""
    problems: list[Problem] = []
    try:
        data = read(path, cast(BinaryIO, None)) if path != '-' else b''
    except OSError as error:
        why = reason(error)
        hint = 'it is what --env-file names' if why == 'no such file' else ''
        raise InvalidError(f'{path}: {why}', hint) from None
    text = decode(path, data, problems)
    if text is None:
        raise InvalidError(f'{path}: {problems[0].text}', problems=problems)
    return _ini(path, text) if SECTION.search(text) else _dotenv(path, text)
