"""`self.crypto`: encrypts, hashes and makes secrets. Its key lives as long as the server."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Any

from zatools.server.api.supported import Supported

#: How texts that the platform encrypted begin, and how the tokens in them do.
PREFIX, TOKEN = 'zato.secf.', b'gAAA'
ROUNDS = 200_000


class Crypto(Supported):
    """Secrets of one server."""

    called = 'self.crypto'

    def __init__(self) -> None:
        self._key = base64.urlsafe_b64encode(secrets.token_bytes(32))

    def encrypt(self, data: Any, needs_str: bool = False) -> Any:
        """Returns an encrypted text."""
        from cryptography.fernet import Fernet

        token = Fernet(self._key).encrypt(_bytes(data))
        return _as(token, needs_str)

    def hide(self, text: str) -> str:
        """Returns a secret as 3.2 hands it to services: encrypted, for `decrypt`."""
        return PREFIX + str(self.encrypt(text, needs_str=True))

    def decrypt(self, data: Any) -> Any:
        """Returns the clear text; what is not encrypted comes back as bytes."""
        from cryptography.fernet import Fernet, InvalidToken

        token = _bytes(data).removeprefix(PREFIX.encode())
        if not token.startswith(TOKEN):
            return token
        try:
            return Fernet(self._key).decrypt(token).decode()
        except InvalidToken:
            raise ValueError('this was not encrypted by this server: its key is new at each start') from None

    def hash_secret(self, secret: Any, name: str = 'zato.default') -> str:
        """Returns a salted hash of a secret."""
        salt = secrets.token_bytes(16)
        digest = hashlib.pbkdf2_hmac('sha512', _bytes(secret), salt, ROUNDS)
        return f'$pbkdf2-sha512${ROUNDS}${salt.hex()}${digest.hex()}'

    def verify_hash(self, given: Any, hashed: str, name: str = 'zato.default') -> bool:
        """Tells whether a hash is of this secret."""
        try:
            _, _, rounds, salt, digest = hashed.split('$')
            found = hashlib.pbkdf2_hmac('sha512', _bytes(given), bytes.fromhex(salt), int(rounds))
            return hmac.compare_digest(found.hex(), digest)
        except ValueError:
            return False

    def generate_secret(self, bits: int = 256, as_str: bool = False) -> Any:
        """Returns random bytes in base64."""
        return _as(base64.urlsafe_b64encode(secrets.token_bytes(bits // 8)), as_str)

    def generate_password(self, bits: int = 192, to_str: bool = False) -> Any:
        """Returns a random password."""
        return self.generate_secret(bits, to_str)

    def generate_key(self) -> bytes:
        """Returns a new key."""
        return base64.urlsafe_b64encode(secrets.token_bytes(32))

    def generate_bytes(self, size: int = 32) -> bytes:
        """Returns random bytes."""
        return secrets.token_bytes(size)

    def generate_hex_string(self, bits: int = 64) -> str:
        """Returns random hexadecimal digits."""
        return secrets.token_hex(bits // 8)


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    return str(value).encode()


def _as(value: bytes, is_text: bool) -> Any:
    if is_text:
        return value.decode()
    return value
