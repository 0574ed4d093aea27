"""The report, as values and as JSON; its form is in report.schema.json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from datetime import datetime

    from audit._iam import ListedException
    from audit.findings import Finding

CHANGES = ("codepipeline:CreatePipeline", "codepipeline:UpdatePipeline", "codepipeline:DeletePipeline")
VERSION: Literal[1] = 1
SCHEMA = Path(__file__).parent / "report.schema.json"

ROOT = "The root user can change every pipeline, and no IAM policy limits it. Keep its MFA device locked away."
SERVICE_LINKED = "Service-linked roles are used only by their services, with policies that AWS owns."


class ThroughJson(TypedDict):
    """A way, as in the schema."""

    kind: str
    policy: str
    group: str | None
    statement: int
    conditional: bool


class FindingJson(TypedDict):
    """A finding, as in the schema."""

    principal: str
    kind: str
    verdict: str
    actions: list[str]
    through: list[ThroughJson]
    resources: list[str]
    limits: list[str]
    reason: str


class SecondHandJson(TypedDict):
    """What leads to a change in two steps, as in the schema."""

    principal: str
    how: str
    to: str | None
    actions: list[str]


class MemberJson(TypedDict):
    """A member of a team, as in the schema."""

    group: str
    user: str
    mfa: bool
    last_sign_in: str | None
    findings: list[str]


class ExceptionJson(TypedDict):
    """An exception, as in the schema."""

    match: str
    reason: str
    until: str
    in_force: bool
    excuses: list[str]


class ReportJson(TypedDict):
    """A report, as in the schema."""

    version: Literal[1]
    account: str | None
    at: str
    actions: list[str]
    complete: bool
    findings: list[FindingJson]
    second_hand: list[SecondHandJson]
    members: list[MemberJson]
    exceptions: list[ExceptionJson]
    notes: list[str]


@dataclass(frozen=True)
class SecondHand:
    """Somebody who can give themselves what they have not: in one step more."""

    principal: str
    """An ARN, or what a trust policy names."""
    how: Literal["escalation", "assume-role", "starts-pipeline"]
    to: str | None
    actions: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Note:
    """A level, and a sentence about a member or a group."""

    level: Literal["high", "medium", "low"]
    text: str

    def __str__(self) -> str:
        """Such as: high: no MFA device."""
        return f"{self.level}: {self.text}"


@dataclass(frozen=True)
class Member:
    """What is known of somebody in a team's group."""

    group: str
    user: str
    mfa: bool
    last_sign_in: datetime | None
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Excused:
    """An exception, and whom it excuses; nobody once it has ended."""

    exception: ListedException
    findings: tuple[Finding, ...]
    second_hand: tuple[SecondHand, ...] = ()
    """Listed all the same, but they do not count for the exit code."""


@dataclass(frozen=True)
class Read:
    """What was asked, by whom and of whom, and what came back."""

    account: str | None
    at: datetime
    asked_by: str | None
    """The ARN of the caller; None where a file does not say."""
    where: str
    """The file, or the account's API."""
    sha256: str
    """Of the saved answer."""
    counts: tuple[tuple[str, int], ...]
    """What was read and how much of it, such as ("users", 12)."""
    complete: bool
    """Whether everything that counts could be read."""
    notes: tuple[str, ...]
    """What could not be read, and what is true of every account."""


@dataclass(frozen=True)
class Report:
    """Everything that is shown."""

    read: Read
    actions: tuple[str, ...]
    findings: tuple[Finding, ...]
    second_hand: tuple[SecondHand, ...]
    members: tuple[Member, ...]
    exceptions: tuple[Excused, ...]

    @property
    def second_hand_that_counts(self) -> list[SecondHand]:
        """Those that no exception excuses."""
        excused = {found for one in self.exceptions for found in one.second_hand}
        return [found for found in self.second_hand if found not in excused]

    def count(self, verdict: Literal["can", "unknown"]) -> int:
        """How many principals can; of how many it cannot be told, leaving out those that can something else."""
        can = {finding.principal.arn for finding in self.findings if finding.verdict == "can"}
        return len(can) if verdict == "can" else len({finding.principal.arn for finding in self.findings} - can)

    @property
    def asked(self) -> str:
        """What somebody can, in words."""
        return "change a pipeline" if self.actions == CHANGES else f"use {' or '.join(self.actions)}"

    def summary(self) -> str:
        """One sentence."""
        can, unknown = self.count("can"), self.count("unknown")
        does = self.asked
        if can:
            more = f"; for {unknown:,} more it cannot be determined" if unknown else ""
            return f"{_principals(can)} can {does}{more}."
        if unknown:
            return f"Nobody is known to be able to {does}, but for {_principals(unknown)} it cannot be determined."
        return f"Nobody can {does}."


def _principals(number: int) -> str:
    return f"{number:,} principal{'' if number == 1 else 's'}"


def instant(moment: datetime | None) -> str | None:
    """Such as 2026-11-24T05:00:00Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def as_json(report: Report) -> str:
    """The report as JSON text; the same report gives the same text."""
    return json.dumps(_json(report), indent=1) + "\n"


def _json(report: Report) -> ReportJson:
    return {
        "version": VERSION,
        "account": report.read.account,
        "at": str(instant(report.read.at)),
        "actions": list(report.actions),
        "complete": report.read.complete,
        "findings": [_finding(finding) for finding in report.findings],
        "second_hand": [
            {"principal": found.principal, "how": found.how, "to": found.to, "actions": list(found.actions)}
            for found in report.second_hand
        ],
        "members": [_member(member) for member in report.members],
        "exceptions": [_exception(excused) for excused in report.exceptions],
        "notes": list(report.read.notes),
    }


def _finding(finding: Finding) -> FindingJson:
    return {
        "principal": finding.principal.arn,
        "kind": finding.principal.kind,
        "verdict": finding.verdict,
        "actions": list(finding.actions),
        "through": [
            {
                "kind": way.source.kind,
                "policy": way.source.policy,
                "group": way.source.group,
                "statement": way.statement,
                "conditional": way.conditional,
            }
            for way in finding.ways
        ],
        "resources": list(finding.resources),
        "limits": list(finding.limits),
        "reason": finding.reason,
    }


def _member(member: Member) -> MemberJson:
    return {
        "group": member.group,
        "user": member.user,
        "mfa": member.mfa,
        "last_sign_in": instant(member.last_sign_in),
        "findings": [str(note) for note in member.notes],
    }


def _exception(excused: Excused) -> ExceptionJson:
    exception = excused.exception
    return {
        "match": exception.match,
        "reason": exception.reason,
        "until": exception.until.isoformat(),
        "in_force": not exception.ended,
        "excuses": [
            *dict.fromkeys(
                (*(one.principal.arn for one in excused.findings), *(one.principal for one in excused.second_hand))
            )
        ],
    }
