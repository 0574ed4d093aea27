"""What leads to other grants is refused; what IAM's own guides let people do with their own user is not."""

import json
from typing import Any

import pytest

from iam.escalation import CHANGES_PERMISSIONS, RUNS_WITH_A_ROLE, SIGNS_IN_AS_OTHERS, escalations
from tests.policypack.analyzer import Pack
from tests.policypack.documents import allowing, policy, statement, text

RULE = "no-privilege-escalation"
ONESELF = "arn:aws:iam::*:user/${aws:username}"
NAMED_ROLE = "arn:aws:iam::123456789012:role/deploy-*"


@pytest.mark.parametrize("action", CHANGES_PERMISSIONS + SIGNS_IN_AS_OTHERS + ("sts:AssumeRole",))
def test_an_action_that_leads_to_other_grants_is_refused(pack: Pack, action: str) -> None:
    [finding] = pack.analyze("aws:iam/policy:Policy", policy=text("s3:*", action))
    assert (finding.rule, finding.level) == (RULE, "MANDATORY")
    assert f'policy, statement 1: "{action}" grants {action.partition(":")[2]}.' in finding.message


@pytest.mark.parametrize("action", RUNS_WITH_A_ROLE)
def test_passing_any_role_is_refused_together_with_what_runs_with_it(action: str) -> None:
    assert escalations(allowing("iam:PassRole", action))
    assert not escalations(allowing("iam:PassRole"))
    assert not escalations(allowing(action))
    assert not escalations(policy(statement(Action="iam:PassRole", Resource=NAMED_ROLE), statement(Action=action)))


HARMLESS: dict[str, dict[str, Any]] = {
    "one's own keys and password": allowing(*SIGNS_IN_AS_OTHERS, "iam:ChangePassword", Resource=ONESELF),
    "one's own user below a path": allowing("iam:CreateAccessKey", Resource="arn:aws:iam::*:user/dev/${aws:username}"),
    "a role by name": allowing("sts:AssumeRole", Resource=NAMED_ROLE),
    "everything on a bucket": allowing("*", Resource=["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"]),
    "one's own user in other letters": allowing("iam:CreateAccessKey", Resource="arn:aws:iam::*:user/${aws:userName}"),
    "reading": allowing("iam:Get*", "iam:List*", "cloudformation:Describe*", "sts:GetCallerIdentity"),
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
    "changing oneself": allowing("iam:PutUserPolicy", Resource=ONESELF),
}


@pytest.mark.parametrize("document", HARMLESS.values(), ids=HARMLESS)
def test_what_leads_nowhere_is_accepted(document: dict[str, Any]) -> None:
    assert escalations(document) == []


@pytest.mark.parametrize("document", ESCALATING.values(), ids=ESCALATING)
def test_what_leads_to_other_grants_is_found(document: dict[str, Any]) -> None:
    assert escalations(document)


@pytest.mark.parametrize("name", ["IAMFullAccess", "AWSLambda_FullAccess", "service-role/AmazonSSMAutomationRole"])
def test_an_aws_managed_policy_that_leads_to_other_grants_is_refused(pack: Pack, name: str) -> None:
    attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    assert pack.rules(attachment, policyArn=f"arn:aws-cn:iam::aws:policy/{name}") == [RULE]


def test_a_resource_can_be_exempt(pack: Pack) -> None:
    document = json.dumps(allowing("iam:PutRolePolicy"))
    pack.configure(no_privilege_escalation={"exemptResources": ["policy"]})  # the resource's name in these tests
    assert pack.rules("aws:iam/policy:Policy", policy=document) == []
    assert pack.rules("aws:iam/groupPolicy:GroupPolicy", policy=document) == [RULE]
