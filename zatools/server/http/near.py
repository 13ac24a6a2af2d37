"""What a request without a channel nearly was: another path, another method, another Accept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from zatools.place import did_you_mean
from zatools.server.http.channels import Channel

#: Letters of a path, and paths of channels, that are compared for a hint.
LONGEST, MOST = 200, 1000


def near_miss(path: str, allowed: Iterable[str], channels: Sequence[Channel]) -> str:
    """Returns why a path has no channel, in words; `allowed` are the methods that it would take."""
    if allowed:
        return f'its channels take {", ".join(allowed)}'
    accepted = [channel.accept for channel in channels if channel.path == path and channel.accept]
    if accepted:
        return f'its channels want Accept: {", ".join(accepted)}'
    actions = [channel.action for channel in channels if channel.path == path and channel.soap]
    if actions:
        return f'its channels want SOAPAction: {", ".join(actions)}'
    hint = did_you_mean(path[:LONGEST], [channel.path for channel in channels[:MOST]])
    return f'no channel has this path; {hint}'.rstrip('; ')
