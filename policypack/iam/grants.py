"""What an identity policy grants, judged so that a doubt counts as a grant.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from .document import InvalidDocument, Statement, parse_document
from .matching import covers, matches

__all__ = ["Grant", "InvalidDocument", "granted"]

# Their resource is always an ARN of their own service: a statement about other resources says nothing of them.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodepipeline.html
SCOPED_TO_THEIR_SERVICE = frozenset(
    f"codepipeline:{name}" for name in ("createpipeline", "updatepipeline", "deletepipeline")
)
ARN_PARTS = 6  # arn:partition:service:region:account:resource
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_MAX_QUOTED = 80  # characters of a Sid or a pattern in a message
_MAX_NAMED = 6  # actions in a message
_MAX_COMPARISONS = 10_000  # of Allow's resources with Deny's; no document that AWS takes has so many


@dataclass(frozen=True)
class Grant:
    """What lets a document grant something: a statement and, of its patterns, one."""

    statement: int
    """1 for the first statement."""
    sid: str
    """Empty if it has none."""
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
        names = [action.partition(":")[2] for action in self.actions]
        more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
        return f"statement {self.statement}{sid}: {pattern} grants {', '.join(names[:_MAX_NAMED])}{more}"


class _Action(NamedTuple):
    """An action asked about."""

    asked: str
    folded: str
    service: str | None
    """Whose ARNs its resource always is; None if that is not known here."""


@lru_cache(maxsize=64)
def _asked(names: tuple[str, ...]) -> tuple[tuple[_Action, ...], tuple[str, ...]]:
    """The actions asked about, and how a pattern that matches one of them can begin."""
    asked = []
    for name in names:
        service, colon, rest = name.lower().partition(":")
        if not name.isascii() or not colon or not rest or set(":*?") & set(rest):
            raise ValueError(f'{name!r} is not the full name of an action, such as "codepipeline:UpdatePipeline".')
        asked.append(_Action(name, name.lower(), service if name.lower() in SCOPED_TO_THEIR_SERVICE else None))
    return tuple(asked), ("*", *{f"{action.folded.partition(':')[0]}:" for action in asked})


def _may_name_any(beginnings: Sequence[str], lines: str) -> bool:
    """Whether it is worth looking at the actions of a document one by one; most are of other services."""
    for beginning in beginnings:
        if beginning in lines and (lines.startswith(beginning) or f"\n{beginning}" in lines):
            return True
    return False


def granted(document: object, actions: Sequence[str]) -> list[Grant]:
    """Find what lets `document` grant any of `actions`.

    Args:
        document: a policy, as JSON text, as the mapping that such text parses to, or as parse_document has read it;
            all else is refused.
        actions: full names ("codepipeline:UpdatePipeline"); case does not matter; no wildcards here.

    Returns:
        One grant for each statement and pattern, in document order; empty if nothing is granted. An Allow under a
        condition is a grant; a Deny counts only where it surely covers the Allow.

    Raises:
        InvalidDocument: AWS would refuse it, or nobody can say for certain how AWS reads it.
        ValueError: `actions` are not full names.
    """
    asked, beginnings = _asked(tuple(actions))
    statements, lines = parse_document(document)
    if not _may_name_any(beginnings, lines) and not [s for s in statements if s.names_excluded_actions]:
        return []
    verdict = _Verdict(asked)
    for statement in statements:
        if not statement.allows and not statement.conditional:
            verdict.deny(statement)
    grants = []
    for statement in statements:
        if statement.allows:
            resources = ("*",) if statement.names_excluded_resources else tuple(statement.resources)
            left_of: dict[_Action, bool] = {}
            for pattern, allowed in _allowed(statement, asked, beginnings):
                for action in allowed:
                    if action not in left_of:
                        left_of[action] = verdict.leaves(statement, action)
                left = tuple(action.asked for action in allowed if left_of[action])
                if left:
                    grants.append(Grant(statement.number, statement.sid, pattern, left, resources))
    return grants


def _allowed(
    statement: Statement, asked: Sequence[_Action], beginnings: tuple[str, ...]
) -> list[tuple[str, list[_Action]]]:
    """The patterns of an Allow that grant, each with the actions it may grant."""
    if statement.names_excluded_actions:
        excluded = _folded(statement)
        left_out = [action for action in asked if not any(_surely_matches(pattern, action) for pattern in excluded)]
        return [("NotAction", left_out)] if left_out else []
    found: list[tuple[str, list[_Action]]] = []
    if not _may_name_any(beginnings, statement.action_lines.lower()):
        return found
    for pattern in dict.fromkeys(statement.actions):
        folded = pattern.lower()
        if folded.startswith(beginnings):
            hits = [action for action in asked if _may_match(folded, action)]
            if hits:
                found.append((pattern, hits))
    return found


def _folded(statement: Statement) -> Iterable[str]:
    """The actions in lower case, each once."""
    return dict.fromkeys(statement.action_lines.lower().split("\n"))


def _surely_matches(folded: str, action: _Action) -> bool:
    return folded == "*" or matches(folded, action.folded)


def _may_match(folded: str, action: _Action) -> bool:
    """As _surely_matches, but blanks are left out: AWS takes them, and nobody knows whether it skips them."""
    return _surely_matches(folded.replace(" ", "") if " " in folded else folded, action)


class _Verdict:
    """What the Deny statements of a document leave of its Allow statements."""

    def __init__(self, asked: Sequence[_Action]) -> None:
        self.denied: dict[_Action, dict[str, None]] = {action: {} for action in asked}  # resources, in document order
        self.comparisons_left = _MAX_COMPARISONS

    def deny(self, statement: Statement) -> None:
        """Note for each action the resources on which this unconditional Deny surely forbids it."""
        patterns = _folded(statement)
        for action, denied in self.denied.items():
            if statement.names_excluded_actions:
                forbids = not any(_may_match(pattern, action) for pattern in patterns)
            else:
                forbids = any(_surely_matches(pattern, action) for pattern in patterns)
            if forbids and not statement.names_excluded_resources:
                denied.update(dict.fromkeys(statement.resources))
            elif forbids and action.service:
                service = action.service
                if not any(may_name(resource, service) for resource in statement.resources):
                    denied["*"] = None

    def leaves(self, statement: Statement, action: _Action) -> bool:
        """Whether the Allow may grant `action` on a resource that no Deny surely covers."""
        if statement.names_excluded_resources:
            nothing = any(_covers_resource(pattern, "*", action.service) for pattern in statement.resources)
            return not nothing and not self._is_denied("*", action)
        return any(
            not self._is_denied(resource, action)
            for resource in statement.resources
            if action.service is None or (may_name(resource, action.service) and _may_name_pipeline(resource))
        )

    def _is_denied(self, resource: str, action: _Action) -> bool:
        denied = self.denied[action]
        if "*" in denied or resource in denied:
            return True
        for pattern in denied:
            self.comparisons_left -= 1
            if self.comparisons_left < 0:
                return False
            if _covers_resource(pattern, resource, action.service):
                return True
        return False


def _may_name_pipeline(resource: str) -> bool:
    """Whether a pattern for CodePipeline may match a pipeline, not only stages, action types or webhooks."""
    parts = _VARIABLE.sub("*", resource).split(":", ARN_PARTS - 1)
    return len(parts) < ARN_PARTS or not {"/", ":"} & set(parts[-1])


def may_name(resource: str, service: str) -> bool:
    """Whether the pattern `resource` may match an ARN of `service`."""
    if resource == "*":
        return True
    if "$" in resource:
        resource = _VARIABLE.sub("*", resource)  # it may stand for anything, and has colons of its own
    parts = resource.split(":", ARN_PARTS - 1)
    if len(parts) == ARN_PARTS:
        return matches(parts[2].lower(), service)
    # Fewer colons than an ARN has, so that a wildcard may reach over some: what stands before the first one decides.
    plain, wildcard, _ = resource.lower().replace("?", "*").partition("*")
    named = plain.split(":", 3)[2:]
    if wildcard and len(named) <= 1:
        return not named or service.startswith(named[0])
    return named[0] == service


def _covers_resource(deny: str, allow: str, service: str | None) -> bool:
    """Whether the pattern `deny` surely matches every ARN (of `service`, if given) that the pattern `allow` matches."""
    if deny in {"*", allow}:
        return True
    if "$" in deny:
        return False  # a policy variable
    outer = deny.split(":", ARN_PARTS - 1)
    if len(outer) < ARN_PARTS and deny.endswith("*"):
        outer += ["*"] * (ARN_PARTS - len(outer))  # a star at the end reaches over colons
    inner = allow.split(":", ARN_PARTS - 1)
    if service and ("$" in allow or len(inner) < ARN_PARTS):
        inner = ["arn", "*", service, "*", "*", "*"]
    if len(outer) < ARN_PARTS or len(inner) < ARN_PARTS or ("$" in allow and not service):
        return False
    if service:
        inner[2] = service
        if inner[1] == "*" and outer[1] == "aws":
            inner[1] = "aws"  # a document that names this partition is refused in all others
    return outer[0] == "arn" and all(map(covers, outer[1:], inner[1:]))
