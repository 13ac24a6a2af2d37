"""Which ODB a command works on: flags, then ZATO_ODB, then the embedded default."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from zatools import ini
from zatools.errors import OdbError, RefusedError, UsageError
from zatools.secret import Secret

DEFAULT = 'zato-odb.sqlite'
DRIVERS = {
    'postgresql': 'postgresql+psycopg',
    'postgresql+pg8000': 'postgresql+psycopg',
    'postgres': 'postgresql+psycopg',
    'mysql': 'mysql+pymysql',
    'mariadb': 'mysql+pymysql',
    'mariadb+pymysql': 'mysql+pymysql',
}
REFERENCE = 'zato+secret://'


@dataclass(frozen=True)
class OdbChoice:
    """What the command line says of the ODB; empty is not given."""

    odb: str = ''
    server: str = ''
    path: str = ''
    cluster: str = ''
    server_key: str = ''


@dataclass(frozen=True)
class Server:
    """A server directory: its key, the token that names its cluster, its generation."""

    directory: str
    key: Secret | None
    token: Secret | None
    generation: str


@dataclass(frozen=True)
class Target:
    """An ODB: its SQLAlchemy URL, the same without the password, the file of a SQLite one, its server."""

    url: str
    shown: str
    sqlite_path: str
    server: Server | None
    is_default: bool = False


def choose(choice: OdbChoice, environ: Mapping[str, str], cwd: str = '.') -> Target:
    """Returns the target; raises UsageError where flags contradict, RefusedError for the default in CI."""
    given = list(dict.fromkeys(filter(None, (choice.odb, choice.server, choice.path))))
    if len(given) > 1:
        raise UsageError(f'two ODBs are given: {" and ".join(map(_shown, given))}')
    if given:
        return _target(given[0], environ)
    if 'ZATO_ODB' in environ:
        if not environ['ZATO_ODB']:
            raise UsageError('ZATO_ODB is set but empty')
        return _target(environ['ZATO_ODB'], environ)
    if environ.get('CI', '').lower() not in ('', '0', 'false'):
        raise RefusedError('the embedded ODB is not used in CI', 'set ZATO_ODB or give --odb URL')
    return _sqlite(os.path.join(cwd, DEFAULT) if cwd != '.' else DEFAULT, is_default=True)


def _sqlite(path: str, server: Server | None = None, is_default: bool = False) -> Target:
    return Target(f'sqlite:///{path}', f'sqlite:///{path}', path, server, is_default)


def _shown(text: str) -> str:
    scheme, mark, rest = text.partition('://')
    if not mark or '@' not in rest:
        return text
    login, _, where = rest.rpartition('@')
    user = login.partition(':')[0]
    return f'{scheme}://{user}@{where}' if user else f'{scheme}://{where}'


def _target(text: str, environ: Mapping[str, str]) -> Target:
    if '://' in text:
        return _from_url(text)
    path = os.path.expanduser(text)
    if os.path.isdir(path):
        if os.path.exists(os.path.join(path, 'config', 'repo', 'server.conf')):
            return _from_server(path, environ)
        if os.path.exists(os.path.join(path, DEFAULT)):
            return _sqlite(os.path.normpath(os.path.join(path, DEFAULT)))
        raise OdbError(f'{text} is neither a server directory nor a folder with {DEFAULT}')
    return _sqlite(path)


def _from_url(url: str) -> Target:
    scheme, _, rest = url.partition('://')
    if scheme in ('sqlite', 'sqlite+pysqlite'):
        path = os.path.expanduser(rest.removeprefix('/'))
        if not path:
            raise UsageError('a SQLite URL needs a path, as in sqlite:///zato-odb.sqlite')
        return _sqlite(path)
    driver = DRIVERS.get(scheme, scheme)
    if driver not in DRIVERS.values():
        raise UsageError(f"'{scheme}' is no kind of database that is known", 'sqlite, postgresql or mysql')
    try:
        urlsplit(url)
    except ValueError:
        raise UsageError(f'{_shown(url)} is no valid URL') from None
    return Target(f'{driver}://{rest}', _shown(url), '', None)


class _Config:
    # server.conf and secrets.conf of a directory, values resolved as the server does.

    def __init__(self, directory: str, environ: Mapping[str, str]) -> None:
        repo = os.path.join(directory, 'config', 'repo')
        self.environ = environ
        self.sections = ini.read(os.path.join(repo, 'server.conf'))
        self.secrets = ini.read(os.path.join(repo, 'secrets.conf'))
        self.path = os.path.join(repo, 'secrets.conf')
        key = self.secrets.get('secret_keys', {}).get('key1', '')
        if key.startswith('$'):
            key = environ.get(key[1:]) or environ.get(key[1:].upper(), '')
        self.key = Secret(key) if key and '://' not in key else None

    def open(self, token: str) -> str:
        from zatools.odb.seal import Sealer

        if self.key is None:
            raise RefusedError(f'{self.path} has no key')
        return Sealer(self.key).open(token)

    def check(self) -> None:
        known = self.secrets.get('zato', {}).get('well_known_data', '')
        if known and self.key and not self.open(known).startswith('3.141592'):
            raise RefusedError(f'the key in {self.path} does not open what it sealed')

    def value(self, section: str, key: str) -> str:
        override = f'Zato_Config_Server_server__conf_{section}_{key}'
        value = self.environ.get(override, self.sections.get(section, {}).get(key, ''))
        if value.startswith(REFERENCE):
            name = value.removeprefix(REFERENCE).partition('.')[2]
            token = self.secrets.get('zato', {}).get(name, '')
            return self.open(token) if token else ''
        if value.startswith('$') and not value.startswith('$$'):
            return self.environ.get(value[1:], self.environ.get(value[1:].upper(), ''))
        return value


def _generation(directory: str) -> str:
    try:
        with open(os.path.join(directory, '.zato-info'), encoding='utf-8') as file:
            version = str(json.load(file).get('version', ''))
    except (OSError, ValueError, AttributeError):
        return ''
    return '3.2' if version.startswith('3.') else '4.1' if version.startswith('4.') else ''


def _from_server(directory: str, environ: Mapping[str, str]) -> Target:
    config = _Config(directory, environ)
    config.check()
    token = config.value('main', 'token')
    server = Server(directory, config.key, Secret(token) if token else None, _generation(directory))
    engine, name = config.value('odb', 'engine'), config.value('odb', 'db_name')
    if engine == 'sqlite':
        path = name if os.path.isabs(name) else os.path.join(directory, name)
        return _sqlite(path, server)
    login = ':'.join(quote(config.value('odb', key), safe='') for key in ('username', 'password'))
    host, port = config.value('odb', 'host'), config.value('odb', 'port')
    found = _from_url(f'{engine}://{login}@{host}{":" + port if port else ""}/{quote(name, safe="")}')
    return Target(found.url, found.shown, '', server)
