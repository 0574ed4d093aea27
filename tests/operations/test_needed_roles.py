"""Which roles a deployment needs: what is known for certain, and what goes to the owners of the account."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import needed_roles, stacks

USER, LOGIN, MEMBERSHIP = (
    "aws:iam/user:User",
    "aws:iam/userLoginProfile:UserLoginProfile",
    "aws:iam/groupMembership:GroupMembership",
)
GROUP, POLICY, RAIL = "aws:iam/group:Group", "aws:iam/policy:Policy", "aws:iam/groupPolicy:GroupPolicy"
COMPONENT, STACK = "codepipeline-access:index:DeveloperAccess", "pulumi:pulumi:Stack"
FOLDER = Path(needed_roles.__file__).parent


def step(op: str, resource_type: str, *reasons: str, name: str = "access-x") -> dict[str, object]:
    parent = "" if resource_type == STACK else f"{COMPONENT}$"
    urn = f"urn:pulumi:dev::codepipeline-access::{parent}{resource_type}::{name}"
    return {"op": op, "urn": urn, "diffReasons": list(reasons)}


def with_an_end(of_a_policy: dict[str, object]) -> dict[str, object]:
    """The step, where access ended by the policy before."""
    document = json.dumps({"Statement": {"Condition": {"DateLessThan": {"aws:CurrentTime": "2027-04-01T00:00:00Z"}}}})
    return of_a_policy | {"oldState": {"inputs": {"policy": document}}}


def preview(*steps: dict[str, object]) -> str:
    return json.dumps({"config": {}, "steps": list(steps), "duration": 1, "changeSummary": {}})


@pytest.mark.parametrize(
    ("steps", "roles"),
    [
        ([], []),
        ([step("refresh", GROUP), step("same", POLICY), step("read", USER)], []),
        ([step("update", COMPONENT), step("create", STACK)], []),
        ([step("create", USER), step("create", LOGIN), step("update", MEMBERSHIP, "users")], ["members"]),
        ([step("delete", USER), step("replace", LOGIN), step("create-replacement", LOGIN)], ["members"]),
        ([step("update", USER, "permissionsBoundary"), step("update", USER, "tags")], ["members"]),
        ([step("update", POLICY, "policy")], ["grants"]),
        ([step("replace", POLICY, "description"), step("delete-replaced", POLICY)], ["grants"]),
        ([step("create", RAIL), step("delete", RAIL)], ["grants"]),
        ([step("update", MEMBERSHIP), step("update", POLICY), step("create", RAIL)], ["grants", "members"]),
        ([step("update", MEMBERSHIP), step("delete", RAIL)], ["administrator"]),
        ([step("delete", USER), step("update", RAIL)], ["administrator"]),
        ([step("delete", USER), with_an_end(step("update", POLICY))], ["administrator"]),
        ([step("delete", USER), with_an_end(step("same", POLICY))], ["members"]),
        ([with_an_end(step("update", POLICY))], ["grants"]),
        ([step("create", GROUP), step("create", RAIL)], ["administrator"]),
        ([step("create", MEMBERSHIP)], ["administrator"]),
        ([step("replace", GROUP, "name"), step("replace", MEMBERSHIP)], ["administrator"]),
        ([step("delete", GROUP)], ["administrator"]),
        ([step("update", USER, "path"), step("update", RAIL)], ["administrator"]),
        ([step("update", GROUP, "path")], ["administrator"]),
        ([step("replace", POLICY, "name")], ["administrator"]),
    ],
)
def test_each_kind_of_change_has_its_roles(steps: list[dict[str, object]], roles: list[str]) -> None:
    assert needed_roles.needed_roles(preview(*steps)) == roles


@pytest.mark.parametrize(
    "unknown",
    [
        step("create", "aws:iam/userPolicy:UserPolicy"),
        step("create", "aws:iam/role:Role"),
        step("update", "pulumi:providers:aws"),
        step("create", "random:index/randomString:RandomString"),
        {"op": "create", "urn": "urn:pulumi:dev"},
        {"op": "create", "urn": "urn:pulumi:dev::codepipeline-access::aws:iam/user:User2::aws:iam/user:User"},
        step("create", RAIL, name="a::urn:pulumi:dev::x::aws:iam/user:User::b"),
    ],
)
def test_what_is_not_known_for_certain_is_the_owners(unknown: dict[str, object]) -> None:
    assert needed_roles.needed_roles(preview(unknown)) == ["grants"]


def test_an_operation_that_is_not_known_is_a_change() -> None:
    assert needed_roles.needed_roles(preview(step("rename", POLICY), step("rename", USER))) == ["grants", "members"]


@pytest.mark.parametrize(
    "text",
    ["", "error: no stack", "[]", "null", '{"steps": []}', '{"changeSummary": {}, "steps": [{"op": "same"}]}', "{}{}"],
)
def test_a_preview_that_cannot_be_read_tells_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / "preview.json").write_text(text)
    command = [sys.executable, str(FOLDER / "needed_roles.py"), "of", str(tmp_path / "preview.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{tmp_path / 'preview.json'}: ")
    assert "Traceback" not in done.stderr


def told(folder: Path, **roles: object) -> list[dict[str, str]]:
    for stack, list_of_roles in roles.items():
        (folder / f"{stack}.roles.json").write_text(json.dumps(list_of_roles))
    return needed_roles.runs(folder)


def test_the_grants_come_before_the_members_and_dev_before_prod(tmp_path: Path) -> None:
    assert told(tmp_path, prod=["grants"], dev=["members", "grants"]) == [
        {"stack": "dev", "role": "grants", "environment": "dev-grants"},
        {"stack": "dev", "role": "members", "environment": "dev"},
        {"stack": "prod", "role": "grants", "environment": "prod-grants"},
    ]
    assert told(tmp_path, prod=[], dev=[]) == []


@pytest.mark.parametrize(
    ("prod", "problem"),
    [
        (["administrator"], "prod: this change sets up, renames or moves"),
        (["owner"], "no list of roles"),
        ("members", "no list of roles"),
        ({"members": 1}, "no list of roles"),
    ],
)
def test_nothing_is_deployed_where_a_stack_needs_more_than_its_roles(
    tmp_path: Path, prod: object, problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        told(tmp_path, dev=["members"], prod=prod)


def test_nothing_is_deployed_where_a_stack_was_not_looked_at(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nobody has told which roles prod needs"):
        told(tmp_path, dev=["members"])


def test_a_workflow_is_told_backend_region_and_role_by_a_file_with_owners() -> None:
    assert stacks.answers("prod", "grants") == {
        "backend": "s3://helprr-pulumi-state?region=us-east-1",
        "region": "us-east-1",
        "role": "arn:aws:iam::123456789012:role/helprr-backend-prod-grants",
    }
    command = [sys.executable, str(FOLDER / "stacks.py")]
    done = subprocess.run([*command, "dev", "members"], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[2] == "role=arn:aws:iam::123456789012:role/helprr-backend-dev-members"
    done = subprocess.run([*command, "dev", "owner"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "stacks.json lacks 'owner' for stack dev, role owner\n"


@pytest.mark.parametrize("stack", ["dev-grants", "dev-main", "prod-preview"])
def test_no_stack_is_named_like_an_environment_of_another(stack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its members' runs would be in the environment that leads to the other stack's grants."""
    text = json.dumps({"backend": "", "region": "", "roles": {stack: {"members": "arn"}}})
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: text)
    with pytest.raises(LookupError, match="ends with none of -grants, -main, -preview"):
        stacks.answers(stack, "members")
