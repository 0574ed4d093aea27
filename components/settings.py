"""The settings of a team's access and their limits: the only definition, for all callers.

All problems are found at once. Each is named by its path, in the caller's words.
"""

from __future__ import annotations

import difflib
import inspect
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

import pulumi
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WrapValidator

from components.end_of_access import ALLOWED as ALLOWED_ENDS
from components.end_of_access import PATTERN as END_PATTERN
from components.end_of_access import aws_form, end_of_access
from components.pgp_keys import HOW_TO_EXPORT, why_unusable
from components.pipeline_actions import CAPABILITIES
from components.policy_document import (
    MAX_INLINE_SIZE,
    MAX_POLICY_SIZE,
    Pattern,
    Reach,
    access_ends,
    deny_pipeline_changes,
    developer_policy,
    own_mfa_device,
    policy_size,
    require_mfa,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from pydantic_core import ErrorDetails

    from components.developer_access_args import DeveloperAccessArgs
    from components.policy_document import Place

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MAX_USERS = 5_000  # an account
MAX_TEAM = 128 - len("-developer-policy")  # of 128 characters that a group's or policy's name may have
UNIQUE_SUFFIX_LENGTH = 7  # "-" and six characters of uniqueNames
UNKNOWN_ACCOUNT = "0" * 12
LONGEST_SHOWN = 60
ENDS = "access-ends-"  # begins the name of each inline policy that ends access
MAX_COMPARED = 100  # names, for a hint
FEWER_DATES = "Use one date for people whose access ends about the same time, and remove those whose access has ended."

_NAME_CHARACTERS = "letters, digits and +=,.@_-"
_PIPELINE = r"^([a-z]{2}(-[a-z]+)+-[0-9]{1,2}:)?[A-Za-z0-9.@_*-]{1,100}$"
# https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CreateProject.html
_PROJECT = r"^([a-z]{2}(-[a-z]+)+-[0-9]{1,2}:)?[A-Za-z0-9_*-]{1,255}$"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
_POLICY_ARN = r"^arn:aws(-cn|-us-gov)?:iam::(aws|[0-9]{12}):policy/([A-Za-z0-9_+=,.@-]+/)*[A-Za-z0-9_+=,.@-]{1,128}$"
_NO_CONTROL_CHARACTERS = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"


def _whole(value: object) -> object:
    """Other languages send every number as a float."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _known_capability(name: str) -> str:
    if name not in CAPABILITIES:
        raise ValueError(name)
    return name


def _name_or_output(value: object, check: Callable[[object], str]) -> object:
    return value if isinstance(value, pulumi.Output) else check(value)


_Value = TypeVar("_Value")
_AsTuple = BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value)
Items = Annotated[tuple[_Value, ...], _AsTuple]
Map = Annotated[Mapping[str, _Value], AfterValidator(MappingProxyType)]

UserName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_+=,.@-]+$")]
if TYPE_CHECKING:
    ExistingUser = pulumi.Input[str]
else:
    ExistingUser = Annotated[UserName, WrapValidator(_name_or_output)]
PipelineName = Annotated[str, Field(pattern=_PIPELINE)]
ProjectName = Annotated[str, Field(pattern=_PROJECT)]
CapabilityName = Annotated[
    str, Field(json_schema_extra={"enum": list[Any](CAPABILITIES)}), AfterValidator(_known_capability)
]


def _an_end(text: str) -> str:
    end_of_access(text)
    return text


EndOfAccess = Annotated[str, Field(json_schema_extra={"pattern": END_PATTERN}), AfterValidator(_an_end)]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    `path` is where, in the caller's words; `says` continues the sentence that starts with it; `what` is "missing",
    "unknown" (a key) or "for nobody" where a caller can add how to fix it in their own words.
    """

    path: str
    says: str
    what: str = ""

    def __str__(self) -> str:
        return f"{self.path} {self.says}"


class BadSettings(pulumi.RunError):
    """The settings cannot be used. The message has one line per problem."""

    def __init__(self, whose: str, problems: Sequence[Problem]) -> None:
        heading = f"{whose} has {'a problem' if len(problems) == 1 else 'problems'}:"
        super().__init__("\n".join([heading, *(f"  {problem}" for problem in problems)]))
        self.problems = tuple(problems)


class Settings(BaseModel):
    """One team's settings: the fields of `DeveloperAccessArgs`, which explains them, with their limits.

    Immutable. Only the items of `existing` may be outputs: everything else must be known in preview.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, validate_default=True)

    team: Annotated[str, Field(min_length=1, max_length=MAX_TEAM, pattern=r"^[A-Za-z0-9_+=,.@-]+$")]
    description: Annotated[str, Field(min_length=1, max_length=1000, pattern=_NO_CONTROL_CHARACTERS)] | None = None
    developers: Items[UserName] = ()
    existing: Items[ExistingUser] = ()
    permissions_boundary: Annotated[str, Field(max_length=700, pattern=_POLICY_ARN)] | None = None
    pgp_keys: Map[str] = {}
    hand_over_key: str | None = None
    credential_issues: Map[Annotated[int, Field(ge=1), BeforeValidator(_whole)]] = {}
    until: Map[EndOfAccess] = {}
    pipelines: Annotated[tuple[PipelineName, ...], Field(min_length=1), _AsTuple] | None = None
    startable: Annotated[tuple[PipelineName, ...], Field(min_length=1), _AsTuple] | None = None
    capabilities: Items[CapabilityName] = ()
    projects: Annotated[tuple[ProjectName, ...], Field(min_length=1), _AsTuple] | None = None
    deny_pipeline_changes: bool = True
    require_mfa: bool = False
    unique_names: bool = False
    password_length: Annotated[int, Field(ge=5, le=128), BeforeValidator(_whole)] = 20
    path: Annotated[str, Field(max_length=512, pattern=r"^/([A-Za-z0-9_+=,.@-]+/)*$")] = "/"

    @property
    def policy_description(self) -> str:
        """The description that the policy gets."""
        return self.description or f"Limited access for {self.team} developers to view, re-trigger, and stop pipelines"

    @property
    def reach(self) -> Reach:
        """What the team's grants reach."""
        return Reach(_patterns(self.pipelines), _patterns(self.startable), _patterns(self.projects))

    def pgp_key_of(self, developer: str) -> str | None:
        """The key that their password is encrypted with."""
        return self.pgp_keys.get(developer) or self.hand_over_key

    @property
    def ends(self) -> dict[str, datetime]:
        """Member -> the instant from which on nothing is allowed."""
        return {name: end_of_access(text) for name, text in self.until.items()}

    def as_args(self) -> DeveloperAccessArgs:
        """These settings as `DeveloperAccess` takes them."""
        return cast("DeveloperAccessArgs", {name: value for name, value in self if value is not None})


def checked(given: object, key: Callable[[str], str] = str) -> tuple[Settings | None, list[Problem]]:
    """Check a caller's settings and make them immutable.

    Args:
        given: the settings, by the caller's keys. None means that a setting is left out.
        key: the caller's key for a field of `Settings`; Python programs write the fields themselves.

    Returns:
        The settings, unless there are problems, and every problem.
    """
    if not isinstance(given, Mapping):
        return None, [Problem("args", f"is {_described(given)}, not a map.")]
    fields = {key(field): field for field in Settings.model_fields}
    problems = [_unknown(name, list(fields)) for name in given if name not in fields]
    known = {fields[name]: _plain(value) for name, value in given.items() if name in fields and value is not None}
    try:
        settings = Settings.model_validate(known)
    except ValidationError as error:
        settings = None
        problems += [
            _problem(details, key)
            for details in error.errors(include_url=False)
            if details["type"] != "too_short" or not details["input"]  # also reported for a list with a wrong item
        ]
    problems += [*_conflicts(known, key), *_conflicts_of_reach(known, key)]
    return (None if problems else settings), problems


def checked_args(args: object, whose: str, key: Callable[[str], str] = str) -> Settings:
    """Check a caller's settings, and raise if there are problems.

    Args:
        args: as for `checked`.
        whose: settings they are; the message starts with it.
        key: as for `checked`.

    Raises:
        BadSettings: with every problem.
    """
    settings, problems = checked(args, key)
    if settings is None:
        raise BadSettings(whose, problems)
    return settings


def problems_at(settings: Settings, place: Place, key: Callable[[str], str] = str) -> Iterator[Problem]:
    """Problems that depend on where the settings are applied: partition, region and account.

    Args:
        settings: of a team, checked.
        place: where; the account may be UNKNOWN_ACCOUNT.
        key: as for `checked`.
    """
    reach = settings.reach
    size = policy_size(developer_policy(place, reach, settings.capabilities))
    with_ends = policy_size(policy_of(settings, place))
    if size > MAX_POLICY_SIZE:
        yield Problem(
            key("pipelines"),
            f"makes a policy of {size:,} characters; IAM allows {MAX_POLICY_SIZE:,}. "
            "Combine names into a pattern (helprr-*), or split the team in two.",
        )
    elif with_ends > MAX_POLICY_SIZE:
        yield Problem(
            key("until"),
            f"makes a policy of {with_ends:,} characters; IAM allows {MAX_POLICY_SIZE:,}. "
            f"Each date of members in {key('existing')} repeats the policy. {FEWER_DATES}",
        )
    if reach.pipelines is not None:
        for index, pattern in enumerate(reach.startable or []):
            if not any(pattern.within(other, place.region) for other in reach.pipelines):
                name = _shown((settings.startable or ())[index])
                says = f"{name} is not covered by {key('pipelines')}: {', '.join(settings.pipelines or ())}."
                yield Problem(f"{key('startable')}[{index}]", says)
    if settings.permissions_boundary and place.account != UNKNOWN_ACCOUNT:
        owner = settings.permissions_boundary.split(":")[4]
        if owner not in ("aws", place.account):
            says = f"is a policy of account {owner}; this is account {place.account}."
            yield Problem(key("permissions_boundary"), says)
    inline = sum(map(policy_size, guard_rails_of(settings, place).values()))
    if inline > MAX_INLINE_SIZE:
        yield Problem(
            key("until"),
            f"makes inline policies of {inline:,} characters; IAM allows a group {MAX_INLINE_SIZE:,}. {FEWER_DATES}",
        )


def guard_rails_of(settings: Settings, place: Place) -> dict[str, str]:
    """The group's inline policies, by name: what they deny, no grant gives back to a user while in the group."""
    rails = {"own-mfa-device": own_mfa_device(place)}
    if settings.deny_pipeline_changes:
        rails["deny-pipeline-changes"] = deny_pipeline_changes()
    if settings.require_mfa:
        rails["require-mfa"] = require_mfa()
    ends = {name: end for name, end in settings.ends.items() if name in settings.developers}
    for end in sorted(set(ends.values())):
        names = sorted(name for name, its_end in ends.items() if its_end == end)
        rails[f"{ENDS}{end:%Y%m%dT%H%M%SZ}"] = access_ends(aws_form(end), names)
    return rails


def policy_of(settings: Settings, place: Place) -> str:
    """The team's managed policy; what it grants to members made elsewhere ends with their access."""
    ends: dict[str, list[str]] = {}
    for name, end in settings.ends.items():
        if name not in settings.developers:
            ends.setdefault(aws_form(end), []).append(name)
    return developer_policy(place, settings.reach, settings.capabilities, ends)


def _patterns(names: Sequence[str] | None) -> list[Pattern] | None:
    """`NAME` or `REGION:NAME` as patterns."""
    if names is None:
        return None
    return [Pattern(name, region or None) for region, _, name in (text.rpartition(":") for text in names)]


def _plain(value: object) -> object:
    """A caller's mappings and sequences as dicts and lists, and awaitables as outputs."""
    if isinstance(value, pulumi.Output):
        return value
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_plain(item) for item in value]
    return pulumi.Output.from_input(value) if inspect.isawaitable(value) else value


def _unknown(name: object, known: list[str]) -> Problem:
    hint = (_nearest(name, known) if isinstance(name, str) else "") or f" Settings: {', '.join(known)}."
    path = name if isinstance(name, str) and name.isascii() and name.isprintable() else _shown(name)
    return Problem(path, f"is not a known setting.{hint}", "unknown")


def _conflicts(given: Mapping[str, object], key: Callable[[str], str]) -> Iterator[Problem]:
    """Conflicts between values: duplicate names, keys for unknown developers; also unusable PGP keys and long names."""
    people = [*_strings(given, "developers", key), *_strings(given, "existing", key)]
    yield from _twins([(path, name, name.lower()) for path, name in people])
    for field in ("pipelines", "startable", "capabilities", "projects"):
        yield from _twins([(path, name, name) for path, name in _strings(given, field, key)])
    if len(people) > MAX_USERS:
        both = f"{key('developers')} and {key('existing')}"
        yield Problem(both, f"name {len(people):,} users; an AWS account has at most {MAX_USERS:,}.")
    developers = dict.fromkeys(name for _, name in _strings(given, "developers", key))
    for field in ("pgp_keys", "credential_issues"):
        for name in _map(given, field):
            if name not in developers:
                hint = _nearest(name, list(developers))
                says = f"is for nobody: {key('developers')} does not list {_shown(name)}.{hint}"
                yield Problem(f"{key(field)}{path_step(name)}", says, "for nobody")
    yield from _ends_of_nobody(given, [name for _, name in people], key)
    pgp_keys = {f"{key('pgp_keys')}{path_step(name)}": value for name, value in _map(given, "pgp_keys").items()}
    for path, pgp_key in {**pgp_keys, key("hand_over_key"): given.get("hand_over_key")}.items():
        if isinstance(pgp_key, str) and (why := why_unusable(pgp_key)):
            yield Problem(path, why)
    team = given.get("team")
    longest = MAX_TEAM - UNIQUE_SUFFIX_LENGTH
    if given.get("unique_names") is True and isinstance(team, str) and longest < len(team) <= MAX_TEAM:
        unique = key("unique_names")
        yield Problem(key("team"), f"is {len(team)} characters long; with {unique} at most {longest} are allowed.")


def _conflicts_of_reach(given: Mapping[str, object], key: Callable[[str], str]) -> Iterator[Problem]:
    """Without `projects`, build-logs would show every team's builds."""
    capabilities = [name for _, name in _strings(given, "capabilities", key)]
    if "build-logs" in capabilities and "pipelines" in given and "projects" not in given:
        says = f"is missing: with {key('pipelines')}, build-logs needs the team's CodeBuild projects (* for all)."
        yield Problem(key("projects"), says)
    if "projects" in given and "build-logs" not in capabilities:
        yield Problem(key("projects"), f"needs build-logs among {key('capabilities')}.")


def _ends_of_nobody(
    given: Mapping[str, object], members: Sequence[str], key: Callable[[str], str]
) -> Iterator[Problem]:
    known = frozenset(members)
    computed = any(isinstance(name, pulumi.Output) for name in cast("list[object]", given.get("existing") or ()))
    for name in _map(given, "until"):
        if name not in known and not computed:  # who an output names is known later
            twin = next((f" Did you mean {member}?" for member in members if member.lower() == name.lower()), "")
            lists = f"neither {key('developers')} nor {key('existing')} lists {_shown(name)}"
            says = f"is for nobody: {lists}.{twin or _nearest(name, list(members))}"
            yield Problem(f"{key('until')}{path_step(name)}", says, "for nobody")


def _strings(given: Mapping[str, object], field: str, key: Callable[[str], str]) -> list[tuple[str, str]]:
    """The strings of a list, each with its path."""
    values = given.get(field)
    if not isinstance(values, list):
        return []
    return [(f"{key(field)}[{index}]", value) for index, value in enumerate(values) if isinstance(value, str)]


def _map(given: Mapping[str, object], field: str) -> dict[str, object]:
    values = given.get(field)
    return {name: value for name, value in values.items() if isinstance(name, str)} if isinstance(values, dict) else {}


def _twins(named: list[tuple[str, str, str]]) -> Iterator[Problem]:
    """Names that equal an earlier one once normalized (the third of each tuple)."""
    first: dict[str, tuple[str, str]] = {}
    for path, name, same in named:
        twin_path, twin = first.setdefault(same, (path, name))
        if twin_path != path:
            why = "list it once" if name == twin else "IAM treats names that differ only in case as the same"
            yield Problem(path, f"{_shown(name)} is the same as {twin_path} {_shown(twin)}: {why}.")


def _nearest(word: str, known: list[str]) -> str:
    if len(known) > MAX_COMPARED:  # or thousands of unknown names would be compared with thousands of developers
        return ""
    near = difflib.get_close_matches(word, known, n=1)
    return f" Did you mean {_shown(near[0])[1:-1]}?" if near else ""


def _problem(error: ErrorDetails, key: Callable[[str], str]) -> Problem:
    """A validation error in the reader's words: where it is, what is there, what is allowed."""
    field, *rest = (part for part in error["loc"] if part != "[key]")
    path = key(str(field)) + "".join(map(path_step, rest))
    value = error["input"]
    error_type = error["type"]
    if error_type == "missing":
        return Problem(path, "is missing.", "missing")
    allowed = _allowed(str(field), error)
    if error_type.endswith("_type"):
        if isinstance(value, pulumi.Output):
            allowed = "It must be known in preview: write the value itself."
        elif error_type == "bool_type":
            allowed = ""  # said already
        elif (
            error_type == "string_type" and field != "until" and isinstance(value, (bool, int, float))
        ):  # YAML turns 1207 and true into these
            allowed = f'Quote it: "{json.dumps(value)}".'
        described = _described(value, secret=field in ("pgp_keys", "hand_over_key"))
        return Problem(path, f"is {described}, not {_WANTED[error_type]}. {allowed}".rstrip())
    if value in ("", ()):
        return Problem(path, f"is empty. {allowed}")
    shown = f"{len(value)} characters long" if error_type == "string_too_long" else _shown(value)
    return Problem(path, f"is {shown}. {allowed}")


_WANTED = {
    "string_type": "a string",
    "tuple_type": "a list",
    "dict_type": "a map",
    "int_type": "a whole number",
    "bool_type": "true or false",
}


def _described(value: object, *, secret: bool = False) -> str:  # noqa: PLR0911 - one return for each type
    if value is None or value == "":
        return "empty"
    if isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, (int, float)):
        return f"the number {_shown(value)}"
    if isinstance(value, str):
        return "a string" if secret else f"the string {_shown(value)}"
    if isinstance(value, pulumi.Output):
        return "an output"
    if isinstance(value, (list, tuple)):
        return "a list"
    return "a map" if isinstance(value, Mapping) else f"of type {type(value).__name__}"


def path_step(step: str | int) -> str:
    """One step of a path, as `pulumi config set --path` takes it."""
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if re.fullmatch(r"[A-Za-z0-9_-]+", step) else f"[{_shown(step)}]"


def _shown(value: object) -> str:
    """A value as JSON, so that look-alikes and control characters are visible; cut after about 60 characters."""
    text = json.dumps(value, default=str)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def _allowed(field: str, error: ErrorDetails) -> str:
    """What the values of a field may be."""
    if field == "capabilities":
        hint = _nearest(error["input"], list(CAPABILITIES)) if isinstance(error["input"], str) else ""
        return f"Allowed: a list of {', '.join(CAPABILITIES)}.{hint}"
    list_of_patterns = "Allowed: a list of NAME or REGION:NAME, each name 1 to"
    pipelines = f"{list_of_patterns} 100 letters, digits and .@_- with * for any run"
    names = f"Allowed: a list of names, each 1 to 64 {_NAME_CHARACTERS}."
    yes_or_no = "Allowed: true or false."
    return {
        "team": f"Allowed: 1 to {MAX_TEAM} {_NAME_CHARACTERS}.",
        "description": "Allowed: 1 to 1,000 characters, without control characters.",
        "developers": names,
        "existing": names,
        "pgp_keys": f"Allowed: a map from developers to public keys, such as {{jin: mDMEZ...}}. {HOW_TO_EXPORT}",
        "credential_issues": "Allowed: a map from developers to whole numbers from 1, such as {jin: 2}, unquoted.",
        "until": f"Allowed: a map from members to {ALLOWED_ENDS}.",
        "pipelines": f"{pipelines}; leave it out for all pipelines.",
        "startable": f"{pipelines}; leave it out for all that can be viewed.",
        "projects": f"{list_of_patterns} 255 letters, digits and _- with * for any run.",
        "permissions_boundary": "Allowed: a policy's ARN, such as arn:aws:iam::123456789012:policy/admin/boundary.",
        "hand_over_key": f"Allowed: one public key. {HOW_TO_EXPORT}",
        "deny_pipeline_changes": yes_or_no,
        "require_mfa": yes_or_no,
        "unique_names": yes_or_no,
        "password_length": "Allowed: whole numbers from 5 to 128.",
        "path": "Allowed: / or parts of letters, digits and +=,.@_- between slashes, such as /teams/helprr/, up to "
        "512 characters.",
    }[field]
