"""CodePipeline actions that moto lacks, six of the guide's twelve among them. They answer; nothing really runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.codepipeline.models import codepipeline_backends

from sandbox.account import _executions
from sandbox.account._call import Refused
from sandbox.account._moto import ACCOUNT_ID

if TYPE_CHECKING:
    from moto.codepipeline.models import CodePipeline

    from sandbox.account._call import Call


def get_pipeline_state(call: Call) -> dict[str, Any]:
    """Every stage and action, none of which has run."""
    pipeline = _pipeline(call, "name").pipeline
    stages = [
        {
            "stageName": stage["name"],
            "inboundTransitionState": {"enabled": True},
            "actionStates": [{"actionName": action["name"]} for action in stage["actions"]],
        }
        for stage in pipeline["stages"]
    ]
    return {"pipelineName": pipeline["name"], "pipelineVersion": pipeline["version"], "stageStates": stages}


def list_action_executions(call: Call) -> dict[str, Any]:
    """Always empty: nothing runs here."""
    _pipeline(call, "pipelineName")
    return {"actionExecutionDetails": []}


def list_rule_executions(call: Call) -> dict[str, Any]:
    """Always empty: nothing runs here."""
    _pipeline(call, "pipelineName")
    return {"ruleExecutionDetails": []}


def list_action_types(_call: Call) -> dict[str, Any]:
    """One, in place of AWS's forty."""
    kind = {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"}
    counts = {"minimumCount": 0, "maximumCount": 5}
    return {"actionTypes": [{"id": kind, "inputArtifactDetails": counts, "outputArtifactDetails": counts}]}


def start_pipeline_execution(call: Call) -> dict[str, Any]:
    """On the newest revisions, or on others."""
    return _executions.start_pipeline_execution(call, _pipeline(call, "name"))


def retry_stage_execution(call: Call) -> dict[str, Any]:
    """The same execution again."""
    pipeline = _pipeline(call, "pipelineName")
    _stage(call, pipeline)
    return {"pipelineExecutionId": _execution(call, pipeline)}


def stop_pipeline_execution(call: Call) -> dict[str, Any]:
    """Stopped at once."""
    pipeline = _pipeline(call, "pipelineName")
    execution = _execution(call, pipeline)
    pipeline.executions[execution].status = "Stopped"
    return {"pipelineExecutionId": execution}


def change_stage_transition(call: Call) -> dict[str, Any]:
    """Enabling or disabling; nothing moves anyway."""
    _stage(call, _pipeline(call, "pipelineName"))
    return {}


def put_approval_result(call: Call) -> dict[str, Any]:
    """Nothing waits for an approval."""
    _stage(call, _pipeline(call, "pipelineName"))
    return {}


ACTIONS = {
    "GetPipelineState": get_pipeline_state,
    "ListActionExecutions": list_action_executions,
    "ListRuleExecutions": list_rule_executions,
    "ListActionTypes": list_action_types,
    "RetryStageExecution": retry_stage_execution,
    "StartPipelineExecution": start_pipeline_execution,
    "StopPipelineExecution": stop_pipeline_execution,
    "EnableStageTransition": change_stage_transition,
    "DisableStageTransition": change_stage_transition,
    "PutApprovalResult": put_approval_result,
}


def _pipeline(call: Call, parameter: str) -> CodePipeline:
    name = call.text(parameter)
    found: CodePipeline | None = codepipeline_backends[ACCOUNT_ID][call.region].pipelines.get(name)
    if found is None:
        message = f"Account '{ACCOUNT_ID}' does not have a pipeline with name '{name}'"
        raise Refused("PipelineNotFoundException", message)
    return found


def _stage(call: Call, pipeline: CodePipeline) -> None:
    name = call.text("stageName")
    if name not in [stage["name"] for stage in pipeline.pipeline["stages"]]:
        raise Refused("StageNotFoundException", f"The pipeline has no stage {name}.")


def _execution(call: Call, pipeline: CodePipeline) -> str:
    execution = call.text("pipelineExecutionId")
    if execution not in pipeline.executions:
        raise Refused("PipelineExecutionNotFoundException", f"The pipeline has no execution {execution}.")
    return execution
