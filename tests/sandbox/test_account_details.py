"""What an audit reads: GetAccountAuthorizationDetails, and when people last did what."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.account import console_credentials
from tests.sandbox.aws import TRUST, allow, client_of, document, refusal

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient

    from sandbox.account import Account
    from tests.sandbox.conftest import ActingAs

PREFIX = "arn:aws:iam::123456789012:"
LISTS = allow("codepipeline:ListPipelines")
ODD = allow("s3:GetObject", on="arn:aws:s3:::bucket/100%+1 &<ä>")
START = datetime(2026, 12, 1, tzinfo=timezone.utc)


@pytest.fixture
def team(iam: IAMClient) -> IAMClient:
    """jin in a group with a policy of two versions, within a boundary; a role with AWS's policy, in a profile."""
    made = iam.create_policy(PolicyName="devs", PolicyDocument=document(LISTS), Description="for developers")
    iam.create_policy_version(
        PolicyArn=made["Policy"]["Arn"], PolicyDocument=document(allow("iam:*")), SetAsDefault=True
    )
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=document(allow("*")))["Policy"]["Arn"]
    iam.create_group(GroupName="devs", Path="/teams/")
    iam.attach_group_policy(GroupName="devs", PolicyArn=made["Policy"]["Arn"])
    iam.put_group_policy(GroupName="devs", PolicyName="odd", PolicyDocument=document(ODD))
    iam.create_user(UserName="jin", PermissionsBoundary=boundary, Tags=[{"Key": "name", "Value": "Jín"}])
    iam.add_user_to_group(GroupName="devs", UserName="jin")
    iam.create_role(RoleName="ci", AssumeRolePolicyDocument=document(TRUST))
    iam.attach_role_policy(RoleName="ci", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    iam.create_instance_profile(InstanceProfileName="ci")
    iam.add_role_to_instance_profile(InstanceProfileName="ci", RoleName="ci")
    return iam


def test_users_groups_and_roles_come_with_all_that_they_have(team: IAMClient) -> None:
    details: Any = team.get_account_authorization_details()
    (user,), (group,), (role,) = (details[f"{kind}DetailList"] for kind in ("User", "Group", "Role"))
    assert (user["Arn"], user["GroupList"], user["Tags"]) == (
        f"{PREFIX}user/jin",
        ["devs"],
        [{"Key": "name", "Value": "Jín"}],
    )
    assert user["PermissionsBoundary"]["PermissionsBoundaryArn"] == f"{PREFIX}policy/boundary"
    assert group["Path"] == "/teams/"
    assert group["AttachedManagedPolicies"] == [{"PolicyName": "devs", "PolicyArn": f"{PREFIX}policy/devs"}]
    (inline,) = group["GroupPolicyList"]
    assert (inline["PolicyName"], inline["PolicyDocument"]["Statement"]) == ("odd", [ODD])
    assert role["AssumeRolePolicyDocument"]["Statement"] == [TRUST]
    assert [profile["InstanceProfileName"] for profile in role["InstanceProfileList"]] == ["ci"]
    assert "PermissionsBoundary" not in role


def test_policies_have_every_version_and_one_that_is_only_a_boundary_is_left_out(team: IAMClient) -> None:
    policies = {policy["PolicyName"]: policy for policy in team.get_account_authorization_details()["Policies"]}
    assert policies.keys() == {"devs", "ReadOnlyAccess"}
    devs: Any = policies["devs"]
    assert {version["VersionId"]: version["Document"]["Statement"] for version in devs["PolicyVersionList"]} == {
        "v1": [LISTS],
        "v2": [allow("iam:*")],
    }
    assert [version["VersionId"] for version in devs["PolicyVersionList"] if version["IsDefaultVersion"]] == ["v2"]
    assert (devs["DefaultVersionId"], devs["AttachmentCount"], devs["Description"]) == ("v2", 1, "for developers")
    team.attach_user_policy(UserName="jin", PolicyArn=f"{PREFIX}policy/boundary")
    policies = {policy["PolicyName"]: policy for policy in team.get_account_authorization_details()["Policies"]}
    assert policies["boundary"]["PermissionsBoundaryUsageCount"] == 1


@pytest.mark.parametrize(
    ("wanted", "counts"),
    [
        (["User"], (1, 0, 0, 0)),
        (["Group", "Role"], (0, 1, 1, 0)),
        (["LocalManagedPolicy"], (0, 0, 0, 1)),
        (["AWSManagedPolicy"], (0, 0, 0, 1)),
    ],
)
def test_a_filter_leaves_out_the_rest(team: IAMClient, wanted: list[Any], counts: tuple[int, ...]) -> None:
    details: Any = team.get_account_authorization_details(Filter=wanted)
    lists = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    assert tuple(len(details[name]) for name in lists) == counts


def test_pages_hold_everything_once(team: IAMClient) -> None:
    for number in range(7):
        team.create_user(UserName=f"user-{number}")
    pages = [*team.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 3})]
    assert [page["IsTruncated"] for page in pages] == [True] * 3 + [False]
    users = [user["UserName"] for page in pages for user in page["UserDetailList"]]
    assert sorted(users) == ["jin", *(f"user-{number}" for number in range(7))]
    assert sum(len(page["Policies"]) for page in pages) == 2
    assert refusal(team.get_account_authorization_details, Marker="0") == "ValidationError: Invalid Marker."


def test_a_login_has_its_own_date_and_its_last_use(account: Account, iam: IAMClient) -> None:
    account.set_now(START)
    iam.create_user(UserName="jin")
    account.set_now(START + timedelta(days=1))
    iam.create_login_profile(UserName="jin", Password="Temporary-1")
    made = iam.get_login_profile(UserName="jin")["LoginProfile"]["CreateDate"]
    assert made.date() == (START + timedelta(days=1)).date()
    assert "PasswordLastUsed" not in iam.get_user(UserName="jin")["User"]
    account.set_now(START + timedelta(days=2))
    console_credentials(account.endpoint, "jin", "Temporary-1")
    used = iam.get_user(UserName="jin")["User"]["PasswordLastUsed"]
    assert used.date() == (START + timedelta(days=2)).date()
    assert iam.list_users()["Users"][0]["PasswordLastUsed"] == used


def test_the_last_use_of_a_key_is_told(account: Account, iam: IAMClient) -> None:
    account.set_now(START)
    iam.create_user(UserName="jin")
    key = iam.create_access_key(UserName="jin")["AccessKey"]
    assert iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"] == {
        "Region": "N/A",
        "ServiceName": "N/A",
    }
    client_of(account, "sts", aws_access_key_id=key["AccessKeyId"]).get_caller_identity()
    answer = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
    used = answer["AccessKeyLastUsed"]
    assert (answer["UserName"], used["ServiceName"], used["Region"]) == ("jin", "sts", "us-east-1")
    assert used["LastUsedDate"].date() == START.date()
    assert refusal(iam.get_access_key_last_used, AccessKeyId="AKIAIOSFODNN7EXAMPLE").startswith("NoSuchEntity")


def test_a_credential_report_has_root_and_everybody(account: Account, iam: IAMClient) -> None:
    account.set_now(START)
    iam.create_user(UserName="jin")
    iam.create_login_profile(UserName="jin", Password="Temporary-1")
    key = iam.create_access_key(UserName="jin")["AccessKey"]["AccessKeyId"]
    client_of(account, "sts", aws_access_key_id=key).get_caller_identity()
    assert refusal(iam.get_credential_report).startswith("ReportNotPresent")
    assert [iam.generate_credential_report()["State"] for _ in range(2)] == ["STARTED", "COMPLETE"]
    report = iam.get_credential_report()
    assert report["GeneratedTime"].date() == START.date()
    root, jin = csv.DictReader(report["Content"].decode().splitlines())
    assert (root["user"], root["password_enabled"]) == ("<root_account>", "not_supported")
    assert {name: jin[name].partition("T")[0] for name in jin if jin[name] not in ("N/A", "false")} == {
        "user": "jin",
        "arn": f"{PREFIX}user/jin",
        "user_creation_time": "2026-12-01",
        "password_enabled": "true",
        "password_last_used": "no_information",
        "password_last_changed": "2026-12-01",
        "access_key_1_active": "true",
        "access_key_1_last_rotated": "2026-12-01",
        "access_key_1_last_used_date": "2026-12-01",
        "access_key_1_last_used_region": "us-east-1",
        "access_key_1_last_used_service": "sts",
    }


def test_the_reads_of_an_audit_need_a_permission_and_have_one_name_each(iam: IAMClient, acting_as: ActingAs) -> None:
    iam.create_user(UserName="audit")
    reads: dict[str, dict[str, Any]] = {
        "get_account_authorization_details": {},
        "get_login_profile": {"UserName": "audit"},
        "list_mfa_devices": {"UserName": "audit"},
        "list_access_keys": {"UserName": "audit"},
        "get_access_key_last_used": {"AccessKeyId": ""},
        "get_user": {"UserName": "audit"},
        "list_groups_for_user": {"UserName": "audit"},
        "list_user_policies": {"UserName": "audit"},
        "list_attached_user_policies": {"UserName": "audit"},
        "get_group": {"GroupName": "devs"},
        "list_account_aliases": {},
        "list_service_specific_credentials": {"UserName": "audit"},
    }
    iam.create_group(GroupName="devs")
    iam.create_login_profile(UserName="audit", Password="Temporary-1")
    client, organizations = acting_as("audit", "iam"), acting_as("audit", "organizations")
    key = iam.list_access_keys(UserName="audit")["AccessKeyMetadata"][0]["AccessKeyId"]
    reads["get_access_key_last_used"]["AccessKeyId"] = key
    assert all(refusal(getattr(client, read), **given).startswith("AccessDenied") for read, given in reads.items())
    assert refusal(organizations.describe_organization).startswith("AccessDenied")
    actions = [f"iam:{client.meta.method_to_api_mapping[read]}" for read in reads]
    allowed = document(allow(*actions, "organizations:DescribeOrganization"))
    iam.put_user_policy(UserName="audit", PolicyName="reads", PolicyDocument=allowed)
    assert {read: refusal(getattr(client, read), **given) for read, given in reads.items()} == dict.fromkeys(reads, "")
    assert refusal(organizations.describe_organization).startswith("AWSOrganizationsNotInUseException")
