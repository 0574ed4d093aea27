"""The pack as the engine runs it: in preview, and again in up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.engine.conftest import Up
    from walkthrough import Workbench

PACK = ("--policy-pack", "policypack")
LAST_OF_THE_GUIDE = '    Permission("codepipeline:StopPipelineExecution"'


@pytest.fixture
def sneaky(bench: Workbench) -> Workbench:
    """A program whose policy grants UpdatePipeline."""
    catalogue = bench.folder / "components" / "pipeline_actions.py"
    sneaked_in = '    Permission("CodePipeline:upd?te*", Scope.PIPELINE, "edit"),\n'
    catalogue.write_text(catalogue.read_text().replace(LAST_OF_THE_GUIDE, sneaked_in + LAST_OF_THE_GUIDE))
    assert bench.run("pulumi", "stack", "init", "dev").returncode == 0
    return bench


def test_a_grant_is_refused_in_preview(sneaky: Workbench) -> None:
    done = sneaky.run("pulumi", "preview", "--stack", "dev", *PACK)
    assert done.returncode != 0
    assert "no-pipeline-change-grants  (aws:iam:Policy: access-policy)" in done.stdout
    assert '"CodePipeline:upd?te*" grants UpdatePipeline' in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_grant_refused_in_up_leaves_nothing_in_the_account(sneaky: Workbench) -> None:
    done = sneaky.run("pulumi", "up", "--yes", "--skip-preview", "--stack", "dev", *PACK)
    assert done.returncode != 0
    writes = [call.action for call in sneaky.sandbox.account.calls if not call.action.startswith(("Get", "List"))]
    assert writes == []


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"uniqueNames": True, "requireMfa": True, "existing": ["ada"], "capabilities": ["build-logs", "approve"]},
    ],
    ids=["the guide", "nearly everything"],
)
def test_a_stack_passes_the_pack_from_the_first_preview_to_a_later_up(
    bench: Workbench, settings: dict[str, object]
) -> None:
    bench.client("iam").create_user(UserName="ada")
    assert bench.run("pulumi", "stack", "init", "dev").returncode == 0
    bench.write_config("dev", {"team": "helprr", "developers": ["jin"]} | settings)
    for command in (
        ("preview", "--stack", "dev", *PACK),
        ("up", "--yes", "--stack", "dev", *PACK),
        ("up", "--yes", "--stack", "dev", "--expect-no-changes", *PACK),
    ):
        done = bench.run("pulumi", *command)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "mandatory" not in done.stdout


def test_the_production_stack_passes_the_pack(bench: Workbench) -> None:
    assert bench.run("pulumi", "stack", "init", "prod").returncode == 0
    done = bench.run("pulumi", "up", "--yes", "--stack", "prod", *PACK)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "mandatory" not in done.stdout


def test_the_pack_may_be_named_by_the_environment(sneaky: Workbench) -> None:
    done = sneaky.run("pulumi", "preview", "--stack", "dev", PULUMI_OPTION_POLICY_PACK="policypack")
    assert done.returncode != 0
    assert "no-pipeline-change-grants" in done.stdout


def test_audit_of_a_state_that_exists(bench: Workbench, up: Up) -> None:
    up()
    done = bench.run("pulumi", "policy", "analyze", *PACK, "--stack", "dev")
    assert done.returncode == 0, done.stdout + done.stderr
