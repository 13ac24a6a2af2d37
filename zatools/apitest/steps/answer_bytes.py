"""Steps that check an answer's bytes: their number, their SHA-256, whether they are those of a file."""

from __future__ import annotations

import hashlib
from typing import Any

from zatools.apitest.failures import StepBroken, StepFailed, Words
from zatools.apitest.state import answers
from zatools.apitest.state.context import Context
from zatools.apitest.steps.phrase import THEN, Phrase, in_section
from zatools.apitest.values.excerpts import binary
from zatools.apitest.values.readers import as_integer
from zatools.screens import quantity


def received(context: Context) -> bytes:
    """Returns the bytes of the last answer; raises StepBroken where there is none."""
    data = (context.zato.get('response') or {}).get('data')
    content = getattr(data, 'content', None)
    if isinstance(content, bytes):
        return content
    # An answer that a step of the project's own has made up may have a text only.
    return answers.text(context).encode()


def compare_bytes(context: Context, expected: bytes, at: str) -> None:
    """Fails where the answer has other bytes, with the first that differs."""
    actual = received(context)
    if actual == expected:
        return
    shorter = min(len(actual), len(expected))
    first = next((place for place in range(shorter) if actual[place] != expected[place]), shorter)
    detail = [f'{len(expected):,} bytes expected, {len(actual):,} received; the first difference is byte {first:,}']
    raise StepFailed('', at=at, expected=_shown(expected), actual=_shown(actual), detail=detail)


def compare_text(context: Context, expected: str, at: str) -> None:
    """Fails where an answer that is no text has other bytes than a text."""
    actual = received(context)
    if actual != expected.encode():
        raise StepFailed('', at=at, expected=expected, actual=_shown(actual))


def _shown(data: bytes) -> Words:
    return Words(binary(data, f'SHA-256 {hashlib.sha256(data).hexdigest()[:12]}'))


def has_bytes(context: Context, count: Any) -> None:
    """Fails where the answer has another length."""
    actual = len(received(context))
    if actual != as_integer(count):
        raise StepFailed(
            '', at='n', expected=Words(quantity(as_integer(count), 'byte')), actual=Words(quantity(actual, 'byte'))
        )


def has_digest(context: Context, digest: Any) -> None:
    """Fails where the answer has another SHA-256."""
    actual = hashlib.sha256(received(context)).hexdigest()
    if actual != str(digest).strip().lower():
        raise StepFailed('', at='digest', expected=Words(str(digest)), actual=Words(actual))


def as_bytes(value: Any) -> bytes:
    """Returns the bytes that hexadecimal digits stand for."""
    try:
        return bytes.fromhex(str(value))
    except ValueError:
        hint = 'two digits a byte: "ef bb bf"'
        raise StepBroken(f"'{value}' are no bytes", at='bytes', hint=hint) from None


def starts_with_bytes(context: Context, digits: Any) -> None:
    """Fails where the answer begins with other bytes."""
    wanted = as_bytes(digits)
    actual = received(context)[: len(wanted)]
    if actual != wanted:
        raise StepFailed('', at='bytes', expected=Words(wanted.hex(' ')), actual=Words(actual.hex(' ')))


PHRASES = in_section(
    'Answers as a whole',
    Phrase('response starts with bytes "{bytes}"', THEN, starts_with_bytes, '',
           'the answer begins with these bytes, in hexadecimal digits', ('ef bb bf',), reads={'bytes': as_bytes}),
    Phrase('response has "{n}" bytes', THEN, has_bytes, '', 'the answer is so long, whatever is in it', ('12',),
           reads={'n': as_integer}),
    Phrase('SHA-256 of response is "{digest}"', THEN, has_digest, '', 'the bytes of the answer have this SHA-256',
           ('2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',)),
)  # fmt: skip
