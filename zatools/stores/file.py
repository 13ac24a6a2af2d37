"""Secrets in files, as containers get them: /run/secrets/NAME."""

from __future__ import annotations

import os
from collections.abc import Mapping
from stat import S_ISREG

from zatools.stores.reasons import LackingError, StoreError

#: Bytes that are read; one more tells that there are too many.
MOST = 65_536


def fetch(path: str, environ: Mapping[str, str]) -> str:
    """Returns the text of a file without the line break at its end."""
    try:
        # A pipe or a device would be waited for.
        descriptor = os.open(os.path.expanduser(path), os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        raise LackingError('there is no such file') from None
    except (OSError, ValueError) as error:
        raise StoreError(f"can't be read: {getattr(error, 'strerror', None) or error}") from None
    if not S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise LackingError('is not a regular file')
    with open(descriptor, 'rb') as file:
        data = file.read(MOST + 1)
    if len(data) > MOST:
        raise LackingError(f'has more than {MOST} bytes')
    try:
        return data.decode('utf-8').removesuffix('\n').removesuffix('\r')
    except UnicodeDecodeError:
        raise LackingError('is no text in UTF-8') from None
