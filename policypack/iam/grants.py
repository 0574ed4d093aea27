"""What an identity policy grants, judged so that a doubt counts as a grant.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

from iam.document import InvalidDocument, Statement, parse_document
from iam.matching import covers, matches

__all__ = ["Grant", "InvalidDocument", "granted"]

# Their resource is always an ARN of their own service: a statement about other resources says nothing of them.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodepipeline.html
SCOPED_TO_THEIR_SERVICE = frozenset(
    f"codepipeline:{name}" for name in ("createpipeline", "updatepipeline", "deletepipeline")
)
_ARN_PARTS = 6  # arn:partition:service:region:account:resource
_MAX_QUOTED = 80  # characters of a Sid or a pattern in a message
_MAX_COMPARISONS = 10_000  # of Allow's resources with Deny's; no document that AWS takes has so many


@dataclass(frozen=True)
class Grant:
    """What lets a document grant something: a statement and, of its patterns, one."""

    statement: int
    """1 for the first statement."""
    sid: str | None
    pattern: str
    """As written in the document; "NotAction" where that grants by leaving out."""
    actions: tuple[str, ...]
    """Those of the actions asked about that it grants, as they were asked."""
    resources: tuple[str, ...]
    """Where: the statement's Resource as written, or "*" in place of a NotResource."""

    def __str__(self) -> str:
        """Such as: statement 2 (Sid "Deploy"): "codepipeline:Up*" grants UpdatePipeline."""
        sid = f' (Sid "{self.sid[:_MAX_QUOTED]}")' if self.sid else ""
        pattern = self.pattern if self.pattern == "NotAction" else f'"{self.pattern[:_MAX_QUOTED]}"'
        return (
            f"statement {self.statement}{sid}: {pattern} grants {', '.join(a.partition(':')[2] for a in self.actions)}"
        )


class _Action:
    """An action asked about, and what the document's Deny statements surely say of it."""

    def __init__(self, name: str) -> None:
        if not name.isascii() or name.count(":") != 1 or "*" in name or "?" in name:
            raise ValueError(f'{name!r} is not the full name of an action, such as "codepipeline:UpdatePipeline".')
        self.asked = name
        self.folded = name.lower()
        self.service = self.folded.partition(":")[0] if self.folded in SCOPED_TO_THEIR_SERVICE else None
        self.denied: dict[str, None] = {}  # resources, in document order


def granted(document: object, actions: Sequence[str]) -> list[Grant]:
    """Find what lets `document` grant any of `actions`.

    Args:
        document: a policy, as JSON text or as the mapping that such text parses to; all else is refused.
        actions: full names ("codepipeline:UpdatePipeline"); case does not matter; no wildcards here.

    Returns:
        One grant for each statement and pattern, in document order; empty if nothing is granted. An Allow under a
        condition is a grant; a Deny counts only where it surely covers the Allow.

    Raises:
        InvalidDocument: AWS would refuse it, or nobody can say for certain how AWS reads it.
        ValueError: `actions` are not full names.
    """
    asked = [_Action(name) for name in actions]
    services = ("*", *{f"{action.folded.partition(':')[0]}:" for action in asked})
    statements = parse_document(document)
    candidates = []
    for statement in statements:
        if not statement.allows:
            if not statement.conditional:
                _deny(statement, asked)
        elif found := _allowed(statement, asked, services):
            candidates.append((statement, found))
    comparisons = _Comparisons()
    grants = []
    for statement, found in candidates:
        resources = ("*",) if statement.names_excluded_resources else tuple(statement.resources)
        for pattern, granted_actions in found:
            left = tuple(action.asked for action in granted_actions if comparisons.undenied(statement, action))
            if left:
                grants.append(Grant(statement.number, statement.sid, pattern, left, resources))
    return grants


def _allowed(
    statement: Statement, asked: Sequence[_Action], services: tuple[str, ...]
) -> list[tuple[str, list[_Action]]]:
    """The patterns of an Allow that grant, each with the actions it may grant."""
    if statement.names_excluded_actions:
        left_out = [a for a in asked if not any(_surely_matches(pattern, a.folded) for pattern in statement.actions)]
        return [("NotAction", left_out)] if left_out else []
    if not any(service in statement.folded_actions for service in services):
        return []
    found = []
    for pattern in statement.actions:
        if pattern.lower().startswith(services):
            hits = [action for action in asked if _may_match(pattern, action.folded)]
            if hits:
                found.append((pattern, hits))
    return found


def _deny(statement: Statement, asked: Sequence[_Action]) -> None:
    """Note for each action the resources on which this unconditional Deny surely forbids it."""
    for action in asked:
        if statement.names_excluded_actions:
            hit = not any(_may_match(pattern, action.folded) for pattern in statement.actions)
        else:
            hit = any(_surely_matches(pattern, action.folded) for pattern in statement.actions)
        if not hit:
            continue
        if not statement.names_excluded_resources:
            action.denied.update(dict.fromkeys(statement.resources))
        elif action.service and not any(_may_name(resource, action.service) for resource in statement.resources):
            action.denied["*"] = None


def _surely_matches(pattern: str, action: str) -> bool:
    return matches(pattern.lower(), action) if pattern != "*" else True


def _may_match(pattern: str, action: str) -> bool:
    """As _surely_matches, but blanks are left out: AWS takes them, and nobody knows whether it skips them."""
    return _surely_matches(pattern.replace(" ", "") if " " in pattern else pattern, action)


class _Comparisons:
    """Compares the resources of an Allow with those of the Deny statements, a bounded number of times."""

    def __init__(self) -> None:
        self.left = _MAX_COMPARISONS

    def undenied(self, statement: Statement, action: _Action) -> bool:
        """Whether the Allow may grant `action` on a resource that no Deny surely covers."""
        if statement.names_excluded_resources:
            excluded = statement.resources
            return not any(_covers_resource(pattern, "*", action.service) for pattern in excluded) and not self._denied(
                "*", action
            )
        return any(
            not self._denied(resource, action)
            for resource in statement.resources
            if action.service is None or _may_name(resource, action.service)
        )

    def _denied(self, resource: str, action: _Action) -> bool:
        if "*" in action.denied or resource in action.denied:
            return True
        for pattern in action.denied:
            self.left -= 1
            if self.left < 0:
                return False
            if _covers_resource(pattern, resource, action.service):
                return True
        return False


def _may_name(resource: str, service: str) -> bool:
    """Whether the pattern `resource` may match an ARN of `service`."""
    if resource == "*":
        return True
    parts = resource.split(":", _ARN_PARTS - 1)
    named = parts[2].lower()
    if len(parts) < _ARN_PARTS:
        if "*" in parts[0] or "*" in parts[1]:
            return True  # a star may reach over colons
        named = named[: named.find("*") + 1] or named
    return "$" in named or matches(named, service)


def _covers_resource(deny: str, allow: str, service: str | None) -> bool:
    """Whether the pattern `deny` surely matches every ARN (of `service`, if given) that the pattern `allow` matches."""
    if deny in {"*", allow}:
        return True
    if "$" in deny:
        return False  # a policy variable
    outer = deny.split(":", _ARN_PARTS - 1)
    if len(outer) < _ARN_PARTS and deny.endswith("*"):
        outer += ["*"] * (_ARN_PARTS - len(outer))  # a star at the end reaches over colons
    inner = allow.split(":", _ARN_PARTS - 1)
    if service and ("$" in allow or len(inner) < _ARN_PARTS):
        inner = ["arn", "*", service, "*", "*", "*"]
    if len(outer) < _ARN_PARTS or len(inner) < _ARN_PARTS or ("$" in allow and not service):
        return False
    if service:
        inner[2] = service
        if inner[1] == "*":
            inner[1] = outer[1]  # AWS takes a document only in the partition that it names
    return outer[0] == "arn" and all(map(covers, outer[1:], inner[1:]))
