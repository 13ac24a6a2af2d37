"""Files of variables: NAME=VALUE, a line each."""

from __future__ import annotations

import re
from pathlib import Path

from zatools.errors import InvalidError, UsageError

LINE = re.compile(r'(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)')


def read(path: str) -> dict[str, str]:
    """Returns the variables of a file; raises InvalidError at the first line that is no variable."""
    try:
        rows = Path(path).read_text(encoding='utf-8-sig').splitlines()
    except OSError as error:
        raise UsageError(f"--env-file {path}: can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InvalidError(f'{path}: is not UTF-8') from None
    variables = {}
    for number, row in enumerate(rows, 1):
        text = row.strip()
        # Zato's own files of variables are INI files, with the heading [env].
        if not text or text.startswith(('#', '[')):
            continue
        match = LINE.fullmatch(text)
        if not match:
            raise InvalidError(f'{path}:{number}: this is no variable', 'write NAME=value')
        variables[match[1]] = _unquoted(match[2])
    return variables


def _unquoted(value: str) -> str:
    # Within quotes, # begins no comment.
    if len(value) > 1 and value[0] == value[-1] and value[0] in '"\'':
        return value[1:-1]
    return value.partition(' #')[0].rstrip()
