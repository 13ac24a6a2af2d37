"""Files that import each other: each is loaded after what it imports, and again whenever that was."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.server.running import write
from zatools import legacy
from zatools.server.api.modules import MODULES
from zatools.server.project.loader import Loader

#: Stems in an order of names that is none of dependency, and what is in the files.
CHAIN = {
    'zbase.py': (
        'from zato.server.service import Service\nclass Base(Service):\n    version = 1\n    def handle(self): pass\n'
    ),
    'mid.py': 'import zbase\nclass Mid(zbase.Base):\n    pass\n',
    'aleaf.py': "from mid import Mid\nclass Leaf(Mid):\n    name = 'leaf'\n",
}
COMMON = 'VERSION = 1\n'
USER = "from common import VERSION\nfrom zato.server.service import Service\nclass Leaf(Service):\n    name = 'leaf'\n"
USER += '    version = VERSION\n    def handle(self): pass\n'


@pytest.fixture
def loader(tmp_path: Path) -> Iterator[Loader]:
    before = set(sys.modules)
    (tmp_path / 'p' / 'services').mkdir(parents=True)
    with legacy.resolving(MODULES):
        yield Loader(tmp_path / 'p' / 'services', tmp_path / 'p')
    for name in set(sys.modules) - before:
        del sys.modules[name]


def load(loader: Loader, files: Mapping[str, str]) -> list[str]:
    """Writes files, and returns what is told of them."""
    write(loader.folder, files)
    return [f'{problem}; {problem.hint}'.rstrip('; ') for problem in loader.load()]


def version(loader: Loader) -> int:
    return loader.services()['leaf'].cls.version  # type: ignore[attr-defined, no-any-return]


def test_a_file_is_loaded_after_what_it_imports(loader: Loader) -> None:
    assert load(loader, CHAIN) == []
    assert version(loader) == 1


@pytest.mark.parametrize(
    'middle', [CHAIN['mid.py'], 'try:\n    from zbase import *\nexcept OSError:\n    pass\nMid = Base\n']
)
def test_a_change_reaches_what_imports_it_through_others(loader: Loader, middle: str) -> None:
    load(loader, {**CHAIN, 'mid.py': middle})
    assert load(loader, {'zbase.py': CHAIN['zbase.py'].replace('1', '2')}) == []
    assert version(loader) == 2


def test_a_value_that_is_imported_is_imported_again(loader: Loader) -> None:
    load(loader, {'common.py': COMMON, 'use.py': USER})
    assert load(loader, {'common.py': 'VERSION = 2\n'}) == []
    assert version(loader) == 2


@pytest.mark.parametrize(
    'first', [{'common.py': 'VERSION = (\n'}, {'common.py': 'import later\nVERSION = later.VERSION\n'}]
)
def test_what_could_not_be_imported_is_tried_again_when_it_can(loader: Loader, first: dict[str, str]) -> None:
    told = load(loader, {**first, 'use.py': USER})
    assert told[1] == (
        "p/services/use.py:1:1: ModuleNotFoundError: No module named 'common': the file is not loaded; "
        'p/services/common.py is not loaded either'
    )
    assert load(loader, {'other.py': ''}) == []
    assert load(loader, {'common.py': COMMON} if 'later' not in first['common.py'] else {'later.py': COMMON}) == []
    assert version(loader) == 1


def test_a_broken_one_keeps_what_imports_it_as_it_was(loader: Loader) -> None:
    load(loader, CHAIN)
    before = loader.services()
    assert load(loader, {'zbase.py': 'def (\n'}) == ['p/services/zbase.py:1:5: invalid syntax: the file is not loaded']
    assert loader.services() == before
    load(loader, {'zbase.py': CHAIN['zbase.py'].replace('1', '3')})
    assert version(loader) == 3


def test_files_that_import_each_other_are_told_so(loader: Loader) -> None:
    assert load(loader, {'a.py': 'import b\n', 'b.py': 'import a\n'}) == [
        "p/services/b.py:1:1: ModuleNotFoundError: No module named 'a': the file is not loaded; "
        'p/services/a.py needs this one in turn',
        "p/services/a.py:1:1: ModuleNotFoundError: No module named 'b': the file is not loaded; "
        'p/services/b.py is not loaded either',
    ]


def test_imports_in_functions_and_for_types_make_no_circle(loader: Loader) -> None:
    a = 'from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import b\nVERSION = 1\n'
    assert load(loader, {'a.py': a, 'b.py': 'import a\n\n\ndef f():\n    import c\n', 'c.py': 'import b\n'}) == []


def test_what_is_wrong_is_told_once_until_it_changes(loader: Loader) -> None:
    leaf = CHAIN['zbase.py'].replace('Base', 'Leaf') + "    name = 'leaf'\n"
    double = ["p/services/b.py:2:1: service 'leaf' is in p/services/a.py:2 too: that one is used"]
    double[0] += '; give one of them another name'
    assert load(loader, {'a.py': leaf, 'b.py': leaf}) == double
    assert load(loader, {'c.py': ''}) == []
    assert load(loader, {'b.py': leaf.replace('leaf', 'other')}) == []
    assert load(loader, {'b.py': leaf}) == double
    broken = ['p/services/c.py:1:5: invalid syntax: the file is not loaded']
    assert load(loader, {'c.py': 'def (\n'}) == broken
    assert load(loader, {'d.py': ''}) == []
    # Saved again, and still not mended.
    assert load(loader, {'c.py': 'def (\n\n'}) == broken


def test_a_file_that_is_loaded_for_long_is_told_of_meanwhile(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    told, lines = threading.Event(), []

    class Tells(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())
            told.set()

    handler = Tells()
    monkeypatch.setattr('zatools.server.project.loader.SLOW', 0)
    monkeypatch.setattr('builtins.told', told, raising=False)
    log = logging.getLogger('zatools.server')
    log.addHandler(handler)
    try:
        assert load(loader, {'slow.py': 'told.wait(60)\n'}) == []
    finally:
        log.removeHandler(handler)
    assert lines == ['p/services/slow.py is still being loaded, after 0 seconds: until it is, no other file is']
