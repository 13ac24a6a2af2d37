"""What a run does not use costs it nothing: libraries of steps are imported by those steps alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.apitest.harness import ROOT
from zatools.apitest import demo_api

#: Libraries that no plain call needs.
COSTLY = {
    'sqlalchemy', 'pika', 'redis', 'websocket', 'lxml', 'jsonschema', 'jsonpath', 'yaml', 'openpyxl', 'watchfiles',
    'arrow', 'rich', 'typer', 'waitress', 'werkzeug', 'schemathesis', 'hypothesis', 'multiprocessing', 'graphql',
    'psycopg', 'confluent_kafka',
}  # fmt: skip
PROGRAM = """
import json, os, sys
from zatools.apitest.commands.console import Console
from zatools.apitest.commands.run import run
code = run(sys.argv[1:], Console(os.environ, sys.stderr, sys.stderr))
print(json.dumps([code, sorted({name.partition('.')[0] for name in sys.modules})]))
"""


def modules(folder: Path, steps: str) -> set[str]:
    """Returns the libraries that a run of steps has imported."""
    (folder / 'a.feature').write_text(f'Feature: A\n\n  Scenario: A\n{steps}')
    done = subprocess.run(
        [sys.executable, '-c', PROGRAM, 'a.feature'],
        cwd=folder,
        env={'PYTHONPATH': str(ROOT)},
        capture_output=True,
        timeout=60,
    )
    code, names = json.loads(done.stdout)
    assert code == 0, done.stderr.decode()
    return set(names)


@pytest.mark.parametrize(
    ('steps', 'expected'),
    [
        ('    Given request is "{}"\n    When "POST {API}/echo" is invoked\n    Then status is "200"\n', set()),
        ('    When "GET {API}/soap" is invoked\n    Then XPath "//user/name" is "Ada"\n', {'lxml'}),
        ('    When "GET {API}/account" is invoked\n    Then JSONPath "$.id" is any integer\n', {'jsonpath'}),
        (
            '    When "GET {API}/account" is invoked\n    Then response matches JSON Schema "{"type": "object"}"\n',
            {'jsonschema'},
        ),
        ('    Given database "a" is "sqlite://"\n    When SQL "select 1" is run\n', {'sqlalchemy'}),
    ],
    ids=['plain', 'XML', 'JSONPath', 'JSON Schema', 'SQL'],
)
def test_libraries_of_other_steps_are_not_imported(steps: str, expected: set[str], tmp_path: Path) -> None:
    api = demo_api.start()
    try:
        found = modules(tmp_path, steps.replace('{API}', api.address))
    finally:
        api.stop()
    assert found & COSTLY == expected
