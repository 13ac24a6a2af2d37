"""Secrets as Zato stores them: Fernet tokens under the server's key."""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

from zatools import ini
from zatools.atomic import put, unwritable
from zatools.errors import FileError, RefusedError
from zatools.odb.target import Target, resolve_key
from zatools.secret import Secret, secret_or_none

PREFIX = 'zato.secf.'
TOKEN = 'gAAA'


class Sealer:
    """Seals and opens secrets with one key; raises RefusedError for a key or a token that is wrong."""

    def __init__(self, key: Secret) -> None:
        from cryptography.fernet import Fernet

        self._key = key
        #: Tokens of secrets that were sealed. Each secret is kept: as long as it lives, no other one has its id.
        self._tokens: dict[int, tuple[Secret, str]] = {}
        try:
            self._fernet = Fernet(key.reveal().encode())
        except ValueError:
            raise RefusedError('the key is no Fernet key: 32 bytes in URL-safe base64') from None

    def seal(self, text: str) -> str:
        """Returns the stored form of a secret."""
        return PREFIX + self._fernet.encrypt(text.encode('utf-8', 'surrogatepass')).decode()

    def seal_secret(self, secret: Secret) -> str:
        """Returns a new stored form of a secret, and remembers it."""
        token = self.seal(secret.reveal())
        self._tokens[id(secret)] = secret, token
        return token

    def token_of(self, secret: Secret) -> str:
        """Returns the stored form that a secret got last, or a new one: to seal takes longer than to look."""
        known = self._tokens.get(id(secret))
        if known:
            return known[1]
        return self.seal_secret(secret)

    def digest(self, text: str) -> str:
        """Returns what stands for a secret where it is only told apart; without the key no guess can be tried on it."""
        key = b'zatools digest ' + self._key.reveal().encode()
        return hmac.digest(key, text.encode('utf-8', 'surrogatepass'), 'sha256').hex()

    def open(self, value: str) -> str:
        """Returns the secret of a stored form; a text that isn't sealed is the secret itself."""
        from cryptography.fernet import InvalidToken

        token = value.removeprefix(PREFIX)
        if not token.startswith(TOKEN):
            return value
        try:
            return self._fernet.decrypt(token.encode()).decode('utf-8', 'surrogatepass')
        except (InvalidToken, UnicodeDecodeError):
            raise RefusedError(
                'the key does not open the secrets of this ODB', 'give the key of the server that owns it'
            ) from None


def sealed_length(text: str) -> int:
    """Returns how many characters the stored form of a secret has."""
    padded = len(text.encode('utf-8', 'surrogatepass')) // 16 * 16 + 16
    return len(PREFIX) + (57 + padded + 2) // 3 * 4


def key_path(sqlite_path: str) -> Path:
    """Returns where the key of a SQLite file of ours is: beside the file itself, wherever a link to it is."""
    return Path(os.path.realpath(sqlite_path)).with_suffix('.key')


def _key_in(path: str, environ: Mapping[str, str]) -> Secret:
    where = Path(path).expanduser()
    if where.is_dir():
        where = where / 'config' / 'repo' / 'secrets.conf'
    if where.name.endswith('.conf'):
        key = resolve_key(ini.read(str(where)).get('secret_keys', {}).get('key1', ''), environ)
    else:
        key = _text_of(where, path)
    # No key in a file that was named for one must not pass for "there is none".
    if not key:
        raise RefusedError(f'there is no key in {path}')
    return Secret(key)


def _text_of(where: Path, shown: str) -> str:
    try:
        return where.read_text(encoding='utf-8').strip()
    except OSError as error:
        raise FileError(f"{shown}: the key can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RefusedError(f'there is no key in {shown}') from None


def key_for(target: Target, is_ours: bool, server_key: str, environ: Mapping[str, str]) -> Secret | None:
    """Returns the key of an ODB: ours or its server's; None where there is none."""
    given = environ.get('ZATO_SECRET_KEY', '').strip()
    if is_ours:
        if given:
            return Secret(given)
        return _key_beside(target.sqlite_path, environ)
    if target.server and target.server.key:
        return target.server.key
    if server_key:
        return _key_in(server_key, environ)
    return secret_or_none(given)


def _key_beside(sqlite_path: str, environ: Mapping[str, str]) -> Secret | None:
    if not sqlite_path:
        return None
    path = key_path(sqlite_path)
    if not path.is_file():
        return None
    return _key_in(str(path), environ)


def sealer_for(key: Secret | None) -> Sealer | None:
    """Returns what seals with a key; None without one."""
    return Sealer(key) if key else None


def new_key() -> Secret:
    """Returns a key that nobody has yet."""
    from cryptography.fernet import Fernet

    return Secret(Fernet.generate_key().decode())


def make_key_file(sqlite_path: str, key: Secret | None = None) -> Secret:
    """Returns the key beside a SQLite file of ours; makes the file (0600), of `key` or a new one, if it isn't there."""
    path = key_path(sqlite_path)
    if not path.exists():
        try:
            _make(path, key or new_key())
        except OSError as error:
            raise unwritable(path, error) from None
    return _key_in(str(path), {})


def _make(path: Path, key: Secret) -> None:
    # A whole file gets its name at once: nobody sees half a key, and none that is there is replaced.
    handle, draft = mkstemp(prefix=f'.{path.name}.', dir=path.parent)
    try:
        with os.fdopen(handle, 'w') as file:
            file.write(f'{key.reveal()}\n')
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            put(Path(draft), path)
    finally:
        Path(draft).unlink(missing_ok=True)
