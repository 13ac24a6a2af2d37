"""Finds texts in encoded forms. It reads one layer of escapes after the other and keeps the place of each byte."""

from __future__ import annotations

import base64
import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from html.entities import html5
from urllib.parse import quote, quote_plus

#: What encoders write for a character, or within a text: percent, HTML and XML, JSON and other backslashes, quotes of a
#: shell, the end of a CDATA section within one, the ends of Base64's lines. Each begins with a plain character: a regex
#: is fast then.
ESCAPE = re.compile(
    rb'%[0-9A-Fa-f]{2}'
    rb'|&(?:\#[0-9]{1,7}|\#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});'
    rb'|\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}'
    rb'|\\u[0-9A-Fa-f]{4}|\\U000[0-9A-Fa-f]{5}|\\x[0-9A-Fa-f]{2}|\\[0-3][0-7]{2}|\\[abefnrtv]'
    # A backslash before another escape is itself.
    rb'|\\(?!&[#A-Za-z0-9]{1,31};|\'"\'"\')[^A-Za-z0-9\n%]'
    rb"""|'"'"'|'\\''"""
    rb'|\]\]><!\[CDATA\['
    rb'|\n(?<=[A-Za-z0-9+/_-]{64}\n)(?=[A-Za-z0-9+/_=-])|\r\n(?<=[A-Za-z0-9+/_-]{64}\r\n)(?=[A-Za-z0-9+/_=-])'
)
BACKSLASH = ord('\\')
CONTROLS = dict(zip(b'abefnrtv', b'\a\b\x1b\f\n\r\t\v', strict=True))
#: A character that was cut within its escape.
BROKEN = re.compile(
    rb'(?:\xef\xbf\xbd)?(?:%[0-9A-Fa-f]?|&[#A-Za-z0-9]{0,8}'
    rb'|\\+(?:u[dD][89abAB][0-9A-Fa-f]{2}(?:\\(?:u[0-9A-Fa-f]{0,3})?)?|[uUx][0-9A-Fa-f]{0,7})?)?\Z'
)
#: Escapes within escapes; there are never so many.
LAYERS = 5
CUT = '…'.encode()
#: Cuts of a text that are looked at: ours stand at its end.
CUTS = 20
#: Bytes that say which texts to look for where there are very many.
START = 4
WITHIN_BASE64 = frozenset(b'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_ ')


@dataclass(frozen=True)
class Layer:
    """Bytes with one layer of escapes read, and the place of each in the bytes before."""

    content: bytes
    units: list[tuple[int, int, int, int]]

    def before(self, start: int, end: int) -> tuple[int, int]:
        """Returns the place of a part of this layer in the bytes before."""
        return self._place(start, False), self._place(end - 1, True)

    def _place(self, index: int, is_end: bool) -> int:
        number = bisect_right(self.units, index, key=lambda unit: unit[0]) - 1
        if number < 0:
            return index + is_end
        start, end, from_, to = self.units[number]
        if index >= end:
            return to + index - end + is_end
        if is_end:
            return to
        return from_

    def backslashes(self, before: bytes) -> int:
        """Returns how many of its escapes are those of a backslash."""
        return sum(before[unit[2]] == BACKSLASH for unit in self.units)


def peeled(content: bytes, chosen: bool | None = None) -> Layer:
    """Reads one layer of escapes; `chosen` is for those with a backslash alone, or for all others."""
    rows: list[bytes] = []
    units: list[tuple[int, int, int, int]] = []
    last = size = 0
    for match in ESCAPE.finditer(content):
        if chosen is not None and chosen is not (content[match.start()] == BACKSLASH):
            continue
        plain = _plain(match[0])
        if plain is None:
            continue
        start, end = match.span()
        rows += (content[last:start], plain)
        size += start - last
        units.append((size, size + len(plain), start, end))
        size += len(plain)
        last = end
    return Layer(b''.join((*rows, content[last:])), units)


@lru_cache(4096)
def _plain(text: bytes) -> bytes | None:
    # Returns what an escape stands for, None where it is no escape.
    first = text[0]
    if first == 0x25:
        return bytes((int(text[1:], 16),))
    if first == 0x26:
        return _entity(text[1:-1].decode('ascii'))
    if first == BACKSLASH:
        return _backslashed(text[1:])
    # An apostrophe in a shell's quotes. All else are ends of lines and of CDATA sections, which stand for nothing.
    if first == 0x27:
        return b"'"
    return b''


def _entity(name: str) -> bytes | None:
    if name[0] != '#':
        character = html5.get(f'{name};')
        if character is None:
            return None
        return character.encode()
    if name[1] in 'xX':
        number = int(name[2:], 16)
    else:
        number = int(name[1:])
    if number >= 0x110000:
        return None
    return chr(number).encode('utf-8', 'surrogatepass')


def _backslashed(text: bytes) -> bytes:
    if text[0] == 0x75:
        units = (int(part, 16) for part in text[1:].split(b'\\u'))
        return b''.join(unit.to_bytes(2, 'big') for unit in units).decode('utf-16-be', 'replace').encode()
    if text[0] == 0x55:
        return _entity(f'#x{text[1:].decode()}') or b''
    if text[0] == 0x78:
        return bytes((int(text[1:], 16),))
    if len(text) == 3:
        return bytes((int(text, 8),))
    return bytes((CONTROLS.get(text[0], text[0]),))


def folded(content: bytes) -> bytes:
    """Returns bytes in which a plus sign is the space that it may stand for."""
    return content.replace(b'+', b' ')


@dataclass(frozen=True)
class Needle:
    """Bytes to look for; `margins` are characters of Base64 before and after them that hold some of their bits."""

    content: bytes
    is_whole: bool = False
    margins: tuple[int, int] = (0, 0)
    is_padded: bool = False


def needles(text: str) -> Iterator[Needle]:
    """Yields what to look for, layer by layer, to find a text: itself, in Base64, in hexadecimal digits."""
    for content in dict.fromkeys(_written(text)):
        yield Needle(folded(content))
        while (inner := peeled(content)).units and len(inner.content) >= START:
            content = inner.content
            yield Needle(folded(content))
    for content in dict.fromkeys(_within(text)):
        yield from _base64(content)
    raw = text.encode('utf-8', 'surrogatepass').hex()
    yield from (Needle(raw.encode()), Needle(raw.upper().encode()))


def short_needles(text: str) -> Iterator[Needle]:
    """Yields what to look for to find a text that counts only as a whole value."""
    for content in dict.fromkeys(_written(text)):
        yield Needle(folded(content), is_whole=True)
        yield Needle(folded(base64.b64encode(content)), is_whole=True)
        yield Needle(base64.b64encode(content).rstrip(b'='), is_whole=True)


def _written(text: str) -> Iterator[bytes]:
    # Headers are read as Latin-1, and their ends are taken off; messages join what whitespace parts; some servers
    # change letters to capitals. A word in small letters could be any text's.
    raw = text.encode('utf-8', 'surrogatepass')
    yield raw
    if not text.isascii():
        yield raw.decode('latin-1').encode()
        if all(ord(character) < 0x100 for character in text):
            yield text.encode('latin-1')
    others = [text.strip(), ' '.join(text.split())]
    # A short text, or one of letters alone, is a word in many other texts.
    if len(text) >= 2 * START and not text.isalpha():
        others += [text.upper(), text.lower()]
    for other in others:
        if len(other) >= START:
            yield other.encode('utf-8', 'surrogatepass')


def _within(text: str) -> Iterator[bytes]:
    # What may have been encoded before Base64.
    yield from _written(text)
    yield json.dumps(text)[1:-1].encode()
    yield json.dumps(text, ensure_ascii=False)[1:-1].encode('utf-8', 'surrogatepass')
    for form in (escape(text), escape(text, quote=False)):
        yield form.encode('utf-8', 'surrogatepass')
    for encode in (quote, quote_plus):
        yield encode(text.encode('utf-8', 'surrogatepass'), safe='').encode()


def _base64(content: bytes) -> Iterator[Needle]:
    # Three ways, by the number of bytes before it; of its first and last characters others have a share.
    for before in range(3):
        written = base64.b64encode(bytes(before) + content)
        first, last = -(-before * 8 // 6), (before + len(content)) * 8 // 6
        part = written[first:last]
        shares = int(before > 0), int((before + len(content)) % 3 > 0)
        for form in {part, part.translate(bytes.maketrans(b'+/', b'-_'))}:
            if len(form) >= START:
                yield Needle(folded(form), False, shares, True)


class Finder:
    """Finds texts in all their forms; its work grows with the text alone, not with what encoders did to it."""

    def __init__(self) -> None:
        self._needles: dict[bytes, Needle] = {}
        self._starts: dict[bytes, list[bytes]] = {}
        self._whole: dict[bytes, Needle] = {}

    def add(self, found: Iterator[Needle]) -> None:
        """Adds what to look for."""
        for needle in found:
            if needle.is_whole:
                self._whole[needle.content] = needle
            elif needle.content not in self._needles:
                self._needles[needle.content] = needle
                self._starts.setdefault(needle.content[:START], []).append(needle.content)

    def spans(self, content: bytes) -> list[tuple[int, int]]:
        """Returns the places of all that is looked for, in order, those that touch each other as one."""
        found = list(self._matches(content))
        if self._below(content, None, found):
            # What one encoder wrote may read like the escape of another.
            self._below(content, True, found)
            self._below(content, False, found)
        return _joined(found)

    def _below(self, content: bytes, chosen: bool | None, found: list[tuple[int, int]]) -> bool:
        # Adds what is found in the layers below; tells whether there are escapes of both sorts.
        layers: list[Layer] = []
        units = backslashes = 0
        while len(layers) < LAYERS and (layer := peeled(content, chosen)).units:
            units += len(layer.units)
            backslashes += layer.backslashes(content)
            layers.append(layer)
            content = layer.content
            for start, end in self._matches(content):
                for layer in reversed(layers):
                    start, end = layer.before(start, end)
                found.append((start, end))
        return 0 < backslashes < units

    def _matches(self, content: bytes) -> Iterator[tuple[int, int]]:
        text = folded(content)
        for needle in self._there(text):
            for start, end in _all(text, needle):
                yield _with_margins(text, self._needles[needle], start, end)
        for needle in self._whole:
            yield from (span for span in _all(text, needle) if _is_whole(text, *span))
        if CUT in text:
            yield from self._cut(text)

    def _there(self, text: bytes) -> Iterator[bytes]:
        # A look for each needle, or, where they are very many, for each place of the text.
        if len(self._needles) * (1 + len(text) // 1000) < 2 * len(text) + 50:
            yield from (needle for needle in self._needles if needle in text)
            return
        starts = {text[place : place + START] for place in range(len(text))} & self._starts.keys()
        for start in starts:
            yield from (needle for needle in self._starts[start] if needle in text)

    def _cut(self, text: bytes) -> Iterator[tuple[int, int]]:
        # The beginning of a text that was cut.
        for place in _last(text, CUT):
            broken = BROKEN.search(text, max(place - 20, 0), place)
            for end in {place, broken.start() if broken else place}:
                tail = text[max(end - START, 0) : end]
                for needle in self._needles if len(tail) == START else ():
                    for start, _ in _all(needle, tail):
                        length = start + START
                        if text.endswith(needle[:length], 0, end):
                            yield end - length, place


def _all(text: bytes, needle: bytes) -> Iterator[tuple[int, int]]:
    start = text.find(needle)
    while start >= 0:
        yield start, start + len(needle)
        start = text.find(needle, start + len(needle))


def _last(text: bytes, mark: bytes) -> Iterator[int]:
    place = len(text)
    for _ in range(CUTS):
        place = text.rfind(mark, 0, place)
        if place < 0:
            return
        yield place


def _with_margins(text: bytes, needle: Needle, start: int, end: int) -> tuple[int, int]:
    before, after = needle.margins
    if before and start and text[start - 1] in WITHIN_BASE64:
        start -= 1
    if after and end < len(text) and text[end] in WITHIN_BASE64:
        end += 1
    while needle.is_padded and text[end : end + 1] == b'=':
        end += 1
    return start, end


HEADER = re.compile(rb'[A-Za-z0-9_-]{1,60}: \Z')


def _is_whole(text: bytes, start: int, end: int) -> bool:
    # Between quotes, a value of a query or a cookie, a line, or what a line says of a header.
    if text[end : end + 1] not in (b'', b'"', b"'", b'&', b';', b'\n', b'\r'):
        return False
    if text[start - 1 : start] in (b'', b'"', b"'", b'=', b'\n'):
        return True
    line = text.rfind(b'\n', max(start - 64, 0), start) + 1
    return bool(HEADER.match(text[line if line else max(start - 64, 0) : start]))


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def without(content: bytes, spans: Iterable[tuple[int, int]], mask: str) -> str:
    """Returns the text with a mask at the places that were found; no character is left in part."""
    rows, last = [], 0
    for start, end in spans:
        while 0 < start < len(content) and content[start] & 0xC0 == 0x80:
            start -= 1
        while end < len(content) and content[end] & 0xC0 == 0x80:
            end += 1
        rows += [content[last:start], mask.encode()]
        last = end
    return b''.join([*rows, content[last:]]).decode('utf-8', 'surrogatepass')
