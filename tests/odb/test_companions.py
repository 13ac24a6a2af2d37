"""Objects that others own: made, changed and removed with their owner, and hidden elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests import databases
from tests.calls import export, import_files
from tests.conftest import Console, Layout, copy_real
from tests.databases import DATABASES
from zatools.errors import Exit, InvalidError, RefusedError
from zatools.odb.target import OdbChoice

JOBS = 'select j.name, j.is_active, s.name, j.extra, j.opaque1, i.{} from job j, job_interval_based i, service s'
JOINED = ' where i.job_id = j.id and s.id = j.service_id order by j.name'


@pytest.fixture(params=DATABASES)
def ours(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> Layout:
    """An ODB of ours on each database."""
    return databases.provide(request.param, 'ours-4.1', tmp_path, worker_id)


def put(layout: Layout, folder: Path, text: str, **options: Any) -> str:
    console = Console(layout.environ)
    path = folder / 'a.yaml'
    path.write_text(text)
    assert import_files(console.world, OdbChoice(path=layout.path), [str(path)], **options) is Exit.OK
    return console.text


def jobs(layout: Layout, unit: str = 'minutes') -> list[Any]:
    return layout.execute(JOBS.format(unit) + JOINED)


def mailbox(every: int = 5, more: str = '') -> str:
    words = f'scheduler_service: my.service, scheduler_run_every: {every}{more}'
    return f'email_imap:\n  - {{name: box, host: imap.test, username: u, {words}}}\n'


def test_a_mailbox_has_a_job_that_follows_it(ours: Layout, tmp_path: Path) -> None:
    assert 'job        (not given)  ->  imap.box' in put(ours, tmp_path, mailbox())
    [(name, is_active, service, extra, opaque, minutes)] = jobs(ours)
    [(id_, stored)] = ours.execute('select id, opaque1 from email_imap')
    assert (name, bool(is_active), service, minutes) == ('imap.box', True, 'zato.email.imap.process-messages', 5)
    assert json.loads(extra) == {
        'imap_conn_id': id_,
        'imap_conn_name': 'box',
        'service': 'my.service',
        'invoke_with': 'message',
    }
    assert json.loads(json.loads(opaque))['imap_conn_id'] == id_
    [(job_id,)] = ours.execute('select id from job')
    assert json.loads(json.loads(stored))['scheduler_job_id'] == job_id
    assert 'Nothing to do' in put(ours, tmp_path, mailbox())
    assert 'job minutes 5  ->  7' in put(ours, tmp_path, mailbox(7), replace=True)
    assert [row[5] for row in jobs(ours)] == [7]
    assert 'job is_active true  ->  false' in put(ours, tmp_path, mailbox(7, ', is_active: false'), replace=True)
    put(ours, tmp_path, 'email_imap:\n', delete=True)
    assert (jobs(ours), ours.execute('select count(*) from job')) == ([], [(0,)])


def test_a_job_that_is_gone_comes_back_and_one_that_was_changed_is_told(ours: Layout, tmp_path: Path) -> None:
    put(ours, tmp_path, mailbox())
    ours.execute('delete from job_interval_based', 'delete from job')
    assert 'its row had none' in put(ours, tmp_path, mailbox())
    assert [row[5] for row in jobs(ours)] == [5]
    ours.execute('update job_interval_based set minutes = 9')
    with pytest.raises(RefusedError, match=r'email_imap .box. .*: job minutes'):
        put(ours, tmp_path, mailbox())
    put(ours, tmp_path, mailbox(), replace=True)
    assert [row[5] for row in jobs(ours)] == [5]


def test_a_job_of_a_mailbox_is_in_no_export_and_can_not_be_taken(ours: Layout, tmp_path: Path) -> None:
    put(ours, tmp_path, mailbox())
    console = Console(ours.environ)
    export(console.world, OdbChoice(path=ours.path))
    assert 'imap.box' not in console.text
    text = 'scheduler:\n  - {name: imap.box, service: my.service, job_type: one_time}\n'
    assert 'imap.box' in put(ours, tmp_path, text)
    assert [row[5] for row in jobs(ours)] == [5]


def transfers(*names: str) -> str:
    entry = '{{name: {}, directory: /in, service: my.service, run_every: 2, run_unit: hours}}'
    schedules = ', '.join(entry.format(name) for name in names)
    return f'ftp:\n  - {{name: A, host: ftp.test, schedules: [{schedules}]}}\n  - {{name: A.B, host: b.test}}\n'


def test_schedules_have_jobs_each(ours: Layout, tmp_path: Path) -> None:
    put(ours, tmp_path, transfers('one', 'two'))
    assert [(row[0], row[5]) for row in jobs(ours, 'hours')] == [('ftp.A.one', 2), ('ftp.A.two', 2)]
    [(id_, stored)] = ours.execute("select id, opaque1 from generic_conn where name = 'A'")
    entries = json.loads(json.loads(stored))['scheduler_schedules']
    assert [entry['job_id'] for entry in entries] == [
        row[0] for row in ours.execute('select id from job order by name')
    ]
    for entry, row in zip(entries, jobs(ours), strict=True):
        links = json.loads(json.loads(row[4]))
        assert (links['link_conn_id'], links['link_conn_type'], links['link_kind']) == (id_, 'outconn-ftp', entry['id'])
        assert json.loads(row[3])['schedule']['id'] == entry['id']
    assert 'Nothing to do' in put(ours, tmp_path, transfers('one', 'two'))
    assert 'job        ftp.A.one  ->  (not given)' in put(ours, tmp_path, transfers('two'), replace=True)
    assert [row[0] for row in jobs(ours)] == ['ftp.A.two']


def test_schedules_that_can_not_be_are_told(tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    entry = '{name: x, directory: /in, run_every: 2, run_unit: ages, start_date: soon, patern: a}'
    with pytest.raises(InvalidError) as caught:
        put(layout, tmp_path, f'ftp:\n  - {{name: A, host: ftp.test, schedules: [{entry}]}}\n')
    texts = [str(problem).partition("'x': ")[2] for problem in caught.value.problems]
    assert texts == [
        "'service' is missing",
        "unknown key 'patern'",
        "run_unit can't be that",
        'start_date must be a date and a time, as in 2030-01-31T08:00:00',
    ]


GATEWAY = """
groups:
  - {name: g, members: []}
mcp_gateway:
  - {name: tools, url_path: /mcp-tools, services: [my.service], security_groups: [g]}
"""


def test_a_gateway_has_a_hidden_channel_and_its_service(ours: Layout, tmp_path: Path) -> None:
    ours.execute("delete from service where name <> 'my.service'")
    put(ours, tmp_path, GATEWAY)
    columns = 'h.name, h.url_path, h.is_internal, h.data_format, h.opaque1, s.name, s.impl_name, s.is_internal'
    [row] = ours.execute(f'select {columns} from http_soap h, service s where s.id = h.service_id')
    service = 'zato.server.service.internal.gateway.mcp.MCPEndpoint'
    assert row[:2] == ('tools', '/mcp-tools')
    assert (bool(row[2]), row[3], row[5], row[6], bool(row[7])) == (True, 'json', service, service, True)
    [(group,)] = ours.execute("select id from generic_object where name = 'g'")
    assert json.loads(json.loads(row[4]))['security_groups'] == [group]
    console = Console(ours.environ)
    export(console.world, OdbChoice(path=ours.path))
    assert 'channel_rest' not in console.out.getvalue()
    assert 'Nothing to do' in put(ours, tmp_path, GATEWAY)
    put(ours, tmp_path, 'mcp_gateway:\n', delete=True)
    assert ours.execute('select count(*) from http_soap') == [(0,)]


def test_a_job_whose_service_is_not_deployed_is_told(tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    layout.execute("delete from service where name = 'zato.email.imap.process-messages'")
    with pytest.raises(InvalidError) as caught:
        put(layout, tmp_path, mailbox())
    [problem] = caught.value.problems
    assert "its job needs the service 'zato.email.imap.process-messages', which the ODB lacks" in str(problem)


@pytest.mark.parametrize('name', ['pubsub.rest.publish', 'mine'])
def test_no_companion_takes_the_place_of_another_object(name: str, tmp_path: Path) -> None:
    layout = copy_real('4.1', tmp_path)
    put(layout, tmp_path, 'channel_rest:\n  - {name: mine, service: my.service, url_path: /mine, data_format: json}\n')
    before = layout.content()
    with pytest.raises(InvalidError) as caught:
        put(layout, tmp_path, f'mcp_gateway:\n  - {{name: {name}, url_path: /taken}}\n')
    texts = [problem.text for problem in caught.value.problems if not problem.is_warning]
    assert texts == [f"mcp_gateway '{name}': its channel would have the name of another: '{name}'"]
    assert layout.content() == before


CALLED = 'outgoing_rest:\n  - {name: CRM, host: "https://crm.test", url_path: /x'


def test_a_rest_connection_has_a_job_that_invokes_it_and_one_that_pings_it(ours: Layout, tmp_path: Path) -> None:
    more = ', scheduler_run_every: 5, health_check_run_every: 1, health_check_run_unit: hours}\n'
    console = put(ours, tmp_path, f'{CALLED}{more}')
    assert 'job        (not given)  ->  rest.CRM' in console
    assert 'job        (not given)  ->  health.CRM' in console
    [health, rest] = ours.execute('select name, extra, opaque1 from job order by name')
    [(id_,)] = ours.execute('select id from http_soap')
    assert json.loads(rest[1]) == {'conn_id': id_, 'conn_name': 'CRM', 'conn_type': 'rest'}
    assert json.loads(json.loads(health[2]))['link_conn_id'] == id_
    assert [row[0::5] for row in jobs(ours)] == [('health.CRM', 0), ('rest.CRM', 5)]
    assert [row[0::5] for row in jobs(ours, 'hours')] == [('health.CRM', 1), ('rest.CRM', 0)]
    assert 'Nothing to do' in put(ours, tmp_path, f'{CALLED}{more}')


def test_jobs_of_a_rest_connection_go_with_what_asks_for_them(ours: Layout, tmp_path: Path) -> None:
    put(ours, tmp_path, f'{CALLED}, scheduler_run_every: 5, health_check_run_every: 1}}\n')
    put(ours, tmp_path, f'{CALLED}, health_check_run_every: 2}}\n', replace=True)
    assert [row[0::5] for row in jobs(ours)] == [('health.CRM', 2)]
    put(ours, tmp_path, 'outgoing_rest: []\n', delete=True, confirmed=True)
    assert ours.execute('select name from job') == []


def test_what_the_platform_wrote_into_such_a_job_stays(ours: Layout, tmp_path: Path) -> None:
    put(ours, tmp_path, f'{CALLED}, scheduler_run_every: 5}}\n')
    ours.execute("update job set extra = 'theirs'")
    assert 'Nothing to do' in put(ours, tmp_path, f'{CALLED}, scheduler_run_every: 5}}\n')
    put(ours, tmp_path, f'{CALLED}, scheduler_run_every: 6}}\n', replace=True)
    assert ours.execute('select extra from job') == [('theirs',)]


def test_two_connections_can_not_have_one_job(ours: Layout, tmp_path: Path) -> None:
    text = f'{CALLED}, health_check_run_every: 1}}\n'
    with pytest.raises(InvalidError) as caught:
        put(ours, tmp_path, text + text.replace('outgoing_rest', 'outgoing_soap'))
    [problem] = caught.value.problems
    assert "its job would have the name of another: 'health.CRM'" in str(problem)


def test_a_gateway_without_a_path_has_a_channel_all_the_same(ours: Layout, tmp_path: Path) -> None:
    put(ours, tmp_path, 'mcp_gateway:\n  - {name: tools}\n')
    assert ours.execute("select name, url_path from http_soap where connection = 'channel'") == [('tools', '/mcp')]
