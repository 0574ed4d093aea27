"""Nobody is granted the creation, update or deletion of a pipeline, by whatever path a grant can reach him."""

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
)

from iam import InvalidDocument, granted
from resources import UNKNOWN, not_checked_yet, parts

ACTIONS = ("codepipeline:CreatePipeline", "codepipeline:UpdatePipeline", "codepipeline:DeletePipeline")


def validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    """Judge every document that the resource carries."""
    actions = args.get_config().get("actions", ACTIONS)
    unknown = []
    for part in parts(args.resource_type, args.props):
        for document in part.found("documents"):
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
    if unknown:
        raise not_checked_yet(unknown)


RULE = ResourceValidationPolicy(
    name="no-pipeline-change-grants",
    description="Nobody may be granted the creation, update or deletion of a pipeline.",
    enforcement_level=EnforcementLevel.MANDATORY,
    severity=Severity.CRITICAL,
    remediation_steps="Name the CodePipeline actions that people need, one by one, without the three.",
    url="https://github.com/helprr/codepipeline-access/blob/main/docs/policy-pack.md#no-pipeline-change-grants",
    config_schema=PolicyConfigSchema(
        properties={
            "actions": {
                "type": "array",
                "items": {"type": "string", "pattern": "^[A-Za-z0-9-]+:[A-Za-z0-9]+$"},
                "default": list(ACTIONS),
            }
        }
    ),
    validate=validate,
)
