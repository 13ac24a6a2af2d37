"""Rate limits and kept responses of channels: who is let in how often, and who gets what was answered before."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
import requests

from tests.server.running import Local, server, write
from zatools.kinds.rest import CHANNEL_REST
from zatools.server.http.limits import Quota, limits_of
from zatools.state import Item

SERVICES = """
import time
from zato.server.service import Service

calls = []


class Count(Service):
    name = 'count'

    def handle(self):
        calls.append(1)
        query = self.request.http.params
        time.sleep(float(query.get('sleep', 0)))
        if query.get('status'):
            self.response.status_code = int(query['status'])
        if query.get('header'):
            name, _, value = query['header'].partition(':')
            self.response.headers[name] = value
        self.response.payload = b'\\xff\\xfe' if query.get('binary') else {'number': len(calls)}
"""
OLDER = """
security:
  - {name: api, type: basic_auth, username: api, password: pw, is_rate_limit_active: true, rate_limit_def: '*=3/d'}
  - {name: free, type: basic_auth, username: free, password: pw}
security_groups:
  - {name: both, members: [api, free]}
channel_rest:
  - name: few
    service: count
    url_path: /few
    data_format: json
    is_rate_limit_active: true
    rate_limit_def: |
      10.0.0.0/8=1/h
      # Those of this machine.
      127.0.0.1 = 2/d
      *=*
  - {name: by login, service: count, url_path: /login, data_format: json, groups: [both]}
  - {name: again, service: count, url_path: /again, data_format: json, security: api}
  - {name: text, service: count, url_path: /text, is_rate_limit_active: true, rate_limit_def: '*=0/m'}
  - {name: away, service: count, url_path: /away, data_format: json, is_rate_limit_active: true,
     rate_limit_def: 10.0.0.0/8=*}
  - {name: off, service: count, url_path: /off, data_format: json, rate_limit_def: '*=0/m'}
  - {name: odd, service: count, url_path: /odd, data_format: json, is_rate_limit_active: true,
     rate_limit_def: "*=many/m\\n*=1/h"}
json_rpc:
  - {name: rpc, url_path: /rpc, service_whitelist: [count], is_rate_limit_active: true, rate_limit_def: '*=0/h'}
"""
DAY = '{is_all_day: true, disabled: false, disallowed: false, rate: 100, burst: 100, limit: %s, limit_unit: day}'
NEWER = f"""
security:
  - name: api
    type: basic_auth
    username: api
    password: pw
    rate_limiting: [{{cidr_list: [], time_range: [{DAY % 4}]}}]
  - {{name: other, type: basic_auth, username: other, password: pw}}
  - {{name: third, type: basic_auth, username: third, password: pw}}
groups:
  - {{name: both, members: [api, other, third]}}
channel_rest:
  - name: limited
    service: count
    url_path: /limited
    data_format: json
    rate_limiting:
      - {{cidr_list: [10.0.0.0/8], time_range: [{DAY % 0}]}}
      - {{cidr_list: [127.0.0.0/8], time_range: [{DAY % 2}]}}
  - name: cut
    service: count
    url_path: /cut
    rate_limiting: [{{cidr_list: [], time_range: [{{is_all_day: true, disallowed: true}}]}}]
  - name: elsewhere
    service: count
    url_path: /elsewhere
    data_format: json
    rate_limiting: [{{cidr_list: [10.0.0.0/8], time_range: [{DAY % 0}]}}]
  - {{name: by login, service: count, url_path: /login, data_format: json, groups: [both]}}
  - {{name: by login too, service: count, url_path: /too, data_format: json, security: api}}
  - name: odd
    service: count
    url_path: /odd
    data_format: json
    rate_limiting: [{{cidr_list: [no address], time_range: [{DAY % 1}]}}, {{time_range: [{{limit: 1}}]}}]
  - name: kept
    service: count
    url_path: /kept
    data_format: json
    groups: [both]
    response_cache: {{is_enabled: true, cache_on_second_request: false, ignored_query_parameters: [nonce],
      vary_by_headers: [Accept-Language], needs_etag: true, max_body_size: 40}}
  - name: second
    service: count
    url_path: /second
    data_format: json
    response_cache: {{is_enabled: true, is_shared_across_callers: true}}
  - name: brief
    service: count
    url_path: /brief
    data_format: json
    response_cache: {{is_enabled: true, cache_on_second_request: false, ttl: 0.2, ttl_unit: seconds}}
  - name: body
    service: count
    url_path: /body
    data_format: json
    response_cache: {{is_enabled: true, cache_on_second_request: false, include_body_in_key: true}}
  - {{name: unreadable, service: count, url_path: /un, response_cache: {{is_enabled: true, ttl_unit: moons}}}}
"""


@pytest.fixture(scope='module')
def older(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    files = {'services/a.py': SERVICES, 'd.yaml': OLDER}
    with server(write(tmp_path_factory.mktemp('older'), files), '--file', 'd.yaml') as running:
        yield running


@pytest.fixture(scope='module')
def newer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    files = {'services/a.py': SERVICES, 'd.yaml': NEWER}
    with server(write(tmp_path_factory.mktemp('newer'), files), '--file', 'd.yaml') as running:
        yield running


def statuses(local: Local, path: str, times: int, user: str = '') -> list[int]:
    return [local.call(path, 'GET', user=user).status_code for _ in range(times)]


def test_3_2_counts_by_the_first_rule_that_has_the_address(older: Local) -> None:
    assert statuses(older, '/few', 3) == [200, 200, 429]
    found = older.call('/few', 'GET', user='')
    assert found.json() == {'result': 'Error', 'cid': found.headers['X-Zato-CID'], 'details': 'Too many requests'}
    assert parsedate_to_datetime(found.headers['Retry-After']) > datetime.now(UTC)
    older.wait_for("channel 'few': 429, 127.0.0.1 = 2/d (CID ")
    assert statuses(older, '/away', 1) == [403]
    assert statuses(older, '/off', 2) == [200, 200]
    text = older.call('/text', 'GET', user='')
    assert (text.status_code, text.text) == (429, 'Too many requests')


def test_3_2_counts_a_login_over_all_of_its_channels(older: Local) -> None:
    assert statuses(older, '/login', 2, 'api:pw') == [200, 200]
    assert statuses(older, '/again', 2, 'api:pw') == [200, 429]
    assert statuses(older, '/again', 1, 'api:wrong') == [401]
    assert statuses(older, '/login', 4, 'free:pw') == [200] * 4


def test_json_rpc_has_a_code_for_it(older: Local) -> None:
    asked = {'jsonrpc': '2.0', 'method': 'count', 'id': 1}
    found = older.call('/rpc', user='', json=asked)
    assert (found.status_code, found.json()['error']['code']) == (200, -32429)


def test_a_rule_that_is_none_is_named_and_others_count(older: Local) -> None:
    assert "channel_rest 'odd': rate_limit_def: '*=many/m' is no rule" in older.log
    assert statuses(older, '/odd', 2) == [200, 429]


def test_4_1_asks_the_channel_before_the_credentials(newer: Local) -> None:
    assert statuses(newer, '/limited', 3) == [200, 200, 429]
    assert statuses(newer, '/elsewhere', 2) == [200, 200]
    with pytest.raises(requests.ConnectionError):
        newer.call('/cut', 'GET', user='')
    newer.wait_for("channel 'cut': the connection is cut, rule 1 of channel_rest 'cut'")
    assert "channel_rest 'cut': rate_limiting" not in newer.log


def test_4_1_tells_a_login_what_it_has_left(newer: Local) -> None:
    first = newer.call('/login', 'GET', user='api:pw')
    assert (first.headers['X-RateLimit-Limit'], first.headers['X-RateLimit-Remaining']) == ('4', '3')
    assert 'X-RateLimit-Limit' not in newer.call('/login', 'GET', user='other:pw').headers
    assert statuses(newer, '/login', 1, 'api:wrong') == [403]
    assert statuses(newer, '/too', 4, 'api:pw') == [200, 200, 200, 429]
    last = newer.call('/login', 'GET', user='api:pw')
    assert (last.status_code, last.headers['X-RateLimit-Remaining']) == (429, '0')


def test_rules_of_4_1_that_can_not_be_read_are_named(newer: Local) -> None:
    assert "channel_rest 'odd': rate_limiting: rule 1 can not be read, it limits nobody: 'no address'" in newer.log
    assert (
        "channel_rest 'odd': rate_limiting: rule 2 lacks rate, burst, limit_unit: 4.1 reads no such rule" in newer.log
    )
    assert statuses(newer, '/odd', 2) == [200, 429]


def numbers(local: Local, path: str, times: int, user: str = '', **options: object) -> list[int]:
    found = [local.call(path, options.get('method', 'GET'), user=user, data=options.get('data')) for _ in range(times)]  # type: ignore[arg-type]
    return [one.json()['number'] for one in found]


def test_a_response_is_kept_for_its_caller(newer: Local) -> None:
    first, again = newer.call('/kept?a=1&nonce=x', 'GET', user='other:pw'), None
    assert first.headers['X-Cache'] == 'Miss'
    again = newer.call('/kept?nonce=y&a=1', 'GET', user='other:pw')
    assert (again.headers['X-Cache'], again.json(), again.headers['Age']) == ('Hit', first.json(), '0')
    assert again.headers['X-Zato-CID'] != first.headers['X-Zato-CID']
    session = {'If-None-Match': again.headers['ETag']}
    unchanged = newer.call('/kept?a=1', 'GET', user='other:pw', headers=session)
    assert (unchanged.status_code, unchanged.content) == (304, b'')
    fresh = newer.call('/kept?a=1', 'GET', user='other:pw', headers={'Cache-Control': 'no-cache'})
    assert (fresh.headers['X-Cache'], fresh.json()['number'] > first.json()['number']) == ('Miss', True)
    assert newer.call('/kept?a=1', 'GET', user='other:pw').json() == fresh.json()
    german = newer.call('/kept?a=1', 'GET', user='other:pw', headers={'Accept-Language': 'de'})
    assert german.headers['X-Cache'] == 'Miss'
    assert newer.call('/kept?a=1', 'GET', user='third:pw').headers['X-Cache'] == 'Miss'
    # Whoever is not let in gets nothing of it.
    assert newer.call('/kept?a=1', 'GET', user='').status_code == 403


@pytest.mark.parametrize(
    'query', ['status=500', 'status=404', 'header=Set-Cookie:a=b', 'header=Cache-Control:private', 'binary=1']
)
def test_what_may_not_be_kept_is_not(newer: Local, query: str) -> None:
    found = [newer.call(f'/kept?{query}', 'GET', user='other:pw').headers['X-Cache'] for _ in range(2)]
    assert found == ['Miss', 'Miss']


def test_cookies_and_other_methods_go_to_the_service(newer: Local) -> None:
    assert len(set(numbers(newer, '/kept', 2, 'other:pw', method='POST'))) == 2
    headers = {'Cookie': 'a=b'}
    found = [newer.call('/kept', 'GET', user='other:pw', headers=headers) for _ in range(2)]
    assert all('X-Cache' not in one.headers for one in found)


def test_usually_the_second_request_is_kept(newer: Local) -> None:
    first, second, third, fourth = numbers(newer, '/second', 4)
    assert first < second == third == fourth


def test_a_response_is_kept_for_its_time_and_by_the_body(newer: Local) -> None:
    first, again = numbers(newer, '/brief', 2)
    assert first == again
    threading.Event().wait(0.3)
    assert numbers(newer, '/brief', 1) > [first]
    (one,), (other,) = (numbers(newer, '/body', 1, method='POST', data=data) for data in ('1', '2'))
    assert one != other
    assert numbers(newer, '/body', 2, method='POST', data='1') == [one, one]


def test_requests_for_the_same_at_once_call_the_service_once(newer: Local) -> None:
    found: list[int] = []

    def call() -> None:
        found.extend(numbers(newer, '/body?sleep=0.5', 1))

    threads = [threading.Thread(target=call) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (len(found), len(set(found))) == (5, 1)


def test_a_cache_that_can_not_be_read_is_named_and_a_service_that_is_saved_answers_anew(newer: Local) -> None:
    text = "channel_rest 'unreadable': response_cache can not be read, nothing is kept: ttl_unit is one of"
    assert text in newer.log
    (before,) = numbers(newer, '/body', 1)
    write(newer.folder, {'services/a.py': SERVICES.replace('len(calls)', 'len(calls) + 1000')})
    newer.wait_for('Services loaded: count')
    assert numbers(newer, '/body', 1) > [1000]
    assert before < 1000


def test_a_bucket_fills_at_its_rate_and_ranges_of_the_day_have_their_own() -> None:
    now = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    quota = Quota(limit=100, unit='month', rate=2, burst=1)
    assert [quota.take(now.replace(microsecond=at)) is None for at in (0, 1000, 600_000)] == [True, False, True]
    assert Quota(limit=0, unit='month').take(now) == datetime(2026, 2, 1, tzinfo=UTC)
    night = {'time_from': '22:00', 'time_to': '02:00', 'disallowed': True}
    rates = [{'time_range': [{'limit': 1, 'limit_unit': 'day', 'rate': 1, 'burst': 1}, night]}]
    limits = limits_of(Item(CHANNEL_REST, {'name': 'a', 'rate_limiting': rates}, {}), '4.1')
    assert limits
    assert limits.rules[0].quota(now).is_closed
    assert limits.rules[0].quota(now.replace(hour=1)).is_closed
    assert not limits.rules[0].quota(now.replace(hour=12)).is_closed
