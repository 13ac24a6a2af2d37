"""`zato mock`, as a process of its own."""

import os
import subprocess
import sys

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'played')


def start():
    """Starts it, and returns the process with the address for features."""
    command = [sys.executable, '-m', 'zatools', 'mock', f'{FOLDER}/definitions.yaml', f'{FOLDER}/mocks', '--quiet']
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if 'ZATO_MOCK=' in line:
            return process, line.rpartition('=')[2].strip()
    raise RuntimeError('zato mock does not start')


def stop(process):
    """Ends it."""
    process.terminate()
    process.stdout.close()
    process.wait(10)
