"""The command on saved answers and on a simulated account."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from jsonschema import Draft202012Validator

from audit.command import main
from audit.report import SCHEMA
from sandbox.account import simulated_account
from tests.audit.live import Live

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Audit(Protocol):
    def __call__(self, saved: object, *options: str) -> tuple[int, str, str]: ...


@pytest.fixture
def audit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Audit:
    """Audits a saved answer, given as what its JSON is made of or as text: exit code, stdout, stderr."""

    def run(saved: object, *options: str) -> tuple[int, str, str]:
        file = tmp_path / "answer.json"
        if isinstance(saved, bytes):
            file.write_bytes(saved)
        else:
            file.write_text(saved if isinstance(saved, str) else json.dumps(saved))
        code = main(["--from", str(file), *options])
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture(scope="module")
def filled() -> Iterator[Live]:
    """One account for all tests of a file: none of them changes what another one asks about."""
    with simulated_account() as account:
        live = Live(account)
        live.fill()
        yield live


@pytest.fixture
def judged() -> Callable[[str], dict[str, Any]]:
    """Reads a report and holds it against its schema."""
    validator = Draft202012Validator(json.loads(SCHEMA.read_text()))

    def read(out: str) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(out)
        validator.validate(report)
        return report

    return read
