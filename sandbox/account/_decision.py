"""Whether IAM lets a call pass: identity-based policies against action, resource and conditions.

"Policy evaluation logic" and "IAM JSON policy elements: Condition operators" in the IAM User Guide. It shares nothing
with the policy pack's evaluator, on purpose: each may be a check of the other.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Decision = Literal["allowed", "explicitDeny", "implicitDeny"]  # the words of SimulatePrincipalPolicy
Context = dict[str, list[str]]  # condition key in lower case -> values


@dataclass(frozen=True)
class Request:
    """What is decided about; an action in full ("iam:CreateUser") and one resource."""

    action: str
    resource: str
    context: Context


def decide(documents: Iterable[str], request: Request) -> Decision:
    """An explicit Deny wins; without an Allow it is denied as well."""
    effects = {
        statement.get("Effect")
        for document in documents
        for statement in _listed(json.loads(document).get("Statement"))
        if _applies(statement, request)
    }
    if "Deny" in effects:
        return "explicitDeny"
    return "allowed" if "Allow" in effects else "implicitDeny"


def _applies(statement: Mapping[str, Any], request: Request) -> bool:
    if "NotAction" in statement:
        acts = not any(_like(p.lower(), request.action.lower()) for p in _listed(statement["NotAction"]))
    else:
        acts = any(_like(p.lower(), request.action.lower()) for p in _listed(statement.get("Action")))
    if not acts:
        return False
    if "NotResource" in statement:
        concerns = not any(_matches(p, request.resource, request.context) for p in _listed(statement["NotResource"]))
    else:
        concerns = any(_matches(p, request.resource, request.context) for p in _listed(statement.get("Resource")))
    return (
        concerns
        and all(
            _holds(
                operator,
                key,
                [str(value).lower() if isinstance(value, bool) else str(value) for value in _listed(values)],
                request,
            )
            for operator, block in statement.get("Condition", {}).items()
            for key, values in block.items()
        )
        if _readable(statement)
        else statement.get("Effect") == "Deny" and concerns
    )


def _readable(statement: Mapping[str, Any]) -> bool:
    """An operator that is not known here makes an Allow void and a Deny unconditional."""
    return all(_base(operator)[0] in _OPERATORS for operator in statement.get("Condition", {}))


def _holds(operator: str, key: str, wanted: list[str], request: Request) -> bool:
    base, if_exists, qualifier = _base(operator)
    test, negated = _OPERATORS[base]
    found = request.context.get(key.lower())
    if base == "Null":
        return (found is None) == (wanted[0].lower() == "true")
    if found is None:
        return if_exists or negated or qualifier == "ForAllValues"

    def passes(value: str) -> bool:
        hit = any(test(_filled(pattern, request.context, base), value) for pattern in wanted)
        return hit != negated

    return all(map(passes, found)) if qualifier == "ForAllValues" else any(map(passes, found))


def _base(operator: str) -> tuple[str, bool, str]:
    """Its parts: for "ForAnyValue:StringLikeIfExists" they are "StringLike", True, "ForAnyValue"."""
    qualifier, _, name = operator.rpartition(":")
    return name.removesuffix("IfExists"), name.endswith("IfExists"), qualifier


def _matches(pattern: str, value: str, context: Context) -> bool:
    return pattern == "*" or _like(_filled(pattern, context, "StringLike"), value)


def _filled(pattern: str, context: Context, operator: str) -> str:
    """Policy variables replaced; one without a value matches nothing."""

    def value(found: re.Match[str]) -> str:
        name, _, default = found[1].partition(",")
        if name in ("*", "?", "$"):  # an escaped character: kept apart from the wildcard
            return {"*": "\0", "?": "\1", "$": "$"}[name] if "Like" in operator or "Arn" in operator else name
        values = context.get(name.strip().lower())
        return values[0] if values else (default.strip(" '") if default else "\2")

    return re.sub(r"\$\{([^}]*)\}", value, pattern)


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


def _in_network(network: str, address: str) -> bool:
    return ip_address(address) in ip_network(network, strict=False)


def _before(wanted: str, value: str) -> bool:
    return _instant(value) < _instant(wanted)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


_OPERATORS: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    # test(wanted, found), and whether a hit makes the condition false
    "StringEquals": (lambda wanted, value: wanted == value, False),
    "StringNotEquals": (lambda wanted, value: wanted == value, True),
    "StringEqualsIgnoreCase": (lambda wanted, value: wanted.lower() == value.lower(), False),
    "StringNotEqualsIgnoreCase": (lambda wanted, value: wanted.lower() == value.lower(), True),
    "StringLike": (_like, False),
    "StringNotLike": (_like, True),
    "ArnEquals": (_like, False),
    "ArnLike": (_like, False),
    "ArnNotEquals": (_like, True),
    "ArnNotLike": (_like, True),
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
