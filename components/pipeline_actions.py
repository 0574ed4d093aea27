"""The catalogue: every permission that developers can get, its scope, and what it lets them do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Scope(Enum):
    """The finest `Resource` that IAM accepts for an action.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodepipeline.html
    """

    PIPELINE = "pipeline"
    STAGE = "stage"
    ACTION = "action"
    EVERYTHING = "everything"
    PROJECT = "CodeBuild project"
    LOG_STREAM = "CloudWatch Logs stream"


@dataclass(frozen=True)
class Permission:
    """One IAM action, its scope, and a phrase that completes "Developers may ...".

    `runs`: it starts, stops or retries something, which `startable` can narrow further.
    """

    action: str
    scope: Scope
    lets: str
    runs: bool = False


@dataclass(frozen=True)
class Capability:
    """A named bundle of permissions that a team may opt into; `sid` names its statement in the policy."""

    sid: str
    lets: str
    permissions: tuple[Permission, ...]


GUIDE = (
    Permission("codepipeline:ListPipelines", Scope.EVERYTHING, "list the pipelines"),
    Permission("codepipeline:GetPipeline", Scope.PIPELINE, "view the structure of a pipeline"),
    Permission("codepipeline:GetPipelineState", Scope.PIPELINE, "view the state of its stages and actions"),
    Permission("codepipeline:GetPipelineExecution", Scope.PIPELINE, "view one execution"),
    Permission("codepipeline:ListPipelineExecutions", Scope.PIPELINE, "list its executions"),
    Permission("codepipeline:ListActionExecutions", Scope.PIPELINE, "list the action executions"),
    Permission("codepipeline:ListActionTypes", Scope.EVERYTHING, "list the action types"),
    Permission("codepipeline:ListRuleExecutions", Scope.PIPELINE, "list the rule executions"),
    Permission("codepipeline:ListTagsForResource", Scope.PIPELINE, "view its tags"),
    Permission("codepipeline:StartPipelineExecution", Scope.PIPELINE, "re-trigger a pipeline", runs=True),
    Permission("codepipeline:RetryStageExecution", Scope.STAGE, "retry a failed stage", runs=True),
    Permission("codepipeline:StopPipelineExecution", Scope.PIPELINE, "stop an execution", runs=True),
)

CAPABILITIES = {
    "build-logs": Capability(
        "BuildLogs",
        "read the logs of CodeBuild and of Commands actions from the pipeline's page",
        (
            Permission("codebuild:BatchGetBuilds", Scope.PROJECT, "view builds"),
            Permission("codebuild:BatchGetProjects", Scope.PROJECT, "view build projects"),
            Permission("logs:GetLogEvents", Scope.LOG_STREAM, "read build logs"),
        ),
    ),
    "approve": Capability(
        "Approve",
        "approve or reject manual approval actions",
        (Permission("codepipeline:PutApprovalResult", Scope.ACTION, "approve or reject"),),
    ),
    "stage-transitions": Capability(
        "StageTransitions",
        "disable and enable the transition into a stage",
        (
            Permission("codepipeline:DisableStageTransition", Scope.STAGE, "hold a stage back"),
            Permission("codepipeline:EnableStageTransition", Scope.STAGE, "let it continue"),
        ),
    ),
}

# https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_SourceRevisionOverride.html
ANY_COMMIT = (
    "Re-triggering can run any commit of any branch of the pipeline's source; IAM has no condition that limits it."
)

# What the guide never grants, and what the guard rail denies.
PIPELINE_CHANGES = {
    "codepipeline:CreatePipeline": "create a pipeline",
    "codepipeline:UpdatePipeline": "edit a pipeline",
    "codepipeline:DeletePipeline": "delete a pipeline",
}
