"""The pytest plugin: tests import services as they lie, and the fixture `zato` runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from zatools.server.api.modules import stand_in

if TYPE_CHECKING:
    from zatools.testing import Stage


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options of configuration files."""
    parser.addini('zato_generation', 'The platform that the fixture zato runs services as: 3.2 or 4.1.', default='3.2')
    parser.addini('zato_project', "The project's folder; else the one that the file of the test is in.", default='')


def pytest_configure(config: pytest.Config) -> None:
    """Lets test files import `zato` and `zato_testing` where these are not installed."""
    stand_in(only_if_absent=True)


@pytest.fixture
def zato(request: pytest.FixtureRequest) -> Stage:
    """Where services run in the test: `zato.invoke('crm.get-user', {'id': 1})`."""
    # Imported here, since tests of other things have no use for it.
    from zatools.testing import Stage

    folder = request.config.getini('zato_project')
    if folder:
        folder = request.config.rootpath / folder
    return Stage(folder or request.path, request.config.getini('zato_generation'))
