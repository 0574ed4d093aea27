"""The members of a team's group: what the code says, how they sign in, and what else they have.

Numbers of the CIS AWS Foundations Benchmark: MFA for console users (1.9), unused for 45 days (1.11), keys older than 90
days (1.13), permissions only through groups (1.14).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from audit.report import Member, Note
from audit.saved_answer import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from audit.account import Account, Principal
    from audit.extras import AccessKey, Extras, Person

INVITATION_DAYS = 7
UNUSED_DAYS = 45
KEY_DAYS = 90
GUARD_RAILS = ("deny-pipeline-changes", "own-mfa-device", "require-mfa")
ENDS = "until-"  # the inline policies that end somebody's access on a day
CHANGE_PASSWORD = "iam::aws:policy/IAMUserChangePassword"  # noqa: S105 - the end of an ARN


@dataclass(frozen=True)
class Team:
    """A team's group; what the code says of it is None where only its name was given."""

    group: str
    policy_arn: str | None = None
    developers: tuple[str, ...] | None = None


def team_of(path: Path) -> Team:
    """Read what `pulumi stack output --json` printed.

    Raises:
        NoAnswer: it is something else.
    """
    what = f"{path} is not what pulumi stack output --json prints for a stack of this project"
    try:
        outputs: Any = json.loads(path.read_bytes())
        group, policy, developers = outputs["group"], outputs["policyArn"], outputs["developers"]
    except OSError as error:
        raise NoAnswer(f"{path} cannot be read: {(error.strerror or 'it is not a file').lower()}.") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NoAnswer(f"{what}: it lacks group, policyArn or developers.") from None
    if not isinstance(group, str) or not isinstance(policy, str) or not isinstance(developers, list):
        raise NoAnswer(f"{what}.")
    return Team(group, policy, tuple(map(str, developers)))


def members(account: Account, extras: Extras, teams: Sequence[Team], now: datetime) -> list[Member]:
    """Everybody in the teams' groups, by group and name."""
    found = []
    for team in teams:
        for principal in account.principals:
            if principal.kind == "user" and team.group.lower() in (group.lower() for group in principal.groups):
                person = extras.people.get(principal.name)
                notes = (
                    *_of_code(team, principal),
                    *(_of_sign_in(person, now) if person else (Note("low", "how they sign in was not read"),)),
                    *_of_principal(team, principal),
                )
                found.append(
                    Member(
                        team.group,
                        principal.arn,
                        person.mfa if person else False,
                        person.last_sign_in if person else None,
                        notes,
                    )
                )
    return found


def group_notes(account: Account, teams: Sequence[Team]) -> Iterator[str]:
    """Where a group itself is not as the code says."""
    for team in teams:
        groups = [one for one in account.principals if one.kind == "group" and one.name.lower() == team.group.lower()]
        if not groups:
            yield f"high: There is no group {team.group}."
        for group in groups:
            yield from _of_policies(team, group)
            joined = {one.name.lower() for one in account.principals if group.name in one.groups}
            for name in team.developers or ():
                if name.lower() not in joined:
                    yield f"medium: {name} is not in group {group.name}, as the code says."


def _of_policies(team: Team, group: Principal) -> Iterator[str]:
    named = {source.policy for source in group.sources}
    for source in group.sources:
        if source.kind == "inline":
            foreign = source.policy not in GUARD_RAILS and not source.policy.startswith(ENDS)
        else:
            foreign = source.policy != team.policy_arn and not source.policy.endswith(CHANGE_PASSWORD)
        if foreign and team.policy_arn:
            yield f"high: Group {group.name} has {source}, which the code does not say."
    if team.policy_arn and team.policy_arn not in named:
        yield f"medium: Group {group.name} lacks {team.policy_arn}, which the code says."
    if team.policy_arn and GUARD_RAILS[0] not in named:
        yield f"medium: Group {group.name} has no {GUARD_RAILS[0]}: other grants are not undone."


def _of_code(team: Team, principal: Principal) -> Iterator[Note]:
    developers = team.developers
    if developers is not None and principal.name.lower() not in [name.lower() for name in developers]:
        yield Note("high", "in the group, but not a developer in the code")


def _of_sign_in(person: Person, now: datetime) -> Iterator[Note]:
    if person.invited and not person.mfa:
        yield Note("high", "no MFA device")
    if person.invited and person.last_sign_in is None:
        days = (now - person.invited).days
        if days > INVITATION_DAYS:
            yield Note("medium", f"invited {days} days ago and never signed in: reissue the password, or remove them")
    elif person.last_sign_in and (now - person.last_sign_in).days > UNUSED_DAYS:
        yield Note("medium", f"last signed in {(now - person.last_sign_in).days} days ago")
    if not person.invited and not any(key.active for key in person.keys):
        yield Note("low", "cannot sign in: no password, no active access key")
    for key in person.keys:
        yield _of_key(key, now)


def _of_key(key: AccessKey, now: datetime) -> Note:
    age = (now - key.made).days
    used = f"last used {(now - key.last_used).days} days ago" if key.last_used else "never used"
    text = f"access key {key.key_id}, {age} days old, {used}"
    if not key.active:
        return Note("low", f"{text}, switched off")
    return Note("high" if age > KEY_DAYS else "medium", text)


def _of_principal(team: Team, principal: Principal) -> Iterator[Note]:
    own = [source for source in principal.sources if source.group is None]
    if own:
        yield Note("high", f"policies of their own: {', '.join(source.policy for source in own)}")
    others = [group for group in principal.groups if group.lower() != team.group.lower()]
    if others:
        yield Note("low", f"also in {', '.join(others)}")
    if principal.boundary is None:
        yield Note("low", "no permissions boundary")
