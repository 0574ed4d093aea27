"""Manual changes: shown, undone, or adopted by an import."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.plugin_client import Diff, PluginClient, Refused
from tests.sandbox.resource_types import (
    ADMINISTRATOR,
    ATTACHMENT,
    ATTACHMENTS_EXCLUSIVE,
    GET,
    GROUP,
    INLINE,
    LIST,
    LOGIN,
    MEMBERS,
    POLICIES_EXCLUSIVE,
    POLICY,
    READ_ONLY,
    ROLE,
    USER,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from types_boto3_iam import IAMClient

    from sandbox.account import Account


def drifts(iam: IAMClient) -> dict[str, tuple[str, dict[str, Any], Callable[[], object], list[str]]]:
    """What is created, what someone changes by hand, and which properties show it."""
    arn = "arn:aws:iam::123456789012:policy/p"
    return {
        "user path": (USER, {"name": "jin"}, lambda: iam.update_user(UserName="jin", NewPath="/x/"), ["path"]),
        "user tag": (
            USER,
            {"name": "jin"},
            lambda: iam.tag_user(UserName="jin", Tags=[{"Key": "by", "Value": "hand"}]),
            ["tags", "tagsAll"],
        ),
        "group path": (
            GROUP,
            {"name": "devs"},
            lambda: iam.update_group(GroupName="devs", NewPath="/x/"),
            ["path"],
        ),
        "default version": (
            POLICY,
            {"name": "p", "policy": LIST},
            lambda: iam.create_policy_version(PolicyArn=arn, PolicyDocument=GET, SetAsDefault=True),
            ["policy"],
        ),
        "other version": (
            POLICY,
            {"name": "p", "policy": LIST},
            lambda: iam.create_policy_version(PolicyArn=arn, PolicyDocument=GET, SetAsDefault=False),
            [],
        ),
        "inline policy": (
            INLINE,
            {"group": "there", "name": "i", "policy": LIST},
            lambda: iam.put_group_policy(GroupName="there", PolicyName="i", PolicyDocument=GET),
            ["policy"],
        ),
        "stranger": (
            MEMBERS,
            {"name": "m", "group": "there", "users": []},
            lambda: iam.add_user_to_group(GroupName="there", UserName="there"),
            ["users"],
        ),
        "foreign attachment": (
            ATTACHMENTS_EXCLUSIVE,
            {"groupName": "there", "policyArns": [READ_ONLY]},
            lambda: iam.attach_group_policy(GroupName="there", PolicyArn=ADMINISTRATOR),
            ["policyArns"],
        ),
        "foreign inline policy": (
            POLICIES_EXCLUSIVE,
            {"groupName": "there", "policyNames": []},
            lambda: iam.put_group_policy(GroupName="there", PolicyName="x", PolicyDocument=GET),
            ["policyNames"],
        ),
    }


@pytest.mark.parametrize(
    "what",
    [
        "user path",
        "user tag",
        "group path",
        "default version",
        "other version",
        "inline policy",
        "stranger",
        "foreign attachment",
        "foreign inline policy",
    ],
)
@pytest.mark.usefixtures("existing")
def test_what_is_done_by_hand_is_seen_and_undone(plugin: PluginClient, iam: IAMClient, what: str) -> None:
    resource_type, inputs, by_hand, seen = drifts(iam)[what]
    resource_id, state = plugin.create(resource_type, inputs)
    by_hand()
    _, drifted, _ = plugin.read(resource_type, resource_id, state)
    assert plugin.diff(resource_type, drifted, inputs).changed == seen
    if seen:
        plugin.update(resource_type, resource_id, drifted, inputs)
        _, mended, _ = plugin.read(resource_type, resource_id, state)
        assert plugin.diff(resource_type, mended, inputs) == Diff()


def test_the_first_exclusive_create_removes_what_is_foreign(
    plugin: PluginClient, iam: IAMClient, existing: str
) -> None:
    iam.attach_group_policy(GroupName=existing, PolicyArn=ADMINISTRATOR)
    iam.put_group_policy(GroupName=existing, PolicyName="x", PolicyDocument=GET)
    plugin.create(ATTACHMENTS_EXCLUSIVE, {"groupName": existing, "policyArns": [READ_ONLY]})
    plugin.create(POLICIES_EXCLUSIVE, {"groupName": existing, "policyNames": []})
    attached = iam.list_attached_group_policies(GroupName=existing)["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [READ_ONLY]
    assert iam.list_group_policies(GroupName=existing)["PolicyNames"] == []


def test_the_end_of_an_exclusive_resource_leaves_the_attachments(
    plugin: PluginClient, iam: IAMClient, existing: str
) -> None:
    resource_id, state = plugin.create(ATTACHMENTS_EXCLUSIVE, {"groupName": existing, "policyArns": [READ_ONLY]})
    plugin.delete(ATTACHMENTS_EXCLUSIVE, resource_id, state)
    assert len(iam.list_attached_group_policies(GroupName=existing)["AttachedPolicies"]) == 1


def test_a_policy_is_attached_before_a_foreign_one_is_detached(
    plugin: PluginClient, iam: IAMClient, account: Account, existing: str
) -> None:
    iam.attach_group_policy(GroupName=existing, PolicyArn=ADMINISTRATOR)
    plugin.create(ATTACHMENTS_EXCLUSIVE, {"groupName": existing, "policyArns": [READ_ONLY]})
    assert [call.action for call in account.calls if "tachGroupPolicy" in call.action][-2:] == [
        "AttachGroupPolicy",
        "DetachGroupPolicy",
    ]


def test_a_plain_attachment_does_not_see_a_foreign_one(plugin: PluginClient, iam: IAMClient, existing: str) -> None:
    inputs = {"group": existing, "policyArn": READ_ONLY}
    resource_id, state = plugin.create(ATTACHMENT, inputs)
    iam.attach_group_policy(GroupName=existing, PolicyArn=ADMINISTRATOR)
    assert plugin.diff(ATTACHMENT, plugin.read(ATTACHMENT, resource_id, state)[1], inputs) == Diff()
    iam.detach_group_policy(GroupName=existing, PolicyArn=READ_ONLY)
    assert plugin.read(ATTACHMENT, resource_id, state) == ("", {}, {})


def test_the_membership_of_one_user_ignores_their_other_groups(
    plugin: PluginClient, iam: IAMClient, existing: str
) -> None:
    resource_type, inputs = "aws:iam/userGroupMembership:UserGroupMembership", {"user": existing, "groups": [existing]}
    iam.create_group(GroupName="other")
    iam.add_user_to_group(GroupName="other", UserName=existing)
    resource_id, state = plugin.create(resource_type, inputs)
    plugin.delete(resource_type, resource_id, plugin.read(resource_type, resource_id, state)[1])
    groups = iam.list_groups_for_user(UserName=existing)["Groups"]
    assert [group["GroupName"] for group in groups] == ["other"]


def test_an_inline_policy_that_nobody_made_cannot_be_listed_as_exclusive(plugin: PluginClient, existing: str) -> None:
    with pytest.raises(Refused, match="PutGroupPolicy, 1 validation error"):
        plugin.create(POLICIES_EXCLUSIVE, {"groupName": existing, "policyNames": ["nobody-made-it"]})


@pytest.fixture
def everything(iam: IAMClient, existing: str) -> None:
    """A group with a policy of each kind, and a member who has a login."""
    iam.put_group_policy(GroupName=existing, PolicyName="deny", PolicyDocument=GET)
    iam.attach_group_policy(GroupName=existing, PolicyArn=READ_ONLY)
    iam.add_user_to_group(GroupName=existing, UserName=existing)
    iam.create_login_profile(UserName=existing, Password="Temporary-1")


@pytest.mark.parametrize(
    ("resource_type", "resource_id", "expected"),
    [
        (USER, "there", {"name": "there"}),
        (GROUP, "there", {"name": "there"}),
        (POLICY, "arn:aws:iam::123456789012:policy/there", {"name": "there", "policy": json.loads(LIST)}),
        (INLINE, "there:deny", {"group": "there", "name": "deny", "policy": json.loads(GET)}),
        (ATTACHMENT, f"there/{READ_ONLY}", {"group": "there", "policyArn": READ_ONLY}),
        (ATTACHMENTS_EXCLUSIVE, "there", {"groupName": "there", "policyArns": [READ_ONLY]}),
        (POLICIES_EXCLUSIVE, "there", {"groupName": "there", "policyNames": ["deny"]}),
        (LOGIN, "there", {"user": "there"}),
        ("aws:iam/userGroupMembership:UserGroupMembership", "there/there", {"user": "there", "groups": ["there"]}),
    ],
)
@pytest.mark.usefixtures("everything")
def test_what_is_there_is_imported_by_its_id(
    plugin: PluginClient, resource_type: str, resource_id: str, expected: dict[str, Any]
) -> None:
    found, _, inputs = plugin.read(resource_type, resource_id)
    assert found
    assert {name: json.loads(value) if name == "policy" else value for name, value in inputs.items()} == expected


@pytest.mark.parametrize("resource_type", [USER, GROUP, ROLE, LOGIN, ATTACHMENTS_EXCLUSIVE])
def test_what_is_not_there_cannot_be_imported(plugin: PluginClient, resource_type: str) -> None:
    assert plugin.read(resource_type, "nobody") == ("", {}, {})


@pytest.mark.parametrize(
    ("resource_type", "resource_id", "message"),
    [
        (MEMBERS, "members", "cannot be imported"),
        (INLINE, "there", "group_policy id must be of the form <group name>:<policy name>"),
        (ATTACHMENT, "there", 'unexpected format of ID ("there"), expected <group-name>/<policy_arn>'),
    ],
)
def test_an_id_that_does_not_tell_enough_is_refused(
    plugin: PluginClient, resource_type: str, resource_id: str, message: str
) -> None:
    with pytest.raises(Refused) as refused:
        plugin.read(resource_type, resource_id)
    assert message in str(refused.value)


def test_a_document_rewritten_to_the_same_effect_is_not_even_a_change_of_the_state(
    plugin: PluginClient, iam: IAMClient
) -> None:
    resource_id, state = plugin.create(POLICY, {"name": "p", "policy": LIST})
    same = LIST.replace('["codepipeline:ListPipelines"]', '"codepipeline:ListPipelines"')
    assert same != LIST
    iam.create_policy_version(PolicyArn=resource_id, PolicyDocument=same, SetAsDefault=True)
    assert plugin.read(POLICY, resource_id, state)[1] == state


def test_inline_policies_of_a_role_are_compared_by_meaning(plugin: PluginClient) -> None:
    trust = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}],
        }
    )
    inline = [{"name": "a", "policy": json.dumps(json.loads(LIST), indent=2)}, {"name": "b", "policy": GET}]
    inputs = {"name": "builder", "assumeRolePolicy": trust, "inlinePolicies": inline}
    resource_id, state = plugin.create(ROLE, inputs)
    _, state, _ = plugin.read(ROLE, resource_id, state)
    assert plugin.diff(ROLE, state, inputs | {"inlinePolicies": inline[::-1]}).changed == []
    other = [inline[0], {"name": "b", "policy": LIST}]
    assert plugin.diff(ROLE, state, inputs | {"inlinePolicies": other}).changed == ["inlinePolicies"]
