"""What files of zato-apitest's projects import: each name is ours, or its absence is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from zatools import legacy
from zatools.apitest.running import own_code_loader
from zatools.apitest.shim import FALLBACKS, MODULES
from zatools.errors import InvalidError

FOUND = [
    'from zato.apitest import version, INVALID, NO_VALUE, AUTH, CHANNEL_TYPE, Invalid, No_Value, Auth, Channel_Type',
    'from zato.apitest import steps as default_steps',
    'from zato.apitest.steps import common, insert_csv, json, zato_, sql, cassandra_, xml',
    'from zato.apitest.steps.json import set_pointer, assert_value, get_pointer, assert_equals, needs_json, util, uuid',
    'from zato.apitest.steps.json import then_json_response_exists, then_json_response_doesnt_exist, literal_eval',
    'from zato.apitest.steps.common import when_the_url_is_invoked, invoke_http, set_request_format, variable_is',
    'from zato.apitest.steps.common import given_request_impl, then_status_is, HTTPBasicAuth, req_api, Bunch, logger',
    'from zato.apitest.util import obtain_values, new_context, context, now, utcnow, utcnow_minus_hour, Context',
    'from zato.apitest.util import rand_string, rand_int, rand_float, rand_date, date_after, date_before, date_between',
    'from zato.apitest.util import date_after_before, parse_list, any_from_list, get_full_path, get_file, get_data',
    'from zato.apitest.util import make_dict, build_filter, wrap_into_quotes, comparison_operators, config_functions',
    'from zato.apitest.util import get_value_from_environ, get_value_from_ctx, get_value_from_config',
    'from zato.apitest.util import get_value_from_vault, log_http_response1, log_http_response2',
    'from zato.apitest.util import *\nutcnow, Bunch, bunchify, ConfigObj, parse_dt, arrow_api.get, os, random, uuid',
    'from zato.apitest.steps.json import *\nset_pointer, given, then, json.dumps',
    'from zato.apitest.typing_ import any_, anydict, cast_, dataclass, strlist',
    'from bunch import Bunch as Context, bunchify, unbunchify',
    'import bunch\nassert bunch.Bunch.fromDict({"a": {"b": 1}}).a.b == 1\nassert bunch.Bunch(a=1).toDict() == {"a": 1}',
    'from zato.apitest.steps.json import then_json_pointer_is, then_json_pointer_is_an_integer, bunch',
    'from zato.apitest.steps.json import then_json_pointer_isnt_empty, given_json_pointer_in_request_is',
    'from zato.apitest.steps.common import then_header_is, then_header_contains, given_url_path, given_basic_auth',
    'from zato.apitest.steps.common import given_http_method, and_variable_is_a_string, given_i_store_under',
    'from datadiff.tools import assert_equal, assert_equals',
    'from distutils.util import strtobool',
    'import zato.apitest.util\nzato.apitest.util.utcnow',
]
ABSENT = [
    ('from zato.apitest import run', 'zato.apitest.run', 'run the program instead'),
    ('from zato.apitest.run import handle', 'zato.apitest.run', 'run the program instead: apitest run PATH'),
    ('import zato.apitest.init', 'zato.apitest.init', 'apitest init PATH'),
    ('from zato.apitest.cli import main', 'zato.apitest.cli', 'run the program instead'),
    ('from zato.apitest.test import EchoAdapter', 'zato.apitest.test', 'unit tests of zato-apitest itself'),
    ('from zato.apitest.steps.insert_csv import CSVFile', 'zato.apitest.steps.insert_csv.CSVFile', 'CSV'),
    ('import zato.apitest.steps.wsx', 'zato.apitest.steps.wsx', 'WebSocket'),
    ('from zato.apitest.steps.json import given_it', 'zato.apitest.steps.json.given_it', 'context.execute_steps'),
    ('from zato.apitest.steps.common import then_is_fine', 'zato.apitest.steps.common.then_is_fine', 'its text'),
    ('from zato.apitest.util import nothing', 'zato.apitest.util.nothing', 'docs/apitest.md'),
    ('from zato.server.service import Service', 'zato.server', 'zato.apitest only'),
]


def load(tmp_path: Path, text: str) -> None:
    (tmp_path / 'steps').mkdir()
    (tmp_path / 'steps' / 'steps.py').write_text(f'\n{text}\n')
    with legacy.resolving(MODULES, FALLBACKS):
        own_code_loader.load(tmp_path)


@pytest.mark.parametrize('text', FOUND)
def test_the_import_is_ours(text: str, tmp_path: Path) -> None:
    load(tmp_path, f'{text}\nopen(r"{tmp_path}/read", "w").close()')
    assert (tmp_path / 'read').exists()


@pytest.mark.parametrize(('text', 'name', 'hint'), ABSENT)
def test_an_import_that_is_not_ours_says_so(text: str, name: str, hint: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidError) as caught:
        load(tmp_path, text)
    assert caught.value.text.endswith(f"steps.py:2: imports '{name}', which zatools does not have")
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ('text', 'sentence'),
    [
        ('import nowhere.below', "steps.py:2: imports 'nowhere', which is not installed"),
        ('from json import nothing', "steps.py:2: cannot import name 'nothing' from 'json'"),
        ('1 / 0', 'steps.py:2: ZeroDivisionError: division by zero'),
    ],
)
def test_what_else_is_wrong_has_its_place(text: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidError) as caught:
        load(tmp_path, text)
    assert caught.value.text.endswith(sentence)


def test_a_filter_is_made_of_comma_lists() -> None:
    from zatools.apitest.shim.util import build_filter

    assert build_filter('a', 'not equal to', '1', 'and') == "WHERE a!='1' "
    assert build_filter('a, b', 'equal to, less than', '1, 2', 'and') == "WHERE a='1' and b<'2' "
    assert build_filter('a, b, c', 'equal to, equal to, greater or equal to', '1, 2, 3', 'and, or') == (
        "WHERE a='1' and b='2' or c>='3' "
    )
