"""The files and scenarios that the options of a run select."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from zatools.apitest.commands.run_asked import Asked
from zatools.apitest.gherkin.model import Feature, Scenario
from zatools.apitest.project.config import Selected
from zatools.apitest.running import last_failures, selection
from zatools.apitest.running.selection import Plan
from zatools.errors import UsageError


def included(asked: Asked) -> list[Selected]:
    """Returns the feature files that --include and --exclude leave."""
    wanted, unwanted = asked.options.include, asked.options.exclude or ()
    selected = list(asked.selected)
    if wanted:
        selected = [item for item in selected if _fits(wanted, item.path)]
    return [item for item in selected if not _fits(unwanted, item.path)]


def _fits(patterns: Sequence[str], path: Path) -> bool:
    try:
        return any(re.search(pattern, str(path)) for pattern in patterns)
    except re.error as error:
        raise UsageError(f'--include, --exclude: this is no regular expression: {error}') from None


def plans(asked: Asked, features: Iterable[Feature]) -> list[Plan]:
    """Returns the plans of the features of which something runs."""
    options = asked.options
    tags = [*(options.tags or ()), *selection.environment_tags(asked.environ)]
    if options.wip:
        tags.append('wip')
    has_tags, has_name = selection.tag_filter(tags), selection.name_filter(options.names or ())
    failed = None
    if options.failed:
        failed = _failed(asked)

    def is_wanted(scenario: Scenario) -> bool:
        return has_tags(scenario) and has_name(scenario)

    result = []
    for feature in features:
        if not feature.is_read or (failed is not None and str(feature.path) not in failed):
            continue
        is_only = options.only
        if failed is not None and options.isolated:
            # Scenarios that share no state don't need those above them.
            feature.asked, is_only = tuple(failed[str(feature.path)]), True
        if plan := selection.plan(feature, is_wanted, is_only):
            result.append(plan)
    return result


def part(asked: Asked, whole: list[Plan]) -> list[Plan]:
    """Returns the plans of the part of a run that --shard asks for; all of them without it."""
    if asked.options.shard is None:
        return whole
    return selection.shard(whole, *asked.options.shard)


def _failed(asked: Asked) -> dict[str, list[int]]:
    lines = last_failures.failed(asked.project)
    if lines is None:
        raise UsageError('--failed: there was no run')
    if not lines:
        raise UsageError('--failed: nothing failed the last time')
    return lines
