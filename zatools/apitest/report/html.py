"""The run as one self-contained page: what failed first, then the features as they were written, calls to unfold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from zatools.apitest.report import coverage
from zatools.apitest.report.marked_answer import answer, detail, differing, pointers, pretty, text
from zatools.apitest.report.results import (  # fmt: skip
    ERROR,
    FAILED,
    KNOWN,
    NOT_RUN,
    PASSED,
    RED,
    SKIPPED,
    UNDEFINED,
    Explanation,
    FeatureResult,
    RunResult,
    ScenarioResult,
    StepResult,
)
from zatools.screens import quantity

PAGE = Path(__file__).parent / 'page.html'
#: Where a part of the page stands.
MARK = re.compile(r'<!--(\w+)-->')
#: Scenarios that the list of the slowest ones has.
SLOWEST = 3
#: Bars of the timeline, and lanes for scenarios that ran at the same time.
BARS, LANES = 600, 8
#: Characters that are shown of a body where the scenario passed.
BRIEF = 2000
CLASSES = {
    PASSED: 'pass',
    FAILED: 'fail',
    ERROR: 'fail',
    UNDEFINED: 'fail',
    NOT_RUN: 'warn',
    KNOWN: 'warn',
    SKIPPED: 'skip',
}

Names = dict[int, str]


def render(run: RunResult) -> str:
    """Returns the page."""
    return ''.join(pieces(run))


def pieces(run: RunResult) -> Iterator[str]:
    """Yields the page: what stands between its marks, and the parts that take their place."""
    parts = _parts(run)
    for place, piece in enumerate(MARK.split(PAGE.read_text(encoding='utf-8'))):
        if place % 2 == 0:
            yield piece
        else:
            yield from parts[piece]()


def _parts(run: RunResult) -> dict[str, Callable[[], Iterable[str]]]:
    title, verdict = _verdict(run)
    names = _anchors(run)
    red = [(feature, item) for feature in run.features for item in feature.scenarios if item.is_red]
    return {
        'title': lambda: [title],
        'verdict': lambda: [verdict],
        'facts': lambda: [_facts(run)],
        'bar': lambda: [_bar(run)],
        'timeline': lambda: [_timeline(run, names)],
        'filters': lambda: [_filters(run)],
        'slowest': lambda: [_slowest(run, names)],
        'coverage': lambda: coverage.section(run),
        'failures': lambda: _failures(run, red, names),
        'features': lambda: (piece for feature in run.features for piece in _feature(feature, names)),
    }


def _verdict(run: RunResult) -> tuple[str, str]:
    # The title, and its class.
    counts = run.counts()
    red, total = sum(counts[status] for status in RED), sum(counts.values())
    if red:
        words = [f'{red} of {total} scenarios failed']
    elif run.unread:
        words = [f'{total} scenarios passed']
    else:
        words = [f'All {total} scenarios passed']
    if run.unread:
        words.append(f"{quantity(run.unread, 'file')} can't be run")
    if red or not total or run.unread:
        return ', '.join(words), 'fail'
    return ', '.join(words), 'pass'


def _facts(run: RunResult) -> str:
    facts = {
        'profile': run.profile, 'address': ', '.join(run.addresses), 'started': run.start, 'seed': str(run.seed),
        'took': f'{run.seconds:.1f} s', 'requests': str(run.calls), 'apitest': run.version,
    }  # fmt: skip
    return ''.join(f'<div><dt>{name}</dt><dd>{text(value)}</dd></div>' for name, value in facts.items() if value)


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


def _anchors(run: RunResult) -> Names:
    # Anchors are made of file and line, so that links to a scenario stay the same from run to run.
    seen: Counter[str] = Counter()
    anchors = {}
    for scenario in run.scenarios():
        place = re.sub(r'[^\w./-]+', '-', f'{scenario.path}-{scenario.line}', flags=re.ASCII)
        seen[place] += 1
        anchors[id(scenario)] = place
        if seen[place] > 1:
            anchors[id(scenario)] += f'-{seen[place]}'
    return anchors


def _bar(run: RunResult) -> str:
    counts = run.counts()
    total = sum(counts.values()) or 1
    order = (FAILED, ERROR, UNDEFINED, NOT_RUN, KNOWN, SKIPPED, PASSED)
    parts = [
        f'<i class="{CLASSES[status]}" style="width:{counts[status] * 100 / total:.3f}%"></i>'
        for status in order
        if counts[status]
    ]
    label = ', '.join(f'{counts[status]} {status}' for status in order if counts[status])
    return f'<div class="bar" role="img" aria-label="{label}">{"".join(parts)}</div>'


def _timeline(run: RunResult, names: Names) -> str:
    shown = [item for item in run.scenarios() if item.began]
    if len(shown) < 2:
        return ''
    start = min(item.began for item in shown)
    whole = max(max(item.began + item.seconds for item in shown) - start, 0.001)
    # Where there are too many, scenarios that failed and slow ones are drawn.
    picked = sorted(shown, key=lambda item: (item.is_red, item.seconds), reverse=True)[:BARS]
    free = [0.0] * LANES
    bars = []
    for item in sorted(picked, key=lambda item: item.began):
        lane = next((number for number, until in enumerate(free) if until <= item.began + 0.0005), LANES - 1)
        free[lane] = item.began + item.seconds
        label = text(f'{item.name}, {item.status}, {item.seconds * 1000:.0f} ms')
        left, width = (item.began - start) * 100 / whole, item.seconds * 100 / whole
        bars.append(
            f'<a href="#{names[id(item)]}" class="{CLASSES[item.status]}" title="{label}" aria-label="{label}" '
            f'tabindex="-1" style="left:{left:.2f}%;width:{width:.2f}%;top:{lane * 0.8:.1f}rem"></a>'
        )
    height = (sum(map(bool, free)) or 1) * 0.8
    return (
        f'<div class="timeline" style="height:{height:.1f}rem">{"".join(bars)}</div>'
        f'<p class="scale"><span>0 s</span><span>{whole:.1f} s</span></p>'
    )


def _slowest(run: RunResult, names: Names) -> str:
    slowest = sorted(run.scenarios(), key=lambda scenario: scenario.seconds, reverse=True)[:SLOWEST]
    if not slowest:
        return ''
    rows = [f'{_link(item, names)} ({item.seconds * 1000:.0f} ms)' for item in slowest]
    return f'<p class="slowest">slowest: {", ".join(rows)}</p>'


def _link(scenario: ScenarioResult, names: Names) -> str:
    return f'<a href="#{names[id(scenario)]}">{text(scenario.name)}</a>'


def _failures(run: RunResult, red: list[tuple[FeatureResult, ScenarioResult]], names: Names) -> Iterator[str]:
    notes = [_paragraph('reason', run.failure)]
    if run.is_interrupted:
        notes.append(_paragraph('reason', 'Interrupted: the rest was not run.'))
    if not red:
        yield from notes
        return
    yield from ('<section class="feature" id="failures"><h2>Failures</h2>', *notes)
    yield from (_scenario(scenario, names, f'{feature.name} · ') for feature, scenario in red)
    yield '</section>'


def _feature(feature: FeatureResult, names: Names) -> Iterator[str]:
    description = ''
    if feature.description:
        description = f'<p class="about">{"<br>".join(map(text, feature.description))}</p>'
    notes = ''.join(f'<p class="note">{text(note)}</p>' for note in feature.notes)
    yield (
        f'<section class="feature"><h2>{text(feature.name)}</h2>'
        f'<p class="place">{text(feature.path)}</p>{description}{notes}'
    )
    yield from (f'{_below(item, names)}\n' for item in feature.scenarios)
    yield '</section>\n'


def _below(scenario: ScenarioResult, names: Names) -> str:
    # A scenario that failed is shown above, in full.
    if scenario.is_red:
        return f'<p class="above">{text(scenario.status)}: {_link(scenario, names)}</p>'
    return _scenario(scenario, names)


def _paragraph(kind: str, content: str) -> str:
    if not content:
        return ''
    return f'<p class="{kind}">{text(content)}</p>'


def _flaky(scenario: ScenarioResult) -> str:
    if not scenario.is_flaky:
        return ''
    return f' <span class="flaky">flaky: try {scenario.tries}</span>'


def _printed(scenario: ScenarioResult) -> str:
    if not scenario.printed:
        return ''
    return _folded('printed', f'<pre>{text(scenario.printed)}</pre>', scenario.is_red)


def _open(is_open: bool) -> str:
    if is_open:
        return ' open'
    return ''


def _scenario(scenario: ScenarioResult, names: Names, of: str = '') -> str:
    name = names[id(scenario)]
    tags = ' '.join(f'<span class="tag">@{text(tag)}</span>' for tag in scenario.tags)
    notes = ''.join(_paragraph('note', note) for note in scenario.notes)
    return (
        f'<details class="scenario {CLASSES[scenario.status]}" id="{name}" data-status="{scenario.status}"'
        f'{_open(scenario.is_red)}>'
        f'<summary><span class="status">{text(scenario.status)}</span>'
        f'<span class="title"><small>{text(of)}</small><span class="name">{text(scenario.name)}</span>'
        f'{_flaky(scenario)} {tags}</span>'
        f'<span class="took">{scenario.seconds * 1000:.0f} ms</span></summary><div class="body">'
        f'<p class="place"><a href="#{name}" aria-label="link to this scenario">'
        f'{text(scenario.path)}:{scenario.line}</a></p>'
        f'{_paragraph("reason", scenario.reason)}{notes}{_steps(scenario, name)}{_printed(scenario)}'
        f'{_earlier(scenario)}{_to_copy("repeat", scenario.repeat)}</div></details>'
    )


def _folded(title: str, content: str, is_open: bool = False) -> str:
    return f'<details class="more"{_open(is_open)}><summary>{title}</summary>{content}</details>'


def _earlier(scenario: ScenarioResult) -> str:
    rows = []
    for number, earlier in enumerate(scenario.earlier, 1):
        bad = ''.join(
            f'<li class="fail"><p class="line"><b>{text(step.keyword)}</b> {text(step.live or step.text)}</p>'
            f'{_problem(step)}</li>'
            for step in earlier.bad_steps()
        )
        reason = _paragraph('reason', earlier.reason)
        took = f'{earlier.seconds * 1000:.0f} ms'
        rows.append(_folded(f'try {number}: {text(earlier.status)}, {took}', f'{reason}<ol class="steps">{bad}</ol>'))
    return ''.join(rows)


def _steps(scenario: ScenarioResult, name: str) -> str:
    # The steps that passed before the first problem are folded: they are seldom of interest.
    first = next((number for number, step in enumerate(scenario.steps) if step.problem), 0)
    rows = [_step(scenario, step, name) for step in scenario.steps]
    before, rest = rows[:first], rows[first:]
    folded = ''
    if before:
        folded = _folded(f'{quantity(len(before), "step")} passed before', f'<ol class="steps">{"".join(before)}</ol>')
    return f'{folded}<ol class="steps">{"".join(rest)}</ol>'


def _step(scenario: ScenarioResult, step: StepResult, name: str) -> str:
    written = below = exchange = problem = place = ''
    if step.live and step.live != step.text:
        written = f' title="{text(step.text)}"'
    if step.below:
        below = f'<pre>{text(step.below)}</pre>'
    has_call = 0 <= step.exchange < len(scenario.exchanges)
    if has_call and step is _owner(scenario, step.exchange):
        exchange = _exchange(scenario.exchanges[step.exchange], scenario.is_red)
    if step.problem:
        anchor = f'{name}-step-{step.line}'
        place = f'<a class="at" id="{anchor}" href="#{anchor}">{text(step.path)}:{step.line}</a>'
        problem = f'<div class="pair">{_problem(step)}{_beside(scenario, step, has_call)}</div>'
    return (
        f'<li class="{CLASSES.get(step.status, "skip")}"><p class="line"><b>{text(step.keyword)}</b> '
        f'<span{written}>{text(step.live or step.text)}</span>{place}</p>'
        f'{below}{problem}{exchange}</li>'
    )


def _owner(scenario: ScenarioResult, exchange: int) -> StepResult | None:
    # A call is shown below the first step that failed on its answer, else below the step that made it.
    steps = [step for step in scenario.steps if step.exchange == exchange]
    bad = [step for step in steps if step.problem]
    made = [step for step in steps if step.group == 'when']
    return next(iter([*bad, *made]), None)


def _beside(scenario: ScenarioResult, step: StepResult, has_call: bool) -> str:
    if not has_call:
        return ''
    shown = answer(scenario.exchanges[step.exchange]['response_body'], pointers(step))
    if not shown:
        return ''
    return f'<div class="answer"><h4>the answer</h4><pre tabindex="0">{shown}</pre></div>'


def _problem(step: StepResult) -> str:
    problem = step.problem or Explanation()
    rows = []
    if problem.text:
        rows.append(f'<p>{text(problem.text)}</p>')
    if problem.expected or problem.actual:
        expected, actual = differing(problem.expected, problem.actual)
        rows.append(
            f'<dl class="values"><dt>expected</dt><dd><code>{expected}</code></dd>'
            f'<dt>actual</dt><dd><code>{actual}</code></dd></dl>'
        )
    if problem.detail:
        rows.append(f'<pre tabindex="0">{detail(problem.detail)}</pre>')
    rows += [f'<p class="hint">{text(hint)}</p>' for hint in problem.hints]
    return f'<div class="problem">{"".join(rows)}</div>'


def _exchange(exchange: dict[str, Any], is_whole: bool) -> str:
    sent = _message(exchange['request_headers'], exchange['request_body'], is_whole)
    got = _message(exchange['response_headers'], exchange['response_body'], is_whole)
    curl = ''
    if is_whole:
        curl = _to_copy('as curl', exchange['curl'])
    return (
        f'<details class="exchange"><summary>{text(exchange["summary"])}</summary>'
        f'<h4>sent</h4>{sent}<h4>received</h4>{got}</details>{curl}'
    )


def _to_copy(label: str, line: str) -> str:
    if not line:
        return ''
    return f'<p class="copy"><span>{label}</span> <code tabindex="0">{text(line)}</code></p>'


def _message(headers: dict[str, str], body: str, is_whole: bool) -> str:
    lines: Iterable[str] = [f'{name}: {value}' for name, value in headers.items()]
    shown = pretty(body)
    if not is_whole and len(shown) > BRIEF:
        shown = f'{shown[:BRIEF]}…'
    return f'<pre>{text(chr(10).join([*lines, "", shown]).strip())}</pre>'
