"""What the pack's configuration says, checked: it may only add, and whatever is not understood is named."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from difflib import get_close_matches

from iam import BadExceptions, parse_exceptions
from iam.pipeline_actions import ACTIONS
from memory import RuleSettings
from rules import no_pipeline_change_grants, permissions_boundary_required

_OF_THE_ENGINE = "all"  # switches every rule at once
_FORMER = ("allowedGroups", "allowedPolicyArns", "exemptResources", "exemptUsers")
_BOUNDARY = re.compile(r"arn:(?:\*|aws[a-z-]*):iam::(?:\*|aws|[0-9]{12}):policy/[!->@-~]+", re.ASCII)
_KNOWN_ACTIONS = tuple(f"codepipeline:{action}" for action in sorted(ACTIONS))


def read_configuration(
    written: Mapping[str, Mapping[str, object]], parameters: Mapping[str, Sequence[str]], today: date
) -> tuple[dict[str, RuleSettings], list[str]]:
    """The settings of each rule, and everything that is wrong.

    Args:
        written: parameters by rule, as the engine sends them.
        parameters: the names of the parameters that each rule has.
        today: the day in UTC.
    """
    settings: dict[str, RuleSettings] = {}
    problems: list[str] = []
    for rule, values in written.items():
        if rule not in parameters:
            if rule != _OF_THE_ENGINE:
                problems.append(f"{rule} is not a rule of this pack.{_nearest(rule, parameters)}")
            continue
        problems += [
            f"{rule}.{name}{_unknown(name, parameters[rule])}" for name in values if name not in parameters[rule]
        ]
        settings[rule], found = _settings(rule, values, today)
        problems += found
    return settings, problems


def _settings(rule: str, values: Mapping[str, object], today: date) -> tuple[RuleSettings, list[str]]:
    settings = RuleSettings()
    problems: list[str] = []
    if "exceptions" in values:
        try:
            settings.exceptions = parse_exceptions(values["exceptions"], today, f"{rule}.exceptions")
        except BadExceptions as error:
            settings.problems = error.problems
            problems += error.problems
    if rule == no_pipeline_change_grants.NAME and "actions" in values:
        settings.more_actions, found = _actions(f"{rule}.actions", values["actions"])
        problems += found
    if rule == permissions_boundary_required.NAME and "permissionsBoundary" in values:
        settings.permissions_boundary, found = _boundary(f"{rule}.permissionsBoundary", values["permissionsBoundary"])
        problems += found
    return settings, problems


def _boundary(where: str, written: object) -> tuple[str, list[str]]:
    """A pattern for the ARN of a policy; "", which no ARN matches, and the problem if it is none."""
    if isinstance(written, str) and _BOUNDARY.fullmatch(written) and written.partition(":policy")[2].strip("/*"):
        return written, []
    problem = f'{where} is not the ARN of a policy, such as "arn:aws:iam::123456789012:policy/boundaries/developer".'
    return "", [f"{problem} The only wildcard is *, within the name."]


def _actions(where: str, written: object) -> tuple[tuple[str, ...], list[str]]:
    """Actions beyond the three; a misspelt one is named, since it would forbid nothing."""
    if isinstance(written, (str, bytes)) or not isinstance(written, Sequence):
        return (), [f"{where} is not a list."]
    actions, problems = [], []
    for index, action in enumerate(written):
        service, colon, name = action.partition(":") if isinstance(action, str) else ("", "", "")
        if not (
            colon and name.isascii() and name.isalnum() and service.isascii() and service.replace("-", "").isalnum()
        ):
            problems.append(f'{where}[{index}] is not the full name of an action, such as "codepipeline:PutWebhook".')
            continue
        actions.append(action)
        if service.lower() == "codepipeline" and action.lower() not in map(str.lower, _KNOWN_ACTIONS):
            problems.append(
                f"{where}[{index}]: {action} is not a CodePipeline action.{_nearest(action, _KNOWN_ACTIONS)}"
            )
    return tuple(actions), problems


def _unknown(name: str, known: Sequence[str]) -> str:
    if name in _FORMER:
        return ' has become exceptions: [{"match": "...", "reason": "...", "until": "YYYY-MM-DD"}].'
    return f" is not a parameter of this rule.{_nearest(name, known)}"


def _nearest(name: str, known: Sequence[str] | Mapping[str, object]) -> str:
    near = get_close_matches(name, list(known), 1)
    return f" Did you mean {near[0]}?" if near else f" Known are: {', '.join(known) or 'none'}."
