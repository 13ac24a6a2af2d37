"""The run as one self-contained page: the features as they were written, live values filled in, calls to unfold."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

from zatools.apitest.results import (
    ERROR,
    FAILED,
    KNOWN,
    NOT_RUN,
    PASSED,
    RED,
    SKIPPED,
    UNDEFINED,
    FeatureResult,
    Problem,
    RunResult,
    ScenarioResult,
    StepResult,
)  # fmt: skip

PAGE = Path(__file__).parent / 'page.html'
SLOWEST = 3
CLASSES = {
    PASSED: 'pass',
    FAILED: 'fail',
    ERROR: 'fail',
    UNDEFINED: 'fail',
    NOT_RUN: 'warn',
    KNOWN: 'warn',
    SKIPPED: 'skip',
}


def render(run: RunResult) -> str:
    """Returns the page."""
    title, is_bad = _verdict(run)
    parts = {
        'title': title,
        'verdict': 'fail' if is_bad else 'pass',
        'facts': _facts(run),
        'filters': _filters(run),
        'slowest': _slowest(run),
        'features': '\n'.join(map(_feature, run.features)),
    }
    page = PAGE.read_text(encoding='utf-8')
    for name, text in parts.items():
        page = page.replace(f'<!--{name}-->', text)
    return page


def _verdict(run: RunResult) -> tuple[str, bool]:
    counts = run.counts()
    red, total = sum(counts[status] for status in RED), sum(counts.values())
    passed = f'{total} scenarios passed' if run.unread else f'All {total} scenarios passed'
    words = [f'{red} of {total} scenarios failed' if red else passed]
    words += [f"{run.unread} {'file' if run.unread == 1 else 'files'} can't be run"] if run.unread else []
    return ', '.join(words), bool(red or not total or run.unread)


def _facts(run: RunResult) -> str:
    facts = {
        'profile': run.profile, 'address': ', '.join(run.addresses), 'started': run.start, 'seed': str(run.seed),
        'took': f'{run.seconds:.1f} s', 'requests': str(run.calls), 'apitest': run.version,
    }  # fmt: skip
    return ''.join(f'<div><dt>{name}</dt><dd>{escape(value)}</dd></div>' for name, value in facts.items() if value)


def _filters(run: RunResult) -> str:
    counts = run.counts()
    order = (FAILED, ERROR, UNDEFINED, NOT_RUN, KNOWN, PASSED, SKIPPED)
    rows = [f'<button data-status="" aria-pressed="true">all {sum(counts.values())}</button>']
    rows += [
        f'<button class="{CLASSES[status]}" data-status="{status}" aria-pressed="false">'
        f'{status} {counts[status]}</button>'
        for status in order
        if counts[status]
    ]
    return ''.join(rows)


def _slowest(run: RunResult) -> str:
    found = sorted(run.scenarios(), key=lambda scenario: scenario.seconds, reverse=True)[:SLOWEST]
    return ', '.join(f'{escape(item.name)} ({item.seconds * 1000:.0f} ms)' for item in found)


def _feature(feature: FeatureResult) -> str:
    description = f'<p class="about">{"<br>".join(map(escape, feature.description))}</p>' if feature.description else ''
    rows = ''.join(map(_scenario, feature.scenarios))
    return (
        f'<section class="feature"><h2>{escape(feature.name)}</h2>'
        f'<p class="place">{escape(feature.path)}</p>{description}{rows}</section>'
    )


def _scenario(scenario: ScenarioResult) -> str:
    is_open = ' open' if scenario.is_red else ''
    flaky = f' (flaky: try {scenario.tries})' if scenario.is_flaky else ''
    tags = ' '.join(f'<span class="tag">@{escape(tag)}</span>' for tag in scenario.tags)
    reason = f'<p class="reason">{escape(scenario.reason)}</p>' if scenario.reason else ''
    notes = ''.join(f'<p class="note">{escape(note)}</p>' for note in scenario.notes)
    steps = ''.join(_step(scenario, step) for step in scenario.steps)
    repeat = f'<p class="repeat">repeat <code>{escape(scenario.repeat)}</code></p>' if scenario.repeat else ''
    return (
        f'<details class="scenario {CLASSES[scenario.status]}" data-status="{scenario.status}"{is_open}>'
        f'<summary><span class="status">{escape(scenario.status)}{flaky}</span>'
        f'<span class="name">{escape(scenario.name)}</span>{tags}'
        f'<span class="took">{scenario.seconds * 1000:.0f} ms</span></summary>'
        f'<div class="body">{reason}{notes}<ol class="steps">{steps}</ol>{repeat}</div></details>'
    )


def _step(scenario: ScenarioResult, step: StepResult) -> str:
    text = escape(step.live or step.text)
    written = f' title="{escape(step.text)}"' if step.live and step.live != step.text else ''
    below = f'<pre>{escape(step.below)}</pre>' if step.below else ''
    problem = _problem(step.problem) if step.problem else ''
    is_call = step.group == 'when' and 0 <= step.exchange < len(scenario.exchanges)
    exchange = _exchange(scenario.exchanges[step.exchange]) if is_call else ''
    return (
        f'<li class="{CLASSES.get(step.status, "skip")}"><b>{escape(step.keyword)}</b> '
        f'<span{written}>{text}</span>{below}{problem}{exchange}</li>'
    )


def _problem(problem: Problem) -> str:
    rows = [f'<p>{escape(problem.text)}</p>' if problem.text else '']
    if problem.expected or problem.actual:
        rows.append(
            f'<table><tr><th>expected</th><td><code>{escape(problem.expected)}</code></td></tr>'
            f'<tr><th>actual</th><td><code>{escape(problem.actual)}</code></td></tr></table>'
        )
    if problem.detail:
        rows.append(f'<pre>{escape(chr(10).join(problem.detail))}</pre>')
    rows += [f'<p class="hint">{escape(hint)}</p>' for hint in problem.hints]
    return f'<div class="problem">{"".join(rows)}</div>'


def _exchange(exchange: dict[str, Any]) -> str:
    sent = _message(exchange['request_headers'], exchange['request_body'])
    got = _message(exchange['response_headers'], exchange['response_body'])
    return (
        f'<details class="exchange"><summary>{escape(exchange["summary"])}</summary>'
        f'<h4>sent</h4>{sent}<h4>received</h4>{got}<h4>as curl</h4><pre>{escape(exchange["curl"])}</pre></details>'
    )


def _message(headers: dict[str, str], body: str) -> str:
    lines = [f'{name}: {value}' for name, value in headers.items()]
    return f'<pre>{escape(chr(10).join([*lines, "", _pretty(body)]).strip())}</pre>'


def _pretty(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body
