"""What all resource types have in common; each brings its table of properties and four calls to the account."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from sandbox.provider._errors import RequestFailed
from sandbox.provider._schema import Property, changes, filled_in, problem_of, with_defaults
from sandbox.provider._wire import UNKNOWN, Properties

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.provider._aws import Aws


class HalfMade(RequestFailed):
    """The resource exists, but a later step failed; the engine records it and repairs it with the next update."""

    def __init__(self, reason: str, made: Made) -> None:
        super().__init__(reason)
        self.made = made


@dataclass(frozen=True)
class Made:
    """A new resource: its id, and outputs that no later read can recover."""

    id: str
    outputs: Properties = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """What differs between old state and new inputs: a change (ADD, UPDATE, DELETE) for each path, and replacements."""

    paths: dict[str, str]
    changed: list[str]
    replaces: list[str]
    delete_first: bool


class ResourceType:
    """A resource type: its table of properties, and what create, read, update and delete do."""

    resource_type: str = ""  # "aws:iam/group:Group"
    properties: Mapping[str, Property] = {}
    autonamed: ClassVar[bool] = True  # an absent name is made from the resource's
    importable: ClassVar[bool] = True
    half_updated: ClassVar[bool] = True  # an update that failed is kept as done and to be mended; else as not begun

    def create(self, aws: Aws, new: Properties) -> Made:
        """Create the resource."""
        raise NotImplementedError

    def read(self, aws: Aws, resource_id: str, state: Properties) -> Properties | None:
        """The resource in the account. None, or an error with a code in `GONE`, means that it no longer exists."""
        raise NotImplementedError

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> str:
        """Change it in place; returns the id to read it by now, which the engine is not told."""
        raise NotImplementedError

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        """Delete it; no error if it no longer exists."""
        raise NotImplementedError

    def imported(self, resource_id: str) -> tuple[str, Properties]:
        """The id and properties that the id of an import stands for."""
        return resource_id, {}

    def checked(self, new: Properties, old: Properties, resource: str, seed: bytes) -> tuple[Properties, list[str]]:
        """The inputs with defaults filled in, and what is wrong with them."""
        inputs = {name: self._transformed(name, value) for name, value in new.items() if not name.startswith("__")}
        problems = [
            problem_of(name, self.properties.get(name), inputs, resource) for name in {**self.properties, **inputs}
        ]
        defaults: Properties = {
            name: prop.default
            for name, prop in self.properties.items()
            if prop.default is not None and name not in inputs
        }
        if self.autonamed and "name" in self.properties and not inputs.keys() & {"name", "namePrefix"}:
            fresh = random.Random(seed or None)  # noqa: S311 - the engine's seed makes preview and update agree
            defaults["name"] = _kept_name(old) or f"{resource}-{fresh.getrandbits(28):07x}"
            problems.append(problem_of("name", self.properties["name"], {"name": defaults["name"]}, resource))
        return with_defaults(inputs, defaults), [problem for problem in problems if problem]

    def _transformed(self, name: str, value: object) -> object:
        return self.properties[name].transform(value) if name in self.properties else value

    def difference(self, old: Properties, new: Properties, ignored: list[str]) -> Difference:
        """What an update or replacement would change."""
        noted = filled_in(new)
        changed = [
            name
            for name, prop in self.properties.items()
            if not prop.output
            and name not in ignored
            and not (prop.computed and name not in new)
            and not prop.unchanged(old.get(name), new.get(name))
        ]
        return Difference(
            paths={
                path: change
                for name in changed
                for path, change in changes(self.properties[name], name, old.get(name), new.get(name)).items()
            },
            changed=changed,
            replaces=[name for name in changed if self.properties[name].replaces],
            # Two cannot share a name, so the plugin asks for this wherever the program wrote one.
            delete_first=self.autonamed and "name" in new and noted is not None and "name" not in noted,
        )

    def planned(self, new: Properties, old: Properties) -> Properties:
        """The state after create or update, as far as a preview knows it."""
        unknown = {
            name: old.get(name, UNKNOWN) for name, prop in self.properties.items() if prop.output or prop.computed
        }
        return {**unknown, **self.inputs(new)}

    def inputs(self, found: Properties) -> Properties:
        """The inputs among `found`, in the form that the state holds."""
        return {
            name: value if value == UNKNOWN else prop.normal(value)
            for name, prop in self.properties.items()
            if not prop.output and (value := found.get(name)) is not None
        }

    def inputs_of_import(self, state: Properties) -> Properties:
        """What a program would have to write for this state: neither defaults nor empty values."""
        return with_defaults(
            {
                name: value
                for name, value in self.inputs(state).items()
                if self.properties[name].required
                or (value and value != self.properties[name].default and name != "tagsAll")
            },
            {},
        )


def listed(value: Any) -> list[str]:  # noqa: ANN401 - a property
    """A list of strings, empty where the property is absent."""
    return list(value or [])


def _kept_name(old: Properties) -> object:
    noted = filled_in(old)
    return old.get("name") if noted is None or "name" in noted else None
