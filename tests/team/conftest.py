"""A folder with stack files, and `python -m team` in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from team.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path

TEAM = "config:\n  aws:region: us-east-1\n  codepipeline-access:team: helprr\n"


def write(folder: Path, stack: str, text: str) -> None:
    """Write a stack file with the team's name, and `text` below it."""
    (folder / f"Pulumi.{stack}.yaml").write_bytes((TEAM + text).encode())


@dataclass(frozen=True)
class Folder:
    """Where stack files lie, and what the commands print there."""

    path: Path
    output: pytest.CaptureFixture[str]

    def write(self, stack: str, text: str) -> None:
        write(self.path, stack, text)

    def read(self, stack: str) -> str:
        """What stands below the team's name."""
        return (self.path / f"Pulumi.{stack}.yaml").read_bytes().decode().removeprefix(TEAM)

    def team(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, what went to stdout and what to stderr."""
        self.output.readouterr()
        code = main(arguments)
        printed = self.output.readouterr()
        return code, printed.out, printed.err


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Folder:
    monkeypatch.chdir(tmp_path)
    return Folder(tmp_path, capsys)
