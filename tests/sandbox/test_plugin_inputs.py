"""The aws plugin's check, diff and preview: how inputs are handled before anything is changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.aws import allow, document
from tests.sandbox.plugin_client import Diff, PluginClient, Refused
from tests.sandbox.resource_types import (
    ATTACHMENT,
    ATTACHMENTS_EXCLUSIVE,
    GET,
    GROUP,
    INLINE,
    LIST,
    LOGIN,
    MEMBERS,
    POLICY,
    READ_ONLY,
    ROLE,
    UNKNOWN,
    USER,
)

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient


def test_a_name_is_made_from_the_resources_name(plugin: PluginClient) -> None:
    name = plugin.check(GROUP, {})[0]["name"]
    assert name.startswith("resource-")
    assert len(name) == len("resource-") + 7
    assert int(name.removeprefix("resource-"), 16) >= 0


def test_a_name_prefix_is_completed_with_26_characters(plugin: PluginClient) -> None:
    _, made = plugin.create(POLICY, {"namePrefix": "team-", "policy": GET, "path": "/"})
    assert made["name"].startswith("team-20")
    assert len(made["name"]) == len("team-") + 26


def test_a_made_name_is_kept_and_a_written_one_is_not(plugin: PluginClient) -> None:
    made, _ = plugin.check(GROUP, {})
    assert plugin.check(GROUP, {}, made)[0]["name"] == made["name"]
    assert plugin.check(GROUP, {}, {"name": "devs", "__defaults": []})[0]["name"] != "devs"


def test_defaults_are_filled_in(plugin: PluginClient) -> None:
    checked, problems = plugin.check(USER, {"name": "jin"})
    assert (checked, problems) == ({"name": "jin", "path": "/", "forceDestroy": False, "tagsAll": {}}, [])


@pytest.mark.parametrize(
    ("resource_type", "inputs", "problem"),
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
    plugin: PluginClient, resource_type: str, inputs: dict[str, Any], problem: str
) -> None:
    problems = plugin.check(resource_type, inputs)[1]
    assert len(problems) == 1
    assert problems[0].startswith(problem)
    assert problems[0].endswith((f"Examine values at 'resource.{next(reversed(inputs))}'.", "'users'"))


@pytest.mark.parametrize("resource_type", [POLICY, INLINE, ROLE])
def test_a_document_may_be_an_object_and_becomes_text_at_once(plugin: PluginClient, resource_type: str) -> None:
    name = "assumeRolePolicy" if resource_type == ROLE else "policy"
    others = {"group": "devs"} if resource_type == INLINE else {}
    inputs, problems = plugin.check(resource_type, {**others, name: json.loads(LIST)})
    assert problems == []
    assert inputs[name] == json.dumps(json.loads(LIST), separators=(",", ":"), sort_keys=True)
    state = {**inputs, name: LIST}
    assert plugin.diff(resource_type, state, inputs) == Diff()
    assert plugin.diff(resource_type, state, {**inputs, name: GET}) == Diff([name])


@pytest.mark.parametrize("unknown", [UNKNOWN, [UNKNOWN], ["*", {"a": UNKNOWN}]])
def test_an_object_with_an_unknown_value_is_unknown_as_a_whole(plugin: PluginClient, unknown: object) -> None:
    statement = {"Effect": "Allow", "Action": "codepipeline:ListPipelines", "Resource": unknown}
    inputs, problems = plugin.check(POLICY, {"policy": {"Version": "2012-10-17", "Statement": [statement]}})
    assert (inputs["policy"], problems) == (UNKNOWN, [])


def test_a_document_is_text_or_json_and_an_object(plugin: PluginClient) -> None:
    problems = plugin.check(POLICY, {"policy": [json.loads(LIST)]})[1]
    assert problems[0].startswith('"policy" contains an invalid JSON policy: contains a JSON array, not a JSON object')
    for value, got in ((1207, "float64"), (True, "bool")):
        with pytest.raises(Refused, match=f"expected string or JSON map; got {got}$"):
            plugin.check(POLICY, {"policy": value})


def test_what_is_not_known_yet_is_not_judged(plugin: PluginClient) -> None:
    assert plugin.check(ATTACHMENT, {"group": UNKNOWN, "policyArn": UNKNOWN})[1] == []
    assert plugin.check(ATTACHMENTS_EXCLUSIVE, {"groupName": "devs", "policyArns": [READ_ONLY, UNKNOWN]})[1] == []


def test_an_unknown_resource_type_is_named_in_the_error(plugin: PluginClient) -> None:
    with pytest.raises(Refused, match=r"no resource type aws:s3/bucket:Bucket\. It has these:\n  aws:codepipeline/"):
        plugin.check("aws:s3/bucket:Bucket", {})


def test_a_childs_type_is_found_behind_its_parents(plugin: PluginClient) -> None:
    assert plugin.check(f"my:index:Team${USER}", {"name": "jin"})[1] == []


@pytest.mark.parametrize(
    ("resource_type", "old", "new", "expected"),
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
    plugin: PluginClient, resource_type: str, old: dict[str, Any], new: dict[str, Any], expected: Diff
) -> None:
    by_path: dict[str, Any] = {"path": "/"}
    filled_in = {USER: by_path, GROUP: by_path, POLICY: by_path, LOGIN: {"passwordLength": 20}}
    defaults = filled_in.get(resource_type, {})
    assert plugin.diff(resource_type, {**defaults, **old}, new) == expected


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


def test_a_preview_knows_what_is_written_and_makes_nothing(plugin: PluginClient, iam: IAMClient) -> None:
    resource_id, planned = plugin.create(USER, {"name": "jin"}, preview=True)
    assert (resource_id, planned["name"], planned["arn"], planned["uniqueId"]) == ("", "jin", UNKNOWN, UNKNOWN)
    assert iam.list_users()["Users"] == []
