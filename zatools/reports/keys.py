"""Tells which keys of definition files have secret values, misspelt keys included."""

from __future__ import annotations

import re
from functools import cache

from zatools.kinds import KINDS, SECTIONS
from zatools.masks import says_secret
from zatools.place import nearest
from zatools.secret import CREDENTIAL, MASK

#: All names of the fields that hold secrets, and all names of the others and of sections.
SECRET = frozenset(
    name for kind in KINDS for field in kind.fields if field.secret for name in (field.name, *field.aliases)
)
KNOWN = frozenset(name for kind in KINDS for name in kind.lookup) - SECRET | {'type', 'include', *SECTIONS}
#: Words that people use for secrets. A key that is similar to one of them has a secret value.
WORDS = frozenset(
    ['api_key', 'authorization', 'cookie', 'credentials', 'passphrase', 'passwd', 'pwd', 'secret', 'token']
)
#: Longer names are not compared letter by letter, which takes time: they count as secret.
LONGEST_NAME = 60
#: A variable alone, or what a store is asked for, which is no secret; the name of a pair within a text, and its value.
VARIABLE = re.compile(
    r'(?P<quote>["\']?)'
    r'(?:\$\{(?:(?:file|keyring|vault):[\w./#-]+|[A-Za-z_][\w.]*)\}|(?:Zato_Enmasse_Env|ZatoEnmasseEnv)\.[A-Za-z_][\w.]*)'
    r'(?P=quote)'
)
PAIR = re.compile(
    r'(?<![\w.-])(?P<start>(?P<name>[A-Za-z_][\w.-]*+)(?:\s*+=|["\']\s*+:|:(?=\s))\s*+["\']?)(?P<value>[^&,;"\'}\]]+)'
)


def names_secret(name: str) -> bool:
    """Tells whether a name says by itself that its value is a secret."""
    return CREDENTIAL.search(name) is not None or says_secret(name)


@cache
def is_secret(key: str) -> bool:
    """Tells whether the value of a key may be a secret. Fields of ours are known; other names are guessed at."""
    if key in KNOWN:
        return False
    if key in SECRET or len(key) > LONGEST_NAME:
        return True
    near = nearest(key, KNOWN | SECRET | WORDS)
    if near and near[0] in KNOWN:
        return CREDENTIAL.search(key) is not None
    return bool(near) or names_secret(key)


def without_pairs(text: str) -> str:
    """Returns a text with the values of pairs like password=… masked."""
    # Most texts have no pair, and searching them costs time.
    if '=' not in text and ':' not in text:
        return text
    return PAIR.sub(_masked, text)


def _masked(match: re.Match[str]) -> str:
    if match['name'] in KNOWN or not names_secret(match['name']) or VARIABLE.match(match['value']):
        return match[0]
    return f'{match["start"]}{MASK}'
