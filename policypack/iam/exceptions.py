"""Exceptions that end: what is accepted although a rule objects, why, and until which day.

    [{"match": "arn:aws:iam::*:policy/central/*", "reason": "reviewed by security, SEC-12", "until": "2027-06-30"}]

`match` is a pattern in which `*` is any run of characters. It is compared with what a rule objects to: a resource's
URN (`urn:pulumi:...`), an ARN (`arn:...`), `group/NAME` or `user/NAME`. Whoever calls says what day it is.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from .matching import matches

MAX_DAYS = 366  # an exception ends at most so many days ahead
SOON = 30  # days before its end from which an exception is said to end soon
_FIELDS = ("match", "reason", "until")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MAX_LENGTH = 2_048  # characters of a pattern or a reason; as long as the longest ARN
_ANY = "\0"  # stands in no name, so only a star matches it
_SEPARATOR_IN_NAME = "\1"
_FORMS_OF_ANYTHING = (
    f"arn:{_ANY}",
    *(f"arn:{partition}:iam::{_ANY}:{what}/{_ANY}" for partition in ("aws", "aws-cn", "aws-us-gov") for what in (
        "group", "policy", "role", "user"
    )),
    f"group/{_ANY}",
    f"policy/{_ANY}",
    f"role/{_ANY}",
    f"user/{_ANY}",
)  # fmt: skip


class BadExceptions(ValueError):
    """The list of exceptions cannot be used; the text has every problem, one a line, each with its place."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class ListedException:
    """One entry of the list, checked. It may have ended already."""

    match: str
    reason: str
    until: date
    """The last day on which it is in force, through midnight UTC."""
    days_left: int
    """0 on its last day; negative once it has ended."""

    @property
    def ended(self) -> bool:
        """Whether it excuses nothing any more."""
        return self.days_left < 0

    def covers(self, values: Iterable[str]) -> bool:
        """Whether `match` names one of `values`, be it in force or not."""
        pattern = _comparable(self.match)
        return any(matches(pattern, _comparable(value)) for value in values)

    def __str__(self) -> str:
        """Such as: "group/operations" until 2027-06-30 (reviewed by security, SEC-12)."""
        return f'"{self.match}" until {self.until} ({self.reason})'


def parse_exceptions(written: object, today: date, where: str = "exceptions") -> tuple[ListedException, ...]:
    """Read a list of exceptions, ended ones included.

    Args:
        written: the list, as JSON parses it.
        today: the day in UTC.
        where: how messages name the list.

    Raises:
        BadExceptions: with everything that is wrong. Then nothing is excused.
    """
    if isinstance(written, (str, bytes)) or not isinstance(written, Sequence):
        raise BadExceptions([f"{where} is not a list."])
    problems: list[str] = []
    read: list[ListedException] = []
    for index, entry in enumerate(written):
        place = f"{where}[{index}]"
        found = _problems(entry, today)
        problems += [f"{place}{problem}{_told(entry)}" for problem in found]
        if not found and isinstance(entry, Mapping):
            until = date.fromisoformat(entry["until"])
            read.append(ListedException(entry["match"], entry["reason"].strip(), until, (until - today).days))
    if problems:
        raise BadExceptions(problems)
    return tuple(read)


def exception_for(exceptions: Iterable[ListedException], *values: str) -> ListedException | None:
    """The exception in force that excuses one of `values`; None if none does."""
    return next((known for known in exceptions if not known.ended and known.covers(values)), None)


def ended_exception_for(exceptions: Iterable[ListedException], *values: str) -> ListedException | None:
    """The exception that would excuse one of `values` had it not ended, to say so; None if there is none."""
    return next((known for known in exceptions if known.ended and known.covers(values)), None)


def unused(exceptions: Iterable[ListedException], objected: Iterable[str]) -> list[ListedException]:
    """The exceptions, ended ones included, that name nothing of what was objected to."""
    values = list(objected)
    return [known for known in exceptions if not known.covers(values)]


def ending_soon(exceptions: Iterable[ListedException], days: int = SOON) -> list[ListedException]:
    """The exceptions in force that end within `days` days."""
    return [known for known in exceptions if 0 <= known.days_left <= days]


def _problems(entry: object, today: date) -> list[str]:
    """What is wrong with one entry; each continues the entry's place."""
    if not isinstance(entry, Mapping):
        return [f" is not an object with {', '.join(_FIELDS)}."]
    problems = [_unknown_field(name) for name in entry if name not in _FIELDS]
    for field in _FIELDS:
        value = entry.get(field)
        if not isinstance(value, str) or not value.strip():
            problems.append(f".{field} is missing. Write a string, such as {_EXAMPLES[field]}.")
        elif len(value) > _MAX_LENGTH or not value.isprintable():
            problems.append(f".{field} is longer than {_MAX_LENGTH:,} characters, or has more than one line.")
        elif field == "match":
            problems += _match_problems(value)
        elif field == "until":
            problems += _until_problems(value, today)
    return problems


def _told(entry: object) -> str:
    """Reason and end of an entry as far as they are written, so that whoever reads of it knows which one it is."""
    values = [(field, entry.get(field)) for field in ("reason", "until")] if isinstance(entry, Mapping) else []
    told = [f"{field} {value[:200]!r}" for field, value in values if isinstance(value, str) and value.isprintable()]
    return f" ({', '.join(told)})" if told else ""


_EXAMPLES = {
    "match": '"arn:aws:iam::*:policy/central/*"',
    "reason": '"reviewed by security, SEC-12"',
    "until": '"2027-06-30"',
}


def _unknown_field(name: object) -> str:
    near = get_close_matches(str(name), _FIELDS, 1)
    known = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(_FIELDS)}."
    return f" has the field {str(name)[:80]!r}. {known}"


def _match_problems(pattern: str) -> list[str]:
    if pattern != pattern.strip() or "?" in pattern:
        return [".match contains ?, or starts or ends with a space. The only wildcard is *."]
    if any(matches(pattern, anything) for anything in (*_FORMS_OF_ANYTHING, _any_resource_of(pattern))):
        return [f'.match "{pattern}" matches everything. Name what is to be accepted.']
    return []


def _any_resource_of(pattern: str) -> str:
    """A URN of no known type and name in the stack and project that the pattern names."""
    stack_and_project = [part.replace("*", _ANY) for part in pattern.split("::")[:2]]
    stack = stack_and_project[0] if stack_and_project[0].startswith("urn:pulumi:") else f"urn:pulumi:{_ANY}"
    project = stack_and_project[1] if len(stack_and_project) > 1 else _ANY
    return f"{stack}::{project}::{_ANY}::{_ANY}"


def _until_problems(text: str, today: date) -> list[str]:
    try:
        until = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        until = None
    if until is None:
        return [f'.until "{text[:80]}" is not a date. Write it like this: "{today}".']
    if (until - today).days > MAX_DAYS:
        return [f".until {until} is more than {MAX_DAYS} days ahead. Review exceptions at least once a year."]
    return []


def _comparable(value: str) -> str:
    """Names of users, groups and roles in lower case; URNs and ARNs so that no name in them looks like other parts.

    A resource may be called "x::aws:iam/role:Role::deploy": `urn:pulumi:*::aws:iam/role:Role::deploy` is not about it.
    """
    if value.startswith("urn:"):
        *parts, name = value.split("::", 3)
        return "::".join([*parts, name.replace("::", _SEPARATOR_IN_NAME)])
    if value.startswith("arn:"):
        *parts, name = value.split(":", 5)
        return ":".join([*parts, name.replace(":", _SEPARATOR_IN_NAME)])
    return value.lower() if value.startswith(("group/", "user/", "role/")) else value
