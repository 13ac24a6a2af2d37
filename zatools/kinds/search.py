"""3.2's connections to search engines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zatools.kinds import traits
from zatools.kinds.fields import ACTIVE, NAME, STATED_32, V32
from zatools.kinds.model import Becomes, Field, Kind, Per, Row
from zatools.kinds.traits import ENDPOINT, OPENED, OUTGOING, Asked

PING_PATH = '/solr/admin/ping'


def _as_urls(values: dict[str, Any]) -> None:
    hosts = values.get('hosts') or []
    values['hosts'] = [host if '://' in host else f'http://{host}' for host in hosts]


def _ping_path(values: Mapping[str, Any]) -> str:
    # It is a path of the host: what it has in common with that of the address counts once.
    path = str(values.get('ping_path') or PING_PATH)
    start = str(values.get('address') or '').partition('://')[2].partition('/')[2].strip('/')
    return path.removeprefix(f'/{start}') if start else path


ELASTIC = Kind(
    'search_es',
    'ElasticSearch connections (3.2).',
    (Row('search_es', nothing='"{}"'),),
    (
        NAME,
        ACTIVE,
        Field(
            'hosts',
            'Hosts and ports of the servers.',
            'lines',
            required=True,
            form=Per('text', ''),
            example='es.example.com:9200',
            means=ENDPOINT,
        ),
        Field('timeout', 'Seconds to wait for a server.', 'integer', 90, minimum=0, written=STATED_32),
        Field(
            'body_as',
            'HTTP method of requests with a body.',
            default='POST',
            choices=('POST', 'GET'),
            written=STATED_32,
        ),
    ),
    generations=V32,
    aliases=('search_es',),
    role=OUTGOING,
    noun='ElasticSearch connection',
    protocol=traits.ELASTIC,
    served=OPENED,
    becomes=Becomes('elastic_search', {'hosts': 'address_list'}, _as_urls),
    admin='zato.search.es',
)
SOLR = Kind(
    'search_solr',
    'Solr connections (3.2).',
    (Row('search_solr', nothing='"{}"'),),
    (
        NAME,
        ACTIVE,
        Field('address', 'URL of Solr.', required=True, example='https://solr.example.com:8983/solr', means=ENDPOINT),
        Field('timeout', 'Seconds to wait for Solr.', 'integer', 10, minimum=0, written=STATED_32),
        Field('ping_path', 'URL path of pings.', default=PING_PATH, written=STATED_32),
        Field('options', 'Options; no server reads them.'),
        Field('pool_size', 'Connections kept open.', 'integer', 5, minimum=0, written=STATED_32),
    ),
    generations=V32,
    aliases=('search_solr',),
    role=OUTGOING,
    noun='Solr connection',
    protocol=traits.SOLR,
    served=OPENED,
    asked=Asked(path=_ping_path),
    admin='zato.search.solr',
)
KINDS = (ELASTIC, SOLR)
