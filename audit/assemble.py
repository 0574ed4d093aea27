"""From an account to the report: findings, exceptions, second hand, members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from audit._iam import exception_for
from audit.findings import Judge
from audit.people import group_notes, members
from audit.report import ROOT, SERVICE_LINKED, Excused, Read, Report
from audit.second_hand import Roles, extending_themselves, starting
from audit.text_formats import names_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from audit._iam import ListedException
    from audit.account import Account, Principal
    from audit.account import Source as Policy
    from audit.extras import Extras
    from audit.findings import Finding
    from audit.people import Team
    from audit.report import SecondHand


@dataclass(frozen=True)
class Asked:
    """What the report is to answer."""

    actions: tuple[str, ...]
    exceptions: tuple[ListedException, ...] = ()
    teams: tuple[Team, ...] = ()


@dataclass(frozen=True)
class Source:
    """Where the account's answer came from."""

    where: str
    sha256: str
    at: datetime


def report_of(account: Account, extras: Extras, source: Source, asked: Asked) -> Report:
    """Decide everything that is asked."""
    if extras.organization == "unread":
        account.may_be_denied = "the service control policies could not be read, and one of them may deny it"
    judge = Judge(account)
    found = judge.findings(asked.actions, account.principals)
    roles = Roles(judge)
    second_hand = _second_hand(judge, roles, found, asked.actions, extras)
    findings, excused = _excuse(found, second_hand, asked.exceptions)
    read = Read(
        account=account.number,
        at=source.at,
        asked_by=extras.asked_by,
        where=source.where,
        sha256=source.sha256,
        counts=_counts(account, extras),
        complete=not (account.problems_in_use or roles.problems or extras.notes),
        notes=(*_notes(roles, extras), *_unread(account, found), *group_notes(account, asked.teams)),
    )
    return Report(
        read, asked.actions, findings, second_hand, tuple(members(account, extras, asked.teams, source.at)), excused
    )


def _second_hand(
    judge: Judge, roles: Roles, found: Sequence[Finding], actions: Sequence[str], extras: Extras
) -> tuple[SecondHand, ...]:
    """Those who can in one step more, without those who can all of it anyway."""
    principals = judge.account.principals
    able: dict[str, str] = {}
    for finding in found:
        if finding.principal.kind == "role":
            verb = "can use" if finding.verdict == "can" else "may be able to use"
            able[finding.principal.arn] = f"{verb} {names_of(finding.actions)}"
    anyway = {
        one.principal.arn
        for one in found
        if all(judge.decision(one.principal, action)[0].verdict == "can" for action in actions)
    }
    rest = [principal for principal in principals if principal.arn not in anyway]
    listed = [*extending_themselves(judge, rest), *roles.taking(able, anyway)]
    if extras.pipelines and extras.region:
        listed += starting(judge, extras.pipelines, extras.region, able, anyway)
    return tuple(sorted(dict.fromkeys(listed), key=lambda one: (one.principal, one.how, one.to or "")))


def _notes(roles: Roles, extras: Extras) -> Iterator[str]:
    """What is true of every account, what could not be read, and whom the pipelines' own roles trust."""
    yield ROOT
    yield SERVICE_LINKED
    yield from extras.notes
    if extras.organization == "not asked":
        yield "The file has no service control policies: what they deny is not taken into account."
    if extras.pipelines is None:
        yield "Pipelines were not read: who may start one whose role can is not known."
    for arn, problem in sorted(roles.problems.items()):
        yield f"The trust policy of {arn} cannot be read ({problem}): who may assume the role is not known."
    verb = "run" if extras.pipelines else "can run"
    for role, trusted in roles.of_pipelines(extras.pipelines or ()):
        yield f"Pipelines {verb} with {role}, which trusts {', '.join(trusted)}."


def _unread(account: Account, found: Sequence[Finding]) -> Iterator[str]:
    """The documents in use that cannot be read and that no finding names."""
    holders: dict[int, list[tuple[Principal, Policy]]] = {}
    for principal in account.principals:
        for policy in (*principal.sources, *([principal.boundary] if principal.boundary else [])):
            if policy.document in account.problems:
                holders.setdefault(policy.document, []).append((principal, policy))
    named = {finding.principal.arn for finding in found}
    for document, held in holders.items():
        if named.isdisjoint(principal.arn for principal, _ in held):
            principal, policy = held[0]
            others = f" and {len(held) - 1} more" if len(held) > 1 else ""
            yield f"For {principal.arn}{others}, {policy} cannot be read ({account.problems[document]})."
    for document in {number for level in account.levels for number in level} & account.problems.keys():
        yield f"A service control policy cannot be read ({account.problems[document]})."


def _excuse(
    found: Iterable[Finding], second_hand: Iterable[SecondHand], exceptions: Sequence[ListedException]
) -> tuple[tuple[Finding, ...], tuple[Excused, ...]]:
    """What is left, and each exception with whom it excuses."""
    left: list[Finding] = []
    excused: dict[int, list[Finding]] = {}
    for finding in found:
        principal = finding.principal
        exception = exception_for(exceptions, principal.arn, f"{principal.kind}/{principal.name}")
        if exception is None:
            left.append(finding)
        else:
            excused.setdefault(id(exception), []).append(finding)
    indirect: dict[int, list[SecondHand]] = {}
    for one in second_hand:
        path, _, name = one.principal.partition("/")
        also = f"{path.rpartition(':')[2]}/{name.rpartition('/')[2]}"
        exception = exception_for(exceptions, one.principal, also)
        if exception is not None:
            indirect.setdefault(id(exception), []).append(one)
    return tuple(left), tuple(
        Excused(known, tuple(excused.get(id(known), ())), tuple(indirect.get(id(known), ()))) for known in exceptions
    )


def _counts(account: Account, extras: Extras) -> tuple[tuple[str, int], ...]:
    kinds = [principal.kind for principal in account.principals]
    return (
        *((f"{kind}s", kinds.count(kind)) for kind in ("user", "group", "role")),
        ("managed policies", account.policies),
        ("distinct documents", len(account.documents)),
        *((("pipelines", len(extras.pipelines)),) if extras.pipelines is not None else ()),
        *((("service control policies", sum(map(len, extras.levels))),) if extras.levels else ()),
    )
