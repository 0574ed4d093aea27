"""The properties of a resource type, as the genuine plugin's schema has them, and what a change of each means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sandbox.provider._wire import UNKNOWN, Properties

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_DEFAULTS = "__defaults"  # Pulumi's list of the inputs that the plugin filled in
_TYPES: dict[type, str] = {str: "string", bool: "bool", int: "number", list: "list", dict: "map"}


@dataclass(frozen=True)
class Property:
    """One property of a resource type."""

    type: type = str
    required: bool = False
    replaces: bool = False  # a change makes a new resource
    output: bool = False  # only the account can tell
    computed: bool = False  # an input that the account fills in where it is absent
    default: object = None
    secret: bool = False
    ordered: bool = False  # for lists; most are sets to AWS
    transform: Callable[[Any], Any] = lambda value: value  # what the program wrote, as everything after it sees it
    check: Callable[[str, Any], str | None] = lambda _name, _value: None
    normal: Callable[[Any], Any] = lambda value: value  # the form that the state holds
    same: Callable[[Any, Any], bool] = lambda old, new: bool(old == new)

    def unchanged(self, old: object, new: object) -> bool:
        """Whether `old` and `new` are the same; to Terraform, empty and absent are."""
        if new == UNKNOWN or (isinstance(new, list) and UNKNOWN in new):
            return False
        if not old or not new:
            return (old or None) == (new or None)
        if isinstance(old, list) and isinstance(new, list) and not self.ordered:
            return _as_set(old) == _as_set(new)
        return self.same(old, new)


def properties(**table: Property) -> Mapping[str, Property]:
    """The table of a resource type, under Pulumi's names."""
    return MappingProxyType(table)


def problem_of(name: str, prop: Property | None, inputs: Properties, resource: str) -> str | None:
    """The message of the genuine plugin's check for one property, or None."""
    where = f" Examine values at '{resource}.{name}'."
    value = inputs.get(name)
    if prop is None or (prop.output and value is not None):
        return f"Invalid or unknown key.{where}"
    if value is None:
        return f"Missing required property '{name}'" if prop.required else None
    if value == UNKNOWN or (isinstance(value, list) and UNKNOWN in value):
        return None
    if not isinstance(value, prop.type) or (isinstance(value, bool) and prop.type is not bool):
        return f"expected type '{_TYPES[prop.type]}', got '{type(value).__name__}'.{where}"
    problem = prop.check(terraform_name(name), value)
    return f"{problem}.{where}" if problem else None


def terraform_name(name: str) -> str:
    """The name that the genuine plugin's messages use: "policy_arn" for "policyArn"."""
    return re.sub(r"(?=[A-Z])", "_", name).lower()


def changes(prop: Property, name: str, old: object, new: object) -> dict[str, str]:
    """The paths that differ and how (ADD, UPDATE, DELETE), as a preview shows them."""
    if isinstance(old, list) and isinstance(new, list) and not prop.ordered:
        gone = {f"{name}[{index}]": "DELETE" for index, item in enumerate(old) if item not in new}
        come = {f"{name}[{index}]": "ADD" for index, item in enumerate(new) if item not in old}
        return {**gone, **come}
    if isinstance(old, dict) and isinstance(new, dict):
        return {
            f'{name}["{key}"]': _change(old.get(key), new.get(key))
            for key in {**old, **new}
            if old.get(key) != new.get(key)
        }
    return {name: _change(old, new)}


def filled_in(inputs: Properties) -> list[str] | None:
    """The names of the inputs that the plugin filled in; None if not recorded."""
    names = inputs.get(_DEFAULTS)
    return names if isinstance(names, list) else None


def with_defaults(inputs: Properties, defaults: Properties) -> Properties:
    """Inputs with defaults filled in, and the record of which."""
    return {**inputs, **defaults, _DEFAULTS: sorted(defaults)}


def _change(old: object, new: object) -> str:
    if old is None:
        return "ADD"
    return "DELETE" if new is None else "UPDATE"


def _as_set(items: list[Any]) -> list[str]:
    return sorted({repr(item) for item in items})


def name_of(longest: int, what: str = "name") -> Callable[[str, Any], str | None]:
    """A check for the characters of IAM names, and a maximum length."""

    def check(_name: str, value: str) -> str | None:
        if not re.fullmatch(r"[0-9A-Za-z=,.@\-_+]+", value):
            return (
                f"invalid value for {what} (must only contain alphanumeric characters, hyphens, underscores, commas, "
                "periods, @ symbols, plus and equals signs)"
            )
        return (
            None
            if len(value) <= longest
            else f"expected length of {what} to be in the range (1 - {longest}), got {value}"
        )

    return check


def between(least: int, most: int) -> Callable[[str, Any], str | None]:
    """A check for a number within bounds."""
    return lambda name, value: (
        None if least <= value <= most else f"expected {name} to be in the range ({least} - {most}), got {value}"
    )


def arn(name: str, value: str) -> str | None:
    """The problem with an ARN's format, if any."""
    if re.fullmatch(r"arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:([0-9]{12}|aws|cw[0-9]{10})?:.+", value):
        return None
    return (
        f'"{name}" ({value}) is an invalid ARN: arn: invalid prefix'
        if not value.startswith("arn:")
        else f'"{name}" ({value}) is an invalid ARN'
    )


def arns(name: str, values: list[str]) -> str | None:
    """The first problem with the format of several ARNs, if any."""
    return next((problem for value in values if (problem := arn(name, value))), None)
