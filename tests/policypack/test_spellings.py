"""One resource under every resource_type that Pulumi knows for it, and in every way that its properties are written."""

import json
from typing import Any

import pytest

from resources import CARRIERS, from_cloudformation, spelling
from tests.policypack.analyzer import Pack
from tests.policypack.documents import allowing, text

RULE = "no-pipeline-change-grants"
GRANTING, HARMLESS = text("codepipeline:*"), text("codepipeline:Get*")
DOCUMENTS = {
    "aws:index/iamGroupPolicy:IamGroupPolicy": "policy",
    "aws:index/iamPolicy:IamPolicy": "policy",
    "aws:index/iamRolePolicy:IamRolePolicy": "policy",
    "aws:index/ssoadminPermissionSetInlinePolicy:SsoadminPermissionSetInlinePolicy": "inlinePolicy",
    "awscc:index/iamGroupPolicy:IamGroupPolicy": "policyDocument",
    "awscc:index/iamManagedPolicy:IamManagedPolicy": "policyDocument",
    "awscc:index/ssoPermissionSet:SsoPermissionSet": "inlinePolicy",
    "access:tf:aws_iam_policy": "policy",
    "access:tf:aws_ssoadmin_permission_set_inline_policy": "inline_policy",
    "aws:iam:Policy": "policy",
}


@pytest.mark.parametrize(("resource_type", "name"), DOCUMENTS.items())
def test_a_document_is_judged_under_every_token(pack: Pack, resource_type: str, name: str) -> None:
    assert pack.rules(resource_type, **{name: GRANTING}) == [RULE]
    assert pack.rules(resource_type, **{name: HARMLESS}) == []


REFUSED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "an attachment": (
        "aws:index/iamGroupPolicyAttachment:IamGroupPolicyAttachment",
        RULE,
        {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
    ),
    "an attachment of a module": (
        "access:tf:aws_iam_group_policy_attachment",
        RULE,
        {"policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"},
    ),
    "an inline policy": ("aws:index/iamRole:IamRole", RULE, {"inlinePolicies": [{"policy": GRANTING}]}),
    "an inline policy of a module": ("access:tf:aws_iam_role", RULE, {"inline_policy": [{"policy": GRANTING}]}),
    "a block of one": ("aws:index/iamRole:IamRole", RULE, {"inlinePolicies": {"policy": GRANTING}}),
    "a list of one for an object": (
        "aws:budgets/budgetAction:BudgetAction",
        "no-unjudged-grants",
        {"definition": [{"iamActionDefinition": [{"policyArn": "arn:aws:iam::123456789012:policy/x"}]}]},
    ),
    "an access key": ("aws:index/iamAccessKey:IamAccessKey", "no-access-keys", {"user": "jin"}),
    "a login": ("aws:index/iamUserLoginProfile:IamUserLoginProfile", "login-reset-required", {"user": "jin"}),
    "a user": (
        "awscc:index/iamUser:IamUser",
        "grants-through-groups",
        {"policies": [{"policyName": "x", "policyDocument": HARMLESS}]},
    ),
    "an assignment": (
        "aws:index/ssoadminAccountAssignment:SsoadminAccountAssignment",
        "no-unjudged-grants",
        {"permissionSetArn": "arn:aws:sso:::permissionSet/i/p"},
    ),
    "a template": (
        "aws:index/cloudformationStack:CloudformationStack",
        "no-access-keys",
        {"templateBody": json.dumps({"Resources": {"Key": {"Type": "AWS::IAM::AccessKey"}}})},
    ),
    "Cloud Control by its Terraform name": (
        "aws:index/cloudcontrolapiResource:CloudcontrolapiResource",
        "no-access-keys",
        {"typeName": "AWS::IAM::AccessKey", "desiredState": "{}"},
    ),
    "Cloud Control in other letters": (
        "aws:cloudcontrol/resource:Resource",
        RULE,
        {"typeName": "aws::iam::GROUPPOLICY", "desiredState": json.dumps({"PolicyDocument": allowing("*")})},
    ),
}


@pytest.mark.parametrize(("resource_type", "rule", "inputs"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_is_refused_under_every_token(
    pack: Pack, resource_type: str, rule: str, inputs: dict[str, Any]
) -> None:
    assert rule in pack.rules(resource_type, **inputs)


def test_every_type_is_known_by_its_own_name_and_by_that_of_cloudformation() -> None:
    for resource_type in CARRIERS:
        spelled = spelling(resource_type)
        assert spelled is not None
        assert (spelled.resource_type, spelled.snake_case) == (resource_type, False)
        if resource_type.startswith("aws-native:"):
            _, service, name = resource_type.split(":")
            assert from_cloudformation(f"AWS::{service.upper()}::{name}") == resource_type


@pytest.mark.parametrize(
    "resource_type", ["aws:s3/bucket:Bucket", "random:index/randomPassword:RandomPassword", "x:tf:aws_vpc", ""]
)
def test_other_types_are_none_of_ours(resource_type: str) -> None:
    assert spelling(resource_type) is None
