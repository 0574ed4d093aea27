"""What is accepted although a rule objects stands in every run's output, with its reason and its end."""

from pulumi_policy import EnforcementLevel, ReportViolation, Severity, StackValidationArgs

from iam import ListedException, ending_soon
from memory import memory
from rules import stack_rule


def _validate(_args: StackValidationArgs, report_violation: ReportViolation) -> None:
    lines = [
        f"{rule}: {exception}.{_remark(rule, exception)}"
        for rule, settings in memory().settings.items()
        for exception in settings.exceptions
    ]
    if lines:
        report_violation("\n".join(lines), None)


def _remark(rule: str, exception: ListedException) -> str:
    if exception.ended:
        return " It has ended: remove it, or review it and set a new end."
    if not any(exception.covers(values) for values in memory().objected.get(rule, ())):
        return " It was not needed in this run: remove it."
    if ending_soon([exception]):
        return f" It ends in {exception.days_left} days: review it." if exception.days_left else " It ends today."
    return ""


RULE = stack_rule(
    "exceptions-in-force",
    _validate,
    description="The configuration of the pack lists these exceptions.",
    level=EnforcementLevel.ADVISORY,
    severity=Severity.LOW,
    remediation="Remove exceptions that are no longer needed, and review those that end soon.",
)
