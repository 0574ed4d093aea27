"""Nobody is granted the creation, update or deletion of a pipeline, by whatever path a grant can reach him."""

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
)

from iam import InvalidDocument, granted
from policy_arns import pipeline_changes
from resources import UNKNOWN, not_checked_yet, parts
from rules import ACTION, DOCS, parameters, texts

ACTIONS = ("codepipeline:CreatePipeline", "codepipeline:UpdatePipeline", "codepipeline:DeletePipeline")


def validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    """Judge every document that the resource carries, and every AWS managed policy that it attaches."""
    actions = args.get_config().get("actions", ACTIONS)
    unknown = []
    for part in parts(args.resource_type, args.props):
        for document in part.documents():
            if document.value is UNKNOWN:
                unknown.append(document.path)
                continue
            try:
                grants = granted(document.value, actions)
            except InvalidDocument as error:
                report_violation(f"{document.path}: nobody can tell what it grants. {error}", None)
                continue
            for grant in grants:
                report_violation(f"{document.path}, {grant}. List the actions that are needed instead.", None)
        for arn in part.found("arns"):
            changes = pipeline_changes(arn.value) if isinstance(arn.value, str) else None
            folded = {action.lower() for action in actions}
            hit = [action for action in changes[1] if action.lower() in folded] if changes else []
            if changes and hit:
                report_violation(
                    f"{arn.path}: {changes[0]} grants {', '.join(action.partition(':')[2] for action in hit)}. "
                    "To let people look, attach AWSCodePipeline_ReadOnlyAccess.",
                    None,
                )
    if unknown:
        raise not_checked_yet(unknown)


RULE = ResourceValidationPolicy(
    name="no-pipeline-change-grants",
    description="Nobody may be granted the creation, update or deletion of a pipeline.",
    enforcement_level=EnforcementLevel.MANDATORY,
    severity=Severity.CRITICAL,
    remediation_steps="Name the CodePipeline actions that people need, one by one, without the three.",
    url=f"{DOCS}#no-pipeline-change-grants",
    config_schema=parameters(actions=texts(ACTION, *ACTIONS)),
    validate=validate,
)
