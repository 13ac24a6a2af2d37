"""A definition without a secret gets one that nobody knows: an empty one would let in whoever sends none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.calls import import_files
from tests.conftest import Console, Layout, copy_real
from tests.databases import copy_own
from zatools.odb.odb import opened
from zatools.odb.seal import PREFIX
from zatools.odb.target import OdbChoice

TYPES = {
    'basic_auth': '{name: NAME, type: basic_auth, username: NAME}',
    'apikey': '{name: NAME, type: apikey}',
    'ntlm': '{name: NAME, type: ntlm, username: NAME}',
    'bearer_token': '{name: NAME, type: bearer_token, username: NAME, auth_endpoint: "https://a.example.com/token"}',
}


def secrets(layout: Layout, names: list[str]) -> list[str]:
    with opened(OdbChoice(path=layout.path), layout.environ) as odb:
        assert odb.sealer
        stored = [odb.loaded.stored['security', name].row['password'] for name in names]
        assert all(text.startswith(PREFIX) for text in stored)
        return [odb.sealer.open(text) for text in stored]


@pytest.mark.parametrize('generation', ['3.2', '4.1'])
@pytest.mark.parametrize('whose', ['ours', 'zato'])
def test_what_no_file_gives_is_made_up(whose: str, generation: str, tmp_path: Path) -> None:
    layout = copy_real(generation, tmp_path) if whose == 'zato' else copy_own(generation, tmp_path / 'a.db')
    names = [f'{type_} {number}' for type_ in TYPES for number in (1, 2)]
    text = ''.join(f'  - {TYPES[name.split()[0]].replace("NAME", name)}\n' for name in names)
    (tmp_path / 'a.yaml').write_text(f'security:\n{text}')
    import_files(Console(layout.environ).world, OdbChoice(path=layout.path), [str(tmp_path / 'a.yaml')])
    found = secrets(layout, names)
    assert len(set(found)) == len(names)
    assert min(map(len, found)) >= 32
