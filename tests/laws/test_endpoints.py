"""A password in the URL of any endpoint is warned of, and not shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.calls import validate
from tests.conftest import Console
from tests.laws import samples
from zatools.files.writer import Style, emit
from zatools.kinds import KINDS
from zatools.kinds.model import Kind
from zatools.kinds.traits import ENDPOINT

CANARY = 'canary-6b1f'
ENDPOINTS = [(kind, name) for kind in KINDS for name in kind.meaning(ENDPOINT) if not kind.by_name[name].choices]


@pytest.mark.parametrize(('kind', 'name'), ENDPOINTS, ids=lambda one: one if isinstance(one, str) else one.label)
def test_a_password_in_a_url_is_warned_of_and_not_shown(kind: Kind, name: str, tmp_path: Path) -> None:
    generation = next(one for one in kind.generations if one in kind.by_name[name].generations)
    item = samples.item(kind, 1, generation)
    url = f'https://somebody:{CANARY}@example.com'
    item.values[name] = [url] if isinstance(item.values[name], list) else url
    path = tmp_path / 'a.yaml'
    path.write_text(emit({item.key: item}, Style(generation), 'yaml'))
    console = Console({})
    validate(console.world, [str(path)])
    assert 'there is a password in the URL: exports show it' in console.text
    assert CANARY not in console.text
