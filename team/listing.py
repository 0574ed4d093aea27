"""Who has access: one row for each member of each stack, as a table, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from components import pgp_fingerprint
from components.end_of_access import end_of_access, in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from _typeshed import DataclassInstance as Row

    from team.stack_yaml import StackYaml

FORMATS = ("table", "json", "csv", "markdown")


@dataclass(frozen=True)
class Member:
    """One name in one stack.

    `made` is "here" for a developer and "elsewhere" for an existing user; `until` is as the stack file has it, `access`
    the same in words, both empty for no end; `credential_issue` is 0 and `pgp_fingerprint` empty where there is no
    password or no key of theirs.
    """

    stack: str
    name: str
    made: str
    until: str
    access: str
    credential_issue: int
    pgp_fingerprint: str


def members(stack: str, file: StackYaml) -> list[Member]:
    """The members of a stack, in the file's order."""
    issues, keys, ends = (file.values(key) for key in ("credentialIssues", "pgpKeys", "until"))
    found = []
    for key, made in (("developers", "here"), ("existing", "elsewhere")):
        for name in file.names(key):
            issue = issues.get(name, 1) if made == "here" else 0
            until = _text(ends.get(name))
            found.append(
                Member(
                    stack,
                    name,
                    made,
                    until,
                    _in_words(until),
                    issue if isinstance(issue, int) else 0,
                    pgp_fingerprint(_text(keys.get(name))) or "",
                )
            )
    return found


def _in_words(until: str) -> str:
    if not until:
        return ""
    try:
        return f"ends {in_words(end_of_access(until))}"
    except ValueError:
        return f"until is no date: {until!r}"


def _text(value: object) -> str:
    return "" if value is None else str(value)


def rendered(rows: Sequence[Row], form: str, kind: type[Row]) -> str:
    """The rows, of one dataclass, as `table`, `json`, `csv` or `markdown`; ends with a line end."""
    names = [field.name for field in fields(kind)]
    if form == "json":
        return json.dumps([asdict(row) for row in rows], indent=2) + "\n"
    if form == "csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _no_formula(value) for name, value in asdict(row).items()} for row in rows)
        return text.getvalue()
    cells = [[_shown(row, name) for name in names] for row in rows]
    if form == "markdown":
        lines = [[name.replace("_", " ") for name in names], ["---"] * len(names), *cells]
        return "".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |\n" for line in lines)
    return table([name.replace("_", " ") for name in names], cells) if rows else "Nobody has access.\n"


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns for a terminal."""
    lines = [heading, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heading))]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() + "\n" for line in lines
    )


def _no_formula(value: object) -> object:
    """A cell that no spreadsheet runs: a commit's subject may hold anything."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value


def _shown(row: Row, name: str) -> str:
    text = str(getattr(row, name) or "-")  # a commit's subject may hold anything
    return "".join(character if character.isprintable() else "?" for character in text)
