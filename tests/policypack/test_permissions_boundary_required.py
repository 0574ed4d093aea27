"""Once a permissions boundary is required, no user is made without it."""

import json
from typing import Any

import pytest

from tests.policypack.analyzer import UNKNOWN, Pack, excepting, refusals
from tests.policypack.documents import text

RULE = "permissions-boundary-required"
USER = "aws:iam/user:User"
BOUNDARY = "arn:aws:iam::123456789012:policy/boundaries/developer"
STACK = "aws:cloudformation/stack:Stack"


def require(pack: Pack, boundary: str = BOUNDARY, **others: Any) -> None:  # noqa: ANN401 - any parameters
    pack.configure(permissions_boundary_required={"permissionsBoundary": boundary, **others})


def in_template(boundary: object) -> dict[str, str]:
    properties = {"UserName": "jin", **({} if boundary is None else {"PermissionsBoundary": boundary})}
    return {"templateBody": json.dumps({"Resources": {"Jin": {"Type": "AWS::IAM::User", "Properties": properties}}})}


def test_nothing_is_required_until_the_configuration_says_so(pack: Pack) -> None:
    assert pack.rules(USER, name="jin") == []
    pack.configure(permissions_boundary_required=excepting("user/jin"))
    assert pack.rules(USER, name="mina") == []


@pytest.mark.parametrize(
    "boundary",
    [
        *(None, "", f"{BOUNDARY}-2", BOUNDARY.replace("boundaries", "lax"), BOUNDARY.replace("policy/", "role/")),
        *(BOUNDARY.upper(), f"{BOUNDARY} ", "arn:aws:iam::aws:policy/AdministratorAccess", [BOUNDARY], 7),
    ],
)
def test_a_user_without_exactly_this_boundary_is_refused(pack: Pack, boundary: object) -> None:
    require(pack)
    [finding] = pack.analyze(USER, name="jin", permissionsBoundary=boundary)
    assert (finding.rule, finding.level) == (RULE, "MANDATORY")
    assert f'permissionsBoundary is not "{BOUNDARY}". Every user must have this boundary.' in finding.message


@pytest.mark.parametrize(
    ("resource_type", "name"),
    [
        (USER, "permissionsBoundary"),
        ("aws:index/iamUser:IamUser", "permissionsBoundary"),
        ("aws-native:iam:User", "permissionsBoundary"),
        ("awscc:index/iamUser:IamUser", "permissionsBoundary"),
        ("access:tf:aws_iam_user", "permissions_boundary"),
    ],
)
def test_a_user_is_one_under_every_type(pack: Pack, resource_type: str, name: str) -> None:
    require(pack)
    assert pack.rules(resource_type, **{name: BOUNDARY}) == []
    [finding] = pack.analyze(resource_type)
    assert f"\n{name} is not" in finding.message


def test_a_user_of_a_template_needs_it_too(pack: Pack) -> None:
    require(pack)
    own_account = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/boundaries/developer"}
    for boundary in (BOUNDARY, own_account):
        assert pack.rules(STACK, **in_template(boundary)) == []
    sometimes = {"Fn::If": ["Sometimes", BOUNDARY, {"Ref": "AWS::NoValue"}]}
    for other in (None, {"Ref": "Parameter"}, sometimes):
        [finding] = pack.analyze(STACK, **in_template(other))
        assert finding.rule == RULE
        assert "templateBody.Jin.PermissionsBoundary is not" in finding.message
    state = {"typeName": "AWS::IAM::User", "desiredState": "{}"}
    assert pack.rules("aws:cloudcontrol/resource:Resource", **state) == [RULE]


def test_a_star_stands_for_a_part_and_not_for_more(pack: Pack) -> None:
    require(pack, "arn:aws:iam::*:policy/boundaries/*")
    assert pack.rules(USER, permissionsBoundary=BOUNDARY) == []
    for other in ("arn:aws:iam::123456789012:policy/x:policy/boundaries/y", "arn:aws:iam::1:2:policy/boundaries/x"):
        assert pack.rules(USER, permissionsBoundary=other) == [RULE]


@pytest.mark.parametrize(
    ("resource_type", "inputs"),
    [
        ("aws:iam/policy:Policy", {"name": "developer", "path": "/boundaries/", "policy": text("s3:*")}),
        ("aws:iam/policy:Policy", {"namePrefix": "dev", "path": "/boundaries/", "policy": text("s3:*")}),
        ("aws-native:iam:ManagedPolicy", {"path": "/boundaries/", "policyDocument": text("s3:*")}),
    ],
    ids=["by name", "by prefix", "by path"],
)
def test_the_program_may_not_make_the_boundary_itself(pack: Pack, resource_type: str, inputs: dict[str, Any]) -> None:
    require(pack, "arn:aws:iam::*:policy/boundaries/*")
    [finding] = pack.analyze(resource_type, **inputs)
    assert finding.rule == RULE
    assert "it: users must have this policy as their permissions boundary" in finding.message
    assert pack.rules(resource_type, **{**inputs, "path": "/teams/"}) == []
    require(pack, exceptions=excepting("urn:pulumi:*::*::*:Policy::policy")["exceptions"])
    assert pack.rules(resource_type, **{**inputs, "name": "other"}) == []


def test_a_boundary_unknown_in_preview_is_checked_in_up(pack: Pack) -> None:
    require(pack)
    assert pack.analyze(USER, permissionsBoundary=UNKNOWN) == []
    [note] = pack.stack()
    assert (note.rule, note.level) == ("checked-in-up", "ADVISORY")
    assert "user.permissionsBoundary" in note.message
    pack.run(preview=False)
    assert pack.rules(USER, permissionsBoundary=UNKNOWN) == [RULE]


def test_a_user_can_be_excepted(pack: Pack) -> None:
    require(pack, **excepting("user/robot"))
    assert pack.rules(USER, name="robot") == []
    assert pack.rules(USER, name="jin") == [RULE]


def test_a_boundary_that_is_no_arn_lets_no_user_through(pack: Pack) -> None:
    require(pack, "developer")
    [finding] = pack.analyze(USER, name="jin", permissionsBoundary="developer")
    assert finding.rule == RULE
    assert "permissionsBoundary cannot be checked: the configuration of this rule is not the ARN" in finding.message
    assert refusals(pack.stack()) == ["pack-configuration"]
