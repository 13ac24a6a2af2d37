"""What imports leave in the history, and what not."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.calls import diff, drift, import_files, log, undo
from tests.conftest import Console, Layout
from tests.databases import MORE_AGAIN, NO_MORE, copy_own
from tests.laws import samples
from tests.laws.test_laws import choice, put
from zatools.commands.history import switch
from zatools.errors import Exit, UsageError, ZatoolsError
from zatools.files.revision import commit_of
from zatools.odb import history
from zatools.odb.odb import opened
from zatools.plan.runs import moment_of, since

ENVIRON = {'LOGNAME': 'anna', 'HOSTNAME': 'build-7'}


def on(layout: Layout) -> None:
    assert switch(Console(layout.environ).world, choice(layout), switch='on') is Exit.OK


def rows(layout: Layout) -> list[tuple[str, ...]]:
    # As tuples: rows of SQLAlchemy show the beginning of long texts alone.
    return [tuple(row) for row in layout.execute('select names, content from zatools_history order by run, number')]


def test_no_secret_is_readable_in_the_history(layout: Layout, tmp_path: Path) -> None:
    on(layout)
    wanted = samples.state(layout.generation)
    put(layout, tmp_path, wanted)
    text = repr(rows(layout))
    assert 'zato.secf.' in text
    assert 's3cret' not in text


@pytest.mark.parametrize(
    ('host', 'url_path'),
    [('https://me:hunter2@crm.example.com', '/x'), ('https://crm.example.com', '/x?token=hunter2')],
)
def test_what_screens_mask_is_sealed_too(layout: Layout, tmp_path: Path, host: str, url_path: str) -> None:
    on(layout)
    path = tmp_path / 'rest.yaml'
    path.write_text(
        f'outgoing_rest:\n  - name: CRM\n    host: {host}\n    url_path: {url_path}\n    data_format: json\n'
    )
    assert import_files(Console(layout.environ).world, choice(layout), [str(path)]) is Exit.OK
    assert 'hunter2' not in repr(rows(layout))
    path.write_text(path.read_text().replace('hunter2', 'hunter3'))
    assert import_files(Console(layout.environ).world, choice(layout), [str(path)], replace=True) is Exit.OK
    assert undo(Console(layout.environ).world, choice(layout), yes=True) is Exit.OK
    path.write_text(path.read_text().replace('hunter3', 'hunter2'))
    assert diff(Console(layout.environ).world, choice(layout), [str(path)]) is Exit.OK


def test_an_import_without_changes_and_one_that_fails_are_no_runs(layout: Layout, tmp_path: Path) -> None:
    on(layout)
    wanted = samples.state(layout.generation, is_minimal=True)
    put(layout, tmp_path, wanted)
    before = layout.dump()
    put(layout, tmp_path, wanted)
    with refusing(layout), pytest.raises(ZatoolsError):
        put(layout, tmp_path, samples.state(layout.generation))
    assert layout.dump() == before


@contextmanager
def refusing(layout: Layout) -> Iterator[None]:
    # A trigger keeps rows of the history out, so that the import fails at its very end.
    made = [
        text.replace('before insert on out_amqp', 'before insert on zatools_history')
        for text in NO_MORE[layout.dialect]
    ]
    layout.execute(*made)
    try:
        yield
    finally:
        layout.execute(*(text.replace('out_amqp', 'zatools_history') for text in MORE_AGAIN[layout.dialect]))


def test_a_trial_is_no_run(tmp_path: Path) -> None:
    layout = copy_own('3.2', tmp_path / 'a.sqlite')
    put(layout, tmp_path, samples.state('3.2'), dry_run=True)
    assert rows(layout) == []


def test_a_run_says_who_and_where(tmp_path: Path) -> None:
    layout = copy_own('4.1', tmp_path / 'a.sqlite')
    path = tmp_path / 'a.yaml'
    path.write_text('groups:\n  - name: partners\n')
    console = Console({**layout.environ, **ENVIRON, 'CI_JOB_URL': 'https://me:hunter2@ci.example.com/jobs/7'})
    assert import_files(console.world, choice(layout), [str(path)]) is Exit.OK, console.text
    with opened(choice(layout), layout.environ) as odb:
        (run,) = history.runs(odb)
    assert (run.text('user'), run.text('host')) == ('anna', 'build-7')
    assert run.text('pipeline') == 'https://me:******@ci.example.com/jobs/7'
    assert run.about['files'] == [str(path)]


def test_where_no_history_is_kept_nothing_asks_for_it(layout: Layout, tmp_path: Path) -> None:
    switch(Console(layout.environ).world, choice(layout), switch='off', drop=True)
    put(layout, tmp_path, samples.state(layout.generation))
    assert 'zatools_history' not in layout.dump()
    on(layout)


@pytest.mark.parametrize(
    'content',
    [
        'x',
        '5',
        '[1]',
        '[{}]',
        '[{"op": "create"}]',
        '[' * 10_000,
        '[{"op":"create","name":"a","after":{"section":"x"}}]',
    ],
)
def test_what_nobody_of_us_has_written_is_told(content: str, tmp_path: Path) -> None:
    layout = copy_own('3.2', tmp_path / 'a.sqlite')
    put(layout, tmp_path, samples.state('3.2', is_minimal=True))
    with layout.connected() as connection:
        connection.exec_driver_sql('update zatools_history set content = ? where number = 1', (content,))
    with pytest.raises(ZatoolsError, match="run 1 of the history can't be read"):
        undo(Console(layout.environ).world, choice(layout))


@pytest.mark.parametrize(
    'content',
    [
        '',
        '[]',
        '{}',
        '{"at": 5}',
        '{"at": "x", "same": "y"}',
        '{"at": "x", "more_files": []}',
        '{"at": "x", "undoes": {}}',
    ],
)
def test_a_run_that_nobody_of_us_has_written_is_told(content: str, tmp_path: Path) -> None:
    layout = copy_own('3.2', tmp_path / 'a.sqlite')
    put(layout, tmp_path, samples.state('3.2', is_minimal=True))
    with layout.connected() as connection:
        connection.exec_driver_sql('update zatools_history set content = ? where number = 0', (content,))
    for call in (log, undo, drift):
        with pytest.raises(ZatoolsError, match="run 1 of the history can't be read"):
            call(Console(layout.environ).world, choice(layout))


def test_moments_at_the_ends_of_time_are_no_bug() -> None:
    for text in ('0001-01-01', '9999-12-31', '0001-01-01T00:00:00+14:00', '9999-12-31T23:59:59-14:00'):
        with suppress(UsageError):
            assert since(text)
        moment_of(history.Run(1, {'at': text}))


def test_runs_of_an_object_are_found_by_its_old_name_too(tmp_path: Path) -> None:
    layout = copy_own('3.2', tmp_path / 'a.sqlite')
    path = tmp_path / 'a.yaml'
    for text in ('{name: A}', '{name: B, was: A}', '{name: C}'):
        path.write_text(f'security_groups:\n  - {text}\n')
        assert import_files(Console(layout.environ).world, choice(layout), [str(path)], replace=True) is Exit.OK
    found = {}
    for name in 'ABCD':
        console = Console(layout.environ)
        log(console.world, choice(layout), name=name, as_json=True)
        found[name] = [run['run'] for run in json.loads(console.out.getvalue())]
    assert found == {'A': [2, 1], 'B': [2], 'C': [3], 'D': []}


def test_the_commit_is_that_which_is_checked_out(tmp_path: Path) -> None:
    commit = '39083eb' + '0' * 33
    git = tmp_path / '.git'
    git.mkdir()
    (git / 'HEAD').write_text('ref: refs/heads/main\n')
    assert commit_of(str(tmp_path / 'a.yaml')) == ''
    (git / 'packed-refs').write_text(f'# pack-refs\n{commit} refs/heads/main\n')
    assert commit_of(str(tmp_path / 'a.yaml')) == commit
    (git / 'HEAD').write_text('ref: ../../etc/passwd\n')
    assert commit_of(str(tmp_path)) == ''
    (git / 'HEAD').write_text(commit)
    assert commit_of(str(tmp_path)) == commit


def test_worktrees_have_their_own_commit(tmp_path: Path) -> None:
    def git(*words: str) -> str:
        command = ['git', '-c', 'user.name=a', '-c', 'user.email=a@example.com', '-C', str(tmp_path / 'one'), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    (tmp_path / 'one').mkdir()
    git('init', '-q')
    git('commit', '-q', '--allow-empty', '-m', 'first')
    git('worktree', 'add', '-q', '-b', 'two', str(tmp_path / 'two'))
    assert commit_of(str(tmp_path / 'two' / 'a.yaml')) == git('rev-parse', 'HEAD')


def test_baselines_are_kept_as_they_are(tmp_path: Path) -> None:
    layout = copy_own('3.2', tmp_path / 'a.sqlite')
    put(layout, tmp_path, samples.state('3.2'))
    world = Console(layout.environ).world
    switch(world, choice(layout), switch='off', drop=True)
    switch(world, choice(layout), switch='on')
    contents = [json.loads(text) for _, text in rows(layout)]
    assert contents[0]['begins'] == sum(len(part) for part in contents[1:])
