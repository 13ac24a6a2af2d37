"""Loops know no kind: outside `kinds/`, no line asks which section, type or table an object has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Set
from pathlib import Path

from zatools.kinds import KINDS

ROOT = Path(__file__).parent.parent / 'zatools'
#: What is tied to no table of kinds: apitest has words of its own for logins, the schema is the tables of databases,
#: unit tests have the words of services and of zato-testing.
BESIDE = ('kinds/', 'apitest/', 'testing/', 'odb/layouts.py', 'odb/schema.py')
#: Questions that only a kind can answer. Whether two objects are of one kind is none of them.
ASKS = re.compile(
    r'kind\.section (==|!=|in|not in) |section\.(starts|ends)with|section [!=]= |kind is (not )?(\w+\.)?[A-Z]{2}'
    r'|\.kind\.type\b|rows\[0\]\.table [!=]='
)
NAMES = frozenset(
    name for kind in KINDS for name in (kind.section, kind.type, *(row.table for row in kind.rows)) if name
)
#: Fields that matter to loops, which find them by what they say of themselves: `means`, `accepts`, `secret`, `ref`.
FIELDS = frozenset(
    field.name
    for kind in KINDS
    for field in kind.fields
    if field.means or field.accepts or field.secret or field.ref or field.made_up
)
#: Where nothing is recognised by a field's name.
LOOPS = ('checks.py', 'files/', 'live/', 'plan/', 'reference/', 'reports/', 'rules.py', 'state.py')

#: Lines that only look like it.
OTHERS = frozenset(
    [
        # What services find in self.environ has the name of a section.
        ('server/channels/web_clients.py', "'web_socket': one,"),
        ('server/topics/pubsub.py', "found = service.environ.get('web_socket')"),
        # A word of OpenAPI that is the name of a section.
        ('server/openapi/document.py', "found['security'] = security"),
        ('server/runtime.py', "channel |= {'is_internal': False, 'security': who, 'sec': who}"),
        # A package that has the name of a type.
        ('server/http/tokens.py', "PACKAGE = 'jwt'"),
        # What 3.2 calls its way to log in has the name of a type.
        ('server/http/sessions.py', "CHALLENGE = 'jwt'"),
        # A group of commands that has the name of a table.
        ('cli/services.py', "JOB = 'job'"),
        ('commands/demo.py', "done = tour.run(ZATO, 'job', 'run', JOB)"),
        # An attribute of services that has the name of a table.
        (
            'server/project/uses.py',
            "PLAIN = frozenset(['cache', 'kvdb', 'redis', 'odb', 'crypto', 'lock', 'commands'])",
        ),
        # An option of a library, and a scheme, that have the names of types.
        ('connections/clients/elastic.py', "options['basic_auth'] = self.login, about.secret()"),
        ('connections/clients/websocket.py', "PORTS = {'ws': 80, 'wss': 443}"),
        # An attribute of requests, and fields, that have the names of sections and types.
        ('server/http/soap.py', "'security': security,"),
        ('server/http/vaults.py', "for name in ('service', 'tls_key_cert'):"),
        ('server/http/vaults.py', "wanted = str(login.values.get('tls_ca_cert') or '')"),
    ]
)


def _literals(tree: ast.Module, names: Set[str]) -> Iterator[int]:
    # Statements that are a text alone are docstrings.
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value in names and id(node) not in docs:
            yield node.lineno


def lines_of(path: Path, others: Set[tuple[str, str]] = OTHERS) -> list[int]:
    """Returns the lines of a module that ask which kind they have, but for those that only look like it."""
    text = path.read_text('utf-8')
    lines = text.splitlines()
    asking = (number for number, line in enumerate(lines, 1) if ASKS.search(line))
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
    found = sorted({*asking, *_literals(ast.parse(text), NAMES)})
    return [number for number in found if (name, lines[number - 1].strip()) not in others]


def _asking() -> Iterator[str]:
    for path in sorted(ROOT.rglob('*.py')):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(BESIDE):
            yield from (f'zatools/{name}:{number}' for number in lines_of(path))


def test_no_line_asks_which_kind_it_has() -> None:
    asking = list(_asking())
    assert not asking, '\n'.join(
        ['let the kind say it, in zatools/kinds/, or use a constant of its traits.py:', *asking]
    )


def test_lines_that_only_look_like_it_are_there() -> None:
    found = set()
    for name in {name for name, _ in OTHERS}:
        lines = (ROOT / name).read_text('utf-8').splitlines()
        found |= {(name, lines[number - 1].strip()) for number in lines_of(ROOT / name, frozenset())}
    assert not OTHERS - found, f'take these out of OTHERS: {sorted(OTHERS - found)}'


def test_a_line_that_asks_is_found(tmp_path: Path) -> None:
    path = tmp_path / 'asking.py'
    path.write_text(
        '"""security"""\n'
        "def one(item, kind):\n    'channel_rest'\n"
        "    if item.kind.type and item.kind.section == 'x':\n        return 'apikey'\n"
        '    return kind is ScalarEvent or kind is None or kind is other.kind\n'
        '    return item.kind is APIKEY or kind is not amqp.DEFINITION\n'
    )
    assert lines_of(path) == [4, 5, 7]
