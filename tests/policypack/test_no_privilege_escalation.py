"""What leads to other grants is refused; what IAM's own guides let people do with their own user is not."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam import is_role_of_a_service, matches
from iam.escalation import CHANGES_PERMISSIONS, SIGNS_IN_AS_OTHERS, WRITES_IDENTITY_CENTER, escalations
from iam.matching import rests
from tests.policypack.analyzer import Pack, excepting
from tests.policypack.documents import allowing, policy, statement, text
from tests.policypack.strategies import wildcarded

RULE = "no-privilege-escalation"
ONESELF = "arn:aws:iam::*:user/${aws:username}"
NAMED_ROLE = "arn:aws:iam::123456789012:role/deploy-*"


@pytest.mark.parametrize("action", CHANGES_PERMISSIONS + SIGNS_IN_AS_OTHERS + ("sts:AssumeRole",))
def test_an_action_that_leads_to_other_grants_is_refused(pack: Pack, action: str) -> None:
    [finding] = pack.analyze("aws:iam/policy:Policy", policy=text("s3:*", action))
    assert (finding.rule, finding.level) == (RULE, "MANDATORY")
    assert f'policy, statement 1: "{action}" grants {action.partition(":")[2]}.' in finding.message


RUNS_WITH_A_ROLE = (
    *("apprunner:CreateService", "batch:RegisterJobDefinition", "bedrock-agentcore:CreateCodeInterpreter"),
    *("budgets:CreateBudgetAction", "codebuild:CreateProject", "ec2:RunInstances", "ecs:RegisterTaskDefinition"),
    *("glue:CreateJob", "lambda:CreateFunction", "lambda:*", "lambda:C*", "scheduler:CreateSchedule"),
    *("ssm:StartAutomationExecution", "states:CreateStateMachine", "a-service-of-tomorrow:Run", "*:RunTask*"),
)


@pytest.mark.parametrize("action", RUNS_WITH_A_ROLE)
def test_passing_any_role_is_refused_together_with_what_may_run_with_it(action: str) -> None:
    assert escalations(allowing("iam:PassRole", action))
    assert not escalations(allowing("iam:PassRole"))
    assert not escalations(allowing(action))
    assert not escalations(policy(statement(Action="iam:PassRole", Resource=NAMED_ROLE), statement(Action=action)))


@pytest.mark.parametrize("action", WRITES_IDENTITY_CENTER)
def test_whoever_writes_identity_center_hands_out_permissions(action: str) -> None:
    assert [grant.actions for grant in escalations(allowing(action))] == [(action,)]


def passing(condition: dict[str, Any] | None) -> dict[str, Any]:
    return policy(statement(Action="iam:PassRole", Condition=condition), statement(Action="lambda:*"))


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"iam:PassedToService": "dax.amazonaws.com"}},
        {"StringLike": {"IAM:passedtoservice": ["dax.amazonaws.com*", "application-autoscaling.amazonaws.com.cn"]}},
        {"StringEqualsIgnoreCase": {"iam:PassedToService": ["DAX.amazonaws.com"]}, "Bool": {"aws:x": "true"}},
    ],
)
def test_a_role_that_only_a_service_can_get_that_runs_nothing_may_be_any(condition: dict[str, Any]) -> None:
    assert escalations(passing(condition)) == []


@pytest.mark.parametrize(
    "condition",
    [
        None,
        {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
        {"StringEquals": {"iam:PassedToService": ["dax.amazonaws.com", "lambda.amazonaws.com"]}},
        {"StringEquals": {"iam:PassedToService": []}},
        {"StringLike": {"iam:PassedToService": "*.amazonaws.com"}},
        {"StringLike": {"iam:PassedToService": "*dax.amazonaws.com"}},
        {"StringEquals": {"iam:PassedToService": "${aws:PrincipalTag/service}"}},
        {"StringNotEquals": {"iam:PassedToService": "dax.amazonaws.com"}},
        {"StringEqualsIfExists": {"iam:PassedToService": "dax.amazonaws.com"}},
        {"ForAllValues:StringEquals": {"iam:PassedToService": "dax.amazonaws.com"}},
        {"StringEquals": {"aws:PrincipalTag/x": "dax.amazonaws.com"}},
        {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com", "IAM:passedtoservice": "dax.amazonaws.com"}},
    ],
)
def test_a_condition_that_leaves_the_service_open_limits_nothing(condition: dict[str, Any] | None) -> None:
    assert escalations(passing(condition))


HARMLESS: dict[str, dict[str, Any]] = {
    "one's own keys and password": allowing(*SIGNS_IN_AS_OTHERS, "iam:ChangePassword", Resource=ONESELF),
    "one's own user below a path": allowing("iam:CreateAccessKey", Resource="arn:aws:iam::*:user/dev/${aws:username}"),
    "a role by name": allowing("sts:AssumeRole", Resource=NAMED_ROLE),
    "everything on a bucket": allowing("*", Resource=["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"]),
    "one's own user in other letters": allowing("iam:CreateAccessKey", Resource="arn:aws:iam::*:user/${aws:userName}"),
    "reading": allowing("iam:Get*", "iam:List*", "cloudformation:Describe*", "sts:GetCallerIdentity"),
    "one's own keys beside a device": allowing("iam:*AccessKey*", Resource=[ONESELF, "arn:aws:iam::*:mfa/*"]),
    "a service's own role": allowing("iam:PutRolePolicy", Resource="arn:aws:iam::*:role/aws-service-role/x.aws.com/*"),
    "a group's action on a user": allowing("iam:PutGroupPolicy", Resource="arn:aws:iam::*:user/*"),
    "everything on a bucket beside passing a role": policy(
        statement(Action="*", Resource="arn:aws:s3:::bucket/*"), statement(Action="iam:PassRole")
    ),
    "reading beside passing a role": allowing("iam:PassRole", "lambda:Get*", "ec2:Describe*", "codepipeline:List*"),
    "roles below a path": allowing("sts:AssumeRole", Resource="arn:aws:iam::*:role/teams/*"),
    "roles with an end in common": allowing("sts:AssumeRole", Resource="arn:aws:iam::*:role/*-web"),
    "roles with a short beginning": allowing("sts:AssumeRole", Resource="arn:aws:iam::*:role/qa*"),
    "roles of one's own": allowing("sts:AssumeRole", Resource="arn:aws:iam::*:role/${aws:username}"),
    "all of it denied": policy(statement(Action="*"), statement(Effect="Deny", Action="*")),
    "everything but MFA denied without MFA": policy(
        statement(
            Effect="Deny",
            Action=None,
            NotAction=["iam:ChangePassword", "iam:EnableMFADevice"],
            Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        )
    ),
}
ESCALATING: dict[str, dict[str, Any]] = {
    "everybody's keys": allowing("iam:CreateAccessKey", Resource=[ONESELF, "arn:aws:iam::*:user/*"]),
    "all of IAM": allowing("iam:*"),
    "everything but IAM": policy(statement(Action=None, NotAction="iam:*")),
    "any role": allowing("sts:AssumeRole", Resource="arn:aws:iam::123456789012:role/*"),
    "any role of any account": allowing("sts:*", Resource="arn:aws:iam::*:role/*"),
    "any role, in short": allowing("sts:AssumeRole", Resource="arn:aws:iam::123456789012:r*"),
    "any role, by its service": allowing("sts:AssumeRole", Resource="arn:aws:iam:*"),
    "any role of any path": allowing("sts:AssumeRole", Resource="arn:aws:iam::*:ro?e/**"),
    "any role but one": policy(statement(Action="sts:AssumeRole", Resource=None, NotResource=NAMED_ROLE)),
    "any role, by question marks": allowing("sts:AssumeRole", Resource="arn:aws:iam::*:role/??*"),
    "any role, by its first letter": allowing(
        "sts:AssumeRole", Resource=[f"arn:aws:iam::*:role/{letter}*" for letter in "abcdefghijklmnopqrstuvwxyz"]
    ),
    "any role with a letter": allowing("sts:AssumeRole", Resource="arn:aws:iam::*:role/*e*"),
    "any role that ends as most do": allowing("sts:AssumeRole", Resource="arn:aws:iam::*:role/*Role"),
    "any role, by the end of its kind": allowing("sts:AssumeRole", Resource="arn:aws:iam::*:*ole/*"),
    "any role of any one path": allowing("sts:AssumeRole", Resource="arn:aws:iam::*:role/*/*"),
    "the administrators of member accounts": allowing(
        "sts:AssumeRole", Resource="arn:aws:iam::*:role/OrganizationAccountAccessRole"
    ),
    "the administrators of member accounts, by a pattern": allowing(
        "sts:AssumeRole", Resource="arn:aws:iam::*:role/Organization*"
    ),
    "the root user of member accounts": allowing("sts:AssumeRoot", Resource="arn:aws:iam::*:root"),
    "everybody's keys beside one's own": allowing("iam:CreateAccessKey", Resource=[ONESELF, "*"]),
    "changing oneself": allowing("iam:PutUserPolicy", Resource=ONESELF),
    "any role, passed to an instance by its profile": policy(
        statement(Action="iam:PassRole"), statement(Action="iam:AddRoleTo*")
    ),
}


OF_THE_ACCOUNT = "arn:aws:iam::${aws:PrincipalAccount}:"
ON_OTHERS = {
    "iam:AddUserToGroup": "group/*",
    "iam:CreateAccessKey": "user/*",
    "iam:CreatePolicyVersion": "policy/*",
    "iam:PutRolePolicy": "role/*",
    "iam:UpdateSAMLProvider": "saml-provider/*",
    "sts:AssumeRole": "role/*",
}
CHOSEN_BY_THE_CALLER = (
    *("${aws:RequestTag/role}", "${sts:RoleSessionName}", "${aws:UserAgent}", "${AWS:referer}*", "${ aws:username }*"),
    *("${aws:PrincipalTag/x}*", "*${aws:PrincipalTag/x}", "${aws:PrincipalTag/x}${saml:cn}*"),  # a tag may be empty
    *("*${aws:PrincipalTag/none, ''}*", "*${aws:PrincipalTag/none,'e'}", "${aws:SourceIdentity}", "?${sts:ExternalId}"),
)


@pytest.mark.parametrize(("action", "name"), ON_OTHERS.items())
def test_a_variable_for_the_account_does_not_hide_what_stands_behind_it(action: str, name: str) -> None:
    for resource in (OF_THE_ACCOUNT + name, f"{OF_THE_ACCOUNT}*", "arn:aws:iam::${aws:PrincipalTag/a:b}:" + name):
        assert escalations(allowing(action, Resource=resource))
    named = {"iam:CreateAccessKey": "user/${aws:username}", "sts:AssumeRole": "role/deploy-*"}.get(action, "mfa/*")
    assert not escalations(allowing(action, Resource=OF_THE_ACCOUNT + named))


@pytest.mark.parametrize("name", CHOSEN_BY_THE_CALLER)
def test_a_variable_that_the_caller_chooses_leaves_the_role_open(name: str) -> None:
    resource = f"arn:aws:iam::123456789012:role/{name}"
    assert escalations(allowing("sts:AssumeRole", Resource=resource))
    assert escalations(allowing("iam:PassRole", "lambda:CreateFunction", Resource=["*", resource]))


@pytest.mark.parametrize(
    "name",
    [
        "${aws:PrincipalTag/role}",
        "${aws:PrincipalTag/team}-*",
        "web-${saml:cn}*",
        "${aws:username}-*",
        "dev/${aws:username}/*",
        "web-${aws:RequestTag/env}",
    ],
)
def test_a_variable_for_who_the_caller_is_names_a_role(name: str) -> None:
    assert not escalations(allowing("sts:AssumeRole", Resource=OF_THE_ACCOUNT + "role/" + name))


@pytest.mark.parametrize("document", HARMLESS.values(), ids=HARMLESS)
def test_what_leads_nowhere_is_accepted(document: dict[str, Any]) -> None:
    assert escalations(document) == []


@pytest.mark.parametrize("document", ESCALATING.values(), ids=ESCALATING)
def test_what_leads_to_other_grants_is_found(document: dict[str, Any]) -> None:
    assert escalations(document)


@given(
    wildcarded("role/deploy-web"),
    st.sampled_from(["role/", "user/", "role/deploy"]),
    st.text("role/dpy-wb", max_size=9),
)
def test_what_is_left_of_a_pattern_matches_what_is_left_of_a_text(pattern: str, beginning: str, rest: str) -> None:
    assert any(matches(left, rest) for left in rests(pattern, beginning)) is matches(pattern, beginning + rest)


@given(wildcarded("role/deploy-web"))
def test_a_pattern_that_matches_names_without_a_letter_in_common_leaves_the_role_open(pattern: str) -> None:
    if all(any(matches(pattern, "role/" + letter * length) for length in range(1, 30)) for letter in "xyz"):
        assert escalations(allowing("sts:AssumeRole", Resource=f"arn:aws:iam::123456789012:{pattern}"))


TRUST: dict[str, tuple[object, bool]] = {
    "a service that runs nothing": ("batch.amazonaws.com", True),
    "two of them": (["batch.amazonaws.com", "spotfleet.amazonaws.com"], True),
    "a service that runs code": ("lambda.amazonaws.com", False),
    "one of each": (["batch.amazonaws.com", "lambda.amazonaws.com"], False),
    "none": ([], False),
    "a pattern": ("batch.amazonaws.com*", False),
}


@pytest.mark.parametrize(("service", "expected"), TRUST.values(), ids=TRUST)
def test_a_role_that_only_services_can_take_is_told_from_others(service: object, expected: bool) -> None:
    allowed = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    assert is_role_of_a_service({"Statement": [allowed]}) is expected
    assert is_role_of_a_service({"Statement": allowed}) is expected
    people = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "123456789012"}}
    assert not is_role_of_a_service({"Statement": [allowed, people]})
    assert not is_role_of_a_service({"Statement": [{**allowed, "Principal": {"Service": service, "AWS": "*"}}]})
    assert not is_role_of_a_service({"Statement": [{**allowed, "Principal": "*"}]})
    assert not is_role_of_a_service({"Statement": [{**allowed, "NotPrincipal": {"AWS": "123456789012"}}]})


@pytest.mark.parametrize("trust", [None, "", {}, {"Statement": []}, {"Statement": ["x"]}, {"Statement": [{}]}])
def test_a_trust_policy_that_says_nothing_is_no_service_role(trust: object) -> None:
    assert not is_role_of_a_service(trust)


@pytest.mark.parametrize(
    "name",
    [
        "IAMFullAccess",
        "AWSSSOMemberAccountAdministrator",
        "AWSLambda_FullAccess",
        "service-role/AmazonSSMAutomationRole",
    ],
)
def test_an_aws_managed_policy_that_leads_to_other_grants_is_refused(pack: Pack, name: str) -> None:
    attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    assert pack.rules(attachment, policyArn=f"arn:aws-cn:iam::aws:policy/{name}") == [RULE]


def test_a_resource_can_be_excepted(pack: Pack) -> None:
    document = json.dumps(allowing("iam:PutRolePolicy"))
    pack.configure(no_privilege_escalation=excepting("urn:pulumi:*::*::aws:iam/policy:Policy::policy"))
    assert pack.rules("aws:iam/policy:Policy", policy=document) == []
    assert pack.rules("aws:iam/groupPolicy:GroupPolicy", policy=document) == [RULE]
