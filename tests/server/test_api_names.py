"""Each public attribute of the platform's services works, or ends in the error that names it. None is unnamed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.corpus import run
from tests.server.running import Local, server, write

NAMES = [line.split() for line in (Path(__file__).parent / 'api_names.txt').read_text('utf-8').splitlines()[1:]]
SERVICE = """
from zato.server.service import Service


class Ask(Service):
    name = 'ask'

    def handle(self):
        found = {}
        for name in self.request.payload:
            try:
                eval(name, {'self': self})
                found[name] = ''
            except Exception as error:
                found[name] = f'{type(error).__name__}: {error}'
        self.response.payload = found
"""
#: So many runs of files end well.
RUN = 310
DEFINITIONS = 'channel_rest:\n  - {name: ask, service: ask, url_path: /ask, data_format: json}\n'


@pytest.fixture(scope='module', params=['3.2', '4.1'])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Local, str]]:
    folder = write(tmp_path_factory.mktemp('names'), {'services/a.py': SERVICE, 'd.yaml': DEFINITIONS})
    with server(folder, '--file', 'd.yaml', '--generation', request.param) as local:
        yield local, request.param


def test_no_attribute_is_unnamed(found: tuple[Local, str]) -> None:
    local, generation = found
    wanted = [name for name, *generations in NAMES if generation in generations]
    answer = local.call('/ask', user='', json=wanted).json()
    assert answer.keys() == set(wanted)
    named = {
        name: f'UnsupportedError: {name} is not supported by the local server; what is: docs/compatibility.md'
        for name in wanted
    }
    assert {name: text for name, text in answer.items() if text and text != named[name]} == {}


def test_the_first_line_says_the_generation(found: tuple[Local, str]) -> None:
    local, generation = found
    assert local.lines[0] == f'definitions of d.yaml, for Zato {generation}'


def test_a_near_name_is_told(tmp_path: Path) -> None:
    services = {
        'services/a.py': 'from zato.server.service import Servce\n',
        'services/b.py': 'from zato.server.service import Service\nclass B(Service):\n    def hande(self): pass\n',
        'services/c.py': 'from zato.server.service import Service\nclass C(Service):\n    name = "ask"\n'
        '    def handle(self): self.respnse.payload = 1\n',
    }
    with server(write(tmp_path, {**services, 'd.yaml': DEFINITIONS}), '--file', 'd.yaml') as local:
        assert (
            "services/a.py:1:1: ImportError: no 'Servce' in zato.server.service; did you mean 'Service'?" in local.log
        )
        assert "services/b.py:2:1: B has no handle: it is no service; did you mean 'handle' by 'hande'?" in local.log
        answer = local.call('/ask', user='')
        assert answer.status_code == 500
        assert answer.json()['details'][0].endswith("self.respnse is unknown; did you mean 'response'?")


def test_what_needs_the_other_generation_is_refused(tmp_path: Path) -> None:
    from tests.server.running import zato

    folder = write(tmp_path, {'services/a.py': SERVICE, 'd.yaml': DEFINITIONS})
    ended = zato(folder, 'server', '.', '--file', 'd.yaml', '--generation', '5')
    assert (ended.returncode, '--generation must be 3.2 or 4.1' in ended.stderr) == (2, True)


def test_the_corpus_loads_and_nothing_in_it_is_unnamed(tmp_path: Path) -> None:
    found = run.everything()
    assert len({one.file.path for one in found}) >= 120
    assert [one for one in found if one.what == 'unnamed'] == []
    assert sum(one.what == 'runs' for one in found) >= RUN
