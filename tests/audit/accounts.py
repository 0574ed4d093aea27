"""Answers of GetAccountAuthorizationDetails for tests, made from a few words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from audit.account import account_of
from audit.findings import Judge
from audit.report import CHANGES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from audit.findings import Finding

ACCOUNT = "123456789012"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
Answer = dict[str, Any]


def statement(**changes: object) -> dict[str, Any]:
    """A statement that allows everything with pipelines; None as a change leaves the element out."""
    made = {"Effect": "Allow", "Action": "codepipeline:*", "Resource": "*", **changes}
    return {element: value for element, value in made.items() if value is not None}


def document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


ALLOW = document(statement())
DENY = document(statement(Effect="Deny"))
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
DENY_WITHOUT_MFA = document(
    statement(Effect="Deny", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})
)
SERVICE_TRUST = document(
    {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
)


def arn(kind: str, name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


def pipeline(name: str, region: str = "us-east-1", account: str = ACCOUNT) -> str:
    return f"arn:aws:codepipeline:{region}:{account}:{name}"


def _principal(kind: str, name: str, inline: Mapping[str, object] | None, attached: Sequence[str]) -> Answer:
    return {
        "Path": "/",
        f"{kind}Name": name.rpartition("/")[2],
        f"{kind}Id": f"{kind[0]}ID{name.upper()}",
        "Arn": arn(kind.lower(), name),
        "CreateDate": "2024-01-01T00:00:00+00:00",
        f"{kind}PolicyList": [
            {"PolicyName": policy, "PolicyDocument": content} for policy, content in (inline or {}).items()
        ],
        "AttachedManagedPolicies": [
            {"PolicyName": policy.rpartition("/")[2], "PolicyArn": policy} for policy in attached
        ],
    }


def user(
    name: str,
    inline: Mapping[str, object] | None = None,
    attached: Sequence[str] = (),
    groups: Sequence[str] = (),
    boundary: str = "",
) -> Answer:
    return {**_principal("User", name, inline, attached), "GroupList": list(groups), **_bounded(boundary)}


def group(name: str, inline: Mapping[str, object] | None = None, attached: Sequence[str] = ()) -> Answer:
    return _principal("Group", name, inline, attached)


def role(
    name: str,
    inline: Mapping[str, object] | None = None,
    attached: Sequence[str] = (),
    boundary: str = "",
    trust: object = SERVICE_TRUST,
) -> Answer:
    made = {**_principal("Role", name, inline, attached), **_bounded(boundary)}
    return {**made, "AssumeRolePolicyDocument": trust, "InstanceProfileList": []}


def _bounded(policy_arn: str) -> Answer:
    if not policy_arn:
        return {}
    return {"PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": policy_arn}}


def policy(policy_arn: str, *versions: object, default: int = 1) -> Answer:
    """A managed policy: its versions from v1 on, and which of them is in force."""
    return {
        "PolicyName": policy_arn.rpartition("/")[2],
        "Arn": policy_arn,
        "DefaultVersionId": f"v{default}",
        "PolicyVersionList": [
            {"Document": content, "VersionId": f"v{number}", "IsDefaultVersion": number == default}
            for number, content in enumerate(versions, 1)
        ],
    }


def answer(*entries: Answer) -> Answer:
    """The answer with all entries where they belong; AdministratorAccess is always in it."""
    everything = (policy(ADMINISTRATOR, document(statement(Action="*"))), *entries)
    return {
        "UserDetailList": [entry for entry in everything if "UserName" in entry],
        "GroupDetailList": [entry for entry in everything if "GroupName" in entry],
        "RoleDetailList": [entry for entry in everything if "RoleName" in entry],
        "Policies": [entry for entry in everything if "PolicyVersionList" in entry],
        "IsTruncated": False,
    }


def found_in(*entries: Answer, actions: Sequence[str] = CHANGES) -> list[Finding]:
    account = account_of(json.loads(json.dumps(answer(*entries))), "the answer")
    return Judge(account).findings(actions, account.principals)


def verdicts_in(*entries: Answer, actions: Sequence[str] = CHANGES) -> dict[str, dict[str, str]]:
    """For each principal that can, or of which it cannot be told: the verdict on each action, by short names."""
    found: dict[str, dict[str, str]] = {}
    for finding in found_in(*entries, actions=actions):
        name = finding.principal.arn.partition(f"{ACCOUNT}:")[2]
        found.setdefault(name, {}).update(
            {action.partition(":")[2]: finding.verdict for action in finding.actions},
        )
    return found


def all_three(verdict: str) -> dict[str, str]:
    return dict.fromkeys(("CreatePipeline", "UpdatePipeline", "DeletePipeline"), verdict)
