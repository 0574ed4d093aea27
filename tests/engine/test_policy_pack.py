"""The pack as the engine runs it: in preview, and again in up."""

from __future__ import annotations

import json
import re
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
        ("up", "--yes", "--stack", "dev", *PACK),  # it begins with a preview
        ("up", "--yes", "--skip-preview", "--stack", "dev", "--expect-no-changes", *PACK),
        ("preview", "--stack", "dev", "--target", "**GroupPolicyAttachment**", *PACK),
    ):
        done = bench.run("pulumi", *command)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "mandatory" not in done.stdout
        assert "advisory" not in done.stdout  # nothing is said that nobody has to act on


def test_the_production_stack_passes_the_pack(bench: Workbench) -> None:
    assert bench.run("pulumi", "stack", "init", "prod").returncode == 0
    done = bench.run("pulumi", "up", "--yes", "--stack", "prod", *PACK)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "mandatory" not in done.stdout


def test_a_decoy_of_a_taken_name_is_refused_before_anything_happens(bench: Workbench) -> None:
    bench.client("iam").create_group(GroupName="admins")
    (bench.folder / "__main__.py").write_text(
        "import pulumi_aws as aws\n"
        'aws.iam.Group("decoy", name="admins")\n'
        'aws.iam.GroupMembership("members", name="members", group="admins", users=["jin"])\n'
    )
    assert bench.run("pulumi", "stack", "init", "dev").returncode == 0
    done = bench.run(
        "pulumi", "up", "--yes", "--stack", "dev", *PACK, CODEPIPELINE_ACCESS_SARIF=str(bench.folder / "it")
    )
    assert done.returncode != 0
    # Which of the two is registered first is up to the engine: before the decoy is seen, the name is nobody's.
    assert re.search(r"(made-before-use|no-unjudged-grants)  \(aws:iam:GroupMembership: members\)", done.stdout)
    assert '"level": "error"' in (bench.folder / "it").read_text()
    writes = [call.action for call in bench.sandbox.account.calls if not call.action.startswith(("Get", "List"))]
    assert writes == ["CreateGroup"]  # the one above


def test_a_configuration_with_a_typing_error_is_refused(bench: Workbench) -> None:
    (bench.folder / "pack.json").write_text('{"no-acces-keys": "disabled", "no-access-keys": {"exceptions": []}}')
    assert bench.run("pulumi", "stack", "init", "dev").returncode == 0
    done = bench.run("pulumi", "preview", "--stack", "dev", *PACK, "--policy-pack-config", "pack.json")
    assert done.returncode != 0
    assert "no-acces-keys is not a rule of this pack. Did you mean no-access-keys?" in done.stdout


def test_a_user_without_the_required_boundary_is_refused(bench: Workbench) -> None:
    boundary = "arn:aws:iam::123456789012:policy/boundaries/developer"
    required = {"permissionsBoundary": boundary}
    (bench.folder / "pack.json").write_text(json.dumps({"permissions-boundary-required": required}))
    document = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    bench.client("iam").create_policy(PolicyName="developer", Path="/boundaries/", PolicyDocument=document)
    assert bench.run("pulumi", "stack", "init", "dev").returncode == 0
    configured = (*PACK, "--policy-pack-config", "pack.json")
    done = bench.run("pulumi", "up", "--yes", "--stack", "dev", *configured)
    assert done.returncode != 0
    assert "permissions-boundary-required  (aws:iam:User: access-jin)" in done.stdout
    assert f'permissionsBoundary is not "{boundary}". Every user must have this boundary.' in done.stdout
    bench.write_config("dev", {"team": "helprr", "developers": ["jin"], "permissionsBoundary": boundary})
    done = bench.run("pulumi", "up", "--yes", "--stack", "dev", *configured)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (
        bench.client("iam").get_user(UserName="jin")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
        == boundary
    )


def test_the_pack_may_be_named_by_the_environment(sneaky: Workbench) -> None:
    done = sneaky.run("pulumi", "preview", "--stack", "dev", PULUMI_OPTION_POLICY_PACK="policypack")
    assert done.returncode != 0
    assert "no-pipeline-change-grants" in done.stdout


def test_audit_of_a_state_that_exists(bench: Workbench, up: Up) -> None:
    up()
    done = bench.run("pulumi", "policy", "analyze", *PACK, "--stack", "dev")
    assert done.returncode == 0, done.stdout + done.stderr
