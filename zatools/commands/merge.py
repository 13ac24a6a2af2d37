"""`zato enmasse merge`: many files -> one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from zatools import generations
from zatools.atomic import write_file
from zatools.errors import Exit, UsageError
from zatools.files.reader import Read
from zatools.files.writer import Style, emit, form_of
from zatools.place import Problem
from zatools.plan.choices import FileChoice
from zatools.plan.reading import needed, raise_errors, read_files, say_warnings
from zatools.secret import Secret
from zatools.state import State
from zatools.world import World


def _has_secrets(state: State) -> bool:
    return any(isinstance(value, Secret) and bool(value) for item in state.values() for value in item.values.values())


def _note_moves(files: Read) -> None:
    # What is merged is what there is to be, not how it came to be.
    places = [was.place for was in files.moves.was.values()] + list(files.moves.gone.values())
    for place in places:
        text = "'was' and 'absent' are for what is imported: left out here"
        files.problems.append(Problem(place, text, 'import the files themselves', is_warning=True))


@dataclass(frozen=True)
class Options:
    """Where what is merged goes, in which form, and what it has no place for there."""

    output: str
    format: str = ''
    generation: str = ''
    skip_unsupported: bool = False

    @property
    def form(self) -> str:
        """The format that is given, else the one that the file's name says."""
        return self.format or form_of(self.output)


def merge(world: World, files: FileChoice, options: Options) -> Exit:
    """Merges files; variables stay as they are. One object twice must be equal, or `on_conflict` chooses."""
    if options.generation not in ('', '3.2', '4.1'):
        raise UsageError('--for must be 3.2 or 4.1')
    if options.form not in ('yaml', 'json'):
        raise UsageError('--format must be yaml or json')
    read = read_files(world, files, is_substituting=False)
    target = options.generation or needed(read, options.skip_unsupported)
    state = read.state
    _note_moves(read)
    if target:
        state = generations.convert(state, target, {}, read.problems, options.skip_unsupported)
    raise_errors(read, 'Nothing was written.')
    say_warnings(world, read)
    text = emit(state, Style(target or '4.1'), options.form)
    if options.output == '-':
        world.write(text)
    else:
        write_file(Path(options.output).expanduser(), text, _has_secrets(state))
        world.say(f'Merged into {options.output}. Files: {read.files}, objects: {len(state)}.')
    return Exit.OK
