"""The readers: what `apitest from` takes, one entry each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zatools.apitest.elsewhere import curl, har, hurl, openapi, postman
from zatools.apitest.elsewhere.call import Source, Taken


@dataclass(frozen=True)
class Reader:
    """A reader: the function, what it reads in a few words, whether that is a text rather than a file."""

    read: Callable[[Source], Taken]
    doc: str
    takes_text: bool = False


READERS = {
    'curl': Reader(curl.read, 'a curl line in quotes, as browsers copy it for bash', takes_text=True),
    'har': Reader(har.read, 'a HAR file of a browser or a proxy'),
    'openapi': Reader(openapi.read, 'an OpenAPI 3.0 or 3.1 document, YAML or JSON'),
    'postman': Reader(postman.read, 'a collection of Postman, exported as v2.1'),
    'hurl': Reader(hurl.read, 'a Hurl file'),
}
