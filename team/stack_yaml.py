"""A stack file: this project's keys in it, and where they stand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from team.go_yaml import PLAIN_TAG, STRING_TAG, Unreadable, line, parse, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMESPACE = "codepipeline-access"
LISTS = ("developers", "existing")
MAPS = ("pgpKeys", "credentialIssues", "until")
PEOPLE = (*LISTS, *MAPS)  # the keys that name people
SECRET_KEY = "secure"  # noqa: S105 - what Pulumi calls an encrypted value


@dataclass(frozen=True)
class Entry:
    """One key of the config: its node and its value's."""

    key: yaml.Node
    value: yaml.Node


@dataclass(frozen=True)
class StackYaml:
    """A stack file that was read.

    `config` is the node under `config:`; `entries` has this project's keys by their names without the namespace, in the
    file's order; `data` has all values of the file by `name_in_data`, for comparisons.
    """

    text: str
    config: Entry | None
    entries: dict[str, Entry]
    data: object

    def names(self, key: str) -> list[str]:
        """The names that a list or a map of people has, as they are written."""
        if key not in self.entries:
            return []
        node = self.entries[key].value
        if isinstance(node, yaml.MappingNode):
            return [str(name.value) for name, _ in node.value]
        return [str(item.value) for item in node.value] if isinstance(node, yaml.SequenceNode) else []

    def values(self, key: str) -> dict[str, object]:
        """Name -> value of a map of people."""
        if key not in self.entries:
            return {}
        node = self.entries[key].value
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        return {str(name.value): plain(value) for name, value in pairs}

    def settings(self) -> dict[str, str]:
        """The config as a program gets it: scalars as text, the rest as JSON; without encrypted values."""
        node = self.config.value if self.config else None
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        given = {_full_name(str(key.value)): value for key, value in pairs}
        return {key: _as_pulumi_gives(plain(value)) for key, value in given.items() if not encrypted(value)}


def read(text: str) -> StackYaml:
    """Read a stack file.

    Raises:
        Unreadable: it is not YAML, or not as a stack file must be, or something about its people cannot be told.
    """
    root, anchored, data = parse(text)
    if root is not None and not isinstance(root, yaml.MappingNode):
        raise Unreadable(" is not a map with the key config.")
    top = {str(key.value): Entry(key, value) for key, value in root.value} if root else {}
    _refuse_merges(root)
    config = top.get("config")
    if config is None:
        return StackYaml(text, None, {}, data)
    node = config.value
    if id(node) in anchored:
        raise Unreadable(f"{line(node)}: config uses an anchor or an alias. Write its keys out.")
    if isinstance(node, yaml.MappingNode):
        _refuse_merges(node)
    elif plain(node) is not None:
        raise Unreadable(f"{line(node)}: config is not a map.")
    return StackYaml(text, config, _entries(node, anchored), data)


def encrypted(node: yaml.Node) -> bool:
    """Whether Pulumi has encrypted the value, or a part of it."""
    if isinstance(node, yaml.MappingNode):
        keys = [str(key.value) for key, _ in node.value]
        return keys == [SECRET_KEY] or any(encrypted(value) for _, value in node.value)
    return isinstance(node, yaml.SequenceNode) and any(encrypted(item) for item in node.value)


def _as_pulumi_gives(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value)


def _full_name(key: str) -> str:
    """`developers` and `codepipeline-access:config:developers` are the same key to Pulumi."""
    parts = key.split(":")
    if len(parts) == 1:
        return f"{NAMESPACE}:{key}"
    return f"{parts[0]}:{parts[2]}" if len(parts) == 3 and parts[1] == "config" else key  # noqa: PLR2004 - ns:config:key


def _entries(config: yaml.Node, anchored: dict[int, int]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for key, value in config.value if isinstance(config, yaml.MappingNode) else []:
        full = _full_name(str(key.value))
        namespace, _, name = full.partition(":")
        if namespace != NAMESPACE:
            continue
        if name in found:
            raise Unreadable(f"{line(key)}: {full} stands there twice.")
        found[name] = Entry(key, value)
        if name in PEOPLE:
            _refuse_what_cannot_be_edited(name, found[name], anchored)
    return found


def _refuse_what_cannot_be_edited(name: str, entry: Entry, anchored: dict[int, int]) -> None:
    where, value = f"{NAMESPACE}:{name}", entry.value
    nodes = [entry.key, *_below(value)]
    if any(id(node) in anchored for node in nodes):
        raise Unreadable(f"{line(entry.key)}: {where} uses an anchor or an alias. Write its values out.")
    if encrypted(value):
        raise Unreadable(f"{line(entry.key)}: {where} is encrypted; it holds no secret. Write it in plain.")
    for node in nodes:
        if isinstance(node, yaml.ScalarNode) and node.tag not in (STRING_TAG, PLAIN_TAG):
            raise Unreadable(f"{line(node)}: {where} uses the tag {node.tag}. Leave the tag out.")
    wanted, form = (yaml.SequenceNode, "list") if name in LISTS else (yaml.MappingNode, "map")
    if isinstance(value, wanted):
        _refuse_nested(where, value)
    elif not isinstance(value, yaml.ScalarNode) or plain(value) is not None:
        raise Unreadable(f"{line(value)}: {where} is not a {form}. Write it as a {form}.")


def _refuse_nested(where: str, value: yaml.Node) -> None:
    if isinstance(value, yaml.MappingNode):
        _refuse_merges(value)
    for item in _below(value):
        if item is not value and not isinstance(item, yaml.ScalarNode):
            raise Unreadable(f"{line(item)}: {where} holds a list or a map where a name or a value belongs.")


def _below(node: yaml.Node) -> Iterator[yaml.Node]:
    """The node and what it holds; one that holds itself is given once."""
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, yaml.MappingNode):
            waiting += [part for pair in current.value for part in pair]
        elif isinstance(current, yaml.SequenceNode):
            waiting += current.value


def _refuse_merges(node: yaml.MappingNode | None) -> None:
    for key, _ in node.value if node else []:
        if key.tag == PLAIN_TAG and key.value == "<<":
            raise Unreadable(f"{line(key)}: a map is merged in (<<). Write its keys out.")
