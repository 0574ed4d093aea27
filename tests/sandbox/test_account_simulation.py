"""The policy simulator: the same decision as for real calls, for anyone, through the API or in the same process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.account import Refused, simulated
from tests.sandbox.aws import allow, deny, document, refusal

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient

PREFIX = "arn:aws:iam::123456789012:"
OWN = "arn:aws:codepipeline:us-east-1:123456789012:own"
LIST, GET, CREATE = "codepipeline:ListPipelines", "codepipeline:GetPipeline", "codepipeline:CreatePipeline"
MFA = "aws:MultiFactorAuthPresent"


@pytest.fixture
def jin(iam: IAMClient) -> str:
    """The ARN of a developer whose group lists, gets with MFA, and is denied to create."""
    iam.create_group(GroupName="devs")
    arn = iam.create_user(UserName="jin")["User"]["Arn"]
    iam.add_user_to_group(GroupName="devs", UserName="jin")
    statements = (allow(LIST), allow(GET, Condition={"Bool": {MFA: "true"}}), deny(CREATE))
    iam.put_group_policy(GroupName="devs", PolicyName="devs", PolicyDocument=document(*statements))
    return arn


def asked(iam: IAMClient, source: str, *actions: str, **more: Any) -> dict[str, str]:  # noqa: ANN401 - parameters
    answer = iam.simulate_principal_policy(PolicySourceArn=source, ActionNames=list(actions), **more)
    return {result["EvalActionName"]: result["EvalDecision"] for result in answer["EvaluationResults"]}


def test_each_action_is_answered_as_the_account_would(iam: IAMClient, jin: str) -> None:
    decisions = {LIST: "allowed", GET: "implicitDeny", CREATE: "explicitDeny", "iam:CreateUser": "implicitDeny"}
    assert asked(iam, jin, *decisions) == decisions
    assert asked(iam, f"{PREFIX}group/devs", *decisions) == decisions
    assert {name: simulated(jin, [name])[0]["EvalDecision"] for name in decisions} == decisions


def test_condition_keys_are_given_and_missing_ones_named(iam: IAMClient, jin: str) -> None:
    entry: Any = {"ContextKeyName": MFA, "ContextKeyValues": ["true"], "ContextKeyType": "boolean"}
    assert asked(iam, jin, GET, ContextEntries=[entry]) == {GET: "allowed"}
    (result,) = iam.simulate_principal_policy(PolicySourceArn=jin, ActionNames=[GET])["EvaluationResults"]
    assert result["MissingContextValues"] == [MFA]
    assert simulated(jin, [GET], context={MFA: ["true"]})[0]["MissingContextValues"] == []


@pytest.mark.parametrize(
    ("boundary", "decision", "by_the_boundary"),
    [
        (allow("codepipeline:*"), "allowed", True),
        (allow("iam:*"), "implicitDeny", False),
        (deny(LIST), "explicitDeny", False),
    ],
    ids=["allows", "is silent", "denies"],
)
def test_a_boundary_is_asked_and_what_it_says_is_told(
    iam: IAMClient, jin: str, boundary: dict[str, Any], decision: str, by_the_boundary: bool
) -> None:
    given = iam.simulate_principal_policy(
        PolicySourceArn=jin, ActionNames=[LIST], PermissionsBoundaryPolicyInputList=[document(boundary)]
    )
    policy = iam.create_policy(PolicyName="boundary", PolicyDocument=document(boundary))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="jin", PermissionsBoundary=policy)
    attached = iam.simulate_principal_policy(PolicySourceArn=jin, ActionNames=[LIST])
    for (result,) in (given["EvaluationResults"], attached["EvaluationResults"]):
        detail = result["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"]
        assert (result["EvalDecision"], detail) == (decision, by_the_boundary)


def test_membership_counts_from_the_moment_it_changes(iam: IAMClient, jin: str) -> None:
    assert simulated(jin, [LIST])[0]["EvalDecision"] == "allowed"
    iam.remove_user_from_group(GroupName="devs", UserName="jin")
    assert simulated(jin, [LIST])[0]["EvalDecision"] == "implicitDeny"
    iam.add_user_to_group(GroupName="devs", UserName="jin")
    assert simulated(jin, [LIST])[0]["EvalDecision"] == "allowed"


def test_policies_are_tried_before_anybody_has_them(iam: IAMClient, jin: str) -> None:
    more = document(allow("iam:GetUser", on="arn:aws:iam::*:user/${aws:username}"))
    own, other = f"{PREFIX}user/jin", f"{PREFIX}user/mina"
    answer = iam.simulate_principal_policy(
        PolicySourceArn=jin, ActionNames=["iam:GetUser"], ResourceArns=[own, other], PolicyInputList=[more]
    )
    assert {result["EvalResourceName"]: result["EvalDecision"] for result in answer["EvaluationResults"]} == {
        own: "allowed",
        other: "implicitDeny",
    }
    custom = iam.simulate_custom_policy(PolicyInputList=[document(allow("iam:Get*"))], ActionNames=["iam:GetUser"])
    assert [result["EvalDecision"] for result in custom["EvaluationResults"]] == ["allowed"]


def test_a_long_answer_comes_in_pages_each_item_once(iam: IAMClient, jin: str) -> None:
    actions = [f"codepipeline:Get{number}" for number in range(130)] + [LIST]
    first = iam.simulate_principal_policy(PolicySourceArn=jin, ActionNames=actions)
    assert (first["IsTruncated"], len(first["EvaluationResults"])) == (True, 100)
    pages = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=jin, ActionNames=actions, PaginationConfig={"PageSize": 50}
    )
    found = [result["EvalActionName"] for page in pages for result in page["EvaluationResults"]]
    assert found == actions


@pytest.mark.parametrize(
    ("question", "refused"),
    [
        ({"PolicySourceArn": f"{PREFIX}user/nobody"}, "NoSuchEntity: The user with name nobody cannot be found."),
        ({"PolicySourceArn": f"{PREFIX}role/nobody"}, "NoSuchEntity: The role with name nobody cannot be found."),
        ({"PolicySourceArn": f"{PREFIX}user/other/jin"}, "NoSuchEntity: The user with name jin cannot be found."),
        ({"PolicySourceArn": "arn:aws:sts::123456789012:assumed-role/deploy/ci"}, "InvalidInput: Invalid Entity Arn"),
        ({"ActionNames": ["ListPipelines"]}, "InvalidInput: Invalid action name: ListPipelines"),
        ({"ActionNames": ["codepipeline:*"]}, "InvalidInput: Invalid action name: codepipeline:*"),
        ({"ResourceArns": ["own"]}, "InvalidInput: Invalid resource ARN: own"),
        ({"PolicyInputList": ["[]"]}, "InvalidInput: PolicyInputList contains an invalid policy document."),
        ({"Marker": "2"}, "ValidationError: Invalid Marker."),
        ({"MaxItems": 1001}, "ValidationError: 1 validation error detected: Value '1001' at 'maxItems'"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    iam: IAMClient, jin: str, question: dict[str, Any], refused: str
) -> None:
    whole = {"PolicySourceArn": jin, "ActionNames": [LIST], **question}
    assert refusal(iam.simulate_principal_policy, **whole).startswith(refused)


@pytest.mark.usefixtures("iam")
def test_within_the_process_the_refusals_are_the_same() -> None:
    with pytest.raises(Refused, match="NoSuchEntity"):
        simulated(f"{PREFIX}user/nobody", [LIST])
