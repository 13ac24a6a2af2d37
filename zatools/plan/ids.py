"""Plan ids: a few digits that stand for exactly these changes, to exactly what is there now."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from zatools.errors import RefusedError, UsageError
from zatools.odb.odb import Odb
from zatools.secret import Secret, Template, masked
from zatools.state import Change, Difference

#: So many hex digits of the digest are typed and shown.
LENGTH = 8
#: So many changes are encoded at once.
MANY = 100
PLAN_ID = re.compile(rf'[0-9a-f]{{{LENGTH}}}')
#: Stands for a secret that can't be read, or that no key protects yet: a guess must find nothing to be tried on.
UNKNOWN = 'secret'

SCALARS = frozenset({int, float, bool, type(None)})
ENCODE = json.JSONEncoder(default=str, sort_keys=True).encode

#: What makes a digest of a text that nobody without the ODB's key can guess; None where there is no key yet.
Sealing = Callable[[str], str] | None


def plan_id(odb: Odb, found: Difference) -> str:
    """Returns the id of what is to be done to an ODB; '' where nothing is.

    It is made of the changes and of the objects that they touch as they are now, never of where files or ODB are.
    """
    if not found.changes:
        return ''
    sealing = None
    # A key that was made up for this run is another one next time.
    if odb.sealer and odb.new_key is None:
        sealing = odb.sealer.digest
    digest = hashlib.sha256(json.dumps([odb.generation, odb.cluster]).encode())
    for start in range(0, len(found.changes), MANY):
        part = [_change(change, sealing) for change in found.changes[start : start + MANY]]
        digest.update(ENCODE(part).encode())
    return digest.hexdigest()[:LENGTH]


def _change(change: Change, sealing: Sealing) -> list[Any]:
    given = change.item.values
    values = dict(given)
    for name, value in given.items():
        # There are many values, and most are plain ones.
        if (type(value) is not str or ':' in value or '=' in value) and type(value) not in SCALARS:
            values[name] = _value(sealing, value)
    kind, is_known = change.item.kind, change.stored is not None
    about = [change.op, kind.section, kind.type, change.item.name]
    fields = [
        [one.name, _value(sealing, one.old), _value(sealing, one.new)]
        for one in change.fields
        # The fields of a new object are its values once more.
        if is_known or one.new is not given.get(one.name, ...)
    ]
    before = {name: _value(sealing, value) for name, value in change.before.items()}
    return [*about, fields, values, before]


def _value(sealing: Sealing, value: Any) -> Any:
    if type(value) in SCALARS:
        return value
    if isinstance(value, Secret):
        if not value.can_reveal:
            return [UNKNOWN]
        return _sealed(sealing, value.reveal())
    if isinstance(value, Template):
        return ['needs', value.text]
    # What screens mask is as secret as a password.
    if isinstance(value, str) and masked(value) != value:
        return _sealed(sealing, value)
    if isinstance(value, (Mapping, list)) and masked(value) != value:
        return _sealed(sealing, json.dumps(value, default=str, sort_keys=True))
    if isinstance(value, Mapping):
        return {str(name): _value(sealing, part) for name, part in value.items()}
    if isinstance(value, list):
        return [_value(sealing, part) for part in value]
    return value


def _sealed(sealing: Sealing, text: str) -> list[str]:
    if sealing is None:
        return [UNKNOWN, str(bool(text))]
    return [UNKNOWN, sealing(text)]


def checked(text: str) -> str:
    """Returns a plan id as it was typed; UsageError for what is none."""
    id_ = text.strip().lower().removeprefix('plan ')
    if not PLAN_ID.fullmatch(id_):
        raise UsageError(
            f'--plan wants the {LENGTH} digits that a plan ends with', 'zato enmasse diff ends as in: plan 7f3a91c2'
        )
    return id_


def refuse_unseen(environment: str, look: str) -> None:
    """Raises RefusedError: what changes an environment that is protected is looked at before, by the command `look`."""
    raise RefusedError(
        f"environment '{environment}' is protected: it takes a plan that was looked at. Nothing was changed.",
        f'see the plan: {look}    then carry it out: add --plan ID',
    )


def check(wanted: str, now: str) -> None:
    """Raises RefusedError where a plan that was looked at is not the one that would be carried out."""
    if wanted == now:
        return
    if not now:
        text = f'plan {wanted} is not what is to be done now: nothing is. Nothing was changed.'
        raise RefusedError(text, 'was it carried out already? or had it other options, such as --delete?')
    raise RefusedError(
        f'plan {wanted} is not what is to be done now: that is plan {now}, as shown. Nothing was changed.',
        f'files, variables or the ODB have changed, or the plan had other options; if it is right: --plan {now}',
    )
