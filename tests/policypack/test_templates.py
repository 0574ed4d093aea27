"""CloudFormation templates: what only CloudFormation will know counts as the worst it can be."""

import pytest

from iam import granted
from templates import TemplateResource, resources_of
from tests.policypack.documents import PIPELINE_CHANGES


def document_in(statements: str) -> object:
    [resource] = resources_of(f"""
Resources:
  It:
    Type: AWS::IAM::Policy
    Properties:
      PolicyDocument:
        Version: 2012-10-17
        Statement: {statements}
""")
    return resource.properties["PolicyDocument"]


@pytest.mark.parametrize(
    "statements",
    [
        "[{Effect: Allow, Action: 'codepipeline:*', Resource: !GetAtt Pipeline.Arn}]",
        "{Effect: Allow, Action: 'codepipeline:*', Resource: [!Sub 'arn:aws:${Service}:::x']}",
        "[{Effect: Allow, Action: '*', NotResource: !Ref Pipelines}]",
        "[{Effect: Allow, Action: '*', Resource: '*'}, {Effect: Deny, Action: '*', Resource: !Ref Pipelines}]",
        "[{Effect: Allow, Action: '*', Resource: '*'}, {Effect: Deny, Action: '*', NotResource: [!Ref Pipelines]}]",
    ],
)
def test_a_resource_that_only_cloudformation_will_know_may_be_any(statements: str) -> None:
    assert granted(document_in(statements), PIPELINE_CHANGES)


@pytest.mark.parametrize(
    "statements",
    [
        "[{Effect: Allow, Action: 's3:*', Resource: !GetAtt Bucket.Arn}]",
        "[{Effect: Deny, Action: 's3:*', Resource: !GetAtt Bucket.Arn}]",
        "[{Effect: Allow, Action: ['s3:*'], Resource: '*', Condition: {StringEquals: {'aws:x': !Ref Vpc}}}]",
        "[{Effect: Allow, Action: 's3:*', Resource: !Sub 'arn:${AWS::Partition}:s3:::bucket'}, !Ref AWS::NoValue]",
    ],
)
def test_functions_in_a_harmless_document_are_no_reason_to_refuse_it(statements: str) -> None:
    assert granted(document_in(statements), PIPELINE_CHANGES) == []


def test_json_and_yaml_say_the_same() -> None:
    as_json = (
        '{"Resources": {"A": {"Type": "AWS::IAM::Group", "Properties": {"GroupName": {"Ref": "AWS::Partition"}}}}}'
    )
    as_yaml = "Resources:\n  A:\n    Type: AWS::IAM::Group\n    Properties:\n      GroupName: !Ref AWS::Partition\n"
    made = TemplateResource("A", "AWS::IAM::Group", {"GroupName": "aws"}, conditional=False, depends_on=frozenset())
    assert resources_of(as_json) == resources_of(as_yaml) == [made]
