"""What tests with the real engine share: a fresh account, with a copy of the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.engine import PluginsMissing, engine_folder, official_plugins
from walkthrough import workbench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from walkthrough import Workbench

UNTRIED = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def official(pytestconfig: pytest.Config) -> bool:
    """Whether to use the plugins that the CLI downloads, on the simulated account."""
    return bool(pytestconfig.getoption("provider_plugins") == "official")


@pytest.fixture
def bench(tmp_path: Path, official: bool) -> Iterator[Workbench]:
    with workbench(tmp_path, official=official) as ready:
        yield ready


def pytest_addoption(parser: pytest.Parser) -> None:
    told = "what answers the engine: the sandbox's stand-ins (default), or the plugins that the CLI downloads"
    parser.addoption(
        "--plugins", dest="provider_plugins", choices=["stand-in", "official"], default="stand-in", help=told
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Select no test of the official plugins where they cannot be had."""
    if config.getoption("provider_plugins") != "official":
        return
    try:
        official_plugins(engine_folder())
    except PluginsMissing as missing:
        needing = [item for item in items if "official" in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=needing)
        items[:] = [item for item in items if item not in needing]
        config.stash[UNTRIED] = f"{missing} The {len(needing)} tests that need them are not selected."


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if UNTRIED in config.stash:
        terminalreporter.write_line(config.stash[UNTRIED], yellow=True)
