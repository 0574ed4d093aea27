"""What can be read from a resource's properties: plain Python, each value at its place, and what is not known yet.

Paths are as in Pulumi; `[]` is every item of a list.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from pulumi_policy.proxy import (
    UNKNOWN_ARCHIVE_VALUE,
    UNKNOWN_ARRAY_VALUE,
    UNKNOWN_ASSET_VALUE,
    UNKNOWN_BOOLEAN_VALUE,
    UNKNOWN_NUMBER_VALUE,
    UNKNOWN_OBJECT_VALUE,
    UNKNOWN_STRING_VALUE,
)


class Unknown(Enum):
    """A value that the preview cannot know."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN
_MARKS = frozenset(
    {
        UNKNOWN_STRING_VALUE,
        UNKNOWN_OBJECT_VALUE,
        UNKNOWN_ARRAY_VALUE,
        UNKNOWN_BOOLEAN_VALUE,
        UNKNOWN_NUMBER_VALUE,
        UNKNOWN_ASSET_VALUE,
        UNKNOWN_ARCHIVE_VALUE,
    }
)


@dataclass(frozen=True)
class Either:
    """A value that is one of several, each written out: CloudFormation's Fn::If."""

    options: tuple[object, ...]
    """None where nothing is written."""


class Unsettled:
    """Stands for a value that only CloudFormation will know. It is no text, so nothing that needs text accepts it."""


@dataclass(frozen=True)
class Partly(Unsettled):
    """A text of which parts are settled; with `*` for what only CloudFormation will know."""

    pattern: str


@dataclass(frozen=True)
class Made(Unsettled):
    """The name or ARN of a resource of the same template."""

    what: str
    """The field of Carrier that it may stand in: "arns", "groups"."""
    pattern: str
    """A text that matches it and, where it is a role, hardly another one."""


UNSETTLED: Final = Unsettled()


@dataclass(frozen=True)
class Found:
    """A value at its place in a resource."""

    path: str
    """As a developer would write it: `inlinePolicies[0].policy`."""
    value: object
    """Plain Python, with UNKNOWN wherever the preview cannot know."""


def plain(value: object) -> object:
    """The value with UNKNOWN for each mark of the engine's, where it stands."""
    if isinstance(value, str):
        return UNKNOWN if value in _MARKS else value  # within a longer text a mark is only what somebody wrote
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def walk(value: object, steps: Sequence[str], path: str) -> list[Found]:
    """The values that `steps` lead to: names of properties, and "[]" for every item; none where nothing is written.

    One object stands for a list of one, and the other way round: Terraform's providers differ in that.
    """
    if value is None:
        return []
    if isinstance(value, Either):
        found = [found for option in value.options for found in walk(option, steps, path)]
        return found if steps or None not in value.options else [*found, Found(path, None)]
    if value is not UNKNOWN and steps:
        rest = steps[1:] if steps[0] == "[]" else steps
        if isinstance(value, list):
            return [found for index, item in enumerate(value) for found in walk(item, rest, f"{path}[{index}]")]
        if isinstance(value, dict) and rest:
            return walk(value.get(rest[0]), rest[1:], f"{path}.{rest[0]}")
    return [Found(path, value)]


def holds_unknown(value: object) -> bool:
    """Whether the value, or one within it, is unknown."""
    if isinstance(value, dict):
        return any(holds_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(holds_unknown(item) for item in value)
    return value is UNKNOWN


def known_part(document: Found) -> list[Found]:
    """The document without the Allow statements that hold something unknown, and UNKNOWN beside it if there are any.

    An unknown Deny might cancel any of the others: then nothing is known.
    """
    if not holds_unknown(document.value):
        return [document]
    if not isinstance(document.value, dict) or not isinstance(document.value.get("Statement"), list):
        return [Found(document.path, UNKNOWN)]
    known, allows = [], True
    for statement in document.value["Statement"]:
        if not holds_unknown(statement):
            known.append(statement)
        elif not isinstance(statement, dict) or statement.get("Effect") != "Allow":
            allows = False
    rest = {**document.value, "Statement": known}
    if not known or not allows or holds_unknown(rest):
        return [Found(document.path, UNKNOWN)]
    return [Found(document.path, rest), Found(document.path, UNKNOWN)]
