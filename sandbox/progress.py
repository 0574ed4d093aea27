"""Progress on stderr: `* ` before each step, and how long the long ones take."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS_BETWEEN_NEWS = 20


def duration(seconds: float) -> str:
    """`seconds` in readable form: "8 s", "3 min 41 s"."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


@contextmanager
def long_step(text: str, stream: TextIO | None = None) -> Iterator[None]:
    """Announce a step, report now and then how long it has been running, and finally how long it took."""
    out = stream or sys.stderr
    print(f"* {text} ...", file=out, flush=True)
    start = time.monotonic()
    ended = threading.Event()

    def tell() -> None:
        while not ended.wait(SECONDS_BETWEEN_NEWS):
            print(f"  still running after {duration(time.monotonic() - start)}", file=out, flush=True)

    news = threading.Thread(target=tell, daemon=True)
    news.start()
    outcome = "gave up"
    try:
        yield
        outcome = "done"
    finally:
        ended.set()
        news.join()
        print(f"  {outcome} after {duration(time.monotonic() - start)}", file=out, flush=True)
