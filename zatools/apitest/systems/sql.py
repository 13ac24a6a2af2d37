"""Databases that steps ask, by SQLAlchemy: values are always parameters, each statement is committed at once."""

from __future__ import annotations

import datetime
import decimal
import os
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from zatools.apitest.failures import StepBroken

if TYPE_CHECKING:
    import sqlalchemy as sa

#: Drivers of databases whose address names none, and the packages that bring them.
DRIVERS = {'postgresql': 'psycopg', 'postgres': 'psycopg', 'mysql': 'pymysql', 'mariadb': 'pymysql'}
PACKAGES = {'psycopg': "'psycopg[binary]'", 'pymysql': 'PyMySQL'}
#: Seconds until a server must have taken a connection.
CONNECT = 10
#: Rows that are compared at most.
MOST = 10_000
T = TypeVar('T')


class Rows(NamedTuple):
    """What a statement gives: the names of its columns, and its rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


class Database:
    """A database that is open; by default each statement is committed, so that the tested service sees it."""

    def __init__(self, address: str, is_made: bool = False) -> None:
        self._engine = _engine(address, is_made)
        self.shown = _shown(self._engine.url)
        self._connection: sa.Connection | None = None
        self._rolls_back = False

    def begin(self, rolls_back: bool) -> None:
        """Begins a scenario: its statements are one transaction where they are rolled back."""
        if rolls_back != self._rolls_back:
            # The connection commits each statement, or none.
            self._disconnect()
        self._rolls_back = rolls_back

    def end(self) -> None:
        """Ends a scenario, and undoes its statements where it was to be rolled back."""
        if self._rolls_back and self._connection is not None:
            self._disconnect()

    def close(self) -> None:
        """Closes the connection."""
        self._disconnect()
        self._engine.dispose()

    def _disconnect(self) -> None:
        import sqlalchemy as sa

        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            # Ends a transaction that is open, which undoes it.
            connection.close()
        except sa.exc.DBAPIError:
            # The server is gone, and the transaction with it.
            return

    def ask(self, statement: Any, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] = ()) -> Rows:
        """Runs a statement; returns its rows."""

        def run(connection: sa.Connection) -> Rows:
            result = connection.execute(statement, parameters or None)
            if not result.returns_rows:
                return Rows((), ())
            rows = result.fetchmany(MOST + 1)
            result.close()
            return Rows(tuple(result.keys()), tuple(tuple(map(plain, row)) for row in rows))

        return self._guarded(run)

    def _guarded(self, run: Callable[[sa.Connection], T]) -> T:
        import sqlalchemy as sa

        try:
            return run(self._connected())
        except sa.exc.SQLAlchemyError as error:
            raise StepBroken(_reason(error, self.shown), at='sql', hint=_hint(error)) from None

    def _connected(self) -> sa.Connection:
        if self._connection is None:
            level = 'AUTOCOMMIT'
            if self._rolls_back:
                level = 'READ COMMITTED'
                if self._engine.dialect.name == 'sqlite':
                    level = 'SERIALIZABLE'
            self._connection = self._engine.connect().execution_options(isolation_level=level)
        return self._connection

    def text(self, statement: str) -> Any:
        """Returns a statement of SQL with names for parameters (:p1), as `ask` takes it."""
        import sqlalchemy as sa

        return sa.text(statement)

    def table(self, name: str, columns: Iterable[str]) -> Any:
        """Returns a table with columns; its name may have that of its schema before it."""
        import sqlalchemy as sa

        schema, _, table = name.rpartition('.')
        return sa.table(table, *map(sa.column, columns), schema=schema or None)

    def read_table(self, name: str, columns: Sequence[str]) -> Rows:
        """Returns the columns of all rows of a table; raises StepBroken where it has too many."""
        import sqlalchemy as sa

        table = self.table(name, columns)
        found = self.ask(sa.select(*table.c).select_from(table))
        if len(found.rows) > MOST:
            text = f"table '{name}' has more than {MOST:,} rows"
            raise StepBroken(text, at='table', hint='ask for those that matter: SQL "select … where …" gives')
        return found

    def count(self, name: str) -> int:
        """Returns the number of rows of a table."""
        import sqlalchemy as sa

        found = self.ask(sa.select(sa.func.count()).select_from(self.table(name, ())))
        return int(found.rows[0][0])

    def insert(self, name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Inserts rows into a table."""
        import sqlalchemy as sa

        self.ask(sa.insert(self.table(name, columns)), [dict(zip(columns, row, strict=True)) for row in rows])

    def delete(self, name: str, criterion: Any = None) -> None:
        """Deletes the rows of a table, all of them without a criterion."""
        import sqlalchemy as sa

        statement = sa.delete(self.table(name, ()))
        if criterion is not None:
            statement = statement.where(criterion)
        self.ask(statement)

    def update(self, name: str, values: Mapping[str, Any], criterion: Any = None) -> None:
        """Sets columns of the rows of a table, of all of them without a criterion."""
        import sqlalchemy as sa

        statement = sa.update(self.table(name, values)).values(dict(values))
        if criterion is not None:
            statement = statement.where(criterion)
        self.ask(statement)

    def create(self, name: str, columns: Sequence[tuple[str, Any]]) -> None:
        """Creates a table with columns of these types."""
        import sqlalchemy as sa

        table = sa.Table(name, sa.MetaData(), *(sa.Column(column, kind) for column, kind in columns))
        self.ask(sa.schema.CreateTable(table))


def _engine(address: str, is_made: bool) -> sa.Engine:
    import sqlalchemy as sa

    try:
        url = sa.make_url(address)
    except sa.exc.ArgumentError:
        hint = 'postgresql://host/name, mysql://…, sqlite:///file.db; with a password in a variable: "$ORDERS_DB"'
        raise StepBroken('this is no address of a database', at='url', hint=hint) from None
    if driver := DRIVERS.get(url.drivername):
        url = url.set(drivername=f'{url.drivername.replace("postgres", "postgresql").replace("sqlql", "sql")}+{driver}')
    options: dict[str, Any] = {'connect_timeout': CONNECT}
    if url.get_backend_name() == 'sqlite':
        options = {}
        _demand_file(url.database, is_made)
    try:
        return sa.create_engine(url, poolclass=_pool(url), connect_args=options)
    except ModuleNotFoundError as error:
        hint = f'pip install {PACKAGES.get(str(error.name), error.name)}'
        raise StepBroken(f"the driver '{error.name}' is not installed", at='url', hint=hint) from None
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError):
        raise StepBroken(f"there is no kind of database '{url.drivername}'", at='url') from None


def _shown(url: sa.URL) -> str:
    # Neither driver nor password: who reads this wants to know which database it is.
    return url._replace(drivername=url.get_backend_name(), password=None, query={}).render_as_string()  # type: ignore[arg-type]


def _pool(url: sa.URL) -> type[sa.Pool]:
    import sqlalchemy as sa

    if url.get_backend_name() == 'sqlite' and url.database in (None, '', ':memory:'):
        # A database in memory is gone with its connection.
        return sa.pool.StaticPool
    return sa.pool.NullPool


def _demand_file(path: str | None, is_made: bool) -> None:
    # SQLite would make an empty database of a mistyped name.
    if path and path != ':memory:' and not is_made and not path.startswith('file:') and not os.path.exists(path):
        raise StepBroken(f"there is no database '{path}'", at='url', hint='the path begins at the current folder')


def _reason(error: Any, shown: str) -> str:
    # The message of the driver alone: SQLAlchemy's has the statement, its values and links.
    lines = str(_driver_message(getattr(error, 'orig', None) or error)).splitlines()
    text = '; '.join(' '.join(line.split()) for line in lines if line.strip())
    if getattr(error, 'connection_invalidated', False) or _is_connecting(error):
        return f'{shown} does not answer: {text}'
    return f'the database says: {text}'


def _driver_message(error: Any) -> Any:
    # PyMySQL's errors are a number and a text.
    if len(error.args) == 2 and isinstance(error.args[0], int):
        return error.args[1]
    return error


def _is_connecting(error: Any) -> bool:
    return getattr(error, 'statement', '') is None


def _hint(error: Any) -> str:
    if _is_connecting(error):
        return 'is it up, and are user and password right?'
    return ''


def plain(value: Any) -> Any:
    """Returns a value of a database as one of JSON."""
    if isinstance(value, decimal.Decimal):
        if value == value.to_integral_value():
            return int(value)
        return float(value)
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    if isinstance(value, (uuid.UUID, datetime.timedelta)):
        return str(value)
    return value
