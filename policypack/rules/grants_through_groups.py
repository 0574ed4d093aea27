"""People get permissions through groups only, so that one place shows who may do what (CIS AWS Foundations 1.14)."""

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
)

from resources import UNKNOWN, not_checked_yet, parts
from rules import DOCS, NAME, parameters, texts


def validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    """Refuse what grants to users by name, unless all of them are exempt."""
    exempt = args.get_config().get("exemptUsers", ())
    unknown = []
    for part in parts(args.resource_type, args.props):
        owner = [found.value for found in (*part.at("user"), *part.at("userName"))]
        if any(user in exempt for user in owner):
            continue
        for found in part.found("users"):
            if found.value is UNKNOWN and not owner:
                unknown.append(found.path)
            elif found.value not in exempt:
                report_violation(
                    f"{found.path}: this grants to one user. Attach it to the team's group and add the user there.",
                    None,
                )
    if unknown:
        raise not_checked_yet(unknown)


RULE = ResourceValidationPolicy(
    name="grants-through-groups",
    description="Permissions reach people through groups.",
    enforcement_level=EnforcementLevel.MANDATORY,
    severity=Severity.MEDIUM,
    remediation_steps="Attach the policy to a group and make the user a member of it.",
    url=f"{DOCS}#grants-through-groups",
    config_schema=parameters(exemptUsers=texts(NAME)),
    validate=validate,
)
