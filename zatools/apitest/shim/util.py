"""The module for `import zato.apitest.util`: the state of all steps, values, dates, random values, files."""

from __future__ import annotations

import os as os
import random as random
import re as re
import uuid as uuid
from collections import OrderedDict
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from random import Random
from typing import Any

from zatools.apitest.failures import StepBroken
from zatools.apitest.project.config import Project, read_config
from zatools.apitest.shim.process import CURRENT
from zatools.apitest.state.context import fill
from zatools.apitest.values import dates, readers
from zatools.apitest.values.bunch import Bunch as Bunch, bunchify as bunchify
from zatools.apitest.values.random_values import random_text

# The names and parameters below are those of zato-apitest: projects use them.
context = CURRENT.state
Context = Bunch
config_functions = CURRENT.lookups
comparison_operators = {
    'equal to': '=',
    'not equal to': '!=',
    'less than': '<',
    'greater than': '>',
    'less or equal to': '<=',
    'greater or equal to': '>=',
}


def new_context(old_ctx: Any, environment_dir: str, user_config: Any = None) -> Bunch:
    """Empties the state and gives it the start values of a feature."""
    folder = str(environment_dir)
    if old_ctx:
        folder = str(old_ctx.zato.environment_dir)
    if user_config is None:
        user_config = _project(Path(folder)).user_config()
    return fill(context, folder, user_config)


def _project(folder: Path) -> Project:
    active = CURRENT.context
    if active and folder == active.project.features:
        # That of the run has its profile, too.
        return active.project
    return Project(folder, read_config(folder / 'config.ini'))


def obtain_values(func: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates a step of a project: it gets the values of names in its texts."""
    import inspect

    is_async = inspect.iscoroutinefunction(func)

    def inner(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        result = func(ctx, *args, **{name: CURRENT.expanded(value, name) for name, value in kwargs.items()})
        if is_async:
            import asyncio

            return asyncio.run(result)
        return result

    return inner


def _chance() -> Random:
    if CURRENT.context:
        # This one depends on the seed, so that a run can be repeated.
        return CURRENT.context.random
    return Random()


def now(format: str) -> str:
    """Returns the present time of this place."""
    return dates.now(format)


def utcnow(format: str) -> str:
    """Returns the present time, in UTC."""
    return dates.utc_now(format)


def utcnow_minus_hour(format: str) -> str:
    """Returns the time an hour ago, in UTC."""
    return dates.utc_now(format, -1)


def _many(make: Callable[[], Any], count: int) -> Any:
    if count == 1:
        return make()
    return [make() for _ in range(count)]


def rand_string(count: int = 1) -> Any:
    """Returns a random text, or a list of them."""
    return _many(lambda: random_text(_chance()), count)


def rand_int(min: int = 0, max: int = 100, count: int = 1) -> Any:
    """Returns a random number below the second, or a list of them."""
    return _many(lambda: _chance().randrange(min, max), count)


def rand_float(min: int = 0, max: int = 100) -> float:
    """Returns a random number."""
    return _chance().randrange(min, max) + _chance().random()


def rand_date(format: str, start: Any = None, stop: Any = None) -> str:
    """Returns a random date, between the two where they are given."""
    if start and stop:
        return date_between(start, stop, format)
    return dates.any_time(format, _chance())


def _day(base: Any, needs_parse: bool) -> str:
    if needs_parse:
        return str(base)
    return str(base.isoformat())


def date_after(base_date: Any, format: str, limit: int = 100_000, needs_parse: bool = True) -> str:
    """Returns a random date on or after another."""
    return date_after_before(base_date, format, 1, limit, needs_parse)


def date_before(base_date: Any, format: str, limit: int = 100_000, needs_parse: bool = True) -> str:
    """Returns a random date on or before another."""
    return date_after_before(base_date, format, -1, limit, needs_parse)


def date_after_before(base_date: Any, format: str, direction: int, limit: int, needs_parse: bool = True) -> str:
    """Returns a date some random days from another."""
    base = dates.parsed(_day(base_date, needs_parse))
    return base.shift(days=direction * _chance().randrange(limit)).format(format)


def date_between(start_date: Any, end_date: Any, format: str) -> str:
    """Returns a random date between two others."""
    return dates.between(str(start_date), str(end_date), format, _chance())


parse_list = readers.as_list


def any_from_list(value: str) -> str:
    """Returns one item of a comma list, by chance."""
    return str(_chance().choice([item for item in readers.as_list(value) if item]))


def get_full_path(base_dir: str, *path_items: str) -> str:
    """Returns the path of a file in a folder."""
    return os.path.normpath(os.path.join(base_dir, *path_items))


def get_file(path: str) -> str:
    """Returns a file's text."""
    return Path(path).read_text(encoding='utf-8')


def get_data(ctx: Any, req_or_resp: str, data_path: str) -> str:
    """Returns the text of a request or response file."""
    if not data_path:
        return ''
    request = ctx.zato.request
    name = request.get('response_format') or request.get('format') or 'raw'
    return get_file(get_full_path(ctx.zato.environment_dir, name.lower(), req_or_resp, data_path))


def make_dict(*args: str) -> OrderedDict[str, tuple[str | None, ...]]:
    """Returns a dict: the items of the first list are its keys, those of the others its values."""
    first, *rest = ([item.strip() for item in arg.split(',')] for arg in args)
    rows = zip_longest(first, *rest)
    return OrderedDict((str(key), tuple(others)) for key, *others in rows)


def wrap_into_quotes(values: str) -> str:
    """Returns a comma list with each item in single quotes."""
    return ', '.join(f"'{item}'" for item in values.split(', '))


def build_filter(colname: str, sign: str, colvalue: str, operator: str) -> str:
    """Returns a WHERE clause; columns, signs in words, values and the operators between them are comma lists."""
    signs = [comparison_operators[word] for word in sign.split(', ')]
    columns = zip(colname.split(', '), signs, colvalue.split(', '), strict=False)
    rows = [f"{name}{word}'{value}' " for name, word, value in columns]
    return 'WHERE ' + ''.join(f'{row}{word}' for row, word in zip_longest(rows, _between(operator, rows), fillvalue=''))


def _between(operator: str, rows: list[str]) -> list[str]:
    return [f'{word} ' for word in operator.split(', ')][: len(rows) - 1]


def get_value_from_environ(ctx: Any, name: str) -> str:
    """Returns a variable of the environment."""
    return os.environ[name]


def get_value_from_ctx(ctx: Any, name: str) -> Any:
    """Returns a stored value."""
    return ctx.zato.user_ctx[name]


def get_value_from_config(ctx: Any, name: str) -> Any:
    """Returns a value of config.ini."""
    return ctx.zato.user_config[name]


def get_value_from_vault(ctx: Any, name: str) -> str:
    """Raises StepBroken, since values from Vault are not supported."""
    raise StepBroken('values from Vault are not supported yet', hint='use $NAME or @name')


def log_http_response1(logger: Any, content: Any, headers: Any = None) -> None:
    """Logs an answer, without secrets."""
    rows = [f'{name}: {value}' for name, value in (headers or {}).items()]
    if isinstance(content, bytes):
        content = content.decode('utf-8', 'replace')
    logger.info(CURRENT.active().secrets.mask('\n'.join([*rows, str(content)])))


def log_http_response2(logger: Any) -> None:
    """Does nothing: calls are in the reports."""


#: Further names of `import *`, whose modules are imported when the names are used.
LATE = {'ConfigObj': ('configobj', 'ConfigObj'), 'parse_dt': ('dateutil.parser', 'parse'), 'arrow_api': ('arrow', '')}


def __getattr__(name: str) -> Any:
    import importlib

    if name not in LATE:
        raise AttributeError(f"there is no '{name}' in our zato.apitest.util")
    module, attribute = LATE[name]
    content = importlib.import_module(module)
    if not attribute:
        return content
    return getattr(content, attribute)


__all__ = [name for name in (*globals(), *LATE) if not name.startswith('_')]
