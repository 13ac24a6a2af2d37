"""Names that differ in case only: on every database, what goes makes room for what comes."""

from __future__ import annotations

from pathlib import Path

from tests.calls import export, import_files
from tests.conftest import Console, Layout
from zatools.errors import Exit
from zatools.odb.target import OdbChoice

DEFINITIONS = """
security:
  - {name: Abc, type: basic_auth, username: Abc, password: x}
groups:
  - {name: Abc, members: [Abc]}
channel_rest:
  - {name: Abc, service: my.service, url_path: /a, data_format: json, security: Abc}
outgoing_rest:
  - {name: Abc, host: 'http://127.0.0.1', url_path: /a, data_format: json}
"""


def test_names_change_their_case(layout: Layout, tmp_path: Path) -> None:
    if not layout.name.startswith('ours'):
        return
    path = tmp_path / 'a.yaml'
    for text in (DEFINITIONS, DEFINITIONS.replace('Abc', 'aBC')):
        path.write_text(text)
        choice = OdbChoice(path=layout.path)
        assert import_files(Console(layout.environ).world, choice, [str(path)], delete=True) is Exit.OK
    console = Console(layout.environ)
    assert export(console.world, OdbChoice(path=layout.path)) is Exit.OK
    assert console.out.getvalue().count('\n  - name: aBC\n') == 4
    assert 'Abc' not in console.out.getvalue()
