"""Lines of a stack file: what changes is what was asked, whatever style of YAML the file has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from team.changes import Append, Change, Drop, Put
from team.line_edits import changed
from tests.team.random_stack_files import ARMOR, NAMES, PEOPLE, StackFileText, stack_file_text

if TYPE_CHECKING:
    from random import Random

VALUES: dict[str, list[str | int]] = {
    "pgpKeys": [ARMOR, "mDMEawTB"],
    "credentialIssues": [2, 12],
    "until": ["2028-01-01", "2027-03-31"],
}


def config(text: str) -> dict[str, Any]:
    """The config by another way to read YAML: every scalar is a string."""
    found = yaml.load(text, yaml.BaseLoader)["config"]  # noqa: S506 - makes strings, lists and dicts only
    known = {key.rpartition(":")[2] if key.rpartition(":")[2] in PEOPLE else key: value for key, value in found.items()}
    if isinstance(keys := known.get("pgpKeys"), dict):  # the last line end of a key means nothing
        known["pgpKeys"] = {name: key.removesuffix("\n") for name, key in keys.items()}
    return {key: None if value == "~" else value for key, value in known.items()}


def change_of(random: Random, text: str) -> Change:
    key = random.choice(list(PEOPLE))
    name = random.choice(NAMES)
    there = name in (config(text).get(key) or [])
    if there and (PEOPLE[key] is list or random.random() < 0.5):
        return Drop(key, name)
    return Append(key, name) if PEOPLE[key] is list else Put(key, name, random.choice(VALUES[key]))


def wanted(before: dict[str, Any], change: Change) -> dict[str, Any]:
    old = before.get(change.key) or []
    new: Any
    match change:
        case Append():
            new = [*old, change.name]
        case Put():
            new = dict(old) | {change.name: str(change.value).removesuffix("\n")}
        case Drop() if isinstance(old, list):
            new = [name for name in old if name != change.name]
        case _:
            new = {name: value for name, value in old.items() if name != change.name}
    return {key: value for key, value in (before | {change.key: new}).items() if key not in PEOPLE or value}


def lines_that_stay(file: StackFileText, change: Change) -> list[str]:
    """Those of no item of the name, and not those that a whole list or map shares: each its own way to write it."""
    shared = (change.key, None)
    concerned = (change.key, change.name)
    last = next((at for at in reversed(file.concerns) if at[0] == change.key and at[1]), None)  # may get a comma
    return [
        line
        for line, at in zip(file.lines, file.concerns, strict=True)
        if at not in (shared, concerned) and (isinstance(change, Drop) or at != last)
    ]


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=True))  # one number is drawn; drawing every choice takes five times as long
def test_a_change_is_what_was_asked_and_nothing_else(random: Random) -> None:
    file = stack_file_text(random)
    check(file, change_of(random, file.text))


def check(file: StackFileText, change: Change) -> None:
    text = changed(file.text, [change])
    after = {key: value for key, value in config(text).items() if key not in PEOPLE or value}
    assert after == wanted(config(file.text), change)
    lines = text.split(file.eol)
    assert len(lines) == text.count("\n") + 1
    remaining = iter(lines)
    lost = [line for line in lines_that_stay(file, change) if line not in remaining]
    assert lost == []
    assert text.endswith("\n") is file.text.endswith("\n") or not file.lines[-1]
