"""What the shell proposes while a command line is typed: words that options take, names of sections and of objects."""

from __future__ import annotations

import os
import re
import shlex
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import typer

from zatools.errors import ZatoolsError

#: Seconds after which a database that doesn't answer is given up: somebody waits for the prompt.
PATIENCE = 5
SPECIAL = re.compile(r'([^\w%+,./-])')
#: The command line up to the cursor, as zsh and fish hand it over.
LINE = '_TYPER_COMPLETE_ARGS'
#: For zsh. Typer's own does nothing at the first Tab, when zsh loads the file as a function, and garbles quotes. This
#: one asks as fish does, a value and its help a line, and leaves the quoting to zsh.
ZSH = r"""
#compdef %(prog_name)s

%(complete_func)s() {
  local line value
  local -a found
  for line in ${(f)"$(env _TYPER_COMPLETE_ARGS="${words[1,$CURRENT]}" _TYPER_COMPLETE_FISH_ACTION=get-args \
      %(autocomplete_var)s=complete_fish %(prog_name)s)"}; do
    value=${${${line%%%%$'\t'*}//\\/\\\\}//:/\\:}
    [[ $line == *$'\t'* ]] && value+=:${line#*$'\t'}
    found+=($value)
  done
  if (( $#found )); then
    _describe %(prog_name)s found
  else
    _files
  fi
}

if [[ $funcstack[1] == _%(prog_name)s ]]; then
  %(complete_func)s "$@"
else
  compdef %(complete_func)s %(prog_name)s
fi
"""


def use_own_zsh(command: Any) -> None:
    """Makes --show-completion and --install-completion of a program give zsh the script above, not typer's."""
    for option in command.params:
        if option.name == 'show_completion':
            option.callback = partial(_show, option.callback)
        elif option.name == 'install_completion':
            option.callback = partial(_install, option.callback)


def _show(of_typer: Callable[..., Any], context: typer.Context, option: Any, is_asked: Any) -> Any:
    if not is_asked or not _is_zsh():
        return of_typer(context, option, is_asked)
    typer.echo(_script(context))
    raise SystemExit(0)


def _install(of_typer: Callable[..., Any], context: typer.Context, option: Any, is_asked: Any) -> Any:
    if not is_asked or not _is_zsh():
        return of_typer(context, option, is_asked)
    try:
        return of_typer(context, option, is_asked)
    finally:
        # Typer has made .zshrc read the scripts of this folder, and has written its own there.
        path = Path.home() / '.zfunc' / f'_{context.find_root().info_name}'
        if path.exists():
            path.write_text(_script(context))


def _is_zsh() -> bool:
    # Typer brings shellingham along and asks it the same.
    from shellingham import ShellDetectionFailure, detect_shell

    try:
        return bool(detect_shell()[0] == 'zsh')
    except ShellDetectionFailure:
        return False


def _script(context: typer.Context) -> str:
    program = str(context.find_root().info_name)
    names = {
        'prog_name': program,
        'complete_func': f'_{program}_completion',
        'autocomplete_var': f'_{program.upper()}_COMPLETE',
    }
    return (ZSH % names).strip()


def mend_line() -> None:
    """Marks a last word that ends with a blank, escaped or in quotes, which typer would take for the end of it."""
    line = os.environ.get(LINE, '')
    if line.endswith(' '):
        try:
            is_inside = shlex.split(f'{line}.')[-1] != '.'
        except ValueError:
            is_inside = True
        if is_inside:
            os.environ[LINE] = f"{line}''"


class _Typed(str):
    # A name as it is typed, quotes and all: typer asks whether it begins as the user began, which only the name does.
    def startswith(self, *_: Any) -> bool:
        return True


def words(*known: str) -> Callable[[str], list[str]]:
    """Returns what completes to one of a few words."""

    def complete(incomplete: str) -> list[str]:
        return [word for word in known if word.startswith(incomplete)]

    return complete


def sections(incomplete: str) -> list[str]:
    """Completes names of sections and security types; the last one of a comma list."""
    from zatools.kinds import SPELLINGS

    done, comma, last = incomplete.rpartition(',')
    return [f'{done}{comma}{name}' for name in sorted(SPELLINGS) if name.startswith(last)]


def environments(incomplete: str) -> list[str]:
    """Completes names of environments."""
    from zatools.environments.reading import find, read

    try:
        known = read(find()).environments
    except ZatoolsError:
        return []
    return [name for name in known if name.startswith(incomplete)]


def names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Completes names of objects: of what --from or the files name, and of the ODB."""
    found = {name for name in _names(ctx.params) if name.startswith(incomplete)}
    return [_quoted(name) for name in sorted(found, key=lambda name: (name.lower(), name))]


@contextmanager
def _patience() -> Iterator[None]:
    def stop(number: int, frame: Any) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _names(params: dict[str, Any]) -> set[str]:
    source = params.get('source') or ''
    found: set[str] = set()
    for text in dict.fromkeys([*(params.get('paths') or []), source]):
        # What can't be read has no names: a completion is no place for errors.
        try:
            with _patience():
                found.update(_of(params, text, bool(source)))
        except (ZatoolsError, OSError, ValueError):
            continue
    return found


def _of(params: dict[str, Any], text: str, is_source: bool) -> Iterable[str]:
    from zatools.cli.options import world
    from zatools.odb.target import OdbChoice
    from zatools.plan.choices import FileChoice, ObjectChoice
    from zatools.plan.selection import selection
    from zatools.plan.sides import Look, read_from, read_side

    given = [str(params.get(name) or '') for name in ('odb', 'server', 'cluster', 'server_key')]
    choice = OdbChoice(given[0], given[1], '', given[2], given[3])
    look = Look(FileChoice(skip_unknown=True), is_substituting=False)
    if is_source or not text:
        state = read_from(world(), choice, text, look).state
    else:
        state = read_side(world(), choice, text, look).state
    meant = selection(ObjectChoice(tuple(params.get('types') or ())))
    return [item.name for item in meant.take(state).values()]


def _quoted(name: str) -> str:
    # Bash takes what is proposed as it is typed; other shells quote by themselves.
    if not os.environ.get('_ZATO_COMPLETE', os.environ.get('_ZATOOLS_COMPLETE', '')).endswith('_bash'):
        return name
    typed = os.environ.get('COMP_WORDS', '').split('\n')
    number = int(os.environ.get('COMP_CWORD') or 0)
    is_in_quotes = number < len(typed) and typed[number][:1] in ('"', "'")
    if is_in_quotes:
        return name
    return _Typed(SPECIAL.sub(r'\\\1', name))
