"""Caches and searches of a test's own: Debian's Memcached, and what stands for Solr, which can't be installed."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.peers.files import _wait, needed
from tests.ports import free_port


@contextmanager
def memcached(folder: Path) -> Iterator[int]:
    """Runs a Memcached; yields its port."""
    port = free_port()
    command = [needed('memcached'), '-l', '127.0.0.1', '-p', str(port), '-U', '0', '-m', '16', '-t', '1']
    if os.geteuid() == 0:
        command += ['-u', 'root']
    with (folder / 'memcached').open('wb') as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        _wait(port, process, folder / 'memcached')
        yield port
    finally:
        process.terminate()
        process.wait(20)


class Solr(BaseHTTPRequestHandler):
    """A Solr with one core, `shop`: takes documents, finds them by a field, and answers pings."""

    protocol_version = 'HTTP/1.1'
    documents: dict[str, dict[str, Any]]

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        parts = urlsplit(self.path)
        given = {name: values[0] for name, values in parse_qs(parts.query).items()}
        status, found = self._told(parts.path.rstrip('/'), given, body)
        content = json.dumps(found).encode()
        self.send_response(status)
        if status == 302:
            self.send_header('Location', 'http://localhost:9/solr/')
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _told(self, path: str, given: dict[str, str], body: bytes) -> tuple[int, Any]:
        kept = self.documents
        if path == '/solr/shop/admin/ping':
            return 200, {'responseHeader': {'status': 0}, 'status': 'OK'}
        if path == '/solr/shop/update':
            for document in _documents(body):
                kept[str(document['id'])] = document
            return 200, {'responseHeader': {'status': 0}}
        if path == '/solr/shop/select':
            name, _, value = given['q'].partition(':')
            if name == 'broken':
                return 400, {'error': {'msg': 'undefined field broken', 'code': 400}}
            docs = [one for one in kept.values() if value == '*' or str(one.get(name)) == value]
            return 200, {'response': {'numFound': len(docs), 'start': 0, 'docs': docs}}
        return (302, {}) if path.startswith('/moved') else (404, {'error': {'msg': 'no such core'}})

    def log_message(self, *_: Any) -> None:
        pass


def _documents(body: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(body)
    return found
