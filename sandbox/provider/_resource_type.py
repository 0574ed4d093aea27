"""What all resource types have in common: a table of properties, and five things that can be done."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from sandbox.provider._wire import UNKNOWN, Properties

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.provider._aws import Aws

_DEFAULTS = "__defaults"  # Pulumi's list of the inputs that the plugin filled in


class PluginError(Exception):
    """What the plugin tells the engine; the text is for people."""


class HalfMadeError(PluginError):
    """The resource exists, but something that belongs to it failed; the engine keeps it and tries again."""

    def __init__(self, reason: str, made: Made) -> None:
        super().__init__(reason)
        self.made = made


@dataclass(frozen=True)
class Made:
    """A new resource: its id, and the outputs that no later read can find."""

    id: str
    outputs: Properties = field(default_factory=dict)


@dataclass(frozen=True)
class Property:
    """One property of a resource type, as the genuine plugin's schema has it."""

    type: type | tuple[type, ...] = str
    required: bool = False
    replaces: bool = False  # a change makes a new resource
    output: bool = False  # only the account can tell
    computed: bool = False  # an input that the account fills in when it is absent
    default: object = None
    secret: bool = False
    unordered: bool = False  # a list in which order and repetition mean nothing
    check: Callable[[Any], str | None] = lambda _: None  # what is wrong with a value
    same: Callable[[Any, Any], bool] = lambda old, new: bool(old == new)

    def unchanged(self, old: object, new: object) -> bool:
        """Whether going from `old` to `new` is no change."""
        if old is None or new is None:
            return (old or None) == (new or None)
        if UNKNOWN in (old, new):
            return False
        if self.unordered and isinstance(old, list) and isinstance(new, list):
            return sorted(set(old)) == sorted(set(new))
        return self.same(old, new)


class ResourceType:
    """A resource type without its account calls: subclasses bring table, create, read, update, delete."""

    token: ClassVar[str]
    properties: ClassVar[Mapping[str, Property]]
    autonamed: ClassVar[bool] = True  # an absent name is made from the resource's name
    replaced_before: ClassVar[bool] = False  # always deleted before it is created again

    def create(self, aws: Aws, new: Properties) -> Made:
        """Make it."""
        raise NotImplementedError

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        """What the account has under `id`, or None if it is gone."""
        raise NotImplementedError

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        """Change it in place."""
        raise NotImplementedError

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        """Remove it; that it is gone already is fine."""
        raise NotImplementedError

    def imported(self, id: str) -> Properties:
        """The properties that an import's id tells."""
        return {}

    def checked(self, new: Properties, old: Properties, resource_name: str) -> tuple[Properties, dict[str, str]]:
        """The inputs with defaults filled in, and what is wrong with them: property name -> reason."""
        problems = {name: problem for name in sorted({*new, *self.properties}) if (problem := self._problem(name, new))}
        inputs = {name: value for name, value in new.items() if not name.startswith("__")}
        defaults = []
        if "name" in self.properties and self.autonamed and "name" not in inputs and "namePrefix" not in inputs:
            inputs["name"] = self._kept_name(old) or f"{resource_name}-{secrets.token_hex(4)[:7]}"
            defaults.append("name")
        for name, prop in self.properties.items():
            if prop.default is not None and name not in inputs:
                inputs[name] = prop.default
                defaults.append(name)
        return {**inputs, _DEFAULTS: sorted(defaults)}, problems

    def changed(self, old: Properties, new: Properties) -> list[str]:
        """Names of the properties in which the new inputs differ from the old state."""
        return [
            name
            for name, prop in self.properties.items()
            if not prop.output
            and not (prop.computed and name not in new)
            and not prop.unchanged(old.get(name), new.get(name))
        ]

    def deleted_before_replaced(self, old: Properties, new: Properties) -> bool:
        """Whether two of them cannot be there at a time: a name that was written out and stays."""
        written = "name" in new and "name" not in _filled_in(new)
        return self.replaced_before or (written and old.get("name") == new["name"])

    def planned(self, new: Properties, old: Properties) -> Properties:
        """The state after create or update, as far as a preview knows it."""
        outputs = {name: old.get(name, UNKNOWN) for name, prop in self.properties.items() if prop.output}
        filled = {name: old.get(name, UNKNOWN) for name, prop in self.properties.items() if prop.computed}
        return {**outputs, **filled, **self.inputs(new)}

    def inputs(self, properties: Properties) -> Properties:
        """Only what a program may write."""
        return {
            name: properties[name] for name, prop in self.properties.items() if not prop.output and name in properties
        }

    def inputs_of_import(self, state: Properties) -> Properties:
        """What a program would have to write for this state: neither defaults nor empty values."""
        return {
            name: value
            for name, value in self.inputs(state).items()
            if self.properties[name].required or (value and value != self.properties[name].default)
        }

    def _problem(self, name: str, new: Properties) -> str | None:
        if name.startswith("__"):
            return None
        prop = self.properties.get(name)
        if prop is None or (prop.output and name in new):
            return f"Invalid or unknown key. Examine values at '{name}'."
        value = new.get(name)
        if value is None:
            return f"Missing required property '{name}'" if prop.required else None
        if value == UNKNOWN or (isinstance(value, list) and UNKNOWN in value):
            return None
        if not isinstance(value, prop.type) or (isinstance(value, bool) and prop.type is not bool):
            return f"expected {_TYPE_NAMES.get(prop.type, prop.type)}, got {type(value).__name__}"
        return prop.check(value)

    @staticmethod
    def _kept_name(old: Properties) -> object:
        return old.get("name") if "name" in _filled_in(old) else None


_TYPE_NAMES: dict[object, str] = {str: "a string", bool: "a boolean", int: "a number", list: "a list", dict: "a map"}


def _filled_in(inputs: Properties) -> list[str]:
    names = inputs.get(_DEFAULTS)
    return names if isinstance(names, list) else []


def matches(pattern: str, reason: str) -> Callable[[Any], str | None]:
    """A check by regular expression over the whole value."""
    return lambda value: None if re.fullmatch(pattern, value) else reason
