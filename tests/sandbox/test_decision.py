"""The evaluator on its own, statement by statement, against the IAM User Guide."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.account._decision import Decision, Question, Verdict, decide, decide_with
from tests.sandbox.aws import allow, deny, document

ARN = "arn:aws:codepipeline:us-east-1:123456789012:"
LIST = "codepipeline:ListPipelines"
MFA = "aws:MultiFactorAuthPresent"


def decided(*statements: dict[str, Any], action: str = LIST, on: str = "*", **context: str) -> Decision:
    keys = {name.replace("__", ":").lower(): [value] for name, value in context.items()}
    return decide([document(statement) for statement in statements], Question(action, on, keys))


@pytest.mark.parametrize(("version", "decision"), [("2012-10-17", "allowed"), ("2008-10-17", "implicitDeny")])
def test_a_variable_is_plain_text_in_the_older_version_of_the_language(version: str, decision: Decision) -> None:
    written = document(allow(LIST, Resource=f"{ARN}${{aws:username}}")).replace("2012-10-17", version)
    assert decide([written], Question(LIST, f"{ARN}jin", {"aws:username": ["jin"]})) == decision


@pytest.mark.parametrize(
    ("pattern", "action", "covers"),
    [
        ("codepipeline:ListPipelines", LIST, True),
        ("CODEPIPELINE:listpipelines", LIST, True),
        ("codepipeline:List*", LIST, True),
        ("codepipeline:*", LIST, True),
        ("*", LIST, True),
        ("codepipeline:ListPipeline", LIST, False),
        ("codepipeline:ListPipeline?", LIST, True),
        ("codepipeline:ListPipelines?", LIST, False),
        ("codepipeline:*List*Pipe*s", LIST, True),
        ("codepipeline:[L]istPipelines", LIST, False),
        ("codepipeline:****************************************x", LIST, False),
    ],
)
def test_an_action_is_matched_by_wildcards_regardless_of_case(pattern: str, action: str, covers: bool) -> None:
    assert decided(allow(pattern), action=action) == ("allowed" if covers else "implicitDeny")


@pytest.mark.parametrize(
    ("pattern", "resource", "covers"),
    [
        ("*", "*", True),
        (ARN + "helprr", ARN + "helprr", True),
        (ARN + "Helprr", ARN + "helprr", False),
        (ARN + "helprr-*", ARN + "helprr-api", True),
        (ARN + "helprr", ARN + "helprr/Build", False),
        (ARN + "helprr/*", ARN + "helprr/Build", True),
        (ARN + "helprr*", "*", False),
        ("arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::123456789012:user/jin", True),
        ("arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::123456789012:user/mina", False),
        ("arn:aws:iam::*:user/${aws:nothing}", "arn:aws:iam::123456789012:user/", False),
        (ARN + "a${*}b", ARN + "a*b", True),
        (ARN + "a${*}b", ARN + "axb", False),
    ],
)
def test_a_resource_is_matched_by_wildcards_and_variables_in_its_case(
    pattern: str, resource: str, covers: bool
) -> None:
    found = decided(allow(LIST, on=pattern), on=resource, aws__username="jin")
    assert found == ("allowed" if covers else "implicitDeny")


def test_an_explicit_deny_wins_wherever_it_stands() -> None:
    assert decided(allow("*"), deny(LIST)) == "explicitDeny"
    assert decided(deny(LIST), allow("*")) == "explicitDeny"
    assert decided(allow("*"), deny(LIST, on=ARN + "other"), on=ARN + "own") == "allowed"


def test_not_action_and_not_resource_are_everything_else() -> None:
    everything_else = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
    assert decided(everything_else) == "allowed"
    assert decided(everything_else, action="IAM:CreateUser") == "implicitDeny"
    elsewhere = {"Effect": "Deny", "Action": "*", "NotResource": ARN + "own"}
    assert decided(allow("*"), elsewhere, on=ARN + "own") == "allowed"
    assert decided(allow("*"), elsewhere, on=ARN + "other") == "explicitDeny"


def test_one_value_and_one_statement_need_no_list() -> None:
    single = '{"Statement": {"Effect": "Allow", "Action": "codepipeline:List*", "Resource": "*"}}'
    assert decide([single], Question(LIST, "*", {})) == "allowed"


@pytest.mark.parametrize(
    ("operator", "with_mfa", "without", "with_an_access_key"),
    [
        ("Bool", True, False, False),  # the key does not exist at all for an access key
        ("BoolIfExists", True, False, True),
    ],
)
def test_mfa_is_there_not_there_or_unheard_of(
    operator: str, with_mfa: bool, without: bool, with_an_access_key: bool
) -> None:
    statement = allow(LIST, Condition={operator: {MFA: "true"}})
    contexts = [{"aws__multifactorauthpresent": "true"}, {"aws__multifactorauthpresent": "false"}, {}]
    found = [decided(statement, **context) == "allowed" for context in contexts]
    assert found == [with_mfa, without, with_an_access_key]


def test_a_deny_without_mfa_hits_access_keys_only_if_it_says_if_exists() -> None:
    for operator, expected in (("Bool", "allowed"), ("BoolIfExists", "explicitDeny")):
        assert decided(allow("*"), deny("*", Condition={operator: {MFA: "false"}})) == expected


@pytest.mark.parametrize(
    ("operator", "wanted", "value", "holds"),
    [
        ("StringEquals", "jin", "jin", True),
        ("StringEquals", "j*", "jin", False),
        ("StringLike", ["a*", "j*"], "jin", True),
        ("StringNotEquals", "jin", "jin", False),
        ("StringNotLike", "m*", "jin", True),
        ("StringEqualsIgnoreCase", "JIN", "jin", True),
        ("ForAnyValue:StringEquals", ["jin", "mina"], "mina", True),
        ("Null", "false", "jin", True),
        ("Null", "true", "jin", False),
        ("NumericLessThan", "3600", "10", True),
        ("DateGreaterThan", "2026-01-01T00:00:00Z", "2026-11-23T00:00:00Z", True),
        ("IpAddress", "10.0.0.0/8", "10.1.2.3", True),
        ("NumericLessThan", "3600", "long", False),
        ("IpAddress", "10.0.0.0/8", "nowhere", False),
        ("NotIpAddress", "10.0.0.0/8", "10.1.2.3", False),
    ],
)
def test_condition_operators(operator: str, wanted: str | list[str], value: str, holds: bool) -> None:
    found = decided(allow(LIST, Condition={operator: {"aws:Key": wanted}}), aws__key=value)
    assert found == ("allowed" if holds else "implicitDeny")


def test_an_absent_key_meets_only_negated_operators() -> None:
    for operator, expected in (("StringEquals", "implicitDeny"), ("StringNotEquals", "allowed")):
        assert decided(allow(LIST, Condition={operator: {"aws:Key": "a"}})) == expected


def test_every_condition_has_to_hold() -> None:
    both = {"StringEquals": {"aws:A": "1", "aws:B": "2"}}
    assert decided(allow(LIST, Condition=both), aws__a="1", aws__b="2") == "allowed"
    assert decided(allow(LIST, Condition=both), aws__a="1", aws__b="3") == "implicitDeny"


def test_an_operator_that_nobody_knows_grants_nothing_and_denies_everything() -> None:
    strange = {"StringResembles": {"aws:Key": "a"}}
    assert decided(allow(LIST, Condition=strange)) == "implicitDeny"
    assert decided(allow("*"), deny(LIST, Condition=strange)) == "explicitDeny"


@pytest.mark.parametrize(
    ("identity", "boundary", "verdict"),
    [
        (allow("*"), allow("codepipeline:*"), Verdict("allowed")),
        (allow("*"), allow("iam:*"), Verdict("implicitDeny", "permissions boundary")),
        (allow("iam:*"), allow("*"), Verdict("implicitDeny", "identity-based policy")),
        (allow("iam:*"), allow("iam:*"), Verdict("implicitDeny", "identity-based policy")),
        (deny(LIST), allow("*"), Verdict("explicitDeny", "identity-based policy")),
        (allow("*"), deny(LIST), Verdict("explicitDeny", "permissions boundary")),
        (allow("iam:*"), deny(LIST), Verdict("explicitDeny", "permissions boundary")),
    ],
    ids=[
        "both allow",
        "no boundary",
        "only the boundary",
        "neither",
        "denied",
        "boundary denies",
        "denies what nobody allows",
    ],
)
def test_a_call_passes_if_policies_and_boundary_allow_it_and_neither_denies(
    identity: dict[str, Any], boundary: dict[str, Any], verdict: Verdict
) -> None:
    assert decide_with([document(identity)], Question(LIST, "*", {}), boundary=document(boundary)) == verdict


def test_every_cap_has_to_allow() -> None:
    everything, other = document(allow("*")), document(allow("iam:*"))
    question = Question(LIST, "*", {})
    assert decide_with([everything], question, session_policies=[other, everything]) == Verdict("allowed")
    assert decide_with([everything], question, session_policies=[other]) == Verdict("implicitDeny", "session policy")
    assert decide_with([everything], question, service_control_policies=[other]).by == "service control policy"


def test_a_service_control_policy_denies_all_but_what_it_names_on_the_teams_path() -> None:
    """As AWS attaches them: its own, which allows everything, and one that limits it."""
    cap = {
        "Effect": "Deny",
        "NotAction": ["codepipeline:List*", "codepipeline:Get*"],
        "Resource": "*",
        "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/teams/*"}},
    }
    organization = [document(allow("*")), document(cap)]

    def decided_for(who: str, action: str) -> Verdict:
        context = {"aws:principalarn": [f"arn:aws:iam::123456789012:user{who}"]}
        question = Question(action, "*", context)
        return decide_with([document(allow("*"))], question, service_control_policies=organization)

    assert decided_for("/teams/helprr/jin", LIST) == Verdict("allowed")
    assert decided_for("/teams/helprr/jin", "iam:CreateRole") == Verdict("explicitDeny", "service control policy")
    assert decided_for("/mina", "iam:CreateRole") == Verdict("allowed")


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [("arn:aws:iam::*:user/jin", True), ("arn:*:user/jin", False), ("*", False), ("arn:aws:iam::1?345*:user/*", True)],
)
def test_an_arn_is_compared_part_by_part(pattern: str, matches: bool) -> None:
    conditional = allow(LIST, Condition={"ArnLike": {"aws:PrincipalArn": pattern}})
    found = decided(conditional, aws__PrincipalArn="arn:aws:iam::123456789012:user/jin")
    assert found == ("allowed" if matches else "implicitDeny")


@pytest.mark.parametrize("wanted", ["2027-01-01", "2027-01-01T00:00:00Z", "2027-01-01T09:00:00+09:00", "1798761600"])
def test_a_date_is_an_instant_however_it_is_written(wanted: str) -> None:
    ended = deny("*", Condition={"DateGreaterThanEquals": {"aws:CurrentTime": wanted}})
    assert decided(allow("*"), ended, aws__CurrentTime="2026-12-31T23:59:59+00:00") == "allowed"
    assert decided(allow("*"), ended, aws__CurrentTime="2027-01-01T00:00:00+00:00") == "explicitDeny"
