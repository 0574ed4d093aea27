"""People get permissions through groups only, so that one place shows who may do what (CIS AWS Foundations 1.14)."""

from collections.abc import Iterator

from pulumi_policy import Severity

from memory import NotYet
from rules import Case, Objection, rule
from values import UNKNOWN


def _judge(case: Case) -> Iterator[Objection | NotYet]:
    for part in case.parts:
        owners = [found.value for found in part.found("owner")]
        for found in part.found("users"):
            if found.value is UNKNOWN and not owners:
                yield NotYet(found.path)
                continue
            users = owners or [found.value]
            text = f"{found.path}: this grants to a single user. Attach it to a group and add the user to the group."
            yield Objection(found.path, text, tuple(f"user/{user}" for user in users if isinstance(user, str)))


RULE = rule(
    "grants-through-groups",
    _judge,
    description="Users get permissions through groups only.",
    severity=Severity.MEDIUM,
    remediation="Attach the policy to a group and make the user a member of it.",
)
