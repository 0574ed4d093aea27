"""Taking over what the console guide made: nothing replaced, no password changed, access unbroken."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from components.take_over import import_file

if TYPE_CHECKING:
    from walkthrough import Workbench

POLICY = "arn:aws:iam::123456789012:policy/helprr-backend-developer-policy"
GROUP = "helprr-backend-developer-group"
CHANGE_PASSWORD = "arn:aws:iam::aws:policy/IAMUserChangePassword"
DESCRIPTION = "Limited access for backend developers to view, re-trigger, and stop pipelines"
TAKE_AWAY = {"DeletePolicy", "DetachGroupPolicy", "DetachUserPolicy", "DeleteGroup", "RemoveUserFromGroup"}


def click_through_the_guide(bench: Workbench) -> None:
    """Policy, group and user as the console makes them; jin has long since chosen a password of his own."""
    iam = bench.client("iam")
    actions = ["codepipeline:ListPipelines", "codepipeline:GetPipeline", "codepipeline:StopPipelineExecution"]
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
    iam.create_policy(
        PolicyName="helprr-backend-developer-policy", Description=DESCRIPTION, PolicyDocument=json.dumps(document)
    )
    iam.create_group(GroupName=GROUP)
    iam.attach_group_policy(GroupName=GROUP, PolicyArn=POLICY)
    iam.create_user(UserName="jin")
    iam.create_login_profile(UserName="jin", Password="what-Jin-chose-1", PasswordResetRequired=False)
    iam.attach_user_policy(UserName="jin", PolicyArn=CHANGE_PASSWORD)
    iam.add_user_to_group(GroupName=GROUP, UserName="jin")


def test_what_the_guide_made_is_taken_over_without_a_moment_of_lost_access(bench: Workbench) -> None:
    click_through_the_guide(bench)
    settings = {"team": "helprr-backend", "description": DESCRIPTION, "existing": ["jin"]}
    bench.write_config("dev", settings)
    assert bench.run("pulumi", "stack", "init", "dev").returncode == 0
    written = bench.run("python", "-m", "components.take_over", POLICY)
    (bench.folder / "import.json").write_text(written.stdout)
    options = ("--stack", "dev", "--yes", "--protect=false", "--generate-code=false")
    imported = bench.run("pulumi", "import", "--file", "import.json", *options)
    assert imported.returncode == 0, imported.stdout + imported.stderr
    before = len(bench.sandbox.account.calls)
    preview = bench.run("pulumi", "preview", "--json", "--stack", "dev", "--policy-pack", "policypack")
    planned = [(step["op"], step["urn"].rpartition("::")[2]) for step in json.loads(preview.stdout)["steps"]]
    assert sorted(name for op, name in planned if op == "update") == ["access-policy"]
    assert {op for op, _ in planned} <= {"create", "update", "same", "refresh"}
    up = bench.run("pulumi", "up", "--yes", "--skip-preview", "--stack", "dev", "--policy-pack", "policypack")
    assert up.returncode == 0, up.stdout
    done = {call.action for call in bench.sandbox.account.calls[before:] if not call.error}
    assert done & TAKE_AWAY == set()
    assert {action for action in done if "LoginProfile" in action} == set()
    iam = bench.client("iam")
    assert iam.get_login_profile(UserName="jin")["LoginProfile"]["PasswordResetRequired"] is False
    assert [user["UserName"] for user in iam.get_group(GroupName=GROUP)["Users"]] == ["jin"]
    assert len(iam.get_policy_version(PolicyArn=POLICY, VersionId="v2")["PolicyVersion"]["Document"]["Statement"]) == 1
    again = bench.run("pulumi", "preview", "--stack", "dev", "--expect-no-changes")
    assert again.returncode == 0, again.stdout


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "helprr-backend",
        "arn:aws:iam::123456789012:policy/helprr-backend",
        "arn:aws:iam::123456789012:policy/-developer-policy",
        "arn:aws:iam::123:policy/helprr-backend-developer-policy",
        "arn:aws:iam::123456789012:group/helprr-backend-developer-policy",
        "arn:aws:iam::aws:policy/helprr-backend-developer-policy",
        f"{POLICY}\n",
    ],
)
def test_a_policy_that_no_stack_would_make_is_refused(arn: str) -> None:
    with pytest.raises(ValueError, match="is not like arn:aws:iam::123456789012:policy/TEAM-developer-policy"):
        import_file(arn)


@pytest.mark.parametrize(
    ("arn", "group"),
    [
        (POLICY, GROUP),
        ("arn:aws-cn:iam::123456789012:policy/teams/a/web-developer-policy", "web-developer-group"),
        ("arn:aws-us-gov:iam::123456789012:policy/a_b+c=d,e.f@g-developer-policy", "a_b+c=d,e.f@g-developer-group"),
        (
            "arn:aws:iam::123456789012:policy/x-developer-policy-developer-policy",
            "x-developer-policy-developer-group",
        ),
    ],
)
def test_the_group_is_found_by_the_policys_name(arn: str, group: str) -> None:
    assert import_file(arn) == {
        "resources": [
            {"type": "codepipeline-access:index:DeveloperAccess", "name": "access", "component": True},
            {"type": "aws:iam/policy:Policy", "name": "access-policy", "id": arn, "parent": "access"},
            {"type": "aws:iam/group:Group", "name": "access-group", "id": group, "parent": "access"},
        ]
    }
