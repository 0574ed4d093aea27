"""Kill the engine without warning, as if the machine were lost."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

QUIET_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 15.0


def kill_engines(state: Path) -> None:
    """Send SIGKILL to every `pulumi` among this process's descendants, once nothing is written to `state`.

    The engine writes its state file in place; a truncated one would be a different fault from the one asked for.
    """
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    before = None
    while (now := _fingerprint(state)) != before and time.monotonic() < deadline:
        before = now
        time.sleep(QUIET_SECONDS)
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for line in subprocess.check_output(["ps", "-A", "-o", "pid=,ppid=,comm="], text=True).splitlines():  # noqa: S607 - the system's own ps
        number, parent, name = line.split(maxsplit=2)
        parents[int(number)], names[int(number)] = int(parent), Path(name).name
    for pid, name in names.items():
        if name == "pulumi" and os.getpid() in _ancestors(pid, parents):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _fingerprint(folder: Path) -> set[tuple[str, int, int]]:
    """The files of `folder` with their sizes and times."""
    found = set()
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            status = path.stat()
            found.add((str(path), status.st_size, status.st_mtime_ns))
    return found


def _ancestors(pid: int, parents: dict[int, int]) -> set[int]:
    found: set[int] = set()
    while (pid := parents.get(pid, 0)) and pid not in found:
        found.add(pid)
    return found
