"""What a command and the processes below it took, by the operating system's accounting (Linux)."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SAMPLE_SECONDS = 0.1
TICKS = os.sysconf("SC_CLK_TCK")
# The first that the command line contains; the order matters, as the host is told what to run the program with.
ROLES = {
    "language_host": "host",
    "pulumi-language-python-exec": "program",
    "pulumi-language-python": "host",
    "pulumi.policy": "pack",
    "terraform-provider": "provider",
    "/terraform": "engine",
    "/pulumi": "engine",
}


@dataclass
class Use:
    """Of the processes of one role: processor seconds (user and system) in all, and megabytes of the largest."""

    seconds: float = 0.0
    megabytes: float = 0.0


@dataclass
class Taken:
    """What one command took: seconds on the clock, processor seconds of all it started, and of each role."""

    wall: float
    seconds: float
    roles: dict[str, Use] = field(default_factory=dict)


def processor_seconds(pid: int) -> float:
    """User and system time of one process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak_megabytes(pid: int) -> float:
    """The most memory that one process has held so far (the kernel's VmHWM)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def taken(command: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path) -> tuple[int, Taken]:
    """Run a command to its end; returns its exit code, and what it took. Its output goes to `log`."""
    seen: dict[int, tuple[str, float, float]] = {}
    over = threading.Event()
    started = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - a list of ours, no shell
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        sampler = threading.Thread(target=_sample, args=(process.pid, seen, over))
        sampler.start()
        _, status, usage = os.wait4(process.pid, 0)  # with what its own children took
        wall = time.perf_counter() - started
        over.set()
        sampler.join()
        process.returncode = os.waitstatus_to_exitcode(status)
    result = Taken(wall, usage.ru_utime + usage.ru_stime)
    for role, seconds, megabytes in seen.values():
        use = result.roles.setdefault(role, Use())
        use.seconds += seconds
        use.megabytes = max(use.megabytes, megabytes)
    others = sum(use.seconds for role, use in result.roles.items() if role != "engine")
    if "engine" in result.roles:  # to its very end, which the samples miss
        result.roles["engine"].seconds = max(result.seconds - others, 0.0)
    return process.returncode, result


def _sample(pid: int, seen: dict[int, tuple[str, float, float]], over: threading.Event) -> None:
    while not over.wait(SAMPLE_SECONDS):
        for one in _with_descendants(pid):
            try:
                words = Path(f"/proc/{one}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                role, _, megabytes = seen.get(one, ("others", 0.0, 0.0))
                if words:  # those of a process that has ended are gone, but not its times
                    role = next((role for mark, role in ROLES.items() if mark in words), "others")
                    megabytes = peak_megabytes(one)
                seen[one] = role, processor_seconds(one), megabytes
            except (OSError, IndexError):  # noqa: PERF203 - it has just ended
                continue


def _with_descendants(pid: int) -> list[int]:
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                waiting += map(int, task.read_text().split())
            except OSError:  # noqa: PERF203 - it has just ended
                continue
    return found
