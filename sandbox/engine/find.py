"""Where the Pulumi CLI comes from: the PATH, the cache of an earlier run, Pulumi's installer, or a build."""

from __future__ import annotations

import shlex
import shutil
import sys
import tempfile
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.command import Refusal
from sandbox.engine.build import BUILD, EXEC_SCRIPT, build_engine
from sandbox.engine.cache import cache_folder, one_at_a_time
from sandbox.engine.download import download_engine
from sandbox.engine.on_path import engine_on_path, version_of
from sandbox.engine.unavailable import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

LANGUAGE_HOST = Path(__file__).with_name("language_host.py")


class EngineMissing(Refusal):
    """No Pulumi CLI is available; the message says why and what to install."""


def engine_folder() -> Path:
    """A folder that holds `pulumi` and `pulumi-language-python`, for the front of a PATH.

    The first time may take minutes; progress is printed on stderr.

    Raises:
        EngineMissing: with the reason why each source failed.
    """
    try:
        return engine_on_path()
    except Unavailable as reason:
        reasons = [str(reason)]
    sdk_version = version("pulumi")
    cached = cache_folder() / f"pulumi-{sdk_version}-{BUILD}"
    if not _works(cached):
        with one_at_a_time("the Pulumi CLI"):
            if not _works(cached):
                reasons += _install(cached, sdk_version)
        if not _works(cached):
            raise EngineMissing(
                f"No Pulumi CLI: {', '.join(reasons)}.\n"
                "Install Pulumi or Go (1.25 or newer), then run make setup again."
            )
    if (cached / "bin" / "pulumi-language-python").exists():
        return cached / "bin"
    return _with_our_language_host(cached / "bin")


def _works(folder: Path) -> bool:
    try:
        version_of(folder / "bin" / "pulumi")
    except Unavailable:
        return False
    return True


def _install(target: Path, sdk_version: str) -> list[str]:
    """Fill `target` in one step from the first source that works; returns why the others did not."""
    shutil.rmtree(target, ignore_errors=True)
    for abandoned in cache_folder().glob("half-made-*"):  # of a run that was killed; we hold the lock
        shutil.rmtree(abandoned, ignore_errors=True)
    reasons = []
    for way in (download_engine, lambda folder: build_engine(folder, sdk_version)):
        with tempfile.TemporaryDirectory(prefix="half-made-", dir=cache_folder()) as folder:
            made = Path(folder, "engine")
            made.mkdir()
            try:
                way(made)
            except Unavailable as reason:
                reasons.append(str(reason))
            else:
                made.rename(target)
                break
    return reasons


def _with_our_language_host(binaries: Path) -> Path:
    """A folder of this virtual environment with the built CLI and our language host, run by this very Python."""
    folder = Path(sys.prefix) / "engine"
    folder.mkdir(exist_ok=True)
    with _put(folder / "pulumi-language-python") as script:
        command = shlex.join([sys.executable, str(LANGUAGE_HOST), str(binaries / EXEC_SCRIPT)])
        script.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        script.chmod(0o755)
    # Beside the host, not just linked to: the CLI warns of a language host that is elsewhere than itself.
    with _put(folder / "pulumi") as copy:
        try:
            copy.hardlink_to(binaries / "pulumi")
        except OSError:  # the cache may be on another file system
            shutil.copy(binaries / "pulumi", copy)
    return folder


@contextmanager
def _put(path: Path) -> Iterator[Path]:
    """Make `path` in one step, by renaming: other runs may be starting this very file."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        new = Path(folder, path.name)
        yield new
        new.replace(path)
