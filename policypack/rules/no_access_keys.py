"""People sign in; access keys never expire and leak (CIS AWS Foundations 1.10)."""

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
)

from resources import parts
from rules import DOCS, NAME, parameters, texts

_ACCESS_KEYS = {"aws:iam/accessKey:AccessKey": "user", "aws-native:iam:AccessKey": "userName"}


def validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    """Refuse an access key of anybody who is not exempt."""
    exempt = args.get_config().get("exemptUsers", ())
    for part in parts(args.resource_type, args.props):
        user = _ACCESS_KEYS.get(part.type)
        if user and not any(found.value in exempt for found in part.at(user)):
            report_violation("An access key never expires. Let people sign in, and give programs roles.", None)


RULE = ResourceValidationPolicy(
    name="no-access-keys",
    description="Users have no access keys.",
    enforcement_level=EnforcementLevel.MANDATORY,
    severity=Severity.HIGH,
    remediation_steps="Remove the access key; use the console, IAM Identity Center or a role.",
    url=f"{DOCS}#no-access-keys",
    config_schema=parameters(exemptUsers=texts(NAME)),
    validate=validate,
)
