"""What completes an answer of IAM's: who asked and when, the organization, pipelines, and how people sign in.

It stands in a saved answer under "Audit"; an answer that the AWS CLI saved has none of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Literal

from audit.saved_answer import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping

Organization = Literal["none", "management", "read", "unread", "not asked"]


@dataclass(frozen=True)
class AccessKey:
    """A key, without its secret."""

    key_id: str
    active: bool
    made: datetime
    last_used: datetime | None


@dataclass(frozen=True)
class Person:
    """How a user signs in."""

    mfa: bool
    last_sign_in: datetime | None
    invited: datetime | None
    """When the password was made; None if there is none."""
    keys: tuple[AccessKey, ...]


@dataclass(frozen=True)
class Pipeline:
    """A pipeline, and the ARN of the role that it runs with."""

    name: str
    role: str


@dataclass(frozen=True)
class Extras:
    """Everything that was asked beside GetAccountAuthorizationDetails."""

    account: str | None = None
    at: datetime | None = None
    asked_by: str | None = None
    region: str | None = None
    organization: Organization = "not asked"
    levels: tuple[tuple[str, ...], ...] = ()
    """The service control policies of each level from the account up."""
    pipelines: tuple[Pipeline, ...] | None = None
    """Those of `region`; None if they were not read."""
    groups: tuple[str, ...] = ()
    people: Mapping[str, Person] = field(default_factory=dict)
    """By user name; whom it lacks was not asked about."""
    notes: tuple[str, ...] = ()
    """What could not be read."""


def extras_of(answer: Mapping[str, Any], where: str) -> Extras:
    """Read the part of an answer that is ours.

    Raises:
        NoAnswer: it is not as this command saved it.
    """
    saved = answer.get("Audit")
    if saved is None:
        return Extras()
    try:
        organization = saved["Organization"]
        return Extras(
            account=str(saved["Account"]),
            at=_instant(saved["At"]),
            asked_by=str(saved["AskedBy"]),
            region=str(saved["Region"]),
            organization=_STATES[organization["State"]],
            levels=tuple(tuple(map(str, level)) for level in organization.get("Levels", ())),
            pipelines=None if saved["Pipelines"] is None else tuple(map(_pipeline, saved["Pipelines"])),
            groups=tuple(map(str, saved["Groups"])),
            people={name: _person(person) for name, person in saved["People"].items()},
            notes=tuple(map(str, saved["Notes"])),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise NoAnswer(
            f"{where} was changed after it was saved: its part Audit is not what this command saves."
        ) from None


_STATES: Mapping[str, Organization] = {"none": "none", "management": "management", "read": "read", "unread": "unread"}


def _instant(value: object) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    return moment.astimezone(timezone.utc)


def _instant_if_any(value: object) -> datetime | None:
    return None if value is None else _instant(value)


def _pipeline(saved: Mapping[str, Any]) -> Pipeline:
    return Pipeline(str(saved["Name"]), str(saved["Role"]))


def _person(saved: Mapping[str, Any]) -> Person:
    return Person(
        bool(saved["Mfa"]),
        _instant_if_any(saved["PasswordLastUsed"]),
        _instant_if_any(saved["Invited"]),
        tuple(
            AccessKey(str(key["Id"]), bool(key["Active"]), _instant(key["Made"]), _instant_if_any(key["LastUsed"]))
            for key in saved["AccessKeys"]
        ),
    )
