"""Since when, by whom and why each member has access: from git alone, by what each version of a stack file says."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from team.go_yaml import Unreadable
from team.listing import Member, members
from team.stack_files import Refused
from team.stack_yaml import read

if TYPE_CHECKING:
    from collections.abc import Sequence

_PULL_REQUEST = re.compile(r"\(#([0-9]+)\)|^Merge pull request #([0-9]+)")
_MARK = "\x1e"  # between commits, and \x1f between their parts


@dataclass(frozen=True)
class Entry:
    """A member of today, and the commit of the first version from which on the stack file has always listed them.

    `since` is the commit's date, `pull_request` its number where the subject has one; all empty for what is not
    committed yet.
    """

    stack: str
    name: str
    since: str
    author: str
    commit: str
    pull_request: str
    subject: str
    until: str
    credential_issue: int
    pgp_fingerprint: str


@dataclass(frozen=True)
class _Version:
    commit: str
    date: str
    author: str
    subject: str
    names: frozenset[str]


def history(stack: str, name: str, today: Sequence[Member]) -> list[Entry]:
    """When each member of a stack came.

    Args:
        stack: its name.
        name: of its file, in the folder where git is asked; renames are followed.
        today: the stack's members now.

    Raises:
        Refused: there is no git history, or not all of it.
    """
    if _git("rev-parse", "--is-shallow-repository").strip() == "true":
        raise Refused("This clone has only a part of the history. Get all of it: git fetch --unshallow")
    versions = _versions(name)
    return [_entry(stack, member, versions) for member in today]


def _entry(stack: str, member: Member, versions: Sequence[_Version]) -> Entry:
    """Versions are the newest first: the last of those in a row that list the member is when they came."""
    came = None
    for version in versions:
        if member.name not in version.names:
            break
        came = version
    found = _PULL_REQUEST.search(came.subject) if came else None
    return Entry(
        stack,
        member.name,
        came.date if came else "",
        came.author if came else "",
        came.commit if came else "",
        (found[1] or found[2]) if found else "",
        came.subject if came else "not committed yet",
        member.until,
        member.credential_issue,
        member.pgp_fingerprint,
    )


def _versions(name: str) -> list[_Version]:
    """The versions of a stack file, the newest first; one that cannot be read says what the one before it said."""
    form = f"--format={_MARK}%H%x1f%cI%x1f%an%x1f%s"
    log = _git("log", "--follow", "--first-parent", "-m", "--name-only", "-z", form, "--", name)
    found: list[_Version] = []
    listed: frozenset[str] = frozenset()
    for part in reversed(log.split(_MARK)[1:]):
        head, *paths = part.replace("\n", "").split("\0")
        commit, date, author, subject = head.split("\x1f")
        path = next((path for path in paths if path), name)
        listed = _listed(commit, path, listed)
        found.insert(0, _Version(commit[:10], date, author, subject, listed))
    return found


def _listed(commit: str, path: str, before: frozenset[str]) -> frozenset[str]:
    shown = _run("show", f"{commit}:{path}")
    if shown.returncode:
        return frozenset()  # the commit removed the file
    try:
        return frozenset(member.name for member in members("", read(shown.stdout.decode())))
    except (Unreadable, UnicodeDecodeError):
        return before


def _git(*arguments: str) -> str:
    done = _run(*arguments)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise Refused(f"git cannot tell the history: {said[0] if said else 'it failed'}")
    return done.stdout.decode(errors="replace")


def _run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603 - a list of ours, no shell
            ["git", "-c", "log.showSignature=false", *arguments],  # noqa: S607 - git is where the PATH has it
            cwd=Path(),
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise Refused("There is no git on the PATH.") from None
