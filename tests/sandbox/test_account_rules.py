"""What AWS rejects and moto would do. Each test fails when its rule is removed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.aws import TRUST, allow, document, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from types_boto3_iam import IAMClient

ANYTHING = document(allow("codepipeline:GetPipeline"))
READ_ONLY = "arn:aws:iam::aws:policy/AWSCodePipeline_ReadOnlyAccess"


@pytest.mark.parametrize(
    ("operation", "first", "second", "message"),
    [
        ("create_user", {"UserName": "jin"}, {"UserName": "Jin"}, "User with name Jin already exists."),
        ("create_group", {"GroupName": "devs"}, {"GroupName": "DEVS"}, "Group with name DEVS already exists."),
        (
            "create_role",
            {"RoleName": "ci", "AssumeRolePolicyDocument": document(TRUST)},
            {"RoleName": "CI", "AssumeRolePolicyDocument": document(TRUST)},
            "Role with name CI already exists.",
        ),
        (
            "create_policy",
            {"PolicyName": "p", "PolicyDocument": ANYTHING},
            {"PolicyName": "P", "PolicyDocument": ANYTHING, "Path": "/teams/"},
            "A policy called P already exists. Duplicate names are not allowed.",
        ),
    ],
    ids=["user", "group", "role", "policy in another path"],
)
def test_names_that_differ_only_in_case_are_taken(
    iam: IAMClient, operation: str, first: dict[str, str], second: dict[str, str], message: str
) -> None:
    create = getattr(iam, operation)
    create(**first)
    assert refusal(create, **second) == f"EntityAlreadyExists: {message}"


def test_a_customer_policy_may_be_called_like_one_of_aws(iam: IAMClient) -> None:
    assert refusal(iam.create_policy, PolicyName="AdministratorAccess", PolicyDocument=ANYTHING) == ""


def test_a_rename_cannot_take_a_neighbours_name(iam: IAMClient) -> None:
    iam.create_user(UserName="jin")
    iam.create_user(UserName="mina")
    assert refusal(iam.update_user, UserName="jin", NewUserName="Mina").startswith("EntityAlreadyExists")
    assert {user["UserName"] for user in iam.list_users()["Users"]} == {"jin", "mina"}


def test_a_group_keeps_its_name_when_only_its_path_changes(iam: IAMClient) -> None:
    iam.create_group(GroupName="devs")
    iam.update_group(GroupName="devs", NewGroupName="devs", NewPath="/teams/")
    assert iam.get_group(GroupName="devs")["Group"]["Arn"] == "arn:aws:iam::123456789012:group/teams/devs"


def test_a_renamed_user_keeps_tags_keys_and_groups(iam: IAMClient) -> None:
    iam.create_user(UserName="jin", Tags=[{"Key": "team", "Value": "a"}])
    iam.create_group(GroupName="devs")
    iam.add_user_to_group(UserName="jin", GroupName="devs")
    key = iam.create_access_key(UserName="jin")["AccessKey"]["AccessKeyId"]
    iam.update_user(UserName="jin", NewUserName="jin-lee", NewPath="/teams/")
    assert iam.list_user_tags(UserName="jin-lee")["Tags"] == [{"Key": "team", "Value": "a"}]
    listed = iam.list_access_keys(UserName="jin-lee")["AccessKeyMetadata"]
    assert [(item["AccessKeyId"], item["UserName"]) for item in listed] == [(key, "jin-lee")]
    assert [user["UserName"] for user in iam.get_group(GroupName="devs")["Users"]] == ["jin-lee"]


@pytest.mark.parametrize(
    ("operation", "parameters", "message"),
    [
        ("create_user", {"UserName": "j" * 65}, "at 'userName' failed to satisfy constraint: Member must have length"),
        ("create_group", {"GroupName": "g" * 129}, "at 'groupName' failed to satisfy constraint: Member must have"),
        ("create_user", {"UserName": "jin lee"}, "The specified value for userName is invalid. It must contain only"),
        ("create_user", {"UserName": "jín"}, "The specified value for userName is invalid. It must contain only"),
        ("create_group", {"GroupName": "a/b"}, "The specified value for groupName is invalid. It must contain only"),
        (
            "create_user",
            {"UserName": "jin", "Path": "/teams"},
            "The specified value for path is invalid. It must begin",
        ),
        (
            "create_policy",
            {"PolicyName": "p", "PolicyDocument": ANYTHING, "Description": "d" * 1001},
            "at 'description' failed to satisfy constraint: Member must have length less than or equal to 1000",
        ),
    ],
    ids=["long user", "long group", "space", "accent", "slash", "open path", "long description"],
)
def test_ill_formed_names_are_refused(iam: IAMClient, operation: str, parameters: dict[str, str], message: str) -> None:
    refused = refusal(getattr(iam, operation), **parameters)
    assert refused.startswith("ValidationError: ")
    assert message in refused


def test_names_of_the_longest_allowed_length_pass(iam: IAMClient) -> None:
    iam.create_user(UserName="j" * 64, Path="/teams/helprr/")
    iam.create_group(GroupName="g" * 128)


def sized(characters: int) -> str:
    """A policy of this size as AWS counts it, with a lot of white space."""
    resource = "arn:aws:codepipeline:us-east-1:123456789012:"
    missing = characters - len("".join(document(allow("codepipeline:GetPipeline", on=resource)).split()))
    return json.dumps(json.loads(document(allow("codepipeline:GetPipeline", on=resource + "p" * missing))), indent=8)


@pytest.mark.parametrize("characters", [6_144, 6_145])
def test_a_managed_policy_has_at_most_6144_characters_without_white_space(iam: IAMClient, characters: int) -> None:
    refused = refusal(iam.create_policy, PolicyName="p", PolicyDocument=sized(characters))
    assert refused == ("" if characters == 6_144 else "LimitExceeded: Cannot exceed quota for PolicySize: 6144")


def test_a_new_version_is_measured_too(iam: IAMClient) -> None:
    arn = iam.create_policy(PolicyName="p", PolicyDocument=ANYTHING)["Policy"]["Arn"]
    refused = refusal(iam.create_policy_version, PolicyArn=arn, PolicyDocument=sized(6_145))
    assert refused == "LimitExceeded: Cannot exceed quota for PolicySize: 6144"


@pytest.mark.parametrize(("kind", "most"), [("group", 5_120), ("user", 2_048), ("role", 10_240)])
def test_all_inline_policies_together_are_limited(iam: IAMClient, kind: str, most: int) -> None:
    more = {"AssumeRolePolicyDocument": document(TRUST)} if kind == "role" else {}
    name = {f"{kind.capitalize()}Name": "x"}
    getattr(iam, f"create_{kind}")(**name, **more)
    put = getattr(iam, f"put_{kind}_policy")
    put(**name, PolicyName="first", PolicyDocument=sized(most - 1_000))
    refused = refusal(put, **name, PolicyName="second", PolicyDocument=sized(1_001))
    assert refused == f"LimitExceeded: Maximum policy size of {most} bytes exceeded for {kind} x"
    assert refusal(put, **name, PolicyName="second", PolicyDocument=sized(1_000)) == ""
    assert refusal(put, **name, PolicyName="first", PolicyDocument=sized(most - 1_000)) == ""


def test_a_trust_policy_has_at_most_2048_characters(iam: IAMClient) -> None:
    trust = document({**TRUST, "Sid": "x" * 2_048})
    refused = refusal(iam.create_role, RoleName="r", AssumeRolePolicyDocument=trust)
    assert refused == "LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048"


def test_a_group_has_at_most_ten_managed_policies(iam: IAMClient) -> None:
    iam.create_group(GroupName="devs")
    arns = [iam.create_policy(PolicyName=f"p{n}", PolicyDocument=ANYTHING)["Policy"]["Arn"] for n in range(11)]
    for arn in arns[:10]:
        iam.attach_group_policy(GroupName="devs", PolicyArn=arn)
    refused = refusal(iam.attach_group_policy, GroupName="devs", PolicyArn=arns[10])
    assert refused == "LimitExceeded: Cannot exceed quota for PoliciesPerGroup: 10"
    assert refusal(iam.attach_group_policy, GroupName="devs", PolicyArn=arns[0]) == ""


def test_a_user_is_in_at_most_ten_groups(iam: IAMClient) -> None:
    iam.create_user(UserName="jin")
    for number in range(11):
        iam.create_group(GroupName=f"g{number}")
    for number in range(10):
        iam.add_user_to_group(UserName="jin", GroupName=f"g{number}")
    refused = refusal(iam.add_user_to_group, UserName="jin", GroupName="g10")
    assert refused == "LimitExceeded: Cannot exceed quota for GroupsPerUser: 10"
    assert refusal(iam.add_user_to_group, UserName="jin", GroupName="g3") == ""


def test_what_is_attached_twice_is_detached_once(iam: IAMClient) -> None:
    iam.create_group(GroupName="devs")
    arn = iam.create_policy(PolicyName="p", PolicyDocument=ANYTHING)["Policy"]["Arn"]
    iam.attach_group_policy(GroupName="devs", PolicyArn=arn)
    iam.attach_group_policy(GroupName="devs", PolicyArn=arn)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    iam.detach_group_policy(GroupName="devs", PolicyArn=arn)
    assert refusal(iam.delete_policy, PolicyArn=arn) == ""


def test_a_group_goes_only_when_it_is_empty(iam: IAMClient) -> None:
    iam.create_group(GroupName="devs")
    iam.create_user(UserName="jin")
    iam.add_user_to_group(UserName="jin", GroupName="devs")
    iam.attach_group_policy(GroupName="devs", PolicyArn=READ_ONLY)
    iam.put_group_policy(GroupName="devs", PolicyName="deny", PolicyDocument=ANYTHING)
    conflict = "DeleteConflict: Cannot delete entity, must"
    assert refusal(iam.delete_group, GroupName="devs") == f"{conflict} remove users from group first."
    iam.remove_user_from_group(UserName="jin", GroupName="devs")
    assert refusal(iam.delete_group, GroupName="devs") == f"{conflict} detach all policies first."
    iam.detach_group_policy(GroupName="devs", PolicyArn=READ_ONLY)
    assert refusal(iam.delete_group, GroupName="devs") == f"{conflict} delete policies first."
    iam.delete_group_policy(GroupName="devs", PolicyName="deny")
    assert refusal(iam.delete_group, GroupName="devs") == ""


def test_a_user_is_deleted_only_when_nothing_is_attached(iam: IAMClient) -> None:
    iam.create_user(UserName="jin")
    iam.create_group(GroupName="devs")
    iam.add_user_to_group(UserName="jin", GroupName="devs")
    iam.attach_user_policy(UserName="jin", PolicyArn=READ_ONLY)
    iam.put_user_policy(UserName="jin", PolicyName="own", PolicyDocument=ANYTHING)
    iam.create_login_profile(UserName="jin", Password="Temporary-1")
    key = iam.create_access_key(UserName="jin")["AccessKey"]["AccessKeyId"]
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="jin")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName="jin", SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )
    ways_out: dict[str, Callable[[], object]] = {
        "remove users from group first": lambda: iam.remove_user_from_group(UserName="jin", GroupName="devs"),
        "detach all policies first": lambda: iam.detach_user_policy(UserName="jin", PolicyArn=READ_ONLY),
        "delete policies first": lambda: iam.delete_user_policy(UserName="jin", PolicyName="own"),
        "delete login profile first": lambda: iam.delete_login_profile(UserName="jin"),
        "delete access keys first": lambda: iam.delete_access_key(UserName="jin", AccessKeyId=key),
        "delete MFA device first": lambda: iam.deactivate_mfa_device(UserName="jin", SerialNumber=device),
    }
    for what, way_out in ways_out.items():
        assert refusal(iam.delete_user, UserName="jin") == f"DeleteConflict: Cannot delete entity, must {what}."
        way_out()
    assert refusal(iam.delete_user, UserName="jin") == ""


def test_an_attached_policy_and_one_with_old_versions_stay(iam: IAMClient) -> None:
    iam.create_group(GroupName="devs")
    arn = iam.create_policy(PolicyName="p", PolicyDocument=ANYTHING)["Policy"]["Arn"]
    iam.attach_group_policy(GroupName="devs", PolicyArn=arn)
    attached = "DeleteConflict: Cannot delete a policy attached to entities."
    assert refusal(iam.delete_policy, PolicyArn=arn) == attached
    iam.detach_group_policy(GroupName="devs", PolicyArn=arn)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=ANYTHING, SetAsDefault=True)
    assert refusal(iam.delete_policy, PolicyArn=arn).startswith(
        "DeleteConflict: This policy has more than one version."
    )
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    assert refusal(iam.delete_policy, PolicyArn=arn) == ""


@pytest.mark.parametrize(
    ("operation", "parameters", "message"),
    [
        ("get_user", {"UserName": "jin"}, "The user with name jin cannot be found."),
        ("delete_user", {"UserName": "jin"}, "The user with name jin cannot be found."),
        ("get_group", {"GroupName": "devs"}, "The group with name devs cannot be found."),
        ("get_role", {"RoleName": "ci"}, "The role with name ci cannot be found."),
        ("add_user_to_group", {"UserName": "jin", "GroupName": "devs"}, "The group with name devs cannot be found."),
        ("get_policy", {"PolicyArn": f"{READ_ONLY}s"}, f"Policy {READ_ONLY}s was not found."),
        ("get_login_profile", {"UserName": "mina"}, "Login Profile for User mina cannot be found."),
        (
            "attach_user_policy",
            {"UserName": "mina", "PolicyArn": f"{READ_ONLY}s"},
            f"Policy {READ_ONLY}s does not exist or is not attachable.",
        ),
    ],
)
def test_what_is_missing_is_said_in_the_words_of_aws(
    iam: IAMClient, operation: str, parameters: dict[str, str], message: str
) -> None:
    iam.create_user(UserName="mina")
    assert refusal(getattr(iam, operation), **parameters) == f"NoSuchEntity: {message}"


def test_nobody_has_service_specific_credentials(iam: IAMClient) -> None:
    iam.create_user(UserName="jin")
    assert iam.list_service_specific_credentials(UserName="jin")["ServiceSpecificCredentials"] == []
