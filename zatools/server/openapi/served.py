"""4.1's place of OpenAPI documents: `/openapi/{name}`, for whoever may call one of the channels that it describes."""

from __future__ import annotations

from typing import Any

from zatools.kinds.security import PASSWORD_LOGIN
from zatools.kinds.traits import DESCRIBED
from zatools.server.http.answers import Answer, error
from zatools.server.http.guards import basic, members_of
from zatools.server.parts import is_on
from zatools.server.runtime import Runtime
from zatools.state import Item

TYPE = 'application/x-yaml'
LISTED = 'rest_channel_list'


def answer(runtime: Runtime, environ: dict[str, Any], path: str, cid: str) -> Answer | None:
    """Returns the document of a path; None where no definition has it."""
    item = _of(runtime, path)
    if item is None:
        return None
    if not is_on(item, runtime.generation):
        return error(404, cid, f'URL not found (CID:{cid})')
    names = [str(name) for name in item.values.get(LISTED) or ()]
    channels = [channel for channel in runtime.channels if channel.name in names]
    logins = [one for channel in channels for one in (channel.login, *members_of(channel.item, runtime.state)) if one]
    if not basic([one for one in logins if one.kind.login == PASSWORD_LOGIN])(environ):
        return error(403, cid, 'Forbidden')
    from zatools.server.openapi.document import as_yaml, document

    return Answer(200, as_yaml(document(runtime, item.name, names)).encode(), TYPE)


def _of(runtime: Runtime, path: str) -> Item | None:
    for item in runtime.state.values():
        if item.kind.served == DESCRIBED and path in (f'/openapi/{item.name}', item.values.get('url_path')):
            return item
    return None
