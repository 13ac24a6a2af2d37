"""Scenarios that others call: run once in a run, by whichever process comes first; the others take what it stored."""

from __future__ import annotations

import fcntl
import hashlib
import pickle
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zatools.apitest.failures import StepBroken
from zatools.apitest.gherkin import reader
from zatools.apitest.project.config import Selected
from zatools.apitest.project.files import shown
from zatools.apitest.report.results import PASSED
from zatools.apitest.state import current
from zatools.apitest.state.context import Context, copied
from zatools.apitest.values.bunch import Bunch
from zatools.place import nearest

if TYPE_CHECKING:
    from zatools.apitest.report.results import ScenarioResult
    from zatools.apitest.running.feature import Run


@dataclass
class Shared:
    """Where processes of one run keep what called scenarios stored; a folder that only we can read."""

    folder: str = ''
    running: list[tuple[str, int, str]] = field(default_factory=list)
    called: set[tuple[str, int]] = field(default_factory=set)
    planned: set[tuple[str, int]] = field(default_factory=set)

    def open(self) -> None:
        """Makes the folder."""
        self.folder = tempfile.mkdtemp(prefix='apitest-')

    def close(self) -> None:
        """Removes the folder."""
        import shutil

        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = ''


def take(run: Run, caller: Context, name: str, file: str, max_age: float) -> None:
    """Gives the caller what a scenario stored; runs it first unless it ran in the last seconds."""
    feature, scenario = find(caller, name, file)
    key = key_of(feature, scenario)
    if key in run.shared.running:
        circle = [*run.shared.running[run.shared.running.index(key) :], key]
        raise StepBroken(' runs '.join(name for _, _, name in circle), at='name')
    if not run.shared.folder:
        run.shared.open()
    with _stored(run, key) as store:
        kept = pickle.loads(store.read_bytes()) if store.exists() else None
        if kept is None or time.time() - kept['time'] >= max_age:
            kept = _run(run, caller, feature, scenario)
            store.write_bytes(pickle.dumps(kept))
    run.secrets.add(kept['secrets'])
    if kept['error']:
        raise StepBroken(kept['error'], at='name', detail=kept['detail'])
    caller.zato.user_ctx.update(kept['values'])


def key_of(feature: reader.Feature, scenario: Any) -> tuple[str, int, str]:
    """Returns what a scenario is known by in a run; its name is for readers."""
    return str(feature.path.resolve()), scenario.line, scenario.name


@contextmanager
def _stored(run: Run, key: tuple[str, int, str]) -> Iterator[Path]:
    # The file of what a scenario stored, which is ours alone for as long as this lasts.
    digest = hashlib.sha256(repr(key).encode()).hexdigest()[:32]
    with Path(run.shared.folder, f'{digest}.lock').open('w') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield Path(run.shared.folder, f'{digest}.values')


def own(
    run: Run, context: Context, feature: reader.Feature, scenario: Any, play: Callable[[], ScenarioResult]
) -> ScenarioResult:
    """Runs a scenario of the run's own files, unless another has called it before; keeps it for those that will."""
    key = key_of(feature, scenario)
    if key[:2] not in run.shared.called or not run.shared.folder:
        return play()
    with _stored(run, key) as store:
        kept = pickle.loads(store.read_bytes()) if store.exists() else None
        if kept and kept['result'] and not kept['error']:
            run.secrets.add(kept['secrets'])
            context.zato.user_ctx.update(kept['values'])
            context.zato.request.update(kept['request'])
            context.zato.http.update(kept['http'])
            context.zato.auth = kept['auth']
            return kept['result']  # type: ignore[no-any-return]
        result = play()
        if result.status == PASSED:
            store.write_bytes(pickle.dumps(_kept(run, context, result)))
        return result


def _kept(run: Run, context: Context, result: ScenarioResult) -> dict[str, Any]:
    # What the scenario leaves: an XML tree or an open file can't go to another process, so it runs there again.
    values = {name: value for name, value in context.zato.user_ctx.items() if _can_travel(value)}
    request = {name: value for name, value in context.zato.request.items() if name != 'data_impl' or _can_travel(value)}
    state = {'request': request, 'http': dict(context.zato.http), 'auth': context.zato.auth}
    try:
        pickle.dumps(state)
        is_whole = request.keys() == context.zato.request.keys()
    except (pickle.PicklingError, TypeError, AttributeError):
        is_whole, state = False, {}
    error, detail = _why(result)
    return {'time': time.time(), 'values': values, 'secrets': list(run.secrets.values()), 'error': error,
            'detail': detail, 'result': result if is_whole else None, **state}  # fmt: skip


def find(caller: Context, name: str, file: str) -> tuple[reader.Feature, Any]:
    """Returns the scenario of that name in a file beside the caller's, or in the project's folder."""
    folders = (caller.feature_folder, caller.project.features)
    path = next((folder / file for folder in folders if (folder / file).is_file()), None)
    if path is None:
        known = [other.name for folder in folders for other in folder.glob('*.feature')]
        near = nearest(file, known)
        hint = f"there is '{near[0]}'" if near else f'it is looked for in {shown(folders[0])}/'
        raise StepBroken(f"there is no file '{file}'", at='file', hint=hint)
    feature = reader.read(Selected(path.resolve()))
    if feature.model is None:
        raise StepBroken(f"'{shown(path)}' can't be read: {feature.problems[0].text}", at='file')
    found = [scenario for scenario in feature.scenarios if scenario.name == name]
    if not found:
        names = [scenario.name for scenario in feature.scenarios]
        near = nearest(name, names)
        hint = f"did you mean '{near[0]}'?" if near else f'it has: {", ".join(names[:8])}'
        raise StepBroken(f"there is no scenario '{name}' in '{shown(path)}'", at='name', hint=hint)
    return feature, found[0]


def _run(run: Run, caller: Context, feature: reader.Feature, scenario: Any) -> dict[str, Any]:
    from zatools.apitest.running.feature import run_scenario

    outer, state, config = current.ACTIVE, dict(current.STATE), copied(caller.zato.user_config)
    context = run.context(feature)
    # The caller's state is the process's: a called scenario works on one of its own.
    context.zato = Bunch(context.zato)
    context.zato.user_config = context.config = config
    current.STATE.clear()
    current.STATE.update(state)
    current.activate(context)
    try:
        result = run_scenario(run, context, feature, scenario)
    finally:
        context.transport.close()
        current.activate(outer)
    if (str(feature.path.resolve()), scenario.line) not in run.shared.planned:
        # Nobody else counts its calls.
        caller.called += result.calls
    return _kept(run, context, result)


def _can_travel(value: Any) -> bool:
    return value is None or isinstance(value, (str, int, float, bool, list, dict))


def _why(result: ScenarioResult) -> tuple[str, list[str]]:
    # The sentence, and the lines that show the cause: its step, both values, its call.
    if not result.is_red:
        return '', []
    for step in result.bad_steps():
        problem = step.problem
        reason = problem.text if problem and problem.text else 'a check failed'
        rows = [f'{step.keyword} {step.text}']
        if problem and problem.expected:
            rows += [f'expected  {problem.expected}', f'got       {problem.actual}']
        rows += [*(problem.detail if problem else ()), *(exchange['summary'] for exchange in result.exchanges[-1:])]
        return f"scenario '{result.name}' failed at {step.path}:{step.line}: {reason}", rows
    return f"scenario '{result.name}' failed: {result.reason}", []
