"""S3, Dropbox, Slack, Telegram, Twilio, Salesforce, language models: pings, what services get, what refusals say."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.connections.clients import PASSWORD, item, pinged
from tests.peers.cloud import ACCOUNT, BOT, VARIABLES, Store, Vendors, moto
from tests.peers.more import Speaking, speaking
from tests.peers.sockets import babbling, deaf, listening
from tests.peers.web import address_of, http_server, secure, stranger
from tests.ports import free_port
from zatools.connections.clients import client_of
from zatools.connections.clients.api import ApiError
from zatools.connections.clients.dropbox import Dropbox
from zatools.connections.clients.llm import Llm
from zatools.connections.clients.redis import in_memory
from zatools.connections.clients.s3 import S3
from zatools.connections.clients.salesforce import Salesforce
from zatools.connections.clients.slack import Chat, Slack
from zatools.connections.clients.telegram import Telegram
from zatools.connections.clients.twilio import Twilio
from zatools.connections.connect import connect
from zatools.connections.pong import Attempt, Pong

TOKEN = {'secret': PASSWORD}
TWILIO = {'account_sid': ACCOUNT, 'auth_token': PASSWORD}
#: Each kind with its secret: section, generation, values.
KINDS: list[tuple[str, str, dict[str, Any]]] = [
    ('slack_32', '3.2', TOKEN),
    ('slack', '4.1', {'token': PASSWORD}),
    ('telegram', '3.2', {'secret': BOT}),
    ('zato_sms_twilio', '3.2', TWILIO),
    ('dropbox', '3.2', TOKEN),
]
IDS = [one[0] for one in KINDS]


@pytest.fixture(scope='module')
def vendors() -> Iterator[str]:
    with speaking(Vendors) as port:
        yield f'http://127.0.0.1:{port}'


@pytest.fixture(scope='module')
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with moto(tmp_path_factory.mktemp('moto')) as found:
        yield found


@pytest.fixture
def at(vendors: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Has all that is called at a vendor's own address call the stand-in."""
    for name in VARIABLES:
        monkeypatch.setenv(name, vendors)
    return vendors


def placed(section: str, at: str, values: dict[str, Any]) -> dict[str, Any]:
    """Returns the values of a definition; that of Telegram has an address, the others go by the environment."""
    if section != 'telegram':
        return values
    return {'address': f'{at}/bot{{token}}/{{method}}', **values}


def opened(section: str, generation: str, at: str, **values: Any) -> Any:
    return client_of(item(section, generation, **placed(section, at, values)), generation)


@pytest.mark.parametrize(('section', 'generation', 'values'), KINDS, ids=IDS)
def test_each_is_asked_whose_its_token_is(section: str, generation: str, values: dict[str, Any], at: str) -> None:
    said = {
        'slack_32': "Slack, orders of 'Shop', ",
        'slack': "Slack, orders of 'Shop', ",
        'telegram': 'Telegram, bot orders_bot, ',
        'zato_sms_twilio': "Twilio, account 'Shop' active, ",
        'dropbox': 'Dropbox, ',
    }
    assert pinged(section, generation, **placed(section, at, values)).text.startswith(said[section])


@pytest.mark.parametrize(('section', 'generation', 'values'), KINDS, ids=IDS)
def test_a_token_that_is_wrong_or_missing_is_told(
    section: str, generation: str, values: dict[str, Any], at: str
) -> None:
    field = next(name for name in values if name not in ('account_sid', 'address'))
    found = pinged(section, generation, **placed(section, at, {**values, field: 'wr0ng'}))
    assert (found.failure, 'wr0ng' in found.sentence) == ('client-token', False), found.sentence
    assert ' refused the token: ' in found.text
    missing = pinged(section, generation, **placed(section, at, {**values, field: ''}))
    assert (missing.failure, missing.text) == ('client-secret', 'there is no token to log in with')


@pytest.mark.parametrize(('section', 'generation', 'values'), KINDS, ids=IDS)
def test_nobody_and_others_are_told_as_in_other_pings(
    section: str, generation: str, values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def ping(where: str) -> Pong:
        for name in VARIABLES:
            monkeypatch.setenv(name, f'http://{where}')
        found = pinged(section, generation, seconds=0.4, **placed(section, f'http://{where}', values))
        assert values.get('secret', PASSWORD) not in found.sentence
        return found

    assert ping(f'127.0.0.1:{free_port()}').failure == 'refused'
    with listening(deaf) as where:
        assert ping(where).failure == 'read-timeout'
    with listening(babbling) as where:
        assert ping(where).failure == 'not-http'
    with listening(html) as where:
        assert ping(where).text == f'{where} refused: HTTP 200, and its answer is no JSON'
    bad = ping('[::1')
    assert (bad.failure, bad.sentence.startswith("'http://[::1' is no URL that can be called; ")) == ('url', True)
    assert ping('no-such-host.invalid').failure in ('dns', 'look-up')


def test_a_vendor_that_is_not_reached_may_be_somewhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('zatools.connections.clients.slack.Peer.home', f'http://127.0.0.1:{free_port()}')
    monkeypatch.delenv('ZATO_SLACK_ADDRESS', raising=False)
    hint = pinged('slack_32', secret=PASSWORD).hint
    assert hint == 'is it up, and is the port in 127.0.0.1 (ZATO_SLACK_ADDRESS can name another) right?'


def test_certificates_are_looked_at(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with http_server(secure(stranger().issue_cert('127.0.0.1'))) as server:
        monkeypatch.setenv('ZATO_SLACK_ADDRESS', f'https://{address_of(server)}')
        for pong in (
            pinged('slack_32', secret=PASSWORD),
            s3(store, store.user, address=f'https://{address_of(server)}').ping(Attempt(5)),
        ):
            assert (pong.failure, address_of(server) in pong.text) == ('tls-ca', True), pong.sentence


def html(sock: Any) -> None:
    sock.recv(10_000)
    sock.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>')


def test_a_long_answer_is_none(at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('zatools.connections.clients.api.LARGEST', 10)
    assert 'its answer is longer than' in pinged('slack_32', secret=PASSWORD).text


def test_slack_of_3_2_is_the_client_of_its_own_library(at: str) -> None:
    from slack_sdk.errors import SlackApiError

    view = Slack(opened('slack_32', '3.2', at, secret=PASSWORD))
    with view.conn.client() as client:
        # As the library of then takes it, and as that of today does.
        assert client.api_call('chat.postMessage', channel='#general', text='Héllo')['message'] == {'text': 'Héllo'}
        assert client.chat_postMessage(channel='#general', text='Héllo')['ok'] is True
        with pytest.raises(SlackApiError, match='channel_not_found'):
            client.chat_postMessage(channel='#none', text='Hello')
    with pytest.raises(AttributeError, match=r'^self.im.slack\[…\].conn.clientt is unknown; did you mean'):
        view.clientt()
    view.close()


def test_slack_of_4_1_sends_messages(at: str) -> None:
    view = Chat(opened('slack', '4.1', at, secret=PASSWORD))
    assert view.send('#general', 'Hello')['ts'] == '1.2'
    assert view.send('#general', 'Hello', [{'type': 'divider'}])['ok'] is True
    with pytest.raises(ApiError, match="^'Shop': channel_not_found$") as problem:
        view.send('#none', 'Hello')
    assert problem.value.answer == {'ok': False, 'error': 'channel_not_found'}
    with pytest.raises(ApiError, match="^'Shop': invalid_auth$"):
        Chat(opened('slack', '4.1', at, secret='wr0ng')).send('#general', 'Hello')


def test_telegram_calls_methods(at: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Telegram(opened('telegram', '3.2', at, secret=BOT)).conn.client() as client:
        assert client.invoke('sendMessage', {'chat_id': 1}, text='Hi')['result'] == {'message_id': 7, 'text': 'Hi'}
        with pytest.raises(ApiError, match="^'Shop': Bad Request: chat_id is empty$"):
            client.invoke('sendMessage', {'text': 'Hi'})
    gone = f'http://127.0.0.1:{free_port()}'
    with pytest.raises(ConnectionError, match="^'Shop': refused in .* nothing listens") as problem:
        Telegram(opened('telegram', '3.2', gone, secret=BOT)).invoke('getMe')
    assert PASSWORD not in caplog.text + str(problem.value)
    # One that stands in the address itself is not shown either.
    literal = item('telegram', address=f'{gone}/bot{BOT}/{{method}}')
    pong = client_of(literal).ping(Attempt(2))
    assert (pong.failure, PASSWORD in pong.sentence + client_of(literal).target) == ('refused', False)
    assert 'a place for the method: {method}' in pinged('telegram', secret=BOT, address=f'{gone}/').sentence


def test_a_definition_has_proxies_of_its_own(at: str) -> None:
    proxies = {'http_proxy_list': f'http://127.0.0.1:{free_port()}\nhttp://127.0.0.1:1'}
    assert pinged('telegram', **placed('telegram', at, {'secret': BOT, **proxies})).failure == 'proxy'
    assert pinged('slack_32', secret=PASSWORD, http_proxy_list='socks5://127.0.0.1:1').failure == 'proxy-kind'
    assert pinged('slack_32', secret=PASSWORD, https_proxy_list='http://127.0.0.1:1').failure == ''


def test_twilio_sends_texts(at: str) -> None:
    from twilio.base.exceptions import TwilioRestException

    values = {**TWILIO, 'default_from': '+1', 'default_to': '+2'}
    conn = Twilio(opened('zato_sms_twilio', '3.2', at, **values)).conn
    assert conn.send('Hello') == {'sid': 'SM12', 'body': 'Hello', 'to': '+2', 'from': '+1'}
    assert conn.send('Hello', to='+3', from_='+4')['to'] == '+3'
    assert conn.messages.create(to='+3', from_='+4', body='Hello').sid == 'SM12'
    with conn.client() as client, pytest.raises(TwilioRestException, match="A 'To' is required"):
        client.messages.create(to='', from_='+4', body='Hello')
    nowhere = Twilio(opened('zato_sms_twilio', '3.2', at, **TWILIO))
    with pytest.raises(ApiError, match="^'Shop': A 'To' is required.$"):
        nowhere.send('Hello')


class Broken(Speaking):
    """An API that takes the token, and nothing else."""

    authorization = f'Bearer {PASSWORD}'

    def told(self, path: str, sent: Any) -> tuple[int, Any]:
        return 400, 'no such version'


def test_why_an_api_refuses_is_for_its_vendor_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    with speaking(Broken) as port:
        monkeypatch.setenv('ZATO_DROPBOX_ADDRESS', f'http://127.0.0.1:{port}')
        pong = pinged('dropbox', secret=PASSWORD)
    assert pong.failure == 'client-refused'
    assert pong.sentence.endswith('refused: "no such version"; what do its vendor\'s pages say of that?')


def test_a_token_that_no_header_can_have_is_called_one(at: str) -> None:
    pong = opened('dropbox', '3.2', at, secret='a\nb').ping(Attempt(10))
    assert pong.sentence.startswith("the token of 'Shop' can't be sent in a header")


def test_dropbox_is_the_client_of_its_own_library(at: str) -> None:
    from dropbox.exceptions import ApiError as Refused, AuthError

    values = {'secret': PASSWORD, 'user_agent': 'shop', 'http_headers': 'X-Shop=1'}
    with Dropbox(opened('dropbox', '3.2', at, **values)).conn.client() as client:
        assert client.files_upload(b'\x00\xff', '/a/b.bin').name == 'b.bin'
        about, response = client.files_download('/a/b.bin')
        assert (about.rev, response.content) == ('0123456789', b'\x00\xff')
        with pytest.raises(Refused, match='not_found'):
            client.files_download('/none')
    with Dropbox(opened('dropbox', '3.2', at, secret='wr0ng')).client() as client, pytest.raises(AuthError):
        client.check_user('x')


@pytest.mark.parametrize(
    ('view', 'section', 'package', 'values'),
    [
        (Slack, 'slack_32', 'slack_sdk', TOKEN),
        (Twilio, 'zato_sms_twilio', 'twilio', TWILIO),
        (Dropbox, 'dropbox', 'dropbox', TOKEN),
    ],
)
def test_a_library_is_wanted_by_services_alone(
    view: Any, section: str, package: str, values: dict[str, Any], at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('zatools.connections.clients.find_spec', lambda name: None)
    assert pinged(section, **values).failure == ''
    wanted = f"^'Shop': .* needs a package of its own: pip install {package.replace('_', '-')}$"
    with pytest.raises(ConnectionError, match=wanted), view(opened(section, '3.2', at, **values)).client():
        pass


SALESFORCE = {'username': 'ada', 'password': PASSWORD, 'consumer_key': 'key', 'consumer_secret': 's3cret'}


@pytest.mark.parametrize('generation', ['3.2', '4.1'])
def test_salesforce_is_called_below_its_version(generation: str, vendors: str) -> None:
    values = {'address': f'{vendors}/', **SALESFORCE}
    assert pinged('salesforce', generation, **values).text.startswith('Salesforce, API 54.0, ')
    view = Salesforce(client_of(item('salesforce', generation, **values), generation))
    with view.conn.client() as client:
        assert client.post('/sobjects/Lead', {'LastName': 'Doe'})['sent'] == {'LastName': 'Doe'}
        assert client.get('query', params={'q': 'select Id from Lead'})['records'] == [{'q': 'select Id from Lead'}]
        # Another login ends the token: a new one is fetched.
        Vendors.tokens.append('another')
        assert client.patch('/services/data/v54.0/sobjects/Lead/00Q1', {'a': 1})['changed'] == {'a': 1}
        assert client.delete('/sobjects/Lead/00Q1') is None
        with pytest.raises(ApiError, match="^'Shop': NOT_FOUND: The requested resource does not exist$"):
            client.get('/sobjects/None')
    view.close()


def test_salesforce_says_who_is_refused(vendors: str) -> None:
    values = {'address': vendors, **SALESFORCE}
    wrong = pinged('salesforce', **{**values, 'password': 'wr0ng'})
    assert (wrong.text[-43:], wrong.hint) == ('login: invalid_grant authentication failure', 'is password right?')
    client = pinged('salesforce', **{**values, 'consumer_key': 'other'})
    assert (client.failure, client.hint) == ('client-token', 'is consumer_key right?')
    missing = pinged('salesforce', **{**values, 'consumer_secret': ''})
    assert missing.text == 'there is no consumer_secret to log in with'
    version = pinged('salesforce', **values, api_version='7.0')
    assert version.text.endswith(' refused: NOT_FOUND: The requested resource does not exist')
    refused = Salesforce(client_of(item('salesforce', **{**values, 'password': 'wr0ng'})))
    with pytest.raises(ConnectionError, match="^'Shop': .* refused the login: invalid_grant"):
        refused.get('/query')
    gone = {**values, 'address': f'http://127.0.0.1:{free_port()}'}
    assert pinged('salesforce', **gone).failure == 'refused'


def llm(at: str, **values: Any) -> Llm:
    found = item('llm', '4.1', **{'address': at, 'secret': PASSWORD, **values})
    return Llm(client_of(found, '4.1'), in_memory)


@pytest.mark.parametrize(
    ('path', 'model'),
    [('', 'claude-fable-5'), ('/v1', 'small'), ('/v1/messages', 'small'), ('/v1/chat/completions', 'claude-fable-5')],
)
def test_a_model_is_asked_in_its_form(path: str, model: str, vendors: str) -> None:
    values = {'address': f'{vendors}{path}', 'secret': PASSWORD, 'model': model}
    assert pinged('llm', '4.1', **values).text.startswith(f'LLM, {model}, ')
    tokens = 1024 if path in ('', '/v1/messages') else 2
    found = llm(**{'at': values.pop('address'), **values}).invoke('Hello')
    assert found == {'text': 'Heard Hello', 'usage': {'input_tokens': 5, 'output_tokens': tokens}}


def test_a_chat_is_told_again_as_far_as_it_is_kept(vendors: str) -> None:
    view = llm(vendors, max_history_turns=1)
    assert view.chat('A', 'test-1')['text'] == 'Heard A'
    assert view.chat('B', 'test-1')['text'] == 'Heard A | Heard A | B'
    # Of one turn, the last alone.
    assert view.chat('C', 'test-1')['text'] == 'Heard B | Heard A | Heard A | B | C'
    assert view.chat('D')['text'] == 'Heard D'
    assert view.chat('E', 'test-2')['text'] == 'Heard E'
    assert in_memory().llen('zato.llm.chat.Shop.test-1') == 2
    assert 86_000 < in_memory().ttl('zato.llm.chat.Shop.test-1') <= 86_400
    with pytest.raises(NotImplementedError, match="^'Shop': skills are not supported by the local server$"):
        view.invoke('A', skill='sums')


def test_a_model_that_is_none_is_told(vendors: str) -> None:
    values = {'address': vendors, 'secret': PASSWORD}
    other = pinged('llm', '4.1', **values, model='none')
    assert other.text.startswith("LLM, which does not list 'none', ")
    with pytest.raises(ApiError, match="^'Shop': model: none$"):
        llm(vendors, model='none').invoke('A')
    wrong = pinged('llm', '4.1', **{**values, 'secret': 'wr0ng'})
    assert (wrong.failure, wrong.hint) == ('client-token', 'is secret right?')
    assert wrong.text.endswith(' refused the key: invalid key')
    assert pinged('llm', '4.1', address=vendors).text.endswith(' refused the key: invalid key')
    with listening(html) as where:
        assert pinged('llm', '4.1', address=f'http://{where}').text.endswith('its answer is no JSON')
    with pytest.raises(ConnectionError, match="^'Shop': refused in .* nothing listens"):
        llm(f'http://127.0.0.1:{free_port()}').invoke('A')


def s3(store: Store, keys: Any, **values: Any) -> Any:
    login = item('aws', name='Keys', username=keys.id, password=keys.secret)
    wanted = item('cloud_aws_s3', **{'address': f'{store.address}/', 'security': 'Keys', **values})
    return connect(wanted, {('security', 'Keys'): login})


def test_s3_is_asked_by_the_keys_of_the_definition_alone(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Those of this machine are not looked for: not in its environment, not in its files, not at its metadata.
    (tmp_path / 'credentials').write_text(f'[default]\naws_access_key_id={store.user.id}\naws_secret_access_key=x\n')
    monkeypatch.setenv('AWS_SHARED_CREDENTIALS_FILE', str(tmp_path / 'credentials'))
    monkeypatch.setenv('AWS_PROFILE', 'none')
    monkeypatch.setenv('AWS_ACCESS_KEY_ID', store.user.id)
    monkeypatch.setenv('AWS_SECRET_ACCESS_KEY', store.user.secret)
    monkeypatch.setenv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1')
    ok = s3(store, store.user).ping(Attempt(10))
    assert ok.text.startswith('AWS S3, '), ok.sentence
    assert s3(store, store.other).ping(Attempt(10)).text.startswith('AWS S3, whose list is not for this key, ')
    wrong = s3(store, store.user._replace(secret='wr0ng')).ping(Attempt(10))
    assert wrong.text.endswith(' refused the secret key: SignatureDoesNotMatch')
    assert wrong.hint == "is the password of 'Keys' right?"
    nobody = s3(store, store.user._replace(id='AKIA1')).ping(Attempt(10))
    assert nobody.text.endswith(' refused the access key: InvalidAccessKeyId')
    assert nobody.hint == 'is username right?'
    for keys in (store.user._replace(secret=''), store.user._replace(id='')):
        assert s3(store, keys).ping(Attempt(10)).failure == 'client-secret'
    with pytest.raises(ConnectionError, match="^'Shop': there is no key"), S3(s3(store, keys)).client():
        pass
    assert connect(item('cloud_aws_s3', security='None'), {}).ping(Attempt(1)).failure == 'no-definition'


def test_s3_keeps_files_by_the_names_of_boto_2_and_of_today(store: Store, tmp_path: Path) -> None:
    from botocore.exceptions import ClientError

    view = S3(s3(store, store.user, bucket='files', metadata_='team=a; shop=b', pool_size=2))
    with view.conn.client() as client:
        bucket = client.create_bucket('files')
        assert [one.name for one in client.get_all_buckets()] == ['files']
        key = bucket.new_key('orders//1 ü+&.txt')
        assert key.set_contents_from_string('Héllo', headers={'Content-Type': 'text/plain'}) == 6
        # Slashes in a row are one, as the definition says.
        key = client.get_bucket('files').get_key('orders/1 ü+&.txt')
        assert (key.get_contents_as_string('utf-8'), key.size, key.content_type) == ('Héllo', 6, 'text/plain')
        assert (key.get_metadata('team'), key.get_metadata('shop')) == ('a', 'b')
        assert [one.key for one in bucket.list('orders/')] == [key.name]
        assert (bucket.get_key('none'), bucket.get_all_keys('none')) == (None, [])
        with pytest.raises(ClientError, match='Not Found'):
            client.get_bucket('none')
        # What a call of boto3 leaves out is in the definition.
        client.put_object(Key='2', Body=b'two')
        assert client.get_object(Key='2')['Body'].read() == b'two'
        assert client.head_object(Key='2')['ServerSideEncryption'] == 'AES256'
        (tmp_path / 'a').write_bytes(b'a' * 9_000_000)
        client.upload_file(str(tmp_path / 'a'), 'files', 'a')
        bucket.get_key('a').get_contents_to_filename(str(tmp_path / 'b'))
        assert (tmp_path / 'b').read_bytes() == (tmp_path / 'a').read_bytes()
        assert key.generate_url(60).startswith(f'{store.address}/files/orders/1%20%C3%BC%2B%26.txt?X-Amz-')
        for one in bucket:
            one.delete()
        client.delete_bucket('files')
    missing = s3(store, store.user, bucket='files').ping(Attempt(10))
    assert missing.failure == 'bucket'
    assert missing.hint == 'is bucket right?'
    view.close()


def test_s3_that_is_none_is_told(store: Store) -> None:
    gone = {'address': f'http://127.0.0.1:{free_port()}'}
    assert s3(store, store.user, **gone).ping(Attempt(5)).failure == 'refused'
    refused = pytest.raises(ConnectionError, match="^'Shop': refused in .* nothing listens")
    with S3(s3(store, store.user, **gone)).client() as client, refused:
        client.get_bucket('files')
    with listening(deaf) as where:
        assert s3(store, store.user, address=f'http://{where}').ping(Attempt(1)).failure == 'read-timeout'
    with listening(html) as where:
        pong = s3(store, store.user, address=f'http://{where}').ping(Attempt(5))
        assert pong.failure in ('client-failed', 'client-refused'), pong.sentence
    assert s3(store, store.user, address='files').ping(Attempt(1)).failure == 'url'
