"""`docs/testing.md`: each of its examples is run, as a project of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.server.running import write

PAGE = (ROOT / 'docs' / 'testing.md').read_text(encoding='utf-8')
BLOCKS = dict(re.findall(r'```\w+\n# (\S+)\n(.*?)```\n', PAGE, re.DOTALL))
TESTS = sorted(name for name in BLOCKS if name.startswith('tests/'))
PASSED = re.compile(r'(\d+) passed')


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(tmp_path, BLOCKS)


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(('ZATO', 'PYTEST', 'COV'))}
    environ |= {'PYTHONPATH': '', 'PYTHONDONTWRITEBYTECODE': '1'}
    command = [sys.executable, '-m', *words]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=120)


def test_every_block_of_python_on_the_page_is_a_file() -> None:
    assert len(BLOCKS) == PAGE.count('```python\n') + PAGE.count('```ini\n')
    assert len(TESTS) == 7


def test_the_readme_shows_what_is_on_the_page() -> None:
    readme = (ROOT / 'README.md').read_text(encoding='utf-8')
    (example,) = re.findall(r'```python\n(.*?)```\n', readme, re.DOTALL)
    assert any(example in block for block in BLOCKS.values())
    table = readme.partition('| | zato-testing 4.1.4 | `zatools.testing` |\n')[2].partition('\n\n')[0].splitlines()
    assert len(table) > 5
    for row in table[1:]:
        assert row.removesuffix(' |') in PAGE, row


def test_all_examples_pass(project: Path) -> None:
    count = sum(BLOCKS[name].count('def test_') for name in TESTS)
    result = run(project, 'pytest', '-p', 'no:cacheprovider')
    found = PASSED.search(result.stdout)
    assert found, result.stdout + result.stderr
    assert (result.returncode, int(found[1])) == (0, count), result.stdout
    # What is published or planned is kept in memory.
    assert list(project.rglob('*.sqlite*')) == []


@pytest.mark.parametrize('name', ['tests/test_in_a_class.py', 'tests/test_of_the_vendor.py'])
def test_examples_of_classes_pass_with_unittest_too(project: Path, name: str) -> None:
    result = run(project, 'zatools.testing', 'discover', '-s', 'tests', '-p', Path(name).name)
    assert (result.returncode, 'Ran 1 test' in result.stderr) == (0, True), result.stderr


def test_a_test_that_should_fail_does(project: Path) -> None:
    path = project / 'tests' / 'test_users.py'
    path.write_text(path.read_text().replace("'account': '123456'}", "'account': '0'}"))
    result = run(project, 'pytest', '-p', 'no:cacheprovider', 'tests/test_users.py')
    assert (result.returncode, '1 failed, 3 passed' in result.stdout) == (1, True), result.stdout


def test_coverage_has_the_lines_of_services(project: Path) -> None:
    result = run(project, 'coverage', 'run', '--source', 'services', '-m', 'pytest', '-p', 'no:cacheprovider')
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.search(r'services.users\.py +\d+ +0 +100%', run(project, 'coverage', 'report').stdout)
