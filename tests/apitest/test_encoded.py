"""A secret is found in every form that servers, libraries and shells give it, alone or within other texts; fast."""

from __future__ import annotations

import base64
import json
import os
import re
import shlex
import time
from collections.abc import Callable
from html import escape
from html.entities import codepoint2name
from random import Random
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape as xml_escape

import pytest
from hypothesis import given, settings, strategies as st

from zatools.apitest.secrets import Secrets
from zatools.encoded import peeled

Encode = Callable[[str], str]


def each(write: Callable[[str, Random], str]) -> Encode:
    """Returns an encoder that decides anew for each character; always the same for the same text."""

    def encode(text: str) -> str:
        chance = Random(text)
        return ''.join(write(character, chance) for character in text)

    return encode


def some_percent(character: str, chance: Random) -> str:
    if chance.random() < 0.4 and character not in '%+\\':
        return character
    return ''.join(f'%{byte:02X}' if chance.random() < 0.5 else f'%{byte:02x}' for byte in character.encode())


def some_entities(character: str, chance: Random) -> str:
    code, name = ord(character), codepoint2name.get(ord(character))
    forms = [f'&#{code};', f'&#0{code};', f'&#x{code:x};', f'&#X{code:X};', *([f'&{name};'] if name else [])]
    return chance.choice(forms if character in '&<>"\'' else [*forms, character])


def some_unicode(character: str, chance: Random) -> str:
    units = character.encode('utf-16-be').hex()
    parts = [f'\\u{units[place : place + 4]}' for place in range(0, len(units), 4)]
    forms = [''.join(parts), ''.join(parts).upper().replace('\\U', '\\u')]
    return chance.choice(forms if character in '"\\\n' else [*forms, character])


def python_bytes(text: str) -> str:
    return repr(text.encode())[2:-1]


ENCODERS: dict[str, Encode] = {
    'as it is': str,
    'quote': quote,
    'quote all': lambda text: quote(text, safe=''),
    'quote in small letters': lambda text: re.sub('%..', lambda match: match[0].lower(), quote(text, safe='')),
    'form': quote_plus,
    'some percent': each(some_percent),
    'HTML': escape,
    'XML': xml_escape,
    'some entities': each(some_entities),
    'JSON': lambda text: json.dumps(text)[1:-1],
    'JSON with its characters': lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    'JSON of PHP': lambda text: json.dumps(text)[1:-1].replace('/', '\\/'),
    'JSON of Go': lambda text: json.dumps(text)[1:-1].replace('&', '\\u0026').replace('<', '\\u003c'),
    'some of JSON': each(some_unicode),
    'repr': lambda text: repr(text)[1:-1],
    'bytes': python_bytes,
    'Latin-1': lambda text: text.encode().decode('latin-1'),
    'hexadecimal': lambda text: text.encode().hex(),
}
BASE64: dict[str, Callable[[bytes], str]] = {
    'Base64': lambda content: base64.b64encode(content).decode(),
    'Base64 for URLs': lambda content: base64.urlsafe_b64encode(content).decode(),
    'Base64 without padding': lambda content: base64.b64encode(content).decode().rstrip('='),
    'Base64 in lines': lambda content: base64.encodebytes(content).decode().strip(),
}
#: Of what Base64 encoded last, other forms than these are too many to look for.
BEFORE_BASE64 = ['as it is', 'quote all', 'form', 'HTML', 'XML', 'JSON', 'JSON with its characters', 'Latin-1']
#: Encoders whose results others can't take apart from what they made themselves.
LAST = ('hexadecimal', 'Latin-1')
PAIRS = [
    (inner, outer)
    for inner in ENCODERS
    for outer in ENCODERS
    if inner == 'as it is' or (outer not in LAST and (inner != 'Latin-1' or outer not in ('repr', 'bytes')))
]
PLACES = ['{}', '"{}"', 'a={}&b=c', 'X: {} y', '<a>{}</a>', '{{"a": "{}"}}', 'https://a.test/{}/b?c={}', '({})', 'x{}x']
SECRET = st.text(
    st.characters(min_codepoint=32, exclude_categories=['Cs', 'Cn', 'Cc', 'Cf', 'Co', 'Zs']) | st.just(' '),
    min_size=5,
    max_size=40,
).filter(lambda text: len(text.strip()) >= 5 and text == text.strip() and text[-1] != '\\')
HARD = [
    'Kan&ry<7">/x y',
    '%41%2542&amp;-x',
    'it\'s \\n\\\\"',
    '+ + +plus',
    'C:\\new\\table',
    '&lt;&lt;&lt;',
    'gr\xfcn-gr\xfcn',
    '\U0001f511 key\U0001f511',
    ']]>]]>-x',
]


def masked(secret: str, text: str) -> str:
    secrets = Secrets()
    secrets.track(secret)
    return secrets.mask(text)


@pytest.mark.parametrize('place', PLACES)
@pytest.mark.parametrize('secret', HARD)
def test_a_hard_secret_is_masked_in_every_form(secret: str, place: str) -> None:
    for inner, outer in PAIRS:
        form = ENCODERS[outer](ENCODERS[inner](secret))
        assert form not in masked(secret, place.replace('{}', form)), (inner, outer)


@settings(max_examples=150, deadline=None)
@given(SECRET, st.sampled_from(PAIRS), st.sampled_from(PLACES))
def test_a_secret_is_masked_whatever_encoded_it(secret: str, pair: tuple[str, str], place: str) -> None:
    inner, outer = pair
    form = ENCODERS[outer](ENCODERS[inner](secret))
    found = masked(secret, place.replace('{}', form))
    assert form not in found
    assert '******' in found


@settings(max_examples=100, deadline=None)
@given(
    SECRET,
    st.sampled_from(BEFORE_BASE64),
    st.sampled_from([*BASE64]),
    st.text('abc:', max_size=4),
    st.text('xyz', max_size=4),
)
def test_a_secret_is_masked_within_base64(secret: str, inner: str, outer: str, before: str, after: str) -> None:
    written = ENCODERS[inner](secret)
    form = BASE64[outer](f'{before}{written}{after}'.encode())
    found = masked(secret, f'Authorization: Basic {form}')
    rest = found.removeprefix('Authorization: Basic ').replace('******', '')
    assert '******' in found
    assert len(rest) <= 4 * (len(before) + len(after) + 4) // 3 + 4


@settings(max_examples=50, deadline=None)
@given(SECRET)
def test_a_shell_s_quotes_hide_no_secret(secret: str) -> None:
    form = shlex.quote(secret)
    assert form not in masked(secret, f'curl -u {form} x') or form == secret
    assert secret not in masked(secret, f'curl -u {form} x')


@settings(max_examples=100, deadline=None)
@given(SECRET, st.sampled_from([*ENCODERS]), st.integers(4, 60))
def test_the_beginning_of_a_secret_that_was_cut_is_masked(secret: str, encoder: str, length: int) -> None:
    form = ENCODERS[encoder](secret)
    found = masked(secret, f'got {form[:length]}…')
    shown = found.removeprefix('got ').encode()
    for _ in range(3):
        assert len(os.path.commonprefix([shown, secret.encode()])) < 5
        shown = peeled(shown).content


@pytest.mark.parametrize('secret', ['', 'a', '1', '"', ' ', 'é'])
@pytest.mark.parametrize(
    'text', ['{"a": 1, "b": "a"}', 'Then path "/a" is "1"', 'X: a', 'a=1&b=a', 'a\n1\n', '%61 &#97; YQ==']
)
def test_a_secret_of_one_character_masks_nothing_else(secret: str, text: str) -> None:
    assert masked(secret, text) == text


@pytest.mark.parametrize(
    ('text', 'shown'),
    [
        ('{"a": "abc", "b": "abcd"}', '{"a": "******", "b": "abcd"}'),
        ('{\\"a\\": \\"%61bc\\"}', '{\\"a\\": \\"******\\"}'),
        ('a=abc&b=xabc', 'a=******&b=xabc'),
        ('X-Pin: abc\r\nY: abcde', 'X-Pin: ******\r\nY: abcde'),
        ('say: it is: abc\n', 'say: it is: abc\n'),
        ('"YWJj"', '"******"'),
    ],
)
def test_a_short_secret_is_masked_as_a_whole_value(text: str, shown: str) -> None:
    assert masked('abc', text) == shown


@pytest.mark.parametrize(
    'unit', ['%25', '\\', '&amp;', '&', '%', "'", '…', '\\u00', '\n', 'QUJD', '"a": "b", ', "'\"'\"'"]
)
def test_the_time_grows_with_the_text_alone(unit: str) -> None:
    secrets = Secrets()
    for number in range(20):
        secrets.track(f'S3cr&t/"{number}" with {unit * 3}')
    secrets.mask('x')
    start = time.process_time()
    secrets.mask(unit * (100_000 // len(unit)))
    assert time.process_time() - start < 0.5
