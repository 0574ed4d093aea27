"""The Pulumi CLI from the PATH: one that is already installed, with its Python language host."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import semver

from sandbox.engine.unavailable import Unavailable

OLDEST = semver.Version(3, 219, 0)  # reads `requiredPulumiVersion`
ANSWER_SECONDS = 20


def engine_on_path() -> Path:
    """The folder of the `pulumi` on the PATH.

    Raises:
        Unavailable: there is none, it is too old, or it lacks the Python language host.
    """
    command = shutil.which("pulumi")
    if command is None:
        raise Unavailable("there is none on the PATH")
    version = version_of(Path(command))
    if version < OLDEST:
        raise Unavailable(f"the one on the PATH is {version} ({OLDEST} or newer is needed)")
    if shutil.which("pulumi-language-python") is None:
        raise Unavailable("the one on the PATH lacks pulumi-language-python")
    return Path(command).parent


def version_of(command: Path) -> semver.Version:
    """What `pulumi version` says.

    Raises:
        Unavailable: it says nothing that is a version.
    """
    try:
        status = command.stat()
    except OSError:
        raise Unavailable(f"{command} does not report its version") from None
    return _version_of(command, (status.st_mtime_ns, status.st_size))


@cache  # it takes a fifth of a second, and each sandbox of this process asks
def _version_of(command: Path, _changed: tuple[int, int]) -> semver.Version:
    environment = os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        answer = subprocess.run(  # noqa: S603 - a list of ours, no shell
            [command, "version"], capture_output=True, text=True, timeout=ANSWER_SECONDS, check=True, env=environment
        )
        return semver.Version.parse(answer.stdout.strip().removeprefix("v"))
    except (OSError, subprocess.SubprocessError, ValueError):
        raise Unavailable(f"{command} does not report its version") from None
