"""A real API and the program as its users run it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.golden_cases import environment_of
from tests.warm import STARTS, line_of
from tests.warmed import place

ROOT = Path(__file__).parents[2]
#: What differs from run to run: times, dates, correlation IDs, sizes of temporary paths.
VARIABLE = (
    (re.compile(r'\d+ ms\b'), 'N ms'),
    (re.compile(r'\b\d+\.\d s\b'), 'N s'),
    (re.compile(r'\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}'), '<start>'),
    (re.compile(r'\b[0-9a-f]{24}\b'), '<cid>'),
    (re.compile(r'(?m)(?<=^        trace       )[0-9a-f]{32}$'), '<trace>'),
    # What stands at the right moves with the width of the times.
    (re.compile(r'(?<=\S) {2,}(?=[^ \n])(?=[^\n]*\bN m?s\b)'), '   '),
)
REPEAT = re.compile(r'^\s+repeat\s+(apitest run .*)$', re.MULTILINE)


def write_program(folder: Path, is_warm: bool = True) -> None:
    """Writes `apitest` as a program, as an installation would; what gets signals may not start warm."""
    start = f'"{sys.executable}" -c \'{STARTS["apitest"]}\''
    if is_warm:
        start = f'{line_of(place())} apitest'
    program = folder / 'apitest'
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec {start} "$@"\n')
    program.chmod(0o755)


def environment(tools: Path, **more: str) -> dict[str, str]:
    """Returns an environment with nothing of ours but the program."""
    return {**environment_of(tools), **more}


def shell(script: str, folder: Path, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs a script in a folder."""
    return subprocess.run(
        ['sh', '-u', '-c', script],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )


def normal(text: str, replaced: dict[str, str]) -> str:
    """Returns output without what differs from run to run."""
    for found, name in replaced.items():
        if found.isdigit():
            # The digits of a port may stand in a random id, too.
            text = re.sub(rf'(?<![0-9a-f]){found}(?![0-9a-f])', name, text)
        else:
            text = text.replace(found, name)
    for pattern, name in VARIABLE:
        text = pattern.sub(name, text)
    return text
