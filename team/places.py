"""Where the values of a stack file stand in its text, and how to put lines in and take them out."""

from __future__ import annotations

import re
from typing import cast

import yaml


def start(node: yaml.Node) -> int:
    """The position of a node's first character."""
    return int(node.start_mark.index)


def end(text: str, node: yaml.Node) -> int:
    """Behind the last character of a node's content; the parser counts what follows a block to it as well."""
    if isinstance(node, yaml.ScalarNode) or in_brackets(node) or not node.value:
        position = int(node.end_mark.index)
        if not isinstance(node, yaml.ScalarNode) or node.style not in ("|", ">"):
            return position
        keeps_line_ends = "+" in text[start(node) : line_end(text, start(node))].partition(" #")[0]
        content = text[start(node) : position]
        kept = re.sub(r"\r?\n\Z", "", content) if keeps_line_ends else content.rstrip()
        return start(node) + len(kept)
    last = node.value[-1]
    if isinstance(node, yaml.MappingNode):
        return max(end(text, last[1]), end(text, last[0]))
    return max(end(text, last), dash(text, node, last) + 1)


def in_brackets(node: yaml.Node) -> bool:
    """Whether a list or a map stands between brackets."""
    return bool(getattr(node, "flow_style", False))


def quotes(node: yaml.Node) -> str | None:
    """The quotes around a name, if any."""
    return getattr(node, "style", None)


def dash(text: str, node: yaml.Node, item: yaml.Node) -> int:
    """The position of the dash before an item of a block."""
    column = node.start_mark.column
    line = line_start(text, start(item))
    while not re.match(rf"[ ]{{{column}}}-(\s|\Z)", text[line:]):
        if line <= start(node):
            return start(node)
        line = line_start(text, line - 1)
    return int(line + column)


def spans(node: yaml.Node) -> list[tuple[yaml.Node, yaml.Node]]:
    """The first and the last node of each item of a list, or entry of a map."""
    if isinstance(node, yaml.MappingNode):
        return cast("list[tuple[yaml.Node, yaml.Node]]", node.value)
    return [(item, item) for item in node.value]


def line_start(text: str, position: int) -> int:
    """Where the line of a position begins."""
    return text.rfind("\n", 0, position) + 1


def line_end(text: str, position: int) -> int:
    """Where the end of the line of a position begins."""
    found = text.find("\n", position)
    return len(text) if found < 0 else found - (text[found - 1 : found] == "\r" and found > position)


def next_line(text: str, position: int) -> int | None:
    """Where the next line begins, if there is one."""
    found = text.find("\n", position)
    return found + 1 if 0 <= found < len(text) - 1 else None


def indentation(text: str, node: yaml.Node) -> str:
    """What stands before a node on its line."""
    return text[line_start(text, start(node)) : start(node)]


def line_ending(text: str) -> str:
    """How the file ends its lines."""
    first = text.find("\n")
    return "\r\n" if first > 0 and text[first - 1] == "\r" else "\n"


def with_lines_after(text: str, position: int, lines: list[str]) -> str:
    """With new lines below the line of a position; a missing line end at the end of the file stays missing."""
    ending = line_ending(text)
    found = text.find("\n", position)
    if found < 0:
        return ending.join([text, *lines])
    return text[: found + 1] + "".join(f"{line}{ending}" for line in lines) + text[found + 1 :]


def without_lines(text: str, first: int, last: int) -> str:
    """Without the lines from one position's to another's; a missing line end at the end of the file stays missing."""
    found = text.find("\n", last)
    before = text[: line_start(text, first)]
    return re.sub(r"\r?\n\Z", "", before) if found < 0 else before + text[found + 1 :]
