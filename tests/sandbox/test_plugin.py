"""The stand-in for the aws plugin, as the engine drives it: check, diff, create, read, update, delete, import."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from sandbox.provider import stand_in_plugins
from tests.sandbox.aws import TRUST, allow, document, refusal
from tests.sandbox.plugin_client import Diff, PluginClient, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from types_boto3_iam import IAMClient

    from sandbox.account import Account

USER, GROUP, ROLE = "aws:iam/user:User", "aws:iam/group:Group", "aws:iam/role:Role"
POLICY, INLINE = "aws:iam/policy:Policy", "aws:iam/groupPolicy:GroupPolicy"
LOGIN, MEMBERS = "aws:iam/userLoginProfile:UserLoginProfile", "aws:iam/groupMembership:GroupMembership"
ATTACHMENT = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"
ATTACHMENTS_EXCLUSIVE = "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive"
POLICIES_EXCLUSIVE = "aws:iam/groupPoliciesExclusive:GroupPoliciesExclusive"
PIPELINE = "aws:codepipeline/pipeline:Pipeline"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
READ_ONLY = "arn:aws:iam::aws:policy/AWSCodePipeline_ReadOnlyAccess"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
LIST = document(allow("codepipeline:ListPipelines"))
GET = document(allow("codepipeline:GetPipeline"))


# Check


def test_a_name_is_made_from_the_resources_name(plugin: PluginClient) -> None:
    name = plugin.check(GROUP, {})[0]["name"]
    assert name.startswith("resource-")
    assert len(name) == len("resource-") + 7
    assert int(name.removeprefix("resource-"), 16) >= 0


def test_a_made_name_is_kept_and_a_written_one_is_not(plugin: PluginClient) -> None:
    made, _ = plugin.check(GROUP, {})
    assert plugin.check(GROUP, {}, made)[0]["name"] == made["name"]
    assert plugin.check(GROUP, {}, {"name": "devs", "__defaults": []})[0]["name"] != "devs"


def test_defaults_are_filled_in(plugin: PluginClient) -> None:
    checked, problems = plugin.check(USER, {"name": "jin"})
    assert (checked, problems) == ({"name": "jin", "path": "/", "forceDestroy": False, "tagsAll": {}}, [])


@pytest.mark.parametrize(
    ("kind", "inputs", "problem"),
    [
        (USER, {"name": "jin", "nmae": "x"}, "Invalid or unknown key. Examine values at 'resource.nmae'."),
        (USER, {"name": "jin", "arn": "x"}, "Invalid or unknown key. Examine values at 'resource.arn'."),
        (MEMBERS, {"group": "devs"}, "Missing required property 'users'"),
        (MEMBERS, {"group": "devs", "users": "jin"}, "expected type 'list', got 'str'."),
        (LOGIN, {"user": "jin", "passwordLength": 4}, "expected password_length to be in the range (5 - 128), got 4."),
        (LOGIN, {"user": "jin", "passwordLength": True}, "expected type 'number', got 'bool'."),
        (USER, {"name": "jin lee"}, "invalid value for name (must only contain alphanumeric characters, hyphens,"),
        (USER, {"name": "j" * 65}, "expected length of name to be in the range (1 - 64), got jjj"),
        (GROUP, {"name": "g" * 129}, "expected length of name to be in the range (1 - 128), got ggg"),
        (ATTACHMENT, {"group": "devs", "policyArn": "ReadOnly"}, '"policy_arn" (ReadOnly) is an invalid ARN'),
        (POLICY, {"policy": ""}, '"policy" is an empty string, which is not a valid JSON value.'),
        (POLICY, {"policy": " {}"}, '"policy" contains an invalid JSON policy: leading space characters are not'),
        (POLICY, {"policy": '"{}"'}, '"policy" contains an invalid JSON policy: contains a JSON-encoded string, not'),
        (
            POLICY,
            {"policy": "[]"},
            '"policy" contains an invalid JSON policy: contains a JSON array, not a JSON object',
        ),
        (POLICY, {"policy": "no"}, '"policy" contains an invalid JSON policy: not a JSON object'),
        (POLICY, {"policy": '{"a": 1, "a": 2}'}, '"policy" contains duplicate JSON keys: duplicate key "a"'),
        (POLICY, {"policy": "{" + '"a":[' * 5000}, '"policy" contains an invalid JSON policy: '),
    ],
)
def test_what_the_genuine_plugin_refuses_in_a_preview_is_refused(
    plugin: PluginClient, kind: str, inputs: dict[str, Any], problem: str
) -> None:
    problems = plugin.check(kind, inputs)[1]
    assert len(problems) == 1
    assert problems[0].startswith(problem)
    assert problems[0].endswith((f"Examine values at 'resource.{next(reversed(inputs))}'.", "'users'"))


def test_what_is_not_known_yet_is_not_judged(plugin: PluginClient) -> None:
    assert plugin.check(ATTACHMENT, {"group": UNKNOWN, "policyArn": UNKNOWN})[1] == []
    assert plugin.check(ATTACHMENTS_EXCLUSIVE, {"groupName": "devs", "policyArns": [READ_ONLY, UNKNOWN]})[1] == []


def test_an_unknown_resource_type_is_named_in_the_error(plugin: PluginClient) -> None:
    with pytest.raises(
        RefusedError, match=r"no resource type aws:s3/bucket:Bucket\. It has these:\n  aws:codepipeline/"
    ):
        plugin.check("aws:s3/bucket:Bucket", {})


def test_a_childs_type_is_found_behind_its_parents(plugin: PluginClient) -> None:
    assert plugin.check(f"my:index:Team${USER}", {"name": "jin"})[1] == []


# Diff


@pytest.mark.parametrize(
    ("kind", "old", "new", "expected"),
    [
        (USER, {"name": "jin"}, {"name": "jin"}, Diff()),
        (USER, {"name": "jin"}, {"name": "jin-lee"}, Diff(["name"])),
        (USER, {"name": "jin"}, {"name": "jin", "path": "/teams/"}, Diff(["path"])),
        (GROUP, {"name": "devs"}, {"name": "ops"}, Diff(["name"])),
        (POLICY, {"name": "p", "policy": LIST}, {"name": "p", "policy": GET}, Diff(["policy"])),
        (POLICY, {"name": "p", "policy": LIST}, {"name": "q", "policy": LIST}, Diff(["name"], ["name"], True)),
        (
            POLICY,
            {"name": "p", "policy": LIST, "description": "a"},
            {"name": "p", "policy": LIST, "description": "b"},
            Diff(["description"], ["description"], True),
        ),
        (
            LOGIN,
            {"user": "jin", "passwordResetRequired": True},
            {"user": "jin", "passwordResetRequired": False},
            Diff(["passwordResetRequired"], ["passwordResetRequired"]),
        ),
        (LOGIN, {"user": "jin"}, {"user": "jin", "passwordLength": 30}, Diff(["passwordLength"], ["passwordLength"])),
        (LOGIN, {"user": "jin"}, {"user": UNKNOWN}, Diff(["user"], ["user"])),
        (
            MEMBERS,
            {"name": "m", "group": "g", "users": ["a", "b"]},
            {"name": "m", "group": "g", "users": ["b", "a", "a"]},
            Diff(),
        ),
        (
            MEMBERS,
            {"name": "m", "group": "g", "users": ["a", "b"]},
            {"name": "m", "group": "g", "users": ["a"]},
            Diff(["users"]),
        ),
        (
            ATTACHMENT,
            {"group": "g", "policyArn": READ_ONLY},
            {"group": "h", "policyArn": READ_ONLY},
            Diff(["group"], ["group"]),
        ),
    ],
)
def test_what_is_updated_in_place_and_what_is_replaced(
    plugin: PluginClient, kind: str, old: dict[str, Any], new: dict[str, Any], expected: Diff
) -> None:
    defaults = {"path": "/"} if kind in (USER, GROUP, POLICY) else {"passwordLength": 20} if kind == LOGIN else {}
    assert plugin.diff(kind, {**defaults, **old}, new) == expected


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (json.dumps(json.loads(LIST), indent=4), True),
        (LIST.replace('["codepipeline:ListPipelines"]', '"codepipeline:ListPipelines"'), True),
        (json.dumps(dict(reversed(json.loads(LIST).items()))), True),
        (LIST.replace("codepipeline:List", "codepipeline:list"), False),
        (LIST.replace("Allow", "Deny"), False),
        (LIST.replace('"*"', '"arn:aws:codepipeline:*:*:a"'), False),
    ],
    ids=["white space", "one value for a list", "order", "letter case", "effect", "resource"],
)
def test_documents_are_compared_by_what_they_mean(plugin: PluginClient, text: str, same: bool) -> None:
    state = {"name": "p", "path": "/", "policy": LIST}
    assert plugin.diff(POLICY, state, {"name": "p", "policy": text}) == (Diff() if same else Diff(["policy"]))


def test_the_order_of_actions_makes_no_difference(plugin: PluginClient) -> None:
    one, other = (document(allow(*names)) for names in (("a:B", "a:C"), ("a:C", "a:B")))
    state = {"name": "p", "path": "/", "policy": one}
    assert plugin.diff(POLICY, state, {"name": "p", "policy": other}) == Diff()


def test_ignored_changes_are_no_difference(plugin: PluginClient) -> None:
    imported = {"user": "jin"}
    wanted = {"user": "jin", "passwordResetRequired": True, "passwordLength": 30, "pgpKey": "x"}
    assert plugin.diff(LOGIN, imported, wanted).replaces == ["pgpKey", "passwordResetRequired", "passwordLength"]
    assert plugin.diff(LOGIN, imported, wanted, "passwordResetRequired", "passwordLength", "pgpKey") == Diff()


# A preview


def test_a_preview_knows_what_is_written_and_makes_nothing(plugin: PluginClient, iam: IAMClient) -> None:
    key, planned = plugin.create(USER, {"name": "jin"}, preview=True)
    assert (key, planned["name"], planned["arn"], planned["uniqueId"]) == ("", "jin", UNKNOWN, UNKNOWN)
    assert iam.list_users()["Users"] == []


# The whole life of a resource


def lives(name: str) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Kind, inputs, changed inputs; `name` is that of a policy, a user, a group and a role which are there."""
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
    kind = {"owner": "AWS", "version": "1"}
    source = {"name": "Get", "category": "Source", "provider": "CodeCommit", "configuration": {"BranchName": branch}}
    build = {"name": "Make", "category": "Build", "provider": "CodeBuild", "inputArtifacts": ["code"]}
    return [
        {"name": "Source", "actions": [{**kind, **source, "outputArtifacts": ["code"]}]},
        {"name": "Build", "actions": [{**kind, **build}]},
    ]


@pytest.fixture
def existing(iam: IAMClient) -> str:
    """The name of a user, a group, a role and a policy that are there."""
    name = "there"
    iam.create_user(UserName=name)
    iam.create_group(GroupName=name)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(TRUST))
    iam.create_policy(PolicyName=name, PolicyDocument=LIST)
    return name


@pytest.mark.parametrize(("kind", "first", "second"), lives("there"), ids=[kind for kind, *_ in lives("there")])
@pytest.mark.usefixtures("existing")
def test_created_read_updated_and_deleted(
    plugin: PluginClient, kind: str, first: dict[str, Any], second: dict[str, Any]
) -> None:
    key, state = plugin.create(kind, first)
    assert state["id"] == key
    assert plugin.diff(kind, _plain(state), first) == Diff()
    found, refreshed, _ = plugin.read(kind, key, _plain(state))
    assert (found, _plain(refreshed)) == (key, _plain(state))
    assert plugin.diff(kind, _plain(state), second).changed
    updated = plugin.update(kind, key, _plain(state), second)
    assert plugin.diff(kind, _plain(updated), second) == Diff()
    plugin.delete(kind, key, _plain(updated))
    if "Exclusive" not in kind and kind not in (
        MEMBERS,
        "aws:iam/userGroupMembership:UserGroupMembership",
        "aws:iam/policyAttachment:PolicyAttachment",
    ):
        assert plugin.read(kind, key, _plain(updated)) == ("", {}, {})
    plugin.delete(kind, key, _plain(updated))  # what is gone already is no error


def _plain(state: dict[str, Any]) -> dict[str, Any]:
    """A state as the engine hands it back, without marks of secrets."""
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
    with pytest.raises(RefusedError) as refused:
        plugin.create(USER, {"name": "jin"})
    start, _, end = str(refused.value).partition(", RequestID: ")
    assert start == "creating IAM User (jin): operation error IAM: CreateUser, https response error StatusCode: 409"
    assert end.partition(", ")[2] == "EntityAlreadyExists: User with name jin already exists."


def test_a_group_renamed_in_place_is_lost_to_the_next_refresh(plugin: PluginClient, iam: IAMClient) -> None:
    """Its id stays the old name: measured with the genuine plugin, and why the component replaces it instead."""
    key, state = plugin.create(GROUP, {"name": "devs"})
    updated = plugin.update(GROUP, key, state, {"name": "ops"})
    assert updated["name"] == "ops"
    assert plugin.read(GROUP, key, updated) == ("", {}, {})
    plugin.delete(GROUP, key, updated)
    assert [group["GroupName"] for group in iam.list_groups()["Groups"]] == ["ops"]


def test_the_fifth_new_version_drops_the_oldest(plugin: PluginClient, iam: IAMClient) -> None:
    key, state = plugin.create(POLICY, {"name": "p", "policy": LIST})
    for number in range(6):
        changed = document(allow("codepipeline:ListPipelines", Sid=f"n{number}"))
        state = plugin.update(POLICY, key, state, {"name": "p", "policy": changed})
    versions = iam.list_policy_versions(PolicyArn=key)["Versions"]
    assert sorted(version["VersionId"] for version in versions) == ["v3", "v4", "v5", "v6", "v7"]
    plugin.delete(POLICY, key, state)


# Drift


def drifts(iam: IAMClient) -> dict[str, tuple[str, dict[str, Any], Callable[[], object], list[str]]]:
    """What is made, what somebody does by hand, and which properties show it."""
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
    kind, inputs, by_hand, seen = drifts(iam)[what]
    key, state = plugin.create(kind, inputs)
    by_hand()
    _, drifted, _ = plugin.read(kind, key, state)
    assert plugin.diff(kind, drifted, inputs).changed == seen
    if seen:
        plugin.update(kind, key, drifted, inputs)
        _, mended, _ = plugin.read(kind, key, state)
        assert plugin.diff(kind, mended, inputs) == Diff()


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
    key, state = plugin.create(ATTACHMENTS_EXCLUSIVE, {"groupName": existing, "policyArns": [READ_ONLY]})
    plugin.delete(ATTACHMENTS_EXCLUSIVE, key, state)
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
    key, state = plugin.create(ATTACHMENT, inputs)
    iam.attach_group_policy(GroupName=existing, PolicyArn=ADMINISTRATOR)
    assert plugin.diff(ATTACHMENT, plugin.read(ATTACHMENT, key, state)[1], inputs) == Diff()
    iam.detach_group_policy(GroupName=existing, PolicyArn=READ_ONLY)
    assert plugin.read(ATTACHMENT, key, state) == ("", {}, {})


def test_the_membership_of_one_user_does_not_see_his_other_groups(
    plugin: PluginClient, iam: IAMClient, existing: str
) -> None:
    kind, inputs = "aws:iam/userGroupMembership:UserGroupMembership", {"user": existing, "groups": [existing]}
    iam.create_group(GroupName="other")
    iam.add_user_to_group(GroupName="other", UserName=existing)
    key, state = plugin.create(kind, inputs)
    plugin.delete(kind, key, plugin.read(kind, key, state)[1])
    groups = iam.list_groups_for_user(UserName=existing)["Groups"]
    assert [group["GroupName"] for group in groups] == ["other"]


def test_an_inline_policy_that_nobody_made_cannot_be_listed_as_exclusive(plugin: PluginClient, existing: str) -> None:
    with pytest.raises(RefusedError, match="PutGroupPolicy, 1 validation error"):
        plugin.create(POLICIES_EXCLUSIVE, {"groupName": existing, "policyNames": ["nobody-made-it"]})


# Import


@pytest.fixture
def everything(iam: IAMClient, existing: str) -> None:
    """A group with a policy of each kind, and a member who has a login."""
    iam.put_group_policy(GroupName=existing, PolicyName="deny", PolicyDocument=GET)
    iam.attach_group_policy(GroupName=existing, PolicyArn=READ_ONLY)
    iam.add_user_to_group(GroupName=existing, UserName=existing)
    iam.create_login_profile(UserName=existing, Password="Temporary-1")


@pytest.mark.parametrize(
    ("kind", "key", "expected"),
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
    plugin: PluginClient, kind: str, key: str, expected: dict[str, Any]
) -> None:
    found, _, inputs = plugin.read(kind, key)
    assert found
    assert {name: json.loads(value) if name == "policy" else value for name, value in inputs.items()} == expected


@pytest.mark.parametrize("kind", [USER, GROUP, ROLE, LOGIN, ATTACHMENTS_EXCLUSIVE])
def test_what_is_not_there_cannot_be_imported(plugin: PluginClient, kind: str) -> None:
    assert plugin.read(kind, "nobody") == ("", {}, {})


@pytest.mark.parametrize(
    ("kind", "key", "message"),
    [
        (MEMBERS, "members", "cannot be imported"),
        (INLINE, "there", "group_policy id must be of the form <group name>:<policy name>"),
        (ATTACHMENT, "there", 'unexpected format of ID ("there"), expected <group-name>/<policy_arn>'),
    ],
)
def test_an_id_that_does_not_tell_enough_is_refused(plugin: PluginClient, kind: str, key: str, message: str) -> None:
    with pytest.raises(RefusedError) as refused:
        plugin.read(kind, key)
    assert message in str(refused.value)


# Users


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
    key, state = plugin.create(USER, {"name": "jin"})
    everything_by_hand(iam, "jin")
    with pytest.raises(
        RefusedError, match=r"deleting IAM User \(jin\): .* 409, .*DeleteConflict: Cannot delete entity"
    ):
        plugin.delete(USER, key, state)
    plugin.delete(USER, key, plugin.update(USER, key, state, {"name": "jin", "forceDestroy": True}))
    assert refusal(iam.get_user, UserName="jin").startswith("NoSuchEntity")
    assert iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []


# Tags of the provider


def test_the_providers_tags_are_on_everything_and_a_change_of_them_is_a_difference(
    plugin: PluginClient, iam: IAMClient
) -> None:
    plugin.configure(defaultTags=json.dumps({"tags": {"by": "pulumi", "team": "a"}}))
    inputs = {"name": "jin", "tags": {"team": "b"}}
    key, state = plugin.create(USER, inputs)
    assert (state["tags"], state["tagsAll"]) == ({"team": "b"}, {"by": "pulumi", "team": "b"})
    assert {t["Key"]: t["Value"] for t in iam.list_user_tags(UserName="jin")["Tags"]} == {"by": "pulumi", "team": "b"}
    plugin.configure(defaultTags=json.dumps({"tags": {"by": "us"}}))
    assert plugin.diff(USER, state, inputs) == Diff(["tagsAll"])
    plugin.update(USER, key, state, inputs)
    assert {t["Key"]: t["Value"] for t in iam.list_user_tags(UserName="jin")["Tags"]} == {"by": "us", "team": "b"}


# The provider's configuration


def test_an_account_that_is_not_allowed_is_refused(plugin: PluginClient) -> None:
    plugin.configure(allowedAccountIds='["123456789012"]')
    with pytest.raises(RefusedError, match="AWS account ID not allowed: 123456789012"):
        plugin.configure(allowedAccountIds='["210987654321"]')


@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [
        ("eu-central-1", "aws", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
    ],
)
def test_the_region_decides_the_partition(plugin: PluginClient, region: str, partition: str, suffix: str) -> None:
    plugin.configure(region=region)
    found = plugin.invoke("aws:index/getPartition:getPartition")
    assert (found["partition"], found["dnsSuffix"]) == (partition, suffix)
    assert plugin.invoke("aws:index/getRegion:getRegion")["region"] == region
    assert plugin.create(GROUP, {"name": "devs"})[1]["arn"] == f"arn:{partition}:iam::123456789012:group/devs"
    managed = f"arn:{partition}:iam::aws:policy/IAMUserChangePassword"
    assert plugin.create(ATTACHMENT, {"group": "devs", "policyArn": managed})[0]
    assert plugin.invoke("aws:index/getCallerIdentity:getCallerIdentity")["arn"].startswith(f"arn:{partition}:iam::")


def test_two_providers_of_one_program_keep_their_own_settings(account: Account) -> None:
    with stand_in_plugins(account) as ports:
        target = f"127.0.0.1:{ports['aws']}"
        options = [("grpc.use_local_subchannel_pool", 1)]  # as the engine: a connection for each
        with grpc.insecure_channel(target, options) as one, grpc.insecure_channel(target, options) as other:
            here, there = PluginClient(one), PluginClient(other)
            here.configure(region="us-east-1")
            there.configure(region="cn-north-1")
            regions = [client.invoke("aws:index/getRegion:getRegion")["region"] for client in (here, there)]
    assert regions == ["us-east-1", "cn-north-1"]


# Look-ups


def test_the_alias_of_an_account_without_one_is_an_error(plugin: PluginClient, iam: IAMClient) -> None:
    with pytest.raises(RefusedError, match=r"^reading IAM Account Alias: empty result$"):
        plugin.invoke("aws:iam/getAccountAlias:getAccountAlias")
    iam.create_account_alias(AccountAlias="helprr")
    assert plugin.invoke("aws:iam/getAccountAlias:getAccountAlias")["accountAlias"] == "helprr"


def test_users_are_looked_up(plugin: PluginClient, existing: str, iam: IAMClient) -> None:
    iam.create_user(UserName="jin", Path="/teams/")
    assert plugin.invoke("aws:iam/getUser:getUser", userName="jin")["arn"] == "arn:aws:iam::123456789012:user/teams/jin"
    assert plugin.invoke("aws:iam/getUsers:getUsers")["names"] == [existing, "jin"]
    assert plugin.invoke("aws:iam/getUsers:getUsers", pathPrefix="/teams/", nameRegex="^j")["names"] == ["jin"]
    with pytest.raises(RefusedError, match=r"reading IAM User \(nobody\): .*NoSuchEntity"):
        plugin.invoke("aws:iam/getUser:getUser", userName="nobody")


def test_a_policy_document_is_put_together(plugin: PluginClient) -> None:
    condition = {"test": "Bool", "variable": "aws:MultiFactorAuthPresent", "values": ["true"]}
    statement = {"sid": "Look", "actions": ["a:B", "a:C"], "resources": ["*"], "conditions": [condition]}
    found = plugin.invoke("aws:iam/getPolicyDocument:getPolicyDocument", statements=[statement])
    assert json.loads(found["json"]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Look",
                "Effect": "Allow",
                "Action": ["a:C", "a:B"],
                "Resource": "*",
                "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
            }
        ],
    }


def test_policies_and_roles_are_looked_up(plugin: PluginClient, existing: str) -> None:
    arn = f"arn:aws:iam::123456789012:policy/{existing}"
    for key in ({"arn": arn}, {"name": existing}):
        found = plugin.invoke("aws:iam/getPolicy:getPolicy", **key)
        assert (found["arn"], json.loads(found["policy"])) == (arn, json.loads(LIST))
    role = plugin.invoke("aws:iam/getRole:getRole", name=existing)
    assert role["arn"] == f"arn:aws:iam::123456789012:role/{existing}"


def test_an_unknown_function_is_named_in_the_error(plugin: PluginClient) -> None:
    with pytest.raises(RefusedError, match=r"no function aws:ec2/getVpc:getVpc\. It has these:\n  aws:iam/"):
        plugin.invoke("aws:ec2/getVpc:getVpc")
