"""Once the configuration names a permissions boundary, every user has it: then no policy of theirs can go beyond it.

A boundary is worth what its document says, so this program may neither make nor adopt it: its owners are others.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from iam import matches
from memory import NotYet, memory
from parts import Part
from rules import Case, Objection, rule
from values import UNKNOWN

NAME = "permissions-boundary-required"
_USERS = ("aws:iam/user:User", "aws-native:iam:User")
_MISCONFIGURED = "cannot be checked: the configuration of this rule is not the ARN of a policy."
_MADE_UP = "\0"  # stands for a name that nobody knows yet: only a star matches it
_ACCOUNT_OF_THE_STACK = "${AWS.AccountId}"  # in a template


def _judge(case: Case) -> Iterator[Objection | NotYet]:
    required = memory().of(NAME).permissions_boundary
    if required is None:
        return
    for part in case.parts:
        if part.resource_type in _USERS:
            yield from _without_boundary(part, required)
        elif _makes_boundary(part, required):
            place = part.path.rstrip(".") or "it"
            text = (
                f"{place}: users must have this policy as their permissions boundary, so this program may not create or"
                " change it. Leave it to its owners."
            )
            yield Objection(place, text)


def _without_boundary(part: Part, required: str) -> Iterator[Objection | NotYet]:
    users = tuple(f"user/{found.value}" for found in part.found("owner") if isinstance(found.value, str))
    for found in part.written("permissionsBoundary"):
        if found.value is UNKNOWN:
            yield NotYet(found.path)
        elif not _is_boundary(found.value, required):
            problem = f'is not "{required}". Every user must have this boundary.' if required else _MISCONFIGURED
            yield Objection(found.path, f"{found.path} {problem}", users)


def _is_boundary(value: object, required: str) -> bool:
    """Whether `value` is an ARN that `required` matches part by part: a star is no way out of a name."""
    if not isinstance(value, str) or not required:
        return False
    patterns = required.split(":", 5)
    parts = value.split(":", 5)
    if len(parts) != len(patterns):
        return False
    if parts[4] == _ACCOUNT_OF_THE_STACK:
        parts[4] = patterns[4]  # AWS takes no boundary from another account
    return all(map(matches, patterns, parts))


def _makes_boundary(part: Part, required: str) -> bool:
    """Whether the part is a policy that users may have as the required boundary, be it made or adopted."""
    makes = part.carrier.makes
    if makes is None or makes.what != "arns":
        return False
    pattern = required.partition(":policy")[2]
    folders = [found.value for found in part.at(makes.path)] or ["/"]
    prefixes = [found.value for found in part.at(makes.prefix)] if makes.prefix else []
    names = [found.value for found in part.at(makes.name)] or [f"{prefix}{_MADE_UP}" for prefix in prefixes or [""]]
    return any(
        matches(pattern, f"{folder}{name if isinstance(name, str) else _MADE_UP}")
        for folder in folders
        for name in names
    )


RULE = rule(
    NAME,
    _judge,
    description="Every user has the permissions boundary that the configuration requires.",
    severity=Severity.HIGH,
    remediation="Set permissionsBoundary of the user to the required ARN.",
    parameters={"permissionsBoundary": {"type": "string"}},
)
