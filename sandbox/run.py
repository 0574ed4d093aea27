"""Run commands with a fresh simulated account, a private Pulumi home and backend, and the stand-in plugins."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.account import Account, simulated_account
from sandbox.engine import engine_folder, kill_engines, official_plugins
from sandbox.provider import stand_in_plugins

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from types import FrameType

    from sandbox.faults import Fault


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox: its account, and the environment variables that commands need."""

    account: Account
    environment: dict[str, str]


@contextmanager
def sandbox(
    folder: Path,
    faults: Sequence[Fault] = (),
    region: str = "us-east-1",
    now: datetime | None = None,
    *,
    official: bool = False,
) -> Iterator[Sandbox]:
    """Run a fresh account and its plugins until the context ends.

    Args:
        folder: where Pulumi's home and state are kept.
        faults: what goes wrong.
        region: the administrator's; it decides the partition.
        now: the time on the account's clock at the start; by default, the real time.
        official: use the plugins that the CLI downloads instead of the stand-ins.
    Raises:
        EngineMissing, PluginsMissing: the CLI or the official plugins are not available.
    """
    binaries = engine_folder()
    downloaded = official_plugins(binaries) if official else None
    home, state = folder / "home", folder / "state"
    home.mkdir(parents=True, exist_ok=True)
    state.mkdir(exist_ok=True)
    with (
        simulated_account(faults, partial(kill_engines, state), region, now) as account,
        _plugins(downloaded, home, account) as plugins,
    ):
        # Keep out the caller's profiles, tokens and settings, and those of a make that this runs under.
        foreign = ("AWS_", "PULUMI_", "MAKE", "MFLAGS")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        path = [str(binaries), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
        yield Sandbox(
            account,
            environment
            | {
                "PATH": os.pathsep.join(path),
                "NO_PROXY": "127.0.0.1,localhost",
                "no_proxy": "127.0.0.1,localhost",
                "AWS_ENDPOINT_URL": account.endpoint,
                "AWS_ACCESS_KEY_ID": account.admin_access_key_id,
                "AWS_SECRET_ACCESS_KEY": account.admin_secret_access_key,
                "AWS_REGION": account.region,
                "AWS_DEFAULT_REGION": account.region,
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_CONFIG_FILE": os.devnull,
                "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
                "PULUMI_HOME": str(home),
                # Without a second file for each that it writes, with a checksum that nobody reads.
                "PULUMI_BACKEND_URL": f"file://{state}?metadata=skip",
                "PULUMI_CONFIG_PASSPHRASE": "sandbox",
                "PULUMI_SKIP_UPDATE_CHECK": "true",
            }
            | plugins,
        )


@contextmanager
def _plugins(downloaded: Path | None, home: Path, account: Account) -> Iterator[dict[str, str]]:
    """The variables that point the engine to the stand-ins or the downloaded plugins."""
    if downloaded:
        with suppress(FileExistsError):  # of an earlier run with --keep
            (home / "plugins").symlink_to(downloaded)
        yield {"AWS_MAX_ATTEMPTS": "5"}  # as the stand-in; the plugin's own 25 take minutes
        return
    with stand_in_plugins(account) as ports:
        yield {
            "PULUMI_DEBUG_PROVIDERS": ",".join(f"{name}:{port}" for name, port in ports.items()),
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }


def run(
    command: Sequence[str],
    keep: Path | None = None,
    faults: Sequence[Fault] = (),
    now: datetime | None = None,
    *,
    official: bool = False,
) -> int:
    """Run `command` in the current folder on a fresh sandbox.

    Args:
        command: program and arguments.
        keep: a folder for Pulumi's home and state; without one they are deleted at the end.
        faults: what goes wrong.
        now: the time on the account's clock at the start; by default, the real time.
        official: as for `sandbox`.
    Returns:
        The command's exit code; 128 + N if signal N ended it, 127 if there is no such command.
    """
    with (
        tempfile.TemporaryDirectory(prefix="codepipeline-access-") as temporary,
        sandbox(keep.resolve() if keep else Path(temporary), faults, now=now, official=official) as ready,
    ):
        code = _in_the_foreground(command, ready.environment)
        for fault in ready.account.faults.unused:
            print(f"* The fault {fault.kind}:{fault.action} was never used: check the action's name.", file=sys.stderr)
        return code


def _in_the_foreground(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run `command` as a shell would: in its own process group, which has the terminal and ends as a whole."""
    program = shutil.which(command[0], path=environment["PATH"])
    if program is None:
        print(f"{command[0]}: command not found", file=sys.stderr)
        return 127
    # Not subprocess: before Python 3.11 it makes a group only by code that runs after a fork, unsafe among our threads.
    child = os.posix_spawn(program, list(command), environment, setpgroup=0)

    def pass_on(number: int, _frame: FrameType | None) -> None:
        os.killpg(child, number)
        os.killpg(child, signal.SIGCONT)  # one that is stopped would not notice

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        with _terminal_of(child):
            _, status = os.waitpid(child, 0)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _end_group(child)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


@contextmanager
def _terminal_of(group: int) -> Iterator[None]:
    """Let `group` read from the terminal, if there is one, and take it back afterwards."""
    if not (sys.stdin and sys.stdin.isatty()):
        yield
        return
    terminal = sys.stdin.fileno()
    ours = os.tcgetpgrp(terminal)
    # Taking the terminal back is done from the background, which would stop us.
    before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    try:
        os.tcsetpgrp(terminal, group)
        os.killpg(group, signal.SIGCONT)  # a shell that looked before it had the terminal has stopped itself
        yield
    finally:
        os.tcsetpgrp(terminal, ours)
        signal.signal(signal.SIGTTOU, before)


def _end_group(group: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
