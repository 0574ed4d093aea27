"""The worked examples of CONTRIBUTING.md: each is applied to a copy of the repository, and does what the page says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from sandbox.run import sandbox
from tests.operations.page_runner import what_differs
from tests.operations.pages import PROJECT, Section, sections
from walkthrough import VIRTUAL_ENVIRONMENTS, Workbench

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Warm

pytestmark = pytest.mark.engine
PAGE = PROJECT / "CONTRIBUTING.md"
EXAMPLES = [section for section in sections(PAGE) if section.run]
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "venv", "__pycache__", ".*_cache", ".hypothesis")


def patch_of(title: str) -> str:
    text = PAGE.read_text(encoding="utf-8").partition(f"## {title}\n")[2].partition("\n## ")[0]
    return "".join(re.findall(r"^```diff\n(.*?)^```", text, re.DOTALL | re.MULTILINE))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_a_worked_example_is_true(example: Section, tmp_path: Path, warm: Warm) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(PROJECT, copy, ignore=NOT_COPIED, symlinks=True)
    for name in VIRTUAL_ENVIRONMENTS:
        (copy / name).symlink_to(PROJECT / name)
    for name in ("requirements-dev.txt", "policypack/requirements.txt"):
        os.utime(copy / name, (0, 0))  # older than the virtual environments, which must not be made anew
    subprocess.run(["git", "apply", "-"], cwd=copy, input=patch_of(example.title), text=True, check=True, timeout=30)
    with sandbox(tmp_path / "pulumi") as ready:
        difference = what_differs(warm(Workbench(copy, ready)), example, tmp_path)
        assert difference is None, difference
