"""Which keys of definition files have secrets behind them, misspelt ones included."""

from __future__ import annotations

import re
from functools import cache

from zatools.kinds import KINDS
from zatools.masks import says_secret
from zatools.place import nearest
from zatools.secret import CREDENTIAL, MASK

#: Fields by all their names: those that hold secrets, and all others.
SECRET = frozenset(
    name for kind in KINDS for field in kind.fields if field.secret for name in (field.name, *field.aliases)
)
KNOWN = frozenset(name for kind in KINDS for name in kind.lookup) - SECRET | {'type', 'include'}
#: What people call a secret that is none of our fields; a name like one of these is one.
WORDS = frozenset(
    ['api_key', 'authorization', 'cookie', 'credentials', 'passphrase', 'passwd', 'pwd', 'secret', 'token']
)
#: Longer names are not compared letter by letter.
LONGEST_NAME = 60
#: A variable alone, which is no secret; the name of a pair within a text, and its value.
VARIABLE = re.compile(r'(?P<quote>["\']?)\$\{[A-Za-z_][\w.]*\}(?P=quote)')
PAIR = re.compile(
    r'(?<![\w.-])(?P<start>(?P<name>[A-Za-z_][\w.-]*+)(?:\s*+=|["\']\s*+:|:(?=\s))\s*+["\']?)(?P<value>[^&,;"\'}\]]+)'
)


def names_secret(name: str) -> bool:
    """Tells whether a name says by itself that its value is a secret."""
    return CREDENTIAL.search(name) is not None or says_secret(name)


@cache
def is_secret(key: str) -> bool:
    """Tells whether what stands behind a key may be a secret; a known field tells by itself."""
    if key in KNOWN:
        return False
    if key in SECRET or len(key) > LONGEST_NAME:
        return True
    near = nearest(key, KNOWN | SECRET | WORDS)
    if near and near[0] in KNOWN:
        return CREDENTIAL.search(key) is not None
    return bool(near) or names_secret(key)


def without_pairs(text: str) -> str:
    """Returns a text with the values masked that names such as password=… within it say are secret."""
    return PAIR.sub(_masked, text) if '=' in text or ':' in text else text


def _masked(match: re.Match[str]) -> str:
    is_shown = not names_secret(match['name']) or match['name'] in KNOWN or VARIABLE.match(match['value'])
    return match[0] if is_shown else f'{match["start"]}{MASK}'
