"""A document is one that AWS takes, and fits where it stands."""

import json
from typing import Any

import pytest

from tests.policypack.analyzer import Pack
from tests.policypack.documents import allowing, policy, statement, text

RULE = "valid-policy-document"
LIMITS: dict[str, tuple[str, str, int]] = {
    "managed policy": ("aws:iam/policy:Policy", "policy", 6_144),
    "group": ("aws:iam/groupPolicy:GroupPolicy", "policy", 5_120),
    "user": ("aws-native:iam:UserPolicy", "policyDocument", 2_048),
    "role": ("aws:iam/rolePolicy:RolePolicy", "policy", 10_240),
    "permission set": ("aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy", "inlinePolicy", 32_768),
}


def document_of(size: int) -> str:
    """JSON of `size` characters, not counting white space, of which there is some."""
    empty = json.dumps(allowing("s3:"), indent=2)
    return empty.replace("s3:", "s3:" + "x" * (size - len("".join(empty.split()))))


@pytest.mark.parametrize(("resource_type", "name", "limit"), LIMITS.values(), ids=LIMITS)
def test_a_document_may_be_as_long_as_aws_takes_it_and_no_longer(
    pack: Pack, resource_type: str, name: str, limit: int
) -> None:
    assert RULE not in pack.rules(resource_type, **{name: document_of(limit)})
    found = [
        finding for finding in pack.analyze(resource_type, **{name: document_of(limit + 1)}) if finding.rule == RULE
    ]
    assert f"{name} has {limit + 1:,} characters without white space; AWS allows {limit:,}." in found[0].message


def test_an_object_is_measured_as_the_json_that_it_becomes(pack: Pack) -> None:
    document: Any = json.loads(document_of(6_145))
    assert pack.rules("aws-native:iam:ManagedPolicy", policyDocument=document) == [RULE]
    written = policy(statement(Resource="arn:aws:s3:::" + "é" * 4_000))  # a letter is one character
    assert pack.rules("aws-native:iam:ManagedPolicy", policyDocument=written) == []


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (json.dumps(policy(statement(Effect="allow"))), 'Statement 1: Effect is neither "Allow" nor "Deny".'),
        (json.dumps(policy(statement(principal="*"))), "Statement 1 has an element other than Action, Condition,"),
        (
            json.dumps(policy(statement(Principal="*"))),
            "Statement 1 has a Principal, which only policies of resources may have.",
        ),
        (text("UpdatePipeline"), 'Statement 1: action 1 is not of the form "service:name".'),
        ("{", "Not JSON: Expecting property name enclosed in double quotes (line 1, column 2)."),
    ],
)
def test_a_malformed_document_is_refused_with_the_place_and_the_reason(pack: Pack, document: str, said: str) -> None:
    [message] = [
        found.message for found in pack.analyze("aws:iam/policy:Policy", policy=document) if found.rule == RULE
    ]
    assert f"policy: {said}" in message


def test_an_unknown_document_is_left_to_up(pack: Pack) -> None:
    assert pack.analyze("aws:iam/policy:Policy", policy="04da6b54-80e4-46f7-96ec-b56ff0331ba9") == []
    assert [note.rule for note in pack.stack()] == ["checked-in-up"]
