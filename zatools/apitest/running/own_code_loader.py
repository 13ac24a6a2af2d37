"""A project's own Python, loaded by behave's rules: environment.py and steps/**/*.py."""

from __future__ import annotations

import re
import sys
import traceback
from pathlib import Path
from types import CodeType
from typing import Any

from zatools.apitest.project.files import shown
from zatools.apitest.running.own_code import GROUPS, ProjectCode
from zatools.apitest.running.step import run_steps_of_text
from zatools.apitest.shim import instead
from zatools.apitest.shim.process import CURRENT
from zatools.apitest.steps import index
from zatools.apitest.steps.index import outline
from zatools.errors import InvalidError
from zatools.place import Place, Problem


def load(features: Path) -> ProjectCode:
    """Loads environment.py, and all of steps/; raises InvalidError with the place of what is wrong."""
    code = ProjectCode(CURRENT)
    environment = features / 'environment.py'
    steps = sorted(path for path in (features / 'steps').rglob('*.py') if _has_steps(path))
    if not environment.is_file() and not steps:
        return code
    from behave import step_registry

    code.text = '\n'.join(path.read_text('utf-8', 'replace') for path in (environment, *steps) if path.is_file())
    code.registry = step_registry.registry
    code.registry.clear()
    code.registry.RAISE_ERROR_ON_BAD_STEP_DEFINITION = True
    # These are behave's paths: hooks import from the folder of features, and steps from their own folder too.
    for folder in (features, Path.cwd()):
        sys.path.insert(0, str(folder))
    if environment.is_file():
        code.hooks = _hooks(_execute(environment, {}))
    sys.path.insert(0, str(features / 'steps'))
    for path in steps:
        _execute(path, _step_names())
    sys.path.remove(str(features / 'steps'))
    code.behave = _behave_context(code, features)
    _find_overrides(code)
    return code


def _has_steps(path: Path) -> bool:
    # A folder of steps has no __init__.py; one that has is a package, which modules of steps import as they need it.
    folder = path.parent
    return path.name != '__init__.py' and (folder.name == 'steps' or not (folder / '__init__.py').is_file())


def _hooks(names: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in names.items() if callable(value) and name.startswith(('before_', 'after_'))}


def _step_names() -> dict[str, Any]:
    from behave import matchers, step_registry

    # behave gives these names to modules of steps, which need not import them.
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
        # A module of the project may raise anything.
        raise _broken(error, path) from None
    return names


def _not_imported(error: ImportError, path: Path) -> InvalidError:
    place, module = f'{shown(path)}:{_line(error, path)}', error.name or ''
    name = module
    if match := re.match(r"cannot import name '(\w+)'", str(error)):
        name = f'{module}.{match[1]}'
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
    # The innermost line of the module itself; where it could not be compiled, it has none.
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    *_, last = [1, *lines]
    return last or 1


def _behave_context(code: ProjectCode, features: Path) -> Any:
    from behave.configuration import Configuration
    from behave.runner import Context as BehaveContext

    class OurContext(BehaveContext):  # type: ignore[misc]
        """behave's context, whose `execute_steps` knows our steps too."""

        def execute_steps(self, text: str) -> bool:
            """Runs steps; raises AssertionError at the first that does not pass."""
            before = getattr(self, 'text', None), getattr(self, 'table', None)
            run_steps_of_text(code, code.current.active(), text)
            with self._use_with_behave_mode():
                self.text, self.table = before
            return True

        def abort(self, reason: str | None = None) -> None:
            """Ends the run: no other scenario begins."""
            code.runner.abort(reason or '')

    # A run has its own options, so behave's files of options are not read; its output is masked, not captured.
    config = Configuration(['--no-color', '--no-source'], load_config=False)
    config.base_dir, config.capture_hooks = str(features), False
    code.runner = _Runner(config, code.registry, code.hooks)
    context = OurContext(code.runner)
    context.on_cleanup_error = _print_tolerated
    context.log_capture = context.stdout_capture = context.stderr_capture = None
    return context


def _print_tolerated(context: Any, what: Any, error: Exception) -> None:
    # An error that fails the scenario is reported there; one that the project tolerates is only printed, as by behave.
    if not context.fail_on_cleanup_errors:
        context.print_cleanup_error(context, what, error)


class _Runner:
    """The part of behave's runner that its context uses."""

    def __init__(self, config: Any, registry: Any, hooks: Any) -> None:
        self.config, self.step_registry, self.hooks = config, registry, hooks
        self.aborted, self.reason = False, ''
        self.formatters: list[Any] = []
        self.captured = None

    def abort(self, reason: str = '') -> None:
        """Ends the run; projects call this."""
        self.aborted, self.reason = True, reason


def _find_overrides(code: ProjectCode) -> None:
    for group in GROUPS:
        # A step that is registered with @step belongs to every group.
        for matcher in (*code.registry.steps[group], *code.registry.steps['step']):
            words = _with_values(str(matcher.pattern))
            if index().find(group, words):
                code.overridden.add((group, outline(words)))


def _with_values(pattern: str) -> str:
    # Makes a step of a pattern of the parse matcher, so that it can be looked up as one.
    return re.sub(r'\{[^{}]*\}', 'x', pattern)
