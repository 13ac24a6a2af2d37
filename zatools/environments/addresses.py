"""Addresses of databases and brokers by the names that definitions give them: for tests that look into them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from zatools.environments.filling import filled
from zatools.errors import UsageError
from zatools.kinds.broker import broker, url_host
from zatools.plan.choices import FileChoice
from zatools.plan.reading import raise_errors, read_files
from zatools.plan.selection import with_all_references
from zatools.secret import Secret, Template
from zatools.state import Item, State
from zatools.world import World

SQL, AMQP, KAFKA = 'SQL', 'AMQP', 'Kafka'
#: What an address of Kafka says after its question mark, by the field that has it.
KAFKA_FILES = {'ssl_ca_file': 'ca', 'ssl_cert_file': 'cert', 'ssl_key_file': 'key'}
Addresses = Mapping[tuple[str, str], str]


def addresses(world: World, paths: Sequence[str], env: str | None, env_file: str) -> Addresses:
    """Returns addresses by protocol and name, logins included; raises InvalidError for files that are wrong."""
    given: Mapping[str, Any] = {'paths': list(paths), 'env_file': env_file or '', 'env': env}
    if env is not None:
        given = filled(world, given, {'paths', 'overlays', 'env_file'}, needs_odb=False)
    choice = FileChoice(
        tuple(given['paths']), tuple(given.get('overlays') or ()), given['env_file'] or '', skip_unknown=True
    )
    if not choice.paths:
        raise UsageError(f"environment '{env}' names no files", 'name them: --definitions definitions.yaml')
    read = read_files(world, choice)
    raise_errors(read)
    return {key: address for item in read.state.values() for key, address in _of(item, read.state)}


def _of(item: Item, state: State) -> Iterator[tuple[tuple[str, str], str]]:
    fields = item.kind.by_name
    if any(isinstance(value, Template) for value in item.values.values()):
        # A variable has no value here: only who asks for it is told.
        yield from (((protocol, item.name), '') for protocol in (SQL, AMQP, KAFKA))
    elif 'db_name' in fields and 'engine' in fields:
        yield (SQL, item.name), _sql(item)
    elif item.kind.protocol == AMQP.lower():
        yield (AMQP, item.name), _amqp(item, state)
    elif 'topic' in fields and 'address' in fields:
        yield (KAFKA, item.name), _kafka(item)


def _sql(item: Item) -> str:
    # The driver is that of apitest: the server's may not be there.
    values = item.values
    scheme = str(values.get('engine', '')).partition('+')[0]
    name = quote(str(values.get('db_name', '')), safe='/')
    if scheme == 'zato':
        scheme = 'mssql'
    if scheme == 'sqlite':
        return f'sqlite:///{name}'
    return f'{scheme}://{_login(item)}{url_host(str(values.get("host", "")))}:{values.get("port", "")}/{name}'


def _amqp(item: Item, state: State) -> str:
    # 3.2 has the address in a definition that connections share.
    used = with_all_references({item.key: item}, state).values()
    shared = next((one for one in used if one is not item and 'vhost' in one.kind.by_name), None)
    if shared is None:
        known = broker(str(item.values.get('address', '')))
        shared = item
    else:
        values = {name: shared.values.get(name, shared.kind.by_name[name].default) for name in ('port', 'vhost')}
        known = broker(f'{shared.values.get("host", "")}:{values["port"]}/{quote(str(values["vhost"]), safe="")}')
    if known is None:
        return ''
    return str(known).replace('://', f'://{_login(shared)}', 1)


def _kafka(item: Item) -> str:
    scheme = 'kafkas' if item.values.get('ssl') else 'kafka'
    files = {name: item.values[field] for field, name in KAFKA_FILES.items() if item.values.get(field)}
    query = ''
    if files:
        query = f'?{urlencode(files)}'
    return f'{scheme}://{_login(item)}{item.values.get("address", "")}{query}'


def _login(item: Item) -> str:
    user, password = item.values.get('username'), item.values.get('password', item.values.get('secret'))
    if not user:
        return ''
    text = ''
    if isinstance(password, Secret) and password.can_reveal:
        text = f':{quote(password.reveal(), safe="")}'
    return f'{quote(str(user), safe="")}{text}@'
