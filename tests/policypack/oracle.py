"""A second evaluator, slow and obvious, sharing no code with the first: every request is tried against every statement.

It answers for one concrete action on one concrete resource, which is all that IAM itself ever does.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

# Pipelines that differ in each part of the ARN, so that a Deny on some of them leaves others.
PIPELINES = tuple(
    f"arn:aws:codepipeline:{region}:{account}:{name}"
    for region in ("us-east-1", "eu-west-1")
    for account in ("123456789012", "210987654321")
    for name in ("web", "api", "web-2", "x")
)


@cache
def matches(pattern: str, text: str) -> bool:
    """By the textbook: column by column, which parts of the pattern can end here."""
    reached = {0}
    for step in [None, *text]:
        moved = set()
        for at in reached:
            if step is None:
                moved.add(at)
            elif at < len(pattern) and pattern[at] in ("?", "*", step):
                moved.add(at if pattern[at] == "*" else at + 1)
        frontier = list(moved)
        while frontier:
            at = frontier.pop()
            if at < len(pattern) and pattern[at] == "*" and at + 1 not in moved:
                moved.add(at + 1)
                frontier.append(at + 1)
        reached = moved
    return len(pattern) in reached


def _list(value: Any) -> Sequence[str]:  # noqa: ANN401 - text or a list of it
    return [value] if isinstance(value, str) else value


def _applies(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    if "Action" in statement:
        named = any(matches(pattern.lower(), action.lower()) for pattern in _list(statement["Action"]))
    else:
        named = not any(matches(pattern.lower(), action.lower()) for pattern in _list(statement["NotAction"]))
    if "Resource" in statement:
        return named and any(matches(pattern, resource) for pattern in _list(statement["Resource"]))
    return named and not any(matches(pattern, resource) for pattern in _list(statement["NotResource"]))


def may_be_allowed(document: Mapping[str, Any], action: str) -> bool:
    """Whether `action` is allowed on some pipeline, with all conditions as the caller would wish them."""
    statements = document["Statement"]
    statements = [statements] if isinstance(statements, Mapping) else statements
    for pipeline in PIPELINES:
        applying = [statement for statement in statements if _applies(statement, action, pipeline)]
        denied = any(s["Effect"] == "Deny" and not s.get("Condition") for s in applying)
        if not denied and any(s["Effect"] == "Allow" for s in applying):
            return True
    return False
