"""What is handed out by name depends on what makes it, so that no other thing of that name is handed out instead.

A policy, group or role of a taken name fails to be made; what names it by a literal would then hand out the one that
exists. Whoever takes the name from the resource, or says depends_on, waits for it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pulumi_policy import PolicyResource, ReportViolation, Severity, StackValidationArgs

from made_here import Maker, kind_of, makers_of, name_of
from managed_policies import is_judged
from memory import Reliance, memory
from parts import Part, parts_of
from resources import HANDED_OUT, spelling
from rules import no_unjudged_grants, stack_rule
from values import UNKNOWN, Made

_NOT_AFTER = (
    "{}: this resource does not depend on the one that creates what it names, so something else with that name could be"
    " used. Use the output of that resource, or set depends_on."
)
_NOT_A_SERVICE = (
    "{}: this lets people grant themselves anything else, unless only services can assume the role, which"
    " is not certain. Use the name output of the role's resource."
)


_ALSO_OPEN = (
    "{}: this lets people grant themselves anything else: another resource of this program defines a role of the same"
    " name that others than services can assume. Define each role once."
)


@dataclass(frozen=True)
class _Made:
    maker: Maker
    identifier: object
    """What others name it by; None if that is not told."""
    by: str
    """The resource of a template that makes it, "" for the resource itself."""


def _validate(args: StackValidationArgs, report_violation: ReportViolation) -> None:
    resources = {resource.urn: resource for resource in args.resources}
    made = {urn: list(_made_by(resource)) for urn, resource in resources.items() if _is_made(resource)}
    handed_out = dict(memory().handed_out)
    for urn, resource in resources.items():
        if urn not in memory().seen:
            handed_out[urn] = list(_handed_out_by(resource))
    for urn, items in handed_out.items():
        before = _before(resources.get(urn))
        for what, path, value, by in items:
            if (urn, path) in memory().refused or _is_excepted(urn, what, value):
                continue
            inside = [one for one in made.get(urn, ()) if one.by and one.by in _inner_before(resources.get(urn), by)]
            outside = [one for other in before for one in made.get(other, ())]
            if not any(_is_that(one, kind_of(what), value) for one in (*inside, *outside)):
                report_violation(_NOT_AFTER.format(path), urn)
    for reliance in memory().reliances:
        if problem := _problem_of(reliance, resources, made):
            report_violation(problem.format(reliance.path), reliance.urn)


def _problem_of(
    reliance: Reliance, resources: Mapping[str, PolicyResource], made: Mapping[str, list[_Made]]
) -> str | None:
    """Why it is not sure that only services can take the role; None if it is."""
    by_urn = {urn: [one.maker for one in ones if one.maker.what == "roles"] for urn, ones in made.items()}
    same = [role for roles in by_urn.values() for role in roles if role.name.rpartition("/")[2] == reliance.role]
    if not all(role.service_role for role in same):
        return _ALSO_OPEN
    if reliance.own:
        return None
    roles = [role for urn in _before(resources.get(reliance.urn)) for role in by_urn.get(urn, ())]
    if reliance.role is not None:
        roles = [role for role in roles if role in same]
    return None if roles and all(role.service_role for role in roles) else _NOT_A_SERVICE


def _is_made(resource: PolicyResource) -> bool:
    """Whether this program makes it: what it only reads (`Group.get`) the engine shows here, but to no other rule."""
    seen = memory().seen
    return spelling(resource.resource_type) is not None and (resource.urn in seen or not seen)


def _made_by(resource: PolicyResource) -> Iterator[_Made]:
    for part in parts_of(resource.resource_type, resource.props):
        makes = part.carrier.makes
        identifiers = part.at(makes.identifier) if makes else []
        for maker in makers_of(part):
            yield _Made(
                maker, identifiers[0].value if identifiers else None, part.template.name if part.template else ""
            )


def _is_that(one: _Made, what: str, value: object) -> bool:
    if one.maker.what != what:
        return False
    if one.maker.name and one.maker.name == name_of(what, value):
        return True
    return isinstance(one.identifier, str) and one.identifier == value


def _before(resource: PolicyResource | None) -> set[str]:
    """The URNs of everything that is made before the resource."""
    found: set[str] = set()
    todo = [resource] if resource else []
    while todo:
        current = todo.pop()
        for other in (*current.dependencies, *(one for ones in current.property_dependencies.values() for one in ones)):
            if other.urn not in found:
                found.add(other.urn)
                todo.append(other)
    return found


def _inner_before(resource: PolicyResource | None, by: str) -> frozenset[str]:
    """What a template makes before its resource `by`."""
    for part in parts_of(resource.resource_type, resource.props) if resource and by else ():
        if part.template and part.template.name == by:
            return part.template.depends_on
    return frozenset()


def _handed_out_by(resource: PolicyResource) -> Iterator[tuple[str, str, object, str]]:
    """What a resource hands out that no rule has looked at in this run, for it is not a target of it."""
    for part in parts_of(resource.resource_type, resource.props):
        if _tells_what_others_attach(part):
            continue
        for what in HANDED_OUT:
            for found in part.found(what):
                value = found.value
                if value is UNKNOWN or isinstance(value, Made) or (isinstance(value, str) and is_judged(value)):
                    continue
                yield what, found.path, value, part.template.name if part.template else ""


def _tells_what_others_attach(part: Part) -> bool:
    """Whether the outputs of the type show what other resources attach to it."""
    return part.resource_type in ("aws:iam/role:Role", "aws-native:iam:Role", "aws-native:iam:Group") or (
        part.resource_type == "aws-native:iam:User"
    )


def _is_excepted(urn: str, what: str, value: object) -> bool:
    names = (urn, *no_unjudged_grants.names_of(what, value))
    return memory().excuse(no_unjudged_grants.NAME, names) is not None


RULE = stack_rule(
    "made-before-use",
    _validate,
    description="Whatever is granted by name must be created first.",
    severity=Severity.HIGH,
    remediation="Use the name or ARN output of the resource that creates it, or set depends_on.",
)
