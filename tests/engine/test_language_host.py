"""Users' programs, as the language host runs them: what they print, how they fail, how they end."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.warm.starts import Starts
    from walkthrough import Workbench

DEADLINE_SECONDS = 60


@pytest.fixture
def preview(bench: Workbench, starts: Starts) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Preview a program of these lines."""
    starts.initialized(bench)

    def run(program: str) -> subprocess.CompletedProcess[str]:
        (bench.folder / "__main__.py").write_text(program)
        return bench.run("pulumi", "preview", "--stack", "dev")

    return run


@pytest.mark.cold
def test_what_a_program_prints_is_shown(preview: Callable[[str], subprocess.CompletedProcess[str]]) -> None:
    done = preview("import sys\nprint('hello')\nprint('careful', file=sys.stderr)")
    assert done.returncode == 0
    assert "hello" in done.stdout
    assert "careful" in done.stdout


@pytest.mark.parametrize(
    ("program", "said", "with_its_code"),
    [
        ("import pulumi\nraise pulumi.RunError('not like this')", "error: not like this", True),
        pytest.param("1 / 0", "ZeroDivisionError: division by zero", False, marks=pytest.mark.cold),
        ("import sys\nsys.exit(3)", "exit code: 3", True),
        ("def (", "SyntaxError", False),
    ],
)
def test_a_program_that_fails_says_why_once(
    preview: Callable[[str], subprocess.CompletedProcess[str]], program: str, said: str, with_its_code: bool
) -> None:
    done = preview(program)
    assert done.returncode != 0
    diagnostics = done.stdout.partition("Diagnostics:")[2]
    assert diagnostics.count(said) == 1
    assert ("exit code" in diagnostics) is with_its_code


def test_config_and_secrets_reach_the_program(
    bench: Workbench, preview: Callable[[str], subprocess.CompletedProcess[str]]
) -> None:
    assert bench.run("pulumi", "config", "set", "--secret", "word", "hidden", "--stack", "dev").returncode == 0
    done = preview(
        "import pulumi\nprint(len(pulumi.Config().require('word')), pulumi.get_stack(), pulumi.get_project())"
    )
    assert "6 dev codepipeline-access" in done.stdout


def test_a_virtual_environment_that_is_not_there_is_named(
    bench: Workbench, preview: Callable[[str], subprocess.CompletedProcess[str]]
) -> None:
    (bench.folder / ".venv").unlink()
    done = preview("")
    assert done.returncode != 0
    assert f"{bench.folder}/.venv is not a virtual environment. Run `make setup`" in done.stdout + done.stderr


def test_a_config_that_no_program_can_be_given_is_refused_in_a_sentence(bench: Workbench, starts: Starts) -> None:
    starts.initialized(bench)
    bench.write_config("dev", {"team": "helprr", "developers": [f"developer{number}" for number in range(20_000)]})
    done = bench.run("pulumi", "preview", "--stack", "dev")
    assert done.returncode != 0
    assert "The stack's config is too large: " in done.stdout
    assert "Errno" not in done.stdout


@pytest.mark.cold
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_program_and_host_end_with_their_engine(bench: Workbench, number: signal.Signals) -> None:
    assert bench.run("pulumi", "stack", "init", "dev").returncode == 0
    mark = uuid4().hex
    (bench.folder / "__main__.py").write_text("import time\nopen('started', 'w').close()\ntime.sleep(600)")
    engine = subprocess.Popen(
        ["pulumi", "preview", "--stack", "dev", "--policy-pack", "policypack"],
        cwd=bench.folder,
        env=bench.sandbox.environment | {"MARK": mark},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (bench.folder / "started").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(engine.pid, number)
    engine.wait(DEADLINE_SECONDS)
    while mark in (left := subprocess.check_output(["ps", "axeww", "-o", "command="], text=True)):
        assert time.monotonic() < deadline, [line for line in left.splitlines() if mark in line]
        time.sleep(0.05)
