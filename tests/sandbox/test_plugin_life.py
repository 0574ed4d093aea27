"""Resources of the aws plugin from creation to deletion, and the states they can end up in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.aws import TRUST, allow, document, refusal
from tests.sandbox.plugin_client import Diff, PluginClient, Refused
from tests.sandbox.resource_types import (
    ADMINISTRATOR,
    GET,
    GROUP,
    LIST,
    MEMBERS,
    PIPELINE,
    POLICY,
    READ_ONLY,
    ROLE,
    USER,
)

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient


def lives(name: str) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Resource type, inputs, changed inputs; `name` is that of an existing policy, user, group and role."""
    arn = f"arn:aws:iam::123456789012:policy/{name}"
    found: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        (GROUP, {"name": "devs"}, {"name": "devs", "path": "/teams/"}),
        (USER, {"name": "jin", "tags": {"a": "1", "b": "2"}}, {"name": "jin", "path": "/teams/", "tags": {"b": "3"}}),
        (
            ROLE,
            {"name": "ci", "assumeRolePolicy": document(TRUST), "managedPolicyArns": [READ_ONLY]},
            {"name": "ci", "assumeRolePolicy": document(TRUST), "managedPolicyArns": [arn], "description": "of CI"},
        ),
        (POLICY, {"name": "p", "policy": LIST}, {"name": "p", "policy": GET, "tags": {"a": "1"}}),
        (MEMBERS, {"name": "all", "group": name, "users": []}, {"name": "all", "group": name, "users": [name]}),
        (
            "aws:iam/userGroupMembership:UserGroupMembership",
            {"user": name, "groups": []},
            {"user": name, "groups": [name]},
        ),
        ("aws:iam/accessKey:AccessKey", {"user": name}, {"user": name, "status": "Inactive"}),
        (
            "aws:iam/policyAttachment:PolicyAttachment",
            {"name": "a", "policyArn": arn, "groups": [name]},
            {"name": "a", "policyArn": arn, "users": [name], "roles": [name]},
        ),
    ]
    pipeline = {"name": "own", "roleArn": f"arn:aws:iam::123456789012:role/{name}"}
    store = {"artifactStores": [{"type": "S3", "location": "bucket"}]}
    found.append(
        (PIPELINE, {**pipeline, **store, "stages": stages("main")}, {**pipeline, **store, "stages": stages("next")})
    )
    for holder in ("Group", "User", "Role"):
        low = holder.lower()
        exclusive = {f"{low}Name": name}
        inline = {low: name, "name": "inline"}
        found += [
            (f"aws:iam/{low}Policy:{holder}Policy", {**inline, "policy": LIST}, {**inline, "policy": GET}),
            (
                f"aws:iam/{low}PolicyAttachmentsExclusive:{holder}PolicyAttachmentsExclusive",
                {**exclusive, "policyArns": [arn, READ_ONLY]},
                {**exclusive, "policyArns": [READ_ONLY]},
            ),
        ]
    return found


def stages(branch: str) -> list[dict[str, Any]]:
    """A source and a build."""
    by_aws = {"owner": "AWS", "version": "1"}
    source = {"name": "Get", "category": "Source", "provider": "CodeCommit", "configuration": {"BranchName": branch}}
    build = {"name": "Make", "category": "Build", "provider": "CodeBuild", "inputArtifacts": ["code"]}
    return [
        {"name": "Source", "actions": [{**by_aws, **source, "outputArtifacts": ["code"]}]},
        {"name": "Build", "actions": [{**by_aws, **build}]},
    ]


@pytest.mark.parametrize(("resource_type", "first", "second"), lives("there"), ids=[life[0] for life in lives("there")])
@pytest.mark.usefixtures("existing")
def test_created_read_updated_and_deleted(
    plugin: PluginClient, resource_type: str, first: dict[str, Any], second: dict[str, Any]
) -> None:
    resource_id, state = plugin.create(resource_type, first)
    assert state["id"] == resource_id
    assert plugin.diff(resource_type, _plain(state), first) == Diff()
    found, refreshed, _ = plugin.read(resource_type, resource_id, _plain(state))
    assert (found, _plain(refreshed)) == (resource_id, _plain(state))
    assert plugin.diff(resource_type, _plain(state), second).changed
    updated = plugin.update(resource_type, resource_id, _plain(state), second)
    assert plugin.diff(resource_type, _plain(updated), second) == Diff()
    plugin.delete(resource_type, resource_id, _plain(updated))
    if "Exclusive" not in resource_type and resource_type not in (
        MEMBERS,
        "aws:iam/userGroupMembership:UserGroupMembership",
        "aws:iam/policyAttachment:PolicyAttachment",
    ):
        assert plugin.read(resource_type, resource_id, _plain(updated)) == ("", {}, {})
    plugin.delete(resource_type, resource_id, _plain(updated))  # what is gone already is no error


def _plain(state: dict[str, Any]) -> dict[str, Any]:
    """A state as the engine returns it, without markers for secrets."""
    return {
        name: value["secret"] if isinstance(value, dict) and "secret" in value else value
        for name, value in state.items()
    }


def test_the_account_has_what_was_created(plugin: PluginClient, iam: IAMClient) -> None:
    plugin.create(USER, {"name": "jin", "path": "/teams/", "tags": {"a": "1"}})
    user = iam.get_user(UserName="jin")["User"]
    assert (user["Path"], user["Tags"]) == ("/teams/", [{"Key": "a", "Value": "1"}])


def test_errors_are_worded_as_the_genuine_plugins(plugin: PluginClient, iam: IAMClient) -> None:
    iam.create_user(UserName="jin")
    with pytest.raises(Refused) as refused:
        plugin.create(USER, {"name": "jin"})
    start, _, end = str(refused.value).partition(", RequestID: ")
    assert start == "creating IAM User (jin): operation error IAM: CreateUser, https response error StatusCode: 409"
    assert end.partition(", ")[2] == "EntityAlreadyExists: User with name jin already exists."


def test_a_group_renamed_in_place_is_lost_to_the_next_refresh(plugin: PluginClient, iam: IAMClient) -> None:
    """Its id keeps the old name, as measured with the genuine plugin; so the component replaces it instead."""
    resource_id, state = plugin.create(GROUP, {"name": "devs"})
    updated = plugin.update(GROUP, resource_id, state, {"name": "ops"})
    assert updated["name"] == "ops"
    assert plugin.read(GROUP, resource_id, updated) == ("", {}, {})
    plugin.delete(GROUP, resource_id, updated)
    assert [group["GroupName"] for group in iam.list_groups()["Groups"]] == ["ops"]


def test_the_fifth_new_version_drops_the_oldest(plugin: PluginClient, iam: IAMClient) -> None:
    resource_id, state = plugin.create(POLICY, {"name": "p", "policy": LIST})
    for number in range(6):
        changed = document(allow("codepipeline:ListPipelines", Sid=f"n{number}"))
        state = plugin.update(POLICY, resource_id, state, {"name": "p", "policy": changed})
    versions = iam.list_policy_versions(PolicyArn=resource_id)["Versions"]
    assert sorted(version["VersionId"] for version in versions) == ["v3", "v4", "v5", "v6", "v7"]
    plugin.delete(POLICY, resource_id, state)


def everything_by_hand(iam: IAMClient, user: str) -> None:
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName=user)
    iam.create_access_key(UserName=user)
    iam.create_login_profile(UserName=user, Password="Temporary-1")
    iam.put_user_policy(UserName=user, PolicyName="x", PolicyDocument=GET)
    iam.attach_user_policy(UserName=user, PolicyArn=ADMINISTRATOR)
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName=user)["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName=user, SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )
    iam.upload_ssh_public_key(UserName=user, SSHPublicKeyBody="ssh-rsa AAAA jin")


def test_a_user_with_things_made_by_hand_is_deleted_only_by_force(plugin: PluginClient, iam: IAMClient) -> None:
    resource_id, state = plugin.create(USER, {"name": "jin"})
    everything_by_hand(iam, "jin")
    with pytest.raises(Refused, match=r"deleting IAM User \(jin\): .* 409, .*DeleteConflict: Cannot delete entity"):
        plugin.delete(USER, resource_id, state)
    plugin.delete(USER, resource_id, plugin.update(USER, resource_id, state, {"name": "jin", "forceDestroy": True}))
    assert refusal(iam.get_user, UserName="jin").startswith("NoSuchEntity")
    assert iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []
