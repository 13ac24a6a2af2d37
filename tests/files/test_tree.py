from __future__ import annotations

import gc
import json

import pytest

from zatools.files.tree import ItemList, Mapping, Scalar, is_null, parse, plain_value
from zatools.place import Place, Problem


def read(text: str, path: str = 'a.yaml') -> object:
    problems: list[Problem] = []
    node = parse(path, text, problems)
    assert problems == []
    return plain_value(node) if node else None


def complaints(text: str, path: str = 'a.yaml') -> list[str]:
    problems: list[Problem] = []
    parse(path, text, problems)
    return [f'{problem} ({problem.hint})' if problem.hint else str(problem) for problem in problems]


def test_every_value_keeps_its_place_and_source_text() -> None:
    node = parse('a.yaml', 'security:\n  - name: "x"\n    port: 0123\n', [])
    assert isinstance(node, Mapping)
    key, items = node.pairs['security']
    assert (key.line, key.column) == (1, 1)
    assert isinstance(items, ItemList)
    item = items.items[0]
    assert isinstance(item, Mapping)
    assert (item.line, item.column) == (2, 5)
    name, port = item.pairs['name'][1], item.pairs['port'][1]
    assert isinstance(name, Scalar)
    assert isinstance(port, Scalar)
    assert (name.text, name.is_plain, name.line, name.column) == ('x', False, 2, 11)
    assert (port.text, port.is_plain, port.line, port.column) == ('0123', True, 3, 11)


@pytest.mark.parametrize(
    ('text', 'value'),
    [
        ('true', True),
        ('FALSE', False),
        ('yes', 'yes'),
        ('No', 'No'),
        ('12', 12),
        ('-3', -3),
        ('0123', '0123'),
        ('12:30', '12:30'),
        ('2022-01-29', '2022-01-29'),
        ('1.5', 1.5),
        ('1e3', 1000.0),
        ('.inf', float('inf')),
        ('~', None),
        ('null', None),
        ('', None),
        ('"12"', '12'),
        ("'true'", 'true'),
        ('|\n  x\n', 'x\n'),
        ('!!str 12', '12'),
        ('!!int 12', 12),
        ('! 12', '12'),
        ('[1, a]', [1, 'a']),
        ('{x: 1}', {'x': 1}),
    ],
)
def test_plain_values(text: str, value: object) -> None:
    assert read(f'a: {text}') == {'a': value}


@pytest.mark.parametrize('text', ['', '\n\n', '# nothing\n', '---\n', 'null', '~'])
def test_empty_files_are_none(text: str) -> None:
    assert read(text) is None


def test_is_null_knows_quotes() -> None:
    assert is_null(Scalar('null', True, 1, 1))
    assert not is_null(Scalar('null', False, 1, 1))
    assert not is_null(Mapping({}, 1, 1))


def test_merge_keys_and_aliases() -> None:
    text = 'a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {<<: [*a, *b], x: 9}\nd: {z: 0, <<: *b}\ne: *a\n'
    value = read(text)
    assert isinstance(value, dict)
    assert value['c'] == {'x': 9, 'y': 2, 'z': 4}
    assert value['d'] == {'z': 0, 'y': 3}
    assert value['e'] == {'x': 1, 'y': 2}
    assert read('"<<": 1') == {'<<': 1}


@pytest.mark.parametrize(
    ('text', 'wanted'),
    [
        ('a: 1\nb: 2\na: 3', "a.yaml:3:1: 'a' is given twice, in lines 1 and 3 (keep one of them)"),
        ('{a: 1, a: 2}', "a.yaml:1:8: 'a' is given twice in line 1 (keep one of them)"),
        (
            'a: !ruby/x 1',
            "a.yaml:1:4: tags, which begin with '!', are not supported (remove it, or put the text in quotes)",
        ),
        (
            'a: !!python/none x',
            "a.yaml:1:4: tags, which begin with '!', are not supported (remove it, or put the text in quotes)",
        ),
        (
            'a: !x [1]',
            "a.yaml:1:4: tags, which begin with '!', are not supported (remove it, or put the text in quotes)",
        ),
        (
            'a: 1\n---\nb: 2',
            "a.yaml:2:1: a second document begins here, but a file must have one (remove the '---' or split the file)",
        ),
        ('a: &host x\nb: *hots', "a.yaml:2:4: the alias '*hots' names nothing before it (did you mean '*host'?)"),
        ('a: *b', 'a.yaml:1:4: this alias names nothing before it (put the text in quotes if it is no alias)'),
        (
            'a: &b [*b]',
            "a.yaml:1:8: the alias '*b' stands inside of what it names (an alias stands after what it names)",
        ),
        ('a:\n\t- x', 'a.yaml:2:1: a tab is used for indentation (use spaces)'),
        ('a: 1\n\tb: 2', 'a.yaml:2:1: a tab is used for indentation (use spaces)'),
        (
            'a: 1\nb: x\x01',
            "a.yaml:2:5: a control or otherwise unprintable character (U+0001) can't stand in YAML"
            ' (write it as "\\x01" in double quotes)',
        ),
        (
            'a: \ud800',
            "a.yaml:1:4: a control or otherwise unprintable character (U+D800) can't stand in YAML (remove it)",
        ),
        ('~: 1', 'a.yaml:1:1: a key must not be empty or null (put it in quotes if it is a text)'),
        ('? [a]\n: 1', 'a.yaml:1:3: a key must be a text, not a list or a mapping'),
        ('a: {<<: 1}', "a.yaml:1:5: '<<' must be a mapping or a list of mappings"),
        ('a: b: c', "a.yaml:1:5: a ':' is not expected here (check the indentation, or put the text in quotes)"),
        ('a: @x', "a.yaml:1:4: a value can't begin with '@' (put the text in quotes)"),
        ('a: "x\nb: 1\n', 'a.yaml:1:4: the quote that opens here is not closed'),
        ('a: [1\n', "a.yaml:1:4: ',' or ']' is expected here (the bracket opens in line 1)"),
        ('a: [\n', 'a.yaml:1:4: a value is missing here'),
        (
            'a: 1\nfoo\nb: 2',
            "a.yaml:2:1: a ':' is missing after this key (check the indentation, or put the text in quotes)",
        ),
        ('a: - b', "a.yaml:1:4: a list can't begin here (put '- ' on a line of its own)"),
        (
            '- a\nb: 1',
            "a.yaml:2:1: a list item ('- ') is expected here (the list begins in line 1)"
            ' (check the indentation, or put the text in quotes)',
        ),
        (
            'a: "\\q"',
            'a.yaml:1:5: the text has an escape that YAML does not know (use single quotes, or double the backslash)',
        ),
        ('[' * 101 + ']' * 101, 'a.yaml:1:101: nested more than 100 levels deep'),
    ],
)
def test_bad_yaml_is_explained_with_its_place(text: str, wanted: str) -> None:
    assert complaints(text) == [wanted]


def test_reading_goes_on_after_a_duplicate_key_with_the_first_one() -> None:
    problems: list[Problem] = []
    node = parse('a.yaml', 'a: 1\na: 2\nb: 3\n', problems)
    assert node is not None
    assert plain_value(node) == {'a': 1, 'b': 3}
    assert len(problems) == 1


def test_unresolved_conflicts_are_found_before_parsing() -> None:
    text = 'a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> feature/users\n<<<<<<< HEAD\n>>>>>>> x\n'
    problems: list[Problem] = []
    assert parse('a.yaml', text, problems) is None
    assert [str(problem) for problem in problems] == [
        'a.yaml:2:1: unresolved git conflict (HEAD | feature/users)',
        'a.yaml:7:1: unresolved git conflict (HEAD | x)',
    ]


def test_without_the_c_parser_the_pure_one_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr('yaml.CSafeLoader', raising=False)
    assert read('a: &x {b: 1, c: "2"}\nd: *x\ne: |\n  f\n') == {
        'a': {'b': 1, 'c': '2'},
        'd': {'b': 1, 'c': '2'},
        'e': 'f\n',
    }
    assert complaints('a:\n\t- x') == ['a.yaml:2:1: a tab is used for indentation (use spaces)']
    assert complaints('a: \x01')[0].startswith('a.yaml:1:4: a control')


def test_an_alias_bomb_is_refused_quickly() -> None:
    lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
    lines += [f'a{n}: &a{n} [{", ".join([f"*a{n - 1}"] * 10)}]' for n in range(1, 10)]
    found = complaints('\n'.join(lines))
    assert len(found) == 1
    assert found[0].startswith('a.yaml:6:')
    assert found[0].endswith('aliases expand to too much (write the values out)')


def test_aliases_can_not_nest_deeper_than_the_limit() -> None:
    text = 'a: &a ' + '[' * 60 + ']' * 60 + '\nb: ' + '[' * 60 + '*a' + ']' * 60
    assert complaints(text) == ['a.yaml:2:64: nested more than 100 levels deep']


def test_json_keeps_places_and_source_text() -> None:
    node = parse('a.JSON', '{"a": [\r\n  {"port": 1.50, "x": "\\ud83d\\ude00", "y": null, "z": "1"}]}', [])
    assert isinstance(node, Mapping)
    items = node.pairs['a'][1]
    assert isinstance(items, ItemList)
    item = items.items[0]
    assert isinstance(item, Mapping)
    port = item.pairs['port'][1]
    assert isinstance(port, Scalar)
    assert (port.text, port.is_plain, port.line, port.column) == ('1.50', True, 2, 12)
    assert plain_value(node) == {'a': [{'port': 1.5, 'x': '😀', 'y': None, 'z': '1'}]}


@pytest.mark.parametrize(
    ('text', 'wanted'),
    [
        ('{"a": 1,}', 'a.json:1:8: no valid JSON: a comma too many'),
        ('{"a": 1}\n{', 'a.json:2:1: no valid JSON: Extra data'),
        ('{"a": 1,\n "a": 2}', "a.json:2:2: 'a' is given twice, in lines 1 and 2 (keep one of them)"),
        ('{"a":\n NaN}', 'a.json:2:2: NaN is no JSON value'),
        ('{"a": -Infinity}', 'a.json:1:7: -Infinity is no JSON value'),
        ('["\\ud800"]', 'a.json:1:2: the text has half of a surrogate pair (a pair looks like \\ud83d\\ude00)'),
        ('[' * 101 + ']' * 101, 'a.json:1:101: nested more than 100 levels deep'),
        ('[' * 100_000 + ']' * 100_000, 'a.json: nested more than 100 levels deep'),
    ],
)
def test_bad_json_is_explained_with_its_place(text: str, wanted: str) -> None:
    assert complaints(text, 'a.json') == [wanted]


@pytest.mark.parametrize(
    'value',
    [
        {},
        [],
        {'a': {}},
        {'a': [], 'b': 1},
        [[], [1, [2]], 3],
        {'': ''},
        {'a b:,{}[]': ' "\\ \n'},
        'x',
        12,
        [True, None, 1.5],
    ],
)
def test_json_is_read_as_the_standard_library_does(value: object) -> None:
    assert read(json.dumps(value), 'a.json') == value
    assert read(json.dumps(value, indent=2), 'a.json') == value


def test_an_empty_json_file_is_none() -> None:
    assert read(' \n', 'a.json') is None


def test_the_garbage_collector_is_on_again_afterwards() -> None:
    parse('a.yaml', 'a: [', [])
    assert gc.isenabled()


def test_a_scalar_does_not_show_its_text() -> None:
    assert repr(Scalar('secret', True, 1, 2)) == 'Scalar(line=1, column=2)'


def test_the_place_is_that_of_the_file_as_it_was_named() -> None:
    problems: list[Problem] = []
    parse('dir/../x.yaml', 'a: [', problems)
    assert problems[0].place == Place('dir/../x.yaml', 1, 4)
