"""Builds IAM policy documents from catalogue and settings: JSON text from plain values, so that previews show it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.pipeline_actions import CAPABILITIES, GUIDE, PIPELINE_CHANGES, Permission, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Characters of a managed policy, white space not counted.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MAX_POLICY_SIZE = 6_144
MAX_INLINE_SIZE = 5_120  # of all inline policies of a group

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
# What makes or replaces a device.
ENROLLING = ("iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ResyncMFADevice")


@dataclass(frozen=True)
class Place:
    """What ARNs start with: partition ("aws"), region ("eu-central-1") and account (12 digits)."""

    partition: str
    region: str
    account: str


@dataclass(frozen=True)
class Pattern:
    """Pipelines or CodeBuild projects of one region; `name` may contain `*`, `region` None means the stack's own."""

    name: str
    region: str | None = None

    def within(self, other: Pattern, region: str) -> bool:
        """Whether all that this pattern names is named by `other` too, for a stack in `region`."""
        if (self.region or region) != (other.region or region):
            return False
        # A star of ours is a character like any other here, which only a star of theirs takes.
        first, *rest = other.name.split("*")
        if not rest:
            return self.name == first
        *middle, last = rest
        if not self.name.startswith(first) or not self.name.endswith(last):
            return False
        at, end = len(first), len(self.name) - len(last)
        for part in middle:
            at = self.name.find(part, at, max(at, end))
            if at < 0:
                return False
            at += len(part)
        return at <= end


@dataclass(frozen=True)
class Reach:
    """What a team's grants reach; None is everything of the account, as in the guide."""

    pipelines: Sequence[Pattern] | None = None
    startable: Sequence[Pattern] | None = None
    """Where members start, stop and retry; None as `pipelines`."""
    projects: Sequence[Pattern] | None = None
    """CodeBuild projects whose builds and logs are shown."""


Statement = dict[str, object]


def developer_policy(
    place: Place, reach: Reach, capabilities: Sequence[str], ends: Mapping[str, Sequence[str]] | None = None
) -> str:
    """The team's managed policy.

    Args:
        place: where the pipelines are.
        reach: where each action is scoped, it is to the finest resource that it takes.
        capabilities: names in the catalogue; each becomes one statement with its own Sid.
        ends: as IAM writes it -> users made elsewhere whom this policy grants nothing from then on. A Deny would also
            take what another team grants to them.
    """
    statements = _guide_statements(place, reach)
    for name in sorted(set(capabilities)):
        capability = CAPABILITIES[name]
        scopes = dict.fromkeys(permission.scope for permission in capability.permissions)
        resources = [arn for scope in scopes for arn in _resources(scope, place, reach.pipelines, reach.projects)]
        statements.append(_allow(capability.permissions, resources, Sid=capability.sid))
    return _document(*_ending(statements, ends or {}))


def _ending(statements: Sequence[Statement], ends: Mapping[str, Sequence[str]]) -> list[Statement]:
    """The statements for everybody without an end, and once more for each end."""
    if not ends:
        return list(statements)
    names = sorted({name for those in ends.values() for name in those})
    others = {"StringNotEqualsIgnoreCase": {"aws:username": names}}
    found: list[Statement] = [{**statement, "Condition": others} for statement in statements]
    for end, those in sorted(ends.items()):
        until = {
            "StringEqualsIgnoreCase": {"aws:username": sorted(those)},
            "DateLessThan": {"aws:CurrentTime": end},
        }
        mark = "".join(filter(str.isalnum, end))
        for statement in statements:
            sid = {"Sid": f"{statement['Sid']}Until{mark}"} if "Sid" in statement else {}
            found.append({**statement, **sid, "Condition": until})
    return found


def policy_size(document: str) -> int:
    """The number of characters that count towards IAM's limits: all but white space."""
    return sum(not character.isspace() for character in document)


def deny_pipeline_changes() -> str:
    """The guard rail against other grants: for a user in the group, an explicit Deny wins over every Allow.

    In a role that the user takes, only the role's policies count; the permissions boundary keeps users out of roles.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    """
    return _document({"Effect": "Deny", "Action": list(PIPELINE_CHANGES), "Resource": "*"})


def access_ends(end: str, names: Sequence[str]) -> str:
    """The guard rail that ends access by itself: AWS looks at the date at each request, open sessions included.

    By user names, since policy variables and tags cannot be compared with dates.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html

    Args:
        end: from then on, as IAM writes it.
        names: users who may do nothing at all then; their sign-in page stays, which no policy can close.
    """
    condition = {
        "StringEqualsIgnoreCase": {"aws:username": list(names)},
        "DateGreaterThanEquals": {"aws:CurrentTime": end},
    }
    return _document({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition})


def own_mfa_device(place: Place) -> str:
    """Every member may enrol their own device, after signing in to the console.

    A long-term access key alone may not: whoever stole one could enrol a device and then have MFA. Requests with such
    a key carry no `aws:MultiFactorAuthPresent` at all.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    users = f"arn:{place.partition}:iam::{place.account}:user/"
    return _document(
        {
            "Sid": "EnrolOwnDevice",
            "Effect": "Allow",
            "Action": list(OWN_MFA_DEVICE),
            # Two forms: with and without a path. "user/*${aws:username}" would match benjin for jin.
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
            "Sid": "NotByAccessKeyAlone",
            "Effect": "Deny",
            "Action": list(ENROLLING),
            "Resource": "*",
            "Condition": {"Null": {"aws:MultiFactorAuthPresent": "true"}},
        },
    )


def require_mfa() -> str:
    """Everything but the first sign-in and enrolling one's own device needs MFA."""
    return _document(
        {
            "Sid": "NothingElseWithoutMfa",
            "Effect": "Deny",
            "NotAction": sorted(WITHOUT_MFA),
            "Resource": "*",
            # IfExists: calls with long-term access keys carry no such key at all, and are denied as well.
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        },
    )


def _guide_statements(place: Place, reach: Reach) -> list[Statement]:
    if reach.pipelines is None and reach.startable is None:
        return [_allow(GUIDE, ["*"])]
    groups: dict[tuple[str, ...], list[Permission]] = {}
    for permission in sorted(GUIDE, key=lambda permission: permission.scope.value):
        narrowed = permission.runs and reach.startable is not None
        pipelines = reach.startable if narrowed else reach.pipelines
        groups.setdefault(tuple(_resources(permission.scope, place, pipelines)), []).append(permission)
    return [_allow(permissions, resources) for resources, permissions in groups.items()]


def _resources(
    scope: Scope,
    place: Place,
    pipelines: Sequence[Pattern] | None,
    projects: Sequence[Pattern] | None = None,
) -> list[str]:
    """The ARNs for these pipelines and projects, as narrow as `scope` allows."""
    if projects is None:
        regions = ["*"] if pipelines is None else dict.fromkeys(pattern.region or place.region for pattern in pipelines)
        projects = [Pattern("*", region) for region in regions]
    if scope is Scope.PROJECT:
        return [_arn(place, "codebuild", pattern, f"project/{pattern.name}") for pattern in projects]
    if scope is Scope.LOG_STREAM:
        groups = [("/aws/codebuild", pattern) for pattern in projects]
        groups += [("/aws/codepipeline", pattern) for pattern in pipelines or [Pattern("*", "*")]]
        return [
            _arn(place, "logs", pattern, f"log-group:{folder}/{pattern.name}:log-stream:*")
            for folder, pattern in groups
        ]
    if scope is Scope.EVERYTHING or pipelines is None:
        return ["*"]
    below = {Scope.PIPELINE: "", Scope.STAGE: "/*", Scope.ACTION: "/*/*"}[scope]
    return [_arn(place, "codepipeline", pattern, f"{pattern.name}{below}") for pattern in pipelines]


def _arn(place: Place, service: str, pattern: Pattern, resource: str) -> str:
    return f"arn:{place.partition}:{service}:{pattern.region or place.region}:{place.account}:{resource}"


def _allow(permissions: Sequence[Permission], resources: Sequence[str], **sid: str) -> Statement:
    actions = [permission.action for permission in permissions]
    return {**sid, "Effect": "Allow", "Action": actions, "Resource": resources[0] if len(resources) == 1 else resources}


def _document(*statements: Statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"))
