"""Where services find connections by name, and the words that tests set their responses by: `jira:Issues`."""

from __future__ import annotations

from collections.abc import Mapping

from zatools.connections.clients import ENTRIES

#: The words of connections whose place ends otherwise: those that tests of the platform's services have.
WORDS: Mapping[str, str] = {
    'self.email.smtp': 'email',
    'self.email.imap': 'email',
    'self.sms.twilio': 'sms',
    'self.out.sms.twilio': 'sms',
    'self.search.solr': 'search',
    'self.cassandra_conn': 'cassandra',
    'self.cassandra_query': 'cassandra',
    'self.microsoft.cloud': 'ms365',
}
#: The words of connections whose `send` takes a message first.
SENDING = frozenset(['kafka', 'zmq', 'sms', 'wsx', 'ibm_mq', 'email', 'slack'])
#: Places that tests know and the table of clients lacks.
MORE = """
self.sql self.fhir self.sap self.odata self.grpc self.out.sap self.out.redis self.out.cassandra self.out.elastic_search
self.out.email self.out.search self.cloud.ms365 self.microsoft.cloud
"""


def _places() -> dict[str, str]:
    paths = [seen.path for entry in ENTRIES for seen in entry.seen if not seen.is_one]
    return {path: WORDS.get(path, path.rpartition('.')[2]) for path in (*paths, *MORE.split())}


#: By the place, `self.cloud.jira`, the word: the last part of the place, unless `WORDS` has another.
PLACES: Mapping[str, str] = _places()
#: What the name of a connection may begin with, before a colon; without it, the name is that of any kind.
PREFIXES = frozenset(['rest', 'service', 'amqp', 'hl7', 'ibm_mq', *PLACES.values()])
