"""Every place where services find connections by name is played in unit tests."""

from __future__ import annotations

from operator import attrgetter
from types import SimpleNamespace

import pytest

from tests.conftest import ROOT
from zatools.connections.clients import AFTER, ENTRIES, FIRST
from zatools.testing.places import PLACES, WORDS
from zatools.testing.played import play
from zatools.testing.responses import Responses

SEEN = [seen for entry in ENTRIES for seen in entry.seen if not seen.is_one]


def found(path: str, responses: Responses) -> object:
    return attrgetter(path)(SimpleNamespace(self=SimpleNamespace(**play(responses))))


@pytest.mark.parametrize('path', sorted({*PLACES, *(seen.path for seen in SEEN)}))
def test_a_connection_there_answers_what_a_test_has_set(path: str) -> None:
    responses = Responses()
    responses.set(f'{PLACES[path]}:Mine', 'an answer', 'GET', 200)
    connections = found(path, responses)
    assert connections['Mine'].conn.look_up('x') == 'an answer'  # type: ignore[index]


@pytest.mark.parametrize(
    ('sends', 'given'), [(FIRST, ('Mine', '#general', 'text')), (AFTER, ('text', 'Mine'))], ids=[FIRST, AFTER]
)
def test_a_call_that_names_a_connection_hands_its_message_over(sends: str, given: tuple[str, ...]) -> None:
    paths = [seen.path for seen in SEEN if seen.sends == sends]
    assert paths
    for path in paths:
        responses = Responses()
        found(path, responses).send(*given)  # type: ignore[attr-defined]
        (message,) = responses.messages
        assert (message.connection, message.data) == (f'{PLACES[path]}:Mine', 'text')


def test_the_page_says_which_words_are_others() -> None:
    page = (ROOT / 'docs' / 'testing.md').read_text()
    for path, word in WORDS.items():
        assert f'`{word}:' in page or word == path.rpartition('.')[2], word
