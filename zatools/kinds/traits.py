"""What kinds say of themselves besides rows and fields: roles, meanings, what is unique, needed or doubtful."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from zatools.place import Place

#: What objects are for: requests come in, calls go out, others use them, or something else.
CHANNEL, OUTGOING, DEFINITION, OTHER = 'channel', 'outgoing', 'definition', 'other'
#: What references name that no file defines: servers make services when they deploy them.
DEPLOYED = frozenset({'service'})

#: What a field says about safety. A channel none of whose guards has a value takes requests of anybody.
GUARD = 'guard'
#: Whether roles say who may call a channel, whatever guards it otherwise.
RULED = 'ruled'
#: Where requests go, with credentials where the object has any.
ENDPOINT = 'endpoint'
#: Where tokens are fetched: credentials always go there.
TOKEN_ENDPOINT = 'token endpoint'
#: Whether the certificate of the other side is verified.
VERIFIES = 'verifies'
#: The path of a URL.
PATH = 'path'
#: The objects that a group is made of.
MEMBERS = 'members'

#: What the local server makes of an object: a route, a consumer, something to call, to publish with, to run at times.
ROUTED, CONSUMED, CALLED, PUBLISHED, SCHEDULED = 'routed', 'consumed', 'called', 'published', 'scheduled'
#: A topic, what says who may use topics, and who gets the messages of topics.
TOPICAL, PERMITTED, SUBSCRIBED = 'topical', 'permitted', 'subscribed'
#: What the table of clients opens, and what keeps values.
OPENED, CACHED = 'opened', 'cached'
#: What listens at an address of its own, or looks into folders.
WEB_SOCKETS, MLLP, FILES, SOCKETS, STREAMED = 'web sockets', 'mllp', 'files', 'sockets', 'streamed'
LISTENING = (WEB_SOCKETS, MLLP, FILES, SOCKETS, STREAMED)
#: Fields that name the services that hear what becomes of a connection, which is kept open for them.
EVENTS = ON_CONNECT, ON_MESSAGE, ON_CLOSE = tuple(f'on_{name}_service_name' for name in ('connect', 'message', 'close'))
#: What says who may do what, and what prefixes of XPaths stand for.
ROLES, NAMESPACES = 'roles', 'namespaces'
#: What has a document that describes channels.
DESCRIBED = 'described'

#: Protocols of kinds that have an entry in the table of clients, in the words that `--type` takes.
SQL, REDIS, SMTP, IMAP, FTP, SFTP, LDAP = 'sql', 'redis', 'smtp', 'imap', 'ftp', 'sftp', 'ldap'
SOAP, WSX, MONGODB, ELASTIC, ODOO, SMB, ZMQ, JIRA = 'soap', 'wsx', 'mongodb', 'elastic', 'odoo', 'smb', 'zmq', 'jira'
HL7, FHIR, GRAPHQL, CONFLUENCE = 'mllp', 'fhir', 'graphql', 'confluence'
KAFKA = 'kafka'
S3, DROPBOX, SLACK, TELEGRAM, TWILIO = 's3', 'dropbox', 'slack', 'telegram', 'twilio'
SALESFORCE, LLM = 'salesforce', 'llm'
MEMCACHED, SOLR, VAULT = 'memcached', 'solr', 'vault'
CASSANDRA, CASSANDRA_QUERY = 'cassandra', 'cassandra-query'


@dataclass(frozen=True, eq=False)
class Unique:
    """Fields whose values together belong to one object of a kind, or of all kinds that share the rule.

    `what` are the words for all of the fields, `first` those for the first of them, which must have a value. On 3.2 the
    fields `older` count as well. One that `is_held` by databases too, row by row, can't be swapped by two statements.
    """

    fields: tuple[str, ...]
    what: str
    first: str
    is_per_kind: bool = False
    older: tuple[str, ...] = ()
    is_held: bool = False

    @property
    def main(self) -> str:
        """The first field, which problems point at."""
        return self.fields[0]

    def scope_of(self, label: str) -> str:
        """Returns what names the objects among which the values of one of a kind, called by its label, are unique."""
        if self.is_per_kind:
            return label
        return self.what

    def value_of(
        self, values: Mapping[str, Any], generation: str, defaults: Mapping[str, Any]
    ) -> tuple[Any, ...] | None:
        """Returns what no other object may have; None where the first field has no value that is known."""
        first = values.get(self.main)
        if not isinstance(first, str) or not first:
            return None
        others = list(self.fields[1:])
        if generation == '3.2':
            others += self.older
        return first, *(values.get(name, defaults.get(name, '')) for name in others)


class Needed(NamedTuple):
    """A field that an object must have if it has another, `given`, unless the flag `unless` is set.

    `keys` are those of files any of which sets the flag.
    """

    name: str
    given: str
    unless: str
    keys: tuple[str, ...] = ()

    def is_by(self, values: Mapping[str, Any]) -> bool:
        """Tells whether an object with these values must have the field."""
        return bool(values.get(self.given)) and not values.get(self.unless)


class Doubt(NamedTuple):
    """What is wrong with a field's value, or may be: a sentence, a hint, and whether it is only a warning.

    One that is `of_definition` is about the definition that an object uses, not about the object.
    """

    field: str
    text: str
    hint: str = ''
    is_warning: bool = True
    of_definition: bool = False


class Use(NamedTuple):
    """How an object uses a definition: its label and role, the field and what that means, the name and values used.

    At least one of the two stands in the files.
    """

    user: str
    role: str
    field: str
    means: str
    name: str
    values: Mapping[str, Any]
    generation: str
    is_user_wanted: bool
    is_definition_wanted: bool


def _no_headers(values: Mapping[str, Any]) -> dict[str, str]:
    return {}


@dataclass(frozen=True, eq=False)
class Asked:
    """How the other side of a connection is asked over HTTP whether it is up.

    `address`, `path`, `method` and `timeout` (seconds) name fields; a path that begins with a slash and a method in
    capital letters are meant as they are.
    """

    address: str = 'address'
    #: A path may be made of values, too.
    path: str | Callable[[Mapping[str, Any]], str] = ''
    method: str = 'GET'
    #: What a ping sends.
    body: str = ''
    timeout: str = 'timeout'
    #: Makes of values what every request carries besides a login; the fields that it reads.
    headers: Callable[[Mapping[str, Any]], dict[str, str]] = _no_headers
    headed: tuple[str, ...] = ()
    #: Where an answer in JSON says who is logged in, or what answers: the keys on the way there.
    named: tuple[str, ...] = ()

    def field_of(self, name: str | Callable[[Mapping[str, Any]], str]) -> str:
        """Returns the field that a path or a method comes from: that of the address where none does."""
        if callable(name) or not name or name.startswith('/') or name.isupper():
            return self.address
        return name

    def text_of(self, name: str | Callable[[Mapping[str, Any]], str], values: Mapping[str, Any]) -> str:
        """Returns a path or a method, '' where the field has none."""
        if callable(name):
            return name(values)
        if name and self.field_of(name) == name:
            return str(values.get(name) or '')
        return name


Values = dict[str, Any]
#: Values and places of an object as a file gives them, the keys that stand there, the section's name.
Mend = Callable[[Values, MutableMapping[str, Place], Collection[str], str], None]
#: Values of an object, the generation, the keys of all objects.
Doubts = Callable[[Mapping[str, Any], str, Container[tuple[str, str]]], Iterator[Doubt]]
UseDoubts = Callable[[Use], Iterator[Doubt]]
#: What was read from rows, or is to be written to them, the values in `opaque1`, the generation.
Fold = Callable[[Values, Mapping[str, Any], str], None]
Derive = Callable[[Mapping[str, Any], dict[str, Any], str], None]


class Becomes(NamedTuple):
    """What an object is in the other generation: the section there, and other names of fields.

    `change` makes the values of several fields into one, or of one into several, before that: it `takes` these.
    """

    section: str
    names: Mapping[str, str] = {}
    change: Callable[[Values], None] | None = None
    takes: tuple[str, ...] = ()
