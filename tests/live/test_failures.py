"""What a live import leaves when a call fails: all as before, or a report of exactly what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Layout, copy_real
from tests.live.places import put, served
from zatools.errors import Exit

OLD = """
security:
  - {name: a, type: basic_auth, username: a, password: s3cret-old, realm: r}
  - {name: k, type: apikey, password: s3cret-key}
  - {name: gone, type: basic_auth, username: gone, password: s3cret-gone}
security_groups:
  - {name: g, members: [a]}
def_amqp:
  - {name: d, host: mq.example.com, password: s3cret-mq}
outconn_amqp:
  - {name: o, def_name: d}
channel_rest:
  - {name: c, service: my.service, url_path: /c, security: a, data_format: json}
"""
NEW = """
security:
  - {name: a, type: basic_auth, username: a, password: s3cret-new, realm: other}
  - {name: k, type: apikey, password: s3cret-key2}
  - {name: n, type: ntlm, username: n, password: s3cret-n}
security_groups:
  - {name: g, members: [k]}
def_amqp:
  - {name: d, host: mq2.example.com, password: s3cret-mq2}
  - {name: e, host: mq3.example.com}
outconn_amqp:
  - {name: o, def_name: e}
channel_rest:
  - {name: c, service: my.service, url_path: /c2, groups: [g], security: '', data_format: json}
  - {name: c3, service: my.service, url_path: /c3, security: n, data_format: json}
outgoing_rest:
  - {name: r, host: 'https://crm.example.com', url_path: /, security: a, data_format: json}
"""
#: Calls that it takes: found by `test_how_many_calls_it_takes`.
CALLS = 17


def prepared(folder: Path) -> tuple[Layout, str]:
    """An ODB with what is old, sealed, and a file with what is new."""
    layout = copy_real('3.2', folder)
    (folder / 'old.yaml').write_text(OLD)
    (folder / 'new.yaml').write_text(NEW)
    assert put(layout, str(folder / 'old.yaml'), direct=True)[0] is Exit.OK
    return layout, str(folder / 'new.yaml')


#: Columns that say when a row was written, and those whose values are ids of rows that were made again.
TIMES = {'creation_time', 'last_modified', 'created', 'last_updated'}


def rows(layout: Layout, *tables: str) -> dict[str, list[dict[str, object]]]:
    """The rows of tables, without times."""
    found = {}
    for table in tables:
        with layout.connected() as connection:
            names = connection.exec_driver_sql(f'select * from {table}').mappings().all()
        found[table] = [{name: value for name, value in row.items() if name not in TIMES} for row in names]
    return found


TABLES = ('sec_base', 'sec_basic_auth', 'http_soap', 'generic_object', 'conn_def_amqp', 'service')
REMADE = ('out_amqp',)


def without_ids(found: dict[str, list[dict[str, object]]]) -> list[str]:
    """Rows whose ids may be new, and those of what they refer to."""
    return sorted(
        str({name: value for name, value in row.items() if not name.endswith('id')})
        for part in found.values()
        for row in part
    )


def everything(layout: Layout) -> object:
    """All that must be as before: rows that stay by their bytes, those that were made again but for ids."""
    return without_ids(rows(layout, *TABLES, *REMADE))


def test_how_many_calls_it_takes(tmp_path: Path) -> None:
    layout, path = prepared(tmp_path)
    with served(layout) as server:
        code, console = put(layout, path, live_url=server.url, delete=True, jobs=1)
        assert code is Exit.OK, console.text
        assert server.platform.writes == CALLS
    assert 'Created' in console.text


@pytest.mark.parametrize('fault', ['before', 'after'])
@pytest.mark.parametrize('number', range(1, CALLS + 1))
def test_a_call_that_fails_is_undone(number: int, fault: str, tmp_path: Path) -> None:
    layout, path = prepared(tmp_path)
    before = everything(layout)
    with served(layout, faults={number: fault}) as server:
        code, console = put(layout, path, live_url=server.url, delete=True, jobs=1)
    assert code is Exit.NO
    assert 'Undone, by the server too: the ODB is as it was.' in console.text
    assert console.text.count('FAILED') == 1
    assert 's3cret' not in console.text
    assert everything(layout) == before
