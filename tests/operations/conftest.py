"""What runs a team's way of working needs: a fresh account with the program, and a deploying role on it."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from sandbox.run import PROJECT
from sandbox.workbench import workbench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.workbench import Workbench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Workbench]:
    with workbench(tmp_path) as ready:
        yield ready


@pytest.fixture
def checkout(bench: Workbench) -> Workbench:
    """A workbench that has what `make` needs as well; questions are answered with yes."""
    for name in ("Makefile", "deploy", "requirements-dev.txt", "policypack/requirements.txt"):
        source, target = PROJECT / name, bench.folder / name
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
            os.utime(target, (0, 0))  # older than the virtual environments, which must not be made anew
    bench.sandbox.environment["PULUMI_SKIP_CONFIRMATIONS"] = "true"
    return bench
