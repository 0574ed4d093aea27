"""The boundary and the service control policy: whatever a group grants, its members do what the guide lets them do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from components.pipeline_actions import CAPABILITIES, GUIDE, PIPELINE_CHANGES
from components.policy_document import Pattern, Place, Reach, developer_policy, own_mfa_device
from deploy import caps
from sandbox.account import Question, console_credentials, decide_with
from tests.operations.deploying_role import filled
from tests.sandbox.aws import allow, client_of, document, make_pipeline, pipeline, refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.account import Account

EVERYTHING = document(allow("*"))
JIN, MINA = (f"arn:aws:iam::123456789012:user/teams/helprr/{name}" for name in ("jin", "mina"))
ADMIN = "arn:aws:iam::123456789012:role/admin"
# What a member could turn into one of the three, from a boundary's silence: a resource's own policy may name them.
WAYS_OUT = [
    "codepipeline:CreatePipeline",
    "codepipeline:DeletePipeline",
    "codepipeline:PutActionRevision",
    "codepipeline:UpdatePipeline",
    "iam:CreateAccessKey",
    "iam:CreateRole",
    "iam:DeleteUserPermissionsBoundary",
    "iam:PassRole",
    "iam:PutUserPolicy",
    "kms:CreateGrant",
    "lambda:UpdateFunctionCode",
    "s3:PutObject",
    "sts:AssumeRole",
    "sts:GetFederationToken",
    "sts:TagSession",
]


@pytest.mark.parametrize(
    ("path", "generated"), [(caps.BOUNDARY, caps.boundary), (caps.SERVICE_CONTROL_POLICY, caps.service_control_policy)]
)
def test_the_file_is_what_the_catalogue_makes_of_it(path: Path, generated: Callable[[], dict[str, Any]]) -> None:
    assert path.read_text() == caps.as_text(generated())


def test_the_service_control_policy_fits_with_the_longest_path_that_iam_takes() -> None:
    text = json.dumps(filled("scp", partition="aws-us-gov", path=f"/{'p' * 510}/"), indent=2)
    assert len(text) <= caps.MAX_SERVICE_CONTROL_POLICY_SIZE


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def within_the_boundary(action: str, resource: str = "*") -> str:
    context = {"aws:username": ["jin"], "aws:principalarn": [JIN]}
    question = Question(action, resource, context)
    return decide_with([EVERYTHING], question, boundary=json.dumps(filled("boundary"))).decision


def within_the_organization(action: str, resource: str = "*", principal: str = JIN) -> str:
    context = {"aws:username": ["jin"], "aws:principalarn": [principal]}
    organization = [EVERYTHING, json.dumps(filled("scp"))]  # AWS attaches FullAWSAccess to everything
    return decide_with(
        [EVERYTHING], Question(action, resource, context), service_control_policies=organization
    ).decision


@pytest.mark.parametrize("within", [within_the_boundary, within_the_organization])
def test_nothing_but_the_teams_work_is_left_of_everything(within: Callable[[str], str]) -> None:
    permissions = [*GUIDE, *(one for capability in CAPABILITIES.values() for one in capability.permissions)]
    assert {one.action for one in permissions if within(one.action) != "allowed"} == set()
    assert {action: within(action) for action in WAYS_OUT} == dict.fromkeys(WAYS_OUT, "explicitDeny")


@pytest.mark.parametrize("file", ["boundary", "scp"])
def test_what_may_never_be_is_denied_by_name_whatever_the_catalogue_lists(file: str) -> None:
    (never,) = (statement for statement in filled(file)["Statement"] if statement["Sid"] == "Never")
    alone = [EVERYTHING, json.dumps({"Version": "2012-10-17", "Statement": [never]})]
    for action in (*PIPELINE_CHANGES, "iam:PassRole", "sts:AssumeRole"):
        question = Question(action, "*", {"aws:username": ["jin"], "aws:principalarn": [JIN]})
        assert decide_with(alone, question).decision == "explicitDeny"


@pytest.mark.parametrize("within", [within_the_boundary, within_the_organization])
def test_ones_own_credentials_are_ones_own_only(within: Callable[[str, str], str]) -> None:
    for action in ("iam:ChangePassword", "iam:EnableMFADevice", "iam:ListMFADevices"):
        assert within(action, JIN) == "allowed"
        assert within(action, MINA) != "allowed"
        assert within(action, JIN.replace("jin", "benjin")) != "allowed"


def test_the_service_control_policy_is_about_users_of_the_teams_path_only() -> None:
    others = [
        "arn:aws:iam::123456789012:user/ann",
        "arn:aws:iam::123456789012:user/teams/helprr2/ann",
        "arn:aws:iam::123456789012:user/teams/ann",
        "arn:aws:iam::123456789012:role/teams/helprr/deploy",
    ]
    decided = {who: within_the_organization("codepipeline:UpdatePipeline", principal=who) for who in others}
    assert decided == dict.fromkeys(others, "allowed")
    nested = "arn:aws:iam::210987654321:user/teams/helprr/backend/jin"
    assert within_the_organization("codepipeline:UpdatePipeline", principal=nested) == "explicitDeny"


@pytest.mark.parametrize("pipelines", [None, [Pattern("helprr-*")]], ids=["all", "scoped"])
def test_no_policy_that_a_team_can_have_is_cut_short_by_the_boundary(pipelines: list[Pattern] | None) -> None:
    place = Place("aws", "us-east-1", "123456789012")
    texts = [developer_policy(place, Reach(pipelines), list(CAPABILITIES)), own_mfa_device(place)]
    granted = {
        action
        for text in texts
        for statement in json.loads(text)["Statement"]
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
    }
    granted |= {"iam:ChangePassword", "iam:GetAccountPasswordPolicy"}  # by IAMUserChangePassword
    assert {action for action in granted if within_the_boundary(action, JIN) != "allowed"} == set()
    assert granted.isdisjoint(PIPELINE_CHANGES)


def test_a_member_of_a_group_with_every_right_signs_in_does_the_teams_work_and_nothing_else(account: Account) -> None:
    """The account's own answers, not an evaluation: `*:*` in the group, the boundary on the user."""
    iam = client_of(account, "iam")
    boundary = iam.create_policy(
        PolicyName="boundary", Path="/boundaries/", PolicyDocument=json.dumps(filled("boundary"))
    )["Policy"]["Arn"]
    iam.create_group(GroupName="developers")
    iam.put_group_policy(GroupName="developers", PolicyName="everything", PolicyDocument=EVERYTHING)
    iam.create_user(UserName="jin", Path="/teams/helprr/", PermissionsBoundary=boundary)
    iam.create_login_profile(UserName="jin", Password="Temporary-1", PasswordResetRequired=True)
    iam.add_user_to_group(GroupName="developers", UserName="jin")
    trust = {"Effect": "Allow", "Principal": {"AWS": JIN}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName="admin", AssumeRolePolicyDocument=document(trust))
    make_pipeline(account, "own")

    def console(password: str, service: str) -> Any:  # noqa: ANN401 - any service's client
        return client_of(account, service, **console_credentials(account.endpoint, "jin", password))

    console("Temporary-1", "iam").change_password(OldPassword="Temporary-1", NewPassword="what-Jin-chose-1")
    jin = console("what-Jin-chose-1", "codepipeline")
    execution = jin.start_pipeline_execution(name="own")["pipelineExecutionId"]
    arn = f"arn:aws:codepipeline:us-east-1:{account.account_id}:own"
    jin.list_pipelines()
    jin.get_pipeline(name="own")
    jin.get_pipeline_state(name="own")
    jin.get_pipeline_execution(pipelineName="own", pipelineExecutionId=execution)
    jin.list_pipeline_executions(pipelineName="own")
    jin.list_action_executions(pipelineName="own")
    jin.list_action_types()
    jin.list_rule_executions(pipelineName="own")
    jin.list_tags_for_resource(resourceArn=arn)
    jin.stop_pipeline_execution(pipelineName="own", pipelineExecutionId=execution)
    retry = {"pipelineName": "own", "stageName": "Source", "pipelineExecutionId": execution}
    assert "AccessDenied" not in refusal(jin.retry_stage_execution, **retry, retryMode="FAILED_ACTIONS")

    own = pipeline(account, "own")
    as_jin, sts = console("what-Jin-chose-1", "iam"), console("what-Jin-chose-1", "sts")
    refused = [
        refusal(jin.create_pipeline, pipeline=own | {"name": "mine"}),
        refusal(jin.update_pipeline, pipeline=own),
        refusal(jin.delete_pipeline, name="own"),
        refusal(as_jin.create_role, RoleName="mine", AssumeRolePolicyDocument=document(trust)),
        refusal(as_jin.create_access_key, UserName="jin"),
        refusal(as_jin.delete_user_permissions_boundary, UserName="jin"),
        refusal(sts.assume_role, RoleArn=ADMIN, RoleSessionName="jin"),
    ]
    assert [answer for answer in refused if "explicit deny in a permissions boundary" not in answer] == []
