"""From the guide's stack file to the account and back, by the real engine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient

    from tests.engine.conftest import Preview, Up
    from walkthrough import Workbench

GROUP = "helprr-backend-developer-group"
POLICY = "arn:aws:iam::123456789012:policy/helprr-backend-developer-policy"
CHANGE_PASSWORD = "arn:aws:iam::aws:policy/IAMUserChangePassword"
RAILS = ["deny-pipeline-changes", "own-mfa-device"]
THE_GUIDES_ACTIONS = {
    "codepipeline:GetPipeline",
    "codepipeline:GetPipelineExecution",
    "codepipeline:GetPipelineState",
    "codepipeline:ListActionExecutions",
    "codepipeline:ListActionTypes",
    "codepipeline:ListPipelineExecutions",
    "codepipeline:ListPipelines",
    "codepipeline:ListRuleExecutions",
    "codepipeline:ListTagsForResource",
    "codepipeline:RetryStageExecution",
    "codepipeline:StartPipelineExecution",
    "codepipeline:StopPipelineExecution",
}


def attached(iam: IAMClient) -> set[str]:
    return {policy["PolicyArn"] for policy in iam.list_attached_group_policies(GroupName=GROUP)["AttachedPolicies"]}


def members(iam: IAMClient) -> list[str]:
    return sorted(user["UserName"] for user in iam.get_group(GroupName=GROUP)["Users"])


@pytest.mark.cold
def test_the_account_has_what_the_guide_makes(bench: Workbench, up: Up) -> None:
    up()
    iam = bench.client("iam")
    policy = iam.get_policy(PolicyArn=POLICY)["Policy"]
    document = iam.get_policy_version(PolicyArn=POLICY, VersionId=policy["DefaultVersionId"])["PolicyVersion"][
        "Document"
    ]
    (statement,) = document.pop("Statement")
    assert document == {"Version": "2012-10-17"}
    assert len(statement["Action"]) == len(THE_GUIDES_ACTIONS)
    assert set(statement.pop("Action")) == THE_GUIDES_ACTIONS
    assert statement == {"Effect": "Allow", "Resource": "*"}
    assert policy["PolicyName"] == "helprr-backend-developer-policy"
    assert policy["Description"] == "Limited access for backend developers to view, re-trigger, and stop pipelines"
    assert attached(iam) == {POLICY, CHANGE_PASSWORD}
    assert members(iam) == ["jin"]
    assert iam.get_login_profile(UserName="jin")["LoginProfile"]["PasswordResetRequired"] is True
    assert sorted(iam.list_group_policies(GroupName=GROUP)["PolicyNames"]) == RAILS
    deny = iam.get_group_policy(GroupName=GROUP, PolicyName="deny-pipeline-changes")["PolicyDocument"]["Statement"]
    changes = ["codepipeline:CreatePipeline", "codepipeline:UpdatePipeline", "codepipeline:DeletePipeline"]
    assert deny == [{"Effect": "Deny", "Action": changes, "Resource": "*"}]


def test_a_second_up_changes_nothing(up: Up) -> None:
    up()
    up(None, "--expect-no-changes")


def test_the_outputs_tell_url_group_policy_developers_and_the_access_matrix(bench: Workbench, up: Up) -> None:
    up()
    outputs = json.loads(bench.run("pulumi", "stack", "output", "--json", "--stack", "dev").stdout)
    readme = outputs.pop("readme")
    assert outputs == {
        "signInUrl": "https://123456789012.signin.aws.amazon.com/console",
        "group": GROUP,
        "policyArn": POLICY,
        "developers": ["jin"],
    }
    assert "| may **not** | edit a pipeline | `codepipeline:UpdatePipeline` |" in readme


def test_removing_a_developer_removes_the_user_from_the_account(bench: Workbench, up: Up, preview: Preview) -> None:
    up({"developers": ["jin", "mina"]})
    bench.client("iam").create_access_key(UserName="mina")
    assert preview() == [
        "delete User access-mina",
        "delete UserLoginProfile access-mina",
        "update GroupMembership access-members",
    ]
    up()
    assert [user["UserName"] for user in bench.client("iam").list_users()["Users"]] == ["jin"]


def test_what_was_done_to_the_group_by_hand_is_shown_and_removed(bench: Workbench, up: Up, preview: Preview) -> None:
    up()
    iam = bench.client("iam")
    iam.create_user(UserName="stranger")
    iam.add_user_to_group(GroupName=GROUP, UserName="stranger")
    iam.attach_group_policy(GroupName=GROUP, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    by_hand = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    iam.put_group_policy(GroupName=GROUP, PolicyName="by-hand", PolicyDocument=json.dumps(by_hand))
    assert preview() == [
        "update GroupMembership access-members",
        "update GroupPoliciesExclusive access-inline-policies",
        "update GroupPolicyAttachmentsExclusive access-attached-policies",
    ]
    shown = bench.run("pulumi", "preview", "--diff", "--stack", "dev").stdout
    assert all(word in shown for word in ('"stranger"', "AdministratorAccess", '"by-hand"'))
    up()
    assert members(iam) == ["jin"]
    assert attached(iam) == {POLICY, CHANGE_PASSWORD}
    assert sorted(iam.list_group_policies(GroupName=GROUP)["PolicyNames"]) == RAILS
    assert iam.get_user(UserName="stranger")["User"]["UserName"] == "stranger"
