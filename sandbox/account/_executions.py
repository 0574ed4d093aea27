"""Starting a pipeline on other revisions than the newest, with variables; moto takes no revisions and any variables.

API reference, StartPipelineExecution. A revision may be any commit of any branch: no condition key limits it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from moto.codepipeline.models import PipelineExecution

from sandbox.account._call import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from moto.codepipeline.models import CodePipeline

    from sandbox.account._call import Call

_MOST = 50  # variables, and revisions
_REVISION_TYPES = ("COMMIT_ID", "IMAGE_DIGEST", "S3_OBJECT_VERSION_ID", "S3_OBJECT_KEY")
_VARIABLE = {"name": r"[A-Za-z0-9@\-_]{1,128}", "value": r".{1,1000}"}
_REVISION = {
    "actionName": r"[A-Za-z0-9.@\-_]{1,100}",
    "revisionType": "|".join(_REVISION_TYPES),
    "revisionValue": r".{1,1500}",
}


class Execution(PipelineExecution):
    """moto's, on chosen revisions."""

    def __init__(
        self, pipeline: CodePipeline, variables: list[dict[str, str]], revisions: list[dict[str, str]]
    ) -> None:
        super().__init__(pipeline.pipeline["name"], pipeline.pipeline["version"], variables)
        self.revisions = revisions

    def to_dict(self) -> dict[str, Any]:
        """As GetPipelineExecution shows it."""
        shown = [{"name": one["actionName"], "revisionId": one["revisionValue"]} for one in self.revisions]
        return {**super().to_dict(), "artifactRevisions": shown}

    def to_summary_dict(self) -> dict[str, Any]:
        """As ListPipelineExecutions shows it."""
        shown = [{"actionName": one["actionName"], "revisionId": one["revisionValue"]} for one in self.revisions]
        return {**super().to_summary_dict(), "sourceRevisions": shown}


def start_pipeline_execution(call: Call, pipeline: CodePipeline) -> dict[str, Any]:
    """An execution, which has succeeded at once: nothing runs here."""
    variables = _checked(call, "variables", _VARIABLE)
    revisions = _checked(call, "sourceRevisions", _REVISION)
    sources = {
        action["name"]
        for stage in pipeline.pipeline["stages"]
        for action in stage["actions"]
        if action["actionTypeId"]["category"] == "Source"
    }
    for revision in revisions:
        if revision["actionName"] not in sources:
            raise _invalid(f"The pipeline has no source action {revision['actionName']}.")
    execution = Execution(pipeline, variables, revisions)
    pipeline.executions[execution.pipeline_execution_id] = execution
    return {"pipelineExecutionId": execution.pipeline_execution_id}


def _checked(call: Call, parameter: str, members: Mapping[str, str]) -> list[dict[str, str]]:
    given: Sequence[dict[str, str]] = call.parameters.get(parameter) or []
    if not isinstance(given, list) or len(given) > _MOST:
        raise _invalid(f"Value at '{parameter}' failed to satisfy constraint: a list of at most {_MOST} members")
    for number, one in enumerate(given, start=1):
        for member, pattern in members.items():
            value = one.get(member) if isinstance(one, dict) else None
            if not (isinstance(value, str) and re.fullmatch(pattern, value)):
                raise _invalid(
                    f"1 validation error detected: Value '{value}' at '{parameter}.{number}.member.{member}' failed to "
                    f"satisfy constraint: Member must satisfy regular expression pattern: {pattern}"
                )
    return list(given)


def _invalid(message: str) -> Refused:
    return Refused("ValidationException", message)
