"""Keeping an answer in a file, and telling how far the asking is."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.saved_answer import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


def as_saved(answer: Mapping[str, Any]) -> bytes:
    """The bytes of a saved answer; its hash is that of the account's answer."""
    return json.dumps(answer, indent=1, default=_plain).encode()


def _plain(value: object) -> str:
    return value.astimezone(timezone.utc).isoformat() if isinstance(value, datetime) else str(value)


@contextmanager
def writing(path: Path | None) -> Iterator[Callable[[bytes], None]]:
    """Give a function that writes `path`, whole or not at all; only its owner can read it. None: nothing is written.

    Raises:
        NoAnswer: it cannot be written, which shows before anything is asked.
    """
    if path is None:
        yield lambda _content: None
        return
    made: Path | None = None
    try:
        with _failing(path):
            if path.is_dir():
                raise IsADirectoryError(0, "it is a folder")
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
            made = Path(name)
            os.close(handle)

        def write(content: bytes) -> None:
            with _failing(path):
                Path(name).write_bytes(content)
                Path(name).replace(path)

        yield write
    finally:
        if made is not None:
            made.unlink(missing_ok=True)


@contextmanager
def _failing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NoAnswer(f"{path} cannot be written: {(error.strerror or 'it is no file').lower()}.") from None
    except ValueError:
        raise NoAnswer("The name of the file to save cannot be a file's name.") from None


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Give a function that tells how far it is: on a terminal, over the same line of stderr."""
    shown = ""

    def tell(text: str) -> None:
        nonlocal shown
        if sys.stderr.isatty():
            line = f"* Read {text}"
            print(f"\r{line:<{len(shown)}}", end="", file=sys.stderr, flush=True)
            shown = line

    try:
        yield tell
    finally:
        if shown:
            with suppress(OSError):
                print(f"\r{'':<{len(shown)}}\r", end="", file=sys.stderr, flush=True)
