"""Secrets in HashiCorp Vault: `PATH#KEY`, as in kv/data/crm#password. Who asks is told by Vault's own variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import hvac
import requests
from hvac.exceptions import InvalidPath, VaultError

from zatools.stores.reasons import LackingError, StoreError

#: Seconds that Vault has for an answer.
PATIENCE = 10
#: Where Kubernetes puts the token of a pod.
TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token'


def _by_token(client: Any, environ: Mapping[str, str]) -> None:
    client.token = environ['VAULT_TOKEN']


def _by_role_id(client: Any, environ: Mapping[str, str]) -> None:
    mount = environ.get('VAULT_APPROLE_MOUNT') or 'approle'
    client.auth.approle.login(environ['VAULT_ROLE_ID'], environ.get('VAULT_SECRET_ID'), mount_point=mount)


def _by_kubernetes(client: Any, environ: Mapping[str, str]) -> None:
    try:
        with open(environ.get('VAULT_K8S_TOKEN_FILE') or TOKEN, encoding='utf-8') as file:
            token = file.read(65_536).strip()
    except OSError as error:
        raise StoreError(f"the pod's token can't be read: {error.strerror}") from None
    mount = environ.get('VAULT_K8S_MOUNT') or 'kubernetes'
    client.auth.kubernetes.login(environ['VAULT_K8S_ROLE'], token, mount_point=mount)


#: How a client proves who it is: the first variable that is set says.
LOGINS: Mapping[str, Callable[[Any, Mapping[str, str]], None]] = {
    'VAULT_TOKEN': _by_token,
    'VAULT_ROLE_ID': _by_role_id,
    'VAULT_K8S_ROLE': _by_kubernetes,
}
#: What tells one client from another.
SETTINGS = (
    *('VAULT_ADDR', 'VAULT_NAMESPACE', 'VAULT_CACERT', 'VAULT_SECRET_ID'),
    *('VAULT_APPROLE_MOUNT', 'VAULT_K8S_MOUNT', 'VAULT_K8S_TOKEN_FILE'),
    *LOGINS,
)


def fetch(reference: str, environ: Mapping[str, str]) -> str:
    """Returns a key of a secret, of a key-value store of either version."""
    path, _, key = reference.partition('#')
    if not path or not key:
        raise LackingError('names no path and key, as in ${vault:kv/data/crm#password}')
    found = _asked(lambda: _client(tuple((name, environ.get(name, '')) for name in SETTINGS)).read(path.strip('/')))
    data = (found or {}).get('data') or {}
    if data.keys() == {'data', 'metadata'}:
        # The second version of the store has the secret within, beside what it knows about it.
        data = data['data'] or {}
    if not data:
        raise LackingError('Vault has no secret at this path')
    value = data.get(key)
    if not isinstance(value, (str, int, float)):
        raise LackingError(f"the secret has no key '{key}'")
    return str(value)


def _asked(ask: Callable[[], Any]) -> Any:
    # What Vault answers may quote what it was sent, so only its kind is told.
    try:
        return ask()
    except InvalidPath:
        return None
    except VaultError as error:
        raise StoreError(
            f'Vault refused: {type(error).__name__}', 'is the token right, and may it read this path?'
        ) from None
    except (requests.RequestException, ValueError) as error:
        text = f"Vault can't be reached: {type(error).__name__}"
        raise StoreError(text, 'is VAULT_ADDR right, and is Vault up?') from None


@lru_cache(maxsize=4)
def _client(settings: tuple[tuple[str, str], ...]) -> Any:
    environ = {name: value for name, value in settings if value}
    if 'VAULT_ADDR' not in environ:
        raise StoreError('VAULT_ADDR is not set', 'it says where Vault is, as in https://vault.example.com:8200')
    verify: Any = environ.get('VAULT_CACERT') or True
    client = hvac.Client(
        environ['VAULT_ADDR'], namespace=environ.get('VAULT_NAMESPACE'), verify=verify, timeout=PATIENCE, token=''
    )
    login = next((LOGINS[name] for name in LOGINS if name in environ), None)
    if login is None:
        raise StoreError('nothing says who asks Vault', f'set one of: {", ".join(LOGINS)}')
    login(client, environ)
    return client
