"""The demo API over TLS, with certificates made for this run alone."""

import datetime
import ipaddress
import os
import ssl
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from zatools.apitest.demo_api import Api


class TlsApi(Api):
    """The API behind TLS."""

    @property
    def address(self):
        """Where it answers."""
        return f'https://127.0.0.1:{self.server_port}'

    def handle_error(self, request, client_address):
        """Clients that don't trust us leave: that is what some scenarios are about."""


def start(folder):
    """Makes certificates in a folder and starts the API."""
    authority = certificate('zatools test authority', folder, 'ca')
    certificate('127.0.0.1', folder, 'server', authority)
    certificate('client', folder, 'client', authority)
    settings = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    settings.load_cert_chain(os.path.join(folder, 'server.pem'), os.path.join(folder, 'server.key'))
    settings.load_verify_locations(os.path.join(folder, 'ca.pem'))
    settings.verify_mode = ssl.CERT_OPTIONAL
    api = TlsApi()
    api.socket = settings.wrap_socket(api.socket, server_side=True)
    threading.Thread(target=api.serve_forever, args=(0.05,), daemon=True).start()
    return api


def certificate(name, folder, file, authority=None):
    """Writes a certificate and its key; returns both."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer = authority[0].subject if authority else subject
    today = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(today - datetime.timedelta(days=1))
    builder = builder.not_valid_after(today + datetime.timedelta(days=1))
    builder = builder.add_extension(x509.BasicConstraints(authority is None, None), True)
    if authority:
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address('127.0.0.1'))])
        builder = builder.add_extension(names, False)
    made = builder.sign(authority[1] if authority else key, hashes.SHA256())
    write(os.path.join(folder, f'{file}.pem'), made.public_bytes(serialization.Encoding.PEM))
    private = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write(os.path.join(folder, f'{file}.key'), key.private_bytes(*private))
    return made, key


def write(path, content):
    """Writes a file that only we can read."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), 'wb') as file:
        file.write(content)
