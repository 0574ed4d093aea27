"""Documents as IAM will read them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.pipeline_actions import CAPABILITIES, GUIDE, PIPELINE_CHANGES, Scope
from components.policy_document import (
    PipelinePattern,
    Place,
    deny_pipeline_changes,
    developer_policy,
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
    (statement,) = statements(developer_policy(PLACE, None, []))
    assert statement == {"Effect": "Allow", "Action": [permission.action for permission in GUIDE], "Resource": "*"}


def test_each_action_is_scoped_as_finely_as_it_can_be() -> None:
    patterns = [PipelinePattern("helprr-*"), PipelinePattern("api", "eu-west-1")]
    scoped = {
        action: found["Resource"]
        for found in statements(developer_policy(PLACE, patterns, []))
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
    assert len(statements(developer_policy(PLACE, [PipelinePattern("api")], []))) == 3


@pytest.mark.parametrize(("partition", "region"), [("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")])
def test_every_arn_is_of_the_partition(partition: str, region: str) -> None:
    place = Place(partition, region, "123456789012")
    documents = developer_policy(place, [PipelinePattern("api")], list(CAPABILITIES)) + require_mfa(place)
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
    for patterns, resource in ((None, unscoped), ([PipelinePattern("api")], scoped)):
        *guide, added = statements(developer_policy(PLACE, patterns, [capability]))
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
