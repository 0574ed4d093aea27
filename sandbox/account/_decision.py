"""Whether IAM lets a call pass: policies and their caps against action, resource and conditions.

"Policy evaluation logic" and "IAM JSON policy elements: Condition operators" in the IAM User Guide. It shares nothing
with the policy pack's evaluator, on purpose: each may be a check of the other. Everything here is a pure function.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Decision = Literal["allowed", "explicitDeny", "implicitDeny"]  # the words of SimulatePrincipalPolicy
PolicyType = Literal[  # as AWS's refusals name them
    "identity-based policy",
    "permissions boundary",
    "service control policy",
    "session policy",
    "role trust policy",
]
Context = dict[str, list[str]]  # condition key in lower case -> values


@dataclass(frozen=True)
class Question:
    """What is decided about; an action in full ("iam:CreateUser") and one resource."""

    action: str
    resource: str
    context: Context


@dataclass(frozen=True)
class Verdict:
    """A decision, and the type of policy that made it; None where the call is allowed."""

    decision: Decision
    by: PolicyType | None = None


@dataclass(frozen=True)
class Condition:
    """One line of a condition block; "ForAnyValue:StringLikeIfExists" has a qualifier and may be absent."""

    operator: str  # without qualifier and IfExists
    name: str  # of the key, as written
    key: str  # the same in lower case
    wanted: tuple[str, ...]
    if_exists: bool
    qualifier: str


@dataclass(frozen=True)
class Statement:
    """A statement, taken apart once: asked thousands of times, it is not parsed again."""

    effect: str
    principal: Mapping[str, tuple[str, ...]] | None  # {"*": ...} for everybody; None in an identity-based policy
    names: frozenset[str]  # actions without a wildcard, in lower case
    patterns: tuple[str, ...]  # actions with one
    actions_negated: bool
    resources: tuple[str, ...]
    resources_negated: bool
    conditions: tuple[Condition, ...]
    readable: bool  # every operator is known

    def covers(self, action: str) -> bool:
        """Whether it is about this action."""
        action = action.lower()
        hit = action in self.names or any(_like(pattern, action) for pattern in self.patterns)
        return hit != self.actions_negated

    def concerns(self, question: Question) -> bool:
        """Whether it is about this resource."""
        hit = any(_matches(pattern, question.resource, question.context) for pattern in self.resources)
        return hit != self.resources_negated

    def holds(self, question: Question) -> bool:
        """Whether its conditions hold; an operator that is not known here voids an Allow, not a Deny."""
        if not self.readable:
            return self.effect == "Deny"
        return all(_holds(condition, question.context) for condition in self.conditions)


def decide(documents: Iterable[str], question: Question) -> Decision:
    """What policies of one type say together: an explicit Deny wins; without an Allow it is denied as well."""
    allowed = False
    for document in documents:
        for statement in statements(document):
            if statement.effect == "Allow" and allowed:
                continue
            if statement.covers(question.action) and statement.concerns(question) and statement.holds(question):
                if statement.effect == "Deny":
                    return "explicitDeny"
                allowed = allowed or statement.effect == "Allow"
    return "allowed" if allowed else "implicitDeny"


def decide_with(
    identity_policies: Iterable[str],
    question: Question,
    *,
    boundary: str | None = None,
    session_policies: Sequence[str] = (),
    service_control_policies: Sequence[str] = (),
) -> Verdict:
    """What identity-based policies allow within their caps: all of them have to allow, none may deny.

    Args:
        identity_policies: of the principal and, for a user, of the groups.
        question: action, resource and circumstances.
        boundary: the document of the principal's permissions boundary. None: there is none.
        session_policies: those that a role session was opened with, together. Empty: there are none.
        service_control_policies: those of the organization, together, AWS's own `FullAWSAccess` among them where it is
            attached. Empty: there is no organization. Not asked for service-linked roles and the management account.
    """
    decisions: dict[PolicyType, Decision] = {"identity-based policy": decide(identity_policies, question)}
    if boundary is not None:
        decisions["permissions boundary"] = decide([boundary], question)
    if session_policies:
        decisions["session policy"] = decide(session_policies, question)
    if service_control_policies:
        decisions["service control policy"] = decide(service_control_policies, question)
    for refusal in ("explicitDeny", "implicitDeny"):
        for by, decision in decisions.items():
            if decision == refusal:
                return Verdict(decision, by)
    return Verdict("allowed")


@lru_cache(maxsize=8192)  # documents; an account of thousands of principals has fewer than this in use
def statements(document: str) -> tuple[Statement, ...]:
    """The statements of a policy, in its order."""
    read = json.loads(document)
    if read.get("Version") != "2012-10-17":  # variables are plain text in the older version, which is the default
        read = json.loads(json.dumps(read, ensure_ascii=False).replace("${", "${$}{"))
    return tuple(map(_statement, _listed(read.get("Statement"))))


def _statement(given: Mapping[str, Any]) -> Statement:
    actions = [str(action).lower() for action in _listed(given.get("NotAction", given.get("Action")))]
    conditions = tuple(
        Condition(
            name.removesuffix("IfExists"), key, key.lower(), tuple(map(_text, _listed(values))), if_exists, qualifier
        )
        for operator, block in given.get("Condition", {}).items()
        for qualifier, _, name in [operator.rpartition(":")]
        for if_exists in [name.endswith("IfExists")]
        for key, values in block.items()
    )
    return Statement(
        effect=given.get("Effect", ""),
        principal=_principal(given.get("Principal")),
        names=frozenset(action for action in actions if not set("*?") & set(action)),
        patterns=tuple(action for action in actions if set("*?") & set(action)),
        actions_negated="NotAction" in given,
        resources=tuple(map(str, _listed(given.get("NotResource", given.get("Resource"))))),
        resources_negated="NotResource" in given,
        conditions=conditions,
        readable=all(condition.operator in _OPERATORS for condition in conditions),
    )


def _principal(given: object) -> Mapping[str, tuple[str, ...]] | None:
    if isinstance(given, dict):
        return {kind: tuple(map(str, _listed(who))) for kind, who in given.items()}
    return None if given is None else {"AWS": (str(given),)}  # the lone "*" is {"AWS": "*"}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _holds(condition: Condition, context: Context) -> bool:
    test, negated = _OPERATORS[condition.operator]
    found = context.get(condition.key)
    if condition.operator == "Null":
        return (found is None) == ("true" in map(str.lower, condition.wanted))
    if found is None:
        return condition.if_exists or negated or condition.qualifier == "ForAllValues"

    def passes(value: str) -> bool:
        hit = any(_compared(test, _filled(pattern, context, condition.operator), value) for pattern in condition.wanted)
        return hit != negated

    return all(map(passes, found)) if condition.qualifier == "ForAllValues" else any(map(passes, found))


def _compared(test: Callable[[str, str], bool], wanted: str, value: str) -> bool:
    """What is no number, date or address equals none."""
    try:
        return test(wanted, value)
    except ValueError:
        return False


def _matches(pattern: str, value: str, context: Context) -> bool:
    return pattern == "*" or _like(_filled(pattern, context, "StringLike"), value)


def _filled(pattern: str, context: Context, operator: str) -> str:
    """Policy variables replaced; one without a value matches nothing."""
    if "${" not in pattern:
        return pattern

    def value(found: re.Match[str]) -> str:
        name, _, default = found[1].partition(",")
        if name in ("*", "?", "$"):  # an escaped character: kept apart from the wildcard
            return {"*": "\0", "?": "\1", "$": "$"}[name] if "Like" in operator or "Arn" in operator else name
        values = context.get(name.strip().lower())
        return values[0] if values else (default.strip(" '") if default else "\2")

    return re.sub(r"\$\{([^}]*)\}", value, pattern)


@lru_cache(maxsize=65_536)  # the same few pairs, again and again
def _like(pattern: str, value: str) -> bool:
    """`*` and `?` are the only wildcards; in linear space, without backtracking beyond the last `*`."""
    at = star = -1
    i = j = 0
    while j < len(value):
        if i < len(pattern) and pattern[i] == "*":
            star, at = i, j
            i += 1
        elif i < len(pattern) and (pattern[i] == "?" or _character(pattern[i]) == value[j]):
            i, j = i + 1, j + 1
        elif star >= 0:
            at += 1
            i, j = star + 1, at
        else:
            return False
    return not pattern[i:].strip("*")


def _character(of_pattern: str) -> str:
    return {"\0": "*", "\1": "?"}.get(of_pattern, of_pattern)


def _arn_like(pattern: str, value: str) -> bool:
    """Condition operators: "Each of the six colon-delimited components of the ARN is checked separately"."""
    wanted, found = pattern.split(":", 5), value.split(":", 5)
    return len(wanted) == len(found) and all(map(_like, wanted, found))


def _in_network(network: str, address: str) -> bool:
    return ip_address(address) in ip_network(network, strict=False)


def _before(wanted: str, value: str) -> bool:
    return _instant(value) < _instant(wanted)


def _instant(text: str) -> datetime:
    """A date of ISO 8601, in UTC where it does not say, or seconds since 1970."""
    if re.fullmatch(r"\d{5,}(\.\d+)?", text):
        return datetime.fromtimestamp(float(text), timezone.utc)
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


_OPERATORS: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    # test(wanted, found), and whether a hit makes the condition false
    "StringEquals": (lambda wanted, value: wanted == value, False),
    "StringNotEquals": (lambda wanted, value: wanted == value, True),
    "StringEqualsIgnoreCase": (lambda wanted, value: wanted.lower() == value.lower(), False),
    "StringNotEqualsIgnoreCase": (lambda wanted, value: wanted.lower() == value.lower(), True),
    "StringLike": (_like, False),
    "StringNotLike": (_like, True),
    "ArnEquals": (_arn_like, False),
    "ArnLike": (_arn_like, False),
    "ArnNotEquals": (_arn_like, True),
    "ArnNotLike": (_arn_like, True),
    "Bool": (lambda wanted, value: wanted.lower() == value.lower(), False),
    "Null": (lambda _wanted, _value: False, False),
    "NumericEquals": (lambda wanted, value: float(value) == float(wanted), False),
    "NumericNotEquals": (lambda wanted, value: float(value) == float(wanted), True),
    "NumericLessThan": (lambda wanted, value: float(value) < float(wanted), False),
    "NumericLessThanEquals": (lambda wanted, value: float(value) <= float(wanted), False),
    "NumericGreaterThan": (lambda wanted, value: float(value) > float(wanted), False),
    "NumericGreaterThanEquals": (lambda wanted, value: float(value) >= float(wanted), False),
    "DateEquals": (lambda wanted, value: _instant(value) == _instant(wanted), False),
    "DateNotEquals": (lambda wanted, value: _instant(value) == _instant(wanted), True),
    "DateLessThan": (_before, False),
    "DateLessThanEquals": (lambda wanted, value: _instant(value) <= _instant(wanted), False),
    "DateGreaterThan": (lambda wanted, value: _before(value, wanted), False),
    "DateGreaterThanEquals": (lambda wanted, value: _instant(value) >= _instant(wanted), False),
    "IpAddress": (_in_network, False),
    "NotIpAddress": (_in_network, True),
}


def _listed(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
