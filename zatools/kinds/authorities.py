"""3.2's certificates of authorities, which outgoing connections verify others with."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any

from zatools.kinds.certificates import subject_of
from zatools.kinds.fields import ACTIVE, NAME, V32
from zatools.kinds.model import Field, Kind, Row
from zatools.kinds.traits import DEFINITION, Doubt


def _info(values: Mapping[str, Any]) -> bytes:
    return subject_of(str(values.get('value', ''))).encode()


def _doubts(values: Mapping[str, Any], generation: str, keys: Container[tuple[str, str]]) -> Iterator[Doubt]:
    if values.get('value') and not _info(values):
        yield Doubt('value', 'there is no certificate in it', 'a PEM text: -----BEGIN CERTIFICATE-----')
    yield Doubt('value', 'servers read it from their folder config/repo/tls/ca-certs: it must be put there too')


AUTHORITY = Kind(
    'tls_ca_cert',
    'Certificates of authorities (3.2).',
    (Row('sec_tls_ca_cert', nothing='"{}"', follows={'info': _info}),),
    (NAME, ACTIVE, Field('value', 'The certificates, a PEM text.', 'bytes', required=True, example='-----BEGIN …')),
    generations=V32,
    aliases=('tls_ca_cert',),
    # 3.2's exports have the names of certificates among those of security definitions.
    noise={'info': None, 'type': ('tls_ca_cert',)},
    role=DEFINITION,
    noun='CA certificate',
    admin='zato.security.tls.ca-cert',
    doubts=_doubts,
)
