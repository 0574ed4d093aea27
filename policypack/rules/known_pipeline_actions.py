"""A CodePipeline action that does not exist grants nothing and denies nothing, and AWS does not say so."""

from collections.abc import Iterator

from pulumi_policy import EnforcementLevel, Severity

from iam import matches
from iam.pipeline_actions import ACTIONS
from rules import Case, Objection, rule

_FOLDED = tuple(action.lower() for action in ACTIONS)
_MAX_QUOTED = 80  # characters


def _judge(case: Case) -> Iterator[Objection]:
    """Patterns of CodePipeline's that match none of its actions; what cannot be read, other rules report."""
    for part in case.parts:
        for reading in part.readings:
            for statement in reading.document.statements if reading.document else ():
                for pattern in statement.actions:
                    service, _, name = pattern.lower().partition(":")
                    if service == "codepipeline" and not any(matches(name, action) for action in _FOLDED):
                        text = (
                            f'{reading.path}, statement {statement.number}: "{pattern[:_MAX_QUOTED]}" is not a'
                            " CodePipeline action. Correct it, or leave it out."
                        )
                        yield Objection(reading.path, text)


RULE = rule(
    "known-pipeline-actions",
    _judge,
    description="CodePipeline actions in a policy should exist.",
    level=EnforcementLevel.ADVISORY,
    severity=Severity.LOW,
    remediation="Look the action up in the service authorization reference of AWS CodePipeline.",
)
