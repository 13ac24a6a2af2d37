"""What of the Service API the local server lacks: one table, for errors and for docs/compatibility.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Lack(NamedTuple):
    """Attributes of the platform that we lack; `owner` is the name by which services call what has them."""

    owner: str
    area: str
    names: str

    def __iter__(self) -> Iterator[str]:
        return iter(self.names.split())


LACKED = (
    Lack('self', 'Calls', 'invoke_by_id tasks'),
    Lack('self', 'Stored values', 'odb definition security sql'),
    Lack('self.lock()', 'Stored values', 'pub_id priv_id'),
    Lack('self', 'Messages', 'ibm_mq broker_client destination'),
    Lack('self', 'Other systems', 'odata sap graphql grpc aws microsoft as2 as4 vault'),
    Lack('self', 'HL7', 'fhir'),
    Lack('self', 'Logins', 'sso'),
    Lack('self', 'Rules and figures', 'rules metrics static_config audit_pii'),
    Lack('self.request', 'Of a request', 'amqp soap headers'),
    Lack('self.request.http', 'Of a request by HTTP', 'to_dict'),
    Lack('self.response', 'Of a response', 'status_message'),
    Lack('self.channel', 'Of a channel', 'match_target impl gateway_service_list'),
    Lack('self.out', 'Outgoing connections', 'sap ibm_mq jms_wmq cassandra elastic_search email search'),
    Lack('self.server', 'Of the server', 'service_store odb fs_server_config worker_store config_manager'),
)


def lacked(owner: str) -> frozenset[str]:
    """Returns what an owner lacks."""
    return frozenset(name for lack in LACKED if lack.owner == owner for name in lack)
