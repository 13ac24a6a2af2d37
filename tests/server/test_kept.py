"""What a server keeps in its file is written whole or not at all, and a failure is over when it is over."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from zatools.server.kept import Kept

INSERT = 'insert into job (name, service, start_date, extra) values (?, ?, ?, ?)'
COUNT = 'select count(*) from job'


def test_a_commit_that_a_reader_keeps_from_ending_leaves_nothing_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('zatools.server.kept.PATIENCE', 0.1)
    path = tmp_path / 'kept.sqlite'
    kept = Kept(path)
    kept.many(INSERT, [('a', 's', '2030-01-01', '')])
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute('begin')
        reader.execute(COUNT).fetchall()
        with pytest.raises(sqlite3.OperationalError, match='locked'):
            kept.many(INSERT, [('b', 's', '2030-01-01', '')])
        reader.execute('rollback')
        kept.many(INSERT, [('c', 's', '2030-01-01', '')])
        assert reader.execute('select name from job order by name').fetchall() == [('a',), ('c',)]
    kept.close()
