"""Changes of lists and maps in a stack file, on its lines: what is not concerned keeps every byte.

Positions come from the parser. Whether a change did what was asked, and nothing else, is found out by parsing again.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import yaml

from team.changes import Append, Drop, Put, comparable, expected
from team.go_yaml import Unreadable
from team.places import (
    dash,
    end,
    in_brackets,
    indentation,
    line_end,
    line_ending,
    line_start,
    next_line,
    quotes,
    spans,
    start,
    with_lines_after,
    without_lines,
)
from team.stack_yaml import LISTS, NAMESPACE, PEOPLE, Entry, StackYaml, read
from team.writing import in_one_line, value_lines, written_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from team.changes import Change

# What may follow an item between brackets that has a line of its own: a comma, a comment.
_REST_OF_LINE = re.compile(r"[ \t]*(,?)[ \t]*(?:(?<=[ \t,])#[^\r\n]*)?(?=\r?\n|\Z)")
_STEP = 2  # columns of indentation


def changed(text: str, changes: Sequence[Change]) -> str:
    """The stack file with these changes, one after the other.

    Raises:
        Unreadable: the file cannot be read, or a value is written in a way that has no lines or brackets of its own.
    """
    for change in changes:
        before = read(text)
        # A key over several lines loses its last line end where the file has none.
        forms = [change, replace(change, one_line=True)] if isinstance(change, Put) else [change]
        texts = (_with(before, form) for form in forms)
        fitting = next((after for after in texts if _comparable(after) == expected(before, change)), None)
        if fitting is None:
            raise _by_hand(change)
        text = fitting
    return text


def _comparable(text: str) -> object:
    try:
        return comparable(read(text).data)
    except Unreadable:
        return None


def _by_hand(change: Change) -> Unreadable:
    return Unreadable(f": {NAMESPACE}:{change.key} is written in a way that only people can edit. Change it by hand.")


def _with(file: StackYaml, change: Change) -> str:
    entry = file.entries.get(change.key)
    if isinstance(change, Drop):
        return _dropped(file, change, entry) if entry else file.text
    if entry is None:
        return _with_new_key(file, change)
    node = entry.value
    if isinstance(node, yaml.ScalarNode):  # nothing, or null by some word
        return _with_first(file.text, entry, change)
    there = [pair for pair in spans(node) if pair[0].value == change.name]
    if isinstance(change, Put) and there:
        return _with_value(file.text, there[0], change, bracketed=in_brackets(node))
    append = _appended_in_brackets if in_brackets(node) else _appended_in_block
    return append(file.text, node, change, quotes(entry.key))


def _with_new_key(file: StackYaml, change: Append | Put) -> str:
    text = file.text
    if file.config is None:
        gap = "" if not text or text.endswith("\n") else line_ending(text)
        return line_ending(text).join([f"{text}{gap}config:", *_key_lines(" " * _STEP, _STEP, change), ""])
    config = file.config.value
    if isinstance(config, yaml.ScalarNode):
        if config.value:
            raise _by_hand(change)
        return with_lines_after(text, end(text, config), _key_lines(" " * _STEP, _STEP, change))
    if in_brackets(config):
        style = quotes(config.value[-1][0]) if config.value else None
        new = f'"{NAMESPACE}:{change.key}": {_bracketed(change, style)}'
        return _inserted_in_brackets(text, config, new)
    neighbours = [file.entries[key] for key in PEOPLE if key in file.entries] or list(file.entries.values())
    after = max(neighbours, key=lambda entry: start(entry.key), default=Entry(*config.value[-1]))
    column, before = after.key.start_mark.column, indentation(text, after.key)
    if before.strip():
        raise _by_hand(change)
    position = end(text, after.value)
    while (following := next_line(text, position)) and re.match(rf"[ ]{{{column + 1},}}#", text[following:]):
        position = following  # a comment that belongs to the key above
    return with_lines_after(text, position, _key_lines(before, max(column, _STEP), change))


def _key_lines(before: str, step: int, change: Append | Put) -> list[str]:
    return [f"{before}{NAMESPACE}:{change.key}:", *_block_lines(before + " " * step, change)]


def _block_lines(before: str, change: Append | Put, dashes: str = "- ", style: str | None = None) -> list[str]:
    """The lines of a new item or entry."""
    if isinstance(change, Append):
        return [f"{before}{dashes}{written_name(change.name, style)}"]
    first, *rest = value_lines(change, before + " " * _STEP)
    return [f"{before}{written_name(change.name, style)}: {first}", *rest]


def _with_first(text: str, entry: Entry, change: Append | Put) -> str:
    """The first name of a key that has nothing yet."""
    node, column, before = entry.value, entry.key.start_mark.column, indentation(text, entry.key)
    if node.value:
        return text[: start(node)] + _bracketed(change, quotes(entry.key)) + text[end(text, node) :]
    if before.strip() or not re.match(r"[ \t]*(#|\r?\n|\Z)", text[end(text, node) :]):
        return f"{text[: start(node)]} {_bracketed(change, quotes(entry.key))}{text[start(node) :]}"
    return with_lines_after(text, end(text, node), _block_lines(before + " " * max(column, _STEP), change))


def _appended_in_block(text: str, node: yaml.Node, change: Append | Put, _key_style: str | None) -> str:
    first, last = spans(node)[-1]
    if isinstance(change, Put):
        before = indentation(text, first)
        if before.strip():
            raise _by_hand(change)
        return with_lines_after(text, end(text, last), _block_lines(before, change, style=quotes(first)))
    position = dash(text, node, last)
    gap = re.match(r"-( +)", text[position:])
    dashes = gap[0] if gap and position + len(gap[0]) == start(last) else "- "
    before = text[line_start(text, position) : position]
    return with_lines_after(text, max(end(text, last), position), _block_lines(before, change, dashes, quotes(last)))


def _appended_in_brackets(text: str, node: yaml.Node, change: Append | Put, key_style: str | None) -> str:
    style = quotes(spans(node)[-1][0]) if node.value else key_style
    name = written_name(change.name, style)
    return _inserted_in_brackets(
        text, node, name if isinstance(change, Append) else f"{name}: {in_one_line(change.value)}"
    )


def _inserted_in_brackets(text: str, node: yaml.Node, new: str) -> str:
    """`new` as the last of a list or map between brackets, on a line of its own where the last one has one."""
    if not node.value:
        opening = start(node) + 1
        blank = re.match(r"[ \t]*(?=[\]}])", text[opening:])
        return text[:opening] + new + text[opening + (len(blank[0]) if blank else 0) :]
    first, last = spans(node)[-1]
    behind = end(text, last)
    rest = _REST_OF_LINE.match(text, behind)
    before = indentation(text, first)
    if before.strip() or not rest:
        return f"{text[:behind]}, {new}{text[behind:]}"
    with_comma = text if rest[1] else f"{text[:behind]},{text[behind:]}"
    return with_lines_after(with_comma, behind, [f"{before}{new}{rest[1]}"])


def _bracketed(change: Append | Put, style: str | None) -> str:
    name = written_name(change.name, style)
    return f"[{name}]" if isinstance(change, Append) else f"{{{name}: {in_one_line(change.value)}}}"


def _with_value(text: str, pair: tuple[yaml.Node, yaml.Node], change: Put, *, bracketed: bool) -> str:
    key, node = pair
    behind = end(text, node)
    gap = " " if text[start(node) - 1] == ":" else ""
    shares_lines = text[behind : line_end(text, behind)].strip() or "\n" in text[end(text, key) : start(node)]
    if bracketed or shares_lines:
        return f"{text[: start(node)]}{gap}{in_one_line(change.value)}{text[behind:]}"
    lines = value_lines(change, " " * (key.start_mark.column + _STEP))
    return f"{text[: start(node)]}{gap}{line_ending(text).join(lines)}{text[behind:]}"


def _dropped(file: StackYaml, change: Drop, entry: Entry) -> str:
    text, node = file.text, entry.value
    if isinstance(node, yaml.ScalarNode):
        return text
    items = spans(node)
    gone = [index for index, (first, _) in enumerate(items) if first.value == change.name]
    if in_brackets(node):
        for index in reversed(gone):
            text = _without_bracketed(text, items, index)
            items = items[:index] + items[index + 1 :]
        return text
    if gone and len(gone) == len(items):
        return _emptied(file, change, entry)
    return _without_block_items(text, node, gone)


def _emptied(file: StackYaml, change: Drop, entry: Entry) -> str:
    """A list stays, as []; a map goes with its key, unless somebody has put comments there."""
    text, node = file.text, entry.value
    colon = re.compile(r"\s*:").match(text, end(text, entry.key))
    if not colon or indentation(text, entry.key).strip():
        raise _by_hand(change)
    has_comments = re.search(r"(?m)(^|\s)#", text[colon.end() : end(text, node)])
    alone = file.config is None or len(file.config.value.value) == 1
    rest = _without_block_items(text, node, range(len(node.value)))
    if change.key not in LISTS and not alone and not has_comments:
        return without_lines(rest, start(entry.key), colon.end())
    return f"{rest[: colon.end()]} {'[]' if change.key in LISTS else '{}'}{rest[colon.end() :]}"


def _without_block_items(text: str, node: yaml.Node, gone: Sequence[int]) -> str:
    for index in reversed(gone):
        first, last = spans(node)[index]
        position = start(first) if isinstance(node, yaml.MappingNode) else dash(text, node, first)
        text = without_lines(text, position, max(end(text, last), position))
    return text


def _without_bracketed(text: str, items: list[tuple[yaml.Node, yaml.Node]], index: int) -> str:
    first, last = items[index]
    begin, behind = start(first), end(text, last)
    if not indentation(text, first).strip() and _REST_OF_LINE.match(text, behind):
        return without_lines(text, begin, behind)
    comma_before = re.search(r",\s*\Z", text[:begin])
    comma_after = re.match(r"[ \t]*,[ \t]*", text[behind:])
    if comma_after and (index + 1 < len(items) or not comma_before):
        return text[:begin] + text[behind + len(comma_after[0]) :]
    if not comma_before:
        return text[:begin] + text[behind:]
    comma = comma_before.start()
    if not text[line_start(text, comma) : comma].strip() and _REST_OF_LINE.match(text, behind):
        return without_lines(text, comma, behind)  # the comma stands first in a line of the item's own
    return text[:comma] + text[behind:]
