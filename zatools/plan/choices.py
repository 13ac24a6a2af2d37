"""What the command line says of files and of objects; `OdbChoice` is the same of ODBs. Empty is not given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zatools.origin import TYPED, Origin


@dataclass(frozen=True)
class FileChoice:
    """Which files are read, what goes over their fields, and how they are read."""

    paths: tuple[str, ...] = ()
    overlays: tuple[str, ...] = ()
    env_file: str = ''
    on_conflict: str = ''
    allow_outside: bool = False
    skip_unknown: bool = False
    #: What is read in place of files, by their real paths: texts that are not written yet.
    drafts: Mapping[str, bytes] | None = None
    origin: Origin = TYPED


@dataclass(frozen=True)
class ObjectChoice:
    """Which objects are meant: sections or security types, globs of names, what these refer to."""

    types: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    with_references: bool = False
    skip_unsupported: bool = False
