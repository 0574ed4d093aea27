"""Make a virtual environment from a lock file, by uv, which takes seconds where pip takes a minute.

Usage: python3 -m sandbox.environment FOLDER LOCK_FILE. It runs before anything is installed, on the standard library
alone. uv is one of the locked packages, with its hash; where there is none for this machine, or it cannot install,
pip does. FOLDER/.installed is there once everything is.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from sandbox.progress import long_step

PROJECT = Path(__file__).parent.parent
UV = PROJECT / ".venv" / "bin" / "uv"  # once the project's own environment is there
LOCKED = ("--require-hashes", "--no-deps", "--requirement")
# How uv calls what a machine's settings for pip say: where packages come from, and whom to trust.
SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}


class NotInstalled(Exception):
    """An installer failed; the message is the last line that it said."""


def install(folder: Path, lock_file: Path) -> None:
    """Make `folder` a virtual environment of this Python with exactly the packages of `lock_file`.

    Raises:
        NotInstalled: neither uv nor pip could.
    """
    stamp = folder / ".installed"
    stamp.unlink(missing_ok=True)
    python = _empty_environment(folder)
    try:
        uv = _uv(python)
        settings = uv_settings(_run([python, "-m", "pip", "config", "list"]))
        _run([uv, "pip", "install", "--quiet", "--python", python, *LOCKED, str(lock_file)], settings)
    except NotInstalled as reason:
        print(f"  uv could not ({reason}), so pip does (about 1 minute)", file=sys.stderr, flush=True)
        _pip(python, lock_file)
    stamp.touch()


def _empty_environment(folder: Path) -> str:
    """An environment with nothing but pip, as `venv` makes it; returns its Python."""
    python = str(folder / "bin" / "python")
    venv = [sys.executable, "-m", "venv", "--clear", str(folder)]
    wheels = Path(sysconfig.get_path("stdlib"), "ensurepip", "_bundled")  # some distributions have them elsewhere
    if wheels.exists() and UV.exists() and not (folder / "bin" / "uv").exists():  # which would be cleared away
        try:
            _run([*venv, "--without-pip"])  # with pip it takes 4 seconds
            _run([str(UV), "pip", "install", "--python", python, "--no-index", "--find-links", str(wheels), "pip"])
        except NotInstalled:
            pass
        else:
            return python
    _run(venv)
    return python


def uv_settings(listed: str) -> dict[str, str]:
    """What `pip config list` says, as variables for uv; those that are set already count."""
    found = {}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        variable = SETTINGS.get(name.rpartition(".")[2])
        if variable and variable not in os.environ:
            found[variable] = " ".join(str(ast.literal_eval(value)).split())
    return found


def _uv(python: str) -> str:
    """The locked uv: the project's, or else put into the environment of `python`."""
    if UV.exists():
        return str(UV)
    locked = re.search(r"^uv==(?:.*\\\n)+.*\n", (PROJECT / "requirements-dev.txt").read_text(), re.MULTILINE)
    if locked is None:
        raise NotInstalled("requirements-dev.txt does not lock it")
    with tempfile.TemporaryDirectory() as temporary:
        only_uv = Path(temporary, "uv.txt")
        only_uv.write_text(locked[0])
        _pip(python, only_uv, "--only-binary", ":all:")  # building it needs Rust
    return str(Path(python).with_name("uv"))


def _pip(python: str, lock_file: Path, *options: str) -> None:
    _run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *options, *LOCKED, str(lock_file)])


def _run(command: list[str], variables: dict[str, str] | None = None) -> str:
    done = subprocess.run(  # noqa: S603 - a list of ours, no shell
        command, env=os.environ | (variables or {}), capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines() or [f"exit code {done.returncode}"]
        raise NotInstalled(lines[-1].strip())
    return done.stdout


def main() -> int:
    """Install; returns the exit code."""
    folder, lock_file = map(Path, sys.argv[1:])
    try:
        with long_step(f"Installing the packages of {lock_file} into {folder} (about 15 seconds)"):
            install(folder, lock_file)
    except NotInstalled as reason:
        print(f"The packages of {lock_file} could not be installed: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; the next make starts this step anew.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
