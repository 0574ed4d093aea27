"""Who may take a role: its trust policy beside the caller's own policies, within one account.

"Policy evaluation for requests within a single account" and "Permissions boundaries for IAM entities" in the IAM User
Guide. A trust policy that names a user or a role needs no policy of theirs; one that names the account leaves it to
their policies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sandbox.account._decision import Verdict, decide_with, statements

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sandbox.account._decision import Question

Named = Literal["nobody", "account", "role", "caller"]  # by whom a trust policy means the caller, weakest first
_EVERYTHING = '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
_STRENGTH: tuple[Named, ...] = ("nobody", "account", "role", "caller")


def may_take(  # noqa: PLR0913 - what AWS asks, by name
    trust_policy: str | None,
    question: Question,
    *,
    session_arn: str,
    identity_policies: Iterable[str],
    boundary: str | None,
    session_policies: Sequence[str] = (),
    service_control_policies: Sequence[str] = (),
) -> Verdict:
    """Whether a user or a role session may take a role of the same account.

    Args:
        trust_policy: of the role. None: there is no such role.
        question: sts:AssumeRole on the role; the context has the caller's aws:PrincipalArn and aws:PrincipalAccount.
        session_arn: the caller's: a user's ARN, or that of a role session.
        identity_policies: the caller's, as in `decide_with`; so are the rest.
        boundary: the caller's.
        session_policies: the caller's.
        service_control_policies: of the account.
    """
    own = decide_with(
        identity_policies,
        question,
        boundary=boundary,
        session_policies=session_policies,
        service_control_policies=service_control_policies,
    )
    if own.decision == "explicitDeny":
        return own
    (principal,), (account,) = question.context["aws:principalarn"], question.context["aws:principalaccount"]
    root = f"{principal.partition(':iam:')[0]}:iam::{account}:root"
    names: dict[str, Named] = {
        account: "account",
        root: "account",
        principal: "role",
        "*": "role",
        session_arn: "caller",
    }
    if principal == session_arn:
        names["*"] = "caller"  # a user
    by: Named = "nobody"
    for statement in statements(trust_policy or "{}"):
        if not (statement.covers(question.action) and statement.holds(question)):
            continue
        # NotPrincipal: a Deny of it counts for everybody, an Allow for nobody.
        found = [names[who] for who in (statement.principal or {}).get("AWS", ()) if who in names]
        if statement.effect == "Deny" and (found or statement.principal is None):
            return Verdict("explicitDeny", "role trust policy")
        if statement.effect == "Allow":
            by = max([by, *found], key=_STRENGTH.index)
    if by == "nobody":
        return Verdict("implicitDeny", "role trust policy")
    if by == "account":
        return own
    # Silence of the caller's own policies stops nothing; that of boundary and session policies does where the trust
    # policy names a role, not where it names a user or a session: "Permissions boundaries for IAM entities".
    return decide_with(
        [_EVERYTHING],
        question,
        boundary=boundary if by == "role" else None,
        session_policies=session_policies if by == "role" else (),
        service_control_policies=service_control_policies,
    )


def trusts(trust_policy: str, question: Question, kind: str, who: str) -> bool:
    """Whether a trust policy lets in somebody from outside, such as a web identity ("Federated", a provider's ARN)."""
    effects = set()
    for statement in statements(trust_policy):
        principals = statement.principal or {}
        named = who in principals.get(kind, ()) or "*" in (*principals.get("AWS", ()), *principals.get(kind, ()))
        concerned = named or (statement.effect == "Deny" and statement.principal is None)
        if concerned and statement.covers(question.action) and statement.holds(question):
            effects.add(statement.effect)
    return effects == {"Allow"}
