"""What services raise to answer with a status: `zato.common.exception` of users' files."""

from __future__ import annotations

SUPPORTED = 'what is: docs/compatibility.md'
ABSENT = 'is not supported by the local server'
#: What the error says after a name that users' files import and we lack.
LACKS = f' {ABSENT}; {SUPPORTED}'


class ZatoException(Exception):  # noqa: N818
    """The base class of all exceptions here: a CID and a message."""

    def __init__(self, cid: str | None = None, msg: str | None = None) -> None:
        super().__init__(msg or '')
        self.cid = cid
        self.msg = msg or ''


class UnsupportedError(AttributeError):
    """A service uses a part of the platform that the local server lacks."""


class HTTPException(ZatoException):
    """Ends a call with a status; `needs_msg` shows the message to the client."""

    status = 500
    words = 'Internal server error'

    def __init__(
        self, cid: str | None = None, msg: str | None = None, status: int | None = None, needs_msg: bool = False
    ) -> None:
        super().__init__(cid, msg)
        self.status = status or self.status
        self.needs_msg = needs_msg

    @property
    def details(self) -> str:
        """What the client is told."""
        return self.msg if self.needs_msg and self.msg else self.words


StatusAwareException = Reportable = ClientHTTPError = HTTPException


class BodyError(HTTPException):
    """A body that can't be read; its status says why."""


class Told(HTTPException):
    """Ends a call with the status of its class."""

    def __init__(self, cid: str | None = None, msg: str | None = None, needs_msg: bool = False) -> None:
        super().__init__(cid, msg, needs_msg=needs_msg)


def _error(name: str, status: int, words: str) -> type[Told]:
    doc = f'Ends a call with {status}.'
    return type(name, (Told,), {'status': status, 'words': words, '__doc__': doc, '__module__': __name__})


BadRequest = _error('BadRequest', 400, 'Bad request')
Forbidden = _error('Forbidden', 403, 'Forbidden')
NotFound = _error('NotFound', 404, 'Not found')
MethodNotAllowed = _error('MethodNotAllowed', 405, 'Method not allowed')
Conflict = _error('Conflict', 409, 'Conflict')
TooManyRequests = _error('TooManyRequests', 429, 'Too many requests')
InternalServerError = _error('InternalServerError', 500, 'Internal server error')
BackendInvocationError = _error('BackendInvocationError', 400, 'Bad request')
ServiceUnavailable = _error('ServiceUnavailable', 503, 'Service unavailable')


class Unauthorized(Told):
    """Ends a call with 401, and with a challenge where there is one."""

    status, words = 401, 'Unauthorized'

    def __init__(
        self, cid: str | None = None, msg: str | None = None, challenge: str = '', needs_msg: bool = False
    ) -> None:
        super().__init__(cid, msg, needs_msg)
        self.challenge = challenge


def _failure(name: str, doc: str, base: type[Exception] = ZatoException) -> type[Exception]:
    return type(name, (base,), {'__doc__': doc, '__module__': __name__})


ClientSecurityException = _failure('ClientSecurityException', 'A caller is not who he says he is.')
ConnectionException = _failure('ConnectionException', 'A connection can not be used.')
IBMMQException = _failure('IBMMQException', 'A call of IBM MQ failed.')
ParsingException = _failure('ParsingException', 'A message can not be read.')
PubSubSubscriptionExists = _failure('PubSubSubscriptionExists', 'Somebody is subscribed already.', BadRequest)
RuntimeInvocationError = _failure('RuntimeInvocationError', 'A service failed that another one invoked.')
ServiceMissingException = _failure('ServiceMissingException', 'There is no such service.')
TimeoutException = _failure('TimeoutException', 'What was waited for did not come in time.')


class Inactive(ZatoException):
    """A connection or service that is not active; what it is called comes first."""

    def __init__(self, name: str) -> None:
        super().__init__(None, name)


def unsupported(what: str, hint: str = '') -> UnsupportedError:
    """Returns the error for something that is not supported; it points to the page of what is."""
    return UnsupportedError(f'{what} {ABSENT}; {hint or SUPPORTED}')
