"""Names and paths of the platform's own are nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.calls import import_files
from tests.conftest import Console, copy_real
from zatools.errors import InvalidError
from zatools.odb.target import OdbChoice


def refused(folder: Path, text: str) -> list[str]:
    layout = copy_real('4.1', folder)
    path = folder / 'a.yaml'
    path.write_text(text)
    with pytest.raises(InvalidError) as caught:
        import_files(Console(layout.environ).world, OdbChoice(path=layout.path), [str(path)])
    return [problem.text for problem in caught.value.problems]


def test_a_name_that_begins_as_those_of_the_platform_do_is_refused(tmp_path: Path) -> None:
    [text] = refused(tmp_path, 'groups:\n  - {name: zato.mine, members: []}\n')
    assert text.startswith("groups 'zato.mine': names that begin with ")


def test_a_path_of_the_platforms_own_channel_is_refused(tmp_path: Path) -> None:
    text = 'channel_rest:\n  - {name: mine, service: demo.ping, url_path: /zato/ping, data_format: json}\n'
    expected = "channel_rest 'mine': the platform's own channel 'zato.ping' has this URL path"
    assert refused(tmp_path, text) == [expected]
