"""Nobody is granted what he could give himself any other grant with: to change IAM, or to borrow a stronger role."""

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
)

from iam import InvalidDocument
from iam.escalation import escalations
from policy_arns import escalating_name
from resources import UNKNOWN, parts
from rules import DOCS, parameters, texts


def validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    """Judge every document and every AWS managed policy; what is unknown or unreadable, other rules report."""
    if args.name in args.get_config().get("exemptResources", ()):
        return
    for part in parts(args.resource_type, args.props):
        for document in part.documents():
            if document.value is UNKNOWN:
                continue
            try:
                grants = escalations(document.value)
            except InvalidDocument:
                continue
            for grant in grants:
                report_violation(
                    f"{document.path}, {grant}. With that, people can give themselves any other grant: leave it out.",
                    None,
                )
        for arn in part.found("arns"):
            name = escalating_name(arn.value) if isinstance(arn.value, str) else None
            if name:
                report_violation(
                    f"{arn.path}: with {name}, people can give themselves any other grant. Attach a narrower policy.",
                    None,
                )


RULE = ResourceValidationPolicy(
    name="no-privilege-escalation",
    description="Nobody may be granted what leads to other grants.",
    enforcement_level=EnforcementLevel.MANDATORY,
    severity=Severity.CRITICAL,
    remediation_steps="Leave the action out, or limit it: roles by name, keys and passwords to user/${aws:username}.",
    url=f"{DOCS}#no-privilege-escalation",
    config_schema=parameters(exemptResources=texts("^.+$")),
    validate=validate,
)
