"""Formatting changes no value, loses no comment, and does nothing the second time."""

from __future__ import annotations

import io
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.calls import fmt
from tests.conftest import Console
from tests.laws import samples
from tests.laws.test_laws import values
from zatools.errors import Exit
from zatools.files.emit import emit_yaml
from zatools.files.formatting import formatted
from zatools.files.reader import read
from zatools.files.writer import Style, sections, variables
from zatools.kinds import kinds_of
from zatools.kinds.model import GENERATIONS
from zatools.state import Item


def shuffled(generation: str, seed: int) -> str:
    state = samples.state(generation)
    content: dict[str, list[dict[str, Any]]] = sections(state, Style(generation, variables=variables(state.values())))
    chance = random.Random(seed)
    names = list(content)
    chance.shuffle(names)
    found = {}
    for name in names:
        items = [dict(chance.sample(sorted(one.items()), len(one))) for one in content[name]]
        chance.shuffle(items)
        found[name] = items
    lines = []
    for number, line in enumerate(emit_yaml(found).split('\n')):
        indent = len(line) - len(line.lstrip())
        if line.endswith(':') and chance.random() < 0.2:
            lines.append(f'{" " * indent}# above {number}')
        lines.append(line)
    return '\n'.join(lines)


@pytest.mark.parametrize('generation', GENERATIONS)
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), line=st.sampled_from([b'\n', b'\r\n']))
def test_formatting_changes_no_value_and_does_nothing_twice(
    generation: str, tmp_path_factory: pytest.TempPathFactory, seed: int, line: bytes
) -> None:
    path = Path(tmp_path_factory.mktemp('fmt')) / 'a.yaml'
    path.write_bytes(shuffled(generation, seed).encode().replace(b'\n', line))
    before = read([str(path)], io.BytesIO(), {})
    comments = sorted(line.strip() for line in path.read_text().split('\n') if '# above' in line)
    console = Console({})
    assert fmt(console.world, [str(path)]) is Exit.OK, console.text
    assert 'left as it is' not in console.text
    after = read([str(path)], io.BytesIO(), {})
    assert values(after.state) == values(before.state)
    assert sorted(line.strip() for line in path.read_text().split('\n') if '# above' in line) == comments
    once = path.read_bytes()
    assert once.count(b'\n') == once.count(line)
    plain = once.decode().replace('\r', '')
    assert plain == formatted(plain)
    assert fmt(Console({}).world, [str(path)]) is Exit.OK
    assert path.read_bytes() == once
    assert fmt(Console({}).world, [str(path)], check=True) is Exit.OK


@pytest.mark.parametrize('generation', GENERATIONS)
def test_an_export_is_formatted(generation: str, tmp_path: Path) -> None:
    state = samples.state(generation)
    text = emit_yaml(sections(state, Style(generation, variables=variables(state.values()))))
    path = tmp_path / 'a.yaml'
    path.write_text(text)
    assert fmt(Console({}).world, [str(path)], check=True) is Exit.OK


def test_an_export_of_names_like_variables_is_formatted(tmp_path: Path) -> None:
    kind = kinds_of('outgoing_rest')[0]
    names = [
        '${X}',
        '$X',
        '$$X',
        '$${X}',
        'Zato_Enmasse_Env.X',
        '{Zato_Enmasse_Env.X}',
        '$Zato_Enmasse_Env.X',
        '$',
        '${',
    ]
    state = {
        ('outgoing_rest', name): Item(kind, {'name': name, 'host': 'https://x', 'url_path': '/'}) for name in names
    }
    path = tmp_path / 'a.yaml'
    path.write_text(emit_yaml(sections(state, Style('4.1'))))
    assert fmt(Console({}).world, [str(path)], check=True) is Exit.OK
