"""The platform's modules that users' files import, and ours of the same names."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.machinery import PathFinder

from zatools import legacy
from zatools.server.api.exceptions import LACKS

#: Users' files import the platform's modules; these are ours of the same names.
MODULES: Mapping[str, str] = {
    'zato': '',
    'zato.server': '',
    # It has modules below it, too.
    'zato.common': 'zatools.server.api.zato_older',
    'zato.server.service': 'zatools.server.api.zato_service',
    'zato.common.exception': 'zatools.server.api.exceptions',
    'zato.common.api': 'zatools.server.api.zato_common',
    'zato.common.ext': '',
    'zato.common.json_': 'zatools.server.api.zato_common',
    'zato.common.json_internal': 'zatools.server.api.zato_common',
    'zato.common.marshal_': '',
    'zato.common.marshal_.api': 'zatools.server.api.models',
    'zato.common.typing_': 'zatools.server.api.typing_',
    'zato.common.util': '',
    'zato.common.util.api': 'zatools.server.api.zato_common',
    'zato.common.util.file_system': 'zatools.server.api.zato_common',
    'zato.distlock': 'zatools.server.api.locks',
    'zato.common.ext.bunch': 'zatools.server.api.bunch',
    'zato.common.ext.dataclasses': 'dataclasses',
}
#: Modules that the platform ships: ours, unless the real one is installed.
SHIPPED: Mapping[str, str] = {'bunch': 'zatools.server.api.bunch'}
#: The module of the vendor's unit tests, where that is not installed.
TESTING: Mapping[str, str] = {'zato_testing': 'zatools.testing.vendor'}


def stand_in(only_if_absent: bool = False) -> None:
    """Makes the platform's modules resolve to ours for the rest of the process: for tests, which import services."""
    if not (only_if_absent and PathFinder.find_spec('zato')):
        legacy.resolve(MODULES, {**SHIPPED, **TESTING}, LACKS)
