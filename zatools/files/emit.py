"""Sections of items -> YAML or JSON text: the same input gives the same bytes, quotes only where needed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import yaml

from zatools.errors import InvalidError
from zatools.files.tree import plain_text_value

SURROGATE = re.compile('[\ud800-\udfff]')
# What single quotes can't hold on one line, or what an editor would not show.
NEEDS_ESCAPE = re.compile('[^ -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]')
NEEDS_QUOTES = re.compile(r'[-?:,\[\]{}#&*!|>\'"%@` ]|.*(?:: | #|[ :]$)|\.\.\.')
NOT_IN_BLOCK = re.compile(NEEDS_ESCAPE.pattern.replace('[^', '[^\n') + '|^ +$', re.MULTILINE)
ESCAPES = {'\n': r'\n', '\t': r'\t', '\r': r'\r', '"': r'\"', '\\': r'\\'}
ESCAPED = re.compile('["\\\\]|' + NEEDS_ESCAPE.pattern)
LONGEST_KEY = 1000


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    code = ord(character)
    if character in ESCAPES:
        return ESCAPES[character]
    if SURROGATE.match(character):
        raise InvalidError("a text has half of a surrogate pair, which YAML can't hold")
    if code < 256:
        return f'\\x{code:02x}'
    if code < 0x10000:
        return f'\\u{code:04x}'
    return f'\\U{code:08x}'


def _is_read_as_text(text: str) -> bool:
    resolvers = yaml.SafeLoader.yaml_implicit_resolvers
    is_other = any(pattern.match(text) for _, pattern in resolvers.get(text[0], []))
    return not is_other and isinstance(plain_text_value(text), str)


@lru_cache(maxsize=1 << 15)
def quoted(text: str) -> str:
    """Returns a text as a YAML scalar of one line, in quotes only where it would be misread without."""
    if NEEDS_ESCAPE.search(text):
        return '"' + ESCAPED.sub(_escape, text) + '"'
    if text and not NEEDS_QUOTES.match(text) and _is_read_as_text(text):
        return text
    return "'" + text.replace("'", "''") + "'"


def _text(text: str, pad: str) -> str:
    if '\n' not in text or text[0] in ' \n' or text.endswith('\n\n') or NOT_IN_BLOCK.search(text):
        return quoted(text)
    # A block ends with a line break unless its head has a dash.
    head = '|-'
    if text.endswith('\n'):
        head, text = '|', text[:-1]
    rows = [head]
    for line in text.split('\n'):
        rows.append(f'{pad}{line}' if line else '')
    return '\n'.join(rows)


def _number(value: float) -> str:
    text = repr(value)
    if 'n' in text:
        return text.replace('inf', '.inf').replace('nan', '.nan')
    # YAML 1.1 reads 1e+20 as a text.
    if 'e' in text and '.' not in text:
        return text.replace('e', '.0e')
    return text


def _scalar(value: object, pad: str) -> str:
    if isinstance(value, str):
        return _text(value, pad)
    if value is None:
        return 'null'
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping):
        return '{}'
    if isinstance(value, (list, tuple)):
        return '[]'
    raise TypeError(f'no value of definitions: {type(value).__name__}')


def block(value: object, pad: str) -> str:
    """Returns a value that begins where the cursor stands already; `pad` is the indentation of lines that follow."""
    if isinstance(value, Mapping) and value:
        return f'\n{pad}'.join([_pair(key, item, pad) for key, item in value.items()])
    if isinstance(value, (list, tuple)) and value:
        return f'\n{pad}'.join([f'- {block(item, pad + "  ")}' for item in value])
    return _scalar(value, pad)


def _pair(key: str, value: object, pad: str) -> str:
    name = quoted(key)
    # YAML readers give up looking for the ':' after 1,024 characters.
    if len(name) > LONGEST_KEY:
        name = f'? {name}\n{pad}'
    if type(value) is str and '\n' not in value:
        return f'{name}: {quoted(value)}'
    inner = pad + '  '
    if isinstance(value, (Mapping, list, tuple)) and value:
        return f'{name}:\n{inner}{block(value, inner)}'
    return f'{name}: {_scalar(value, inner)}'


def emit_yaml(sections: Mapping[str, Sequence[Mapping[str, object]]]) -> str:
    """Returns sections as YAML with a blank line between them; no sections are an empty text."""
    return '\n'.join([_pair(section, items, '') + '\n' for section, items in sections.items()])


def emit_json(sections: Mapping[str, Sequence[Mapping[str, object]]]) -> str:
    """Returns sections as JSON, indented by 2; halves of surrogate pairs are escaped."""
    text = json.dumps(sections, indent=2, ensure_ascii=False, allow_nan=False) + '\n'
    return SURROGATE.sub(lambda found: f'\\u{ord(found[0]):04x}', text)
