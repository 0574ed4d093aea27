"""Killing the engine without a warning, as a lost machine would."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

# What else is under way gets time to end: the engine writes its state file in place, and one that was cut off would be
# another fault than the one asked for.
SETTLE_SECONDS = 1.0


def kill_engines() -> None:
    """Send SIGKILL to every `pulumi` among this process's descendants."""
    time.sleep(SETTLE_SECONDS)
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for line in subprocess.check_output(["ps", "-A", "-o", "pid=,ppid=,comm="], text=True).splitlines():  # noqa: S607
        number, parent, name = line.split(maxsplit=2)
        parents[int(number)], names[int(number)] = int(parent), Path(name).name
    for pid, name in names.items():
        if name == "pulumi" and os.getpid() in _ancestors(pid, parents):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _ancestors(pid: int, parents: dict[int, int]) -> set[int]:
    found: set[int] = set()
    while (pid := parents.get(pid, 0)) and pid not in found:
        found.add(pid)
    return found
