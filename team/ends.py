"""Whose access has ended, and whose ends soon, from the stack files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.end_of_access import end_of_access, in_words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from team.listing import Member


@dataclass(frozen=True)
class End:
    """One member whose access has ended or ends soon; `access` says it in words."""

    stack: str
    name: str
    access: str


def ends(members: Iterable[Member], now: datetime, within: timedelta) -> list[End]:
    """Who is past their end or reaches it in time, by their ends; first of all those whose end cannot be read."""
    unreadable: list[End] = []
    found: list[tuple[datetime, End]] = []
    for member in members:
        if not member.until:
            continue
        try:
            end = end_of_access(member.until)
        except ValueError:
            unreadable.append(End(member.stack, member.name, f"until is no date: {member.until!r}"))
            continue
        if end - now <= within:
            says = f"{'ended' if end <= now else 'ends'} {in_words(end)}"
            found.append((end, End(member.stack, member.name, says)))
    return unreadable + [end for _, end in sorted(found, key=lambda pair: pair[0])]
