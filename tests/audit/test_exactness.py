"""No verdict that a simulation contradicts: evaluators that share no code, on accounts at random."""

from __future__ import annotations

import json
from functools import cache
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from audit.account import account_of
from audit.findings import Judge
from sandbox.account import Question, decide_with
from tests.audit.accounts import answer, document, statement
from tests.audit.random_accounts import MISSING, UNREADABLE, disagreements, entries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.audit.accounts import Answer
    from tests.audit.random_accounts import Context, Simulate


def _text(written: object) -> str:
    """A document's JSON; everything may stand where nobody can read it."""
    if written == UNREADABLE:
        return json.dumps(document(statement(Action="*")))
    return unquote(written) if isinstance(written, str) else json.dumps(written)


def simulation_of(saved: Answer) -> Simulate:
    """The account's own way to decide, on the documents of a saved answer."""
    managed = {one["Arn"]: _text(one["PolicyVersionList"][0]["Document"]) for one in saved["Policies"]}
    managed[MISSING] = _text(UNREADABLE)
    groups = {one["GroupName"]: one for one in saved["GroupDetailList"]}
    holders = {
        one["Arn"]: one for name in ("UserDetailList", "GroupDetailList", "RoleDetailList") for one in saved[name]
    }

    @cache
    def documents(arn: str) -> tuple[tuple[str, ...], str | None]:
        holder = holders[arn]
        found = []
        for one in (holder, *(groups[name] for name in holder.get("GroupList", ()))):
            for inline in ("UserPolicyList", "GroupPolicyList", "RolePolicyList"):
                found += [_text(inner["PolicyDocument"]) for inner in one.get(inline, ())]
            found += [managed[inner["PolicyArn"]] for inner in one["AttachedManagedPolicies"]]
        boundary = holder.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        return tuple(found), boundary and managed[boundary]

    def simulate(arn: str, action: str, resources: Sequence[str], context: Context) -> list[bool]:
        policies, boundary = documents(arn)
        known = {"aws:username": [arn.rpartition("/")[2]]} if ":user/" in arn else {}
        given = known | {key.lower(): values for key, values in context.items()}
        return [
            decide_with(policies, Question(action, resource, given), boundary=boundary).decision == "allowed"
            for resource in resources
        ]

    return simulate


@pytest.mark.parametrize("seed", range(3))
def test_no_verdict_is_contradicted_by_a_simulation(seed: int) -> None:
    saved = answer(*entries(Random(seed), 40))  # noqa: S311 - no secret
    found, counted = disagreements(Judge(account_of(saved, "the answer")), simulation_of(saved))
    assert found == []
    assert {"can", "cannot"} <= counted.keys(), counted
