"""A project's own Python: its hooks and steps run as behave would run them."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zatools.apitest.failures import StepBroken, StepFailed, StepProblem
from zatools.apitest.gherkin.model import Scenario, Step
from zatools.apitest.project.files import shown
from zatools.apitest.report.results import PASSED, SKIPPED
from zatools.apitest.state.context import Context
from zatools.apitest.state.current import Current
from zatools.apitest.steps.index import outline

GROUPS = ('given', 'when', 'then')


class HookError(Exception):
    """A hook of the project failed."""


class ProjectCode:
    """The hooks and steps of a project.

    Where a project has none, this is empty, and behave's runner, which takes time, isn't imported.
    """

    def __init__(self, current: Current | None = None) -> None:
        self.current = current or Current()
        self.hooks: dict[str, Callable[..., Any]] = {}
        self.registry: Any = None
        self.behave: Any = None
        self.runner: Any = None
        self.overridden: set[tuple[str, str]] = set()
        self.keeps_state = False
        self.text = ''

    @property
    def is_aborted(self) -> bool:
        """Tells whether the project ended the run."""
        return self.runner is not None and self.runner.aborted

    def _why_aborted(self) -> str:
        # Only the hook or step that ended the run gives the reason.
        if not self.is_aborted or self.behave.aborted:
            return ''
        self.behave._set_root_attribute('aborted', True)
        return f'the project ended the run: {self.runner.reason}'.removesuffix(': ')

    @property
    def has_steps(self) -> bool:
        """Tells whether the project has steps of its own."""
        return self.registry is not None and any(self.registry.steps.values())

    def find(self, step: Step) -> Any:
        """Returns behave's match of a step; None where the project has no such step."""
        if not self.has_steps:
            return None
        return self.registry.find_match(_of_behave(step))

    def is_own(self, group: str, text: str) -> bool:
        """Tells whether the project has a step with the text of one of ours."""
        return bool(self.overridden) and (group, outline(text)) in self.overridden

    def run_hook(self, name: str, context: Context | None, *arguments: Any) -> None:
        """Runs a hook, if there is one; a state that it sets as `context.zato` replaces ours."""
        hook = self.hooks.get(name)
        if hook is None:
            return
        if context is not None:
            self.lend(context)
        try:
            with self.behave.use_with_user_mode():
                hook(self.behave, *arguments)
        except SystemExit:
            raise HookError(f'the hook {name} called sys.exit') from None
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            # A hook may raise anything; what pytest.fail and a cancelled coroutine raise is no Exception.
            raise HookError(f'the hook {name} failed: {sentence_of(error)}') from error
        if why := self._why_aborted():
            raise HookError(f'{why} (hook {name})')
        if context is not None:
            self.take_back(context)

    def run_tag_hooks(self, name: str, context: Context, tags: Iterable[Any]) -> None:
        """Runs the hook of each tag."""
        if name not in self.hooks:
            return
        for tag in tags:
            self.run_hook(name, context, tag)

    def lend(self, context: Context) -> None:
        """Gives the project's code the state, as `context.zato`."""
        if getattr(self.behave, 'zato', None) is not context.zato:
            with self.behave._use_with_behave_mode():
                self.behave.zato = context.zato

    def take_back(self, context: Context) -> None:
        """Takes over the state that the project's code has set."""
        state = getattr(self.behave, 'zato', None)
        if state is not None and state is not context.zato:
            context.zato = state

    @contextmanager
    def layer(self, name: str, **values: Any) -> Iterator[None]:
        """Gives the project's code a layer of behave's context: a feature or a scenario."""
        if self.behave is None:
            yield
            return
        self.behave._push(layer=name)
        with self.behave._use_with_behave_mode():
            for key, value in values.items():
                setattr(self.behave, key, value)
        try:
            yield
        finally:
            self.clean_up(self.behave._pop)

    def set_step_status(self, step: Step, is_failed: bool) -> None:
        """Sets the status of behave's step, for hooks; a step that the project has skipped stays skipped."""
        from behave.model_core import Status

        if is_failed:
            step.behave.status = Status.failed
        elif step.behave.status != Status.skipped:
            step.behave.status = Status.passed

    def set_scenario_status(self, scenario: Scenario, status: str) -> None:
        """Sets the status of behave's scenario, for hooks."""
        from behave.model_core import Status

        others = {PASSED: Status.passed, SKIPPED: Status.skipped}
        scenario.behave.set_status(others.get(status, Status.failed))

    def clean_up(self, what: Callable[[], Any]) -> None:
        """Runs clean-ups that the project's code has registered; raises HookError where one fails."""
        try:
            what()
        except SystemExit:
            raise HookError('a clean-up called sys.exit') from None
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            # A clean-up may raise anything, like a hook.
            raise HookError(f'a clean-up failed: {sentence_of(error)}') from error

    def define(self, values: Iterable[str]) -> None:
        """Gives each NAME=VALUE to behave's userdata; a name without a value is true."""
        if self.runner is not None:
            pairs = (text.partition('=') for text in values)
            self.runner.config.update_userdata({name: value or 'true' for name, _, value in pairs})

    def begin(self) -> None:
        """Runs the hook before all; a state that it sets is kept for the whole run."""
        self.run_hook('before_all', None)
        self.keeps_state = 'zato' in getattr(self.behave, '_root', {})

    def end(self) -> None:
        """Runs the hook after all, and then the clean-ups of the whole run, whatever the hook does."""
        try:
            self.run_hook('after_all', None)
        finally:
            if self.behave is not None:
                self.clean_up(self.behave._do_remaining_cleanups)

    def run_step(self, match: Any, step: Step, context: Context) -> None:
        """Runs a step of the project's own; raises StepProblem where it fails."""
        self.lend(context)
        theirs = _of_behave(step)
        # In the name of behave: it would warn of code of the project's own that sets these.
        with self.behave._use_with_behave_mode():
            self.behave.text, self.behave.table = theirs.text, theirs.table
        try:
            match.run(self.behave)
        except StepProblem:
            raise
        except AssertionError as error:
            raise StepFailed(str(error).strip() or sentence_of(error)) from error
        except SystemExit:
            raise StepBroken('the step called sys.exit') from None
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            # A step may raise anything, like a hook.
            raise StepBroken(sentence_of(error)) from error
        finally:
            self.take_back(context)
        if why := self._why_aborted():
            raise StepBroken(why)


def _of_behave(step: Step) -> Any:
    if step.behave is not None:
        return step.behave
    from zatools.apitest.gherkin.quick_step import made

    return made(step)


def sentence_of(error: BaseException) -> str:
    """Returns an exception of a project's code as a sentence, with the innermost line of that code."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _is_foreign(frame.filename)]
    text = str(error).strip()
    source: str | None = ''
    where = ''
    if frames:
        source = frames[-1].line
        where = f' ({shown(Path(frames[-1].filename))}:{frames[-1].lineno})'
    if isinstance(error, AssertionError):
        # A bare assert has no text; its line says what was expected.
        return f'{text or source}{where}'
    if not text:
        return f'{type(error).__name__}{where}'
    return f'{type(error).__name__}: {text}{where}'


def _is_foreign(path: str) -> bool:
    # Code of this program, of other packages and of Python itself, which the project's code has called.
    ours = str(Path(__file__).parents[2])
    return path.startswith((ours, '<')) or 'site-packages' in path or path.startswith(os.path.dirname(os.__file__))
