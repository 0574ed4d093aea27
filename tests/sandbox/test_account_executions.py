"""Starting a pipeline on chosen revisions, with variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.aws import client_of, make_pipeline, refusal

if TYPE_CHECKING:
    from sandbox.account import Account

COMMIT = {"actionName": "Source", "revisionType": "COMMIT_ID", "revisionValue": "0f3e5b1"}


@pytest.fixture
def pipelines(account: Account) -> Any:  # noqa: ANN401 - a boto3 client
    make_pipeline(account, "own")
    return client_of(account, "codepipeline")


def test_an_execution_tells_its_revisions_and_variables(pipelines: Any) -> None:  # noqa: ANN401 - likewise
    started = pipelines.start_pipeline_execution(
        name="own", sourceRevisions=[COMMIT], variables=[{"name": "stage", "value": "any branch"}]
    )["pipelineExecutionId"]
    shown = pipelines.get_pipeline_execution(pipelineName="own", pipelineExecutionId=started)["pipelineExecution"]
    assert shown["artifactRevisions"] == [{"name": "Source", "revisionId": "0f3e5b1"}]
    assert shown["variables"] == [{"name": "stage", "resolvedValue": "any branch"}]
    (listed,) = pipelines.list_pipeline_executions(pipelineName="own")["pipelineExecutionSummaries"]
    assert listed["sourceRevisions"] == [{"actionName": "Source", "revisionId": "0f3e5b1"}]


def test_without_any_the_newest_is_started(pipelines: Any) -> None:  # noqa: ANN401 - likewise
    started = pipelines.start_pipeline_execution(name="own")["pipelineExecutionId"]
    shown = pipelines.get_pipeline_execution(pipelineName="own", pipelineExecutionId=started)["pipelineExecution"]
    assert (shown["status"], shown["artifactRevisions"], shown["variables"]) == ("Succeeded", [], [])


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"sourceRevisions": [COMMIT | {"revisionType": "BRANCH"}]}, "'sourceRevisions.1.member.revisionType'"),
        ({"sourceRevisions": [COMMIT, COMMIT | {"revisionValue": "x" * 1501}]}, "'sourceRevisions.2.member.revisionV"),
        ({"sourceRevisions": [COMMIT] * 51}, "a list of at most 50"),
        ({"sourceRevisions": [COMMIT | {"actionName": "Build"}]}, "The pipeline has no source action Build."),
        ({"variables": [{"name": "a b", "value": "1"}]}, "'variables.1.member.name'"),
        ({"variables": [{"name": "a", "value": "x" * 1001}]}, "'variables.1.member.value'"),
    ],
    ids=["type", "value", "too many", "no source", "name", "long value"],
)
def test_what_makes_no_sense_starts_nothing(pipelines: Any, given: dict[str, Any], where: str) -> None:  # noqa: ANN401 - likewise
    found = refusal(pipelines.start_pipeline_execution, name="own", **given)
    assert found.startswith("ValidationException: ")
    assert where in found
    assert pipelines.list_pipeline_executions(pipelineName="own")["pipelineExecutionSummaries"] == []
