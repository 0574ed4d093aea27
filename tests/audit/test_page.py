"""Every command of docs/audit.md is run as it stands there, and prints what the page shows."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.audit.live import PROJECT, Live, use
from tests.operations.pages import Section, sections

if TYPE_CHECKING:
    from pathlib import Path

SEPARATOR = "<<<<"
SECTIONS = [section for section in sections(PROJECT / "docs/audit.md") if section.run]


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.title)
def test_a_section_goes_as_the_page_shows(
    section: Section, filled: Live, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use(filled.account, monkeypatch)
    for name in ("audit", "policypack", ".venv"):
        (tmp_path / name).symlink_to(PROJECT / name)
    script = "".join(f"{shown.command}\necho '{SEPARATOR}'\n" for shown in section.run)
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stderr == ""
    printed = done.stdout.split(f"{SEPARATOR}\n")
    for shown, text in zip(section.run, printed, strict=False):
        assert shown.matches(text), f"$ {shown.command}\n{text}\n--- the page shows:\n{shown.output}"
