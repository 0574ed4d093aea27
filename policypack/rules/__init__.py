"""One rule a file. What is the same in all of them stands here."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)

from memory import NotYet, memory
from parts import Part, parts_of

DOCS = "https://github.com/helprr/codepipeline-access/blob/main/docs/policy-pack.md"
EXCEPTIONS: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {name: {"type": "string"} for name in ("match", "reason", "until")},
    },
    "default": [],
}


@dataclass(frozen=True)
class Objection:
    """What a rule has against a part of a resource."""

    path: str
    """Where: "policyArns[1]"."""
    text: str
    """The message: where, what is wrong, what to do."""
    about: tuple[str, ...] = ()
    """What an exception may name beside the resource's URN: "arn:...", "group/NAME"."""


@dataclass(frozen=True)
class Case:
    """A resource that is judged: its parts, and what judges may ask of it."""

    urn: str
    parts: list[Part]


class _LastRead(threading.local):
    """The resource that a thread has read last: the rules ask one after the other about the same."""

    def __init__(self) -> None:
        self.args: tuple[str, Mapping[str, Any]] | None = None
        self.case = Case("", [])

    def case_of(self, args: ResourceValidationArgs) -> Case:
        if self.args is None or self.args[0] != args.urn or self.args[1] is not args.props:
            self.case = Case(args.urn, parts_of(args.resource_type, args.props))
            self.args = (args.urn, args.props)
            memory().made_here.note(self.case.parts)
            memory().seen.add(args.urn)
        return self.case


_last_read = _LastRead()


def rule(  # noqa: PLR0913 - the metadata that every rule has
    name: str,
    judge: Callable[[Case], Iterable[Objection | NotYet]],
    *,
    description: str,
    severity: Severity,
    remediation: str,
    level: EnforcementLevel = EnforcementLevel.MANDATORY,
    parameters: Mapping[str, dict[str, Any]] | None = None,
) -> ResourceValidationPolicy:
    """A rule about single resources, from a function that says what it has against one."""

    def validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
        case = _last_read.case_of(args)
        for objection in judge(case) if case.parts else ():
            if isinstance(objection, NotYet):
                if memory().previews:
                    memory().not_yet.append((args.urn, objection))
                else:
                    report_violation(f"{objection.path} is unknown, but in `pulumi up` every value is known.", None)
                continue
            about = (args.urn, *objection.about)
            if memory().excuse(name, about):
                continue
            memory().refused.add((args.urn, objection.path))
            report_violation(f"{objection.text}{memory().why_not(name, about)}", None)

    return ResourceValidationPolicy(
        name=name,
        description=description,
        enforcement_level=level,
        severity=severity,
        remediation_steps=remediation,
        url=f"{DOCS}#{name}",
        config_schema=PolicyConfigSchema(properties={"exceptions": EXCEPTIONS, **(parameters or {})}),
        validate=validate,
    )


def stack_rule(  # noqa: PLR0913 - as above
    name: str,
    validate: Callable[[StackValidationArgs, ReportViolation], None],
    *,
    description: str,
    severity: Severity,
    remediation: str,
    level: EnforcementLevel = EnforcementLevel.MANDATORY,
    parameters: Mapping[str, dict[str, Any]] | None = None,
) -> StackValidationPolicy:
    """A rule about all resources together, which sees what depends on what."""
    return StackValidationPolicy(
        name=name,
        description=description,
        enforcement_level=level,
        severity=severity,
        remediation_steps=remediation,
        url=f"{DOCS}#{name}",
        config_schema=PolicyConfigSchema(properties=dict(parameters or {})),
        validate=validate,
    )
