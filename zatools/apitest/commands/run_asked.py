"""The command line of a run with the options of config.ini, its project and its files."""

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
    """A parsed command line: `given` are its own options, `options` those of config.ini as well."""

    given: Options
    options: Options
    environ: Mapping[str, str]
    profile: str
    project: Project
    selected: Sequence[Selected]


def asked(words: Sequence[str], environ: Mapping[str, str]) -> Asked:
    """Returns the parsed command line; raises UsageError where it can't be understood."""
    given = parse(words)
    variables: dict[str, str] = {}
    if given.env_file:
        variables = env_file.read(given.env_file)
    # No copy: hooks may set variables of the process, which later steps use.
    both: Mapping[str, str] = ChainMap(variables, environ)  # type: ignore[arg-type]
    profile = given.profile or both.get('APITEST_PROFILE', '')
    project, selected = config.load(_paths(given), profile, _overrides(given))
    return Asked(given, parse([*project.options(), *words]), both, profile, project, selected)


def _paths(given: Options) -> list[str]:
    if given.paths:
        return list(given.paths)
    if Path('features').is_dir():
        return ['features']
    return ['.']


def _overrides(given: Options) -> dict[str, str]:
    values = {}
    for text in given.values or ():
        name, sign, value = text.partition('=')
        if not sign or not name:
            raise UsageError(f"--set: '{text}' is no NAME=VALUE")
        values[name.strip()] = value
    return values
