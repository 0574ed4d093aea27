"""No sequence of calls leads from a role or a member to one of the three actions, or to an administrator's rights.

What does is written down in docs/architecture.md. The search knows the calls by which IAM lets somebody get more.
"""

from __future__ import annotations

import json

import pytest

from tests.operations.account_model import ANN, CARL, GRANTS, JIN, MEMBERS, account, as_shipped, way_out


@pytest.mark.parametrize(
    "controlled",
    [
        [JIN],
        [MEMBERS],
        [MEMBERS, JIN],
        [GRANTS],
        [GRANTS, JIN],
        [MEMBERS, GRANTS],
        [MEMBERS, GRANTS, JIN],
        [CARL],
        [ANN],
    ],
    ids=lambda controlled: " and ".join(arn.rpartition("/")[2] for arn in controlled),
)
def test_there_is_no_way_out(controlled: list[str]) -> None:
    assert way_out(account(controlled)) is None


@pytest.mark.parametrize(
    ("controlled", "calls"),
    [
        # A member who was made elsewhere has no boundary; one who has other rights is held by the Deny alone.
        ([GRANTS, ANN], ("PutGroupPolicy", "iam:PutRolePolicy")),
        ([MEMBERS, ANN], ("RemoveUserFromGroup ann", "codepipeline:CreatePipeline")),
        # Any user without a boundary, once the two roles work together.
        ([MEMBERS, GRANTS, CARL], ("PutGroupPolicy", "AddUserToGroup carl", "iam:PutRolePolicy")),
    ],
    ids=["grants and a member", "members and a member", "both and any user"],
)
def test_what_remains_needs_somebody_without_a_boundary(controlled: list[str], calls: tuple[str, ...]) -> None:
    assert way_out(account(controlled)) == calls


def test_the_search_finds_how_one_role_for_everything_becomes_administrator() -> None:
    """As the two roles together would be if users could be made without the boundary."""
    files = as_shipped()
    files["up-members"]["Statement"] += files["up-grants"]["Statement"]
    for statement in files["up-members"]["Statement"]:
        if "PermissionsBoundary" in json.dumps(statement):
            del statement["Condition"]
    found = way_out(account([MEMBERS], files))
    assert found is not None
    assert (found[0], found[-1]) == ("PutGroupPolicy", "iam:PutRolePolicy")


@pytest.mark.parametrize(
    ("controlled", "document", "action"),
    [
        ([GRANTS, JIN], "boundary", "sts:AssumeRole"),
        ([GRANTS, JIN], "boundary", "codepipeline:UpdatePipeline"),
        ([GRANTS, JIN], "boundary", "iam:*"),
        ([JIN], "boundary", None),
        ([MEMBERS, GRANTS], "up-members", "iam:CreateUser"),
        ([MEMBERS, GRANTS], "up-members", "iam:DeleteUserPermissionsBoundary"),
        ([MEMBERS, GRANTS], "up-members", "iam:PutUserPermissionsBoundary"),
        ([MEMBERS], "up-members", "iam:CreateLoginProfile"),
        ([MEMBERS], "up-members", "iam:PutRolePolicy"),
        ([GRANTS], "up-grants", "iam:CreateAccessKey"),
        ([GRANTS, JIN], "up-grants", "iam:CreatePolicyVersion"),
    ],
)
def test_the_search_finds_a_mistake(controlled: list[str], document: str, action: str | None) -> None:
    """One action more, on everything; in the boundary, its denials are silence then."""
    files = as_shipped()
    allowed = [statement for statement in files[document]["Statement"] if statement["Effect"] == "Allow"]
    extra = [{"Effect": "Allow", "Action": action, "Resource": "*"}] if action else []
    files[document]["Statement"] = [*allowed, *extra]
    assert way_out(account(controlled)) is None
    assert way_out(account(controlled, files)) is not None
