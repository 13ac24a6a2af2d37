"""A project's own Python: its environment.py and steps, loaded and run by behave's rules."""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

from zatools.apitest.failures import StepBroken, StepFailed, StepProblem
from zatools.apitest.project.files import shown
from zatools.apitest.shim import instead
from zatools.apitest.state import current
from zatools.apitest.steps.index import outline
from zatools.errors import InvalidError
from zatools.place import Place, Problem

if TYPE_CHECKING:
    from zatools.apitest.state.context import Context

GROUPS = ('given', 'when', 'then')


class HookError(Exception):
    """A hook of the project failed."""


class ProjectCode:
    """The hooks and steps of a project; empty where it has none, and then behave's runner isn't even imported."""

    def __init__(self) -> None:
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
        # Said once, by whatever ended it.
        if not self.is_aborted or self.behave.aborted:
            return ''
        self.behave._set_root_attribute('aborted', True)
        return f'the project ended the run: {self.runner.reason}'.removesuffix(': ')

    @property
    def has_steps(self) -> bool:
        """Tells whether the project has steps of its own."""
        return self.registry is not None and any(self.registry.steps.values())

    def find(self, step: Any) -> Any:
        """Returns behave's match of a step, None where the project has no such step."""
        return self.registry.find_match(step) if self.has_steps else None

    def is_own(self, group: str, text: str) -> bool:
        """Tells whether the project has a step of the very text of one of ours."""
        return bool(self.overridden) and (group, outline(text)) in self.overridden

    def run_hook(self, name: str, context: Context | None, *arguments: Any) -> None:
        """Runs a hook, if there is one; what it sets as `context.zato` is the state from there on."""
        hook = self.hooks.get(name)
        if hook is None:
            return
        if context is not None:
            self.lend(context)
        try:
            with self.behave.use_with_user_mode():
                hook(self.behave, *arguments)
        except SystemExit:
            raise HookError(f'the hook {name} wants to end the run') from None
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            # Some are no Exception: what pytest.fail and a cancelled coroutine raise.
            raise HookError(f'the hook {name} failed: {said(error)}') from error
        if why := self._why_aborted():
            raise HookError(f'{why} (hook {name})')
        if context is not None:
            self.take_back(context)

    def lend(self, context: Context) -> None:
        """Shows the state to the project's code."""
        if getattr(self.behave, 'zato', None) is not context.zato:
            with self.behave._use_with_behave_mode():
                self.behave.zato = context.zato

    def take_back(self, context: Context) -> None:
        """Makes what the project's code set as the state ours."""
        found = getattr(self.behave, 'zato', None)
        if found is not None and found is not context.zato:
            context.zato = found

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

    def clean_up(self, what: Callable[[], Any]) -> None:
        """Runs clean-ups that the project's code asked for; raises HookError at the first that failed."""
        try:
            what()
        except SystemExit:
            raise HookError('a clean-up wants to end the run') from None
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise HookError(f'a clean-up failed: {said(error)}') from error

    def end(self) -> None:
        """Runs the hook after all, and then the clean-ups of the whole run, whatever the hook does."""
        try:
            self.run_hook('after_all', None)
        finally:
            if self.behave is not None:
                self.clean_up(self.behave._do_remaining_cleanups)

    def run_step(self, match: Any, step: Any, context: Context) -> None:
        """Runs a step of the project's own; raises StepProblem where it fails."""
        self.lend(context)
        self.behave.text, self.behave.table = step.text, step.table
        try:
            match.run(self.behave)
        except StepProblem:
            raise
        except AssertionError as error:
            raise StepFailed(str(error).strip() or said(error)) from error
        except SystemExit:
            raise StepBroken('the step wants to end the run') from None
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise StepBroken(said(error)) from error
        finally:
            self.take_back(context)
        if why := self._why_aborted():
            raise StepBroken(why)


def said(error: BaseException) -> str:
    """Returns an exception of a project's code as a sentence with its place."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _is_foreign(frame.filename)]
    where = f' ({shown(Path(frames[-1].filename))}:{frames[-1].lineno})' if frames else ''
    text = str(error).strip()
    if isinstance(error, AssertionError):
        return f'{text or frames[-1].line if frames else text}{where}'
    return f'{type(error).__name__}: {text}{where}' if text else f'{type(error).__name__}{where}'


def _is_foreign(path: str) -> bool:
    ours = str(Path(__file__).parents[2])
    return path.startswith((ours, '<')) or 'site-packages' in path or path.startswith(os.path.dirname(os.__file__))


def load(features: Path) -> ProjectCode:
    """Loads environment.py and steps/*.py; raises InvalidError with the place of what is wrong."""
    code = ProjectCode()
    environment = features / 'environment.py'
    steps = sorted(path for path in (features / 'steps').glob('*.py') if path.name != '__init__.py')
    if not environment.is_file() and not steps:
        return code
    from behave import step_registry

    code.text = '\n'.join(path.read_text('utf-8', 'replace') for path in (environment, *steps) if path.is_file())
    code.registry = step_registry.registry
    code.registry.clear()
    code.registry.RAISE_ERROR_ON_BAD_STEP_DEFINITION = True
    for folder in (features, Path.cwd()):
        sys.path.insert(0, str(folder))
    if environment.is_file():
        names = _execute(environment, {})
        code.hooks = {
            name: value for name, value in names.items() if callable(value) and name.startswith(('before_', 'after_'))
        }
    sys.path.insert(0, str(features / 'steps'))
    for path in steps:
        _execute(path, _step_names())
    sys.path.remove(str(features / 'steps'))
    code.behave = _behave_context(code, features)
    _find_overrides(code)
    return code


def _step_names() -> dict[str, Any]:
    from behave import matchers, step_registry

    names = {name: getattr(step_registry, name) for kind in (*GROUPS, 'step') for name in (kind, kind.title())}
    names |= {'use_step_matcher': matchers.use_step_matcher, 'step_matcher': matchers.use_step_matcher}
    matchers.use_step_matcher('parse')
    return names


def _execute(path: Path, names: dict[str, Any]) -> dict[str, Any]:
    label = shown(path)
    try:
        code: CodeType = compile(path.read_bytes(), str(path), 'exec', dont_inherit=True)
        names |= {'__file__': str(path), '__name__': 'builtins'}
        exec(code, names)
    except SyntaxError as error:
        place = Place(label, error.lineno or 1, error.offset or 1)
        raise InvalidError('', problems=[Problem(place, f'this is no Python: {error.msg}')]) from None
    except ImportError as error:
        raise _not_imported(error, path) from None
    except InvalidError:
        raise
    except Exception as error:
        raise _broken(error, path) from None
    return names


def _not_imported(error: ImportError, path: Path) -> InvalidError:
    place, module = f'{shown(path)}:{_line(error, path)}', error.name or ''
    match = re.match(r"cannot import name '(\w+)'", str(error))
    name = f'{module}.{match[1]}' if match else module
    if hint := instead(name):
        return InvalidError(f"{place}: imports '{name}', which zatools does not have", hint)
    if not isinstance(error, ModuleNotFoundError):
        return InvalidError(f'{place}: {str(error).partition(" (")[0]}')
    package = module.partition('.')[0]
    return InvalidError(f"{place}: imports '{module}', which is not installed", f'install it: pip install {package}')


def _broken(error: Exception, path: Path) -> InvalidError:
    text = str(error).strip() or type(error).__name__
    if type(error).__name__ == 'AmbiguousStep':
        words = ' '.join(text.split()).replace('has already been defined in existing step', 'is the same step as')
        return InvalidError(f'{shown(path)}:{_line(error, path)}: {words}', 'delete or rename one of the two')
    return InvalidError(f'{shown(path)}:{_line(error, path)}: {type(error).__name__}: {text}')


def _line(error: BaseException, path: Path) -> int:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return (lines[-1] if lines else None) or 1


def _behave_context(code: ProjectCode, features: Path) -> Any:
    from behave.configuration import Configuration
    from behave.runner import Context as BehaveContext

    class OurContext(BehaveContext):  # type: ignore[misc]
        """behave's context, whose `execute_steps` knows our steps too."""

        def execute_steps(self, text: str) -> bool:
            """Runs steps; raises AssertionError with the first that does not pass."""
            from zatools.apitest.running.one_step import run_texts

            before = getattr(self, 'text', None), getattr(self, 'table', None)
            run_texts(code, current.active(), text)
            with self._use_with_behave_mode():
                self.text, self.table = before
            return True

        def abort(self, reason: str | None = None) -> None:
            """Ends the run: no other scenario is begun."""
            code.runner.abort(reason or '')

    # behave's own files of options are not read, and hooks print where they like.
    config = Configuration(['--no-color', '--no-source'], load_config=False)
    config.base_dir, config.capture_hooks = str(features), False
    code.runner = _Runner(config, code.registry, code.hooks)
    context = OurContext(code.runner)
    context.on_cleanup_error = _let_pass
    context.log_capture = context.stdout_capture = context.stderr_capture = None
    return context


def _let_pass(context: Any, what: Any, error: Exception) -> None:
    # An error that ends a scenario is told there; one that doesn't is printed, as behave does.
    if not context.fail_on_cleanup_errors:
        context.print_cleanup_error(context, what, error)


class _Runner:
    """What behave's context asks of its runner."""

    def __init__(self, config: Any, registry: Any, hooks: Any) -> None:
        self.config, self.step_registry, self.hooks = config, registry, hooks
        self.aborted, self.reason = False, ''
        self.formatters: list[Any] = []
        self.captured = None

    def abort(self, reason: str = '') -> None:
        """Is called by projects that want to end the run."""
        self.aborted, self.reason = True, reason


def _find_overrides(code: ProjectCode) -> None:
    from zatools.apitest.steps import index

    for group in (*GROUPS, 'step'):
        for matcher in code.registry.steps[group]:
            words = _quoted(str(matcher.pattern))
            for kind in GROUPS if group == 'step' else (group,):
                if index().find(kind, words):
                    code.overridden.add((kind, outline(words)))


def _quoted(pattern: str) -> str:
    # A pattern of the parse matcher as a step: its fields are values.
    return re.sub(r'\{[^{}]*\}', 'x', pattern)
