"""The table of failures: what users read about each, and what they can try."""

from __future__ import annotations

from typing import Any, NamedTuple

from zatools.connections.pong import Attempt, Pong, Verdict, duration
from zatools.place import Place


class Failure(NamedTuple):
    """Two formats: a sentence about what failed and where, and one about what to try."""

    text: str
    hint: str = ''


FAILURES: dict[str, Failure] = {
    # On the way there
    'dns': Failure("no such host: '{host}'", "is {field} right, and does this machine's DNS know it?"),
    'look-up': Failure("'{host}' can't be looked up: {reason}", "does this machine's DNS work?"),
    'refused': Failure('refused in {took}: nothing listens on {where}', 'is it up, and is {port_field} right?'),
    'unreachable': Failure('no way to {where}: {reason}', 'is this machine in the right network?'),
    'connect-timeout': Failure('no connection to {where} in {took}', 'a firewall in between, or is {field} wrong?'),
    'read-timeout': Failure(
        'connected to {where}, but no answer in {took}', 'is it busy, or hanging? More time: {timeout}'
    ),
    'reset': Failure(
        '{where} closed the connection without an answer after {took}', 'is {field} right, scheme and port included?'
    ),
    'deadline-look-up': Failure(
        "'{host}' was not reached in {took}", 'does its look-up hang, or do its many addresses? More time: --timeout'
    ),
    'deadline-answer': Failure(
        'connected to {where}, but the answer was not there in full after {took}',
        'is it slow, or does it hang? More time: {timeout}',
    ),
    'deadline-token': Failure('no token in {took} from {endpoint}', 'is the token server slow? More time: {timeout}'),
    'proxy': Failure('the proxy {proxy} gives no connection to {where}', 'is HTTP_PROXY / HTTPS_PROXY right?'),
    'proxy-kind': Failure(
        "the proxy {proxy} can't be used: {reason}", 'is HTTP_PROXY / HTTPS_PROXY / ALL_PROXY right?'
    ),
    # TLS
    'tls-name': Failure(
        "TLS: the certificate of {where} is for {names}, not for '{host}'", 'call it by a name that it has: {field}'
    ),
    'tls-expired': Failure('TLS: the certificate of {where} expired {expired}', 'have it renewed there'),
    'tls-early': Failure('TLS: the certificate of {where} is not valid yet', "is this machine's clock right?"),
    'tls-ca': Failure(
        'TLS: this machine does not trust the CA of {where}: {issuer}', 'trust it (SSL_CERT_FILE=ca.pem), or {tls}'
    ),
    'tls-none': Failure('TLS: {where} does not speak it', 'plain {plain}:// in {field}?'),
    'tls': Failure(
        'TLS with {where} failed: {reason}', 'does it want a client certificate, or another version of TLS?'
    ),
    # HTTP
    'url': Failure(
        "'{target}' is no URL that can be called", '{field} needs a scheme and a name, as in https://crm.example.com'
    ),
    'method': Failure("'{method}' is no method of HTTP", '{field}: HEAD or GET'),
    'port': Failure("'{target}' has the port {port}: ports are numbers from 1 to 65535", 'is {field} right?'),
    'interim': Failure('{where} sends 1xx alone, which is no answer', 'what do its own logs say?'),
    'http2': Failure('{where} speaks HTTP/2 only, and Zato calls by HTTP/1.1', 'have HTTP/1.1 switched on there'),
    'not-http': Failure('{where} answers, but not in HTTP', 'is {port_field} right?'),
    'cut-off': Failure('{where} breaks off in the middle of its answer', 'what do its own logs say?'),
    'encoding': Failure("{where} answers in a Content-Encoding that can't be undone", 'what do its own logs say?'),
    'login': Failure('{status}, {took}: {user} refused', 'is {password} right?'),
    'proxy-login': Failure('{status}, {took}: the proxy wants a login', 'give it in HTTP_PROXY / HTTPS_PROXY'),
    'server': Failure('{status}, {took}: it is up, but fails', 'what do its own logs say?'),
    'unexpected-status': Failure('{status}, {took}', 'expected: {expected}'),
    'token': Failure("no token for '{login}' from {endpoint}: {reason}", 'is {culprit} right?'),
    'header': Failure("{password} can't be sent in a header", 'has it a line break, or letters that headers lack?'),
    'ca-certificate': Failure("the CA certificate can't be used: {reason}", '{field} names it'),
    'client-certificate': Failure("the client certificate can't be read: {reason}", '{field}'),
    # AMQP
    'address': Failure("'{target}' is no address of a broker", 'as in amqp://host:5672/vhost: {field}'),
    'amqp-login': Failure("{where} refused user '{user}'", 'is {password} right?'),
    'amqp-vhost': Failure(
        "{where} has no virtual host '{vhost}'", '{field}? To make it: rabbitmqctl add_vhost {vhost}'
    ),
    'amqp-access': Failure(
        "{where} does not let user '{user}' into virtual host '{vhost}'", 'rabbitmqctl set_permissions, or {field}?'
    ),
    'amqp-protocol': Failure('{where} answers, but not in AMQP 0-9-1', '{field}: host and port? amqps:// for TLS?'),
    'amqp-closed': Failure('{where} closed the connection: {reason}', 'what does the log of the broker say?'),
    'amqp-settings': Failure('the {what} is longer than the 255 bytes that AMQP has for it', 'shorten it: {field}'),
    'heartbeat': Failure(
        'the connection to {where} is dead: no heartbeat from it in {took}',
        'is the broker, or a network device in between, hanging? Its setting: {heartbeat}',
    ),
    'exchange': Failure("{where} has no exchange '{exchange}' in virtual host '{vhost}'", 'declare it{or_exchange}'),
    'queue': Failure("{where} has no queue '{queue}' in virtual host '{vhost}'", 'declare it, or is {field} right?'),
    'unroutable': Failure(
        "no queue takes it: exchange '{exchange}' routes '{key}' nowhere",
        'bind a queue to the exchange with this routing key{or_key}',
    ),
    'no-queue': Failure(
        "there is no queue '{key}', which the default exchange would route it to", 'declare the queue{or_exchange}'
    ),
    'nack': Failure('the broker did not take the message (nack)', 'is the queue full, or out of disk?'),
    'blocked': Failure('{where} blocks publishers: {reason}', 'it is short of memory or disk: see its alarms'),
    'property': Failure('{reason}'),
    'message': Failure('the broker refused the message: {reason}', '{advice}'),
    'unconfirmed': Failure(
        'no confirmation from {where} in {took}: whether it has the message is not known', 'more time: --timeout'
    ),
    # Clients
    'client-login': Failure("{where} refused user '{user}'", 'is {password} right?'),
    'client-protocol': Failure('{where} answers, but not as {protocol}', 'is {port_field} right?'),
    'client-tls-none': Failure('TLS: {where} does not speak it', 'have it set up there, or is {field} right?'),
    'client-refused': Failure('{where} refused: {reason}', '{advice}'),
    'client-setting': Failure("'{setting}' can't be used", '{advice}: {field}'),
    'client-failed': Failure('failed after {took}: {reason}', 'what do the logs of {where} say?'),
    'client-token': Failure('{where} refused the {secret}: {reason}', 'is {field} right?'),
    'client-secret': Failure('there is no {secret} to log in with', 'give it in {field}'),
    'bucket': Failure("{where} has no bucket '{bucket}'", 'is {field} right?'),
    'client-key': Failure('the private key is none that SSH has', 'is {field} one in PEM, without a passphrase?'),
    'host-key': Failure(
        'nobody here knows the host key of {where}: {reason}',
        'compare it with that of the server, then: ssh-keyscan -p {port} {host} >> ~/.ssh/known_hosts',
    ),
    'host-key-changed': Failure(
        'the host key of {where} is not the one that is known: {reason}',
        'was it changed there, or is it another host? To forget the old one: ssh-keygen -R [{host}]:{port}',
    ),
    'database': Failure("{where} has no database '{database}' for user '{user}'", 'is {field} right?'),
    'database-file': Failure("'{database}' can't be opened: {reason}", 'is {field} the path of a database?'),
    'query': Failure("{where} can't run the query: {reason}", 'is {field} right, and is the table there?'),
    # Definitions
    'no-definition': Failure("there is no {what} '{called}' {among}", '{hint}'),
    'sealed': Failure("{password} can't be opened: {reason}", 'give the right key: --server-key FILE'),
    # Through a server
    'server-silent': Failure('{server} could not be asked: {reason}', 'is it up? Without it: leave out --via-server'),
    'server-failed': Failure('{server} says: {reason}', 'its log has more'),
    'server-timeout': Failure('{server} says: timed out (CID {cid})', 'its log has more under this CID'),
    'server-unaware': Failure(
        '{server} does not know it yet, though its ODB does', 'restart the server, or reload its configuration'
    ),
    # Neither of these should happen.
    'failed': Failure('failed after {took}: {reason}', 'please report it if this says too little'),
}


def fail(name: str, attempt: Attempt, place: Place | None = None, **values: Any) -> Pong:
    """Returns the pong of a failure: its sentence with the values put in."""
    failure = FAILURES[name]
    took = attempt.took
    given = {'took': duration(took), **values}
    given.setdefault('port_field', f'the port in {given.get("field")}')
    text, hint = (part.format_map(given) for part in failure)
    return Pong(Verdict.FAILED, text, took, hint, name, place, dict(attempt.facts))


def skip(text: str) -> Pong:
    """Returns the pong of a connection that was not tried."""
    return Pong(Verdict.SKIPPED, text)
