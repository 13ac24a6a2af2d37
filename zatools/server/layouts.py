"""How projects lie: where their services and their user configuration are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from zatools.errors import InvalidError


@dataclass(frozen=True)
class Folders:
    """Where services and user configuration are."""

    root: Path
    services: Path
    config: Path

    @property
    def watched(self) -> list[Path]:
        """Returns those that are there."""
        return list(dict.fromkeys(path for path in (self.services, self.config) if path.is_dir()))


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
    """Returns the folders of a project as they are now."""
    for services, config in (
        (root / 'pickup' / 'incoming' / 'services', root / 'config' / 'repo' / 'user-conf'),
        (root / 'services', root / 'user-conf'),
    ):
        if services.is_dir():
            return Folders(root, services, _config(root, config))
    return Folders(root, root, _config(root, root / 'user-conf'))


def _config(root: Path, usual: Path) -> Path:
    others = (root / 'pickup' / 'incoming' / 'user-conf', root / 'config' / 'user-conf')
    return next((folder for folder in (usual, *others) if folder.is_dir()), usual)
