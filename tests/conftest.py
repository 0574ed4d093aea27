"""What tests with the real engine share: a fresh account, with a copy of the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from walkthrough import workbench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from walkthrough import Workbench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Workbench]:
    with workbench(tmp_path) as ready:
        yield ready
