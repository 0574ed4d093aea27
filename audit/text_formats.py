"""The report for people and spreadsheets: a table for the terminal, CSV, and Markdown."""

from __future__ import annotations

import csv
import io
import textwrap
from typing import TYPE_CHECKING

from audit.report import instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from audit.findings import Finding
    from audit.report import Excused, Member, Report, SecondHand

WIDTH = 80  # columns of a terminal


def plain(text: str) -> str:
    """Without what would steer a terminal."""
    return "".join(character if character.isprintable() else f"\\x{ord(character):02x}" for character in text)


def counted(number: int, what: str) -> str:
    """Such as "1 user", of "users"."""
    one = f"{what[:-3]}y" if what.endswith("ies") else what[:-1]
    return f"{number:,} {one if number == 1 else what}"


def answer_of(finding: Finding) -> str:
    """In words."""
    return "can" if finding.verdict == "can" else "cannot be determined"


def names_of(actions: Sequence[str]) -> str:
    """Such as UpdatePipeline, DeletePipeline; the service only where it is another one."""
    return ", ".join(action.removeprefix("codepipeline:") for action in actions)


def as_table(report: Report) -> str:
    """Lines of 80 columns, but for names that are longer."""
    read = report.read
    lines = [
        f"Account {read.account or '(not named)'} at {instant(read.at)}, read from {read.where}"
        + (f" by {read.asked_by}" if read.asked_by else ""),
        *_wrapped(f"Read: {', '.join(counted(number, what) for what, number in read.counts)}", ""),
        *_wrapped(f"Actions: {names_of(report.actions)}", ""),
        "",
        *_wrapped(report.summary(), ""),
    ]
    for finding in report.findings:
        lines += _finding(finding)
    if report.exceptions:
        lines += ["", "Exceptions:"]
        lines += [line for excused in report.exceptions for line in _exception(excused)]
    if report.second_hand:
        lines += ["", "At second hand:"]
        lines += [line for found in report.second_hand for line in _second_hand(found)]
    if report.members:
        lines += ["", "Members:"]
        lines += [line for member in report.members for line in _member(member)]
    lines.append("")
    for note in read.notes:
        lines += _wrapped(f"Note: {note}", "")
    return "".join(f"{plain(line)}\n" for line in lines)


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _finding(finding: Finding) -> Iterator[str]:
    yield ""
    yield from _wrapped(f"{finding.principal.arn}", "")
    yield from _wrapped(f"{answer_of(finding)}: {names_of(finding.actions)}", "  ")
    for way in finding.ways:
        yield from _wrapped(f"through {way}", "  ")
    if finding.resources:
        yield from _wrapped(f"on {', '.join(finding.resources)}", "  ")
    for limit in finding.limits:
        yield from _wrapped(f"limit: {limit}", "  ")


def _exception(excused: Excused) -> Iterator[str]:
    state = "ENDED: " if excused.exception.ended else ""
    yield from _wrapped(f"{state}{excused.exception}", "  ")
    for finding in excused.findings:
        yield from _wrapped(f"excuses {finding.principal.arn}: {names_of(finding.actions)}", "    ")
    for found in excused.second_hand:
        yield from _wrapped(f"excuses {found.principal}: {found.how} (at second hand)", "    ")
    if not (excused.findings or excused.second_hand):
        yield "    excuses nobody"


def _second_hand(found: SecondHand) -> Iterator[str]:
    yield from _wrapped(found.principal, "  ")
    yield from _wrapped(found.reason, "    ")


def _member(member: Member) -> Iterator[str]:
    seen = f"last sign-in {instant(member.last_sign_in)}" if member.last_sign_in else "never signed in"
    yield from _wrapped(f"{member.user} ({member.group}): {'MFA' if member.mfa else 'no MFA'}, {seen}", "  ")
    for note in member.notes:
        yield from _wrapped(str(note), "    ")


def rows(report: Report) -> Iterator[tuple[str, str, str, str, str]]:
    """As `HEAD`: one row a finding of whatever list."""
    for finding in report.findings:
        yield "finding", finding.principal.arn, answer_of(finding), names_of(finding.actions), finding.reason
    for excused in report.exceptions:
        named = f"exception {excused.exception}"
        for finding in excused.findings:
            yield "excused", finding.principal.arn, answer_of(finding), names_of(finding.actions), named
        for one in excused.second_hand:
            yield "excused", one.principal, one.how, names_of(one.actions), named
        if excused.exception.ended:
            yield "exception", excused.exception.match, "ended", "", named
    for found in report.second_hand:
        yield "second hand", found.principal, found.how, names_of(found.actions), found.reason
    for member in report.members:
        for note in member.notes:
            yield "member", member.user, note.level, member.group, note.text
    for note_text in report.read.notes:
        yield "note", report.read.account or "", "", "", note_text


HEAD = ("list", "principal", "result", "actions or group", "reason")


def as_csv(report: Report) -> str:
    """Comma-separated, one line a finding of whatever list; no cell is a formula to a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEAD)
    for row in rows(report):
        writer.writerow([f"'{cell}" if cell[:1] in ("=", "+", "-", "@") else plain(cell) for cell in row])
    return out.getvalue()


def as_markdown(report: Report) -> str:
    """A summary and a table, for an issue or a pull request."""
    read = report.read
    lines = [
        f"**{report.summary()}** Account {read.account or 'not named'}, {instant(read.at)}.",
        "",
        f"| {' | '.join(HEAD)} |",
        f"|{' --- |' * len(HEAD)}",
    ]
    lines += [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows(report)]
    return "".join(f"{line}\n" for line in lines)


_MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_{}[]<>#|~&!@"})


def _cell(text: str) -> str:
    return plain(text).translate(_MARKS)
