"""Which ODB a command works on: flags, then ZATO_ODB, then the embedded default."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from zatools import ini
from zatools.errors import OdbError, RefusedError, UsageError
from zatools.origin import TYPED, Origin
from zatools.place import nearest
from zatools.screens import word
from zatools.secret import Secret, secret_or_none

DEFAULT = 'zato-odb.sqlite'
#: The driver that we use for a dialect, whichever one Zato does.
DRIVERS = {
    'postgresql': 'postgresql+psycopg',
    'postgres': 'postgresql+psycopg',
    'mysql': 'mysql+pymysql',
    'mariadb': 'mysql+pymysql',
}
REFERENCE = 'zato+secret://'
#: A user and a password before a host: a URL whose scheme was forgotten.
LOGIN = re.compile(r'[^/:@]+:.*@')
SERVER_CONF = ('config', 'repo', 'server.conf')
#: What a server listens at that listens at all of its addresses.
EVERYWHERE = ('0.0.0.0', '*', '', '[::]')


@dataclass(frozen=True)
class OdbChoice:
    """What the command line says of the ODB; empty is not given."""

    odb: str = ''
    server: str = ''
    path: str = ''
    cluster: str = ''
    server_key: str = ''
    origin: Origin = TYPED


@dataclass(frozen=True)
class Server:
    """A server directory: its key, the token of its cluster, its generation, the URL it listens at, its Redis."""

    directory: str
    key: Secret | None
    token: Secret | None
    generation: str
    url: str = ''
    redis: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Tls:
    """How a server's `[odb]` wants its connections encrypted: paths of PEM files, empty is none."""

    ca: str
    cert: str
    key: str
    verify: bool


@dataclass(frozen=True)
class Target:
    """An ODB: its SQLAlchemy URL, the same without the password, the file of a SQLite one, its server."""

    url: str
    shown: str
    sqlite_path: str
    server: Server | None
    is_default: bool = False
    tls: Tls | None = None


def choose(choice: OdbChoice, environ: Mapping[str, str], cwd: str = '.') -> Target:
    """Returns the target; raises UsageError where flags contradict, RefusedError for the default in CI."""
    given = list(dict.fromkeys(filter(None, (choice.odb, choice.server, choice.path))))
    if len({_same(text) for text in given}) > 1:
        raise UsageError(f'two ODBs are given: {" and ".join(map(shown, given))}')
    if choice.server:
        return _from_server(os.path.expanduser(choice.server), environ)
    if given:
        return _target(given[0], environ)
    if 'ZATO_ODB' in environ:
        if not environ['ZATO_ODB'].strip():
            raise UsageError('ZATO_ODB is set but empty')
        return _target(environ['ZATO_ODB'], environ)
    if is_ci(environ):
        raise RefusedError('the embedded ODB is not used in CI', 'set ZATO_ODB or give --odb URL')
    return _sqlite(os.path.join(cwd, DEFAULT), is_default=True)


def options(choice: OdbChoice) -> Iterator[str]:
    """Yields the options that make a choice, for lines to copy, without the password of a URL."""
    # A path is how commands without --odb take an ODB.
    given = (
        ('odb', shown(choice.odb or choice.path)),
        ('server', choice.server),
        ('cluster', choice.cluster),
        ('server_key', choice.server_key),
    )
    for name, value in given:
        if value and name not in choice.origin.filled:
            yield f'--{name.replace("_", "-")} {option_value(value)}'


def environments(*origins: Origin) -> Iterator[str]:
    """Yields the option that names the environment of choices, once."""
    for name in dict.fromkeys(origin.environment for origin in origins if origin.environment):
        yield f'--env {option_value(name)}'


def option_value(text: str) -> str:
    """Returns a value of an option as one word of a shell."""
    # A file that begins with a dash gets a folder before it; a name must stay as it is.
    if text.startswith('-'):
        return shlex.quote(text)
    return word(text)


def line(command: str, choice: OdbChoice) -> str:
    """Returns a command line on an ODB for the shell, with the options that choose it."""
    return ' '.join([command, *options(choice), *environments(choice.origin)])


def creation(choice: OdbChoice) -> str:
    """Returns the command line that makes the ODB that a choice names."""
    return line('zato odb create', OdbChoice(odb=choice.odb or choice.path, origin=choice.origin))


def is_ci(environ: Mapping[str, str]) -> bool:
    """Tells whether a pipeline runs this rather than a person."""
    return environ.get('CI', '').lower() not in ('', '0', 'false')


def _same(text: str) -> str:
    # One place may be spelled in several ways: a URL or a path, with or without a slash at its end.
    path = text.removeprefix('sqlite:///')
    if '://' in path:
        return text
    return os.path.realpath(os.path.expanduser(path))


def _sqlite(path: str, server: Server | None = None, is_default: bool = False) -> Target:
    path = _normal(path)
    return Target(f'sqlite:///{path}', f'sqlite:///{shown(path)}', path, server, is_default)


def _normal(path: str) -> str:
    # Whoever looks whether there is a file, opens it or removes it must mean the same one: a/ and a/. are a.
    normal = os.path.normpath(path)
    # Through a symbolic link `..` is another folder than it seems.
    is_same = os.path.realpath(normal) == os.path.realpath(path) and not normal.startswith('//')
    if is_same:
        return normal
    return os.path.realpath(path)


def shown(text: str) -> str:
    """Returns what was given for an ODB, a URL or a path, without its password."""
    scheme, mark, rest = text.partition('://')
    if scheme.startswith('sqlite'):
        return text
    if not mark:
        has_login = LOGIN.match(text)
        if has_login is None:
            return text
        return f'{text.partition(":")[0]}@{text[has_login.end() :]}'
    login, at, where = rest.rpartition('@')
    user = login.partition(':')[0]
    if '/' in user or '?' in user:
        # That @ is in the path or the query, which may hold a password too.
        user, where = '', rest
    where = where.partition('?')[0]
    if user:
        where = f'{user}{at}{where}'
    return f'{scheme}://{where}'


def _is_server(path: str) -> bool:
    return any(os.path.exists(os.path.join(path, *parts)) for parts in (('.zato-info',), SERVER_CONF))


def no_server(path: str) -> OdbError:
    """Returns what to raise for a path that is no server's: nothing is there, or something else."""
    if os.path.lexists(path):
        return OdbError(f'{shown(path)} is no server directory', 'it has no config/repo/server.conf')
    return OdbError(f'there is no server directory {shown(path)}', like_server(path) or 'is the path right?')


def like_server(path: str) -> str:
    """Returns a hint that names the server directory that is meant by a mistyped path; '' if none is near."""
    folder, name = os.path.split(path.rstrip('/'))
    try:
        others = [other for other in os.listdir(folder or '.') if _is_server(os.path.join(folder, other))]
    except OSError:
        return ''
    near = nearest(name, others)
    if not near:
        return ''
    return f'did you mean {word(shown(os.path.join(folder, near[0])))}?'


def _target(text: str, environ: Mapping[str, str]) -> Target:
    if '://' in text:
        return _from_url(text)
    path = os.path.expanduser(text)
    if os.path.isdir(path):
        if _is_server(path):
            return _from_server(path, environ)
        if os.path.exists(os.path.join(path, DEFAULT)):
            return _sqlite(os.path.normpath(os.path.join(path, DEFAULT)))
        raise OdbError(
            f'{text} is neither a server directory nor a folder with {DEFAULT}',
            'a server directory has config/repo/server.conf in it',
        )
    if LOGIN.match(path) and not os.path.exists(path):
        raise UsageError(f'{shown(path)} is neither a URL nor a file', 'a URL begins with postgresql:// or mysql://')
    return _sqlite(path)


def _from_url(url: str) -> Target:
    scheme, _, rest = url.partition('://')
    if scheme in ('sqlite', 'sqlite+pysqlite'):
        path = os.path.expanduser(rest.removeprefix('/'))
        if not rest.startswith('/') or path in ('', ':memory:'):
            raise UsageError('a SQLite URL needs a path, as in sqlite:///zato-odb.sqlite')
        return _sqlite(path)
    driver = DRIVERS.get(scheme.partition('+')[0])
    if driver is None:
        raise UsageError(f"'{scheme}' is no kind of database that is known", 'sqlite, postgresql or mysql')
    try:
        urlsplit(url).port  # noqa: B018
    except ValueError:
        raise UsageError(f'{shown(url)} is no valid URL', 'write / and @ in a password as %2F and %40') from None
    return Target(f'{driver}://{rest}', shown(url), '', None)


class _Config:
    # server.conf and secrets.conf of a directory, values resolved as the server does.

    def __init__(self, directory: str, environ: Mapping[str, str]) -> None:
        self.path = os.path.join(directory, *SERVER_CONF)
        self.secrets_path = os.path.join(os.path.dirname(self.path), 'secrets.conf')
        self.environ = environ
        self.sections = ini.read(self.path)
        self.secrets = ini.read(self.secrets_path)
        self.key = secret_or_none(resolve_key(self.secrets.get('secret_keys', {}).get('key1', ''), environ))
        self._check()

    def _open(self, token: str) -> str:
        from zatools.odb.seal import Sealer

        if self.key is None:
            raise RefusedError(f'{self.secrets_path} has no key', 'its key1 may be a variable that is not set')
        try:
            return Sealer(self.key).open(token)
        except RefusedError:
            raise RefusedError(f'the key in {self.secrets_path} does not open what it sealed') from None

    def _check(self) -> None:
        known = self.secrets.get('zato', {}).get('well_known_data', '')
        if known and self.key and not self._open(known).startswith('3.141592'):
            raise RefusedError(f'the key in {self.secrets_path} does not open what it sealed')

    def value(self, section: str, key: str) -> str:
        override = f'Zato_Config_Server_server__conf_{section}_{key}'
        value = self.environ.get(override, self.sections.get(section, {}).get(key, ''))
        if value.startswith(REFERENCE):
            name = value.removeprefix(REFERENCE).partition('.')[2]
            token = self.secrets.get('zato', {}).get(name, '')
            return token and self._open(token)
        if value.startswith('$') and not value.startswith('$$'):
            found = variable(value[1:], self.environ)
            if found is None:
                raise OdbError(f'{self.path}: [{section}] {key} is {value}, which is not set')
            return found
        return value

    def path_of(self, section: str, key: str) -> str:
        path = os.path.expanduser(self.value(section, key))
        if path and not os.path.isabs(path):
            path = os.path.join(os.path.dirname(self.path), path)
        if path and not os.access(path, os.R_OK):
            raise OdbError(f"{self.path}: [{section}] {key} can't be read: {path}")
        return path

    def required(self, section: str, key: str) -> str:
        value = self.value(section, key)
        if not value:
            raise OdbError(f'{self.path}: [{section}] has no {key}', 'is it the directory of a server?')
        return value


def variable(name: str, environ: Mapping[str, str]) -> str | None:
    """Returns a variable's value as Zato finds it: by its name, else by that in capitals."""
    return environ.get(name, environ.get(name.upper()))


def resolve_key(key: str, environ: Mapping[str, str]) -> str:
    """Returns the key that secrets.conf gives or names; '' where the server is handed it on its standard input."""
    if key.startswith('$'):
        return variable(key[1:], environ) or ''
    if '://' in key:
        return ''
    return key


def _generation(directory: str) -> str:
    try:
        with open(os.path.join(directory, '.zato-info'), encoding='utf-8') as file:
            version = str(json.load(file).get('version', ''))
    except (OSError, ValueError, AttributeError):
        return ''
    major = ''.join(re.findall(r'\d+', version)[:1])
    return {'3': '3.2', '4': '4.1'}.get(major, '')


def _url(config: _Config) -> str:
    # An address that is not set matters only to who wants to call the server.
    try:
        bind = config.value('main', 'gunicorn_bind') or config.value('main', 'bind')
        uses_tls = config.value('crypto', 'use_tls')
    except OdbError:
        return ''
    host, _, port = bind.rpartition(':')
    if not port.isdigit():
        return ''
    if host in EVERYWHERE:
        host = '127.0.0.1'
    scheme = 'https' if uses_tls.lower() in ('true', 'yes', 'on', '1') else 'http'
    return f'{scheme}://{host}:{port}'


def _from_server(directory: str, environ: Mapping[str, str]) -> Target:
    if not _is_server(directory):
        raise no_server(directory)
    config = _Config(directory, environ)
    server = Server(directory, config.key, _token(config), _generation(directory), _url(config), _redis(config))
    engine, name = config.required('odb', 'engine'), config.required('odb', 'db_name')
    dialect = engine.partition('+')[0]
    if dialect == 'sqlite':
        return _sqlite(os.path.join(directory, name), server)
    if dialect not in DRIVERS:
        raise OdbError(f"{config.path}: [odb] engine '{engine}' is no kind of database that is known")
    login = ':'.join(quote(config.value('odb', key), safe='') for key in ('username', 'password'))
    host, port = config.required('odb', 'host'), config.value('odb', 'port')
    where = ':'.join(filter(None, (host, port)))
    found = _from_url(f'{engine}://{login}@{where}/{quote(name, safe="")}')
    return Target(found.url, found.shown, '', server, tls=_tls(config))


def _token(config: _Config) -> Secret | None:
    # A token may be sealed, and only the key opens it.
    if config.key is None:
        return None
    return secret_or_none(config.value('main', 'token'))


def _redis(config: _Config) -> dict[str, Any]:
    # What can't be read matters only to who wants a Redis.
    try:
        section = next((name for name in ('redis', 'kvdb') if config.value(name, 'host')), '')
        found = {name: config.value(section, name) for name in ('host', 'port', 'db', 'password') if section}
    except (OdbError, RefusedError):
        return {}
    if not found:
        return {}
    numbers = {name: int(found[name]) for name in ('port', 'db') if found[name].isdigit()}
    return {'host': found['host'], 'password': Secret(found['password']), **numbers}


FALSE = frozenset({'', 'false', 'no', 'off', '0', 'none'})


def _tls(config: _Config) -> Tls | None:
    if config.value('odb', 'ssl').lower() in FALSE:
        return None
    ca, cert, key = (config.path_of('odb', f'ssl_{name}_file') for name in ('ca', 'cert', 'key'))
    verify = (config.value('odb', 'ssl_verify') or 'true').lower() not in FALSE
    if verify and not ca:
        raise OdbError(
            f'{config.path}: [odb] ssl is on, but there is no ssl_ca_file to check the server by',
            'name the CA, or set ssl_verify=False',
        )
    return Tls(ca, cert, key, verify)
