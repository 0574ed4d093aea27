"""People sign in; access keys never expire and leak (CIS AWS Foundations 1.10)."""

from collections.abc import Iterator

from pulumi_policy import Severity

from rules import Case, Objection, rule

_ACCESS_KEYS = ("aws:iam/accessKey:AccessKey", "aws-native:iam:AccessKey")


def _judge(case: Case) -> Iterator[Objection]:
    for part in case.parts:
        if part.resource_type in _ACCESS_KEYS:
            users = tuple(f"user/{found.value}" for found in part.found("owner") if isinstance(found.value, str))
            yield Objection(
                part.path, "An access key never expires. Let people sign in, and give programs roles.", users
            )


RULE = rule(
    "no-access-keys",
    _judge,
    description="Users have no access keys.",
    severity=Severity.HIGH,
    remediation="Remove the access key; use the console, IAM Identity Center or a role.",
)
