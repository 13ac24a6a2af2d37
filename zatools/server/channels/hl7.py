"""HL7 v2 messages: what their first segment says, the answers to them, and the parsed form that services get."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from time import monotonic
from typing import Any, NamedTuple

from zatools.connections.pong import printable
from zatools.server.call import new_cid
from zatools.state import Item

#: Codes of answers: accepted, an error, rejected.
ACCEPTED, ERROR, REJECTED = 'AA', 'AE', 'AR'
#: How batches begin: they are no single messages.
BATCHES = ('FHS', 'BHS')
#: Encodings that MSH-18 names.
ENCODINGS = {
    'ASCII': 'ascii',
    '8859/1': 'latin-1',
    '8859/15': 'iso8859-15',
    'UNICODE UTF-8': 'utf-8',
    'UNICODE': 'utf-8',
}
#: Fields of definitions that say which messages a channel gets: the field of MSH, and the component of that.
ROUTED_BY: Mapping[str, tuple[int, int]] = {
    'msh3_sending_app': (3, 1),
    'msh4_sending_facility': (4, 1),
    'msh5_receiving_app': (5, 1),
    'msh6_receiving_facility': (6, 1),
    'msh9_message_type': (9, 1),
    'msh9_trigger_event': (9, 2),
    'msh11_processing_id': (11, 1),
    'msh12_version_id': (12, 1),
}
SECONDS = {'minutes': 60, 'hours': 3600, 'days': 86400}
#: Messages that are known again, of a channel.
MOST = 10_000


class Header(NamedTuple):
    """The fields of MSH, the first of which is the separator itself, and the separator of components."""

    fields: tuple[str, ...]
    separator: str

    def get(self, number: int, component: int = 0) -> str:
        """Returns a field, or a component of it; '' where there is none."""
        if number >= len(self.fields):
            return ''
        text = self.fields[number]
        if not component:
            return text
        parts = text.split(self.separator)
        return parts[component - 1] if component <= len(parts) else ''

    @property
    def control_id(self) -> str:
        """What tells a message from others of its sender."""
        return self.get(10)


def header_of(text: str) -> Header | None:
    """Returns the first segment of a message; None where it is none."""
    line = text.partition('\r')[0].partition('\n')[0]
    if not line.startswith('MSH') or len(line) < 8:
        return None
    fields = line.split(line[3])
    return Header(('MSH', line[3], *fields[1:]), line[4])


def acknowledged(header: Header | None, code: str, text: str = '') -> str:
    """Returns the answer to a message: to whom it came from, with its number and a code."""
    known = header or Header((), '^')
    now = f'{datetime.now(UTC):%Y%m%d%H%M%S}'
    trigger = known.get(9, 2)
    kind = f'ACK^{trigger}' if trigger else 'ACK'
    back = (known.get(5), known.get(6), known.get(3), known.get(4))
    # Whatever separators the message has, the answer has the usual ones, so their letters may stand in no field.
    first = '|'.join(['MSH', '^~\\&', *map(_safe, back), now, '', kind, new_cid()[:20], _safe(known.get(11)) or 'P'])
    version = _safe(known.get(12)) or '2.5'
    answer = f'{first}|{version}\rMSA|{code}|{_safe(known.control_id)}\r'
    if text:
        answer += f'ERR||||E|||||{_safe(text)}\r'
    return answer


def _safe(text: str) -> str:
    return printable(text.replace('\\', ' ').replace('|', ' ').replace('\r', ' ').replace('\n', ' '))[:200]


def decoded(data: bytes, values: Mapping[str, Any]) -> str:
    """Returns a message as text: in the encoding of MSH-18, or else of the definition. Raises ValueError."""
    usual = str(values.get('default_character_encoding') or values.get('data_encoding') or 'utf-8')
    named = header_of(data.partition(b'\r')[0].decode('latin-1'))
    if named and 'default_character_encoding' not in values and values.get('use_msh18_encoding', True):
        usual = ENCODINGS.get(named.get(18).partition('~')[0].upper(), usual)
    try:
        return data.decode(usual)
    except LookupError:
        raise ValueError(f"there is no encoding '{usual}'") from None


def parsed(text: str, is_validated: bool) -> Any:
    """Returns a message as hl7apy has it. Raises ValueError, which says what is wrong with it."""
    from hl7apy.exceptions import HL7apyException
    from hl7apy.parser import parse_message

    try:
        found = parse_message(text.replace('\r\n', '\r').replace('\n', '\r'), find_groups=is_validated)
        if is_validated:
            found.validate()
    # It raises others too, for what no message has.
    except (HL7apyException, ValueError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise ValueError(str(error) or type(error).__name__) from None
    return found


def is_for(item: Item, header: Header) -> bool:
    """Tells whether a channel gets a message: all that its definition says of MSH is so."""
    named = {name: str(item.values.get(name) or '') for name in ROUTED_BY}
    return all(header.get(*ROUTED_BY[name]).lower() == text.lower() for name, text in named.items() if text)


def channel_of(items: list[Item], header: Header, peer: str) -> Item | None:
    """Returns the channel that gets a message: the one that says most of it, else the default one."""
    allowed = [item for item in items if _lets_in(item, peer)]
    found = [item for item in allowed if is_for(item, header) and not item.values.get('is_default')]
    if found:
        return max(found, key=lambda item: sum(bool(item.values.get(name)) for name in ROUTED_BY))
    return next((item for item in allowed if item.values.get('is_default')), None)


def _lets_in(item: Item, peer: str) -> bool:
    networks = [one.strip() for one in str(item.values.get('allowed_networks') or '').split(',') if one.strip()]
    try:
        return not networks or any(ip_address(peer) in ip_network(one, strict=False) for one in networks)
    except ValueError:
        # What can't be read lets nobody in.
        return False


class Seen:
    """Messages that a channel has answered: who sends one again gets the same answer, for a while."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        unit = SECONDS.get(str(values.get('dedup_ttl_unit') or 'days'), 86400)
        self._seconds = int(values.get('dedup_ttl_value') or 0) * unit
        self._known: OrderedDict[tuple[str, ...], tuple[float, str]] = OrderedDict()

    def answer(self, header: Header) -> str:
        """Returns the answer that a message had before; '' for one that is new."""
        since, answer = self._known.get(_key(header), (0.0, ''))
        if not answer or monotonic() - since > self._seconds:
            return ''
        return answer

    def add(self, header: Header, answer: str) -> None:
        """Remembers an answer."""
        if self._seconds and header.control_id:
            self._known[_key(header)] = monotonic(), answer
            while len(self._known) > MOST:
                self._known.popitem(last=False)


def _key(header: Header) -> tuple[str, ...]:
    return header.control_id, header.get(3), header.get(4)
