"""The tables of our own ODBs, in the layouts of Zato 3.2 and 4.1, and how to tell layouts apart."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from zatools.errors import OdbError, RefusedError
from zatools.odb.catalog import Catalog

#: How an AMQP row reaches its broker: 3.2's definition, 4.1's address.
BROKER = """
        def_id int ! ->conn_def_amqp.id 32
        address s200 ! 41
        username s200 ! 41
        password s200 ! 41
        frame_max int default=131072 41
        heartbeat int default=30 41
        unique name,def_id 32
        unique name 41"""

#: A line a column: name, type, `!` for NOT NULL, what it refers to, `default=`; `32` or `41` for one layout only.
#: Then what is unique together, and indexes with their names.
TABLES: dict[str, str] = {
    'cluster': """
        id pk=cluster_id_seq
        name s200 !
        description s1000
        odb_type s30 !
        odb_host s200
        odb_port int
        odb_user s200
        odb_db_name s200
        odb_schema s200
        broker_host s200 !
        broker_port int !
        lb_host s200 ! 32
        lb_port int ! 32
        lb_agent_port int ! 32
        cw_srv_id int
        cw_srv_keep_alive_dt datetime
        opaque1 text
        unique name""",
    'server': """
        id pk=server_id_seq
        name s200 !
        host s400
        bind_host s400
        bind_port int
        preferred_address s400
        crypto_use_tls bool
        last_join_status s40
        last_join_mod_date datetime
        last_join_mod_by s200
        up_status s40
        up_mod_date datetime
        token s32 !
        opaque1 text
        cluster_id int ! ->cluster.id
        unique name,cluster_id""",
    'service': """
        id pk=service_id_seq
        name s200 !
        is_active bool !
        impl_name s2000 !
        is_internal bool !
        wsdl blob 32
        wsdl_name s200 32
        slow_threshold int !
        opaque1 text
        cluster_id int ! ->cluster.id
        unique name,cluster_id""",
    'sec_base': """
        id pk=sec_base_seq
        name s200 !
        username s200
        password s1000
        password_type s45
        is_active bool !
        sec_type s45 !
        opaque1 text
        cluster_id int ! ->cluster.id
        unique cluster_id,name
        unique cluster_id,username,sec_type""",
    'sec_basic_auth': 'id pk ->sec_base.id\nrealm s200 !',
    'sec_apikey': 'id pk ->sec_base.id',
    'sec_ntlm': 'id pk ->sec_base.id',
    'sec_oauth': 'id pk ->sec_base.id\nproto_version s32 !\nsig_method s32 !\nmax_nonce_log int !',
    'sec_jwt 32': 'id pk ->sec_base.id\nttl int !',
    'http_soap': """
        id pk=http_soap_seq
        name s200 !
        is_active bool !
        is_internal bool !
        connection s20 !
        transport s200 !
        host s200
        url_path s200 !
        method s200
        content_encoding s200 32
        soap_action s200 !
        soap_version s20
        data_format s20
        content_type s200
        ping_method s60
        pool_size int
        serialization_type s200 ! 32
        timeout int !
        merge_url_params_req bool
        url_params_pri s200
        params_pri s200
        has_rbac bool ! 32
        sec_use_rbac bool ! 32
        cache_expiry int 32
        opaque1 text
        security_id int ->sec_base.id
        sec_tls_ca_cert_id int 32
        cache_id int 32
        service_id int ->service.id
        cluster_id int ! ->cluster.id
        unique name,connection,transport,cluster_id
        index path_host_conn_act_clus_idx url_path,host,connection,soap_action,cluster_id""",
    'conn_def_amqp 32': """
        id pk=conn_def_amqp_seq
        name s200 !
        host s200 !
        port int !
        vhost s200 !
        username s200 !
        password s200 !
        frame_max int !
        heartbeat int !
        opaque1 text
        cluster_id int ! ->cluster.id
        unique name,cluster_id""",
    'out_amqp': f"""
        id pk=out_amqp_seq
        name s200 !
        is_active bool !
        delivery_mode small !
        priority small ! default=5
        content_type s200
        content_encoding s200
        expiration int
        user_id s200
        app_id s200
        pool_size small !
        opaque1 text
        {BROKER}""",
    'channel_amqp': f"""
        id pk=channel_amqp_seq
        name s200 !
        is_active bool !
        queue s200 !
        consumer_tag_prefix s200 ! 32
        consumer_tag_prefix s200 41
        pool_size int !
        ack_mode s20 !
        prefetch_count int !
        data_format s20
        opaque1 text
        service_id int ! ->service.id
        {BROKER}""",
    'generic_object': """
        id pk=generic_object_seq
        name s191 !
        type_ s191 !
        subtype s191
        category_id s191
        subcategory_id s191
        creation_time datetime !
        last_modified datetime !
        category_name s191
        subcategory_name s191
        parent_object_id int
        parent_id s191
        parent_type s191
        opaque1 text
        generic_conn_def_id int
        generic_conn_def_sec_id int
        generic_conn_id int
        generic_conn_sec_id int
        generic_conn_client_id int
        cluster_id int ! ->cluster.id
        unique-index gen_obj_uq_name_type name,type_,cluster_id
        index gen_obj_cat_id cluster_id,category_id
        index gen_obj_cat_name cluster_id,category_name
        index gen_obj_cat_subc_name cluster_id,category_name,subcategory_name
        index gen_obj_cat_subcat_id cluster_id,category_id,subcategory_id
        index gen_obj_par_id cluster_id,parent_id,parent_type
        index gen_obj_par_obj_id cluster_id,parent_object_id""",
}
TYPES: dict[str, Any] = {
    'int': sa.Integer(),
    'small': sa.SmallInteger(),
    'bool': sa.Boolean(),
    'text': sa.Text(),
    'datetime': sa.DateTime(),
    'blob': sa.LargeBinary(),
}


def metadata(layout: str) -> sa.MetaData:
    """Returns the tables of one layout."""
    found = sa.MetaData()
    mark = layout.replace('.', '')
    for title, text in TABLES.items():
        name, _, only = title.partition(' ')
        if only in ('', mark):
            sa.Table(name, found, *_parts(text, mark, found))
    return found


def _parts(text: str, mark: str, found: sa.MetaData) -> list[Any]:
    parts: list[Any] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        words = line.split()
        only = next((word for word in words if word in ('32', '41')), '')
        if only in ('', mark):
            parts.append(_part(words, mark, found))
    return parts


def _part(words: list[str], mark: str, found: sa.MetaData) -> sa.schema.SchemaItem:
    if words[0] == 'unique':
        return sa.UniqueConstraint(*words[1].split(','))
    if words[0] in ('index', 'unique-index'):
        return sa.Index(words[1], *words[2].split(','), unique=words[0] == 'unique-index')
    return _column(words, mark, found)


def _column(words: list[str], mark: str, found: sa.MetaData) -> sa.Column[Any]:
    name, kind, *rest = words
    more: list[Any] = []
    reference = next((word[2:] for word in rest if word.startswith('->')), '')
    if reference:
        # 3.2 has no cascade from a definition to the row of its type.
        is_child = kind == 'pk' and mark == '32'
        more.append(sa.ForeignKey(reference, ondelete=None if is_child else 'CASCADE'))
    if kind.startswith('pk'):
        if '=' in kind:
            more.append(sa.Sequence(kind.partition('=')[2], metadata=found))
        return sa.Column(name, sa.Integer(), *more, primary_key=True, autoincrement='=' in kind)
    type_ = sa.String(int(kind[1:])) if kind[0] == 's' and kind[1:].isdigit() else TYPES[kind]
    default = next((word.partition('=')[2] for word in rest if word.startswith('default=')), None)
    return sa.Column(name, type_, *more, nullable='!' not in rest, server_default=default)


def create(connection: Connection, layout: str, shown: str) -> None:
    """Makes the tables of a layout and the row of a cluster that says whose ODB it is; never where there is one."""
    tables = metadata(layout)
    cluster = tables.tables['cluster']
    # MariaDB makes tables for good at once: without a cluster, they are what an interrupted creation left.
    if sa.inspect(connection).has_table('cluster') and connection.execute(sa.select(cluster.c.id)).first():
        raise RefusedError(f'there is an ODB at {shown} already', 'see what: zato odb info')
    tables.create_all(connection)
    row = {
        'id': 1,
        'name': 'zatools',
        'description': f'Made by zatools, {datetime.now(UTC):%Y-%m-%d}',
        'odb_type': connection.dialect.name,
        'broker_host': 'broker-host-unused',
        'broker_port': 998877,
        'lb_host': '127.0.0.1',
        'lb_port': 11223,
        'lb_agent_port': 20151,
        'opaque1': json.dumps(json.dumps({'made_by': 'zatools'})),
    }
    connection.execute(cluster.insert(), {name: value for name, value in row.items() if name in cluster.c})


#: What 3.2 and 4.1 have alone and can't be without: tables, and columns as table.column. Then what also tells 3.2.
MARKS = {'3.2': ('conn_def_amqp', 'out_amqp.def_id'), '4.1': ('out_amqp.address',)}
ALSO_32 = frozenset({'sec_jwt'})


def layout_of(catalog: Catalog, shown: str = 'the ODB') -> str:
    """Returns '3.2' or '4.1' by what only that generation has, '' where it is no ODB.

    Raises OdbError where it is one, but what its generation can't be without is missing, or the two are mixed.
    """
    if not {'cluster', 'sec_base', 'http_soap', 'out_amqp'} <= catalog.tables.keys():
        return ''
    if {'conn_def_amqp', *ALSO_32} <= catalog.tables.keys():
        return '3.2'
    found = {layout: [mark for mark in marks if catalog.has(mark)] for layout, marks in MARKS.items()}
    if found['3.2'] and found['4.1']:
        raise OdbError(f'{shown} is half of 3.2, with {_named(found["3.2"][0])}, and half of 4.1')
    layout = '4.1' if found['4.1'] or not (found['3.2'] or ALSO_32 & catalog.tables.keys()) else '3.2'
    missing = [mark for mark in MARKS[layout] if not catalog.has(mark)]
    if missing:
        raise OdbError(
            f'{shown} is an ODB of Zato {layout}, but {_named(missing[0])} is missing', 'was it restored in full?'
        )
    return layout


def _named(mark: str) -> str:
    table, _, column = mark.partition('.')
    return f'column {column} of table {table}' if column else f'table {table}'
