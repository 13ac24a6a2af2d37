"""What the caller gets: `self.response` of services."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zatools.place import did_you_mean
from zatools.server.api.dotdict import DotDict
from zatools.server.api.supported import Supported

#: Attributes of a response that services may set.
SETTABLE = ('payload', 'status_code', 'headers', 'content_type', 'content_encoding')
ENCODING = 'Content-Encoding'


class UnknownOutputError(KeyError):
    """A service of 4.1 sets what it does not declare."""

    def __str__(self) -> str:
        return str(self.args[0])


class Output(DotDict):
    """A declared output whose elements are attributes. `payload[:] = rows` or `append` make it a list of rows."""

    def __init__(self, values: Any = ()) -> None:
        super().__init__(values)
        object.__setattr__(self, '_rows', None)
        object.__setattr__(self, '_known', None)

    def only(self, names: Iterable[str]) -> None:
        """Lets no other elements be set than those: as on 4.1."""
        object.__setattr__(self, '_known', tuple(names))

    def __setitem__(self, name: Any, value: Any) -> None:
        if self._known is not None and isinstance(name, str) and name not in self._known:
            hint = did_you_mean(name, self._known) or f'there are: {", ".join(self._known)}'
            raise UnknownOutputError(f"the output has no '{name}'; {hint}")
        if isinstance(name, slice):
            rows = list(self._rows or [])
            rows[name] = value
            object.__setattr__(self, '_rows', rows)
        else:
            super().__setitem__(name, value)

    @classmethod
    def of_rows(cls) -> Output:
        """Returns one that is a list of rows from the start."""
        found = cls()
        object.__setattr__(found, '_rows', [])
        return found

    def append(self, row: Any) -> None:
        """Adds a row."""
        object.__setattr__(self, '_rows', [*(self._rows or []), row])


class Free(DotDict):
    """A response of 4.1 without a declared output: what is set below it comes into being."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith('_'):
            raise AttributeError(name)
        if name not in self:
            self[name] = Free()
        return self[name]


def whole(payload: Any) -> Any:
    """Returns a payload; of a declared output the rows, if it has any."""
    if isinstance(payload, Output) and payload._rows is not None:
        return payload._rows
    return payload


class Response(Supported):
    """What the caller gets."""

    called = 'self.response'

    status_code: Any
    headers: Any
    content_type: Any
    _payload: Any
    _has_output: bool
    cid: str
    data_format: str
    #: What the platform says of each call that did not fail.
    result, result_details = 'ZATO_OK', ''

    def __init__(self, has_output: bool = False) -> None:
        payload: Any = ''
        if has_output:
            payload = Output()
        # Our own __setattr__ lets through only what services may set.
        vars(self).update(status_code=200, headers={}, content_type='', _payload=payload, _has_output=has_output)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in SETTABLE and not name.startswith('_'):
            raise self._unsupported(name, SETTABLE)
        super().__setattr__(name, value)

    @property
    def content_encoding(self) -> str:
        """How a service has packed its response: the header of that name."""
        return str(self.headers.get(ENCODING, ''))

    @content_encoding.setter
    def content_encoding(self, value: str) -> None:
        self.headers[ENCODING] = value

    def begin(self, cid: str, data_format: str) -> None:
        """Takes over what is known of the call."""
        vars(self).update(cid=cid, data_format=data_format)

    @property
    def payload(self) -> Any:
        """The response itself; with a declared output its elements are attributes."""
        return self._payload

    @payload.setter
    def payload(self, value: Any) -> None:
        if self._has_output and isinstance(value, dict):
            value = Output(value)
        self._payload = value
