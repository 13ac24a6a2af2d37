"""SOAP envelopes: what services send and get as messages with dot access."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha1
from secrets import token_bytes
from typing import Any, NamedTuple
from uuid import uuid4

from lxml import etree

from zatools.connections.pong import printable
from zatools.place import did_you_mean

NAMESPACES = {'1.1': 'http://schemas.xmlsoap.org/soap/envelope/', '1.2': 'http://www.w3.org/2003/05/soap-envelope'}
ADDRESSING = 'http://www.w3.org/2005/08/addressing'
#: WS-Security: its header and the token of a user, what that has in it, and how its password may be given.
WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd'
WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd'
SECURITY, TOKEN = f'{{{WSSE}}}Security', f'{{{WSSE}}}UsernameToken'
USERNAME, PASSWORD = f'{{{WSSE}}}Username', f'{{{WSSE}}}Password'
NONCE, CREATED = f'{{{WSSE}}}Nonce', f'{{{WSU}}}Created'
PROFILE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0'
TEXT, DIGEST = f'{PROFILE}#PasswordText', f'{PROFILE}#PasswordDigest'
BASE64 = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary'
NIL = '{http://www.w3.org/2001/XMLSchema-instance}nil'


class SOAPFault(Exception):  # noqa: N818
    """The other side answered with a fault: its `code`, its `reason`, and its `detail` as a message, or None."""

    def __init__(self, code: str, reason: str, detail: Any = None) -> None:
        super().__init__(f'{code}: {reason}')
        self.code, self.reason, self.detail = code, reason, detail
        self.message = reason


class SOAPMessage(dict[str, Any]):
    """The elements of a message by name, as attributes and keys: texts, messages, and lists of what is there often."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith('__'):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError:
            hint = did_you_mean(name, list(self)) or f'there are: {", ".join(self) or "none"}'
            raise AttributeError(f"the message has no '{name}'; {hint}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def to_dict(self) -> dict[str, Any]:
        """Returns plain dicts and lists."""
        return {name: _plain(value) for name, value in self.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, SOAPMessage):
        return value.to_dict()
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value


def written(version: str, operation: str, content: Any, addressing: Mapping[str, str]) -> bytes:
    """Returns an envelope with one operation: its name, or `{namespace}name`, which its content is of too.

    `addressing` are headers of WS-Addressing by name; none without any. Raises ValueError for what is no name of XML.
    """
    namespace = NAMESPACES[version]
    envelope = etree.Element(f'{{{namespace}}}Envelope', nsmap={'soap': namespace})
    if addressing:
        header = etree.SubElement(envelope, f'{{{namespace}}}Header', nsmap={'wsa': ADDRESSING})
        for name, value in {**addressing, 'MessageID': f'urn:uuid:{uuid4()}'}.items():
            etree.SubElement(header, f'{{{ADDRESSING}}}{name}').text = value
    body = etree.SubElement(envelope, f'{{{namespace}}}Body')
    _add(body, operation, content)
    return bytes(etree.tostring(envelope, xml_declaration=True, encoding='utf-8'))


def _add(parent: Any, name: str, value: Any) -> None:
    if isinstance(value, (list, tuple)):
        for one in value:
            _add(parent, name, one)
        return
    nsmap = None
    if name.startswith('{'):
        # The namespace of the operation, which is that of all in it, needs no prefix.
        nsmap = {None: name[1:].partition('}')[0]}
    element = etree.SubElement(parent, name, nsmap=nsmap)
    if isinstance(value, Mapping):
        start = name[: name.find('}') + 1]
        for inner, part in value.items():
            _add(element, f'{start}{inner}', part)
    elif value is None:
        element.set(NIL, 'true')
    else:
        element.text = _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if hasattr(value, 'isoformat'):
        return str(value.isoformat())
    return str(value)


def secured(data: bytes, user: str, password: str, has_digest: bool) -> bytes:
    """Returns an envelope with a header of WS-Security. Raises ValueError for what is no envelope."""
    root = root_of(envelope_of(data).raw)
    namespace = str(etree.QName(root).namespace)
    header = root.find(f'{{{namespace}}}Header')
    if header is None:
        header = etree.Element(f'{{{namespace}}}Header')
        root.insert(0, header)
    token = etree.SubElement(etree.SubElement(header, SECURITY, nsmap={'wsse': WSSE, 'wsu': WSU}), TOKEN)
    etree.SubElement(token, USERNAME).text = user
    given = etree.SubElement(token, PASSWORD, Type=TEXT)
    given.text = password
    if has_digest:
        nonce, created = token_bytes(16), f'{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}'
        # The profile of UsernameTokens says SHA-1.
        digest = sha1(nonce + created.encode() + password.encode(), usedforsecurity=False).digest()
        given.text = b64encode(digest).decode()
        given.set('Type', DIGEST)
        etree.SubElement(token, NONCE, EncodingType=BASE64).text = b64encode(nonce).decode()
        etree.SubElement(token, CREATED).text = created
    return bytes(etree.tostring(root, xml_declaration=True, encoding='utf-8'))


class VersionError(ValueError):
    """An envelope is of no version that there is."""


class Envelope(NamedTuple):
    """An envelope that was read: its version, its headers, the first element of its body, its bytes."""

    version: str
    headers: list[Any]
    first: Any
    raw: bytes


def root_of(data: bytes) -> Any:
    """Returns the root of a document from outside. Raises ValueError, which says what the bytes are."""
    # It reads no file, asks no host, and does not grow; elements stand within each other 256 times at most.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        raise ValueError('no XML') from None
    if root.getroottree().docinfo.doctype:
        raise ValueError('XML with a DTD')
    return root


def finder(text: str, namespaces: Mapping[str, str]) -> Callable[[Any], str]:
    """Returns what finds the one text that an XPath selects in a document; '' for none, and for more than one.

    Raises ValueError for what is no XPath, and for a prefix that has no namespace.
    """
    try:
        find = etree.XPath(text, namespaces=dict(namespaces), regexp=False, smart_strings=False)
        # A prefix without a namespace is noticed once it is asked.
        find(etree.Element('a'))
    except etree.XPathError:
        raise ValueError('no XPath') from None

    def only(root: Any) -> str:
        try:
            found = find(root)
        except etree.XPathError:
            return ''
        if isinstance(found, list):
            # Of two that fit, whoever reads on might take the other one.
            found = found[0] if len(found) == 1 else ''
        if isinstance(found, str):
            return found
        return ''.join(found.itertext()) if etree.iselement(found) else ''

    return only


def envelope_of(data: bytes) -> Envelope:
    """Returns an envelope. Raises ValueError, which says what the bytes are."""
    root = root_of(data)
    namespace = root.tag.rpartition('}')[0][1:]
    version = next((one for one, known in NAMESPACES.items() if known == namespace), '')
    if local(root) == 'Envelope' and not version:
        raise VersionError('no envelope of SOAP 1.1 or 1.2')
    body, header = root.find(f'{{{namespace}}}Body'), root.find(f'{{{namespace}}}Header')
    if not version or body is None:
        raise ValueError('no SOAP envelope')
    headers = [] if header is None else list(header.iterchildren('*'))
    return Envelope(version, headers, next(body.iterchildren('*'), None), data)


def fault(version: str, code: str, reason: str) -> bytes:
    """Returns an envelope with a fault."""
    namespace = NAMESPACES[version]
    envelope = etree.Element(f'{{{namespace}}}Envelope', nsmap={'soap': namespace})
    found = etree.SubElement(etree.SubElement(envelope, f'{{{namespace}}}Body'), f'{{{namespace}}}Fault')
    if version == '1.1':
        etree.SubElement(found, 'faultcode').text = f'soap:{code}'
        etree.SubElement(found, 'faultstring').text = reason
    else:
        holder = etree.SubElement(found, f'{{{namespace}}}Code')
        etree.SubElement(holder, f'{{{namespace}}}Value').text = f'soap:{code}'
        text = etree.SubElement(etree.SubElement(found, f'{{{namespace}}}Reason'), f'{{{namespace}}}Text')
        text.set('{http://www.w3.org/XML/1998/namespace}lang', 'en')
        text.text = reason
    return bytes(etree.tostring(envelope, xml_declaration=True, encoding='utf-8'))


def read(data: bytes) -> SOAPMessage:
    """Returns what the body of an envelope holds. Raises SOAPFault, and ValueError for what is no envelope."""
    try:
        envelope = envelope_of(data)
    except ValueError as error:
        raise ValueError(f'the answer is {error}') from None
    first = envelope.first
    if first is None:
        return SOAPMessage()
    found = message(first)
    if first.tag == f'{{{NAMESPACES[envelope.version]}}}Fault':
        raise _fault(found)
    if isinstance(found, SOAPMessage):
        return found
    return SOAPMessage({local(first): found})


def _fault(found: Any) -> SOAPFault:
    fault = SOAPMessage(found or {})
    code = fault.get('faultcode') or _first(fault.get('Code'), 'Value')
    reason = fault.get('faultstring') or _first(fault.get('Reason'), 'Text')
    shown = printable(str(reason or 'no reason is given'))
    detail = fault.get('detail', fault.get('Detail'))
    return SOAPFault(printable(str(code or 'Fault').rpartition(':')[2]), shown, detail)


def _first(found: Any, name: str) -> Any:
    if isinstance(found, SOAPMessage):
        found = found.get(name)
    if isinstance(found, list):
        return found[0]
    return found


def local(element: Any) -> str:
    """Returns the name of an element without its namespace."""
    return str(etree.QName(element).localname)


def message(element: Any) -> Any:
    """Returns what an element holds: a text, a message, or None for nil."""
    children = list(element.iterchildren('*'))
    if not children and element.get(NIL) in ('true', '1'):
        return None
    if not children:
        return element.text or ''
    found = SOAPMessage()
    for child in children:
        name, value = local(child), message(child)
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found
