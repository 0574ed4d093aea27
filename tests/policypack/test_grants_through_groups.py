"""Nothing is granted to a user by name."""

from typing import Any

import pytest

from tests.policypack.analyzer import UNKNOWN, Pack, excepting
from tests.policypack.documents import text

RULE = "grants-through-groups"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
TO_USERS: dict[str, tuple[str, dict[str, Any]]] = {
    "inline": ("aws:iam/userPolicy:UserPolicy", {"user": "jin", "policy": text("s3:*")}),
    "attached": ("aws:iam/userPolicyAttachment:UserPolicyAttachment", {"user": "jin", "policyArn": READ_ONLY}),
    "attached by list": ("aws:iam/policyAttachment:PolicyAttachment", {"users": ["jin"], "policyArn": READ_ONLY}),
    "attached exclusively": (
        "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive",
        {"userName": "jin", "policyArns": [READ_ONLY]},
    ),
    "kept inline": ("aws:iam/userPoliciesExclusive:UserPoliciesExclusive", {"userName": "jin", "policyNames": ["x"]}),
    "native inline": ("aws-native:iam:UserPolicy", {"userName": "jin", "policyDocument": text("s3:*")}),
    "native, in the user": (
        "aws-native:iam:User",
        {"userName": "jin", "policies": [{"policyName": "x", "policyDocument": text("s3:*")}]},
    ),
    "native, attached to the user": ("aws-native:iam:User", {"userName": "jin", "managedPolicyArns": [READ_ONLY]}),
    "native, by list": ("aws-native:iam:ManagedPolicy", {"users": ["jin"], "policyDocument": text("s3:*")}),
}
TO_NOBODY: dict[str, tuple[str, dict[str, Any]]] = {
    "a group's list": ("aws:iam/policyAttachment:PolicyAttachment", {"groups": ["g"], "policyArn": READ_ONLY}),
    "an empty list": ("aws:iam/policyAttachment:PolicyAttachment", {"users": [], "policyArn": READ_ONLY}),
    "nothing attached": (
        "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive",
        {"userName": "jin", "policyArns": []},
    ),
    "a user": ("aws:iam/user:User", {"name": "jin"}),
    "a native user": ("aws-native:iam:User", {"userName": "jin"}),
    "a group's policy": ("aws:iam/groupPolicy:GroupPolicy", {"group": "g", "policy": text("s3:*")}),
}


@pytest.mark.parametrize(("resource_type", "props"), TO_USERS.values(), ids=TO_USERS)
def test_a_grant_to_one_user_is_refused_unless_the_user_is_excepted(
    pack: Pack, resource_type: str, props: dict[str, Any]
) -> None:
    assert pack.rules(resource_type, **props) == [RULE]
    pack.configure(grants_through_groups=excepting("user/jin"))
    assert pack.rules(resource_type, **props) == []
    pack.configure(grants_through_groups=excepting("user/mina"))
    assert pack.rules(resource_type, **props) == [RULE]


@pytest.mark.parametrize(("resource_type", "props"), TO_NOBODY.values(), ids=TO_NOBODY)
def test_what_grants_to_no_user_is_accepted(pack: Pack, resource_type: str, props: dict[str, Any]) -> None:
    assert pack.rules(resource_type, **props) == []


def test_a_list_of_users_unknown_in_preview_is_noted(pack: Pack) -> None:
    assert pack.analyze("aws:iam/policyAttachment:PolicyAttachment", users=UNKNOWN, policyArn=READ_ONLY) == []
    assert [note.rule for note in pack.stack()] == ["checked-in-up"]


def test_an_unknown_document_for_a_user_is_refused_all_the_same(pack: Pack) -> None:
    assert pack.rules("aws:iam/userPolicy:UserPolicy", user="jin", policy=UNKNOWN) == [RULE]
