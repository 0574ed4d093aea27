"""`python -m sandbox ...` as people and scripts use it: exit codes, sentences, and nothing left behind."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROJECT = Path(__file__).parent.parent.parent
DEADLINE_SECONDS = 60
DEMO = ("sandbox.command", "walkthrough.demo")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Temporary files go to `tmp`, and every process of the test is marked."""
    (tmp_path / "tmp").mkdir()
    return os.environ | {"TMPDIR": str(tmp_path / "tmp"), "PYTHONPATH": str(PROJECT), "MARK": uuid4().hex}


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Children react to SIGINT even if the tests were started to ignore it, as a shell does with `&`."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@contextmanager
def started(*module: str, environment: dict[str, str], folder: Path) -> Iterator[subprocess.Popen[str]]:
    """`python -m MODULE ...` while it runs; killed if the test does not end it."""
    command = [sys.executable, "-m", *module]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def without_engine(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """No CLI on the PATH, none in the cache, no Go, and a network that refuses."""
    closed = "http://127.0.0.1:9"
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    return environment | {"PATH": "/nowhere", "https_proxy": closed, "HTTPS_PROXY": closed} | cache


def sandbox(*arguments: str, environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sandbox", *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )


def marked_processes(environment: dict[str, str]) -> str:
    listing = subprocess.check_output(["ps", "axeww", "-o", "pid=,command="], text=True)
    return "\n".join(line for line in listing.splitlines() if environment["MARK"] in line)


def wait_until(met: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def assert_nothing_is_left(environment: dict[str, str]) -> None:
    wait_until(lambda: not marked_processes(environment))
    assert list(Path(environment["TMPDIR"]).iterdir()) == []


def test_run_returns_the_exit_code_of_a_command_that_the_callers_own_aws_and_pulumi_settings_do_not_reach(
    environment: dict[str, str], tmp_path: Path
) -> None:
    callers = {"AWS_PROFILE": "production", "AWS_SESSION_TOKEN": "secret", "PULUMI_ACCESS_TOKEN": "secret"}
    done = sandbox("run", "--", "sh", "-c", "env; exit 7", environment=environment | callers, folder=tmp_path)
    assert (done.returncode, [name for name in callers if f"{name}=" in done.stdout]) == (7, [])
    assert "AWS_ENDPOINT_URL=" in done.stdout
    assert_nothing_is_left(environment)


def test_run_returns_the_signal_that_ended_the_command(environment: dict[str, str], tmp_path: Path) -> None:
    done = sandbox("run", "--", "sh", "-c", "kill -9 $$", environment=environment, folder=tmp_path)
    assert done.returncode == 128 + signal.SIGKILL
    assert_nothing_is_left(environment)


def test_a_command_that_is_not_there_is_named(environment: dict[str, str], tmp_path: Path) -> None:
    done = sandbox("run", "--", "no-such-command", environment=environment, folder=tmp_path)
    assert (done.returncode, done.stderr) == (127, "no-such-command: command not found\n")


def test_what_a_command_starts_ends_with_it(environment: dict[str, str], tmp_path: Path) -> None:
    done = sandbox("run", "--", "sh", "-c", "sleep 600 & exit 0", environment=environment, folder=tmp_path)
    assert done.returncode == 0
    assert_nothing_is_left(environment)


def test_one_command_brings_the_guides_stack_up_and_reads_it_by_boto3(
    environment: dict[str, str], tmp_path: Path
) -> None:
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml", "__main__.py", "components", "policypack", ".venv"):
        (tmp_path / name).symlink_to(PROJECT / name)
    (tmp_path / "Pulumi.dev.yaml").unlink()  # `stack init` writes into it
    (tmp_path / "Pulumi.t.yaml").write_text((PROJECT / "Pulumi.dev.yaml").read_text())
    read = (
        "import boto3; iam = boto3.client('iam');"
        "print(iam.list_policies(Scope='Local')['Policies'][0]['PolicyName'],"
        "iam.list_groups()['Groups'][0]['GroupName'], iam.list_users()['Users'][0]['UserName'])"
    )
    up = "pulumi stack init t && pulumi up --stack t --yes --skip-preview --policy-pack policypack"
    done = sandbox(
        *("run", "--keep", "kept", "--", "sh", "-c", f'{up} && python -c "{read}"'),
        environment=environment,
        folder=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("helprr-backend-developer-policy helprr-backend-developer-group jin\n")
    assert (tmp_path / "kept" / "state" / ".pulumi" / "stacks" / "codepipeline-access" / "t.json").exists()
    assert_nothing_is_left(environment)


@pytest.mark.parametrize("module", [("sandbox", "engine"), DEMO], ids=["engine", "demo"])
def test_without_any_way_to_a_cli_every_reason_is_given(
    without_engine: dict[str, str], tmp_path: Path, module: tuple[str, ...]
) -> None:
    with started(*module, environment=without_engine, folder=tmp_path) as process:
        printed, said = process.communicate(timeout=DEADLINE_SECONDS)
    assert (process.returncode, printed) == (1, "")
    assert "Traceback" not in said
    reasons = ("there is none on the PATH", "the download failed (", "a build needs Go")
    assert [reason for reason in reasons if reason not in said] == []
    assert said.endswith("Install Pulumi or Go (1.25 or newer), then run make setup again.\n")


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_build_leaves_nothing_half_made(without_engine: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    started_file = tmp_path / "started"
    go = tmp_path / "bin" / "go"
    go.write_text(f"#!/bin/sh\necho half > {tmp_path}/cache/codepipeline-access/half\n: > {started_file}\nsleep 600\n")
    go.chmod(0o755)
    environment = without_engine | {"PATH": f"{tmp_path}/bin:/usr/bin:/bin"}
    with started("sandbox", "engine", environment=environment, folder=tmp_path) as process:
        wait_until(started_file.exists)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=DEADLINE_SECONDS)
    assert process.returncode == 130
    assert "Building the Pulumi CLI from source" in said
    assert said.endswith("Interrupted; nothing incomplete is left.\n")
    assert not list((tmp_path / "cache" / "codepipeline-access").glob("*-*"))
    assert_nothing_is_left(environment)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_leaves_nothing_behind(
    environment: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    with started(*DEMO, environment=environment, folder=tmp_path) as process:
        assert process.stdout
        while "pulumi up" not in process.stdout.readline():
            pass
        wait_until(lambda: "language_host" in marked_processes(environment))
        process.send_signal(number)
        _, said = process.communicate(timeout=DEADLINE_SECONDS)
    assert (process.returncode, said) == (130, "Interrupted; nothing incomplete is left.\n")
    assert_nothing_is_left(environment)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("module", [("sandbox", "run", "--", "true"), DEMO], ids=["sandbox", "demo"])
def test_an_interrupt_before_all_is_imported_ends_in_a_sentence(
    environment: dict[str, str], tmp_path: Path, module: tuple[str, ...]
) -> None:
    slow = tmp_path / "slow"
    slow.mkdir()
    # Not one long sleep: a signal just before it would only be noticed after it.
    (slow / "boto3.py").write_text("import time\nprint('importing', flush=True)\nwhile True:\n    time.sleep(0.01)\n")
    environment["PYTHONPATH"] = f"{slow}:{environment['PYTHONPATH']}"
    with started(*module, environment=environment, folder=tmp_path) as process:
        assert process.stdout
        assert process.stdout.readline() == "importing\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=DEADLINE_SECONDS)
    assert (process.returncode, said) == (130, "Interrupted; nothing incomplete is left.\n")


def test_a_demo_whose_reader_has_seen_enough_ends_quietly(environment: dict[str, str], tmp_path: Path) -> None:
    with started(*DEMO, environment=environment, folder=tmp_path) as process:
        assert process.stdout
        process.stdout.readline()
        process.stdout.close()
        process.wait(DEADLINE_SECONDS)
        assert process.stderr
        assert (process.returncode, process.stderr.read()) == (141, "")
    assert_nothing_is_left(environment)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "the following arguments are required: name"),
        (("run",), "the following arguments are required: COMMAND"),
        (("run", "--fault", "flood:CreateUser", "--", "true"), "'flood' is not a kind of fault."),
        (("fly",), "invalid choice: 'fly'"),
    ],
)
def test_wrong_usage_ends_with_2(
    environment: dict[str, str], tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = sandbox(*arguments, environment=environment, folder=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


# On a busy machine the shell looks at the terminal before it was given to it, and stops itself.
LATE = """
import os, runpy, time
give = os.tcsetpgrp
os.tcsetpgrp = lambda *arguments: (time.sleep(float(os.environ["LATE"])), give(*arguments))
runpy.run_module("sandbox", run_name="__main__")
"""


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("late", ["0", "1"])
def test_a_shell_has_the_terminal_and_its_jobs(environment: dict[str, str], tmp_path: Path, late: str) -> None:
    command = [sys.executable, "-c", LATE, "run", "--", "bash", "--norc", "-i"]
    environment |= {"PS1": "ready> ", "TERM": "dumb", "LATE": late}
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(tmp_path)
        os.execve(sys.executable, command, environment)  # noqa: S606 - no shell
    shown = ""

    def read_until(text: str) -> None:
        nonlocal shown
        wait_until(lambda: select.select([terminal], [], [], 0.1)[0])
        while text not in shown:
            shown += os.read(terminal, 4096).decode()

    read_until("ready> ")
    os.write(terminal, b"sleep 600\n")
    wait_until(lambda: "sleep 600" in marked_processes(environment))
    os.write(terminal, b"\x03echo its $((40 + 2)); exit 7\n")
    read_until("its 42")
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 7
    os.close(terminal)
    assert_nothing_is_left(environment)
