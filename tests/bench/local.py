"""Load on `zato server`, with wrk against it and a local nginx behind it: python -m tests.bench.local

Wants wrk and nginx, and a machine that does nothing else. 64 connections, then one, for ten seconds each.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.server.running import server, write

SERVICES = """
from zato.server.service import Service


class Echo(Service):
    name = 'echo'

    def handle(self):
        self.response.payload = self.request.payload


class Two(Service):
    name = 'two'

    def handle(self):
        first = self.out.rest['CRM'].conn.get(self.cid, {'UserName': 'my.user'}).data
        second = self.out.rest['Payments'].conn.post(self.cid, params={'USER': 'my.user'}).data
        self.response.payload = {**first, **second}
"""
DEFINITIONS = """
security:
  - {name: api, type: basic_auth, username: api, password: pw}
channel_rest:
  - {name: echo, service: echo, url_path: /echo, security: api, data_format: json}
  - {name: two, service: two, url_path: /two, security: api, data_format: json}
outgoing_rest:
  - {name: CRM, host: 'http://127.0.0.1:18201', url_path: /get-user, data_format: json, timeout: 10}
  - {name: Payments, host: 'http://127.0.0.1:18201', url_path: /balance/get, data_format: json, timeout: 10}
"""
NGINX = """
worker_processes 1; pid FOLDER/pid; error_log FOLDER/errors; daemon off;
events { worker_connections 512; }
http {
  access_log off; client_body_temp_path FOLDER/b; proxy_temp_path FOLDER/p; fastcgi_temp_path FOLDER/f;
  uwsgi_temp_path FOLDER/u; scgi_temp_path FOLDER/s;
  server {
    listen 127.0.0.1:18201; keepalive_requests 1000000; default_type application/json;
    location /get-user { return 200 '{"UserType": "RGV", "AccountNumber": "123456"}'; }
    location /balance/get { return 200 '{"ACC_BALANCE": "357.9"}'; }
  }
}
"""
POST = """
wrk.method = 'POST'; wrk.body = '{"user_name": "my.user"}'; wrk.headers['Authorization'] = 'Basic YXBpOnB3'
"""


@contextmanager
def nginx(folder: Path) -> Iterator[None]:
    write(folder, {'nginx.conf': NGINX.replace('FOLDER', str(folder))})
    process = subprocess.Popen(['nginx', '-c', str(folder / 'nginx.conf')], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def measure(url: str, connections: int, folder: Path) -> str:
    command = ['wrk', '-t1', f'-c{connections}', '-d10', '-s', 'post.lua', '--latency', url]
    text = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=True).stdout
    found = re.findall(r'(99%\s+\S+|Requests/sec:\s+\S+|Non-2xx.*|Socket errors.*)', text)
    return ', '.join(' '.join(part.split()) for part in found)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        files = {'services/load.py': SERVICES, 'd.yaml': DEFINITIONS, 'post.lua': POST}
        folder = write(Path(name), files)
        with nginx(folder), server(folder, '--file', 'd.yaml') as local:
            for path in ('/echo', '/two'):
                for connections in (64, 1):
                    print(f'{path:6} {connections:3}  {measure(local.url + path, connections, folder)}')
            status = Path(f'/proc/{local.process.pid}/status').read_text()
            print(next(line for line in status.splitlines() if line.startswith('VmRSS')))


if __name__ == '__main__':
    sys.exit(main())
