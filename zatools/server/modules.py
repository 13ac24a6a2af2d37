"""The platform's modules that users' files import, and ours of the same names."""

from __future__ import annotations

from collections.abc import Mapping

#: Users' files import the platform's modules; these are ours of the same names.
MODULES: Mapping[str, str] = {
    'zato': '',
    'zato.server': '',
    'zato.common': '',
    'zato.server.service': 'zatools.server.api',
    'zato.common.exception': 'zatools.server.exceptions',
    'zato.common.api': 'zatools.server.zato_common',
    'zato.common.ext': '',
    'zato.common.json_': 'zatools.server.zato_common',
    'zato.common.json_internal': 'zatools.server.zato_common',
    'zato.common.marshal_': '',
    'zato.common.marshal_.api': 'zatools.server.models',
    'zato.common.typing_': 'zatools.server.typing_',
    'zato.common.util': '',
    'zato.common.util.api': 'zatools.server.zato_common',
    'zato.common.util.file_system': 'zatools.server.zato_common',
    'zato.distlock': 'zatools.server.locks',
    'zato.common.ext.bunch': 'zatools.server.bunch',
}
#: Modules that the platform ships: ours, unless the real one is installed.
SHIPPED: Mapping[str, str] = {'bunch': 'zatools.server.bunch'}
