"""Rules against what is possible but unwise in definition files, and comments that allow an exception."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from zatools.kinds.traits import DEFINITION, ENDPOINT, PATH, TOKEN_ENDPOINT, VERIFIES
from zatools.place import Place, Problem, did_you_mean, width_of
from zatools.secret import Secret, Template, credentials
from zatools.state import Item, State, references

MARK = 'zatools:'
ALLOW = re.compile(
    r'zatools:[ \t]{0,9}allow[ \t]{1,9}([\w, -]{1,200}?)(?:[ \t]{1,9}because[ \t]{1,9}(\S.{0,500}))?[ \t]{0,9}'
)
#: Characters of a comment that are looked at.
LONGEST_COMMENT = 800


@dataclass(frozen=True)
class View:
    """What rules look at: the objects of the files, and names that sections use which aren't supported yet.

    It is whole if nothing is wrong with the files.
    """

    state: State
    mentioned: frozenset[str] = frozenset()
    is_whole: bool = True


@dataclass(frozen=True)
class Finding:
    """What a rule has against a field of an object."""

    item: Item
    name: str
    text: str


@dataclass(frozen=True)
class Rule:
    """A rule: its id, what it finds, what to do about it, and the function that looks.

    What one that `misses` something looks for may be in a file, or a line, that couldn't be read.
    """

    id: str
    what: str
    hint: str
    find: Callable[[View], Iterator[Finding]]
    misses: bool = False


@dataclass(frozen=True)
class Comment:
    """A comment that allows what rules are against: its line, from 0, the rules and the reason."""

    line: int
    column: int
    rules: tuple[str, ...]
    reason: str


def _secrets(item: Item) -> Iterator[tuple[str, Secret]]:
    for name, value in item.values.items():
        if isinstance(value, Secret) and item.kind.by_name[name].secret:
            yield name, value


def _text(value: object) -> str:
    # A text as it is written, whether its variables are known or not.
    if isinstance(value, (str, Template)):
        return str(value)
    return ''


def _open_channels(view: View) -> Iterator[Finding]:
    for item in view.state.values():
        if item.kind.is_public(item.values):
            name = item.kind.guards[0]
            yield Finding(item, name, f'there is no {name}: anybody may call it')


def _clear_secrets(view: View) -> Iterator[Finding]:
    for item in view.state.values():
        for name, secret in _secrets(item):
            if secret and not secret.source:
                yield Finding(item, name, f'the {name} stands here for all to read')


def _has_credentials(item: Item) -> bool:
    names = [*item.kind.secrets, *(field.name for field in item.kind.accepting)]
    if any(item.values.get(name) for name in names):
        return True
    return any(any(credentials(value)) for value in item.values.values())


def _clear_transport(view: View) -> Iterator[Finding]:
    for item in view.state.values():
        always = item.kind.meaning(TOKEN_ENDPOINT)
        for name in (*item.kind.meaning(ENDPOINT), *always):
            is_open = _text(item.values.get(name)).lower().startswith('http://')
            if is_open and (name in always or _has_credentials(item)):
                yield Finding(item, name, 'credentials are sent over http://, for all on the way to read')


def _unverified(view: View) -> Iterator[Finding]:
    for item in view.state.values():
        for name in item.kind.meaning(VERIFIES):
            if item.values.get(name) is False:
                yield Finding(item, name, 'the certificate of the other side is not verified')


def _empty_secrets(view: View) -> Iterator[Finding]:
    for item in view.state.values():
        for name, secret in _secrets(item):
            if not secret:
                yield Finding(item, name, f'the {name} is empty')


def _is_definition(item: Item) -> bool:
    return item.kind.role == DEFINITION


def _account(item: Item) -> tuple[str, ...]:
    # Two definitions of one account at one system rightly have the same password.
    return (item.kind.section, *(str(item.values.get(name)) for name in item.kind.account))


def _shared_secrets(view: View) -> Iterator[Finding]:
    seen: dict[object, Item] = {}
    for item in view.state.values():
        if not _is_definition(item):
            continue
        for name, value in item.values.items():
            if not value or not item.kind.by_name[name].secret or not isinstance(value, (Secret, Template)):
                continue
            other = seen.setdefault(value, item)
            if _account(other) != _account(item):
                yield Finding(item, name, f'the {name} is also that of {_placed(other)}')


def _placed(item: Item) -> str:
    if item.place is None:
        return str(item)
    return f'{item} ({item.place.short})'


def _unused(view: View) -> Iterator[Finding]:
    # Where no file has objects that could use a definition, those are elsewhere, and whether they do is not known.
    used = {key for item in view.state.values() for _, key in references(item)}
    users = {item.kind for item in view.state.values() if not _is_definition(item)}
    told = {reference.ref for kind in users for reference in kind.refs}
    for key, item in view.state.items():
        if _is_definition(item) and key[0] in told and key not in used and item.name not in view.mentioned:
            yield Finding(item, 'name', 'nothing uses it')


def _paths(view: View) -> Iterator[Finding]:
    for item in view.state.values():
        for name in item.kind.meaning(PATH):
            path = _text(item.values.get(name))
            if path and not path.startswith(('/', '${', '{Zato', 'Zato')):
                yield Finding(item, name, f"the {name} doesn't begin with /")


RULES: tuple[Rule, ...] = (
    Rule(
        'no-security',
        'A channel without a security definition or groups, which anybody may call.',
        'give it security or groups',
        _open_channels,
        misses=True,
    ),
    Rule(
        'clear-secret',
        'A password, key or token in clear text: whoever reads the file, or its history in git, has it.',
        'use a variable, as in ${NAME}',
        _clear_secrets,
    ),
    Rule(
        'http-credentials',
        'A connection that sends credentials over `http://`, or a bearer token that is fetched over it.',
        'use https://',
        _clear_transport,
    ),
    Rule(
        'tls-off',
        'An outgoing connection that takes any certificate, and so gives its credentials and data to anybody between.',
        'leave tls_verify out, or name the CA',
        _unverified,
    ),
    Rule(
        'empty-secret',
        'An API key or password that is empty: it protects nothing, and some servers let everybody in.',
        'give it a variable that is not empty',
        _empty_secrets,
    ),
    Rule(
        'shared-secret',
        'One secret for two definitions: who has one has both, and they can only be changed together.',
        'give each a secret of its own',
        _shared_secrets,
    ),
    Rule(
        'unused-definition',
        'A definition that nothing uses, in files that have what could: a forgotten credential, or a misspelt name.',
        'remove it, or use it',
        _unused,
        misses=True,
    ),
    Rule(
        'path-slash',
        'A `url_path` without its slash: a channel is never reached, a call goes to another host than is meant.',
        'begin it with /',
        _paths,
    ),
)
IDS = frozenset(rule.id for rule in RULES)


def _comments(lines: Sequence[str]) -> Iterator[Comment]:
    for number, line in enumerate(lines):
        start = line.find(MARK)
        if start < 1 or not line[:start].rstrip().endswith('#'):
            continue
        found = ALLOW.fullmatch(line[start : start + LONGEST_COMMENT].rstrip())
        if found:
            rules = tuple(name for name in found[1].replace(',', ' ').split())
            yield Comment(number, start + 1, rules, found[2] or '')


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _span(item: Item, lines: Sequence[str]) -> range:
    # The lines of an object: comments right above its dash, then all that is indented as its keys are.
    place = item.place
    if place is None or not 0 < place.line <= len(lines):
        return range(0)
    first, last, inside = place.line - 1, place.line, place.column - 1
    while first > 0 and lines[first - 1].lstrip().startswith('#') and _indent(lines[first - 1]) < inside:
        first -= 1
    while last < len(lines) and (not lines[last].strip() or _indent(lines[last]) >= inside):
        last += 1
    return range(first, last)


@dataclass
class Held:
    """The outcome of the rules: the problems that remain, and how many more are allowed by comments."""

    lines: Callable[[str], Sequence[str]]
    problems: list[Problem] = field(default_factory=list)
    allowed: int = 0
    comments: dict[str, list[Comment]] = field(default_factory=dict)

    def add(self, rule: Rule, finding: Finding) -> None:
        """Takes a finding: a warning at its place, unless the object has a comment that allows it, with a reason."""
        found = [comment for comment in self._of(finding.item) if rule.id in comment.rules]
        if any(comment.reason for comment in found):
            self.allowed += 1
            return
        width = width_of(finding.item.values.get(finding.name))
        hint = rule.hint
        if found:
            hint = f'the comment needs its reason: allow {rule.id} because …'
        place = finding.item.place_of(finding.name)
        text = f'{finding.item}: {finding.text}'
        self.problems.append(Problem(place, text, hint, width, is_warning=True, rule=rule.id))

    def _of(self, item: Item) -> list[Comment]:
        if item.place is None:
            return []
        path = item.place.path
        if path not in self.comments:
            self.comments[path] = list(_comments(self.lines(path)))
            self.problems.extend(_misnamed(path, self.comments[path]))
        if not self.comments[path]:
            return []
        span = _span(item, self.lines(path))
        return [comment for comment in self.comments[path] if comment.line in span]


def _misnamed(path: str, comments: Iterable[Comment]) -> Iterator[Problem]:
    for comment in comments:
        for name in comment.rules:
            if name not in IDS:
                place = Place(path, comment.line + 1, comment.column)
                hint = did_you_mean(name, IDS) or f'one of: {", ".join(sorted(IDS))}'
                yield Problem(place, f"the comment allows '{name}', which is no rule", hint, is_warning=True)


def hold(view: View, lines: Callable[[str], Sequence[str]]) -> Held:
    """Holds the objects of files to all rules; `lines` gives the lines of a file, whose comments YAML leaves out."""
    held = Held(lines)
    for rule in RULES:
        if rule.misses and not view.is_whole:
            continue
        for finding in rule.find(view):
            held.add(rule, finding)
    return held
