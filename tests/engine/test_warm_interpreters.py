"""The interpreters that tests share do what fresh ones do: arguments, folder, environment, streams, ends."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from walkthrough import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.warm.interpreters import Interpreters

DEADLINE_SECONDS = 60
ENVIRONMENTS = (".venv", "policypack/venv")
PROGRAM = """
import os, sys
print(sys.argv[1:], os.getcwd() == os.path.realpath("."), os.environ["WORD"], __name__, __file__, sys.stdin.read())
print("imported" if "pulumi" in sys.modules else "not imported")
print("aside", file=sys.stderr)
sys.exit(int(sys.argv[1]))
"""


def started(python: Path, folder: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [python, *arguments],
        cwd=folder,
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(params=ENVIRONMENTS)
def python(request: pytest.FixtureRequest, interpreters: Interpreters) -> Path:
    return interpreters.environments[request.param] / "bin/python"


def test_a_program_runs_as_by_a_fresh_interpreter_but_finds_packages_imported(python: Path, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    variables = {"WORD": "heard", **same_start()}
    for arguments, file in ((["program.py"], "program.py"), (["-u", "-m", "program"], str(tmp_path / "program.py"))):
        with started(python, tmp_path, *arguments, "3", **variables) as process:
            out, errors = process.communicate("asked", DEADLINE_SECONDS)
        assert out == f"['3'] True heard __main__ {file} asked\nimported\n"
        assert (errors, process.returncode) == ("aside\n", 3)


def same_start() -> dict[str, str]:
    """The variables with which the fork servers were started, as far as an interpreter reads them."""
    return {name: value for name, value in os.environ.items() if name.startswith(("PYTHON", "LC_", "LANG"))}


@pytest.mark.parametrize(
    ("program", "status", "said"),
    [
        ("1 / 0", 1, "ZeroDivisionError: division by zero\n"),
        ("import sys; sys.exit('so not')", 1, "so not\n"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM, ""),
        ("import threading; threading.Timer(0.1, print, ['late']).start()", 0, ""),
    ],
)
def test_it_ends_as_a_fresh_one(python: Path, tmp_path: Path, program: str, status: int, said: str) -> None:
    (tmp_path / "program.py").write_text(program)
    with started(python, tmp_path, "program.py", **same_start()) as process:
        out, errors = process.communicate(timeout=DEADLINE_SECONDS)
    assert process.returncode == status
    assert errors.endswith(said)
    assert errors.count("\n  File ") == (said.startswith("Zero"))
    assert ("late" in out) is ("late" in program)


COPIED = {
    ".venv": ("components/end_of_access.py", "in_words"),
    "policypack/venv": ("policypack/iam/matching.py", "matches"),
}


def test_copies_of_a_module_are_told_apart_and_a_changed_one_counts(interpreters: Interpreters, tmp_path: Path) -> None:
    for number, (name, environment) in enumerate(interpreters.environments.items()):
        file, function = COPIED[name]
        folder = tmp_path / str(number)
        folder.mkdir()
        text = (PROJECT / file).read_text()
        for copy, its in {"one": text, "two": text, "three": f"{text}\n{function} = print\n"}.items():
            (folder / f"{copy}.py").write_text(its)
        shown = f"one.{function}.__code__.co_filename, two.{function}.__code__.co_filename, three.{function}"
        (folder / "program.py").write_text(f"import one, two, three; print({shown})")
        with started(environment / "bin/python", folder, "program.py", **same_start()) as process:
            out, errors = process.communicate(timeout=DEADLINE_SECONDS)
        assert (out, errors) == (f"{folder}/one.py {folder}/two.py <built-in function print>\n", "")


def test_what_an_interpreter_reads_at_its_start_takes_a_fresh_one(python: Path, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("import sys; print('imported' if 'pulumi' in sys.modules else 'fresh')")
    for variables, arguments in (({"PYTHONUTF8": "0"}, []), ({}, ["-X", "utf8"])):
        with started(python, tmp_path, *arguments, "program.py", **same_start() | variables) as process:
            assert process.communicate(timeout=DEADLINE_SECONDS)[0] == "fresh\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_signals_reach_the_program(python: Path, tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "program.py").write_text("import os, time; print(os.getpid(), flush=True)\ntime.sleep(600)")
    with started(python, tmp_path, "program.py", **same_start()) as process:
        assert process.stdout
        program = int(process.stdout.readline())
        process.send_signal(number)
        assert process.wait(DEADLINE_SECONDS) == -number
    deadline = time.monotonic() + DEADLINE_SECONDS
    while subprocess.run(["ps", "-p", str(program)], capture_output=True, check=False).returncode == 0:
        assert time.monotonic() < deadline
        time.sleep(0.01)
