"""Secrets in the keyring of a machine: `SERVICE/USER`."""

from __future__ import annotations

from collections.abc import Mapping

import keyring
from keyring.errors import KeyringError

from zatools.stores.reasons import LackingError, StoreError


def fetch(reference: str, environ: Mapping[str, str]) -> str:
    """Returns the password of a user of a service."""
    service, _, user = reference.rpartition('/')
    if not service or not user:
        raise LackingError('names no service and user, as in ${keyring:crm/zato}')
    try:
        found = keyring.get_password(service, user)
    except (KeyringError, RuntimeError, OSError) as error:
        raise StoreError(f'the keyring is not to be used: {type(error).__name__}') from None
    if found is None:
        raise LackingError('is not in the keyring')
    return str(found)
