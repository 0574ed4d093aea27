"""What runs a team's way of working needs: a fresh account with the program, and a deploying role on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.workbench import workbench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.workbench import Workbench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Workbench]:
    with workbench(tmp_path) as ready:
        yield ready
