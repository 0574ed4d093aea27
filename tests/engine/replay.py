"""The account's log of calls, replayed: who was in which group, and what the group had, after every write."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sandbox.account import LoggedCall

DENY = "deny-pipeline-changes"
# Call -> how it changes which set of a group, by which parameter.
CHANGES: dict[str, tuple[Callable[[set[str], str], None], str, str]] = {
    "PutGroupPolicy": (set.add, "inline", "PolicyName"),
    "DeleteGroupPolicy": (set.discard, "inline", "PolicyName"),
    "AttachGroupPolicy": (set.add, "attached", "PolicyArn"),
    "DetachGroupPolicy": (set.discard, "attached", "PolicyArn"),
    "AddUserToGroup": (set.add, "members", "UserName"),
    "RemoveUserFromGroup": (set.discard, "members", "UserName"),
}


@dataclass
class Group:
    inline: set[str] = field(default_factory=set)
    attached: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)


def moments(calls: Iterable[LoggedCall]) -> Iterator[dict[str, Group]]:
    """The groups after each call that succeeded; the same objects every time."""
    groups: dict[str, Group] = defaultdict(Group)
    for call in calls:
        given = call.parameters
        if call.error or "GroupName" not in given:
            continue
        group = groups[given["GroupName"]]
        if call.action in CHANGES:
            change, what, name = CHANGES[call.action]
            change(getattr(group, what), given[name])
        elif call.action == "UpdateGroup" and "NewGroupName" in given:
            groups[given["NewGroupName"]] = groups.pop(given["GroupName"])
        elif call.action == "DeleteGroup":
            del groups[given["GroupName"]]
        yield groups


def members_without_the_deny(calls: Iterable[LoggedCall]) -> set[str]:
    """Who was, at any moment, a member of a group without the Deny."""
    return {
        member
        for groups in moments(calls)
        for group in groups.values()
        if DENY not in group.inline
        for member in group.members
    }


def gaps(calls: Iterable[LoggedCall], member: str) -> int:
    """How often `member` lost access that they had."""
    had_access, lost = False, 0
    for groups in moments(calls):
        has_access = any(
            member in group.members and any("developer-policy" in arn for arn in group.attached)
            for group in groups.values()
        )
        lost += had_access and not has_access
        had_access = has_access
    return lost
