"""The cache folder for what is downloaded or built once per machine."""

from __future__ import annotations

import fcntl
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def cache_folder() -> Path:
    """The project's folder in the user's own cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "codepipeline-access"


@contextmanager
def one_at_a_time(what: str) -> Iterator[None]:
    """Keep two runs on a fresh machine from both fetching `what`: the second waits, then finds it cached."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"* Waiting for another run that is getting {what}", file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
