"""YAML as Pulumi reads it, with the position of every value in the text.

Pulumi reads with go-yaml: `yes` and `on` are strings, `0o17` is a number, a date without quotes becomes a time.
https://github.com/go-yaml/yaml/blob/v3.0.1/resolve.go
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from typing import Any, cast

import yaml

_PREFIX = "tag:yaml.org,2002:"
STRING_TAG, PLAIN_TAG = f"{_PREFIX}str", "plain"  # in quotes, and as YAML may read it

_CONSTANTS: dict[str, object] = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"]),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_INTEGER = re.compile(r"([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]*|[1-9][0-9]*)", re.ASCII)
_TIME = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:(?:([Tt])|\s+)(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9})\d*)?(Z|[-+]\d\d:\d\d)?)?",
    re.ASCII,
)


class Unreadable(Exception):
    """Why a stack file cannot be read or changed; a sentence that continues its name, such as ", line 3: ..."."""


def parse(text: str) -> tuple[yaml.Node | None, dict[int, int], object]:
    """Parse one document.

    Returns:
        Its node (None for an empty file), the ids of all nodes that have an anchor, and its values for comparisons:
        dicts by `name_in_data`, lists, and a scalar as type and text.

    Raises:
        Unreadable: it is not YAML, or a map has a key twice.
    """
    if re.search(r"\r(?!\n)", text):
        raise Unreadable(" ends lines with a carriage return alone. Save it with usual line ends.")
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        return root, loader.anchored, _Reading(loader.anchored).of(root) if root else None
    except yaml.YAMLError as error:
        raise Unreadable(_why(error, text)) from None
    except RecursionError:
        raise Unreadable(" is nested too deeply.") from None


def plain(node: yaml.Node) -> Any:  # noqa: ANN401 - whatever the file has
    """A node's value: None, booleans, numbers, strings, lists and dicts. Times are strings, as Pulumi writes them."""
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [plain(item) for item in node.value]
    return resolved(node.value) if node.tag == PLAIN_TAG else node.value


def resolved(text: str) -> object:
    """What go-yaml makes of a scalar without quotes."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _TIME.fullmatch(text) and (rewritten := _rewritten_time(text)):
        return rewritten
    digits = text.replace("_", "")
    if text[:1] in "+-.0123456789":
        if integer := _INTEGER.fullmatch(digits):
            sign, body = integer.groups()
            base = 8 if re.fullmatch(r"0[0-7]+", body) else 0
            return int(sign + body, base)
        if _FLOAT.fullmatch(digits):
            number = float(digits)
            return int(number) if number.is_integer() else number  # JSON of Go's has no 1000.0
        if _NO_NUMBER.fullmatch(text):
            return float(text.replace(".", ""))
    return text


def _rewritten_time(text: str) -> str | None:
    """A time in the form that Pulumi gives and writes; None where it stays a string."""
    found = cast("re.Match[str]", _TIME.fullmatch(text))
    year, month, day, letter, hour, minute, second, fraction, zone = found.groups()
    if hour and bool(letter) is not bool(zone):  # a T needs a zone, a space takes none
        return None
    offset, shown = timezone.utc, "+0000 UTC"
    if zone not in (None, "Z"):
        minutes = int(zone[1:3]) * 60 + int(zone[4:])
        shown = f"{zone.replace(':', '')} {zone.replace(':', '')}" if minutes else shown
        if int(zone[1:3]) > 24 or int(zone[4:]) > 60:  # noqa: PLR2004 - what Go takes
            return None
        offset = timezone(timedelta(minutes=minutes if zone[0] == "+" else -minutes)) if minutes < 24 * 60 else offset
    try:
        datetime(int(year) or 1, int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), 0, offset)
    except ValueError:
        return None
    tail = f".{fraction.rstrip('0')}" if fraction and fraction.strip("0") else ""
    clock = f"{int(hour or 0):02}:{int(minute or 0):02}:{int(second or 0):02}{tail}"
    return f"{year}-{int(month):02}-{int(day):02} {clock} {shown}"


class _Reading:
    """Turns nodes into comparable values; whatever an alias repeats is not expanded, so that its size is bounded."""

    def __init__(self, anchored: dict[int, int]) -> None:
        self.anchored = anchored
        self.seen: dict[int, int] = {}

    def of(self, node: yaml.Node) -> object:
        if not isinstance(node, yaml.ScalarNode):
            if id(node) in self.seen:
                return ("alias", self.seen[id(node)])
            self.seen[id(node)] = self.anchored.get(id(node), 0)
        if isinstance(node, yaml.SequenceNode):
            return [self.of(item) for item in node.value]
        if isinstance(node, yaml.MappingNode):
            found: dict[object, object] = {}
            for key, value in node.value:
                name = name_in_data(str(key.value)) if _is_string(key) else repr(self.of(key))
                if name in found:
                    shown = json.dumps(str(key.value))[:60]
                    raise yaml.MarkedYAMLError(
                        problem=f"the key {shown} stands there twice", problem_mark=key.start_mark
                    )
                found[name] = self.of(value)
            return found
        if node.tag == PLAIN_TAG:
            value = resolved(node.value)
            return (type(value).__name__, repr(value))
        return (node.tag.removeprefix(_PREFIX), repr(node.value))


def name_in_data(name: str) -> str:
    """How a key that is a string stands in `StackYaml.data`."""
    return f"={name}"


def _is_string(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and isinstance(plain(node), str) and node.tag in (STRING_TAG, PLAIN_TAG)


class _Loader(yaml.SafeLoader):
    """Composes nodes and leaves scalars as they are written; keeps which nodes have an anchor or come by an alias."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.anchored: dict[int, int] = {}  # a node's id -> its number

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:  # noqa: ANN401 - as in PyYAML
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML's types lack it
        has_name = isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None
        node = super().compose_node(parent, index)
        if has_name:
            self.anchored.setdefault(id(node), len(self.anchored))
        return node

    def compose_scalar_node(self, anchor: Any) -> yaml.ScalarNode:  # noqa: ANN401 - as in PyYAML
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML's types lack it
        node = super().compose_scalar_node(anchor)
        if event.implicit[0]:
            node.tag = PLAIN_TAG
        return node


_Loader.yaml_implicit_resolvers = {}


def line(node: yaml.Node) -> str:
    """Where a node stands, as a part of a sentence."""
    return f", line {node.start_mark.line + 1}"


def _why(error: yaml.YAMLError, text: str) -> str:
    """A sentence about a file that is not YAML."""
    if isinstance(error, yaml.reader.ReaderError):
        number = text.count("\n", 0, int(error.position)) + 1
        return f", line {number}: the character U+{int(error.character):04X} is not allowed in YAML."
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return f" is not YAML: {str(error).splitlines()[0]}."
    problem = str(getattr(error, "problem", None) or getattr(error, "context", "it cannot be read"))
    where = f", line {mark.line + 1}"
    if "expected a single document" in str(getattr(error, "context", "")):
        return f"{where}: a second document begins, which Pulumi ignores and would delete. Keep one."
    if r"'\t'" in problem:
        return f"{where}: a tab stands where YAML wants spaces."
    if "stands there twice" in problem:
        return f"{where}: {problem}."
    return f"{where}: not YAML ({problem})."
