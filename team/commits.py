"""The stack files in git: their versions along the first parents, from the commits on this machine alone."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path, PurePosixPath

from team.go_yaml import Unreadable
from team.listing import Member, members
from team.stack_files import Refused
from team.stack_yaml import read

_PULL_REQUEST = re.compile(r"\(#([0-9]+)\)|^Merge pull request #([0-9]+)")
_HASH = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
_LATEST = 253_402_300_799  # seconds; the end of the year 9999, since a commit may say anything
# In all folders, so that a project that moved within its repository keeps its history.
_STACK_FILES = ":(top,glob)**/Pulumi.*.yaml"


@dataclass(frozen=True)
class Commit:
    """A commit; `date` is the committer's, in UTC, and `id` the whole hash."""

    id: str
    date: datetime
    author: str
    subject: str

    @property
    def short(self) -> str:
        """The first ten characters of the hash."""
        return self.id[:10]

    @property
    def pull_request(self) -> str:
        """The number of the pull request, where the subject has one."""
        found = _PULL_REQUEST.search(self.subject)
        return (found[1] or found[2]) if found else ""

    @property
    def day_and_time(self) -> str:
        """The date in ISO 8601."""
        return f"{self.date:%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True)
class Version:
    """What one commit made of a stack file: `path`, from the top of the repository, is None where it was removed."""

    commit: Commit
    path: str | None
    before: Version | None

    @property
    def stack(self) -> str:
        """The stack whose file it is, or was."""
        path = self.path or (self.before.path if self.before else None) or ""
        return PurePosixPath(path).name.removeprefix("Pulumi.").removesuffix(".yaml")

    @property
    def members(self) -> dict[str, Member]:
        """Name -> member; a version that cannot be read says what the one before it said."""
        version: Version | None = self
        while version:
            if version.own is not None:
                return version.own
            version = version.before
        return {}

    @cached_property
    def own(self) -> dict[str, Member] | None:
        """What this version says by itself; None if it cannot be read."""
        if self.path is None:
            return {}
        text = _git("cat-file", "blob", f"{self.commit.id}:{self.path}")
        try:
            listed = members(self.stack, read(text.decode()))
        except (Unreadable, UnicodeDecodeError):
            return None
        return {member.name: member for member in reversed(listed)}


def versions(until: str | None = None) -> list[Version]:
    """All versions of all stack files of this folder, now and once, up to a commit, or HEAD; the oldest first.

    Raises:
        Refused: there is no git history, or not all of it.
    """
    if _git("rev-parse", "--is-shallow-repository").strip() == b"true":
        raise Refused("This clone has only a part of the history. Get all of it: git fetch --unshallow")
    here = PurePosixPath(_git("rev-parse", "--show-prefix").decode().rstrip("\n"))
    newest: dict[str, Version] = {}
    found: list[Version] = []
    for commit, changes in _log(until):
        # Read before any is written: two files may change places.
        made = [(old, new, Version(commit, new, newest.get(old or new or ""))) for old, new in changes]
        for old, _, _ in made:
            newest.pop(old or "", None)
        newest |= {new: version for _, new, version in made if new}
        found += [version for *_, version in made]
    return [version for version in found if _was_in(here, version)]


def commits_between(first: str | None, last: str) -> set[str]:
    """The hashes that `last` has and `first` has not."""
    return set(_git("rev-list", last, *([f"^{first}"] if first else []), "--").decode().split())


def commit_of(name: str) -> str | None:
    """The hash of a commit that is named by a hash, a tag, a branch; None if there is none."""
    if name.startswith("-"):
        return None
    done = _run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    return done.stdout.decode().strip() or None if done.returncode == 0 else None


def is_ancestor(one: str, other: str) -> bool:
    """Whether a commit is before another, or the same."""
    return _run("merge-base", "--is-ancestor", one, other).returncode == 0


def _was_in(folder: PurePosixPath, version: Version) -> bool:
    paths = (version.path, version.before.path if version.before else None)
    return any(path is not None and PurePosixPath(path).parent == folder for path in paths)


def _log(until: str | None) -> list[tuple[Commit, list[tuple[str | None, str | None]]]]:
    """Each commit with the stack files that it changed, as path before and path after."""
    log = ("log", "--first-parent", "-m", "--reverse", "--name-status", "-M", "-z")
    form = "--format=%x00%H%x00%ct%x00%an%x00%s%x00"  # nothing in a commit has a NUL
    parts = iter(_git(*log, form, *([until] if until else []), "--", _STACK_FILES).decode(errors="replace").split("\0"))
    found: list[tuple[Commit, list[tuple[str | None, str | None]]]] = []
    for part in parts:
        status = part.strip("\n")
        if _HASH.fullmatch(status):
            date = datetime.fromtimestamp(min(int(next(parts)), _LATEST), timezone.utc)
            found.append((Commit(status, date, author=next(parts), subject=next(parts)), []))
        elif status:
            old = new = next(parts)
            if status[0] in "RC":
                new = next(parts)
            found[-1][1].append((None if status[0] in "AC" else old, None if status == "D" else new))
    return found


def _git(*arguments: str) -> bytes:
    done = _run(*arguments)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise Refused(f"git cannot tell the history: {said[0] if said else 'it failed'}")
    return done.stdout


def _run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    settings = ("log.showSignature=false", "log.diffMerges=separate", "i18n.logOutputEncoding=UTF-8")
    try:
        return subprocess.run(  # noqa: S603 - a list of ours, no shell
            ["git", *(part for setting in settings for part in ("-c", setting)), *arguments],  # noqa: S607 - git is where the PATH has it
            cwd=Path(),
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise Refused("There is no git on the PATH.") from None
