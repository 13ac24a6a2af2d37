"""AWS S3, with boto3: buckets for pings, and for services its client, with the everyday calls of boto 2 besides."""

from __future__ import annotations

import io
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import requests

from zatools.connections.clients import api
from zatools.connections.clients.api import ApiView, Line
from zatools.connections.clients.buckets import Connection
from zatools.connections.clients.peer import ClientConnection, RefusedError
from zatools.connections.login import password_spot, secret_of
from zatools.connections.pong import Attempt, printable, spot

Send = Callable[..., requests.Response]
AMAZON = '.amazonaws.com'
REGION = re.compile(r's3[.-](?:dualstack\.)?([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com')
USUAL_REGION = 'us-east-1'
#: What S3 says of keys that let nobody in, of those that are right and may not do what is asked, and of no bucket.
NO_KEY, LOGINS = 'InvalidAccessKeyId', ('SignatureDoesNotMatch', 'ExpiredToken', 'InvalidToken')
DENIED, NO_BUCKET = 'AccessDenied', 'NoSuchBucket'
#: Calls that make files of keys.
WRITING = ('PutObject', 'CreateMultipartUpload')
#: Calls whose answers are as long as they like: who makes them reads them bit by bit.
STREAMED = 'GetObject'
#: How often a service's call is tried where S3 says that it is busy.
TRIES = 3
SLASHES = re.compile('//+')
#: Clients are made one at a time: what makes them is shared.
MAKING = threading.Lock()


@dataclass(frozen=True)
class Peer(api.Api):
    """S3, or what speaks its protocol."""

    word = 'AWS S3'
    address = 'address'
    package_is_for_services = False

    @property
    def base(self) -> str:
        """The URL of the definition."""
        return self.about.text('address').rstrip('/')

    @property
    def login(self) -> str:
        """The access key."""
        if self.about.login is None:
            return ''
        return str(self.about.login.values.get('username') or '')

    def client(self, send: Send, tries: int = 1) -> Any:
        """Returns boto3's client, whose requests are sent by us. Raises RefusedError where there are no keys."""
        login = self.about.login
        secret = secret_of(login) if login else ''
        if not self.login or not secret:
            # Without keys of ours, boto3 would look for others on this machine.
            raise RefusedError('client-secret', secret='key', field=password_spot(login or self.about.item))
        found = _made(self, secret, tries)
        found.meta.events.register('before-send.s3', lambda request, **about: _sent(send, request, **about))
        found.meta.events.register('provide-client-params.s3', self._filled)
        return found

    def _filled(self, params: Mapping[str, Any], model: Any, **_: Any) -> dict[str, Any]:
        # What calls leave out is what the definition says.
        found, about = dict(params), self.about
        bucket, members = about.text('bucket'), getattr(model.input_shape, 'members', {})
        if bucket and 'Bucket' in members and ('Key' in members or model.name.startswith('ListObjects')):
            found.setdefault('Bucket', bucket)
        if isinstance(found.get('Key'), str) and about.get('suppr_cons_slashes'):
            found['Key'] = SLASHES.sub('/', found['Key'])
        if model.name in WRITING:
            for name, value in self._told_of_files().items():
                found.setdefault(name, value)
        return found

    def _told_of_files(self) -> dict[str, Any]:
        about = self.about
        pairs = (line.partition('=') for line in re.split(r'[\n;]', about.text('metadata_')))
        told: dict[str, Any] = {
            'ContentType': about.text('content_type'),
            'StorageClass': about.text('storage_class'),
            'Metadata': {name.strip(): value.strip() for name, mark, value in pairs if mark},
        }
        if about.get('encrypt_at_rest'):
            told['ServerSideEncryption'] = 'AES256'
        return {name: value for name, value in told.items() if value}

    def greet(self, client: Line, attempt: Attempt) -> str:
        """Lists the bucket of the definition, or the names of all."""
        from botocore.exceptions import ClientError

        def send(method: str, url: str, **options: Any) -> requests.Response:
            return client.sent(attempt, method, url, **options)

        s3, bucket = self.client(send), self.about.text('bucket')
        try:
            if bucket:
                s3.list_objects_v2(Bucket=bucket, MaxKeys=1)
                return f"{self.word}, bucket '{bucket}'"
            return f'{self.word}, {len(s3.list_buckets().get("Buckets", ()))} buckets'
        except ClientError as error:
            said = error.response.get('Error', {})
        if said.get('Code') == DENIED:
            return f'{self.word}, whose list is not for this key'
        raise self._refused(str(said.get('Code')), str(said.get('Message')))

    def _refused(self, code: str, text: str) -> RefusedError:
        item, login = self.about.item, self.about.login
        assert login is not None
        if code == NO_BUCKET:
            bucket = printable(self.about.text('bucket'))
            return RefusedError('bucket', bucket=bucket, field=spot(item, 'bucket'))
        if code == NO_KEY:
            return RefusedError('client-token', secret='access key', reason=code, field=spot(login, 'username'))
        if code in LOGINS:
            return RefusedError('client-token', secret='secret key', reason=code, field=password_spot(login))
        return RefusedError('client-refused', reason=printable(f'{code}: {text}'))


@cache
def _session() -> Any:
    # It knows no key of this machine, whatever its environment and its files say. To make one takes longer than a call.
    import boto3
    from botocore.session import Session

    known = Session.SESSION_VARIABLES
    blind = {name: (None, None, default, convert) for name, (_, _, default, convert) in known.items()}
    nothing = None, None, os.devnull, None
    return boto3.session.Session(
        botocore_session=Session(session_vars={**blind, 'config_file': nothing, 'credentials_file': nothing})
    )


def _made(peer: Peer, secret: str, tries: int) -> Any:
    from botocore.config import Config

    style, region = 'path', USUAL_REGION
    if peer.host.endswith(AMAZON):
        style = 'auto'
        if named := REGION.fullmatch(peer.host):
            region = named[1]
    config = Config(
        signature_version='s3v4',
        s3={'addressing_style': style},
        retries={'mode': 'standard', 'total_max_attempts': tries},
        # What other stores than Amazon's know, too.
        request_checksum_calculation='when_required',
        response_checksum_validation='when_required',
    )
    with MAKING:
        return _session().client(
            's3',
            region_name=region,
            endpoint_url=peer.base,
            aws_access_key_id=peer.login,
            aws_secret_access_key=secret,
            config=config,
        )


class _Read(io.BytesIO):
    # An answer that was read, as botocore takes it.

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self.read()


def _sent(send: Send, request: Any, event_name: str = '', **_: Any) -> Any:
    from botocore.awsrequest import AWSResponse

    # Nobody waits for what Expect asks for.
    headers = {name: value for name, value in request.headers.items() if name.lower() != 'expect'}
    is_streamed = event_name.endswith(f'.{STREAMED}')
    response = send(request.method, request.url, headers=headers, data=request.body, stream=is_streamed)
    raw: Any = response.raw
    if not is_streamed:
        raw = _Read(response.content)
    return AWSResponse(request.url, response.status_code, response.headers, raw)


class S3(ApiView):
    """`self.cloud.aws.s3['Files'].conn`."""

    called = 'self.cloud.aws.s3[…].conn'

    def __init__(self, connection: ClientConnection) -> None:
        super().__init__(connection)
        self._making = threading.Lock()
        self._made: Any = None

    @contextmanager
    def client(self) -> Iterator[Connection]:
        """Yields boto3's client, which has the everyday calls of boto 2 besides.

        What a call leaves out is what the definition says. Raises botocore's exceptions, and ConnectionError.
        """
        self._library()
        with self._making:
            if self._made is None:
                self._made = self._new()
        yield Connection(self._made)

    def _new(self) -> Any:
        try:
            return self._peer.client(self._sent, TRIES)
        # The library raises what it likes for a definition that it can't use.
        except Exception as error:
            raise self._told(error) from None
