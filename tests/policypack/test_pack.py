"""The pack as a process."""

import json

from tests.policypack.analyzer import Pack

POLICY = "aws:iam/policy:Policy"


def document(*actions: str) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_policy_that_grants_nothing_of_the_three_is_accepted(running_pack: Pack) -> None:
    assert running_pack.analyze(POLICY, policy=document("codepipeline:Get*")) == []


def test_a_policy_that_grants_one_of_the_three_is_refused(running_pack: Pack) -> None:
    [finding] = running_pack.analyze(POLICY, policy=document("codepipeline:Get*", "codepipeline:Up*"))
    assert finding.level == "MANDATORY"
    assert 'policy, statement 1: "codepipeline:Up*" grants UpdatePipeline.' in finding.message
