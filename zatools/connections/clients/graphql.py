"""GraphQL as services call it: a query is posted as all calls over HTTP are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from zatools.connections.calls import CallFailedError
from zatools.connections.clients.asked import AskedView
from zatools.connections.pong import printable
from zatools.connections.rest import headers_of, status_of


class GraphQLError(Exception):
    """A query was refused, or failed in part: `errors` are those of the answer, `data` what there is all the same."""

    def __init__(self, text: str, errors: list[Any], data: Any) -> None:
        super().__init__(text)
        self.errors, self.data = errors, data


class GraphQL(AskedView):
    """`self.out.graphql['Shop']`."""

    called = 'self.out.graphql[…]'

    def execute(self, query: str, params: Mapping[str, Any] | None = None) -> Any:
        """Sends a query or a mutation with its variables, and returns `data` of the answer.

        Raises GraphQLError for errors in an answer, CallFailedError, CallTimeoutError where there is none.
        """
        sent = {'query': query, 'variables': dict(params or {})}
        response = self._calls.sent('POST', self._rest.url, headers_of(self._rest.item), json=sent)
        try:
            found = json.loads(response.content)
        except (ValueError, RecursionError):
            found = None
        errors = found.get('errors') if isinstance(found, dict) else None
        if isinstance(errors, list) and errors:
            raise GraphQLError(f"'{self.name}': {_message(errors)}", errors, found.get('data'))
        if not response.ok or not isinstance(found, dict) or 'data' not in found:
            raise CallFailedError(f"'{self.name}': {status_of(response)}, which is no answer of GraphQL")
        return found['data']


def _message(errors: list[Any]) -> str:
    first = errors[0]
    text = printable(str(first.get('message') if isinstance(first, dict) else first))
    if len(errors) == 1:
        return text
    return f'{text} (and {len(errors) - 1} more)'
