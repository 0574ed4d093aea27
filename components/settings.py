"""Stack config becomes typed, checked settings; every problem is reported at once, before anything is registered."""

from __future__ import annotations

import difflib
import json
import re
from typing import TYPE_CHECKING, Annotated, Literal, cast

import pulumi
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from components.pgp_keys import HOW_TO_EXPORT, why_unusable
from components.pipeline_actions import CAPABILITIES
from components.policy_document import MAX_POLICY_SIZE, PipelinePattern, Place, developer_policy, policy_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic_core import ErrorDetails

NAMESPACE = "codepipeline-access"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MAX_USERS = 5_000  # an account
MAX_TEAM = 128 - len("-developer-policy")  # of 128 characters that a group's or policy's name may have
UNIQUE_SUFFIX_LENGTH = 7  # "-" and six characters of uniqueNames
LONGEST_SHOWN = 60
MAX_COMPARED = 100  # names, for a hint
LONGEST_REGION = "ap-southeast-1"  # when no region is known

_NAME_CHARACTERS = "letters, digits and +=,.@_-"
_PIPELINE = r"^([a-z]{2}(-[a-z]+)+-[0-9]{1,2}:)?[A-Za-z0-9.@_*-]{1,100}$"

_NO_CONTROL_CHARACTERS = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

UserName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_+=,.@-]+$")]
Pipeline = Annotated[str, Field(pattern=_PIPELINE)]
Capability = Literal["build-logs", "approve", "stage-transitions"]


class BadSettings(pulumi.RunError):
    """The stack config cannot be used; the message has a line for each problem."""

    def __init__(self, problems: list[str]) -> None:
        heading = "The stack config has a problem:" if len(problems) == 1 else "The stack config has problems:"
        super().__init__("\n".join([heading, *(f"  {problem}" for problem in problems)]))
        self.problems = problems


class Settings(BaseModel):
    """What one team's access is made of. Each field is one key of the stack config, in camel case there."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        strict=True,
        use_attribute_docstrings=True,
    )

    team: Annotated[str, Field(min_length=1, max_length=MAX_TEAM, pattern=r"^[A-Za-z0-9_+=,.@-]+$")]
    """The team: `helprr-backend` gives `helprr-backend-developer-policy` and `helprr-backend-developer-group`."""

    description: Annotated[str, Field(min_length=1, max_length=1000, pattern=_NO_CONTROL_CHARACTERS)] | None = None
    """The policy's description, up to 1,000 characters; changing it replaces the policy (seconds without its grants).
    Default: `Limited access for TEAM developers to view, re-trigger, and stop pipelines`."""

    developers: list[UserName] = []
    """User names: these users are made here, with console login."""

    existing: list[UserName] = []
    """Names of users made elsewhere (another stack, the console): they join the group, nothing else of them is ever
    touched."""

    pgp_keys: dict[str, str] = {}
    """Developer -> public PGP key (base64 of the binary key, or ASCII-armored): that password is encrypted."""

    credential_issues: dict[str, Annotated[int, Field(ge=1)]] = {}
    """Developer -> number, each 1 at first: raise it to re-issue a lost password. Only ever raise it: lowering or
    removing it also replaces the login."""

    pipelines: Annotated[list[Pipeline], Field(min_length=1)] | None = None
    """Names of pipelines, `*` allowed within, `REGION:NAME` for another region: each action is scoped to them as finely
    as IAM allows. Default: all, as in the guide."""

    capabilities: list[Capability] = []
    """Opt-ins beyond the guide: `build-logs`, `approve`, `stage-transitions`."""

    deny_pipeline_changes: bool = True
    """An explicit Deny of creating, updating and deleting pipelines, so that no other grant undoes it."""

    require_mfa: bool = False
    """Everything but the first sign-in and enrolling a device needs MFA."""

    unique_names: bool = False
    """A random suffix for policy and group, for two stacks in one account."""

    password_length: Annotated[int, Field(ge=5, le=128)] = 20
    """Characters of a generated password; more where the account's password policy asks for it."""

    path: Annotated[str, Field(max_length=512, pattern=r"^/([A-Za-z0-9_+=,.@-]+/)*$")] = "/"
    """IAM path of users, group and policy; lets the deploying role be fenced in."""

    @property
    def policy_description(self) -> str:
        """The description that the policy gets."""
        return self.description or f"Limited access for {self.team} developers to view, re-trigger, and stop pipelines"

    @property
    def pipeline_patterns(self) -> list[PipelinePattern] | None:
        """The pipelines as patterns; None means all."""
        return None if self.pipelines is None else [pipeline_pattern(text) for text in self.pipelines]


def load_settings(config: Mapping[str, str]) -> Settings:
    """Check the stack's config and type it.

    Args:
        config: all keys of the stack with their namespaces, as `pulumi.runtime.get_config_env()` gives them: scalars
            as text, lists and maps as JSON text.

    Raises:
        BadSettings: with every problem.
    """
    prefix = f"{NAMESPACE}:"
    ours = {key.removeprefix(prefix): text for key, text in config.items() if key.startswith(prefix)}
    given = {key: _typed(key, text) for key, text in ours.items()}
    try:
        settings = Settings.model_validate(given)
        problems = []
    except ValidationError as error:
        settings = None
        problems = [_sentence(details) for details in error.errors(include_url=False)]
    problems += [f"{prefix}{problem}" for problem in _conflicts(given)]
    problems += _strays(config)
    if settings and not problems:
        problems += [f"{prefix}{problem}" for problem in _too_large(settings, config.get("aws:region"))]
    if problems:
        raise BadSettings(problems)
    return cast("Settings", settings)


def pipeline_pattern(text: str) -> PipelinePattern:
    """`NAME` or `REGION:NAME` as a pattern."""
    region, _, name = text.rpartition(":")
    return PipelinePattern(name, region or None)


def _typed(key: str, text: str) -> object:
    """Lists and maps are JSON text, scalars text whatever they were in YAML: give each its type back."""
    if text[:1] in ("[", "{"):
        try:
            return cast("object", json.loads(text))
        except (ValueError, RecursionError):
            return text
    wanted = {field.alias: field.annotation for field in Settings.model_fields.values()}.get(key)
    if wanted is bool and text in ("true", "false"):
        return text == "true"
    if wanted is int and re.fullmatch(r"-?[0-9]{1,18}", text):
        return int(text)
    return text


def _strays(config: Mapping[str, str]) -> Iterator[str]:
    """Keys whose namespace is ours but for a slip: left alone, a `requireMfa` would silently not be required."""
    for key in config:
        namespace, _, name = key.partition(":")
        if namespace != NAMESPACE and difflib.get_close_matches(namespace.lower(), [NAMESPACE], n=1, cutoff=0.8):
            yield f"{key} is not a key of this project. Did you mean {NAMESPACE}:{name}?"


def _conflicts(given: Mapping[str, object]) -> Iterator[str]:
    """What is wrong between values that may each be right: twins, keys of nobody, unusable PGP keys, long names."""
    people = [*_texts(given, "developers"), *_texts(given, "existing")]
    yield from _twins([(path, name, name.lower()) for path, name in people], "IAM tells no names apart by case")
    for key in ("pipelines", "capabilities"):
        yield from _twins([(path, name, name) for path, name in _texts(given, key)], "list it once")
    if len(people) > MAX_USERS:
        yield f"developers and existing name {len(people):,} users; an AWS account has at most {MAX_USERS:,}."
    developers = dict.fromkeys(name for _, name in _texts(given, "developers"))
    for key in ("pgpKeys", "credentialIssues"):
        for name in _map(given, key):
            if name not in developers:
                hint = _nearest(name, list(developers))
                path = f"{key}{path_step(name)}"
                remove = f"Remove: pulumi config rm --path '{NAMESPACE}:{path}'"
                yield f"{path} is for nobody: developers does not list {_shown(name)}.{hint} {remove}"
    for name, pgp_key in _map(given, "pgpKeys").items():
        if isinstance(pgp_key, str) and (why := why_unusable(pgp_key)):
            yield f"pgpKeys{path_step(name)} {why}"
    team = given.get("team")
    longest = MAX_TEAM - UNIQUE_SUFFIX_LENGTH
    if given.get("uniqueNames") is True and isinstance(team, str) and longest < len(team) <= MAX_TEAM:
        yield f"team is {len(team)} characters long; with uniqueNames at most {longest} are allowed."


def _texts(given: Mapping[str, object], key: str) -> list[tuple[str, str]]:
    """The texts of a list, each with its path."""
    values = given.get(key)
    if not isinstance(values, list):
        return []
    return [(f"{key}[{index}]", value) for index, value in enumerate(values) if isinstance(value, str)]


def _map(given: Mapping[str, object], key: str) -> dict[str, object]:
    values = given.get(key)
    return values if isinstance(values, dict) else {}


def _twins(named: list[tuple[str, str, str]], why: str) -> Iterator[str]:
    """Texts whose third form equals that of an earlier one."""
    first: dict[str, tuple[str, str]] = {}
    for path, name, same in named:
        twin_path, twin = first.setdefault(same, (path, name))
        if twin_path != path:
            yield f"{path} {_shown(name)} is the same as {twin_path} {_shown(twin)}: {why}."


def _too_large(settings: Settings, region: str | None) -> Iterator[str]:
    region = region or LONGEST_REGION
    partition = {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(region.rpartition("-")[0].rpartition("-")[0], "aws")
    place = Place(partition, region, "0" * 12)
    size = policy_size(developer_policy(place, settings.pipeline_patterns, settings.capabilities))
    if size > MAX_POLICY_SIZE:
        yield (
            f"pipelines makes a policy of {size:,} characters; IAM allows {MAX_POLICY_SIZE:,}. "
            "Join names by a pattern (helprr-*), or make two teams."
        )


def _nearest(word: str, known: list[str]) -> str:
    if len(known) > MAX_COMPARED:  # thousands of keys of nobody would be compared with thousands of developers
        return ""
    near = difflib.get_close_matches(word, known, n=1)
    return f" Did you mean {_shown(near[0])[1:-1]}?" if near else ""


def _sentence(error: ErrorDetails) -> str:
    """One problem of pydantic's in the reader's words: where, what is there, what is allowed."""
    key, *rest = (part for part in error["loc"] if part != "[key]")
    path = f"{NAMESPACE}:{key}" + "".join(map(path_step, rest))
    value = error["input"]
    kind = error["type"]
    if kind == "missing":
        return f"{path} is missing. Name the team: pulumi config set {path} helprr-backend"
    if kind == "extra_forbidden":
        if key == NAMESPACE:
            return f"{path} is nested. Write each key in full, on its own: {NAMESPACE}:team: helprr-backend"
        keys = [str(field.alias) for field in Settings.model_fields.values()]
        hint = _nearest(str(key), keys) or f" Its keys: {', '.join(keys)}."
        return f"{path} is not a key of this project.{hint}"
    allowed = _allowed(str(key), error)
    if kind.endswith("_type"):
        if kind == "string_type" and isinstance(value, (bool, int, float)):  # YAML reads 1207 and true as no names
            allowed = f'Quote it: "{json.dumps(value)}".'
        return f"{path} is {_described(value, secret=key == 'pgpKeys')}, not {_WANTED[kind]}. {allowed}"
    if value in ("", []):
        return f"{path} is empty. {allowed}"
    shown = f"{len(value)} characters long" if kind == "string_too_long" else _shown(value)
    return f"{path} is {shown}. {allowed}"


_WANTED = {
    "string_type": "a text",
    "list_type": "a list",
    "dict_type": "a map",
    "int_type": "a whole number",
    "bool_type": "true or false",
}


def _described(value: object, *, secret: bool) -> str:
    if value is None or value == "":
        return "empty"
    if isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, (int, float)):
        return f"the number {_shown(value)}"
    if isinstance(value, str):
        return "a text" if secret else f"the text {_shown(value)}"
    return "a list" if isinstance(value, list) else "a map"


def path_step(step: str | int) -> str:
    """One step of a path, as `pulumi config set --path` takes it."""
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if re.fullmatch(r"[A-Za-z0-9_-]+", step) else f"[{_shown(step)}]"


def _shown(value: object) -> str:
    """A value as JSON, so that look-alikes and control characters show; at most some 60 characters of it."""
    text = json.dumps(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def _allowed(key: str, error: ErrorDetails) -> str:
    """What the values of a key may be."""
    if key == "capabilities":
        hint = _nearest(error["input"], list(CAPABILITIES)) if isinstance(error["input"], str) else ""
        return f"Allowed is a list of {', '.join(CAPABILITIES)}.{hint}"
    names = f"Allowed is a list of names, each 1 to 64 {_NAME_CHARACTERS}."
    yes_or_no = "Allowed are true and false."
    return {
        "team": f"Allowed are 1 to {MAX_TEAM} {_NAME_CHARACTERS}.",
        "description": "Allowed are 1 to 1,000 characters, without control characters.",
        "developers": names,
        "existing": names,
        "pgpKeys": f"Allowed is a map from developers to their public keys, such as {{jin: mDMEZ...}}. {HOW_TO_EXPORT}",
        "credentialIssues": "Allowed is a map from developers to whole numbers from 1, such as {jin: 2}, unquoted.",
        "pipelines": "Allowed is a list of NAME or REGION:NAME, each name 1 to 100 letters, digits and .@_- with * for "
        "any run; leave the key out for all pipelines.",
        "denyPipelineChanges": yes_or_no,
        "requireMfa": yes_or_no,
        "uniqueNames": yes_or_no,
        "passwordLength": "Allowed are whole numbers from 5 to 128.",
        "path": "Allowed is / or parts of letters, digits and +=,.@_- between slashes, such as /teams/helprr/, up to "
        "512 characters.",
    }[key]
