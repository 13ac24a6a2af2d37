"""Buckets and keys of S3 by boto 2's everyday names, which services of 3.2 call; boto3's client does the work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

#: How S3 says that there is no such key.
MISSING = ('404', 'NoSuchKey')


class Connection:
    """boto3's client, with the names of boto 2's S3Connection besides."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def get_all_buckets(self) -> list[Bucket]:
        """Returns all buckets."""
        return [Bucket(self._client, one['Name']) for one in self._client.list_buckets()['Buckets']]

    def get_bucket(self, name: str, validate: bool = True) -> Bucket:
        """Returns a bucket; raises ClientError where there is none, unless it is not to `validate`."""
        if validate:
            self._client.head_bucket(Bucket=name)
        return Bucket(self._client, name)

    def create_bucket(self, name: str = '', **options: Any) -> Any:
        """Makes a bucket and returns it; with boto3's keywords, what boto3 does."""
        if not name:
            return self._client.create_bucket(**options)
        self._client.create_bucket(Bucket=name)
        return Bucket(self._client, name)

    def delete_bucket(self, name: str = '', **options: Any) -> Any:
        """Deletes a bucket, which is empty."""
        if name:
            options['Bucket'] = name
        return self._client.delete_bucket(**options)


class Bucket:
    """A bucket."""

    def __init__(self, client: Any, name: str) -> None:
        self._client, self.name = client, name

    def new_key(self, name: str) -> Key:
        """Returns a key that is not stored yet."""
        return Key(self, name)

    def get_key(self, name: str) -> Key | None:
        """Returns a key, None where there is none."""
        key = Key(self, name)
        if not key.exists():
            return None
        return key

    def delete_key(self, name: str) -> None:
        """Deletes a key, if it is there."""
        self._client.delete_object(Bucket=self.name, Key=name)

    def list(self, prefix: str = '') -> Iterator[Key]:
        """Yields the keys whose names begin so, by name."""
        pages = self._client.get_paginator('list_objects_v2').paginate(Bucket=self.name, Prefix=prefix)
        for page in pages:
            for one in page.get('Contents', ()):
                yield Key(self, one['Key'], one)

    __iter__ = list

    def get_all_keys(self, prefix: str = '') -> Sequence[Key]:
        """Returns the keys whose names begin so."""
        return [*self.list(prefix)]


class Key:
    """A key of a bucket: the name of a file, and what is in it."""

    def __init__(self, bucket: Bucket, name: str, about: dict[str, Any] | None = None) -> None:
        self.bucket, self.name, self._client = bucket, name, bucket._client
        self._about = about or {}
        self._metadata: dict[str, str] = {}

    @property
    def key(self) -> str:
        """Its name."""
        return self.name

    @property
    def size(self) -> int | None:
        """Bytes of its file; None where it is not known to be there."""
        return self._about.get('Size', self._about.get('ContentLength'))

    @property
    def etag(self) -> str | None:
        """The ETag of its file, in quotes."""
        return self._about.get('ETag')

    @property
    def last_modified(self) -> Any:
        """When its file was written, a datetime."""
        return self._about.get('LastModified')

    @property
    def content_type(self) -> str | None:
        """The type of its file."""
        return self._about.get('ContentType')

    def exists(self) -> bool:
        """Tells whether it is there."""
        from botocore.exceptions import ClientError

        try:
            self._about = self._client.head_object(Bucket=self.bucket.name, Key=self.name)
        except ClientError as error:
            if error.response['Error']['Code'] not in MISSING:
                raise
            return False
        return True

    def set_metadata(self, name: str, value: str) -> None:
        """Sets what is stored along with the file that is written next."""
        self._metadata[name] = value

    def get_metadata(self, name: str) -> str | None:
        """Returns what is stored along with the file."""
        return {**self._about.get('Metadata', {}), **self._metadata}.get(name)

    def set_contents_from_string(self, text: str | bytes, headers: dict[str, str] | None = None) -> int:
        """Writes the file, and returns its length. Of headers there is Content-Type."""
        if isinstance(text, str):
            text = text.encode()
        options: dict[str, Any] = {}
        if headers and 'Content-Type' in headers:
            options['ContentType'] = headers['Content-Type']
        if self._metadata:
            options['Metadata'] = self._metadata
        self._client.put_object(Bucket=self.bucket.name, Key=self.name, Body=text, **options)
        return len(text)

    def set_contents_from_file(self, file: BinaryIO, headers: dict[str, str] | None = None) -> int:
        """Writes the file from an open one, from where that is, and returns its length."""
        return self.set_contents_from_string(file.read(), headers)

    def set_contents_from_filename(self, path: str, headers: dict[str, str] | None = None) -> int:
        """Writes the file from one of this machine, and returns its length."""
        with open(path, 'rb') as file:
            return self.set_contents_from_file(file, headers)

    def get_contents_as_string(self, encoding: str | None = None) -> Any:
        """Returns what is in the file: bytes, or with an encoding a text. Raises ClientError where there is none."""
        found: bytes = self._client.get_object(Bucket=self.bucket.name, Key=self.name)['Body'].read()
        if encoding:
            return found.decode(encoding)
        return found

    def get_contents_to_filename(self, path: str) -> None:
        """Writes what is in the file to one of this machine."""
        self._client.download_file(self.bucket.name, self.name, path)

    def generate_url(self, expires_in: int, method: str = 'GET') -> str:
        """Returns a URL that lets anybody call the key for so many seconds."""
        call = {'GET': 'get_object', 'PUT': 'put_object', 'DELETE': 'delete_object', 'HEAD': 'head_object'}[method]
        params = {'Bucket': self.bucket.name, 'Key': self.name}
        found: str = self._client.generate_presigned_url(call, Params=params, ExpiresIn=expires_in)
        return found

    def delete(self) -> None:
        """Deletes it."""
        self.bucket.delete_key(self.name)
