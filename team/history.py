"""Since when, by whom and why each member has access: from git alone, by what each version of a stack file says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from team.commits import Commit, Version
    from team.listing import Member


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
    access: str
    credential_issue: int
    pgp_fingerprint: str


def history(versions: Sequence[Version], today: Iterable[Member]) -> list[Entry]:
    """When each member came.

    Args:
        versions: of all stack files, the oldest first; renames are followed.
        today: the members now.
    """
    newest: dict[str, Version] = {}
    for version in versions:
        if version.before:
            newest.pop(version.before.stack, None)
        newest[version.stack] = version
    return [_entry(member, _came(member.name, newest.get(member.stack))) for member in today]


def _came(name: str, version: Version | None) -> Commit | None:
    """The commit of the first of those in a row that list the name, up to this version."""
    came = None
    while version and name in version.members:
        came, version = version.commit, version.before
    return came


def _entry(member: Member, came: Commit | None) -> Entry:
    return Entry(
        stack=member.stack,
        name=member.name,
        since=came.day_and_time if came else "",
        author=came.author if came else "",
        commit=came.short if came else "",
        pull_request=came.pull_request if came else "",
        subject=came.subject if came else "not committed yet",
        until=member.until,
        access=member.access,
        credential_issue=member.credential_issue,
        pgp_fingerprint=member.pgp_fingerprint,
    )
