"""One rule a file. What is the same in all of them stands here."""

from typing import Any

from pulumi_policy import PolicyConfigSchema

DOCS = "https://github.com/helprr/codepipeline-access/blob/main/docs/policy-pack.md"

ACTION = "^[A-Za-z0-9-]+:[A-Za-z0-9]+$"
NAME = "^[A-Za-z0-9_+=,.@-]+$"  # of a user or group
ARN = "^arn:.+$"


def texts(pattern: str, *default: str) -> dict[str, Any]:
    """The schema of a parameter that is a list of texts."""
    return {"type": "array", "items": {"type": "string", "pattern": pattern}, "default": list(default)}


def parameters(**properties: dict[str, Any]) -> PolicyConfigSchema:
    """The schema of a rule's parameters."""
    return PolicyConfigSchema(properties=properties)
