"""Every regular expression of the package ends in time on 100 KB of hostile text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, strategies as st

from tests.patterns import METHODS, THROUGH, Use, found, runner, slowest, text_of, within
from zatools.apitest import shim
from zatools.apitest.gherkin import problems
from zatools.apitest.http import unanswered
from zatools.apitest.secrets import Secrets
from zatools.apitest.steps import PHRASES, unsupported
from zatools.apitest.steps.mock_rules import answers, questions
from zatools.connections.pong import LONGEST_URL, shown_url
from zatools.place import Place, Problem
from zatools.policies import reading
from zatools.reports.problems import render
from zatools.server.http.channels import CHARACTERS, PARAMETER, _pattern
from zatools.server.project.sections import lines_of

#: Letters of a hostile text, and seconds of the processor that a pattern may take on it.
LENGTH = 100_000
BUDGET = 1.0
USES, SITES = found()
#: Patterns that are made while the program runs, by the function that makes them: examples, or why there are none.
MADE: dict[str, Iterable[str] | str] = {
    'zatools.apitest.commands.run_plans._fits': 'a user writes it, on the command line',
    'zatools.apitest.running.selection.name_filter': 'a user writes it, on the command line',
    'zatools.apitest.values.readers.as_regex': 'a user writes it, in a feature',
    'zatools.apitest.steps.phrase._words': 'it reads our own phrases, once',
    'zatools.apitest.shim.steps.functions.find': 'it reads our own spellings',
    'zatools.apitest.steps.index._unquoted': 'it reads up to 500 letters',
    'zatools.apitest.steps.phrase.pattern': 'see the test of phrases',
    'zatools.apitest.steps.sentences.__init__': [one()._end.pattern for one in (answers, questions)],
    'zatools.apitest.http.curl._quoted': 'see the test of masks',
    'zatools.apitest.gherkin.problems.unparsed': [row[0] for row in problems.REASONS],
    'zatools.apitest.http.unanswered._tls': [row[0] for row in unanswered.TLS],
    'zatools.apitest.shim.instead': [row[0] for row in shim.ABSENT],
    'zatools.apitest.steps.unsupported.area': [row[0] for row in unsupported.AREAS],
    'zatools.policies.reading._patterns': [pattern.pattern for _, pattern in reading._patterns()],
    'zatools.server.api.cache._by_regex': 'a user writes it, in a service',
    'zatools.server.http.channels._pattern': [f'[{letters}/]+' for letters in CHARACTERS.values()],
    'zatools.server.project.sections._is_about': [r'\bint\b'],
}
EXAMPLES = [
    Use(f'{site.name}:{text}', re.compile(text, re.IGNORECASE), METHODS if site.method == 'compile' else (site.method,))
    for site in SITES
    if not isinstance(texts := MADE.get(site.name, ''), str)
    for text in texts
]


def hangs(use: Use, budget: float = BUDGET) -> list[str]:
    """Returns how a pattern is used and the beginning of a text on which it goes on and on."""
    for method in different(use.methods):
        try:
            with within(budget * 3):
                worst = slowest(use, method, 600, 2)
        except TimeoutError:
            return [method, 'even a short text']
        for parts in worst:
            text = text_of(parts, LENGTH)
            try:
                with within(budget):
                    runner(use.pattern, method)(text)
            except TimeoutError:
                return [method, text[:40]]
    return []


def different(methods: tuple[str, ...]) -> tuple[str, ...]:
    """Returns one method of each way to look at a text."""
    through = [method for method in methods if method in THROUGH]
    return (*(method for method in methods if method not in THROUGH), *through[:1])


@pytest.mark.parametrize('use', [*USES, *EXAMPLES], ids=lambda use: use.name)
def test_a_pattern_ends_in_time(use: Use) -> None:
    assert hangs(use) == []


@pytest.mark.parametrize(
    'bad',
    [r'([?&][^=&#]*(?:token|key)[^=&#]*=)[^&#]+', r'(a+)+b', r'\s*(.*?)\s*x', r'"[^"]*"\s*=|\s+$', r'a://[^/]+\S*x'],
)
def test_the_search_for_hostile_texts_finds_one_for_a_bad_pattern(bad: str) -> None:
    # A bad one takes minutes, a good one a few milliseconds.
    assert hangs(Use('', re.compile(bad), ('search',)), budget=BUDGET / 4) != []


def test_a_pattern_that_the_program_makes_has_an_example_or_a_reason() -> None:
    assert {site.name for site in SITES} - set(MADE) == set()


@pytest.mark.parametrize('count', sorted({len(phrase.parameters) for phrase in PHRASES}))
def test_phrases_of_steps_end_in_time_on_lines_of_quotes(count: int) -> None:
    for phrase in PHRASES:
        if len(phrase.parameters) == count:
            units = ['"', ' "', '" ', f'{phrase.text} '.partition('"')[2] or ' ', phrase.text, ' ']
            # Half of the text takes a bad phrase a quarter of the time.
            with within(BUDGET):
                for unit in units:
                    phrase.pattern.fullmatch(phrase.text[:-1] + unit * (LENGTH // 2 // len(unit)) + 'x')


@pytest.mark.parametrize('secret', ['pa$$word <é>', 'aaaaaaaaaaaaab', '%2B+/==&"', 'key'])
def test_what_is_almost_a_secret_is_looked_at_in_time(secret: str) -> None:
    secrets = Secrets()
    secrets.track(secret)
    for unit in (secret[:-1], secret[0], '"', '=', ': ', '%', '%2', '\\', '\\u00', '&', ' '):
        with within(BUDGET):
            secrets.mask(unit * (LENGTH // len(unit)))


def _flow(text: str) -> Callable[[], object]:
    problem = Problem(Place('a.yaml', 1, 3), 'is wrong', 'it is so', width=1)
    return lambda: render([problem], lambda path: [text])


@pytest.mark.parametrize(
    'text',
    [unit * (LENGTH // len(unit)) for unit in ('- ', 'a: ', '{a: b, ', ' ', "{a: 'b', ", '"', '- a ', '- [')],
    ids=lambda text: text[:8],
)
def test_an_excerpt_of_a_long_line_ends_in_time(text: str) -> None:
    for end in ('', ':', '}', '"', '\x00', '] #'):
        with within(BUDGET):
            _flow(text + end)()


def test_excerpts_of_many_items_of_one_list_end_in_time() -> None:
    source = ['groups:', '- name: A', '  members:', *['  - a' for _ in range(4000)]]
    problems = [Problem(Place('a.yaml', line, 5), 'is wrong', width=1) for line in range(4, 4004)]
    with within(BUDGET * 5):
        assert render(problems, lambda path: source).count('  - a') > 900


@pytest.mark.parametrize('unit', ['?key', '&token=', '://a:', '?', 'key=', '%3Fkey'])
def test_an_address_of_any_length_is_shown_in_time_and_cut(unit: str) -> None:
    with within(BUDGET):
        assert len(shown_url(f'http://x/{unit * LENGTH}')) <= LONGEST_URL + 1


def test_what_is_secret_in_an_address_is_masked_before_it_is_cut() -> None:
    address = f'http://user:{"s3cret" * 200}@host/?a=1&b?token={"s3cret" * 200}&key=s3cret#s'
    assert shown_url(address) == 'http://user:******@host/?a=1&b?token=******&key=******#s'


@pytest.mark.parametrize('generation', ['3.2', '4.1'])
@pytest.mark.parametrize('path', ['/{a}-{b}-{c}-{d}-{e}-{f}', '/{a}{b}{c}{d}{e}/x', '/{a}--{b}--{c}.{d}/'])
def test_a_path_of_any_length_is_matched_in_time(path: str, generation: str) -> None:
    channel = _pattern(path, generation, True)
    assert channel is not None
    for unit in ('-', 'a', '-a', '--', '.', '/'):
        for end in ('', '/x', '\x00', '/'):
            with within(BUDGET):
                channel.match(f'/{unit * (LENGTH // len(unit))}{end}')


@given(
    template=st.lists(st.sampled_from(['{a}', '{b}', '-', '--', '/', '/a/', 'a', '.']), min_size=1, max_size=7),
    path=st.text('a-/.é\n{', max_size=9),
    generation=st.sampled_from(['3.2', '4.1']),
    slash=st.booleans(),
)
def test_a_path_gives_what_a_regular_expression_gives(
    template: list[str], path: str, generation: str, slash: bool
) -> None:
    channel = _pattern(''.join(template), generation, slash)
    if channel is None:
        return
    letters = CHARACTERS[generation] + ('/' if slash else '')
    parts = PARAMETER.split(''.join(template))
    expression = ''.join(f'([{letters}]+)' if number % 2 else re.escape(part) for number, part in enumerate(parts))
    match = re.fullmatch(expression, path)
    assert channel.match(path) == (match.groups() if match else ())


@pytest.mark.parametrize('unit', [' ', '[', ']', '[ ', 'a ', '"', "'", '= ', '[a] ', '#'])
def test_lines_of_configuration_are_read_in_time(unit: str) -> None:
    for head, end in [('', ''), (' [', ''), ('a', '#'), ('[a', 'x'), ('"', '='), ('', '"'), ('[', ']x')]:
        with within(BUDGET):
            lines_of([head + unit * (LENGTH // len(unit)) + end])
