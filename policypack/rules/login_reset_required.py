"""The first password is known to whoever handed it over, so the first sign-in must change it."""

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
)

from resources import UNKNOWN, not_checked_yet, parts
from rules import DOCS, NAME, parameters, texts

# The login profile, its property, and the user whose it is.
_PROFILES = {
    "aws:iam/userLoginProfile:UserLoginProfile": ("user", "passwordResetRequired", "user"),
    "aws-native:iam:User": ("loginProfile", "loginProfile.passwordResetRequired", "userName"),
}


def validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    """Refuse a login profile that does not say true; left out means false."""
    exempt = args.get_config().get("exemptUsers", ())
    for part in parts(args.resource_type, args.props):
        if part.type not in _PROFILES:
            continue
        profile, reset, user = _PROFILES[part.type]
        if not part.at(profile) or any(found.value in exempt for found in part.at(user)):
            continue
        values = [found.value for found in part.at(reset)]
        if UNKNOWN in values:
            raise not_checked_yet([reset])
        if not any(value is True for value in values):
            report_violation(
                f"{part.path}{reset} is not true. Set it, so that the first sign-in asks for a new password.", None
            )


RULE = ResourceValidationPolicy(
    name="login-reset-required",
    description="A temporary password must be changed at the first sign-in.",
    enforcement_level=EnforcementLevel.MANDATORY,
    severity=Severity.MEDIUM,
    remediation_steps="Set passwordResetRequired to true.",
    url=f"{DOCS}#login-reset-required",
    config_schema=parameters(exemptUsers=texts(NAME)),
    validate=validate,
)
