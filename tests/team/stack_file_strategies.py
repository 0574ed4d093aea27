"""Stack files as people and tools write them: the same config in many styles of YAML, with comments everywhere.

Every line knows which names it concerns, so that a test can tell the lines that must stay.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from hypothesis import strategies as st

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


@st.composite
def stack_file_texts(draw: st.DrawFn) -> StackFileText:
    file = StackFileText(eol=draw(st.sampled_from(["\n", "\r\n"])), ends=draw(st.booleans()))
    if draw(st.booleans()):
        file.line(
            draw(
                st.sampled_from(
                    ["# yaml-language-server: $schema=x.json", "---", "\ufeff# with a mark", "encryptionsalt: v1:x="]
                )
            )
        )
    file.line("config:" + draw(st.sampled_from(["", " # of dev"])))
    indent = draw(st.integers(1, 4))
    keys = draw(st.lists(st.sampled_from([*PEOPLE, "pipelines", "description", "foreign", "anchored"]), unique=True))
    for key in draw(st.permutations(["aws:region", "codepipeline-access:team", *keys])):
        _write_key(draw, file, key, " " * indent)
        if draw(st.integers(0, 4)) == 0:
            file.line(draw(st.sampled_from(["", f"{' ' * indent}# next", "# left"])))
    if draw(st.booleans()):
        file.line("secretsprovider: passphrase")
    return file


def _write_key(draw: st.DrawFn, file: StackFileText, key: str, before: str) -> None:
    match key:
        case "aws:region" | "codepipeline-access:team":
            file.line(f"{before}{key}: {draw(st.sampled_from(['us-east-1', repr('eu-west-1')]))}")
        case "pipelines":
            file.line(f"{before}codepipeline-access:pipelines: [{draw(st.sampled_from(['api', 'helprr-*']))}]")
        case "description":
            style = draw(
                st.sampled_from(
                    ["For Helprr", "For\n  Helprr", ">-\n  For\n  all", "|+\n  For\n\n  all\n", '"a\\\n  b"']
                )
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
            _write_people(draw, file, key, before)


def _write_people(draw: st.DrawFn, file: StackFileText, key: str, before: str) -> None:
    full = draw(st.sampled_from([f"codepipeline-access:{key}"] * 4 + [key, f"codepipeline-access:config:{key}"]))
    spelled = draw(st.sampled_from([full] * 3 + [f'"{full}"', f"'{full}' "]))
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4))
    if not names:
        empty = "[]" if PEOPLE[key] is list else "{}"
        nothing = draw(st.sampled_from(["", " # nobody", " ~", f" {empty}", f" {empty[0]} {empty[1]} # x"]))
        file.line(f"{before}{spelled}:{nothing}", key)
        return
    values = [_value(draw, key) for _ in names]
    style = draw(st.sampled_from(["block", "block", "one line", "lines"]))
    if style == "block":
        _write_block(draw, file, (key, spelled, before), names, values)
    else:
        _write_brackets(draw, file, (key, spelled, before, style), names, values)


def _value(draw: st.DrawFn, key: str) -> str | None:
    match key:
        case "pgpKeys":
            return draw(st.sampled_from([ARMOR, "mDMEawTB"]))
        case "credentialIssues":
            return str(draw(st.integers(1, 9)))
        case "until":
            return draw(st.sampled_from(["2027-03-31", "2027-03-31T18:00:00+09:00"]))
        case _:
            return None


def _write_block(
    draw: st.DrawFn, file: StackFileText, where: tuple[str, str, str], names: list[str], values: list[str | None]
) -> None:
    key, spelled, before = where
    file.line(f"{before}{spelled}:{draw(st.sampled_from(['', ' # people', '  ']))}", key)
    is_list = values[0] is None
    inside = before + " " * draw(st.integers(0 if is_list else 1, 4))
    gap = " " * draw(st.integers(1, 3))
    for name, value in zip(names, values, strict=True):
        for line in draw(st.sampled_from(BETWEEN)):
            file.line(f"{inside}{line}" if line else "")
        written = _quoted(draw, name, in_brackets=False)
        comment = draw(st.sampled_from(COMMENTS))
        if value is None:
            file.line(f"{inside}-{gap}{written}{comment}", key, name)
        elif "\n" in value:
            marker = draw(st.sampled_from(["|", "|-", "|+", ">", "|2"]))
            file.line(f"{inside}{written}: {marker}{comment}", key, name)
            for line in value.rstrip("\n").split("\n"):
                file.line(f"{inside}  {line}" if line else "", key, name)
        else:
            gap_before = draw(st.sampled_from([" ", "   ", f"\n{inside}  "]))
            for line in f"{inside}{written}:{gap_before}{_scalar(draw, value)}{comment}".split("\n"):
                file.line(line, key, name)


def _write_brackets(
    draw: st.DrawFn,
    file: StackFileText,
    where: tuple[str, str, str, str],
    names: list[str],
    values: list[str | None],
) -> None:
    key, spelled, before, style = where
    opening, closing = "[]" if values[0] is None else "{}"
    items = [
        _quoted(draw, name, in_brackets=True) + ("" if value is None else f": {_scalar(draw, value)}")
        for name, value in zip(names, values, strict=True)
    ]
    trailing = draw(st.sampled_from(["", ","]))
    comment = draw(st.sampled_from(COMMENTS))
    if style == "one line":
        gap, comma = draw(st.sampled_from(["", " "])), draw(st.sampled_from([", ", ",", " , "]))
        file.line(f"{before}{spelled}: {opening}{gap}{comma.join(items)}{trailing}{gap}{closing}{comment}", key)
        return
    inside = before + " " * draw(st.integers(1, 4))
    file.line(f"{before}{spelled}: {opening}{comment}", key)
    for index, (name, item) in enumerate(zip(names, items, strict=True)):
        for line in draw(st.sampled_from(BETWEEN)):
            file.line(f"{inside}{line}" if line else "")
        comma = trailing if index == len(items) - 1 else ","
        file.line(f"{inside}{item}{comma}{draw(st.sampled_from(COMMENTS))}", key, name)
    file.line(f"{before}{draw(st.sampled_from([' ', '  ']))}{closing}{comment}", key)


def _quoted(draw: st.DrawFn, name: str, *, in_brackets: bool) -> str:
    plain = [] if name in ("-dash", "=") or ("," in name and in_brackets) else [name, name]
    return draw(st.sampled_from([*plain, f'"{name}"', f"'{name}'"]))


def _scalar(draw: st.DrawFn, value: str) -> str:
    if "\n" in value:
        return json.dumps(value)
    return draw(st.sampled_from([f'"{value}"', f"'{value}'", *([value] if "+" not in value else [])]))
