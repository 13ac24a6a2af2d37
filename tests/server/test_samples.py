"""The sample of channels does what the page of channels says: its own code is run against it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest
import yaml
from hl7.client import MLLPClient

from tests.conftest import ROOT
from tests.ports import free_port
from tests.server.running import Local, server

SAMPLE = ROOT / 'samples' / 'channels'
PAGE = (ROOT / 'docs' / 'channels.md').read_text(encoding='utf-8')
MESSAGE = 'MSH|^~\\&|A|B|C|D|20260101||ADT^A01|7|P|2.5\rEVN|A01|20260101\rPID|1||1||Doe^J\r'
NAMESPACE = 'http://schemas.xmlsoap.org/soap/envelope/'
ORDER = '<order><login><user>partner</user><password>a-password</password></login><item>tea</item></order>'
SOAP = f'<s:Envelope xmlns:s="{NAMESPACE}"><s:Body><id xmlns="urn:orders">1</id></s:Body></s:Envelope>'


@pytest.fixture(scope='module')
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Local, int, int]]:
    folder = tmp_path_factory.mktemp('samples') / 'channels'
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns('__pycache__'))
    sockets, mllp = free_port(), free_port()
    path = folder / 'definitions.yaml'
    path.write_text(path.read_text().replace(':47043', f':{sockets}').replace(':30901', f':{mllp}'))
    with server(
        folder, '--file', 'definitions.yaml', environ={'API_PASSWORD': 'pw', 'PARTNER_PASSWORD': 'a-password'}
    ) as local:
        yield local, sockets, mllp


def test_what_the_page_shows_of_web_sockets_works(
    sample: tuple[Local, int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    found = re.search(r'```python\n(import json\nfrom websocket.*?)```', PAGE, re.DOTALL)
    assert found
    names: dict[str, object] = {}
    exec(found[1].replace(':47043', f':{sample[1]}'), names)
    assert capsys.readouterr().out == "{'order_id': 1, 'status': 'shipped'}\n"
    names['client'].close()  # type: ignore[attr-defined]


def test_each_channel_of_the_sample_answers(sample: tuple[Local, int, int]) -> None:
    local, _, mllp = sample
    assert local.call('/orders/1', 'GET').json() == {'order_id': 1, 'status': 'shipped'}
    assert local.call('/roles/orders/1', 'GET').json()['status'] == 'shipped'
    assert [local.call('/roles/orders/1', method).status_code for method in ('PUT', 'DELETE')] == [200, 403]
    assert local.call('/messages/orders', data=ORDER).text == 'Taken from partner'
    assert local.call('/messages/orders', data=ORDER.replace('a-', 'no-')).status_code == 401
    answer = local.call('/soap/orders', data=SOAP, headers={'SOAPAction': 'urn:orders:get'})
    assert '<status xmlns="urn:orders">shipped</status>' in answer.text
    with MLLPClient('127.0.0.1', mllp) as client:
        client.socket.settimeout(10)
        assert b'MSA|AA|7' in client.send_message(MESSAGE)
    local.wait_for('Admitted: Doe')
    (local.folder / 'in' / 'a.csv').write_text('1,shipped\n')
    local.wait_for('Order 1 is shipped')
    for name in yaml.safe_load((SAMPLE / 'definitions.yaml').read_text()):
        assert f"{name} '" not in local.log.replace("channel_soap 'orders.soap'", ''), local.log
