"""How new names and values are written in YAML, so that every parser reads them as strings."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from team.changes import Put

# 1207, null and on are not among them.
_NEEDS_NO_QUOTES = re.compile(r"[A-Za-z][A-Za-z0-9_.@-]*", re.ASCII)
_NO_STRINGS = frozenset(["true", "false", "yes", "no", "on", "off", "y", "n", "null"])


def written_name(name: str, style: str | None = None) -> str:
    """A name, in the quotes that its neighbour has (`style`, as in PyYAML's nodes), or in those that it needs."""
    if style == "'" and "'" not in name and name.isprintable():
        return f"'{name}'"
    if style != '"' and _NEEDS_NO_QUOTES.fullmatch(name) and name.lower() not in _NO_STRINGS:
        return name
    return json.dumps(name)


def in_one_line(value: str | int) -> str:
    """A value as it may stand anywhere; a date keeps its quotes, since Pulumi rewrites it without."""
    return json.dumps(value)


def value_lines(change: Put, indentation: str) -> list[str]:
    """A value of a block map: an armored key over several lines, anything else in one. The first has no indentation."""
    value = change.value
    if change.one_line or isinstance(value, int) or not _fits_a_literal(value):
        return [in_one_line(value)]
    return ["|", *(f"{indentation}{line}" if line else "" for line in value.removesuffix("\n").split("\n"))]


def _fits_a_literal(value: str) -> bool:
    lines = value.removesuffix("\n").split("\n")
    readable = all(line.isprintable() and line.isascii() and line == line.strip() for line in lines)
    return value.endswith("\n") and readable and bool(lines[0]) and bool(lines[-1])
