"""What tests with the real engine share: a fresh account, with a copy of the program."""

from __future__ import annotations

import gc
import random
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from botocore.loaders import create_loader

from sandbox.engine import PluginsMissing, engine_folder, official_plugins
from tests.warm.interpreters import warm_interpreters
from tests.warm.starts import Starts
from walkthrough import workbench

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.warm.interpreters import Interpreters
    from walkthrough import Workbench

    Warm = Callable[[Workbench], Workbench]

ENGINE_TESTS = Path(__file__).parent / "engine"
NEED_THE_ENGINE = {"bench", "interpreters"}
UNTRIED = pytest.StashKey[str]()


@pytest.fixture(scope="session", autouse=True)
def _descriptions_of_services() -> Iterator[None]:
    """Each boto3 session reads what AWS's services and regions are; here all of them share that."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.session.create_loader", cache(create_loader))
        yield


@pytest.fixture(scope="session")
def official(pytestconfig: pytest.Config) -> bool:
    """Whether to use the plugins that the CLI downloads, on the simulated account."""
    return bool(pytestconfig.getoption("provider_plugins") == "official")


@pytest.fixture(scope="session")
def interpreters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interpreters]:
    with warm_interpreters(tmp_path_factory.mktemp("warm")) as ready:
        yield ready


@pytest.fixture
def warm(request: pytest.FixtureRequest) -> Warm:
    """Make a workbench a fast one; with --cold, and in tests marked as cold, it stays what it is."""
    if _is_cold(request):
        return lambda bench: bench
    interpreters: Interpreters = request.getfixturevalue("interpreters")
    return interpreters.put_into


@pytest.fixture(scope="session")
def kept_starts(tmp_path_factory: pytest.TempPathFactory) -> Starts:
    return Starts(tmp_path_factory.mktemp("starts"), keep=True)


@pytest.fixture
def starts(request: pytest.FixtureRequest, official: bool, kept_starts: Starts) -> Starts:
    """Stacks to start from; made by the engine every time wherever `warm` changes nothing."""
    return Starts(Path(), keep=False) if official or _is_cold(request) else kept_starts


@pytest.fixture
def bench(tmp_path: Path, official: bool, warm: Warm) -> Iterator[Workbench]:
    with workbench(tmp_path, official=official) as ready:
        yield warm(ready)


def _is_cold(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--cold") or request.node.get_closest_marker("cold"))


def pytest_addoption(parser: pytest.Parser) -> None:
    told = "what answers the engine: the sandbox's stand-ins (default), or the plugins that the CLI downloads"
    parser.addoption(
        "--plugins", dest="provider_plugins", choices=["stand-in", "official"], default="stand-in", help=told
    )
    parser.addoption("--cold", action="store_true", help="fresh interpreters and a passphrase, as users have them")
    parser.addoption("--shuffle", metavar="SEED", help="run the tests in an order that this text determines")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark and order the tests; select none of the official plugins where they are not available."""
    for item in items:
        if item.path.is_relative_to(ENGINE_TESTS) or NEED_THE_ENGINE.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("engine")
    items.sort(key=lambda item: item.get_closest_marker("engine") is None)  # long ones first, so that none is left last
    if seed := config.getoption("--shuffle"):
        random.Random(seed).shuffle(items)  # noqa: S311 - an order, not a secret
    if config.getoption("provider_plugins") != "official":
        return
    try:
        official_plugins(engine_folder())
    except PluginsMissing as missing:
        needing = [item for item in items if "official" in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=needing)
        items[:] = [item for item in items if item not in needing]
        config.stash[UNTRIED] = f"{missing} The {len(needing)} tests that need them are not selected."


def pytest_collection_finish() -> None:
    """Let the garbage collector leave out what is there for good, which took a seventh of the time."""
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if UNTRIED in config.stash:
        terminalreporter.write_line(config.stash[UNTRIED], yellow=True)
