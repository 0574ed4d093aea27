"""What is to change in a stack file, and what the file should then hold."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from team.go_yaml import name_in_data
from team.stack_yaml import NAMESPACE, PEOPLE

if TYPE_CHECKING:
    from team.stack_yaml import StackYaml

_CONFIG = name_in_data("config")


@dataclass(frozen=True)
class Append:
    """A name at the end of a list."""

    key: str
    name: str


@dataclass(frozen=True)
class Drop:
    """A name out of a list or a map; from a list wherever it stands there."""

    key: str
    name: str


@dataclass(frozen=True)
class Put:
    """A name's value in a map, new or in place of the one that is there; in one line, or in as many as it has."""

    key: str
    name: str
    value: str | int
    one_line: bool = False


Change = Append | Drop | Put


def expected(file: StackYaml, change: Change) -> object:
    """The file's values with the change, comparable with `comparable(read(...).data)`."""
    data: Any = copy.deepcopy(file.data) if isinstance(file.data, dict) else {}
    if not isinstance(data.get(_CONFIG), dict):
        data[_CONFIG] = {}
    config = data[_CONFIG]
    entry = file.entries.get(change.key)
    key = name_in_data(str(entry.key.value) if entry else f"{NAMESPACE}:{change.key}")
    values = config.get(key)
    # Names are compared as they are written: 1207 without quotes is a number to YAML.
    nodes = entry.value.value if entry and not isinstance(entry.value, yaml.ScalarNode) else []
    written = [str((node[0] if isinstance(node, tuple) else node).value) for node in nodes]
    if isinstance(change, Append):
        config[key] = [*(values if isinstance(values, list) else []), ("str", repr(change.name))]
    elif isinstance(change, Put):
        entries = values if isinstance(values, dict) else {}
        known = dict(zip(written, entries, strict=True))
        name = known.get(change.name, name_in_data(change.name))
        config[key] = entries | {name: (type(change.value).__name__, repr(change.value))}
    elif isinstance(values, list):
        config[key] = [value for value, name in zip(values, written, strict=True) if name != change.name]
    elif isinstance(values, dict):
        config[key] = {
            name: value for (name, value), text in zip(values.items(), written, strict=True) if text != change.name
        }
    return comparable(data)


def comparable(data: object) -> object:
    """A file's values without what says nothing: empty lists and maps of people, the last line end of a PGP key."""
    if not isinstance(data, dict) or not isinstance(data.get(_CONFIG), dict):
        return data
    prefixes = ("", f"{NAMESPACE}:", f"{NAMESPACE}:config:")
    ours = {name_in_data(f"{prefix}{key}") for key in PEOPLE for prefix in prefixes}
    nothing: tuple[object, ...] = ([], {}, ("NoneType", "None"))
    config = {key: value for key, value in data[_CONFIG].items() if key not in ours or value not in nothing}
    for key in config.keys() & {name_in_data(f"{prefix}pgpKeys") for prefix in prefixes}:
        if isinstance(config[key], dict):
            config[key] = {name: (form, str(value).replace("\\n'", "'")) for name, (form, value) in config[key].items()}
    return data | {_CONFIG: config}
