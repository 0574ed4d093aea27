"""What can be said of a policy from its ARN alone."""

import re

from managed_policies import CHANGING_PIPELINES, ESCALATING, HARMLESS

_AWS_MANAGED = re.compile(r"arn:aws[a-z-]*:iam::aws:policy/(.+)", re.ASCII)

# By name in lower case: whether IAM minds the case in an ARN is nowhere written.
_CHANGING = {name.lower(): (name, actions) for name, actions in CHANGING_PIPELINES.items()}
_ESCALATING = {name.lower(): name for name in ESCALATING}


def pipeline_changes(arn: str) -> tuple[str, list[str]] | None:
    """The name of the AWS managed policy and which of the three actions it grants; None if it grants none of them."""
    return _CHANGING.get(_managed_name(arn).lower())


def escalating_name(arn: str) -> str | None:
    """The name of the AWS managed policy, if a developer could give himself other grants with it."""
    return _ESCALATING.get(_managed_name(arn).lower())


def is_judged(arn: str) -> bool:
    """Whether it is an AWS managed policy of which it is known what it grants, be it good or bad."""
    name = _managed_name(arn)
    return name in HARMLESS or name.lower() in _CHANGING or name.lower() in _ESCALATING


def _managed_name(arn: str) -> str:
    """Path and name of an AWS managed policy, in whatever partition; "" for all others."""
    managed = _AWS_MANAGED.fullmatch(arn)
    return managed[1] if managed else ""
