"""The steps: all phrases, and the index that finds them."""

from __future__ import annotations

from functools import lru_cache

from zatools.apitest.steps import (
    answer,
    answer_bytes,
    answer_text,
    assertions,
    calls,
    contract,
    cookies,
    forms,
    graphql,
    items,
    kafka_topics,
    makers,
    messages,
    mocks,
    oauth,
    query_parameters,
    redis_keys,
    request,
    soap,
    sql,
    sql_connections,
    storing,
    web_sockets,
)
from zatools.apitest.steps.index import Index
from zatools.apitest.steps.phrase import Phrase

PHRASES: tuple[Phrase, ...] = (
    *request.PHRASES,
    *query_parameters.PHRASES,
    *forms.PHRASES,
    *cookies.PHRASES,
    *makers.PHRASES,
    *soap.PHRASES,
    *oauth.PHRASES,
    *calls.PHRASES,
    *graphql.PHRASES,
    *contract.PHRASES,
    *answer.PHRASES,
    *answer_text.PHRASES,
    *answer_bytes.PHRASES,
    *items.PHRASES,
    *assertions.PHRASES,
    *storing.PHRASES,
    *sql.PHRASES,
    *sql_connections.PHRASES,
    *messages.PHRASES,
    *redis_keys.PHRASES,
    *kafka_topics.PHRASES,
    *web_sockets.PHRASES,
    *mocks.PHRASES,
)


@lru_cache(1)
def index() -> Index:
    """Returns the index of all phrases."""
    return Index(PHRASES)
