"""Files sealed by SOPS: its own program opens them, where there is one."""

from __future__ import annotations

import re
import shutil
import subprocess

from zatools.stores.reasons import StoreError

#: What SOPS leaves in the files that it seals, by the format that it calls them.
MARKS = {
    'json': re.compile(r'"sops"[ \t]{0,9}:[ \t\n]{0,99}\{'),
    'yaml': re.compile(r'^sops:[ \t\r]{0,9}$', re.MULTILINE),
    'ini': re.compile(r'^\[sops\][ \t\r]{0,9}$', re.MULTILINE),
    'dotenv': re.compile(r'^sops_(?:mac|version)=', re.MULTILINE),
}
SEALED = b'ENC[AES256_GCM,'
#: Seconds that the program has: it may ask a service for the key.
PATIENCE = 60


def format_of(data: bytes) -> str:
    """Returns the format of a sealed file; '' for any other."""
    if SEALED not in data:
        return ''
    # Any byte is a character of Latin-1.
    text = data.decode('latin-1')
    return next((name for name, mark in MARKS.items() if mark.search(text)), '')


def opened(path: str, form: str) -> bytes:
    """Returns what a sealed file holds; raises StoreError where it can't be opened."""
    program = shutil.which('sops')
    if program is None:
        raise StoreError('is sealed by SOPS, and there is no program sops here', 'install it, or open the file before')
    command = [program, '--decrypt', '--input-type', form, '--output-type', form, path]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StoreError(f'sops could not open it: {type(error).__name__}') from None
    if done.returncode:
        # What it says may have parts of the file in it.
        raise StoreError(f'sops could not open it (exit code {done.returncode})', 'see why: sops --decrypt FILE')
    return done.stdout
