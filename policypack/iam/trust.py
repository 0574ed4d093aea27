"""Whom a role's trust policy lets take the role, as AWS counts it within one account.

A trust policy that names a user or a role needs no policy of theirs; one that names the account leaves it to their
policies. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-single-account.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from .document import InvalidDocument, parse_document
from .matching import matches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .document import Statement

Trusted = Literal["no", "by the account", "by name"]

_TYPES = {  # of principals, and with which actions they take a role
    "AWS": ("sts:assumerole",),
    "CanonicalUser": (),
    "Federated": ("sts:assumerolewithsaml", "sts:assumerolewithwebidentity"),
    "Service": ("sts:assumerole",),
}
_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)


class TrustStatement(NamedTuple):
    """A statement of a trust policy that is about taking the role."""

    number: int  # 1 is the first
    allows: bool
    conditional: bool
    inverted: bool  # the principals are those of a NotPrincipal
    principals: tuple[tuple[str, str], ...]  # type and value: ("AWS", "123456789012")


class Outsider(NamedTuple):
    """Somebody whom a trust policy names and who is no user or role of the account."""

    principal_type: str
    principal: str
    conditional: bool


def parse_trust(document: object) -> tuple[TrustStatement, ...]:
    """Read a trust policy, given as the mapping that its JSON parses to.

    Raises:
        InvalidDocument: AWS would refuse it, or nobody can say for certain how AWS reads it.
    """
    if not isinstance(document, Mapping):
        raise InvalidDocument("The document is not a JSON object.")
    written = document.get("Statement")
    listed = [written] if isinstance(written, Mapping) else written
    if isinstance(listed, str) or not isinstance(listed, Sequence):
        raise InvalidDocument("Statement is missing, empty, or neither an object nor a list.")
    named: list[tuple[bool, tuple[tuple[str, str], ...]]] = []
    rest: list[object] = []
    for number, statement in enumerate(listed, 1):
        if not isinstance(statement, Mapping):
            raise InvalidDocument(f"Statement {number} is not an object.")
        named.append(_principals(number, statement))
        rest.append({"Resource": "*", **{n: v for n, v in statement.items() if n not in ("Principal", "NotPrincipal")}})
    parsed = parse_document({**document, "Statement": rest})
    return tuple(
        TrustStatement(statement.number, statement.allows, statement.conditional, inverted, kept)
        for statement, (inverted, principals) in zip(parsed.statements, named, strict=True)
        if (kept := _of_taking(statement, principals)) or inverted
    )


def _principals(number: int, statement: Mapping[object, object]) -> tuple[bool, tuple[tuple[str, str], ...]]:
    inverted = "NotPrincipal" in statement
    if inverted == ("Principal" in statement):
        raise InvalidDocument(f"Statement {number} needs either Principal or NotPrincipal.")
    written = statement["NotPrincipal" if inverted else "Principal"]
    if written == "*":
        return inverted, (("AWS", "*"),)
    if not isinstance(written, Mapping) or not written:
        raise InvalidDocument(f'Statement {number}: Principal is neither "*" nor an object.')
    found = []
    for principal_type, values in written.items():
        if principal_type not in _TYPES:
            raise InvalidDocument(f"Statement {number}: Principal has a type other than {', '.join(sorted(_TYPES))}.")
        listed = [values] if isinstance(values, str) else values
        if not isinstance(listed, Sequence) or not listed or not all(isinstance(value, str) for value in listed):
            raise InvalidDocument(f"Statement {number}: Principal has something that is not text.")
        found += [(str(principal_type), str(value)) for value in listed]
    return inverted, tuple(dict.fromkeys(found))


def _of_taking(statement: Statement, principals: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Those principals that can take the role with one of the statement's actions."""
    patterns = [pattern.replace(" ", "").lower() for pattern in statement.actions]
    return tuple(
        (principal_type, value)
        for principal_type, value in principals
        if any(
            any(matches(pattern, action) for pattern in patterns) != statement.names_excluded_actions
            for action in _TYPES[principal_type]
        )
    )


def trusts(trust: Sequence[TrustStatement], arn: str, unique_id: str, account: str) -> Trusted:
    """Whether a user or a role of the same account may take the role, as far as its trust policy goes.

    An Allow under a condition counts, a Deny under one does not.

    Args:
        trust: of the role.
        arn: of the user or role.
        unique_id: such as AIDA...; "" if it is not known.
        account: twelve digits.
    """
    best: Trusted = "no"
    for statement in trust:
        how = _names(statement, arn, unique_id, account)
        if statement.inverted:
            # Of an Allow everybody else may; whom a Deny leaves out is told apart by more than one ARN.
            named: Trusted = "no" if how == "by name" else "by name"
            how = named if statement.allows else "no"
        if how == "no" or (statement.conditional and not statement.allows):
            continue
        if not statement.allows:
            return "no"
        if best != "by name":
            best = how
    return best


def _names(statement: TrustStatement, arn: str, unique_id: str, account: str) -> Trusted:
    found: Trusted = "no"
    # Whoever opens a session gives it its name: a Deny of one session leaves all others.
    sessions_count = statement.allows and not statement.inverted
    for principal_type, value in statement.principals:
        if principal_type != "AWS":
            continue
        if value in ("*", arn) or (unique_id and value == unique_id) or (sessions_count and _is_session(value, arn)):
            return "by name"
        if value == account or (value.startswith("arn:") and value.endswith(f":iam::{account}:root")):
            found = "by the account"
    return found


def _is_session(value: str, arn: str) -> bool:
    """Whether `value` is a session of the role `arn`: arn:aws:sts::123456789012:assumed-role/NAME/SESSION."""
    before, found, after = value.partition(":assumed-role/")
    role, is_role, name = arn.partition(":role/")
    if not found or not is_role:
        return False
    return before.replace(":sts:", ":iam:") == role and after.partition("/")[0] == name.rpartition("/")[2]


def outsiders(trust: Sequence[TrustStatement], account: str, partition: str = "aws") -> Iterator[Outsider]:
    """Whom else the trust policy lets take the role: other accounts, services, identity providers."""
    denied = {
        principal
        for statement in trust
        if not (statement.allows or statement.conditional or statement.inverted)
        for principal in statement.principals
    }
    for found in _outsiders(trust, account, partition):
        account_of_it = found.principal.split(":")[4:5]
        named = (found.principal, "*", *account_of_it, *(f"arn:{partition}:iam::{one}:root" for one in account_of_it))
        if denied.isdisjoint((found.principal_type, name) for name in named):
            yield found


def _outsiders(trust: Sequence[TrustStatement], account: str, partition: str) -> Iterator[Outsider]:
    for statement in trust:
        if not statement.allows:
            continue
        if statement.inverted:
            yield Outsider("AWS", "*", statement.conditional)
            continue
        for principal_type, value in statement.principals:
            if principal_type != "AWS" or value == "*" or account not in value.split(":"):
                if principal_type == "AWS" and _ACCOUNT.fullmatch(value):
                    yield Outsider(principal_type, f"arn:{partition}:iam::{value}:root", statement.conditional)
                elif principal_type != "AWS" or value == "*" or value.startswith("arn:"):
                    yield Outsider(principal_type, value, statement.conditional)
