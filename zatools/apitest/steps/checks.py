"""The table of checks of a value: their words, how they compare, what zato-apitest let pass by mistake."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from zatools.apitest.failures import StepBroken, Words
from zatools.apitest.values.compare import same, show, type_word
from zatools.apitest.values.dates import is_date
from zatools.apitest.values.readers import as_integer, as_json, as_list, as_literal, as_measure, as_number, as_regex
from zatools.apitest.values.text_kinds import is_crockford, is_email, is_url, is_uuid, is_uuid4
from zatools.screens import quantity

PATH, HEADER, VARIABLE, XPATH = 'path', 'header', 'variable', 'xpath'
ALL = frozenset({PATH, HEADER, VARIABLE, XPATH})
TYPED = frozenset({PATH, VARIABLE})
TEXTS = frozenset({PATH, HEADER, XPATH})
#: Verbs whose negations follow no rule.
NEGATIONS = {'is': 'is not', 'has': 'does not have'}


@dataclass(frozen=True)
class Check:
    """A check of a value, and its negation.

    `holds(actual, *wanted)` compares; `reads` parse the quoted texts; `expects` are the words for what is expected,
    where '' shows the value. `origin` and `denied_origin` are those of `Phrase`, by subject. `lax` and `denied_lax`
    compare as zato-apitest does, where it lets wrong answers pass. `empty_holds`: with the empty text, the check holds
    for every text.
    """

    words: str
    holds: Callable[..., bool]
    values: tuple[str, ...] = ()
    reads: tuple[Callable[[Any], Any], ...] = ()
    expects: str = ''
    doc: str = ''
    subjects: frozenset[str] = TYPED
    origin: dict[str, str] = field(default_factory=dict)
    denied: str | None = None
    denied_origin: dict[str, str] = field(default_factory=dict)
    denied_subjects: frozenset[str] | None = None
    denied_holds: Callable[..., bool] | None = None
    lax: Callable[..., bool] | None = None
    denied_lax: Callable[..., bool] | None = None
    why: Callable[..., str] | None = None
    numeric: bool = False
    empty_holds: bool = False

    @property
    def denial(self) -> str:
        """The words of the negation; '' where there is none."""
        if self.denied is None:
            return denied(self.words)
        return self.denied

    def origins(self, is_denied: bool) -> dict[str, str]:
        """Returns the origins of the check or of its negation, by subject."""
        if is_denied:
            return self.denied_origin
        return self.origin


def denied(words: str) -> str:
    """Returns the negation of a check's words."""
    verb, _, rest = words.partition(' ')
    negation = NEGATIONS.get(verb) or f'does not {_infinitive(verb)}'
    return f'{negation} {rest}'.strip()


def _infinitive(verb: str) -> str:
    # Of the third person: matches, starts.
    if verb.endswith(('ches', 'shes', 'sses', 'xes')):
        return verb[:-2]
    return verb[:-1]


def is_number(value: Any) -> bool:
    """Tells whether a value is a number; a boolean is none, and neither are NaN and the infinities."""
    if isinstance(value, float):
        return math.isfinite(value)
    return _is_integer(value)


def _is_fraction(value: Any) -> bool:
    return isinstance(value, float) and is_number(value)


def _between(actual: Any, low: float, high: float) -> bool:
    if low > high:
        raise StepBroken(f'nothing is between {low:g} and {high:g}', at='a', hint='the smaller number comes first')
    return is_number(actual) and low <= actual <= high


def _is(actual: Any, wanted: Any) -> bool:
    return same(actual, wanted)


def _equal(actual: Any, wanted: Any) -> bool:
    return bool(actual == wanted)


def _equal_number(actual: Any, wanted: Any) -> bool:
    return is_number(actual) and actual == wanted


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_full(value: Any) -> bool:
    return value not in ('', None, [], {})


def _among(actual: Any, wanted: Sequence[Any]) -> bool:
    return any(same(actual, item) for item in wanted)


def _not_among(actual: Any, wanted: Sequence[Any]) -> bool:
    return not _among(actual, wanted) and (isinstance(actual, (bool, str)) or show(actual) not in map(str, wanted))


def _has_item(actual: Any, wanted: Any) -> bool:
    return isinstance(actual, list) and _among(wanted, actual)


def _any_item(actual: Any, wanted: Any) -> bool:
    return hasattr(actual, '__iter__') and any(item == wanted for item in actual)


def _why_no_item(actual: Any, wanted: Any) -> str:
    if isinstance(actual, list):
        return ''
    hint = 'is JSON "…", or: response contains JSON "…"'
    if isinstance(actual, str):
        hint = 'contains text "…"'
    return f'"contains" looks for an item of a list, and this is {_article(type_word(actual))}. For it: {hint}'


def _article(word: str) -> str:
    if word in ('null', 'text'):
        return word
    if word[0] in 'aeiou':
        return f'an {word}'
    return f'a {word}'


def _starts(actual: Any, wanted: Any) -> bool:
    return isinstance(actual, str) and actual.startswith(str(wanted))


def _starts_with_any(actual: Any, wanted: Sequence[str]) -> bool:
    return isinstance(actual, str) and actual.startswith(tuple(map(str, wanted)))


def _ends(actual: Any, wanted: Any) -> bool:
    return isinstance(actual, str) and actual.endswith(str(wanted))


def _holds_text(actual: Any, wanted: Any) -> bool:
    return isinstance(actual, str) and str(wanted) in actual


def _matches(actual: Any, wanted: re.Pattern[str]) -> bool:
    return isinstance(actual, str) and bool(wanted.search(actual))


def _is_of(*kinds: type) -> Callable[[Any], bool]:
    def holds(value: Any) -> bool:
        return isinstance(value, kinds)

    return holds


def _why_length(actual: Any, wanted: int) -> str:
    if not isinstance(actual, (list, dict)):
        return ''
    return f'it has {quantity(len(actual), "item")}'


def _has_all(actual: Any, wanted: Any) -> bool:
    return isinstance(actual, list) and isinstance(wanted, list) and not any(_left(actual, wanted))


def _left(actual: list[Any], wanted: list[Any]) -> tuple[list[Any], list[Any]]:
    # What is missing, and what is there besides.
    missing, more = [], list(actual)
    for item in wanted:
        place = next((number for number, other in enumerate(more) if same(item, other)), None)
        if place is None:
            missing.append(item)
        else:
            del more[place]
    return missing, more


def _why_not_all(actual: Any, wanted: Any) -> str:
    if not isinstance(actual, list) or not isinstance(wanted, list):
        return ''
    missing, more = _left(actual, wanted)
    words = [('missing', missing), ('not expected', more)]
    return '; '.join(f'{label}: {", ".join(map(show, items))}' for label, items in words if items)


#: A list that has an item.
HAS_ITEM = Check(
    'contains "{value}"',
    _has_item,
    ('"a"',),
    (as_json,),
    origin={'path': 'ABO'},
    lax=_any_item,
    expects='a list with the item',
    why=_why_no_item,
    doc='is a list that has this item, written as JSON',
)
#: In the order that the documentation has them. `is a list` and its like take comma lists, whose items are texts.
CHECKS = (
    Check('is "{value}"', _is, ('my.user',), doc='is this text (or the stored value, with its type)', subjects=TEXTS,
          origin={'path': 'ABO', 'header': 'ABO', 'xpath': 'O'}, denied_origin={'header': 'ABO'}, lax=_equal),
    Check('is a string "{value}"', _is, ('my.user',), doc='is this text', subjects=frozenset({PATH, VARIABLE}),
          origin={'variable': 'ABO'}, denied_origin={'path': 'ABO'}),
    Check('is an integer "{value}"', _equal_number, ('42',), (as_integer,), doc='is this whole number',
          subjects=frozenset({PATH, XPATH, VARIABLE}),
          origin={'path': 'ABO', 'xpath': 'O', 'variable': 'ABO'}, lax=_equal, numeric=True),
    Check('is a float "{value}"', _equal_number, ('3.5',), (as_number,), doc='is this number',
          subjects=frozenset({PATH, XPATH, VARIABLE}),
          origin={'path': 'ABO', 'xpath': 'O', 'variable': 'ABO'}, lax=_equal, numeric=True),
    Check('is True', lambda actual: actual is True, expects='boolean true', origin={'path': 'ABO', 'variable': 'ABO'},
          lax=lambda actual: bool(actual == 1), doc='is the boolean true'),
    Check('is False', lambda actual: actual is False, expects='boolean false',
          origin={'path': 'ABO', 'variable': 'ABO'}, lax=lambda actual: bool(actual == 0), doc='is the boolean false'),
    Check('is null', lambda actual: actual is None, expects='null', origin={'path': 'ABO'}, doc='is null'),
    Check('is "{value}" (with literal_eval)', _is, ("[1, 2]",), (as_literal,), origin={'path': 'ABO'}, lax=_equal,
          subjects=frozenset({PATH}), doc="is this value, written as Python writes it"),
    Check('is JSON "{value}"', _is, ('{"a": [1, 2]}',), (as_json,), origin={'path': 'ABO'}, lax=_equal,
          doc='is this value, written as JSON'),
    Check('is a list "{value}"', _is, ('a, b, c',), (as_list,), origin={'path': 'ABO'}, subjects=frozenset({PATH}),
          doc='is this list of texts, in this order'),
    Check('is a list "{value}"', _is, ('[1, 2]',), (as_literal,), origin={'variable': 'ABO'}, lax=_equal,
          subjects=frozenset({VARIABLE}), doc='is this list, written as Python writes it'),
    Check('is an empty list', lambda actual: actual == [], expects='a list without items',
          origin={'path': 'ABO', 'variable': 'ABO'}, denied_origin={'path': 'ABO'},
          denied_holds=lambda actual: isinstance(actual, list) and bool(actual),
          doc='is a list without items'),
    Check('is an empty dict', lambda actual: actual == {}, expects='an object without keys', origin={'path': 'ABO'},
          doc='is an object without keys'),
    Check('is empty', lambda actual: actual == '', expects='the empty text', subjects=ALL,
          origin={'path': 'ABO', 'header': 'ABO', 'xpath': 'O'},
          denied_origin={'path': 'ABO', 'header': 'ABO', 'xpath': 'O'},
          denied_holds=_is_full, denied_lax=lambda actual: True, doc='is the empty text'),
    Check('is any integer', _is_integer, expects='any whole number', origin={'path': 'ABO', 'variable': 'B'},
          lax=_is_of(int), doc='is a whole number'),
    Check('is any float', _is_fraction, expects='any number with a fraction', origin={'path': 'ABO', 'variable': 'B'},
          doc='is a number with a fraction (3.0 too, 3 not)'),
    Check('is any number', is_number, expects='any number', doc='is a number'),
    Check('is any bool', _is_of(bool), expects='true or false', origin={'path': 'ABO'}, doc='is true or false'),
    Check('is any Boolean', _is_of(bool), expects='true or false', origin={'variable': 'B'}, doc='is true or false'),
    Check('is any string', _is_of(str), expects='any text', origin={'path': 'B', 'variable': 'B'}, doc='is a text'),
    Check('is any list', _is_of(list, tuple), expects='any list', origin={'variable': 'B'}, doc='is a list'),
    Check('is any dict', _is_of(dict), expects='any object', origin={'variable': 'B'}, doc='is an object'),
    Check('is any UUID4', is_uuid4, expects='a UUID of version 4', origin={'variable': 'B'},
          doc='is a UUID of version 4'),
    Check('is a UUID', is_uuid, expects='a UUID', origin={'path': 'B'}, subjects=ALL, doc='is a UUID of any version'),
    Check('is a BASE32 Crockford, checksum "{checksum}"', is_crockford, ('false',), expects='Crockford\'s base 32',
          origin={'path': 'ABO'}, subjects=frozenset({PATH}), doc="is Crockford's base 32, with a checksum or without"),
    Check('is one of "{value}"', _among, ('RGV, RGX',), (as_list,), subjects=ALL,
          origin={'path': 'ABO', 'xpath': 'O'}, denied_origin={'path': 'ABO', 'xpath': 'O'}, denied_holds=_not_among,
          denied_lax=lambda actual, wanted: actual not in wanted, doc='is one of these texts'),
    Check('starts with "{value}"', _starts, ('my.',), subjects=ALL, origin={'path': 'ABO', 'header': 'ABO'},
          denied_origin={'header': 'ABO'}, expects='a text that starts with', doc='is a text that starts with this',
          empty_holds=True),
    Check('starts with any of "{value}"', _starts_with_any, ('my., your.',), (as_list,), subjects=ALL,
          origin={'path': 'ABO'}, expects='a text that starts with one of', doc='starts with one of these texts'),
    Check('ends with "{value}"', _ends, ('user',), subjects=ALL, origin={'path': 'ABO', 'header': 'ABO'},
          denied_origin={'header': 'ABO'}, expects='a text that ends with', doc='is a text that ends with this',
          empty_holds=True),
    HAS_ITEM,
    Check('contains "{value}"', _holds_text, ('json',), subjects=frozenset({HEADER}),
          origin={'header': 'ABO'}, denied_origin={'header': 'ABO'}, expects='a text with', doc='has this text in it',
          empty_holds=True),
    Check('contains text "{text}"', _holds_text, ('use',), subjects=ALL, expects='a text with',
          doc='is a text that has this in it',
          empty_holds=True),
    Check('matches "{regex}"', _matches, (r'^[a-z.]+$',), (as_regex,), subjects=ALL,
          expects='a text that matches', doc='is a text in which this regular expression is found',
          empty_holds=True),
    Check('is greater than "{number}"', lambda actual, wanted: is_number(actual) and actual > wanted, ('10',),
          (as_measure,), subjects=ALL, expects='a number greater than', doc='is a greater number', numeric=True),
    Check('is less than "{number}"', lambda actual, wanted: is_number(actual) and actual < wanted, ('100',),
          (as_measure,), subjects=ALL, expects='a number less than', doc='is a smaller number', numeric=True),
    Check('is between "{a}" and "{b}"', _between,
          ('10', '100'), (as_measure, as_measure), subjects=ALL, expects='a number between',
          doc='is a number from the first to the second, both included', numeric=True),
    Check('has "{n}" items', lambda actual, wanted: isinstance(actual, (list, dict)) and len(actual) == wanted,
          ('3',), (as_integer,), expects='{} items', why=_why_length, doc='is a list (or object) with so many items'),
    Check('has these items in any order "{value}"', _has_all, ('["b", "a"]',), (as_json,), why=_why_not_all,
          expects='in any order', doc='is a list of these items, written as JSON, in any order'),
    Check('is a date', is_date, expects='a date (2026-12-31, 2026-12-31T23:59:59Z)', subjects=ALL,
          doc='is a date in ISO 8601, or an HTTP date'),
    Check('is an email address', is_email,
          expects='an email address', subjects=ALL, doc='is an email address'),
    Check('is a URL', is_url, expects='a URL',
          subjects=ALL, doc='is a URL'),
)  # fmt: skip


def expectation(check: Check, wanted: tuple[Any, ...], is_denied: bool) -> Any:
    """Returns what a failure shows as expected: words, or the value itself."""
    if not check.expects and not is_denied:
        return wanted[0]
    shown = ' and '.join(map(_written, wanted))
    if not check.expects:
        words = f'{type_word(wanted[0])} {shown}'
    elif '{}' in check.expects:
        words = check.expects.format(shown)
    else:
        words = f'{check.expects} {shown}'.strip()
    if is_denied:
        words = f'not {words}'
    return Words(words)


def _written(value: Any) -> str:
    if isinstance(value, re.Pattern):
        return str(value.pattern)
    return show(value)
