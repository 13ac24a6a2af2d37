"""What rows hold of certificates besides their texts: whom they are of, and how strong their keys are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zatools.secret import Secret

#: What the platform calls names of subjects that are not among the usual ones.
SHORT = {'emailAddress': 'emailAddress', '1.2.840.113549.1.9.1': 'emailAddress'}


def subject_of(text: str) -> str:
    """Returns the subject of the first certificate of a PEM text, as `C=x; CN=y`; '' if there is none."""
    found = _certificate(text)
    return _subject(found) if found else ''


def info_of(values: Mapping[str, Any]) -> bytes:
    """Returns what rows say of a private key and its certificate: `RSA; 2048 bits; C=x; CN=y`."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    given = values.get('auth_data')
    found = _certificate(given.reveal()) if isinstance(given, Secret) else None
    if not found:
        return b''
    key = found.public_key()
    name = 'RSA' if isinstance(key, RSAPublicKey) else 'DSA'
    return f'{name}; {getattr(key, "key_size", 0)} bits; {_subject(found)}'.encode()


def _certificate(text: str) -> Any:
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(text.encode())
    except ValueError:
        return None


def _subject(certificate: Any) -> str:
    parts = (
        f'{SHORT.get(one.rfc4514_attribute_name, one.rfc4514_attribute_name)}={one.value}'
        for one in certificate.subject
    )
    return '; '.join(sorted(parts))
