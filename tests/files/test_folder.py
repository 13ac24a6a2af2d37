"""Files are replaced whole, and only files: links, devices and pipes stay what they are."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from zatools.files.folder import write_file


def test_a_file_is_replaced_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / 'a.yaml'
    path.write_text('old')
    path.chmod(0o640)
    write_file(path, 'new')
    assert (path.read_text(), path.stat().st_mode & 0o777) == ('new', 0o640)
    assert [entry.name for entry in tmp_path.iterdir()] == ['a.yaml']


def test_a_link_goes_on_leading_to_its_file(tmp_path: Path) -> None:
    (tmp_path / 'real.yaml').write_text('old')
    link = tmp_path / 'link.yaml'
    link.symlink_to('real.yaml')
    write_file(link, 'new')
    assert link.is_symlink()
    assert (tmp_path / 'real.yaml').read_text() == 'new'


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    path = tmp_path / 'pipe'
    os.mkfifo(path)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(path.read_text()))
    reader.start()
    write_file(path, 'new')
    reader.join(10)
    assert (read, path.is_fifo()) == (['new'], True)


def test_a_device_stays_a_device() -> None:
    write_file(Path('/dev/null'), 'new')
    assert Path('/dev/null').is_char_device()
