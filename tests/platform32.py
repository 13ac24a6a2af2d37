"""A 3.2 server on a real socket that keeps an ODB: doors, envelopes, and admin services, their faults included.

What a service takes and does is data, `SERVICES`. As a program, platform32.py URL PASSWORD KEY, it serves until it is
killed; its address is the first line that it prints.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from ast import literal_eval
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from cryptography.fernet import Fernet
from sqlalchemy.engine import Connection
from sqlalchemy.pool import NullPool

DRIVERS = {'postgresql': 'postgresql+psycopg', 'mysql': 'mysql+pymysql', 'sqlite': 'sqlite'}
FLAGS = ('is_', 'has_', 'needs_', 'should_', 'by_', 'may_')
NUMBERS = ('_id', '_size', '_count', '_timeout', '_size_min', '_size_max')
SECRETS = frozenset(
    ('auth_data', 'auth_token', 'password', 'password1', 'password2', 'secret_key', 'tls_pem_passphrase', 'token')
)
BARE = frozenset(('oauth2_access_token', 'consumer_key', 'consumer_secret'))
RATES = 'is_rate_limit_active rate_limit_type rate_limit_def rate_limit_check_parent_def'
AUDIT = (
    'is_audit_log_sent_active is_audit_log_received_active max_len_messages_sent max_len_messages_received'
    ' max_bytes_per_message_sent max_bytes_per_message_received'
)
#: What inputs name by a name: the table, and the column that gets the id.
NAMED = {
    'service': ('service', 'service_id'),
    'service_name': ('service', 'service_id'),
    'parent_name': ('rbac_role', 'parent_id'),
    'role_name': ('rbac_role', 'role_id'),
    'perm_name': ('rbac_perm', 'perm_id'),
}


class ServiceError(Exception):
    """A service fails: status and text."""

    def __init__(self, text: str, status: int = 500, kind: str = 'Exception') -> None:
        super().__init__(text)
        self.status, self.kind = status, kind


@dataclass(frozen=True)
class Spec:
    """A family of services: its table, what create and edit require and take besides, and what they do to it.

    `child` is a further table with its link. A `meta` service rebuilds `opaque1` with each edit, and absent texts are
    NULL. `password` is the column that change-password sets; `made` the value that a new row has there.
    """

    table: str
    required: str
    optional: str = ''
    match: Mapping[str, Any] = field(default_factory=dict)
    child: tuple[str, str] | None = None
    meta: bool = False
    password: str = ''
    made: str = ''
    fixed: Mapping[str, Any] = field(default_factory=dict)
    only: tuple[str, ...] = ('create', 'edit', 'delete')
    may_be_empty: bool = False
    broken: Mapping[str, str] = field(default_factory=dict)
    lost_by_edit: tuple[str, ...] = ()
    raw: bool = False


def security(type_: str, child: str, required: str, optional: str = '', **more: Any) -> Spec:
    """Returns the services of a type of security definitions."""
    given = {'match': {'sec_type': type_}, 'child': (child, 'id'), 'password': 'password', 'may_be_empty': True, **more}
    return Spec('sec_base', f'name is_active {required}', f'{optional} {RATES}', **given)


OAUTH = 'client_id_field client_secret_field grant_type data_format'
OAUTH_FIXED = {'proto_version': 'not-used', 'sig_method': 'not-used', 'max_nonce_log': 0}
WMQ = (
    'name host port channel cache_open_send_queues cache_open_receive_queues use_shared_connections ssl needs_mcd'
    ' use_jms max_chars_printed'
)
BYTES = dict.fromkeys(('create', 'edit'), "TypeError: memoryview: a bytes-like object is required, not 'str'")
OPAQUE = dict.fromkeys(('create', 'edit'), "AttributeError: 'SimpleIOPayload' object has no attribute 'opaque1'")
CRASSUS = 'host port timeout mode'

#: By prefix: what the services of 3.2 take and do.
SERVICES: dict[str, Spec] = {
    'zato.security.basic-auth': security('basic_auth', 'sec_basic_auth', 'username realm', made='uuid'),
    'zato.security.apikey': security('apikey', 'sec_apikey', '', 'header', made='sealed'),
    'zato.security.ntlm': security('ntlm', 'sec_ntlm', 'username'),
    'zato.security.oauth': security(
        'oauth', 'sec_oauth', f'username {OAUTH}', 'auth_server_url scopes extra_fields', fixed=OAUTH_FIXED
    ),
    'zato.security.jwt': security('jwt', 'sec_jwt', 'username ttl', made='uuid'),
    'zato.security.aws': security('aws', 'sec_aws', 'username', made='uuid', may_be_empty=False),
    'zato.security.tls.channel': security('tls_channel_sec', 'sec_tls_channel', 'value', meta=True, password=''),
    'zato.security.tls.key-cert': security(
        'tls_key_cert',
        'sec_tls_key_cert',
        'auth_data',
        meta=True,
        password='',
        broken=dict.fromkeys(('create', 'edit'), 'TypeError: write() argument must be str, not bytes'),
    ),
    'zato.security.vault.connection': security(
        'vault_conn_sec',
        'sec_vault_conn',
        'sec_type url timeout allow_redirects tls_verify',
        'token default_auth_method service_id tls_key_cert_id tls_ca_cert_id',
        meta=True,
        password='',
    ),
    'zato.security.tls.ca-cert': Spec('sec_tls_ca_cert', 'name is_active value', meta=True),
    'zato.definition.amqp': Spec(
        'conn_def_amqp',
        'cluster_id name host port vhost username frame_max heartbeat',
        'opaque1',
        password='password',
        made='sealed',
    ),
    'zato.channel.amqp': Spec(
        'channel_amqp',
        'cluster_id name is_active def_id queue consumer_tag_prefix service pool_size ack_mode prefetch_count',
        'data_format',
    ),
    'zato.outgoing.amqp': Spec(
        'out_amqp',
        'cluster_id name is_active def_id delivery_mode priority pool_size',
        'content_type content_encoding expiration user_id app_id',
    ),
    'zato.outgoing.sql': Spec(
        'sql_pool',
        'name is_active engine host port db_name username pool_size',
        'extra',
        password='password',
        made='uuid',
    ),
    'zato.notif.sql': Spec('notif', 'name is_active interval query def_id service_name', broken=OPAQUE),
    'zato.definition.jms-wmq': Spec(
        'conn_def_wmq',
        WMQ,
        'queue_manager username ssl_cipher_spec ssl_key_repository',
        password='password',
        made='uuid',
        lost_by_edit=('ssl_cipher_spec', 'ssl_key_repository'),
    ),
    'zato.channel.jms-wmq': Spec('channel_wmq', 'name is_active def_id queue service', 'data_format'),
    'zato.outgoing.jms-wmq': Spec('out_wmq', 'name is_active def_id delivery_mode priority', 'expiration'),
    'zato.channel.zmq': Spec(
        'channel_zmq',
        'name is_active address socket_type socket_method pool_strategy service_source service',
        'sub_key data_format',
    ),
    'zato.outgoing.zmq': Spec('out_zmq', 'name is_active address socket_type socket_method'),
    'zato.channel.web-socket': Spec(
        'channel_web_socket',
        'name is_active address service_name data_format new_token_wait_time token_ttl is_internal',
        f'security_id ping_interval pings_missed_threshold extra_properties {AUDIT}',
        meta=True,
        fixed={'is_out': False},
    ),
    'zato.definition.cassandra': Spec(
        'conn_def_cassandra',
        'name is_active contact_points port exec_size proto_version default_keyspace',
        'cql_version username tls_ca_certs tls_client_cert tls_client_priv_key',
        meta=True,
        password='password',
    ),
    'zato.query.cassandra': Spec('query_cassandra', 'name is_active def_id value', meta=True, broken=BYTES),
    'zato.search.es': Spec('search_es', 'name is_active hosts timeout body_as', meta=True),
    'zato.search.solr': Spec('search_solr', 'name is_active address timeout pool_size ping_path', 'options', meta=True),
    'zato.outgoing.odoo': Spec(
        'out_odoo',
        'name is_active host user database port pool_size protocol',
        meta=True,
        password='password',
        made='uuid',
    ),
    'zato.outgoing.sap': Spec(
        'out_sap',
        'name is_active host user client sysid pool_size',
        'sysnr router',
        meta=True,
        password='password',
        made='uuid',
    ),
    'zato.outgoing.ftp': Spec(
        'out_ftp', 'name is_active host port dircache', 'user acct timeout default_directory', password='password'
    ),
    'zato.cloud.aws.s3': Spec(
        'aws_s3',
        'name is_active address pool_size debug_level suppr_cons_slashes encrypt_at_rest content_type storage_class'
        ' security_id',
        'metadata_ bucket',
    ),
    'zato.email.imap': Spec(
        'email_imap',
        f'name is_active {CRASSUS} debug_level get_criteria',
        'username server_type tenant_id client_id filter_criteria',
        meta=True,
        password='password',
    ),
    'zato.email.smtp': Spec(
        'email_smtp', f'name is_active {CRASSUS} is_debug ping_address', 'username', meta=True, password='password'
    ),
    'zato.sms.twilio': Spec(
        'sms_twilio',
        'name is_active account_sid auth_token',
        'default_from default_to',
        meta=True,
        fixed={'is_internal': False},
    ),
    'zato.message.namespace': Spec('msg_ns', 'name value'),
    'zato.scheduler.job': Spec(
        'job',
        'name is_active job_type service start_date',
        'extra weeks days hours minutes seconds repeats cron_definition',
    ),
    'zato.cache.builtin': Spec(
        'cache',
        'name is_active is_default cache_type max_size max_item_size extend_expiry_on_get extend_expiry_on_set'
        ' sync_method persistent_storage',
        match={'cache_type': 'builtin'},
        child=('cache_builtin', 'cache_id'),
        meta=True,
    ),
    'zato.cache.memcached': Spec(
        'cache',
        'name is_active is_default cache_type servers is_debug',
        'extra',
        match={'cache_type': 'memcached'},
        child=('cache_memcached', 'cache_id'),
        meta=True,
    ),
    'zato.security.rbac.role': Spec('rbac_role', 'name', 'parent_name parent_id', meta=True),
    'zato.security.rbac.permission': Spec('rbac_perm', 'name', meta=True),
    'zato.security.rbac.client-role': Spec(
        'rbac_client_role', 'client_def role_id', 'role_name', meta=True, only=('create', 'delete')
    ),
    'zato.security.rbac.role-permission': Spec(
        'rbac_role_perm',
        'role_id perm_id service_id',
        'role_name perm_name service_name',
        meta=True,
        only=('create', 'delete'),
    ),
    'zato.generic.connection': Spec(
        'generic_conn',
        'name type_ is_active is_internal is_channel is_outconn pool_size sec_use_rbac',
        'address data_format version extra username username_type secret secret_type port timeout cache_expiry'
        ' conn_def_id cache_id',
        meta=True,
        password='secret',
        raw=True,
    ),
    'zato.http-soap': Spec(
        'http_soap',
        'name url_path connection',
        'service service_id security_id is_active transport is_internal method host ping_method content_type'
        ' soap_action soap_version data_format http_accept pool_size timeout merge_url_params_req url_params_pri'
        ' params_pri serialization_type match_slash tls_verify sec_tls_ca_cert_id content_encoding cache_id'
        f' cache_expiry has_rbac sec_use_rbac security_groups service_whitelist hl7_version {RATES} {AUDIT}',
    ),
}
#: What rows of http_soap have where nothing is said.
HTTP_DEFAULTS = {
    'pool_size': 20,
    'timeout': 10,
    'url_params_pri': 'qs-over-path',
    'params_pri': 'channel-params-over-msg',
    'serialization_type': 'string',
    'transport': 'plain_http',
    'cache_expiry': 0,
}
#: What is unique in a database, and the words of services for names that are taken.
TAKEN = 'An object of that name `{}` already exists in this cluster'


@dataclass
class Platform:
    """A 3.2 server: its ODB, its key, and what goes wrong at which of its writing calls (from 1)."""

    url: str
    password: str
    key: str
    faults: dict[int, str] = field(default_factory=dict)
    delay: float = 0.0
    asked: list[tuple[str, Any]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    writes: int = 0
    #: Called with the number of each writing call before it is carried out.
    before: Callable[[int], None] = lambda number: None

    def __post_init__(self) -> None:
        scheme, _, rest = self.url.partition('://')
        self.engine = sa.create_engine(f'{DRIVERS[scheme.partition("+")[0]]}://{rest}', poolclass=NullPool)
        if self.engine.dialect.name == 'sqlite':
            sa.event.listen(self.engine, 'connect', _prepare)
        self.tables: dict[str, sa.Table] = {}
        self.fernet = Fernet(self.key.encode())
        self.lock = threading.RLock()
        self.over = threading.Event()

    def table(self, name: str) -> sa.Table:
        """Returns a table as the database has it."""
        if name not in self.tables:
            self.tables[name] = sa.Table(name, sa.MetaData(), autoload_with=self.engine, resolve_fks=False)
        return self.tables[name]

    @cached_property
    def references(self) -> Mapping[str, list[tuple[str, str]]]:
        """Which columns of which tables refer to the ids of a table."""
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        with self.engine.connect() as connection:
            inspector = sa.inspect(connection)
            for other in inspector.get_table_names():
                for key in inspector.get_foreign_keys(other):
                    if key['referred_columns'] == ['id']:
                        found[key['referred_table']].append((other, key['constrained_columns'][0]))
        return found

    @cached_property
    def sequences(self) -> frozenset[str]:
        """The sequences that the database has."""
        with self.engine.connect() as connection:
            return frozenset(sa.inspect(connection).get_sequence_names())

    def seal(self, text: str) -> str:
        """Returns a secret as the server keeps it."""
        return f'zato.secf.{self.fernet.encrypt(text.encode()).decode()}'

    def open(self, text: str) -> str:
        """Returns a secret in clear text."""
        token = text.removeprefix('zato.secf.')
        if not token.startswith('gAAA'):
            return text
        return self.fernet.decrypt(token.encode()).decode()

    def invoke(self, service: str, given: dict[str, Any]) -> Any:
        """Invokes a service in a transaction of its own."""
        self.asked.append((service, given))
        prefix, _, verb = service.rpartition('.')
        if verb in ('get-list',):
            return self._get_list(prefix, given)
        if self.delay:
            time.sleep(self.delay)
        with self.lock:
            self.writes += 1
            number = self.writes
        self.before(number)
        fault = self.faults.get(number, '')
        if fault == 'before':
            raise ServiceError(f'no luck with {json.dumps(given)}')
        if fault == 'die':
            os.kill(os.getpid(), signal.SIGKILL)
        with self.lock:
            found = self._write(prefix, verb, given)
        if fault == 'die after':
            os.kill(os.getpid(), signal.SIGKILL)
        if fault == 'after':
            raise ServiceError('committed, and no luck then')
        if fault == 'hang' or (prefix, verb) == ('zato.security.jwt', 'create'):
            self.over.wait(600)
        return found

    def _write(self, prefix: str, verb: str, given: dict[str, Any]) -> Any:
        with self.engine.begin() as connection:
            work = Work(self, connection, prefix)
            special = getattr(work, f'{prefix.rpartition(".")[2]}_{verb}'.replace('-', '_'), None)
            if special:
                return special(given)
            return work.generic(verb, given)

    def _get_list(self, prefix: str, given: Mapping[str, Any]) -> Any:
        with self.engine.connect() as connection:
            if prefix == 'zato.security':
                table = self.table('sec_base')
                rows = connection.execute(sa.select(table.c.id, table.c.name, table.c.sec_type))
                found = [dict(row._mapping) for row in rows]
                if given.get('needs_internal'):
                    return found
                return [row for row in found if not row['name'].startswith('zato') and row['name'] != 'admin.invoke']
            spec = SERVICES[prefix]
            table = self.table(spec.table)
            query = sa.select(table.c.id, table.c.name).filter_by(**spec.match)
            return [dict(row._mapping) for row in connection.execute(query)]


def _prepare(connection: Any, record: Any) -> None:
    connection.execute('PRAGMA busy_timeout = 60000')
    # No test needs its rows after a power failure.
    connection.execute('PRAGMA synchronous = OFF')


def _is_flag(name: str) -> bool:
    return name.startswith(FLAGS)


@dataclass
class Work:
    """One service at work in its transaction."""

    server: Platform
    connection: Connection
    prefix: str

    @property
    def spec(self) -> Spec:
        """What the services of the prefix take."""
        return SERVICES[self.prefix]

    def generic(self, verb: str, given: dict[str, Any]) -> Any:
        """Creates, edits, deletes or sets a password."""
        spec = SERVICES.get(self.prefix)
        if spec is None or (verb not in spec.only and not (verb == 'change-password' and spec.password)):
            raise ServiceError(f"KeyError: '{self.prefix}.{verb}'")
        if verb in spec.broken:
            raise ServiceError(spec.broken[verb])
        if verb == 'delete':
            return self._delete(given)
        if verb == 'change-password':
            return self._change_password(given)
        values = self._taken(given, ('id', *spec.required.split()) if verb == 'edit' else spec.required.split())
        if verb == 'create':
            return self._create(values)
        return self._edit(values)

    def _taken(self, given: Mapping[str, Any], required: Any) -> dict[str, Any]:
        for name in required:
            if name not in given:
                raise ServiceError(f'Element missing: {name}', 400, 'zato.common.exception.BadRequest')
        spec = self.spec
        known = [*required, *spec.optional.split()]
        values = {name: self._converted(name, given.get(name, None if spec.meta else '')) for name in known}
        if spec.raw:
            # Generic connections take whatever comes.
            more = {name: _parsed(name, value) for name, value in given.items() if name not in values}
            more.pop('cluster_id', None)
            if more.get('security_id'):
                # FHIR: a type and an id, and nothing else will do.
                more['auth_type'], _, id_ = more['security_id'].partition('/')
                more['security_id'] = int(id_)
            values.update(more)
        return values

    @staticmethod
    def _converted(name: str, value: Any) -> Any:
        if _is_flag(name):
            return value not in ('', None, False, 'false', 'False', 0, '0')
        if (name == 'id' or name.endswith(NUMBERS)) and value not in ('', None):
            return int(value) if str(value).lstrip('-').isdigit() else value
        return value

    def _row(self, values: dict[str, Any], table: sa.Table) -> tuple[dict[str, Any], dict[str, Any]]:
        # Columns, and what is for opaque1.
        values = dict(values)
        for name, (other, column) in NAMED.items():
            text = values.get(name)
            if text and column in table.c:
                values[column] = self._id_of(other, text)
            if column in table.c or name not in table.c:
                values.pop(name, None)
        columns = {name: _fit(table.c[name], value) for name, value in values.items() if name in table.c}
        opaque = {name: value for name, value in values.items() if name not in table.c and value is not None}
        return columns, opaque

    def _id_of(self, table: str, name: str) -> int:
        clause = self.server.table(table)
        found = self.connection.execute(sa.select(clause.c.id).where(clause.c.name == name)).scalar()
        if found is None:
            raise ServiceError(f'Service `{name}` does not exist in this cluster')
        return int(found)

    def _next_id(self, table: sa.Table) -> int:
        if self.connection.dialect.name == 'postgresql':
            from zatools.odb.layouts import SEQUENCES

            names = SEQUENCES.get(table.name) or (f'{table.name}_seq', f'{table.name}_id_seq')
            name = next(name for name in names if name in self.server.sequences)
            return int(self.connection.exec_driver_sql(f"select nextval('{name}')").scalar() or 0)
        return int(self.connection.execute(sa.select(sa.func.max(table.c.id))).scalar() or 0) + 1

    def _check_name(self, name: Any, id_: int = 0) -> None:
        table = self.server.table(self.spec.table)
        if 'name' not in table.c or name is None:
            return
        match = dict(self.spec.match)
        if self.spec.raw:
            return
        query = sa.select(table.c.id).filter_by(name=name, **match)
        if any(row.id != id_ for row in self.connection.execute(query)):
            raise ServiceError(TAKEN.format(name))

    def _create(self, values: dict[str, Any]) -> dict[str, Any]:
        spec, table = self.spec, self.server.table(self.spec.table)
        self._check_name(values.get('name'))
        secrets = self._secrets(values, None)
        columns, opaque = self._row({**values, **secrets}, table)
        id_ = self._next_id(table)
        columns.update({**spec.match, 'id': id_})
        self._derived(columns, values, opaque)
        columns.update({name: value for name, value in spec.fixed.items() if name in table.c})
        if 'cluster_id' in table.c:
            columns['cluster_id'] = 1
        if spec.password and spec.password in table.c:
            columns[spec.password] = self._made(spec.made)
        opaque = self._without_child(opaque)
        if 'opaque1' in table.c:
            columns['opaque1'] = self._opaque(opaque)
        self._filled(table, columns)
        self.connection.execute(table.insert().values(**columns))
        self._child(id_, values, secrets, is_new=True)
        return {'id': id_, 'name': columns.get('name', '')}

    def _filled(self, table: sa.Table, columns: dict[str, Any]) -> None:
        # What the models give by themselves.
        for column in table.c:
            if column.name not in columns and not column.nullable and column.server_default is None:
                columns[column.name] = _blank(column)

    def _made(self, made: str) -> str | None:
        if made == 'uuid':
            return uuid4().hex
        if made == 'sealed':
            return self.server.seal(uuid4().hex)
        return None

    def _opaque(self, opaque: Mapping[str, Any]) -> str:
        if opaque or self.spec.meta:
            return json.dumps(json.dumps(opaque))
        return 'null'

    def _secrets(self, values: Mapping[str, Any], old: Mapping[str, Any] | None) -> dict[str, Any]:
        # Secrets among the inputs are sealed on their way in; a generic connection's own comes by change-password.
        found = {}
        for name in values:
            if name in SECRETS and values[name]:
                found[name] = self.server.seal(str(values[name]))
            elif name in BARE and values[name]:
                found[name] = self.server.fernet.encrypt(str(values[name]).encode()).decode()
        if self.spec.raw:
            found['secret'] = None
            if old is not None and old['secret']:
                # An edit leaves what was stored in clear text.
                found['secret'] = self.server.open(old['secret'])
        return found

    def _derived(self, columns: dict[str, Any], values: Mapping[str, Any], opaque: dict[str, Any]) -> None:
        type_ = columns.get('sec_type')
        if type_ == 'apikey':
            columns['username'] = f'Zato-Not-Used-{uuid4().hex}'
            opaque['header'] = opaque.get('header') or 'X-API-Key'
        elif type_ in ('tls_key_cert', 'vault_conn_sec'):
            columns['username'] = uuid4().hex
        elif type_ == 'tls_channel_sec':
            columns['username'] = values['name']
        elif type_ == 'jwt':
            opaque['secret'] = uuid4().hex
        if 'role_name' in values and 'client_def' in values:
            columns['name'] = f'{values["client_def"]}:::{values["role_name"]}'

    def _without_child(self, opaque: dict[str, Any]) -> dict[str, Any]:
        child = self.spec.child
        if child is None:
            return opaque
        columns = self.server.table(child[0]).c
        return {name: value for name, value in opaque.items() if name not in columns}

    def _child(self, id_: int, values: Mapping[str, Any], secrets: Mapping[str, Any], is_new: bool) -> None:
        if self.spec.child is None:
            return
        name, link = self.spec.child
        table = self.server.table(name)
        columns = {
            column.name: _fit(column, {**self.spec.fixed, **values, **secrets}[column.name])
            for column in table.c
            if column.name != link and column.name in {**self.spec.fixed, **values}
        }
        columns.pop('id', None)
        if is_new:
            columns[link] = id_
            self._filled(table, columns)
            self.connection.execute(table.insert().values(**columns))
        elif columns:
            self.connection.execute(table.update().where(table.c[link] == id_).values(**columns))

    def _stored(self, id_: Any) -> Any:
        table = self.server.table(self.spec.table)
        row = self.connection.execute(sa.select(table).where(table.c.id == id_)).mappings().first()
        if row is None:
            raise ServiceError('sqlalchemy.orm.exc.NoResultFound: No row was found when one was required')
        return row

    def _edit(self, values: dict[str, Any]) -> dict[str, Any]:
        spec, table = self.spec, self.server.table(self.spec.table)
        id_, old = values['id'], self._stored(values['id'])
        self._check_name(values.get('name'), id_)
        secrets = self._secrets(values, old)
        columns, opaque = self._row({**values, **secrets}, table)
        columns.pop('id')
        if not spec.raw:
            columns.pop(spec.password, None)
        for name in spec.lost_by_edit:
            columns[name] = None
        if old.get('sec_type') in ('tls_key_cert', 'vault_conn_sec'):
            columns['username'] = uuid4().hex
        opaque = self._without_child(opaque)
        if old.get('sec_type') == 'apikey':
            opaque['header'] = opaque.get('header') or 'X-API-Key'
        if 'opaque1' in table.c:
            if not spec.meta:
                opaque = {**_read(old['opaque1']), **opaque}
            columns['opaque1'] = self._opaque(opaque)
        self.connection.execute(table.update().where(table.c.id == id_).values(**columns))
        self._child(id_, values, secrets, is_new=False)
        return {'id': id_, 'name': values.get('name')}

    def _change_password(self, given: Mapping[str, Any]) -> dict[str, Any]:
        spec, table = self.spec, self.server.table(self.spec.table)
        for name in ('password1', 'password2'):
            if name not in given:
                raise ServiceError(f'Element missing: {name}', 400, 'zato.common.exception.BadRequest')
        if given['password1'] != given['password2']:
            raise ServiceError('Passwords need to be the same')
        if not given['password1'] and not spec.may_be_empty:
            raise ServiceError('Password must not be empty')
        row = self._stored(given['id'])
        text = given['password1']
        if spec.raw:
            text = self.server.seal(text)
        self.connection.execute(table.update().where(table.c.id == row['id']).values(**{spec.password: text}))
        return {'id': row['id']}

    def _delete(self, given: Mapping[str, Any]) -> None:
        row = self._stored(given['id'])
        self._cascade(self.spec.table, row['id'])
        return

    def _cascade(self, name: str, id_: int) -> None:
        # As ON DELETE CASCADE does, which SQLite leaves out.
        table = self.server.table(name)
        for other, column in self.server.references[name]:
            clause = self.server.table(other)
            for row in self.connection.execute(sa.select(clause).where(clause.c[column] == id_)).mappings().all():
                if 'id' in row and column != 'id':
                    self._cascade(other, row['id'])
            self.connection.execute(clause.delete().where(clause.c[column] == id_))
        self.connection.execute(table.delete().where(table.c.id == id_))

    # What is unlike all others

    def http_soap_create(self, given: dict[str, Any]) -> Any:
        """Creates a channel or an outgoing connection."""
        return self._http(given, None)

    def http_soap_edit(self, given: dict[str, Any]) -> Any:
        """Edits one: what is absent is reset."""
        if 'id' not in given:
            raise ServiceError('Element missing: id', 400, 'zato.common.exception.BadRequest')
        return self._http(given, self._stored(given['id']))

    def _http(self, given: dict[str, Any], old: Any) -> Any:
        table = self.server.table('http_soap')
        values = self._taken(given, self.spec.required.split())
        if values['content_encoding'] not in ('', 'gzip', None):
            raise ServiceError('Content encoding must be empty or equal to `gzip`')
        values.update({name: value for name, value in HTTP_DEFAULTS.items() if values[name] in ('', None)})
        self._check_http(values, old)
        values['merge_url_params_req'] = old is None or bool(given.get('merge_url_params_req'))
        if values['security_id'] in ('', None, 'ZATO_NONE'):
            values['security_id'] = None
        is_cached = values['cache_id'] not in ('', None)
        groups = [self._group_id(one) for one in values.pop('security_groups') or ()]
        verifies = values.pop('tls_verify') in (True, 'true', 'True', 1)
        values.update({'sec_tls_ca_cert_id': None, 'cache_id': values['cache_id'] or None})
        columns, opaque = self._row(values, table)
        if values['connection'] == 'outgoing':
            opaque['sec_tls_ca_cert_verify_strategy'] = verifies
        opaque['security_groups'] = groups
        columns['match_slash'] = None
        opaque['match_slash'] = bool(given.get('match_slash'))
        columns.pop('match_slash')
        columns.setdefault('host', '')
        id_ = self._put_http(table, columns, opaque, old)
        if is_cached:
            self.connection.commit()
            raise ServiceError("AttributeError: 'NoneType' object has no attribute 'cache_type'")
        return {'id': id_, 'name': values['name'], 'url_path': values['url_path']}

    def _put_http(self, table: sa.Table, columns: dict[str, Any], opaque: dict[str, Any], old: Any) -> int:
        if old is None:
            columns.update({'id': self._next_id(table), 'cluster_id': 1, 'opaque1': json.dumps(json.dumps(opaque))})
            self.connection.execute(table.insert().values(**columns))
            return int(columns['id'])
        columns['is_internal'] = old['is_internal']
        columns['opaque1'] = json.dumps(json.dumps({**_read(old['opaque1']), **opaque}))
        self.connection.execute(table.update().where(table.c.id == old['id']).values(**columns))
        return int(old['id'])

    def _check_http(self, values: Mapping[str, Any], old: Any) -> None:
        table = self.server.table('http_soap')
        if values['connection'] == 'channel' and not (values['service'] or values['service_id']):
            raise ServiceError('Either service or service_id is required on input')
        known = {name: values[name] for name in ('name', 'connection', 'transport')}
        found = self.connection.execute(sa.select(table.c.id).filter_by(**known)).scalars().all()
        if [id_ for id_ in found if old is None or id_ != old['id']]:
            raise ServiceError(TAKEN.format(values['name']))

    def _group_id(self, one: Any) -> int:
        if isinstance(one, int) or str(one).isdigit():
            return int(one)
        return self._id_of('generic_object', one)

    def groups_create(self, given: dict[str, Any]) -> Any:
        """Creates a group, without members."""
        if 'group_type' not in given or 'name' not in given:
            raise ServiceError('Element missing: group_type', 400, 'zato.common.exception.BadRequest')
        return {'id': self._object('zato-group', given['name'], None), 'name': given['name']}

    def _object(self, type_: str, name: str, parent: int | None) -> int:
        table = self.server.table('generic_object')
        now = datetime.now(UTC).replace(tzinfo=None)
        row = {
            'id': self._next_id(table),
            'name': name,
            'type_': type_,
            'subtype': 'zato-api-creds',
            'parent_object_id': parent,
            'opaque1': '""',
            'creation_time': now,
            'last_modified': now,
            'cluster_id': 1,
        }
        self.connection.execute(table.insert().values(**{name: row[name] for name in row if name in table.c}))
        return int(row['id'])  # type: ignore[call-overload]

    def groups_edit_member_list(self, given: dict[str, Any]) -> None:
        """Adds or removes members by their ids."""
        table = self.server.table('generic_object')
        for one in given['member_id_list']:
            name = f'{one}-{given["group_id"]}'
            if given['group_action'] == 'add':
                self._object('zato-group-member', name, given['group_id'])
            else:
                self.connection.execute(table.delete().where(table.c.name == name))

    def groups_delete(self, given: dict[str, Any]) -> None:
        """Opens the channels of the group, and leaves its row."""
        table = self.server.table('http_soap')
        for row in self.connection.execute(sa.select(table)).mappings().all():
            opaque = _read(row['opaque1'])
            if given['id'] in opaque.get('security_groups', ()):
                text = json.dumps(json.dumps({**opaque, 'security_groups': []}))
                self.connection.execute(
                    table.update().where(table.c.id == row['id']).values(opaque1=text, security_id=None)
                )

    def job_create(self, given: dict[str, Any]) -> Any:
        """Creates a job, with the row of its type."""
        values = self._taken(given, self.spec.required.split())
        made = self._create(dict(values))
        self._job_row(made['id'], values)
        return made

    def job_edit(self, given: dict[str, Any]) -> Any:
        """Edits a job, whose type stays."""
        values = self._taken(given, ('id', *self.spec.required.split()))
        old = self._stored(values['id'])
        self._edit({**values, 'job_type': old['job_type']})
        for name in ('job_interval_based', 'job_cron_style'):
            table = self.server.table(name)
            self.connection.execute(table.delete().where(table.c.job_id == values['id']))
        self._job_row(values['id'], {**values, 'job_type': old['job_type']})
        return {'id': values['id'], 'name': values['name']}

    def _job_row(self, id_: int, values: Mapping[str, Any]) -> None:
        name = {'interval_based': 'job_interval_based', 'cron_style': 'job_cron_style'}.get(values['job_type'])
        if name is None:
            return
        table = self.server.table(name)
        columns = {column.name: values[column.name] or None for column in table.c if column.name in values}
        columns.update({'id': self._next_id(table), 'job_id': id_})
        self.connection.execute(table.insert().values(**columns))


def _parsed(name: str, value: Any) -> Any:
    # Texts of generic connections become what they look like.
    if not isinstance(value, str) or name in ('api_version', *SECRETS):
        return value
    word = value.lower()
    if word in ('yes', 'on', 'true', '1'):
        return True
    if word in ('no', 'off', 'false', '0'):
        return False
    try:
        return literal_eval(value)
    except (ValueError, SyntaxError, TypeError, MemoryError):
        return value


def _blank(column: Any) -> Any:
    for type_, value in ((sa.LargeBinary, b''), (sa.Boolean, False), (sa.Integer, 0)):
        if isinstance(column.type, type_):
            return value
    return ''


def _fit(column: Any, value: Any) -> Any:
    if value is None or (value == '' and (column.nullable and not isinstance(column.type, sa.String))):
        return None
    if isinstance(column.type, sa.LargeBinary) and isinstance(value, str):
        return value.encode()
    if isinstance(column.type, sa.DateTime) and isinstance(value, str):
        return datetime.fromisoformat(value)
    if isinstance(column.type, sa.Integer) and isinstance(value, str) and value.lstrip('-').isdigit():
        return int(value)
    if isinstance(column.type, sa.Boolean):
        return bool(value)
    if isinstance(column.type, sa.String) and isinstance(value, int):
        return str(value)
    return value


def _read(text: Any) -> dict[str, Any]:
    while isinstance(text, str) and text:
        text = json.loads(text)
    return text if isinstance(text, dict) else {}


class Server(ThreadingHTTPServer):
    """Listens for a platform."""

    daemon_threads = True
    #: As many as wait at once on a slow machine.
    request_queue_size = 128

    def __init__(self, platform: Platform) -> None:
        super().__init__(('127.0.0.1', 0), Handler)
        self.platform = platform
        self.login = 'Basic ' + b64encode(f'admin.invoke:{platform.password}'.encode()).decode()
        self.connections = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f'http://127.0.0.1:{self.server_address[1]}'


class Handler(BaseHTTPRequestHandler):
    """One connection, which is kept open."""

    server: Server
    protocol_version = 'HTTP/1.1'

    def setup(self) -> None:
        """Counts it."""
        super().setup()
        self.server.connections += 1

    def log_message(self, *arguments: Any) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        """Says that it is alive."""
        if self.path != '/zato/ping':
            return self._send(404, {'result': 'Error', 'details': 'URL not found'})
        return self._send(200, {'pong': 'zato', 'zato_env': {'result': 'ZATO_OK', 'cid': 'c', 'details': ''}})

    def do_POST(self) -> None:
        """Answers an invocation."""
        body = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        if self.headers['Authorization'] != self.server.login:
            return self._send(401, {'result': 'Error', 'cid': 'c', 'details': 'Unauthorized; cid=c'})
        if self.path != '/zato/admin/invoke':
            return self._send(404, {'result': 'Error', 'cid': 'c', 'details': 'URL not found'})
        try:
            found = self.server.platform.invoke(body['name'], json.loads(b64decode(body['payload'])))
        except ServiceError as error:
            return self._fail(error.status, f'{error.kind}: {error}')
        except Exception as error:
            return self._fail(500, f'{type(error).__name__}: {str(error).splitlines()[0]}')
        answer: dict[str, Any] = {'zato_env': {'result': 'ZATO_OK', 'cid': 'c', 'details': ''}}
        if found is not None:
            name = f'{body["name"].replace(".", "_").replace("-", "_")}_response'
            inner = found if body['name'].startswith('zato.groups') else {name: found}
            answer['response'] = b64encode(json.dumps(inner).encode()).decode()
        return self._send(200, answer)

    def _fail(self, status: int, line: str) -> None:
        kind, _, text = line.partition(': ')
        details = (
            f"··· Error ···\n\n>>> {kind}: '{text[:40]}'\n>>> File service.py\n\n"
            'Traceback (most recent call last):\n'
            f'  File "service.py", line 1, in handle\n    raise\n{line}\n\n··· Context ···\n'
        )
        self._send(status, {'result': 'Error', 'cid': 'c', 'details': details})

    def _send(self, status: int, answer: Any) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def running(platform: Platform) -> Iterator[Server]:
    """Serves until the block ends."""
    server = Server(platform)
    thread = threading.Thread(target=server.serve_forever, kwargs={'poll_interval': 0.02})
    thread.start()
    try:
        yield server
    finally:
        platform.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def main() -> None:
    """Serves until it is killed; faults come as JSON in the last argument."""
    url, password, key, *faults = sys.argv[1:]
    known = {int(number): fault for number, fault in json.loads(faults[0]).items()} if faults else {}
    server = Server(Platform(url, password, key, known))
    print(server.url, flush=True)
    server.serve_forever()


if __name__ == '__main__':
    main()
