"""What runs a team's way of working needs: a fresh account with the program, and a deploying role on it."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from sandbox.account import simulated_account
from walkthrough import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.account import Account
    from walkthrough import Workbench


def add_what_make_needs(folder: Path) -> None:
    """Add to a copy of the program what the Makefile asks for, without making the virtual environments anew."""
    for name in ("Makefile", "deploy", "requirements-dev.txt", "policypack/requirements.txt"):
        source, target = PROJECT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
            os.utime(target, (0, 0))  # older than the virtual environments
    (folder / "sandbox").symlink_to(PROJECT / "sandbox")  # knows where the engine is


@pytest.fixture
def account() -> Iterator[Account]:
    """An empty account, without an engine."""
    with simulated_account() as running:
        yield running


@pytest.fixture
def checkout(bench: Workbench) -> Workbench:
    """A workbench on which `make` works as well; questions are answered with yes."""
    add_what_make_needs(bench.folder)
    bench.sandbox.environment["PULUMI_SKIP_CONFIRMATIONS"] = "true"
    return bench
