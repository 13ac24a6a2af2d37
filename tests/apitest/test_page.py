"""The page: failures first, whatever names and answers hold, in one file of bounded size that needs nothing else."""

import json
import re
import shutil
import subprocess
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from zatools.apitest.report.html import render
from zatools.apitest.report.marked_answer import answer, differing
from zatools.apitest.report.results import (
    FAILED,
    PASSED,
    Explanation,
    FeatureResult,
    RunResult,
    ScenarioResult,
    StepResult,
)

HOSTILE = (
    '</script><script>document.title = "taken"</script>'
    '<img src=x onerror=alert(1)>"\'&\u202e\x1b[2J\x00--><!--features-->'
)
CHROMIUM = ('chromium', 'chromium-browser', 'google-chrome')
ANSWER = {'user': {'name': 'Alice Smith', 'tags': ['a', 'b']}, 'total': 1}


def exchange(body: str, text: str = '') -> dict[str, Any]:
    return {
        'summary': f'GET http://127.0.0.1/{text} -> 200 OK', 'curl': f"curl '{text}'", 'cid': '', 'error': None,
        'request_headers': {'X-A': text}, 'request_body': text, 'response_headers': {'X-B': text},
        'response_body': body,
    }  # fmt: skip


def scenario(number: int, status: str = PASSED, text: str = '', body: str = '') -> ScenarioResult:
    problem = Explanation(
        text, expected='text    "Alice Smyth"', actual='text    "Alice Smith"', detail=(text,), hints=(text,)
    )
    steps = [
        StepResult('When', f'the URL is invoked {text}', 3, 'a.feature', PASSED, exchange=0, group='when'),
        StepResult('Then', 'path "/user/name" is "Alice Smyth"', 4, 'a.feature', status, exchange=0, group='then'),
    ]
    steps[1].problem = problem if status == FAILED else None
    return ScenarioResult(
        f'features/a{text}.feature', number, f'Name {number} {text}', (f'tag{text}',), status, 0.01, steps,
        [exchange(body or json.dumps(ANSWER), text)], reason=text, began=1000.0 + number / 100, printed=text,
        repeat=f'apitest run {text}',
    )  # fmt: skip


def run_of(*scenarios: ScenarioResult, text: str = '') -> RunResult:
    feature = FeatureResult('features/a.feature', f'Feature {text}', scenarios=list(scenarios), description=(text,))
    feature.notes = [text]
    run = RunResult([feature], 1, text, (text,), '2026-01-01', '1.0', 1.0, failure=text)
    parts = {'operations': {'all': 3, 'covered': 1, 'missing': ['GET /users', f'POST /{text}']}}
    run.coverage = {'percent': 33, 'documents': [{'file': f'{text}.yaml', 'percent': 33, 'parts': parts}]}
    return run


class Tree(HTMLParser):
    """The tags of a page, and what its links and anchors are called."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.links: list[str] = []
        self.names: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.open += [] if tag in ('meta', 'br', 'input') else [tag]
        found = dict(attrs)
        assert not [name for name in found if name.startswith('on')]
        self.links += [str(found['href'])] if 'href' in found else []
        self.names += [str(found['id'])] if 'id' in found else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(page: str) -> Tree:
    tree = Tree()
    tree.feed(page)
    assert tree.open == []
    return tree


def test_nothing_that_a_run_met_is_markup() -> None:
    plain = read(render(run_of(scenario(1, FAILED), scenario(2))))
    text = HOSTILE
    found = render(
        run_of(scenario(1, FAILED, text, json.dumps({'user': {'name': text}})), scenario(2, text=text), text=text)
    )
    tree = read(found)
    assert tree.tags.count('script') == plain.tags.count('script') == 1
    assert 'img' not in tree.tags
    assert '\x1b' not in found
    assert '\u202e' not in found
    assert all(link.startswith('#') for link in tree.links)


def test_links_lead_to_what_is_there_and_no_name_is_taken_twice() -> None:
    earlier = scenario(1, FAILED)
    flaky = scenario(1)
    flaky.tries, flaky.earlier = 2, [earlier]
    tree = read(render(run_of(scenario(1, FAILED), scenario(1, FAILED), flaky, scenario(4, text=HOSTILE))))
    assert {link.removeprefix('#') for link in tree.links} <= set(tree.names)
    assert len(tree.names) == len(set(tree.names))


def test_a_link_stays_the_same_from_run_to_run() -> None:
    pages = [render(run_of(scenario(7, FAILED))), render(run_of(scenario(3), scenario(7, FAILED)))]
    assert all('href="#features/a.feature-7"' in page for page in pages)


def test_what_no_scenario_called_is_listed() -> None:
    page = render(run_of(scenario(1)))
    section = page[page.index('id="coverage"') : page.index('Feature ')]
    assert '1 of 3 operations called; not called:' in section
    assert '<li>GET /users</li>' in section
    run = run_of(scenario(1))
    run.coverage = None
    assert 'Coverage' not in render(run)


def test_what_failed_comes_first_and_is_open() -> None:
    page = render(run_of(scenario(1), scenario(2, FAILED, 'why')))
    main = page[page.index('<main') :]
    assert main.index('Name 2') < main.index('Name 1')
    assert page.count('<details class="scenario fail" id="features/awhy.feature-2" data-status="failed" open>') == 1
    assert 'features/awhy.feature:2' in page
    assert '<mark>    &quot;name&quot;: &quot;Alice Smith&quot;,</mark>' in page
    assert 'Sm<del>y</del>th' in page
    assert 'Sm<ins>i</ins>th' in page
    assert '1 step passed before' in page


@pytest.mark.parametrize(
    ('path', 'marked'),
    [
        ('/user/name', ['    "name": "Alice Smith",']),
        ('/user/tags/1', ['      "b"']),
        ('/user/tags/9', ['    "tags": [', '      "a",', '      "b"', '    ]']),
        ('/nowhere', []),
        ('/total', ['  "total": 1']),
    ],
)
def test_the_node_that_a_check_is_about_is_marked(path: str, marked: list[str]) -> None:
    found = answer(json.dumps(ANSWER), [path]).replace('&quot;', '"')
    assert re.findall('<mark>(.*)</mark>', found) == marked


@given(
    st.recursive(st.none() | st.integers() | st.text(), lambda part: st.lists(part) | st.dictionaries(st.text(), part))
)
def test_any_answer_has_markup_of_ours_only(value: Any) -> None:
    shown = answer(json.dumps(value), ['/0', '/', '/a/b'])
    assert set(re.findall('<[^>]*>', shown)) <= {'<mark>', '</mark>', '<span class="gap">', '</span>'}


@given(st.text(max_size=60), st.text(max_size=60))
def test_texts_keep_all_letters_where_they_differ(expected: str, actual: str) -> None:
    for shown, tag in zip(differing(expected, actual), ('del', 'ins'), strict=True):
        assert set(re.findall('<[^>]*>', shown)) <= {f'<{tag}>', f'</{tag}>'}


def test_a_page_of_thousands_is_bounded() -> None:
    big = json.dumps({'rows': ['x' * 100] * 600})
    run = run_of(*(scenario(number, FAILED if number % 50 == 0 else PASSED, '', big) for number in range(5000)))
    start = time.process_time()
    page = render(run)
    assert time.process_time() - start < 30
    assert len(page) < 40_000_000
    assert page.count('tabindex="-1"') <= 600


PROBE = """<script>
  var all = Array.prototype.slice.call(document.querySelectorAll('.scenario:not(.fail)'));
  location.hash = '#' + all[0].id;
  setTimeout(function () {
    var wide = document.documentElement.scrollWidth > innerWidth;
    var copies = document.querySelectorAll('.copy button').length;
    document.title = ['open', all[0].open, 'copies', copies, 'wide', wide].join(' ');
  }, 300);
</script></body>"""


#: Whatever can be had by the keyboard is focused in turn: how many, and those whose outline is not the one of focus.
FOCUS = """<script>
  var dull = [], all = document.querySelectorAll('a, button, input, summary, [tabindex="0"]');
  document.querySelectorAll('details').forEach(function (one) { one.open = true; });
  all.forEach(function (one) {
    one.focus();
    var shown = getComputedStyle(one);
    // Its style, width and distance: what is pressed or marked has another.
    var outline = [shown.outlineStyle, shown.outlineWidth, shown.outlineOffset].join(' ');
    if (document.activeElement !== one || outline !== 'solid 2px 2px') {
      dull.push(one.tagName + '.' + one.className);
    }
  });
  document.title = [all.length > 15, 'without:', dull.join(' ')].join(' ');
</script></body>"""


def browsed(page: str, width: int, folder: Path) -> str:
    """Opens a page in a browser; returns the title that its probe has given it."""
    (folder / 'page.html').write_text(page)
    chromium = next(filter(shutil.which, CHROMIUM))
    done = subprocess.run(
        [chromium, '--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
         f'--user-data-dir={folder}/chromium', f'--window-size={width},900', '--virtual-time-budget=2000',
         '--dump-dom', f'file://{folder}/page.html'],
        capture_output=True, text=True, timeout=90,
    )  # fmt: skip
    title = re.search('<title>(.*)</title>', done.stdout)
    assert title
    return title[1]


needs_browser = pytest.mark.skipif(not any(map(shutil.which, CHROMIUM)), reason='needs Chromium')


@needs_browser
@pytest.mark.parametrize('width', [420, 1280])
def test_a_browser_opens_what_a_link_names(width: int, tmp_path: Path) -> None:
    run = run_of(scenario(1, FAILED, 'why'), scenario(2, text=HOSTILE + 'w' * 300))
    page = render(run).replace('</body>', PROBE)
    assert browsed(page, width, tmp_path) == 'open true copies 3 wide false'


@needs_browser
def test_whoever_uses_the_keyboard_sees_where_it_is(tmp_path: Path) -> None:
    run = run_of(scenario(1, FAILED, 'why'), scenario(2))
    page = render(run).replace('</body>', FOCUS)
    # A browser without a screen does not always give its page the focus: another start does.
    for number in range(4):
        folder = tmp_path / str(number)
        folder.mkdir()
        title = browsed(page, 1280, folder).rstrip()
        if title == 'true without:':
            break
    assert title == 'true without:'


@needs_browser
@pytest.mark.parametrize('width', [420, 1280])
def test_without_scripts_nothing_is_missing_and_nothing_is_offered_that_needs_them(width: int, tmp_path: Path) -> None:
    run = run_of(scenario(1, FAILED, 'why'), scenario(2))
    page = re.sub('(?s)<script>.*</script>', '', render(run))
    probe = """<script>
      var wide = document.documentElement.scrollWidth > innerWidth;
      var shown = function (one) { return one.offsetParent !== null; };
      var buttons = Array.prototype.filter.call(document.querySelectorAll('button, input'), shown).length;
      var details = Array.prototype.filter.call(document.querySelectorAll('.scenario'), shown).length;
      document.title = ['buttons', buttons, 'scenarios', details, 'wide', wide].join(' ');
    </script></body>"""
    assert browsed(page.replace('</body>', probe), width, tmp_path) == 'buttons 0 scenarios 2 wide false'


def luminance(colour: str) -> float:
    digits = colour * 2 if len(colour) == 3 else colour
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize('scheme', [0, 1], ids=['light', 'dark'])
def test_texts_stand_out_from_what_is_behind_them(scheme: int) -> None:
    roots = re.findall(r':root \{(.*?)\}', render(run_of(scenario(1))))
    colours = dict(re.findall(r'--(\w+): #(\w+);', roots[scheme]))
    texts = ('ink', 'pass', 'fail', 'warn', 'skip', 'link')
    pairs = [(text, behind) for text in texts for behind in ('paper', 'soft')]
    pairs += [('ink', 'mark'), ('ink', 'gone'), ('ink', 'added')]
    weak = {pair: contrast(*(colours[name] for name in pair)) for pair in pairs}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}
