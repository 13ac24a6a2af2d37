"""A SOAP server: it hands out its WSDL and a schema, reads envelopes, answers with others and with faults."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lxml import etree

from tests.peers.web import BASIC

NAMESPACE = 'urn:shop:prices'
SOAP = 'http://schemas.xmlsoap.org/soap/envelope/'
SCHEMA = f"""<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" targetNamespace="{NAMESPACE}"
    elementFormDefault="qualified">
  <xsd:element name="GetPrice"><xsd:complexType><xsd:sequence>
    <xsd:element name="item" type="xsd:string" maxOccurs="unbounded"/>
  </xsd:sequence></xsd:complexType></xsd:element>
  <xsd:element name="GetPriceResponse"><xsd:complexType><xsd:sequence>
    <xsd:element name="price" type="xsd:decimal" maxOccurs="unbounded"/>
  </xsd:sequence></xsd:complexType></xsd:element>
</xsd:schema>"""
#: The address there is one that only the server's own network knows, as it often is.
WSDL = f"""<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:tns="{NAMESPACE}" targetNamespace="{NAMESPACE}" name="Prices">
  <types><xsd:schema>
    <xsd:import namespace="{NAMESPACE}" schemaLocation="%s"/>
  </xsd:schema></types>
  <message name="Asked"><part name="parameters" element="tns:GetPrice"/></message>
  <message name="Told"><part name="parameters" element="tns:GetPriceResponse"/></message>
  <portType name="Port"><operation name="GetPrice">
    <input message="tns:Asked"/><output message="tns:Told"/>
  </operation></portType>
  <binding name="Binding" type="tns:Port">
    <soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="GetPrice"><soap:operation soapAction="{NAMESPACE}#GetPrice"/>
      <input><soap:body use="literal"/></input><output><soap:body use="literal"/></output>
    </operation>
  </binding>
  <service name="Prices"><port name="Port" binding="tns:Binding">
    <soap:address location="http://prices.internal:8080/prices"/>
  </port></service>
</definitions>"""
PRICES = {'tea': '2.50', 'milk': '1.10'}


class Handler(BaseHTTPRequestHandler):
    """Answers by path; notes headers and bodies of what it was sent."""

    protocol_version = 'HTTP/1.1'

    def reply(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header('Content-Type', 'text/xml; charset=utf-8')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    def do_GET(self) -> None:
        self.server.seen.append((self.path, dict(self.headers), b''))  # type: ignore[attr-defined]
        pages = {
            '/wsdl': WSDL % 'prices.xsd',
            '/prices.xsd': SCHEMA,
            '/elsewhere': WSDL % 'http://localhost:9/prices.xsd',
            '/file': WSDL % 'file:///etc/passwd',
            '/entity': '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
            '/secured': WSDL % 'prices.xsd',
        }
        if self.path == '/secured' and self.headers.get('Authorization') != BASIC:
            return self.reply(401, '')
        return self.reply(200 if self.path in pages else 404, pages.get(self.path, ''))

    do_HEAD = do_GET  # noqa: N815

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        self.server.seen.append((self.path, dict(self.headers), body))  # type: ignore[attr-defined]
        if self.path == '/page':
            return self.reply(200, '<html></html>')
        root = etree.fromstring(body)
        namespace = etree.QName(root).namespace
        asked = root.find(f'{{{namespace}}}Body/{{{NAMESPACE}}}GetPrice')
        items = [] if asked is None else [one.text for one in asked.iter(f'{{{NAMESPACE}}}item')]
        if not items or not PRICES.keys() >= set(items):
            return self.reply(500, _envelope(SOAP, _fault(f'no such item: {items}')))
        prices = ''.join(f'<price>{PRICES[item]}</price>' for item in items)
        told = f'<GetPriceResponse xmlns="{NAMESPACE}">{prices}</GetPriceResponse>'
        return self.reply(200, _envelope(str(namespace), told))

    def log_message(self, *_: Any) -> None:
        pass


def _fault(reason: str) -> str:
    detail = '<detail><known>tea</known><known>milk</known></detail>'
    return f'<s:Fault><faultcode>s:Client</faultcode><faultstring>{reason}</faultstring>{detail}</s:Fault>'


def _envelope(namespace: str, body: str) -> str:
    return f'<s:Envelope xmlns:s="{namespace}"><s:Body>{body}</s:Body></s:Envelope>'


@contextmanager
def soap() -> Iterator[tuple[str, list[tuple[str, dict[str, str], bytes]]]]:
    """Runs it; yields its URL, and what it is sent: path, headers, body."""
    with ThreadingHTTPServer(('127.0.0.1', 0), Handler) as found:
        found.seen = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=found.serve_forever, kwargs={'poll_interval': 0.02}, daemon=True)
        thread.start()
        try:
            yield f'http://127.0.0.1:{found.server_port}', found.seen  # type: ignore[attr-defined]
        finally:
            found.shutdown()
            thread.join(5)
