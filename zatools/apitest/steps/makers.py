"""The table of makers of values: for a path or an XPath of a request, or for storing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from zatools.apitest.failures import StepBroken
from zatools.apitest.state.context import Context
from zatools.apitest.steps.phrase import GIVEN, PARAMETER, Phrase
from zatools.apitest.values import dates, pointer, random_values, xpath
from zatools.apitest.values.readers import as_integer, as_json, as_list, as_literal, as_number
from zatools.place import did_you_mean

PATH, XPATH, STORED = 'path', 'xpath', 'stored'
REQUESTS = frozenset({PATH, XPATH})
ANY = frozenset({PATH, XPATH, STORED})


@dataclass(frozen=True)
class Maker:
    """A way to make a value; its step has `words` after the path, or `stored` after `I store`.

    `reads` parse the quoted texts for `make`; `column` is the maker's name in a table of the request.
    """

    words: str
    make: Callable[..., Any]
    values: tuple[str, ...] = ()
    doc: str = ''
    origin: dict[str, str] = field(default_factory=dict)
    targets: frozenset[str] = frozenset({PATH})
    also: tuple[str, ...] = ()
    stored: str = ''
    reads: tuple[Callable[[Any], Any], ...] = ()
    column: str = ''

    def made(self, context: Context, *values: Any) -> Any:
        """Returns the value that is made of the texts of a step."""
        # A maker may have fewer readers than values: the rest are taken as they are.
        arguments = list(values)
        for place, read in enumerate(self.reads[: len(values)]):
            arguments[place] = read(values[place])
        return self.make(context, *arguments)


def tokens(context: Context, name: Any) -> str:
    """Returns the tokens of a date format by its name."""
    formats = context.zato.date_formats
    if str(name) in formats:
        return str(formats[str(name)])
    others = did_you_mean(str(name), formats) or f'there are: {", ".join(formats)}'
    raise StepBroken(f"no date format '{name}'", at='format', hint=f'{others}; Given date format "{name}" "YYYY-MM-DD"')


def _given(context: Context, value: Any) -> Any:
    return value


def _random_item(context: Context, value: Any) -> Any:
    items = [item for item in as_list(value) if item != '']
    if not items:
        raise StepBroken('there is nothing to choose from', at='value', hint='write it as "a, b, c"')
    return context.random.choice(items)


def _after(context: Context, start: Any, name: Any) -> str:
    return dates.after(str(start), tokens(context, name), context.random)


def _before(context: Context, stop: Any, name: Any) -> str:
    return dates.before(str(stop), tokens(context, name), context.random)


def _between(context: Context, start: Any, stop: Any, name: Any) -> str:
    return dates.between(str(start), str(stop), tokens(context, name), context.random)


DAY, LATER = '2026-01-01', '2026-12-31'
REQUEST = {PATH: 'ABO', XPATH: 'O'}
EVERYWHERE = {PATH: 'ABO', XPATH: 'O', STORED: 'ABO'}

RANDOM_DATE = Maker(
    'is a random date "{format}"',
    lambda context, name: dates.any_time(tokens(context, name), context.random),
    ('default',),
    'a random date',
    REQUEST,
    REQUESTS,
)

MAKERS = (
    Maker('is "{value}"', _given, ('my.user',), 'this text, or the stored value with its type', REQUEST, REQUESTS,
          column='text'),
    Maker('is "{value}" (with literal_eval)', _given, ("[1, {'a': None}]",), 'this value, written as Python writes it',
          {PATH: 'ABO'}, reads=(as_literal,), column='literal'),
    Maker('is JSON "{value}"', _given, ('{"a": [1, null]}',), 'this value, written as JSON', reads=(as_json,),
          column='json'),
    Maker('is an integer "{value}"', _given, ('42',), 'this whole number', {PATH: 'ABO'}, reads=(as_integer,),
          column='integer'),
    Maker('is a float "{value}"', _given, ('3.5',), 'this number', {PATH: 'ABO'}, reads=(as_number,), column='float'),
    Maker('is a list "{value}"', _given, ('a, b, c',), 'this list of texts', {PATH: 'ABO'}, reads=(as_list,),
          column='list'),
    Maker('is one of "{value}"', _random_item, ('RGV, RGX',), 'one of these texts, by chance', REQUEST, REQUESTS,
          also=('is any of "{value}"',)),
    Maker('is True', lambda context: True, (), 'the boolean true', {PATH: 'ABO'}),
    Maker('is False', lambda context: False, (), 'the boolean false', {PATH: 'ABO'}),
    Maker('is null', lambda context: None, (), 'null'),
    Maker('is an empty list', lambda context: [], (), 'a list without items'),
    Maker('is an empty dict', lambda context: {}, (), 'an object without keys'),
    Maker('is a UUID4', lambda context: random_values.random_uuid(context.random), (), 'a random UUID, 32 hex digits',
          {PATH: 'ABO'}, ANY, also=('is a UUID',), stored='a UUID4'),
    Maker('is a random string', lambda context: random_values.random_text(context.random), (), 'a random text',
          EVERYWHERE, ANY, stored='a random string'),
    Maker('is a random integer', lambda context: random_values.random_integer(context.random), (),
          'a random whole number, 0 to 99', EVERYWHERE, ANY, stored='a random integer'),
    Maker('is a random float', lambda context: random_values.random_float(context.random), (),
          'a random number, 0 to 100', EVERYWHERE, ANY, stored='a random float'),
    RANDOM_DATE,
    Maker('is now "{format}"', lambda context, name: dates.now(tokens(context, name)), ('default',),
          'the present time', REQUEST, REQUESTS),
    Maker('is UTC now "{format}"', lambda context, name: dates.utc_now(tokens(context, name)), ('default',),
          'the present time in UTC', REQUEST, REQUESTS),
    Maker('is UTC now "{format}" minus one hour', lambda context, name: dates.utc_now(tokens(context, name), -1),
          ('default',), 'the time an hour ago, in UTC', {PATH: 'ABO'}, REQUESTS),
    Maker('is a random date after "{date_start}" "{format}"', _after, (DAY, 'default'), 'a random later date',
          REQUEST, REQUESTS),
    Maker('is a random date before "{date_end}" "{format}"', _before, (DAY, 'default'), 'a random earlier date',
          REQUEST, REQUESTS),
    Maker('is a random date between "{date_start}" and "{date_end}" "{format}"', _between, (DAY, LATER, 'default'),
          'a random date between the two', REQUEST, REQUESTS),
)  # fmt: skip


def document(context: Context) -> Any:
    """Returns the JSON of the request in the making; raises StepBroken where there is none."""
    content = context.zato.request.get('data_impl')
    if not isinstance(content, (dict, list)):
        raise StepBroken('there is no JSON request yet', at='path', hint='begin with: Given request is "{}"')
    return content


def put_path(context: Context, path: Any, value: Any) -> None:
    """Sets a value in the JSON request."""
    pointer.put(document(context), str(path), value)


def put_xpath(context: Context, path: Any, value: Any) -> None:
    """Sets the text of an element in the XML request."""
    xpath.put(context.zato.request.get('data_impl'), str(path), str(value), context.zato.request.ns_map)


def store(context: Context, name: Any, value: Any) -> None:
    """Stores a value under a name."""
    context.zato.user_ctx[str(name)] = value


def _set(put: Callable[[Context, Any, Any], None], maker: Maker, context: Context, target: Any, *values: Any) -> None:
    put(context, target, maker.made(context, *values))


def _store(maker: Maker, context: Context, *values: Any) -> None:
    store(context, values[-1], maker.made(context, *values[:-1]))


def _request_phrases() -> list[Phrase]:
    targets = (
        (PATH, 'path "{path}"', '/user_name', put_path, 'JSON requests'),
        (XPATH, 'XPath "{xpath}"', '//user/name', put_xpath, 'XML requests'),
    )
    phrases = []
    for name, subject, value, put, section in targets:
        for maker in MAKERS:
            if name not in maker.targets:
                continue
            for words in (maker.words, *maker.also):
                phrase = Phrase(
                    f'{subject} in request {words}',
                    GIVEN,
                    partial(_set, put, maker),
                    maker.origin.get(name, ''),
                    f'sets it to {maker.doc}',
                    (value, *maker.values),
                    section=section,
                    reads=dict(zip(PARAMETER.findall(words), maker.reads, strict=False)),
                )
                phrases.append(phrase)
    return phrases


def _store_phrases() -> list[Phrase]:
    return [
        Phrase(
            f'I store {maker.stored} under "{{name}}"',
            GIVEN,
            partial(_store, maker),
            maker.origin.get(STORED, ''),
            f'stores {maker.doc}',
            (*maker.values, 'name'),
            section='Storing values',
            stores='name',
        )
        for maker in MAKERS
        if STORED in maker.targets
    ]


PHRASES = (*_request_phrases(), *_store_phrases())
#: The third column of a table under `request has`, and what makes its value.
COLUMN = {maker.column: maker for maker in MAKERS if maker.column}


def put_row(context: Context, path: Any, value: Any, kind: str) -> None:
    """Sets the value of a row of a table."""
    if kind not in COLUMN:
        raise StepBroken(f"there is no kind '{kind}' of value", hint=f'kinds are {", ".join(COLUMN)}')
    put_path(context, path, COLUMN[kind].made(context, value))
