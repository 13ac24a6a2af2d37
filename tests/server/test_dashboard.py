"""The pages of the local server: what they show and to whom, what their buttons do, in a real browser too."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from tests.peers.web import address_of, http_server
from tests.server.running import PASSWORD, WAIT, Local, server, write, zato

CHROMIUM = ('chromium', 'chromium-browser', 'google-chrome')
needs_browser = pytest.mark.skipif(not any(map(shutil.which, CHROMIUM)), reason='needs Chromium')
USER = f'admin.invoke:{PASSWORD}'
HOSTILE = '<script>alert(1)</script>"\'&'
SERVICE = """
from zato.server.service import Service


class Echo(Service):
    name = 'echo'

    def handle(self):
        self.logger.info('in echo: %s %s', self.request.raw_request, self.request.payload)
        self.response.payload = {'got': self.request.payload}


class Broken(Service):
    name = 'broken'

    def handle(self):
        raise ValueError('<b>no</b>')
"""
DEFINITIONS = """
security:
  - {name: api, type: basic_auth, username: api, password: '${API_PASSWORD}'}
channel_rest:
  - {name: echo, service: echo, url_path: /echo, data_format: json, security: api}
  - {name: lost, service: nothing, url_path: /lost}
  - {name: HOSTILE, service: echo, url_path: /hostile}
outgoing_rest:
  - {name: CRM, host: 'http://ADDRESS', url_path: /get}
  - {name: 'Off', host: 'http://127.0.0.1:1', url_path: '/get?api_key=of-f-1234', is_active: false}
""".replace('HOSTILE', json.dumps(HOSTILE))
SECRET = 'api-pass-word-of-ours'
MORE = f"""
scheduler:
  - name: nightly
    service: echo
    job_type: cron_style
    cron_definition: '0 2 * * *'
    start_date: '2026-01-01 00:00:00'
  - {{name: failing, service: broken, job_type: interval_based, days: 1, start_date: '2099-01-01 00:00:00'}}
  - {{name: sleeping, service: echo, job_type: interval_based, days: 1, is_active: false, start_date: '2026-01-01'}}
pubsub_topic:
  - {{name: /orders}}
  - {{name: {json.dumps('/' + HOSTILE)}}}
"""


@pytest.fixture(scope='module')
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    folder = tmp_path_factory.mktemp('dashboard')
    with http_server() as peer:
        files = {'services/a.py': SERVICE, 'd.yaml': DEFINITIONS.replace('ADDRESS', address_of(peer)) + MORE}
        with server(write(folder, files), '--file', 'd.yaml', environ={'API_PASSWORD': SECRET}) as running:
            yield running


def page(local: Local, path: str = '', **options: object) -> requests.Response:
    return local.call(f'/zato/dashboard{path}', 'GET', USER, **options)


def pushed(local: Local, button: str, **form: str) -> requests.Response:
    found = re.search('name="token" value="([^"]+)"', page(local).text)
    assert found
    return local.call(f'/zato/dashboard/{button}', 'POST', USER, data={'token': found[1], **form})


def test_it_says_where_it_is(local: Local) -> None:
    assert f'dashboard at {local.url}/zato/dashboard, user admin.invoke' in local.lines


def test_it_shows_what_runs_and_what_does_not(local: Local) -> None:
    text = page(local).text
    for part in ('/echo', 'a.py:5', 'no service &#39;nothing&#39;', 'inactive', 'Ping CRM'):
        assert part in text, part


def test_what_definitions_say_is_never_markup(local: Local) -> None:
    text = page(local).text
    assert HOSTILE not in text
    assert '&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;' in text
    answer = page(local)
    assert "default-src 'self'" in answer.headers['Content-Security-Policy']
    assert answer.headers['Cache-Control'] == 'no-store'


@pytest.mark.parametrize(
    ('headers', 'user', 'status'),
    [
        ({}, '', 401),
        ({}, 'admin.invoke:wrong', 401),
        ({}, f'api:{SECRET}', 401),
        ({'Host': 'somebody.example.com'}, USER, 403),
        ({'Host': 'localhost:17010'}, USER, 200),
        ({'Host': '[::1]:17010'}, USER, 200),
    ],
)
def test_only_who_may_and_is_near_sees_it(local: Local, headers: dict[str, str], user: str, status: int) -> None:
    assert local.call('/zato/dashboard', 'GET', user, headers=headers).status_code == status


def test_a_server_for_others_has_none(tmp_path: Path) -> None:
    files = {'services/a.py': SERVICE, 'd.yaml': 'channel_rest: []\n'}
    with server(write(tmp_path, files), '--host', '0.0.0.0', '--file', 'd.yaml') as local:
        port = local.url.rpartition(':')[2]
        answer = requests.get(f'http://127.0.0.1:{port}/zato/dashboard', auth=('admin.invoke', PASSWORD), timeout=WAIT)
        assert answer.status_code == 404
        assert 'dashboard at' not in local.log


def test_a_service_is_invoked_and_the_call_is_kept(local: Local) -> None:
    answer = pushed(local, 'invoke', service='echo', payload='{"name": "x", "password": "hunter22"}')
    assert answer.request.path_url.startswith('/zato/dashboard/requests/')
    text = answer.text
    assert 'Done: echo answered 200 in' in text
    assert 'in echo' in text
    assert 'hunter22' not in text
    assert text.count('******') == 4


def test_what_a_service_raises_is_shown_with_its_lines(local: Local) -> None:
    text = pushed(local, 'invoke', service='broken', payload='').text
    assert 'Failed: broken answered 500' in text
    assert 'ValueError: &lt;b&gt;no&lt;/b&gt;' in text
    assert 'Traceback' in text


def test_calls_of_channels_are_kept_with_their_lines_and_without_secrets(local: Local) -> None:
    sent = {'token': 'tok-en-1234', 'say': SECRET, 'passphrase': "it's he-re 1234", 'secret': 'one tw-o'}
    local.call('/echo?api_key=k-e-y-1234', user=f'api:{SECRET}', json=sent, headers={'X-Api-Key': 'he-ad-er'})
    listed = page(local, '/requests').text
    found = re.search(r'href="/zato/dashboard(/requests/[0-9a-f]{24})">POST /echo<', listed)
    assert found
    text = page(local, found[1]).text
    assert 'in echo' in text
    for secret in (SECRET, 'tok-en-1234', 'k-e-y-1234', 'he-ad-er', 'he-re', 'tw-o', 'of-f-1234', quote(SECRET)):
        for shown in (listed, text, page(local).text, page(local, '/log').text, page(local, '/lines').text):
            assert secret not in shown, secret


def test_pings_and_messages_say_what_came_of_them(local: Local) -> None:
    assert 'Done: CRM: ' in pushed(local, 'ping', section='outgoing_rest', name='CRM').text
    assert 'Failed: Off: ' in pushed(local, 'ping', section='outgoing_rest', name='Off').text
    assert 'There is no such connection' in pushed(local, 'ping', section='outgoing_rest', name='gone').text
    assert 'no outgoing AMQP connection &#39;none&#39;' in pushed(local, 'publish', name='none', message='x').text


def test_jobs_and_topics_are_shown_as_they_are_now(local: Local) -> None:
    text = ' '.join(page(local).text.split())
    assert re.search(r'nightly</th>.*?0 2 \* \* \*.*?\d\d 02:00:00 UTC.*?Run nightly', text)
    assert re.search('failing</th>.*?2099-01-01 00:00:00 UTC', text)
    assert re.search('sleeping</th>.*?never', text)
    assert re.search('/orders</th><td data-label="Waiting">0<', text)
    assert 'nightly has run' in pushed(local, 'run', name='nightly').text
    assert 'failing: ValueError: &lt;b&gt;no&lt;/b&gt;' in pushed(local, 'run', name='failing').text
    assert 'There is no such job any more.' in pushed(local, 'run', name='gone').text


def test_a_page_of_somebody_else_pushes_no_button(local: Local) -> None:
    before = len(re.findall('<th scope="row">', page(local, '/requests').text))
    answer = local.call('/zato/dashboard/invoke', 'POST', USER, data={'service': 'echo', 'token': 'guess'})
    assert answer.status_code == 403
    assert len(re.findall('<th scope="row">', page(local, '/requests').text)) == before


@pytest.mark.parametrize('path', ['/nothing', '/requests/0123456789abcdef01234567', '/log/x', '/../../setup', '/%00'])
def test_pages_that_are_not_there(local: Local, path: str) -> None:
    assert page(local, path).status_code == 404


@pytest.mark.parametrize('path', ['s', 'x/requests'])
def test_neighbours_of_its_address_are_channels_like_others(local: Local, path: str) -> None:
    assert page(local, path).status_code == 404


def test_new_lines_come_after_the_ones_that_are_known(local: Local) -> None:
    lines = page(local, '/lines').json()
    assert lines
    last = lines[-1]['number']
    assert page(local, f'/lines?after={last}').json() == []
    assert page(local, '/lines?after=nonsense').json()[0] == lines[0]


def test_hostile_bodies_are_cut_and_shown_as_text(local: Local) -> None:
    deep = '[' * 9_000 + ']' * 9_000
    for body in (deep.encode(), b'\xff\xfe\x00' * 10, b'password=' * 5_000, b'a' * 2_000_000):
        local.call('/echo', user=f'api:{SECRET}', data=body)
        found = re.search(r'href="/zato/dashboard(/requests/[0-9a-f]{24})">', page(local, '/requests').text)
        assert found
        answer = page(local, found[1])
        assert answer.status_code == 200
        assert len(answer.content) < 100_000
        assert answer.elapsed.total_seconds() < 5


def test_differences_are_those_of_the_files(local: Local) -> None:
    path = local.folder / 'd.yaml'
    before = path.read_text()
    assert 'd.yaml and what runs are the same.' in page(local, '/differences').text
    try:
        path.write_text(before + '\n  - oops')
        text = page(local, '/differences').text
        assert 'd.yaml can not be read; the last good definitions run.' in text
        assert 'd.yaml:' in text
    finally:
        path.write_text(before)


def test_an_odb_is_compared_with_the_definitions_beside_it(tmp_path: Path) -> None:
    write(tmp_path, {'services/a.py': SERVICE, 'definitions.yaml': DEFINITIONS.replace('ADDRESS', 'crm.example.com')})
    environ = {'API_PASSWORD': SECRET, 'ZATO_ODB': 'sqlite:///zato-odb.sqlite', 'CI': ''}
    assert zato(tmp_path, 'enmasse', 'import', 'definitions.yaml', environ=environ).returncode == 0
    changed = DEFINITIONS.replace('ADDRESS', 'crm.example.org').replace('is_active: false', 'is_active: true')
    write(tmp_path, {'definitions.yaml': changed})
    with server(tmp_path, environ=environ) as local:
        text = page(local, '/differences').text
        assert 'An import of definitions.yaml would change this:' in text
        assert 'crm.example.org' in text


def test_it_costs_a_server_nothing_until_it_is_asked(tmp_path: Path) -> None:
    code = 'import sys\nfrom zato.server.service import Service\n\n\nclass Seen(Service):\n    name = "seen"\n\n'
    code += '    def handle(self):\n        self.response.payload = {"jinja2": "jinja2" in sys.modules}\n'
    files = {
        'services/a.py': code,
        'd.yaml': 'channel_rest:\n  - {name: s, service: seen, url_path: /s, data_format: json}\n',
    }
    with server(write(tmp_path, files), '--file', 'd.yaml') as local:
        assert local.call('/s', user='').json() == {'jinja2': False}
        assert page(local).status_code == 200
        assert local.call('/s', user='').json() == {'jinja2': True}


# In a browser

PROBE = """<script>
  var wide = document.documentElement.scrollWidth > innerWidth;
  var labelled = [].every.call(document.querySelectorAll('input:not([type=hidden]), textarea, select'),
    function (one) { return one.labels.length === 1; });
  var named = [].every.call(document.querySelectorAll('button, a'), function (one) { return one.textContent.trim(); });
  document.title = ['wide', wide, 'labelled', labelled, 'named', named].join(' ');
</script></body>"""


def browsed(url: str, width: int, folder: Path) -> str:
    chromium = next(filter(shutil.which, CHROMIUM))
    done = subprocess.run(
        [chromium, '--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
         f'--user-data-dir={folder}/chromium', f'--window-size={width},900',
         '--virtual-time-budget=4000', '--dump-dom', url],
        capture_output=True, text=True, timeout=90,
    )  # fmt: skip
    return done.stdout


@needs_browser
@pytest.mark.parametrize('width', [420, 1280])
@pytest.mark.parametrize('path', ['', '/requests', '/log', '/differences'])
def test_pages_fit_and_every_control_has_a_name(local: Local, path: str, width: int, tmp_path: Path) -> None:
    style = f'<style>{page(local, "/dashboard.css").text}</style>'
    text = page(local, path).text.replace('</body>', PROBE)
    (tmp_path / 'page.html').write_text(re.sub('<link.*?>|<script src.*?</script>', style, text))
    assert '<title>wide false labelled true named true</title>' in browsed(
        f'file://{tmp_path}/page.html', width, tmp_path
    )


@needs_browser
def test_the_log_grows_by_itself(local: Local, tmp_path: Path) -> None:
    assert 'New lines appear by themselves.' not in page(local, '/log').text
    url = local.url.replace('//', f'//{USER}@')
    assert 'New lines appear by themselves.' in browsed(f'{url}/zato/dashboard/log', 1280, tmp_path)


def test_a_client_that_says_no_host_sees_nothing(local: Local) -> None:
    host, _, port = local.url.removeprefix('http://').partition(':')
    with socket.create_connection((host, int(port)), WAIT) as raw:
        raw.sendall(b'GET /zato/dashboard HTTP/1.0\r\n\r\n')
        assert raw.recv(100).startswith(b'HTTP/1.0 403')
