"""How projects lie: where their services and their user configuration are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from zatools.errors import InvalidError
from zatools.screens import quantity
from zatools.server.project.config import ENDINGS


@dataclass(frozen=True)
class Folders:
    """Where services and user configuration are."""

    root: Path
    services: Path
    config: Path
    #: What modules of services are named from, those in subfolders too; None where subfolders are not looked into.
    base: Path | None = None
    generation: str = ''

    @property
    def watched(self) -> list[Path]:
        """Returns those that are there, with the subfolders of services."""
        inner = [path.parent for path in self.files]
        return list(dict.fromkeys(path for path in (self.services, *inner, self.config) if path.is_dir()))

    @property
    def files(self) -> list[Path]:
        """Returns the files of services that are there."""
        return service_files(self.services, self.base)

    @property
    def description(self) -> str:
        """What was found, and where, in words."""
        files, config = self.files, [path for path in self.config.glob('*') if path.suffix in ENDINGS]
        if not files:
            looked = ', '.join(str(Path(*layout.services)) for layout in LAYOUTS)
            return f'no services in {self._shown(self.services)}: looked for *.py there, and for {looked}'
        folders = len({path.parent for path in files})
        text = f'services of {self._shown(self.services)}: {quantity(len(files), "file")}'
        if folders > 1:
            text += f' in {quantity(folders, "folder")}'
        if config:
            text += f'; configuration of {self._shown(self.config)}: {quantity(len(config), "file")}'
        return text

    def _shown(self, path: Path) -> str:
        if not self.root.name:
            return str(path)
        return os.path.relpath(path, self.root.parent)


class Layout(NamedTuple):
    """One way in which projects lie, as parts of paths; `base` is what modules are named from."""

    services: tuple[str, ...]
    config: tuple[str, ...]
    base: tuple[str, ...]
    generation: str = ''


LAYOUTS = (
    # A server's own directory, as it lies.
    Layout(('pickup', 'incoming', 'services'), ('config', 'repo', 'user-conf'), ('pickup', 'incoming', 'services')),
    Layout(('services',), ('user-conf',), ('services',)),
    # The vendor's starter project, which is of 4.1.
    Layout(('impl', 'src'), ('config', 'user-conf'), ('impl', 'src'), '4.1'),
)
#: Where user configuration may be instead.
CONFIGS = (('pickup', 'incoming', 'user-conf'), ('config', 'user-conf'), ('user-conf',))
#: Definitions of a project, the first that is there.
DEFINITIONS = ('definitions.yaml', 'definitions.yml', 'enmasse.yaml', 'config/enmasse/enmasse.yaml', 'definitions')


def service_files(folder: Path, base: Path | None) -> list[Path]:
    """Returns the Python files of a folder and, with a base, of its subfolders that are not hidden."""
    if base is None:
        return [path for path in folder.glob('*.py') if path.is_file()]
    found = []
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name[0] not in '._' and not _is_environment(Path(here, name)))
        found += [Path(here, name) for name in names if name.endswith('.py') and name != '__init__.py']
    return [path for path in found if path.is_file()]


def _is_environment(folder: Path) -> bool:
    return (folder / 'pyvenv.cfg').exists()


def definitions_of(root: Path) -> str:
    """Returns the path of a project's own definitions; '' where it has none."""
    for name in DEFINITIONS:
        path = root / name
        if path.is_file() or (path.is_dir() and any(path.glob('*.y*ml'))):
            return str(path)
    return ''


def find(folder: str) -> Folders:
    """Returns the folders of a project, or of a server directory as it lies. Raises InvalidError for none."""
    root = Path(folder).expanduser().resolve()
    if not root.is_dir():
        what = 'does not exist'
        if root.exists():
            what = 'is no folder'
        raise InvalidError(f'{folder} {what}', 'FOLDER has services/*.py in it: zato server my-project')
    return found_in(root)


def found_in(root: Path) -> Folders:
    """Returns the folders of a project as they are now; it may be the only subfolder that is one of the vendor's."""
    for layout in LAYOUTS:
        if (services := root.joinpath(*layout.services)).is_dir():
            config = _config(root, root.joinpath(*layout.config))
            return Folders(root, services, config, root.joinpath(*layout.base), layout.generation)
    inner = [path.parent.parent for path in root.glob('*/impl/src') if path.is_dir()]
    if len(inner) == 1 and not any(root.glob('*.py')):
        return found_in(inner[0])
    return Folders(root, root, _config(root, root / 'user-conf'))


def _config(root: Path, usual: Path) -> Path:
    others = [root.joinpath(*parts) for parts in CONFIGS]
    return next((folder for folder in (usual, *others) if folder.is_dir()), usual)
