"""Topics of a test: what is published is kept for the test, in memory alone, and whoever subscribes gets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zatools.server.topics.broker import Post, Topics
from zatools.testing.responses import Message, Responses

if TYPE_CHECKING:
    from zatools.server.runtime import Runtime


class PlayedTopics(Topics):
    """Topics that come into being when they are published to; nothing is delivered by itself."""

    def __init__(self, server: Runtime, responses: Responses) -> None:
        super().__init__(server)
        self._responses = responses

    def publish(self, name: str, post: Post) -> str:
        """Keeps a message for the test and for whoever is subscribed, and returns its id."""
        if name not in self._server.services and not self.has(name):
            self.create(name)
        msg_id = super().publish(name, post)
        options = {**post.about, 'priority': post.priority, 'expiration': post.expiration}
        given = {key: value for key, value in options.items() if value is not None}
        self._responses.messages.append(Message(f'topic:{name}', post.data, given))
        return msg_id
