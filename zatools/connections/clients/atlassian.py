"""Jira and Confluence as services call them, with atlassian-python-api; pings ask them as REST connections are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from zatools.connections.clients.asked import AskedView
from zatools.connections.login import secret_of
from zatools.connections.rest import RestConnection
from zatools.kinds.cloud import wiki_of
from zatools.kinds.traits import CONFLUENCE, JIRA

#: The version of Jira's API where the definition names none that there is.
USUAL = 'latest'


def _jira(values: Mapping[str, Any]) -> dict[str, Any]:
    version = str(values.get('api_version') or '')
    if not version.isdigit():
        version = USUAL
    address = str(values.get('address') or '')
    return {'url': address, 'api_version': version, 'cloud': values.get('is_cloud') is not False}


def _confluence(values: Mapping[str, Any]) -> dict[str, Any]:
    # The library's client for the cloud lacks calls that services of the platform make, get_page_by_id for one.
    address = str(values.get('address') or '').removesuffix('/')
    return {'url': f'{address}{wiki_of(values)}', 'cloud': False}


#: By the protocols of kinds: the library's client, and what it is made with besides a login.
PRODUCTS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    JIRA: ('Jira', _jira),
    CONFLUENCE: ('Confluence', _confluence),
}


class Product(AskedView):
    """`self.cloud.jira['Ours'].conn`, `self.cloud.confluence['Ours'].conn`."""

    def __init__(self, connection: RestConnection, generation: str) -> None:
        super().__init__(connection, generation)
        self.called = f'self.cloud.{connection.item.kind.protocol}[…].conn'

    @contextmanager
    def client(self) -> Iterator[Any]:
        """Yields a client of atlassian-python-api. Its calls raise requests' exceptions."""
        item = self._rest.item
        name, options = PRODUCTS[item.kind.protocol]
        yield getattr(import_module('atlassian'), name)(
            username=str(item.values.get('username') or ''),
            password=secret_of(item),
            timeout=int(self._rest.timeout),
            session=self._calls.session,
            **options(item.values),
        )
