"""`pulumi up` and `pulumi preview` on the guide's settings, and what differs from them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from subprocess import CompletedProcess

    from tests.warm.starts import Starts
    from walkthrough import Workbench

GUIDE: dict[str, object] = {
    "team": "helprr-backend",
    "description": "Limited access for backend developers to view, re-trigger, and stop pipelines",
    "developers": ["jin"],
}


class Up(Protocol):
    def __call__(self, settings: Mapping[str, object] | None = ..., *options: str) -> CompletedProcess[str]: ...


@pytest.fixture
def up(bench: Workbench, starts: Starts) -> Up:
    """`pulumi up` on stack dev, after writing the settings that differ from the guide's; it must succeed."""
    starts.initialized(bench)

    def run(settings: Mapping[str, object] | None = None, *options: str) -> CompletedProcess[str]:
        merged = {**GUIDE, **(settings or {})}
        bench.write_config("dev", merged)
        if options:
            done = bench.run("pulumi", "up", "--yes", "--skip-preview", "--stack", "dev", *options)
        else:
            done = starts.updated(bench, merged)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    return run


class Preview(Protocol):
    def __call__(self, settings: Mapping[str, object] | None = ...) -> list[str]: ...


@pytest.fixture
def preview(bench: Workbench) -> Preview:
    """What `pulumi preview` would do to resources, such as "create User access-jin"; unchanged ones are left out."""

    def run(settings: Mapping[str, object] | None = None) -> list[str]:
        bench.write_config("dev", {**GUIDE, **(settings or {})})
        done = bench.run("pulumi", "preview", "--json", "--stack", "dev")
        assert done.returncode == 0, done.stdout + done.stderr
        planned: list[dict[str, Any]] = json.loads(done.stdout)["steps"]
        return sorted(_short(step) for step in planned if step["op"] not in ("same", "refresh"))

    return run


def _short(step: dict[str, Any]) -> str:
    resource_type, name = step["urn"].split("::")[-2:]
    return f"{step['op']} {resource_type.rsplit(':', 1)[1]} {name}"
