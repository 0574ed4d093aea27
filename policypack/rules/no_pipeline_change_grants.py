"""Nobody is granted the creation, update or deletion of a pipeline, by whatever path a grant can reach them."""

from collections.abc import Iterator

from pulumi_policy import Severity

from iam import granted
from managed_policies import pipeline_changes
from memory import NotYet, memory
from parts import Part
from rules import Case, Objection, rule

NAME = "no-pipeline-change-grants"
ACTIONS = ("codepipeline:CreatePipeline", "codepipeline:UpdatePipeline", "codepipeline:DeletePipeline")
_ACTION = "^[A-Za-z0-9-]+:[A-Za-z0-9]+$"
_EXCEPTION = "For a deployment role, add an exception to the configuration of this rule."


def _judge(case: Case) -> Iterator[Objection | NotYet]:
    actions = tuple(dict.fromkeys((*ACTIONS, *memory().of(NAME).more_actions)))
    for part in case.parts:
        for reading in part.readings:
            if reading.problem:
                yield Objection(reading.path, f"{reading.path}: cannot tell what this grants. {reading.problem}")
            elif reading.document is None:
                yield NotYet(reading.path)
            else:
                for grant in granted(reading.document, actions):
                    way_out = f" {_EXCEPTION}" if _is_of_roles(part) else ""
                    text = f"{reading.path}, {grant}. List the actions that are needed instead.{way_out}"
                    yield Objection(reading.path, text)
        for arn in part.found("arns"):
            changes = pipeline_changes(arn.value) if isinstance(arn.value, str) else None
            if changes and isinstance(arn.value, str):
                name, granted_actions = changes
                shown = ", ".join(action.partition(":")[2] for action in granted_actions)
                text = f"{arn.path}: {name} grants {shown}. {_way_out(part, name)}"
                yield Objection(arn.path, text, (arn.value,))


def _is_of_roles(part: Part) -> bool:
    return "Role" in part.resource_type


def _way_out(part: Part, policy: str) -> str:
    if _is_of_roles(part) or policy == "PowerUserAccess":
        return _EXCEPTION
    return "To let people look, attach AWSCodePipeline_ReadOnlyAccess."


RULE = rule(
    NAME,
    _judge,
    description="Nobody may be granted the creation, update or deletion of a pipeline.",
    severity=Severity.CRITICAL,
    remediation="List only the CodePipeline actions that are needed; the three are not allowed.",
    parameters={"actions": {"type": "array", "items": {"type": "string", "pattern": _ACTION}, "default": []}},
)
