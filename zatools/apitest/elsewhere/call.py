"""Calls as they were found elsewhere: what every reader makes, and the writer takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

BASIC, DIGEST, BEARER = 'basic', 'digest', 'bearer'


class Raw(str):
    """A value in which nothing is a name: a JSONPath, an XPath, a regular expression."""

    __slots__ = ()


@dataclass(frozen=True)
class Line:
    """A step: its words, with `{}` for each value, and the values."""

    words: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Upload:
    """A file of a form: the field, the file, its media type, the name that the server gets."""

    name: str
    path: str
    kind: str = ''
    file_name: str = ''


@dataclass(frozen=True)
class Body:
    """The body of a request: a text of a media type, a form, or a file."""

    text: str = ''
    kind: str = ''
    fields: tuple[tuple[str, str], ...] = ()
    uploads: tuple[Upload, ...] = ()
    file: str = ''


@dataclass(frozen=True)
class Login:
    """A login: its sort, the user, and the password or token."""

    sort: str
    user: str
    secret: str


@dataclass(frozen=True)
class Answer:
    """What was answered: the status, as a step has it, the media type, and the body or the shape of it."""

    status: str = '2xx'
    kind: str = ''
    text: str = ''
    shape: object = None


@dataclass(frozen=True)
class Call:
    """A call: its request, what was answered, and the steps that a reader has made itself.

    `query` are parameters that are not in the URL, `before` steps that
    make values for the request. `remarks` say what could not be carried over, and why.
    """

    name: str
    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    cookies: tuple[tuple[str, str], ...] = ()
    body: Body = field(default_factory=Body)
    login: Login | None = None
    follows: bool = True
    answer: Answer = field(default_factory=Answer)
    before: tuple[Line, ...] = ()
    settings: tuple[Line, ...] = ()
    how: Line = field(default_factory=lambda: Line('the URL is invoked'))
    checks: tuple[Line, ...] = ()
    stores: tuple[Line, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Taken:
    """All that a reader has made of a source."""

    name: str
    calls: tuple[Call, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """What is read: its text, its name for people, its folder; `is_exact` asks for values rather than their types."""

    text: str
    label: str
    folder: Path
    is_exact: bool = False
    takes_all: bool = False
