"""Catalogue and settings become IAM policy documents, as JSON text built from plain values (so previews know them)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from components.pipeline_actions import CAPABILITIES, GUIDE, PIPELINE_CHANGES, Permission, Scope

if TYPE_CHECKING:
    from collections.abc import Sequence

# Characters of a managed policy, white space not counted.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MAX_POLICY_SIZE = 6_144

# Without MFA a person can only do what leads to MFA: choose a password, enrol a device, sign in with it.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html
OWN_MFA_DEVICE = ("iam:EnableMFADevice", "iam:GetMFADevice", "iam:GetUser", "iam:ListMFADevices", "iam:ResyncMFADevice")
WITHOUT_MFA = (
    *OWN_MFA_DEVICE,
    "iam:ChangePassword",  # the forced change at the first sign-in comes before any device
    "iam:CreateVirtualMFADevice",
    "iam:GetAccountPasswordPolicy",
    "iam:ListVirtualMFADevices",
    "sts:GetSessionToken",
)


@dataclass(frozen=True)
class Place:
    """Where ARNs point to: partition ("aws"), region ("eu-central-1") and account (12 digits)."""

    partition: str
    region: str
    account: str


@dataclass(frozen=True)
class PipelinePattern:
    """Pipelines of one region; `name` may contain `*`, `region` None means the stack's own."""

    name: str
    region: str | None = None


Statement = dict[str, object]


def developer_policy(place: Place, pipelines: Sequence[PipelinePattern] | None, capabilities: Sequence[str]) -> str:
    """The team's managed policy.

    Args:
        place: where the pipelines are.
        pipelines: None grants the guide's actions on everything, as the guide does; otherwise each action is scoped to
            the finest resource that it takes.
        capabilities: names in the catalogue; each becomes one statement with its own Sid.
    """
    statements = _guide_statements(place, pipelines)
    for name in sorted(set(capabilities)):
        capability = CAPABILITIES[name]
        scopes = dict.fromkeys(permission.scope for permission in capability.permissions)
        resources = [arn for scope in scopes for arn in _resources(scope, place, pipelines)]
        statements.append(_allow(capability.permissions, resources, Sid=capability.sid))
    return _document(*statements)


def policy_size(document: str) -> int:
    """Characters that count towards IAM's limits: all but white space."""
    return sum(not character.isspace() for character in document)


def deny_pipeline_changes() -> str:
    """The guard rail that no other grant undoes: an explicit Deny always wins.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    """
    return _document({"Effect": "Deny", "Action": list(PIPELINE_CHANGES), "Resource": "*"})


def require_mfa(place: Place) -> str:
    """Everything but the first sign-in and enrolling one's own device needs MFA."""
    users = f"arn:{place.partition}:iam::{place.account}:user/"
    return _document(
        {
            "Sid": "EnrolOwnDevice",
            "Effect": "Allow",
            "Action": list(OWN_MFA_DEVICE),
            # Two forms, since a user has a path or none; "user/*${aws:username}" would also match benjin for jin.
            "Resource": [f"{users}${{aws:username}}", f"{users}*/${{aws:username}}"],
        },
        {
            "Sid": "CreateDevice",
            "Effect": "Allow",
            "Action": "iam:CreateVirtualMFADevice",
            "Resource": f"arn:{place.partition}:iam::{place.account}:mfa/*",
        },
        {"Sid": "ListDevices", "Effect": "Allow", "Action": "iam:ListVirtualMFADevices", "Resource": "*"},
        {
            "Sid": "NothingElseWithoutMfa",
            "Effect": "Deny",
            "NotAction": sorted(WITHOUT_MFA),
            "Resource": "*",
            # IfExists: calls with long-term access keys carry no such key at all, and are denied as well.
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        },
    )


def _guide_statements(place: Place, pipelines: Sequence[PipelinePattern] | None) -> list[Statement]:
    if pipelines is None:
        return [_allow(GUIDE, ["*"])]
    by_scope = sorted(GUIDE, key=lambda permission: permission.scope.value)
    return [
        _allow(list(permissions), _resources(scope, place, pipelines))
        for scope, permissions in groupby(by_scope, key=lambda permission: permission.scope)
    ]


def _resources(scope: Scope, place: Place, pipelines: Sequence[PipelinePattern] | None) -> list[str]:
    """The ARNs that `scope` allows for these pipelines, at its finest."""
    regions = (
        ["*"] if pipelines is None else list(dict.fromkeys(pattern.region or place.region for pattern in pipelines))
    )
    if scope is Scope.PROJECT:
        return [_arn(place, "codebuild", region, "project/*") for region in regions]
    if scope is Scope.LOG_STREAM:
        groups = [(region, "/aws/codebuild/*") for region in regions]
        groups += [
            (pattern.region or place.region, f"/aws/codepipeline/{pattern.name}")
            for pattern in pipelines or [PipelinePattern("*", "*")]
        ]
        return [_arn(place, "logs", region, f"log-group:{group}:log-stream:*") for region, group in groups]
    if scope is Scope.EVERYTHING or pipelines is None:
        return ["*"]
    below = {Scope.PIPELINE: "", Scope.STAGE: "/*", Scope.ACTION: "/*/*"}[scope]
    return [
        _arn(place, "codepipeline", pattern.region or place.region, f"{pattern.name}{below}") for pattern in pipelines
    ]


def _arn(place: Place, service: str, region: str, resource: str) -> str:
    return f"arn:{place.partition}:{service}:{region}:{place.account}:{resource}"


def _allow(permissions: Sequence[Permission], resources: Sequence[str], **sid: str) -> Statement:
    actions = [permission.action for permission in permissions]
    return {**sid, "Effect": "Allow", "Action": actions, "Resource": resources[0] if len(resources) == 1 else resources}


def _document(*statements: Statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"))
