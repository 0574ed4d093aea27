"""Every policy attached and every group joined has been judged: it is made here, or known to be harmless.

A rule sees one resource at a time and no dependencies. But a policy is registered, and so seen by this rule, before its
ARN is known to anything that attaches it: what was seen is remembered for as long as the engine keeps the pack running.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
)

from iam.matching import matches
from policy_arns import is_judged
from resources import UNKNOWN, Part, Unknown, not_checked_yet, parts
from rules import ARN, DOCS, NAME, parameters, texts
from templates import MADE_HERE

_POLICIES = {
    "aws:iam/policy:Policy": ("name", "namePrefix", "path"),
    "aws-native:iam:ManagedPolicy": ("managedPolicyName", "", "path"),
}
_GROUPS = {"aws:iam/group:Group": "name", "aws-native:iam:Group": "groupName"}
_policies_made: set[str] = set()  # path and name: "/developers/build-access"
_prefixes_made: set[str] = set()  # path and prefix: the provider makes up the rest of the name
_groups_made: set[str] = set()  # in lower case, as IAM compares them
_OWN_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:policy(/.+)", re.ASCII)
_MADE_UP = re.compile(r"[0-9]{14}[0-9a-f]{12}", re.ASCII)  # what the provider adds to a prefix: the time and a count
_MADE_UP_LENGTH = 26
_UNSEEN = "nobody can see here what this makes: {}. Write it out in this program."
_POLICY = (
    "nobody can see here what this policy grants. Attach one that this program makes (by its arn), an AWS policy"
    " known to be harmless, or list it in the configuration of this rule (allowedPolicyArns)."
)
_GROUP = (
    "nobody can see here what this group may do. Take one that this program makes (by its name), or list it in the"
    " configuration of this rule (allowedGroups)."
)


def validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    """Remember the policies and groups that are made here; refuse what is attached or joined and is none of them."""
    config = args.get_config()
    unknown = []
    for part in parts(args.resource_type, args.props):
        _remember(part)
        for path, problem in _problems(part, config.get("allowedPolicyArns", ()), config.get("allowedGroups", ())):
            if problem is UNKNOWN:
                unknown.append(path)
            else:
                report_violation(f"{path}: {problem}", None)
    if unknown:
        raise not_checked_yet(unknown)


def _problems(
    part: Part, allowed_arns: Sequence[str], allowed_groups: Sequence[str]
) -> Iterator[tuple[str, str | Unknown]]:
    """What of the part has not been judged, and what to say; UNKNOWN where that shows in `up` only."""
    if part.unseen:
        yield part.path, UNKNOWN if part.unseen is UNKNOWN else _UNSEEN.format(part.unseen)
    judges: Mapping[str, Callable[[object], str | Unknown]] = {
        "arns": lambda arn: "" if _is_arn_fine(arn, allowed_arns) else _POLICY,
        "references": lambda reference: _judge_reference(reference, allowed_arns),
        "groups": lambda group: "" if _is_group_fine(group, allowed_groups) else _GROUP,
    }
    for what, judge in judges.items():
        for found in part.found(what):
            problem = UNKNOWN if found.value is UNKNOWN else judge(found.value)
            if problem:
                yield found.path, problem


def _remember(part: Part) -> None:
    if part.type in _POLICIES:
        name, prefix, path = ([found.value for found in part.at(place)] for place in _POLICIES[part.type])
        [folder] = path or ["/"]
        if isinstance(folder, str):
            _policies_made.update(f"{folder}{value}" for value in name if isinstance(value, str))
            _prefixes_made.update(f"{folder}{value}" for value in prefix if isinstance(value, str) and not name)
    elif part.type in _GROUPS:
        _groups_made.update(
            found.value.lower() for found in part.at(_GROUPS[part.type]) if isinstance(found.value, str)
        )


def _is_arn_fine(arn: object, allowed: Sequence[str]) -> bool:
    if not isinstance(arn, str):
        return arn is MADE_HERE
    if is_judged(arn) or any(matches(pattern, arn) for pattern in allowed):
        return True
    own = _OWN_ARN.fullmatch(arn)
    return own is not None and _is_made_here(own[1])


def _judge_reference(reference: object, allowed: Sequence[str]) -> str | Unknown:
    """Permission sets attach policies by name; these stand in the accounts where the set is used."""
    named = reference if isinstance(reference, dict) else {}
    name = named.get("name", named.get("Name"))
    folder = named.get("path", named.get("Path")) or "/"
    if UNKNOWN in (name, folder):
        return UNKNOWN
    if name is MADE_HERE or _is_made_here(f"{folder}{name}"):
        return ""
    return "" if any(matches(arn.partition(":policy")[2], f"{folder}{name}") for arn in allowed) else _POLICY


def _is_made_here(path_and_name: str) -> bool:
    start, end = path_and_name[:-_MADE_UP_LENGTH], path_and_name[-_MADE_UP_LENGTH:]
    return path_and_name in _policies_made or (start in _prefixes_made and _MADE_UP.fullmatch(end) is not None)


def _is_group_fine(group: object, allowed: Sequence[str]) -> bool:
    if not isinstance(group, str):
        return group is MADE_HERE
    return group.lower() in _groups_made or group.lower() in [name.lower() for name in allowed]


RULE = ResourceValidationPolicy(
    name="no-unjudged-grants",
    description="Only policies and groups that this program makes, or that are known to be harmless, may be used.",
    enforcement_level=EnforcementLevel.MANDATORY,
    severity=Severity.HIGH,
    remediation_steps="Make the policy or group in this program, or list it in the configuration of this rule.",
    url=f"{DOCS}#no-unjudged-grants",
    config_schema=parameters(allowedPolicyArns=texts(ARN), allowedGroups=texts(NAME)),
    validate=validate,
)
