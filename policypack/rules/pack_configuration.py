"""The configuration of the pack says only what the pack understands: a typing error must not switch anything off."""

from pulumi_policy import ReportViolation, Severity, StackValidationArgs

from memory import memory
from rules import stack_rule


def _validate(_args: StackValidationArgs, report_violation: ReportViolation) -> None:
    if memory().problems:
        report_violation("\n".join(memory().problems), None)


RULE = stack_rule(
    "pack-configuration",
    _validate,
    description="The configuration of the pack must be valid.",
    severity=Severity.HIGH,
    remediation="Correct the file given by --policy-pack-config.",
)
