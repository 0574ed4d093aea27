"""`--plugins official`: the plugins that the CLI downloads. Here a script stands for the download."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from sandbox.engine import engine_folder
from walkthrough import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("aws", "random")
# The real CLI but for `plugin install resource NAME VERSION`, of which it keeps count.
CLI = """#!/bin/sh
if [ "$1 $2" = "plugin install" ]; then
  echo "$4 $5" >> {asked}
  {instead}
  mkdir -p "$PULUMI_HOME/plugins/resource-$4-v$5" && exit
fi
exec "$(dirname "$0")/real" "$@"
"""


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """`python -m sandbox run --plugins official --`, with an empty cache and a CLI of its own on the PATH."""
    real = engine_folder()
    binaries = tmp_path / "bin"
    binaries.mkdir()
    (binaries / "pulumi-language-python").symlink_to(real / "pulumi-language-python")
    (binaries / "real").symlink_to(real / "pulumi")
    monkeypatch.setenv("PATH", f"{binaries}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    return [sys.executable, "-m", "sandbox", "run", "--plugins", "official", "--"]


def put_cli(folder: Path, instead: str = "") -> Path:
    asked = folder / "asked"
    script = CLI.format(asked=asked, instead=instead)
    (folder / "bin/pulumi").write_text(script)
    (folder / "bin/pulumi").chmod(0o755)
    return asked


def test_the_engine_finds_the_plugins_that_were_downloaded_once(sandbox: list[str], tmp_path: Path) -> None:
    asked = put_cli(tmp_path)
    shown = [*sandbox, "sh", "-c", "pulumi plugin ls --json; env >&2"]
    for _ in range(2):
        done = subprocess.run(shown, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
        assert sorted((one["name"], one["version"]) for one in json.loads(done.stdout)) == [
            (name, version(f"pulumi-{name}")) for name in NAMES
        ]
        assert "PULUMI_DEBUG_PROVIDERS" not in done.stderr
        assert "AWS_ENDPOINT_URL=http://127.0.0.1:" in done.stderr
    assert asked.read_text().splitlines() == [f"{name} {version(f'pulumi-{name}')}" for name in NAMES]


def test_without_them_one_sentence_says_why(sandbox: list[str], tmp_path: Path) -> None:
    put_cli(tmp_path, "echo 'warning: Error downloading plugin: no route\nerror: failed all 5 attempts' >&2; exit 255")
    done = subprocess.run([*sandbox, "true"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "The official plugins are not available: no route."
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("sandbox")
def test_without_them_the_run_says_how_many_tests_are_not_selected(tmp_path: Path) -> None:
    put_cli(tmp_path, "echo 'error: no route' >&2; exit 255")
    these = ("tests/engine/test_main_job.py", "tests/test_walls.py::test_each_silencing_has_its_reason")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--plugins", "official", *these]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout
    said = re.search(
        r"^The official plugins are not available: no route. The (\d+) tests that need them are",
        done.stdout,
        re.MULTILINE,
    )
    assert said
    assert f"1 passed, {said[1]} deselected" in done.stdout
