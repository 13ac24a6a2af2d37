"""An operational database: opened, understood, read, changed in one transaction."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from zatools.atomic import put, unwritable
from zatools.checks import Known
from zatools.errors import OdbError, RefusedError, UsageError
from zatools.kinds.model import Kind
from zatools.odb import companions, engine as engines, failures, id_lists, keys, locks, schema
from zatools.odb.apply import Applier
from zatools.odb.charsets import charset_of
from zatools.odb.folding import folded
from zatools.odb.lacks import lacking, mended
from zatools.odb.limits import unfit
from zatools.odb.load import Loaded, Loader
from zatools.odb.locks import Wait
from zatools.odb.mapping import KEY_HINT, Database, Mapped, Table, catalog_of, map_kinds, tables_of
from zatools.odb.names import taken
from zatools.odb.references import in_use
from zatools.odb.renaming import Rename, Renamed, rename
from zatools.odb.rows import read_opaque
from zatools.odb.seal import Sealer
from zatools.odb.target import OdbChoice, Target, choose, creation
from zatools.odb.transaction import Transaction
from zatools.odb.undeclared import Census, Other, undeclared
from zatools.place import Problem
from zatools.secret import Secret
from zatools.state import Change, Difference, Key, State, effective_state


@dataclass
class Odb:
    """One opened ODB within a transaction."""

    target: Target
    connection: Connection
    generation: str
    is_ours: bool
    cluster_id: int
    cluster: str
    tables: Mapping[str, Table]
    mapped: Mapping[Kind, Mapped]
    sealer: Sealer | None
    is_shared: bool = False
    is_writing: bool = False
    is_new: bool = False
    #: A key that was made up for it, and the name of the file it is made in: both are kept by the commit.
    new_key: Secret | None = None
    draft: str = ''
    loaded: Loaded = field(default_factory=Loaded)
    made_services: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """Whose and where it is: the first line of what a command says."""
        return title(self.target, self.generation, self.cluster, self.is_ours)

    @property
    def key_hint(self) -> str:
        """Where its key is looked for."""
        if self.is_ours:
            return keys.hint(self.target)
        return KEY_HINT

    @property
    def database(self) -> Database:
        """The tables of its cluster, for whoever reads or writes them."""
        return Database(
            self.connection, self.tables, self.mapped, self.generation, self.cluster_id, self.is_writing, self.is_shared
        )

    @property
    def written(self) -> list[str]:
        """The tables that an import may write."""
        names = [name for mapped in self.mapped.values() for name in mapped.tables]
        return [name for name in dict.fromkeys([*names, 'service']) if name in self.tables]

    def load(self) -> Loaded:
        """Reads all objects, once."""
        self.loaded = self.read()
        return self.loaded

    def read(self) -> Loaded:
        """Reads all objects as they are now; what was there before stays at hand."""
        return Loader(self.database, self.opener).load()

    def known(self) -> Known:
        """Returns what checks need to know of it."""
        loaded = self.loaded
        return Known(
            loaded.state,
            loaded.ids,
            frozenset(loaded.internal),
            loaded.owned,
            self.is_ours,
            is_odb=True,
            reserved=self._reserved(),
            foreign=loaded.foreign,
            everybodys=self._everybodys(),
        )

    def _reserved(self) -> frozenset[Key]:
        return frozenset((kind.section, name) for kind in self.mapped for name in kind.internal.of(self.generation))

    def _everybodys(self) -> frozenset[Kind]:
        # 4.1's AMQP rows know no cluster: where there are several, they may be any one's.
        if not self.is_shared:
            return frozenset()
        return frozenset(
            kind
            for kind, mapped in self.mapped.items()
            if not mapped.table.types.keys() & {'cluster_id', mapped.row.via and mapped.row.via[0]}
        )

    def rename(self, renames: Sequence[Rename]) -> Renamed:
        """Sees objects by the names that they will have; their rows are written with the other changes."""
        return rename(self.loaded, renames)

    def mended(self, found: Difference, wanted: State) -> Difference:
        """Returns a difference with what rows of the wanted objects lack and servers can't do without."""
        stored = self.loaded.state
        lacks = lacking(self.loaded, self.mapped, self.generation, lambda: effective_state(wanted, stored))
        found = mended(found, wanted, stored, lacks, self.generation)
        return companions.shown(found, wanted, self.loaded, self.generation)

    def limits(self, changes: Sequence[Change]) -> list[Problem]:
        """Returns a problem for each value that this database can't hold, or takes for another's."""
        seals = self.sealer is not None or self.is_ours
        charset = charset_of(self.connection)
        found = [*unfit(changes, self.mapped, seals, charset), *folded(changes, self.loaded, self.connection)]
        found.extend(taken(changes, self.loaded))
        found.extend(companions.taken(changes, self.loaded, self.generation))
        if not self.is_ours:
            found.extend(companions.missing(changes, self.loaded, self.generation))
        return found

    def in_use(self, changes: Iterable[Change]) -> list[Problem]:
        """Returns a problem for each row of any table that refers to what is to be deleted."""
        return in_use(self.database, self.loaded, changes)

    def apply(self, changes: Sequence[Change]) -> None:
        """Writes changes; the caller commits."""
        if changes:
            keys.make(self)
            keys.remember(self)
        applier = Applier(self.database, self.loaded, self.sealer, self.is_ours, self.key_hint)
        applier.apply(changes)
        self.made_services = applier.made_services

    def relist(self, changes: Sequence[Change]) -> None:
        """Writes what rows list of those that refer to them, after others wrote the changes."""
        id_lists.write(Transaction(self.database, self.loaded), changes)

    def others(self) -> list[Other]:
        """Returns what it holds that is not a kind yet; rows of the platform's own are left out."""
        return Census(self.database, self.loaded, self.opener).read()

    def undeclared(self) -> dict[Key, dict[str, Secret | None]]:
        """Returns what is in `opaque1` of its objects and no field declares, by object and key."""
        return undeclared(self.database, self.loaded, self.opener)

    @property
    def opener(self) -> Callable[[str], str] | None:
        """What opens its secrets, if its key is known."""
        return self.sealer.open if self.sealer else None


def title(target: Target, generation: str, cluster: str, is_ours: bool) -> str:
    """Returns the line that names an ODB: URL without password, generation, cluster."""
    whose = f'Zato {generation}'
    if is_ours:
        whose = f'zatools, layout {generation}'
    return f'ODB {target.shown}, {whose}, cluster {cluster}'


def _clusters(connection: Connection) -> list[tuple[int, str, str | None]]:
    table = sa.table('cluster', sa.column('id'), sa.column('name'), sa.column('opaque1'))
    rows = connection.execute(sa.select(table.c.id, table.c.name, table.c.opaque1).order_by(table.c.id))
    return [(row[0], row[1], row[2]) for row in rows]


def _cluster(connection: Connection, choice: OdbChoice, target: Target) -> tuple[int, str, bool, bool]:
    # Its id and name, whether it is ours, whether there are others.
    rows, wanted = _clusters(connection), choice.cluster
    names = ', '.join(name for _, name, _ in rows)
    found = [row for row in rows if wanted in ('', row[1])]
    if len(found) > 1 and target.server and target.server.token:
        found = [row for row in rows if row[0] == _cluster_of_server(connection, target.server.token)] or found
    if len(found) == 1:
        id_, name, opaque = found[0]
        return id_, name, read_opaque(opaque).get('made_by') == 'zatools', len(rows) > 1
    if wanted and 'cluster' in choice.origin.filled:
        whose = f"environment '{choice.origin.environment}' is of cluster {wanted}"
        text = f'{whose}, and {target.shown} has {names or "none"}'
        raise RefusedError(f'{text}. Nothing was changed.', 'is it the ODB of this environment?')
    if wanted:
        raise UsageError(f"no cluster '{wanted}' in {target.shown}", f'there are: {names}')
    if not rows:
        raise OdbError(f'{target.shown} has no cluster', _creating(target, 'is it an ODB?', choice))
    raise UsageError(f'{target.shown} has several clusters: {names}', 'choose one: --cluster NAME')


def _creating(target: Target, text: str, choice: OdbChoice) -> str:
    # A server's tables are made by Zato.
    if target.server:
        return text.rstrip(';')
    return f'{text} create one: {creation(choice)}'


def _cluster_of_server(connection: Connection, token: Secret) -> int | None:
    table = sa.table('server', sa.column('cluster_id'), sa.column('token'))
    return connection.execute(sa.select(table.c.cluster_id).where(table.c.token == token.reveal())).scalar()


def is_missing(target: Target) -> bool:
    """Tells whether the target is a SQLite file that is missing or empty: no ODB yet."""
    path = target.sqlite_path
    return bool(path) and (not os.path.exists(path) or (os.path.isfile(path) and os.path.getsize(path) == 0))


def understand(target: Target, connection: Connection, choice: OdbChoice) -> Odb:
    """Returns the ODB that a connection leads to, without its key and its objects; raises OdbError for none."""
    catalog = catalog_of(connection)
    generation = schema.layout_of(catalog, target.shown)
    if not generation:
        raise OdbError(f'{target.shown} is no ODB', _creating(target, 'it has none of the tables;', choice))
    tables = tables_of(catalog)
    cluster_id, cluster, is_ours, is_shared = _cluster(connection, choice, target)
    mapped = map_kinds(tables, generation)
    return Odb(target, connection, generation, is_ours, cluster_id, cluster, tables, mapped, None, is_shared)


@contextmanager
def opened(
    choice: OdbChoice,
    environ: Mapping[str, str],
    wait: Wait | None = None,
    target: Target | None = None,
    needs_key: bool = True,
    loads: bool = True,
) -> Iterator[Odb]:
    """Opens an ODB that is there; with `wait`, for writing. What is not committed is rolled back at the end.

    Who prints and compares no secret doesn't need its key: that may be missing, or another's. Who looks at no object
    needs none to be loaded.
    """
    target = target or choose(choice, environ)
    if is_missing(target):
        raise OdbError(f'there is no ODB at {target.shown}', _creating(target, 'an import makes one;', choice))
    with failures.errors(target, 'Nothing was changed.' if wait else ''):
        engine = engines.open_engine(target, wait)
        with engine.connect() as connection:
            odb = _looked_at_before(connection, target, choice, wait)
            with failures.begun(connection) as transaction:
                odb = odb or _looked_at(connection, target, choice, wait)
                if wait:
                    locks.hold(connection, odb.written, wait)
                if needs_key:
                    keys.give(odb, choice, environ)
                if loads:
                    odb.load()
                yield odb
                if transaction.is_active:
                    transaction.rollback()
        engine.dispose()


def _looked_at(connection: Connection, target: Target, choice: OdbChoice, wait: Wait | None) -> Odb:
    if wait:
        locks.take(connection, wait)
    odb = understand(target, connection, choice)
    odb.is_writing = wait is not None
    return odb


def _looked_at_before(connection: Connection, target: Target, choice: OdbChoice, wait: Wait | None) -> Odb | None:
    # Where the lock is the session's, the transaction that writes begins after all looks: it sees what is so then.
    if wait is None or not locks.is_sessions(connection):
        return None
    with failures.begun(connection):
        return _looked_at(connection, target, choice, wait)


def commit(odb: Odb, hint: str = '') -> None:
    """Makes the changes last.

    Raises OdbError with the `hint` if the database goes away before it has said that they do.
    """
    transaction = odb.connection.get_transaction()
    if transaction is None:
        raise RefusedError('there is no transaction to commit')
    keys.keep(odb)
    try:
        transaction.commit()
    except sa.exc.DBAPIError as error:
        if not error.connection_invalidated:
            raise
        text = f'{odb.target.shown} went away during the commit, before it said whether the changes stand'
        raise OdbError(text, hint) from None
    if odb.draft:
        _publish(odb)


def _publish(odb: Odb) -> None:
    # Whoever looks for the ODB finds none, or a whole one.
    try:
        put(Path(odb.draft), Path(os.path.realpath(odb.target.sqlite_path)))
    except FileExistsError:
        raise OdbError(f'{odb.target.shown} was made by another program at the same time', 'try again') from None
    except OSError as error:
        raise unwritable(odb.target.shown, error) from None
