"""Nobody is granted what leads to any other grant: to change IAM, or to borrow a stronger role."""

from collections.abc import Iterator

from pulumi_policy import Severity

from iam import escalations
from made_here import is_service_role, makers_of
from managed_policies import escalating_name
from memory import NotYet, Reliance, memory
from parts import Part
from rules import Case, Objection, rule
from values import UNKNOWN, Made

NAME = "no-privilege-escalation"


def _judge(case: Case) -> Iterator[Objection | NotYet]:
    for part in case.parts:
        found = list(_escalating(part))
        if found and not _is_held_by_services(case, part, found[0].path):
            yield from found


def _escalating(part: Part) -> Iterator[Objection]:
    """What leads to other grants; what is unknown or cannot be read, other rules report."""
    for reading in part.readings:
        for grant in escalations(reading.document) if reading.document else ():
            text = f"{reading.path}, {grant}. This lets people grant themselves anything else. Leave it out."
            yield Objection(reading.path, text)
    for arn in part.found("arns"):
        name = escalating_name(arn.value) if isinstance(arn.value, str) else None
        if name and isinstance(arn.value, str):
            text = f"{arn.path}: {name} lets people grant themselves anything else. Attach a narrower policy."
            yield Objection(arn.path, text, (arn.value,))


def _is_held_by_services(case: Case, part: Part, path: str) -> bool:
    """Whether only roles hold it that only services can take; what that rests on is noted for made-before-use."""
    if is_service_role(part):
        names = [maker.name.rpartition("/")[2] or None for maker in makers_of(part)]
        memory().reliances += [Reliance(case.urn, path, name, own=True) for name in names]
        return True
    roles = [found.value for found in part.found("attached_to")]
    others = [*part.found("users"), *part.at("groups[]")]
    if not roles or others:
        return False
    own = {other.template.name for other in case.parts if other.template and is_service_role(other)}
    reliances = []
    for role in roles:
        if isinstance(role, Made):
            if role.pattern not in own:
                return False
        elif role is UNKNOWN:
            if not memory().made_here.has_any_service_role:
                return False
            reliances.append(Reliance(case.urn, path, None))
        elif isinstance(role, str) and memory().made_here.has_service_role(role):
            reliances.append(Reliance(case.urn, path, role))
        else:
            return False
    memory().reliances += reliances
    return True


RULE = rule(
    NAME,
    _judge,
    description="No policy may let people grant themselves more.",
    severity=Severity.CRITICAL,
    remediation="Leave the action out, or limit it: name the roles; limit keys and passwords to user/${aws:username}.",
)
