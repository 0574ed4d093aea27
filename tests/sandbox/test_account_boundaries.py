"""Permissions boundaries of users and roles: put, shown, taken away, and obeyed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.aws import TRUST, allow, client_of, deny, document, refusal

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient

    from sandbox.account import Account
    from tests.sandbox.conftest import ActingAs

JIN = "User: arn:aws:iam::123456789012:user/jin is not authorized to perform: "


@pytest.fixture
def boundary(iam: IAMClient) -> str:
    """The ARN of a policy that allows listing pipelines and denies assuming roles."""
    policy = document(allow("codepipeline:List*"), deny("sts:AssumeRole"))
    return iam.create_policy(PolicyName="boundary", PolicyDocument=policy)["Policy"]["Arn"]


def boundary_of(iam: IAMClient, kind: str) -> str:
    shown = iam.get_user(UserName="jin")["User"] if kind == "user" else iam.get_role(RoleName="jin")["Role"]
    return shown.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")


def test_a_member_within_a_boundary_gets_what_both_allow_and_is_told_what_stopped_them(
    account: Account, iam: IAMClient, acting_as: ActingAs, boundary: str
) -> None:
    iam.create_user(UserName="jin", PermissionsBoundary=boundary)
    iam.create_group(GroupName="devs")
    iam.put_group_policy(GroupName="devs", PolicyName="all", PolicyDocument=document(allow("*")))
    iam.add_user_to_group(GroupName="devs", UserName="jin")
    client = acting_as("jin")
    assert refusal(client.list_pipelines) == ""
    assert refusal(client.get_pipeline, name="own") == (
        f"AccessDeniedException: {JIN}codepipeline:GetPipeline on resource: "
        "arn:aws:codepipeline:us-east-1:123456789012:own "
        "because no permissions boundary allows the codepipeline:GetPipeline action"
    )
    role = "arn:aws:iam::123456789012:role/deploy"
    assert refusal(acting_as("jin", "sts").assume_role, RoleArn=role, RoleSessionName="jin") == (
        f"AccessDenied: {JIN}sts:AssumeRole on resource: {role} with an explicit deny in a permissions boundary"
    )
    iam.delete_user_permissions_boundary(UserName="jin")
    assert "PipelineNotFoundException" in refusal(client.get_pipeline, name="own")
    assert client_of(account, "iam").get_user(UserName="jin")["User"].get("PermissionsBoundary") is None


def test_the_session_of_a_role_is_within_the_roles_boundary(account: Account, iam: IAMClient, boundary: str) -> None:
    arn = iam.create_role(RoleName="jin", AssumeRolePolicyDocument=document(TRUST), PermissionsBoundary=boundary)[
        "Role"
    ]["Arn"]
    iam.put_role_policy(RoleName="jin", PolicyName="all", PolicyDocument=document(allow("*")))
    credentials = client_of(account, "sts").assume_role(RoleArn=arn, RoleSessionName="ci")["Credentials"]
    role = client_of(
        account,
        "codepipeline",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
    assert refusal(role.list_pipelines) == ""
    assert "because no permissions boundary allows" in refusal(role.get_pipeline, name="own")


@pytest.mark.parametrize("kind", ["user", "role"])
def test_a_boundary_is_put_shown_replaced_and_taken_away_in_place(iam: IAMClient, boundary: str, kind: str) -> None:
    name = {"UserName": "jin"} if kind == "user" else {"RoleName": "jin"}
    trust = {"AssumeRolePolicyDocument": document(TRUST)} if kind == "role" else {}
    made = getattr(iam, f"create_{kind}")(**name, **trust, PermissionsBoundary=boundary)[kind.capitalize()]
    listed = getattr(iam, f"list_{kind}s")()[f"{kind.capitalize()}s"]
    assert [one.get("PermissionsBoundary") for one in listed] == [None]  # as AWS: lists do not tell it
    assert made["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary_of(iam, kind) == boundary
    others = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    getattr(iam, f"put_{kind}_permissions_boundary")(**name, PermissionsBoundary=others)
    assert boundary_of(iam, kind) == others
    getattr(iam, f"delete_{kind}_permissions_boundary")(**name)
    assert boundary_of(iam, kind) == ""


@pytest.mark.parametrize("kind", ["user", "role"])
def test_a_boundary_that_does_not_exist_is_refused_and_nothing_is_made(iam: IAMClient, kind: str) -> None:
    missing = "arn:aws:iam::123456789012:policy/missing"
    name = {"UserName": "jin"} if kind == "user" else {"RoleName": "jin"}
    trust = {"AssumeRolePolicyDocument": document(TRUST)} if kind == "role" else {}
    words = f"NoSuchEntity: Scope ARN: {missing} does not exist or is not attachable."
    assert refusal(getattr(iam, f"create_{kind}"), **name, **trust, PermissionsBoundary=missing) == words
    getattr(iam, f"create_{kind}")(**name, **trust)
    assert refusal(getattr(iam, f"put_{kind}_permissions_boundary"), **name, PermissionsBoundary=missing) == words


def test_a_policy_that_is_somebodys_boundary_stays(iam: IAMClient, boundary: str) -> None:
    iam.create_user(UserName="jin", PermissionsBoundary=boundary)
    assert refusal(iam.delete_policy, PolicyArn=boundary).startswith("DeleteConflict")
    iam.delete_user_permissions_boundary(UserName="jin")
    assert refusal(iam.delete_policy, PolicyArn=boundary) == ""


def test_only_this_boundary_may_be_put_where_a_condition_says_so(
    iam: IAMClient, acting_as: ActingAs, boundary: str
) -> None:
    iam.create_user(UserName="deploy")
    with_it = allow(
        "iam:CreateUser",
        "iam:PutUserPermissionsBoundary",
        Condition={"StringEquals": {"iam:PermissionsBoundary": boundary}},
    )
    iam.put_user_policy(UserName="deploy", PolicyName="members", PolicyDocument=document(with_it))
    deploy, other = acting_as("deploy", "iam"), "arn:aws:iam::aws:policy/AdministratorAccess"
    assert "AccessDenied" in refusal(deploy.create_user, UserName="jin")
    assert refusal(deploy.create_user, UserName="jin", PermissionsBoundary=boundary) == ""
    assert "AccessDenied" in refusal(deploy.put_user_permissions_boundary, UserName="jin", PermissionsBoundary=other)
    assert refusal(deploy.put_user_permissions_boundary, UserName="jin", PermissionsBoundary=boundary) == ""
