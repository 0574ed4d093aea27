"""A CodePipeline action that does not exist grants nothing and denies nothing, and AWS does not say so."""

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
)

from iam import InvalidDocument
from iam.document import parse_document
from iam.matching import matches
from resources import UNKNOWN, parts
from rules import DOCS

# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodepipeline.html, November 2026
ACTIONS = frozenset(
    [
        "AcknowledgeJob",
        "AcknowledgeThirdPartyJob",
        "CreateCustomActionType",
        "CreatePipeline",
        "DeleteCustomActionType",
        "DeletePipeline",
        "DeleteWebhook",
        "DeregisterWebhookWithThirdParty",
        "DisableStageTransition",
        "EnableStageTransition",
        "GetActionType",
        "GetJobDetails",
        "GetPipeline",
        "GetPipelineExecution",
        "GetPipelineState",
        "GetThirdPartyJobDetails",
        "ListActionExecutions",
        "ListActionTypes",
        "ListDeployActionExecutionTargets",
        "ListPipelineExecutions",
        "ListPipelines",
        "ListRuleExecutions",
        "ListRuleTypes",
        "ListTagsForResource",
        "ListWebhooks",
        "OverrideStageCondition",
        "PollForJobs",
        "PollForThirdPartyJobs",
        "PutActionRevision",
        "PutApprovalResult",
        "PutJobFailureResult",
        "PutJobSuccessResult",
        "PutThirdPartyJobFailureResult",
        "PutThirdPartyJobSuccessResult",
        "PutWebhook",
        "RegisterWebhookWithThirdParty",
        "RetryStageExecution",
        "RollbackStage",
        "StartPipelineExecution",
        "StopPipelineExecution",
        "TagResource",
        "UntagResource",
        "UpdateActionType",
        "UpdatePipeline",
    ]
)
_FOLDED = tuple(action.lower() for action in ACTIONS)
_MAX_QUOTED = 80  # characters


def validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    """Report patterns of CodePipeline's that match none of its actions; what cannot be read, other rules report."""
    for part in parts(args.resource_type, args.props):
        for document in part.documents():
            if document.value is UNKNOWN:
                continue
            try:
                statements = parse_document(document.value).statements
            except InvalidDocument:
                continue
            for statement in statements:
                for pattern in statement.actions:
                    service, _, name = pattern.lower().partition(":")
                    if service == "codepipeline" and not any(matches(name, action) for action in _FOLDED):
                        report_violation(
                            f'{document.path}, statement {statement.number}: "{pattern[:_MAX_QUOTED]}" is no action of'
                            " CodePipeline. Correct it, or leave it out.",
                            None,
                        )


RULE = ResourceValidationPolicy(
    name="known-pipeline-actions",
    description="CodePipeline actions in a policy should exist.",
    enforcement_level=EnforcementLevel.ADVISORY,
    severity=Severity.LOW,
    remediation_steps="Look the action up in the service authorization reference of AWS CodePipeline.",
    url=f"{DOCS}#known-pipeline-actions",
    validate=validate,
)
