"""The stores: what follows `${` and a name of them is looked for there, once a run. Values are never written."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import NamedTuple

from zatools.stores.reasons import LackingError, StoreError

#: Characters of a value; a secret is no file of data.
LONGEST = 65_536


class Store(NamedTuple):
    """One store: what it is called, how a reference to it looks, the function that asks it, its package and extra."""

    name: str
    called: str
    example: str
    fetch: str
    package: str = ''


STORES = (
    Store('file', 'a file', '/run/secrets/crm', 'zatools.stores.file:fetch'),
    Store('vault', 'HashiCorp Vault', 'kv/data/crm#password', 'zatools.stores.vault:fetch', 'hvac'),
    Store('keyring', 'the keyring of this machine', 'crm/zato', 'zatools.stores.keyring:fetch', 'keyring'),
)
BY_NAME = {store.name: store for store in STORES}


def store_of(name: str) -> Store | None:
    """Returns the store that the name of a variable speaks of; None for a variable of the environment."""
    scheme, mark, _ = name.partition(':')
    if not mark:
        return None
    return BY_NAME.get(scheme)


class Stores:
    """What was asked of stores in a run; each is asked for each secret once, its refusals are remembered too."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self._known: dict[str, str | Exception] = {}

    def value(self, name: str) -> str:
        """Returns the secret that `store:reference` names; raises StoreError or LackingError."""
        if name not in self._known:
            try:
                self._known[name] = self._fetch(name)
            except (StoreError, LackingError) as error:
                self._known[name] = error
        found = self._known[name]
        if isinstance(found, Exception):
            raise found
        return found

    def _fetch(self, name: str) -> str:
        store = store_of(name)
        assert store
        reference = name.partition(':')[2].strip()
        if not reference:
            raise LackingError(f'names nothing, as in ${{{store.name}:{store.example}}}')
        module, _, function = store.fetch.partition(':')
        try:
            fetch = getattr(import_module(module), function)
        except ModuleNotFoundError as error:
            if error.name != store.package:
                raise
            text = f'{store.called} needs the package {store.package}, which is not installed'
            raise StoreError(text, f"it comes with the extra '{store.name}' of zatools") from None
        found: str = fetch(reference, self.environ)
        if len(found) > LONGEST:
            raise LackingError(f'has more than {LONGEST} characters')
        return found
