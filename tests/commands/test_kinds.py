"""`zato enmasse kinds`: each kind of the table is listed, with what can be done with it."""

from __future__ import annotations

import json

from tests.conftest import Console
from zatools.commands.kinds import kinds
from zatools.connections.clients import CLIENTS
from zatools.connections.connect import CONNECTORS
from zatools.errors import Exit
from zatools.kinds import KINDS


def test_every_kind_has_a_line() -> None:
    console = Console({})
    assert kinds(console.world) is Exit.OK
    header, *lines = console.out.getvalue().splitlines()
    assert header.split()[:3] == ['kind', 'in', 'what']
    assert [line.split()[0] for line in lines] == [kind.label for kind in KINDS]
    assert max(line.index('  3.2') if '  3.2' in line else line.index('  4.1') for line in lines) <= 40
    assert console.err.getvalue().startswith(f'{len(KINDS)} kinds')


def test_json_says_what_files_call_a_kind_and_what_can_be_done_with_it() -> None:
    console = Console({})
    kinds(console.world, as_json=True)
    found = {entry['type'] or entry['section']: entry for entry in json.loads(console.out.getvalue())}
    assert found['outgoing_amqp'] == {
        'section': 'outgoing_amqp',
        'type': None,
        'spelled': {'3.2': 'outconn_amqp', '4.1': 'outgoing_amqp'},
        'aliases': ['outconn_amqp', 'outgoing_amqp'],
        'generations': ['3.2', '4.1'],
        'tables': ['out_amqp'],
        'fields': found['outgoing_amqp']['fields'],
        'can_ping': True,
        'is_served': True,
        'doc': 'Outgoing AMQP connections.',
    }
    assert found['jwt']['generations'] == ['3.2']
    assert found['jwt']['tables'] == ['sec_base', 'sec_jwt']
    assert [entry['can_ping'] for entry in found.values()] == [
        bool(kind.asked) or kind.protocol in {*CONNECTORS, *CLIENTS} or kind.protocol in ('rest', 'soap')
        for kind in KINDS
    ]
