"""Steps for forms: their fields, and the files that they upload."""

from __future__ import annotations

from typing import Any

from zatools.apitest.failures import StepBroken
from zatools.apitest.project import files
from zatools.apitest.state import formats, named_files
from zatools.apitest.state.context import Context
from zatools.apitest.steps.phrase import GIVEN, Phrase, in_section


def add_field(context: Context, name: Any, value: Any) -> None:
    """Adds a field to the form; one that is there already has several values then."""
    request = context.zato.request
    formats.forget_body(request)
    form = request.setdefault('form', {})
    if str(name) not in form:
        form[str(name)] = value
        return
    before = form[str(name)]
    if not isinstance(before, list):
        before = [before]
    form[str(name)] = [*before, value]


def add_file(context: Context, name: Any, value: Any) -> None:
    """Adds a file to the form."""
    _upload(context, name, value)


def add_file_of_type(context: Context, name: Any, value: Any, kind: Any) -> None:
    """Adds a file to the form, with its media type."""
    _upload(context, name, value, kind=str(kind))


def add_named_file(context: Context, name: Any, value: Any, kind: Any, file_name: Any) -> None:
    """Adds a file to the form, with its media type and the name that the server gets."""
    _upload(context, name, value, kind=str(kind), file_name=str(file_name))


def _upload(context: Context, name: Any, value: Any, kind: str = '', file_name: str = '') -> None:
    request = context.zato.request
    path = named_files.find(context, str(value), 'request', ['FORM', formats.of_request(request)], 'value')
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StepBroken(f"'{files.shown(path)}' can't be read: {error.strerror}", at='value') from None
    formats.forget_body(request)
    part = (file_name or path.name, content)
    if kind:
        part = (*part, kind)  # type: ignore[assignment]
    request.setdefault('files', {})[str(name)] = part
    request.setdefault('upload_paths', {})[str(name)] = files.shown(path)


FILES = {'value': 'request'}
PHRASES = in_section(
    'Requests',
    Phrase('form field "{name}" is "{value}"', GIVEN, add_field, 'ABO', 'adds a field; repeat it for a list',
           ('name', 'my.user')),
    Phrase('request file "{name}" is "{value}"', GIVEN, add_file, 'ABO', 'uploads a file of features/form/request/',
           ('photo', 'photo.png'), files=FILES),
    Phrase('request file "{name}" is "{value}" of type "{type}"', GIVEN, add_file_of_type, '',
           'the same, with a media type', ('photo', 'photo.png', 'image/png'), files=FILES),
    Phrase('request file "{name}" is "{value}" of type "{type}", named "{file_name}"', GIVEN, add_named_file, '',
           'the same, with a name of its own', ('photo', 'photo.png', 'image/png', 'me.png'), files=FILES),
)  # fmt: skip
