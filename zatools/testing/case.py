"""`ServiceTestCase`: unit tests of services by the standard library's unittest."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from unittest import TestCase

from zatools.server.api.service import Service
from zatools.testing.responses import Call, Message
from zatools.testing.stage import Line, Stage


class ServiceTestCase(TestCase):
    """A test of services: `self.invoke` returns the service, whose `response` is what it answered."""

    #: Which platform services are run as.
    generation = '3.2'
    #: The project's folder; else the one that the file of the test is in.
    folder = ''

    @cached_property
    def stage(self) -> Stage:
        """Where the services of this test run."""
        return Stage(self.folder or inspect.getfile(type(self)), self.generation)

    def setUp(self) -> None:
        """Begins with nothing set: each test has a stage of its own."""
        super().setUp()
        vars(self).pop('stage', None)

    def invoke(
        self, service: type[Service] | str, input_data: Any = None, raw_request: Any = None, **kwargs: Any
    ) -> Any:
        """Invokes a service, by its class or its name, and returns its instance; keywords become the input."""
        payload: Any = kwargs or ''
        if input_data is not None:
            payload = {**input_data, **kwargs} if kwargs else input_data
        return self.stage.ran(service, payload, raw=raw_request)

    def set_response(
        self,
        conn: str,
        response: Any,
        *,
        method: str = 'GET',
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        request: Any = None,
    ) -> None:
        """Says what a connection answers: see Stage.set_response."""
        self.stage.set_response(
            conn, response, method=method, status_code=status_code, headers=headers, request=request
        )

    def set_config(self, name: str, value: Any) -> None:
        """Sets an option of the user configuration: see Stage.set_config."""
        self.stage.set_config(name, value)

    @property
    def logs(self) -> list[Line]:
        """The lines of the log."""
        return self.stage.logs

    @property
    def calls(self) -> list[Call]:
        """The calls of connections."""
        return self.stage.calls

    @property
    def messages(self) -> list[Message]:
        """The messages that were sent."""
        return self.stage.messages

    def assertResponsePayload(self, service: Service, expected: Any) -> None:  # noqa: N802
        """Fails unless a service answered with this payload."""
        self.assertEqual(service.response.payload, expected)

    def assertResponseStatusCode(self, service: Service, code: int) -> None:  # noqa: N802
        """Fails unless a service answered with this status."""
        self.assertEqual(service.response.status_code, code)
