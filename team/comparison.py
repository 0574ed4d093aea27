"""Who came, who left and what changed for whom between two commits or days: from git alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from team.commits import commit_of, commits_between, is_ancestor, versions
from team.stack_files import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from team.commits import Version
    from team.listing import Member

_FIRST_ISSUE = ("credential issue", "1")  # everybody's
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Changed:
    """What one commit changed for one member of one stack; `change` is "added", "removed" or "changed".

    `what` says it: for somebody added or removed, the list and all that is said of them; else what was and is.
    """

    stack: str
    name: str
    change: str
    what: str
    date: str
    author: str
    commit: str
    pull_request: str
    subject: str


def comparison(between: str) -> list[Changed]:
    """All changes in a range, stack by stack, the oldest first.

    Args:
        between: FROM..TO, each a commit, a tag, a branch or a day (UTC: from the beginning of the first through the end
            of the last). FROM left out is the beginning, TO the newest commit here. As with git, the commit FROM itself
            does not count.

    Raises:
        Refused: this is no range, or there is no git history, or not all of it.
    """
    first, dots, last = between.partition("..")
    if not dots or ".." in last or last.startswith("."):
        raise Refused(f"{between} is not a range. Write {first or 'FROM'}.. (since then) or {first or 'FROM'}..TO.")
    begins, ends = _day(first), _day(last)
    after = None if begins else _commit(first)
    until = commit_of("HEAD") if ends or not last else _commit(last)
    if (begins and ends and ends < begins) or (after and until and after != until and is_ancestor(until, after)):
        raise Refused(f"{between} ends before it begins. Write it the other way round: {last}..{first}")
    found = versions(until)
    counted = commits_between(after, until) if until else set()
    rows = [
        row
        for version in found
        if version.commit.id in counted
        and (not begins or version.commit.date >= begins)
        and (not ends or version.commit.date < ends + timedelta(days=1))
        for row in _of(version)
    ]
    return sorted(rows, key=lambda row: row.stack)


def _day(text: str) -> datetime | None:
    """The beginning of a day, or None for anything else."""
    if not _DAY.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Refused(f"There is no day {text}.") from None
    if commit_of(text):
        raise Refused(f"{text} is a day, and a tag or branch as well. For the tag, write refs/tags/{text}.")
    return datetime(day.year, day.month, day.day, tzinfo=timezone.utc)


def _commit(name: str) -> str | None:
    if not name:
        return None
    found = commit_of(name)
    if not found:
        raise Refused(f"git knows no commit, tag or branch {name}, and a day is written 2026-10-01.")
    return found


def _of(version: Version) -> Iterator[Changed]:
    before, after = version.before.members if version.before else {}, version.members
    moved = version.before and version.before.path and version.path and version.before.path != version.path
    file = [f"file {version.before.path} -> {version.path}"] if version.before and moved else []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old and new:
            if what := [*file, *_differences(old, new)]:
                yield _row(version, name, "changed", what)
        elif new:
            yield _row(version, name, "added", _said_of(new))
        elif old:
            yield _row(version, name, "removed", _said_of(old))


def _facts(member: Member) -> dict[str, str]:
    return {
        "list": "developers" if member.made == "here" else "existing",
        "until": member.until,
        "credential issue": str(member.credential_issue or ""),
        "PGP fingerprint": member.pgp_fingerprint,
    }


def _differences(old: Member, new: Member) -> list[str]:
    facts = _facts(new)
    return [f"{fact} {was or '-'} -> {facts[fact] or '-'}" for fact, was in _facts(old).items() if was != facts[fact]]


def _said_of(member: Member) -> list[str]:
    facts = {fact: value for fact, value in _facts(member).items() if value and (fact, value) != _FIRST_ISSUE}
    return [value if fact == "list" else f"{fact} {value}" for fact, value in facts.items()]


def _row(version: Version, name: str, change: str, what: list[str]) -> Changed:
    commit = version.commit
    return Changed(
        stack=version.stack,
        name=name,
        change=change,
        what=", ".join(what),
        date=commit.day_and_time,
        author=commit.author,
        commit=commit.short,
        pull_request=commit.pull_request,
        subject=commit.subject,
    )
