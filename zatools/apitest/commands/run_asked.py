"""What a run was asked for: the options of its command line and of config.ini, its project, its files."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from zatools.apitest.commands.run_options import Options, parse
from zatools.apitest.project import config, env_file
from zatools.apitest.project.config import Project, Selected
from zatools.errors import UsageError


@dataclass(frozen=True)
class Asked:
    """A command line, read: `given` are its own options, `options` those of config.ini too."""

    given: Options
    options: Options
    environ: Mapping[str, str]
    profile: str
    project: Project
    selected: Sequence[Selected]


def asked(words: Sequence[str], environ: Mapping[str, str]) -> Asked:
    """Returns what a command line asks for; raises UsageError where it can't be understood."""
    given = parse(words)
    variables = env_file.read(given.env_file) if given.env_file else {}
    # Hooks may set variables: those of the process count at the time they are looked up.
    both: Mapping[str, str] = ChainMap(variables, environ)  # type: ignore[arg-type]
    profile = given.profile or both.get('APITEST_PROFILE', '')
    project, selected = config.load(_paths(given), profile, _overrides(given))
    return Asked(given, parse([*project.options(), *words]), both, profile, project, selected)


def _paths(given: Options) -> list[str]:
    if given.paths:
        return list(given.paths)
    return ['features' if Path('features').is_dir() else '.']


def _overrides(given: Options) -> dict[str, str]:
    found = {}
    for text in given.values or ():
        name, sign, value = text.partition('=')
        if not sign or not name:
            raise UsageError(f"--set: '{text}' is no NAME=VALUE")
        found[name.strip()] = value
    return found
