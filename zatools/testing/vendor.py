"""`zato_testing` for tests that were written for that: its documented behaviour, where it is another than ours."""

from __future__ import annotations

import inspect
from functools import cached_property
from pathlib import Path
from typing import Any

from zatools.server.api.zato_service import Model, Service
from zatools.server.project.config import ENDINGS
from zatools.testing import case
from zatools.testing.stage import Stage

__all__ = ['Model', 'Service', 'ServiceTestCase']


class ServiceTestCase(case.ServiceTestCase):
    """A test of services as zato-testing runs them: of a service `handle` alone, and its input as it was given."""

    generation = '4.1'
    #: The path of a file of configuration, beside those of the project.
    config: Any = ''

    @cached_property
    def stage(self) -> Stage:
        """Where the services of this test run."""
        stage = Stage(self.folder or inspect.getfile(type(self)), self.generation, is_strict=False)
        folder = stage.folders.config
        for path in sorted(folder.glob('*')):
            if path.suffix in ENDINGS:
                _take(stage, path)
        if self.config:
            _take(stage, _found(self.config, Path(inspect.getfile(type(self)))))
        return stage

    def set_config(self, name: Any, value: Any = None) -> None:
        """Sets an option of the configuration, or reads the file of that path."""
        if value is None and Path(name).suffix in ENDINGS:
            _take(self.stage, _found(name, Path(inspect.getfile(type(self)))))
        else:
            self.stage.set_config(name, value)


def _found(given: Any, test: Path) -> Path:
    path = Path(given).expanduser()
    if path.is_absolute() or path.exists():
        return path
    return test.parent / path


def _take(stage: Stage, path: Path) -> None:
    # There values are texts, sections are split at dots, and stand below the name of the file or alone.
    from configobj import ConfigObj

    content = ConfigObj(str(path), interpolation=False, file_error=True, list_values=False, encoding='utf-8-sig')
    for section, options in content.items():
        if not isinstance(options, dict):
            stage.set_config(f'{path.stem}.{section}', options)
            continue
        for name, value in options.items():
            if section.partition('.')[0] != path.stem:
                stage.set_config(f'{path.stem}.{section}.{name}', value)
            stage.set_config(f'{section}.{name}', value)
