"""`zato password set`: another password for one object, by hand or made up; a run of the history as an import is."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from zatools.errors import Exit, InvalidError, RefusedError, UsageError
from zatools.files.reader import NOTHING
from zatools.live import reload, ways
from zatools.live.ways import Through
from zatools.odb.locks import Wait
from zatools.odb.odb import Odb, opened
from zatools.odb.target import OdbChoice, choose, line
from zatools.place import nearest
from zatools.plan import ids
from zatools.plan.choices import ObjectChoice
from zatools.plan.direct import Wish, planned
from zatools.plan.importing import Order, keep, server_note
from zatools.plan.selection import Selection, selection
from zatools.reports import plan as reports
from zatools.screens import last_word, word
from zatools.secret import Secret
from zatools.state import Difference, Item, State, in_order, references
from zatools.utf8 import why_not
from zatools.world import World

#: Bytes of a secret on standard input; keys and certificates are the longest.
LONGEST = 65_536
#: Bytes of randomness in a password that is made up: 32 characters.
RANDOM = 24


@dataclass(frozen=True)
class How:
    """Where the password comes from: standard input, or nobody knows it yet; else a terminal is asked.

    One that was made up is written to standard output, once, if that is a terminal or `to_stdout` asks for it.
    """

    from_stdin: bool = False
    generate: bool = False
    to_stdout: bool = False


@dataclass(frozen=True)
class Options:
    """Where it comes from, which secret is meant, what was looked at before, which way it goes, who is waited for."""

    how: How = field(default_factory=How)
    through: Through = field(default_factory=Through)
    which: str = ''
    plan: str = ''
    dry_run: bool = False
    reload: bool = False
    server_url: str = ''
    lock_timeout: float = 30
    is_protected: bool = False


def set_password(world: World, choice: OdbChoice, name: str, meant: ObjectChoice, options: Options) -> Exit:
    """Gives an object another password. Exit 1 where there is no such object."""
    how, through = options.how, options.through
    _check(world, choice, name, options)
    if options.plan:
        options = replace(options, plan=ids.checked(options.plan))
    chosen = selection(meant)
    password = _password(world, how)
    target = choose(choice, world.environ)
    order = Order(choice, target, NOTHING, lock_timeout=options.lock_timeout, command='password set')
    with opened(choice, world.environ, Wait(options.lock_timeout, world.say), target) as odb:
        way = ways.way_of(odb, through, options.reload or options.dry_run)
        words = ''
        if way:
            words = way.words
        world.say(f'{odb.title}{words}')
        item = _item(world, odb.loaded.state, name, chosen)
        if item is None:
            return Exit.NO
        telling = reload.telling(odb, options.server_url, world.environ, options.reload)
        found = _found(odb, item, _fields(item, options.which, odb.generation), password)
        id_ = ids.plan_id(odb, found)
        _show(world, odb, found, id_)
        if options.plan:
            ids.check(options.plan, id_)
        if options.dry_run or not found.changes:
            _say_unchanged(world, found)
            return Exit.OK
        live = ways.ready(world, order, odb, found, way)
        odb.apply(found.changes)
        if live is None:
            keep(world, odb, order, found, id_, f'see whether they do: {line("zato enmasse log", choice)}')
    if live:
        code = live.run()
        if code is not Exit.OK:
            return code
    _tell(world, item, password, how)
    if not live and not options.reload:
        _say_note(world, server_note(odb, found))
    return telling(world, found)


def _check(world: World, choice: OdbChoice, name: str, options: Options) -> None:
    how = options.how
    if how.from_stdin and how.generate:
        raise UsageError('--stdin or --generate, not both')
    if how.to_stdout and not how.generate:
        raise UsageError('--stdout goes with --generate')
    if how.generate and (options.plan or options.dry_run):
        raise UsageError('a password that is made up is another one each time: no plan names it', 'give it: --stdin')
    if options.server_url and not options.reload:
        raise UsageError('--server-url goes with --reload')
    options.through.check(options.reload)
    if options.is_protected and not (options.plan or options.dry_run):
        environment = choice.origin.environment
        ids.refuse_unseen(
            environment, f'zato password set --stdin --dry-run --env {word(environment)} {last_word(name)}'
        )
    if how.generate and not (how.to_stdout or world.out.isatty()):
        # Nobody would ever see it, or a log would keep it.
        text = 'a password that is made up is shown once, and standard output is no terminal. Nothing was changed.'
        raise RefusedError(text, 'if it is to go there: --stdout')
    if not (how.generate or how.from_stdin or world.ask):
        raise UsageError('no password is given', 'from standard input: --stdin    made up: --generate')


# The password


def _password(world: World, how: How) -> str:
    if how.generate:
        return secrets.token_urlsafe(RANDOM)
    if how.from_stdin:
        return _read(world)
    assert world.ask
    password = world.ask('Password: ')
    _check_text(password)
    if world.ask('Once more: ') != password:
        raise InvalidError('the two passwords differ. Nothing was changed.')
    return password


def _read(world: World) -> str:
    data = world.stdin.read(LONGEST + 1)
    if len(data) > LONGEST:
        raise InvalidError(f'what is on standard input has more than {LONGEST:,} bytes. Nothing was changed.')
    try:
        text = data.decode('utf-8')
    except UnicodeDecodeError:
        raise InvalidError('what is on standard input is not UTF-8. Nothing was changed.') from None
    # What echo and editors put at its end is none of it.
    text = text.removesuffix('\n').removesuffix('\r')
    _check_text(text)
    return text


def _check_text(text: str) -> None:
    if not text:
        raise InvalidError('the password is empty. Nothing was changed.', 'an import takes one away: "" in a file')
    if why_not(text):
        raise InvalidError('the password is not UTF-8. Nothing was changed.')
    if '\0' in text:
        raise InvalidError('the password has the character NUL. Nothing was changed.')


# What it is for


def _item(world: World, state: State, name: str, chosen: Selection) -> Item | None:
    named = [item for item in in_order(state.values()) if item.name == name and chosen.has(item)]
    found = [item for item in named if item.kind.secrets]
    if len(found) > 1:
        text = ', '.join(map(str, found))
        raise UsageError(f'there are several: {text}', f'choose one: --type {found[0].kind.label}')
    if found:
        return found[0]
    if named:
        raise UsageError(f'{named[0]} has no password', _definition(named[0], state))
    world.say(f"There is no object '{name}'.")
    hits = nearest(name, [item.name for item in state.values() if item.kind.secrets], 3)
    if hits:
        world.say(f'hint: did you mean {" or ".join(map(repr, hits))}?')
    return None


def _definition(item: Item, state: State) -> str:
    # Whoever names a connection means its login.
    for _, key in references(item):
        if key in state and state[key].kind.secrets:
            return f'{state[key]} has: zato password set {last_word(key[1])}'
    return ''


def _fields(item: Item, wanted: str, generation: str) -> list[str]:
    # Some kinds have one secret under several names: these change together.
    kind = item.kind
    known = sorted(kind.secrets & kind.names[generation])
    if wanted:
        named = kind.lookup.get(wanted)
        if named is None or named.name not in known:
            raise UsageError(f"--field: {item} has no secret '{wanted}'", f'one of: {", ".join(known)}')
        return [name for name in known if name == named.name or _is_same(item, name, named.name)]
    if len(known) > 1:
        known = [name for name in known if item.values.get(name)] or known
    if all(_is_same(item, name, known[0]) for name in known[1:]):
        return known
    raise UsageError(f'{item} has several secrets', f'choose one: --field {" or ".join(known)}')


def _is_same(item: Item, one: str, other: str) -> bool:
    values = item.values.get(one), item.values.get(other)
    return bool(values[0]) and values[0] == values[1]


def _found(odb: Odb, item: Item, fields: Sequence[str], password: str) -> Difference:
    new = {name: Secret(password) for name in fields}
    found = planned(odb, Wish({item.key: Item(item.kind, {**item.values, **new})}))
    if not found.changes and found.uncompared:
        raise RefusedError("what it has can't be compared without the ODB's key. Nothing was changed.", odb.key_hint)
    return found


# What is said


def _show(world: World, odb: Odb, found: Difference, id_: str) -> None:
    if found.changes:
        world.say(reports.render(found, odb.generation))
        world.say(f'plan {id_}')


def _say_unchanged(world: World, found: Difference) -> None:
    if found.changes:
        world.say('Dry run: nothing was changed.')
    else:
        world.print('Nothing to do: it has this password.')


def _tell(world: World, item: Item, password: str, how: How) -> None:
    if how.generate:
        # Alone on its stream, so that a program may read it; nothing else shows it ever again.
        world.say(f'{item} has another password. It is shown this once:')
        world.write(f'{password}\n')
        world.out.flush()
    else:
        world.print(f'{item} has another password.')


def _say_note(world: World, text: str) -> None:
    if text:
        world.say(text)
