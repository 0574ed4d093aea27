"""The workbench of demo and tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml
from werkzeug.wrappers import Response

from sandbox.account import Account
from sandbox.faults import FaultPlan
from sandbox.run import Sandbox
from walkthrough import Workbench

if TYPE_CHECKING:
    from pathlib import Path


def test_new_settings_leave_a_stack_the_key_to_its_secrets(tmp_path: Path) -> None:
    bench = Workbench(tmp_path, Sandbox(Account("", [], FaultPlan(), Response(), region="eu-west-1"), {}))
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text(yaml.safe_dump({"encryptionsalt": "v1:x", "config": {"codepipeline-access:team": "old"}}))
    bench.write_config("dev", {"team": "new"})
    config = {"aws:region": "eu-west-1", "codepipeline-access:team": "new"}
    assert yaml.safe_load(path.read_text()) == {"encryptionsalt": "v1:x", "config": config}
