"""Which git commit files are of: read from the repository itself, so that nothing of it is run."""

from __future__ import annotations

import os
import re
from pathlib import Path

from zatools.files.project import root_of

#: More than such a file ever holds.
LONGEST = 4096
#: Packed names of a large repository.
LONGEST_PACKED = 16 * 2**20
COMMIT = re.compile(r'[0-9a-f]{40}|[0-9a-f]{64}')
REFERENCE = re.compile(r'refs/[\w./@+-]{1,200}')


def commit_of(path: str) -> str:
    """Returns the commit that is checked out where a file or folder is; '' outside of repositories."""
    folder = path
    if not os.path.isdir(path):
        folder = os.path.dirname(path)
    git = Path(root_of(folder, os.getcwd())) / '.git'
    if git.is_file():
        # A worktree has a file that says where its own folder is.
        git = git.parent / _text(git).removeprefix('gitdir:').strip()
    head = _text(git / 'HEAD')
    name = head.removeprefix('ref:').strip()
    if COMMIT.fullmatch(name):
        return name
    if not REFERENCE.fullmatch(name) or '..' in name:
        return ''
    common = git / (_text(git / 'commondir') or '.')
    for where in (git, common):
        found = _text(where / name)
        if COMMIT.fullmatch(found):
            return found
    return _packed(common, name)


def _text(path: Path, longest: int = LONGEST) -> str:
    try:
        if not path.is_file():
            return ''
        with path.open('rb') as file:
            return file.read(longest).decode('utf-8', 'replace').strip()
    except OSError:
        return ''


def _packed(git: Path, name: str) -> str:
    for line in _text(git / 'packed-refs', LONGEST_PACKED).splitlines():
        commit, _, known = line.partition(' ')
        if known == name and COMMIT.fullmatch(commit):
            return commit
    return ''
