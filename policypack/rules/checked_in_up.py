"""What a preview cannot know is said once, in one line; `pulumi up` checks it before anything is made from it."""

from pulumi_policy import EnforcementLevel, PolicyResource, ReportViolation, Severity, StackValidationArgs

from made_here import kind_of, makers_of
from memory import NotYet, memory
from parts import parts_of
from rules import stack_rule

_MAX_NAMED = 5  # places in the line


def _validate(args: StackValidationArgs, report_violation: ReportViolation) -> None:
    resources = {resource.urn: resource for resource in args.resources}
    places = [
        f"{urn.rpartition('::')[2]}.{value.path}"
        for urn, value in memory().not_yet
        if not _comes_from_a_maker(resources.get(urn), value)
    ]
    if places:
        places = list(dict.fromkeys(places))
        more = f" and {len(places) - _MAX_NAMED} more" if len(places) > _MAX_NAMED else ""
        report_violation(f"{', '.join(places[:_MAX_NAMED])}{more}.", None)


def _comes_from_a_maker(resource: PolicyResource | None, value: NotYet) -> bool:
    """Whether the value is an output of resources that were judged where they are made: there is nothing to check."""
    if resource is None or not value.what:
        return False
    name = value.path.partition(".")[0].partition("[")[0]
    sources = resource.property_dependencies.get(name, [])
    made = [source.urn in memory().seen and _makes(source, kind_of(value.what)) for source in sources]
    return bool(made) and all(made)


def _makes(resource: PolicyResource, what: str) -> bool:
    parts = parts_of(resource.resource_type, resource.props)
    return any(maker.what == what for part in parts for maker in makers_of(part)) or any(
        part.carrier.makes is not None and part.carrier.makes.what == what for part in parts
    )


RULE = stack_rule(
    "checked-in-up",
    _validate,
    description="The preview cannot know these values; `pulumi up` checks them.",
    level=EnforcementLevel.ADVISORY,
    severity=Severity.LOW,
    remediation="Nothing to do.",
)
