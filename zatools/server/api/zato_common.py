"""What service files import from `zato.common`: JSON, names and small functions."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from typing import Any

from zatools.server.api.dotdict import DotDict
from zatools.server.api.elements import NO, YES
from zatools.server.api.mail import SMTPMessage
from zatools.server.call import new_cid
from zatools.server.http.formats import plain

load, loads = json.load, json.loads
DATA_FORMAT = DotDict({'JSON': 'json', 'XML': 'xml', 'DICT': 'dict', 'CSV': 'csv', 'FORM_DATA': 'form', 'HL7': 'hl7'})
#: Types of channels: each is its name in small letters, with dashes.
CHANNELS = ('AMQP', 'HTTP_SOAP', 'INVOKE', 'INVOKE_ASYNC', 'SCHEDULER', 'WEB_SOCKET')
CHANNEL = DotDict({name: name.lower().replace('_', '-') for name in CHANNELS})
ZATO_NONE = 'ZATO_NONE'


class NotGiven:
    """What stands for a value that was not given."""


def dumps(value: Any, **options: Any) -> str:
    """Returns a value as JSON; dates are texts in it."""
    return json.dumps(value, **{'default': plain, **options})


def asbool(value: Any) -> bool:
    """Returns what a text for yes or no means. Raises ValueError for any other."""
    if not isinstance(value, str):
        return bool(value)
    text = value.strip().lower()
    if text not in YES and text not in NO:
        raise ValueError(f'String is not true/false: {value!r}')
    return text in YES


def parse_extra_into_dict(text: str) -> Any:
    """Returns what lines of name=value say, numbers and booleans as such."""
    from zatools.server.jobs.timing import pairs_of

    return pairs_of(text)


def spawn_greenlet(function: Callable[..., Any], *args: Any, **kwargs: Any) -> threading.Thread:
    """Runs a function beside the call, and returns its thread."""
    thread = threading.Thread(target=function, args=args, kwargs=kwargs, daemon=True)
    thread.start()
    return thread


def fs_safe_name(value: str) -> str:
    """Returns a name that a file may have: each character that is no letter or digit is an underscore."""
    return re.sub(r'[^\w]', '_', value)


__all__ = [
    'CHANNEL',
    'DATA_FORMAT',
    'NotGiven',
    'SMTPMessage',
    'ZATO_NONE',
    'asbool',
    'dumps',
    'fs_safe_name',
    'load',
    'loads',
    'new_cid',
    'parse_extra_into_dict',
    'spawn_greenlet',
]
