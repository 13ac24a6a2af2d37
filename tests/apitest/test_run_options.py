"""Options of a run: a variable that a script does not set is no value."""

from __future__ import annotations

import pytest

from zatools.apitest.commands.run_options import OPTIONS, parse
from zatools.errors import UsageError

TAKING = [option.names[0] for option in OPTIONS if option.ours and option.takes]


@pytest.mark.parametrize('name', TAKING)
def test_an_option_of_ours_is_not_empty(name: str) -> None:
    with pytest.raises(UsageError, match=f'{name}: '):
        parse([f'{name}='])


def test_what_is_not_given_is_fine() -> None:
    options = parse(['features', '--junit'])
    assert (options.paths, options.junit, options.report, options.profile) == (['features'], '', None, None)
