"""INI files in ConfigObj's dialect: `server.conf`, `secrets.conf`."""

from __future__ import annotations

import os

from zatools.errors import FileError

Sections = dict[str, dict[str, str]]


def read(path: str) -> Sections:
    """Returns sections of keys and texts; raises FileError naming the path, never a value."""
    from configobj import ConfigObj, ConfigObjError

    if not os.path.isfile(path):
        raise FileError(f'{path}: no such file')
    try:
        content = ConfigObj(path, interpolation=False, list_values=False, encoding='utf-8', raise_errors=True)
    except ConfigObjError as error:
        line = getattr(error, 'line_number', None)
        raise FileError(f'{path}:{line or 1}: is no valid INI file') from None
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path}: can't be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}") from None
    return {
        name: {key: _bare(value) for key, value in section.items() if isinstance(value, str)}
        for name, section in content.items()
        if isinstance(section, dict)
    }


def _bare(value: str) -> str:
    # Without list values ConfigObj drops comments, but leaves quotes in place.
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in '"\''
    if not is_quoted:
        return value
    return value[1:-1]
