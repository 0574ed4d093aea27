"""Stack files as people and tools write them: the same config in many styles of YAML, with comments everywhere.

Every line knows which names it concerns, so that a test can tell the lines that must stay.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

NAMES = (
    "jin",
    "mina",
    "ada.l@x",
    "Zoe-2",
    "1207",
    "null",
    "on",
    "a,b",
    "x=1",
    "-dash",
    "=",
    "2026-12-31",
    "0x1F",
    "no",
)
ARMOR = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEawTB7BYJKwYBBAHa\n=95BX\n-----END PGP PUBLIC KEY BLOCK-----\n"
PEOPLE = {"developers": list, "existing": list, "pgpKeys": dict, "credentialIssues": dict, "until": dict}
COMMENTS = ("", "", "", " # since 2024", "  #jin, mina")
BETWEEN: tuple[list[str], ...] = ([], [], [], [""], ["# - mina"], ["", "# contractors"])


@dataclass
class StackFileText:
    """A file's lines without line ends; `concerns` has for each line the key and the name that it belongs to."""

    lines: list[str] = field(default_factory=list)
    concerns: list[tuple[str, str | None]] = field(default_factory=list)
    eol: str = "\n"
    ends: bool = True

    @property
    def text(self) -> str:
        return self.eol.join(self.lines) + (self.eol if self.ends else "")

    def line(self, text: str, key: str = "", name: str | None = None) -> None:
        self.lines.append(text)
        self.concerns.append((key, name))


def stack_file_text(random: Random) -> StackFileText:
    file = StackFileText(eol=random.choice(["\n", "\r\n"]), ends=random.random() < 0.5)
    if random.random() < 0.5:
        file.line(
            random.choice(
                ["# yaml-language-server: $schema=x.json", "---", "\ufeff# with a mark", "encryptionsalt: v1:x="]
            )
        )
    file.line("config:" + random.choice(["", " # of dev"]))
    indent = random.randint(1, 4)
    keys = random.sample([*PEOPLE, "pipelines", "description", "foreign", "anchored"], random.randint(0, 9))
    keys += ["aws:region", "codepipeline-access:team"]
    random.shuffle(keys)
    for key in keys:
        _write_key(random, file, key, " " * indent)
        if random.randint(0, 4) == 0:
            file.line(random.choice(["", f"{' ' * indent}# next", "# left"]))
    if random.random() < 0.5:
        file.line("secretsprovider: passphrase")
    return file


def _write_key(random: Random, file: StackFileText, key: str, before: str) -> None:
    match key:
        case "aws:region" | "codepipeline-access:team":
            file.line(f"{before}{key}: {random.choice(['us-east-1', repr('eu-west-1')])}")
        case "pipelines":
            file.line(f"{before}codepipeline-access:pipelines: [{random.choice(['api', 'helprr-*'])}]")
        case "description":
            style = random.choice(
                ["For Helprr", "For\n  Helprr", ">-\n  For\n  all", "|+\n  For\n\n  all\n", '"a\\\n  b"']
            )
            for line in f"{before}codepipeline-access:description: {style}".split("\n"):
                file.line(f"{before}{line}" if line.startswith(" ") and not line.startswith(f"{before}code") else line)
        case "foreign":
            file.line(f"{before}other:thing:")
            file.line(f"{before}  secure: AAABAAA=")
        case "anchored":
            file.line(f"{before}other:a: &a [jin, {{mina: 1}}]")
            file.line(f"{before}other:b: *a")
        case _:
            _write_people(random, file, key, before)


def _write_people(random: Random, file: StackFileText, key: str, before: str) -> None:
    full = random.choice([f"codepipeline-access:{key}"] * 4 + [key, f"codepipeline-access:config:{key}"])
    spelled = random.choice([full] * 3 + [f'"{full}"', f"'{full}' "])
    names = random.sample(NAMES, random.randint(0, 4))
    if not names:
        empty = "[]" if PEOPLE[key] is list else "{}"
        nothing = random.choice(["", " # nobody", " ~", f" {empty}", f" {empty[0]} {empty[1]} # x"])
        file.line(f"{before}{spelled}:{nothing}", key)
        return
    values = [_value(random, key) for _ in names]
    style = random.choice(["block", "block", "one line", "lines"])
    if style == "block":
        _write_block(random, file, (key, spelled, before), names, values)
    else:
        _write_brackets(random, file, (key, spelled, before, style), names, values)


def _value(random: Random, key: str) -> str | None:
    match key:
        case "pgpKeys":
            return random.choice([ARMOR, "mDMEawTB"])
        case "credentialIssues":
            return str(random.randint(1, 9))
        case "until":
            return random.choice(["2027-03-31", "2027-03-31T18:00:00+09:00"])
        case _:
            return None


def _write_block(
    random: Random, file: StackFileText, where: tuple[str, str, str], names: list[str], values: list[str | None]
) -> None:
    key, spelled, before = where
    file.line(f"{before}{spelled}:{random.choice(['', ' # people', '  '])}", key)
    is_list = values[0] is None
    inside = before + " " * random.randint(0 if is_list else 1, 4)
    gap = " " * random.randint(1, 3)
    for name, value in zip(names, values, strict=True):
        for line in random.choice(BETWEEN):
            file.line(f"{inside}{line}" if line else "")
        written = _quoted(random, name, in_brackets=False)
        comment = random.choice(COMMENTS)
        if value is None:
            file.line(f"{inside}-{gap}{written}{comment}", key, name)
        elif "\n" in value:
            marker = random.choice(["|", "|-", "|+", ">", "|2"])
            file.line(f"{inside}{written}: {marker}{comment}", key, name)
            for line in value.rstrip("\n").split("\n"):
                file.line(f"{inside}  {line}" if line else "", key, name)
        else:
            gap_before = random.choice([" ", "   ", f"\n{inside}  "])
            for line in f"{inside}{written}:{gap_before}{_scalar(random, value)}{comment}".split("\n"):
                file.line(line, key, name)


def _write_brackets(
    random: Random,
    file: StackFileText,
    where: tuple[str, str, str, str],
    names: list[str],
    values: list[str | None],
) -> None:
    key, spelled, before, style = where
    opening, closing = "[]" if values[0] is None else "{}"
    items = [
        _quoted(random, name, in_brackets=True) + ("" if value is None else f": {_scalar(random, value)}")
        for name, value in zip(names, values, strict=True)
    ]
    trailing = random.choice(["", ","])
    comment = random.choice(COMMENTS)
    if style == "one line":
        gap, comma = random.choice(["", " "]), random.choice([", ", ",", " , "])
        file.line(f"{before}{spelled}: {opening}{gap}{comma.join(items)}{trailing}{gap}{closing}{comment}", key)
        return
    inside = before + " " * random.randint(1, 4)
    file.line(f"{before}{spelled}: {opening}{comment}", key)
    for index, (name, item) in enumerate(zip(names, items, strict=True)):
        for line in random.choice(BETWEEN):
            file.line(f"{inside}{line}" if line else "")
        comma = trailing if index == len(items) - 1 else ","
        file.line(f"{inside}{item}{comma}{random.choice(COMMENTS)}", key, name)
    file.line(f"{before}{random.choice([' ', '  '])}{closing}{comment}", key)


def _quoted(random: Random, name: str, *, in_brackets: bool) -> str:
    plain = [] if name in ("-dash", "=") or ("," in name and in_brackets) else [name, name]
    return random.choice([*plain, f'"{name}"', f"'{name}'"])


def _scalar(random: Random, value: str) -> str:
    if "\n" in value:
        return json.dumps(value)
    return random.choice([f'"{value}"', f"'{value}'", *([value] if "+" not in value else [])])
