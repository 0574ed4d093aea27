"""Documents as IAM will read them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.pipeline_actions import CAPABILITIES, GUIDE, PIPELINE_CHANGES, Scope
from components.policy_document import (
    Pattern,
    Place,
    Reach,
    deny_pipeline_changes,
    developer_policy,
    own_mfa_device,
    policy_size,
    require_mfa,
)

PLACE = Place("aws", "us-east-1", "123456789012")
ARN = "arn:aws:codepipeline:us-east-1:123456789012"


def statements(document: str) -> list[dict[str, Any]]:
    parsed: dict[str, Any] = json.loads(document)
    assert parsed["Version"] == "2012-10-17"
    found: list[dict[str, Any]] = parsed["Statement"]
    return found


def test_unscoped_it_is_the_guides_one_statement() -> None:
    (statement,) = statements(developer_policy(PLACE, Reach(), []))
    assert statement == {"Effect": "Allow", "Action": [permission.action for permission in GUIDE], "Resource": "*"}


def test_each_action_is_scoped_as_finely_as_it_can_be() -> None:
    patterns = [Pattern("helprr-*"), Pattern("api", "eu-west-1")]
    scoped = {
        action: found["Resource"]
        for found in statements(developer_policy(PLACE, Reach(patterns), []))
        for action in found["Action"]
    }
    other = "arn:aws:codepipeline:eu-west-1:123456789012"
    assert scoped == {
        permission.action: {
            Scope.PIPELINE: [f"{ARN}:helprr-*", f"{other}:api"],
            Scope.STAGE: [f"{ARN}:helprr-*/*", f"{other}:api/*"],
            Scope.EVERYTHING: "*",
        }[permission.scope]
        for permission in GUIDE
    }


def test_scoping_takes_three_statements_and_no_more() -> None:
    assert len(statements(developer_policy(PLACE, Reach([Pattern("api")]), []))) == 3


@pytest.mark.parametrize(("partition", "region"), [("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")])
def test_every_arn_is_of_the_partition(partition: str, region: str) -> None:
    place = Place(partition, region, "123456789012")
    documents = developer_policy(place, Reach([Pattern("api")]), list(CAPABILITIES)) + own_mfa_device(place)
    assert "arn:aws:" not in documents
    assert f"arn:{partition}:codepipeline:{region}:123456789012:api" in documents


@pytest.mark.parametrize(
    ("capability", "unscoped", "scoped"),
    [
        (
            "build-logs",
            [
                "arn:aws:codebuild:*:123456789012:project/*",
                "arn:aws:logs:*:123456789012:log-group:/aws/codebuild/*:log-stream:*",
                "arn:aws:logs:*:123456789012:log-group:/aws/codepipeline/*:log-stream:*",
            ],
            [
                "arn:aws:codebuild:us-east-1:123456789012:project/*",
                "arn:aws:logs:us-east-1:123456789012:log-group:/aws/codebuild/*:log-stream:*",
                "arn:aws:logs:us-east-1:123456789012:log-group:/aws/codepipeline/api:log-stream:*",
            ],
        ),
        ("approve", "*", f"{ARN}:api/*/*"),
        ("stage-transitions", "*", f"{ARN}:api/*"),
    ],
)
def test_an_opt_in_is_one_statement_with_its_own_sid(capability: str, unscoped: object, scoped: object) -> None:
    for patterns, resource in ((None, unscoped), ([Pattern("api")], scoped)):
        *guide, added = statements(developer_policy(PLACE, Reach(patterns), [capability]))
        assert all("Sid" not in statement for statement in guide)
        assert added == {
            "Sid": CAPABILITIES[capability].sid,
            "Effect": "Allow",
            "Action": [permission.action for permission in CAPABILITIES[capability].permissions],
            "Resource": resource,
        }


def test_nothing_in_the_catalogue_changes_a_pipeline() -> None:
    bundles = [GUIDE, *(capability.permissions for capability in CAPABILITIES.values())]
    assert not {permission.action for bundle in bundles for permission in bundle} & set(PIPELINE_CHANGES)


def test_the_deny_names_the_three_changes_on_everything() -> None:
    assert statements(deny_pipeline_changes()) == [
        {"Effect": "Deny", "Action": list(PIPELINE_CHANGES), "Resource": "*"},
    ]


def test_size_counts_all_but_white_space() -> None:
    assert policy_size(' {"a": "b c"}\n') == len('{"a":"bc"}')


def test_where_members_start_can_be_narrower_than_what_they_view() -> None:
    for pipelines, viewed in ((None, "*"), ([Pattern("helprr-*")], f"{ARN}:helprr-*")):
        reach = Reach(pipelines, startable=[Pattern("helprr-dev")])
        found = statements(developer_policy(PLACE, reach, []))
        resources = {action: statement["Resource"] for statement in found for action in statement["Action"]}
        assert sorted(resources) == sorted(permission.action for permission in GUIDE)
        assert resources["codepipeline:GetPipeline"] == viewed
        assert resources["codepipeline:StartPipelineExecution"] == f"{ARN}:helprr-dev"
        assert resources["codepipeline:StopPipelineExecution"] == f"{ARN}:helprr-dev"
        assert resources["codepipeline:RetryStageExecution"] == f"{ARN}:helprr-dev/*"


def test_builds_and_logs_are_of_the_projects_only() -> None:
    reach = Reach([Pattern("api")], projects=[Pattern("api-*"), Pattern("web", "eu-west-1")])
    (build_logs,) = [one for one in statements(developer_policy(PLACE, reach, ["build-logs"])) if "Sid" in one]
    assert build_logs["Resource"] == [
        "arn:aws:codebuild:us-east-1:123456789012:project/api-*",
        "arn:aws:codebuild:eu-west-1:123456789012:project/web",
        "arn:aws:logs:us-east-1:123456789012:log-group:/aws/codebuild/api-*:log-stream:*",
        "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/codebuild/web:log-stream:*",
        "arn:aws:logs:us-east-1:123456789012:log-group:/aws/codepipeline/api:log-stream:*",
    ]


@pytest.mark.parametrize(
    ("pattern", "other", "within"),
    [
        ("api", "api", True),
        ("api", "*", True),
        ("*", "*", True),
        ("a*", "*", True),
        ("*", "a*", False),
        ("api-*", "api-*", True),
        ("api-dev-*", "api-*", True),
        ("api*", "api-*", False),
        ("a*c", "a*", True),
        ("a*c", "a*b*c", False),
        ("axbyc", "a*b*c", True),
        ("a*b", "a*b*", True),
        ("ab", "a*b", True),
        ("a", "a*a", False),
        ("aba", "ab*ba", False),
        ("Api", "api", False),
        ("a", "**", True),
    ],
)
def test_a_pattern_lies_within_another_if_all_its_names_do(pattern: str, other: str, within: bool) -> None:
    assert Pattern(pattern).within(Pattern(other), "us-east-1") is within
    assert Pattern(pattern).within(Pattern(other, "us-east-1"), "us-east-1") is within
    assert Pattern(pattern, "eu-west-1").within(Pattern(other), "us-east-1") is False


def test_a_device_is_enrolled_by_people_and_not_by_an_access_key_alone() -> None:
    (denied,) = [one for one in statements(own_mfa_device(PLACE)) if one["Effect"] == "Deny"]
    assert denied["Condition"] == {"Null": {"aws:MultiFactorAuthPresent": "true"}}
    assert {"iam:CreateVirtualMFADevice", "iam:EnableMFADevice"} <= set(denied["Action"])
    assert {one["Effect"] for one in statements(require_mfa())} == {"Deny"}
