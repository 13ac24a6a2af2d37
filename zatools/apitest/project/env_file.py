"""Files of variables: NAME=VALUE, a line each."""

from __future__ import annotations

import re
from pathlib import Path

from zatools.errors import InvalidError, UsageError

LINE = re.compile(r'(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)')


def read(path: str) -> dict[str, str]:
    """Returns the variables of a file; raises with the line that is none."""
    try:
        rows = Path(path).read_text(encoding='utf-8-sig').splitlines()
    except OSError as error:
        raise UsageError(f"--env-file {path}: can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InvalidError(f'{path}: is not UTF-8') from None
    found = {}
    for number, row in enumerate(rows, 1):
        text = row.strip()
        if not text or text.startswith(('#', '[')):
            continue
        match = LINE.fullmatch(text)
        if not match:
            raise InvalidError(f'{path}:{number}: this is no variable', 'write NAME=value')
        found[match[1]] = _bare(match[2])
    return found


def _bare(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in '"\'':
        return value[1:-1]
    return value.partition(' #')[0].rstrip()
