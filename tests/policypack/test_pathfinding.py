"""The 65 ways up that https://pathfinding.cloud listed in November 2026, each with the verdict and why.

A way is refused where one grant leads to all others. Rights over what runs with a role already are not: whoever works
with functions, builds or instances has some of them, and which role runs there was decided by whoever set it up.
"""

import pytest

from iam import escalations
from tests.policypack.documents import allowing

RUNS_ALREADY = {
    "apprunner-002": "apprunner:UpdateService",
    "bedrock-002": "bedrock-agentcore:StartCodeInterpreterSession bedrock-agentcore:InvokeCodeInterpreter",
    "codebuild-002": "codebuild:StartBuild",
    "codebuild-003": "codebuild:StartBuildBatch",
    "ec2instanceconnect-003": "ec2-instance-connect:SendSSHPublicKey ec2:DescribeInstances",
    "ec2-002": "ec2:ModifyInstanceAttribute ec2:StopInstances ec2:StartInstances",
    "ec2-004": "ec2:CreateLaunchTemplateVersion ec2:ModifyLaunchTemplate",
    "glue-002": "glue:UpdateDevEndpoint",
    "lambda-003": "lambda:UpdateFunctionCode",
    "lambda-004": "lambda:UpdateFunctionCode lambda:InvokeFunction",
    "lambda-005": "lambda:UpdateFunctionCode lambda:AddPermission",
    "sagemaker-004": "sagemaker:CreatePresignedNotebookInstanceUrl",
    "sagemaker-005": "sagemaker:CreateNotebookInstanceLifecycleConfig sagemaker:StopNotebookInstance"
    " sagemaker:UpdateNotebookInstance sagemaker:StartNotebookInstance",
    "ssm-001": "ssm:StartSession",
    "ssm-002": "ssm:SendCommand",
}
PASSES_ANY_ROLE = {
    "apprunner-001": "apprunner:CreateService",
    "bedrock-001": "bedrock-agentcore:CreateCodeInterpreter bedrock-agentcore:StartCodeInterpreterSession"
    " bedrock-agentcore:InvokeCodeInterpreter",
    "codebuild-001": "codebuild:CreateProject codebuild:StartBuild",
    "codebuild-004": "codebuild:CreateProject codebuild:StartBuildBatch",
    "datapipeline-001": "datapipeline:CreatePipeline datapipeline:PutPipelineDefinition datapipeline:ActivatePipeline",
    "ec2-001": "ec2:RunInstances",
    "ec2-003": "ec2:RequestSpotInstances",
    "ecs-001": "ecs:CreateCluster ecs:RegisterTaskDefinition ecs:CreateService",
    "ecs-002": "ecs:CreateCluster ecs:RegisterTaskDefinition ecs:RunTask",
    "ecs-003": "ecs:RegisterTaskDefinition ecs:CreateService",
    "ecs-004": "ecs:RegisterTaskDefinition ecs:RunTask",
    "ecs-005": "ecs:RegisterTaskDefinition ecs:StartTask",
    "glue-001": "glue:CreateDevEndpoint",
    "glue-003": "glue:CreateJob glue:StartJobRun",
    "glue-004": "glue:CreateJob glue:CreateTrigger",
    "glue-005": "glue:UpdateJob glue:StartJobRun",
    "glue-006": "glue:UpdateJob glue:CreateTrigger",
    "lambda-001": "lambda:CreateFunction lambda:InvokeFunction",
    "lambda-002": "lambda:CreateFunction lambda:CreateEventSourceMapping",
    "lambda-006": "lambda:CreateFunction lambda:AddPermission",
    "sagemaker-001": "sagemaker:CreateNotebookInstance",
    "sagemaker-002": "sagemaker:CreateTrainingJob",
    "sagemaker-003": "sagemaker:CreateProcessingJob",
}
CHANGES_IAM = {
    "cloudformation-001": "iam:PassRole cloudformation:CreateStack",
    "cloudformation-002": "cloudformation:UpdateStack",
    "cloudformation-003": "iam:PassRole cloudformation:CreateStackSet cloudformation:CreateStackInstances",
    "cloudformation-004": "iam:PassRole cloudformation:UpdateStackSet",
    "cloudformation-005": "cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet",
    "iam-001": "iam:CreatePolicyVersion",
    "iam-002": "iam:CreateAccessKey",
    "iam-003": "iam:CreateAccessKey iam:DeleteAccessKey",
    "iam-004": "iam:CreateLoginProfile",
    "iam-005": "iam:PutRolePolicy",
    "iam-006": "iam:UpdateLoginProfile",
    "iam-007": "iam:PutUserPolicy",
    "iam-008": "iam:AttachUserPolicy",
    "iam-009": "iam:AttachRolePolicy",
    "iam-010": "iam:AttachGroupPolicy",
    "iam-011": "iam:PutGroupPolicy",
    "iam-012": "iam:UpdateAssumeRolePolicy",
    "iam-013": "iam:AddUserToGroup",
    "iam-014": "iam:AttachRolePolicy sts:AssumeRole",
    "iam-015": "iam:AttachUserPolicy iam:CreateAccessKey",
    "iam-016": "iam:CreatePolicyVersion sts:AssumeRole",
    "iam-017": "iam:PutRolePolicy sts:AssumeRole",
    "iam-018": "iam:PutUserPolicy iam:CreateAccessKey",
    "iam-019": "iam:AttachRolePolicy iam:UpdateAssumeRolePolicy",
    "iam-020": "iam:CreatePolicyVersion iam:UpdateAssumeRolePolicy",
    "iam-021": "iam:PutRolePolicy iam:UpdateAssumeRolePolicy",
    "sts-001": "sts:AssumeRole",
}
NAMED_ROLE = "arn:aws:iam::123456789012:role/build-of-web"


@pytest.mark.parametrize("path", CHANGES_IAM)
def test_what_changes_iam_or_takes_a_role_is_refused(path: str) -> None:
    assert escalations(allowing(*CHANGES_IAM[path].split()))


@pytest.mark.parametrize("path", PASSES_ANY_ROLE)
def test_passing_any_role_to_what_runs_with_it_is_refused_and_passing_one_by_name_is_not(path: str) -> None:
    actions = PASSES_ANY_ROLE[path].split()
    assert escalations(allowing("iam:PassRole", *actions))
    by_name = allowing(*actions)
    by_name["Statement"] += allowing("iam:PassRole", Resource=NAMED_ROLE)["Statement"]
    assert escalations(by_name) == []


@pytest.mark.parametrize("path", RUNS_ALREADY)
def test_rights_over_what_runs_already_are_accepted(path: str) -> None:
    assert escalations(allowing(*RUNS_ALREADY[path].split())) == []


def test_the_list_is_whole() -> None:
    assert len({**RUNS_ALREADY, **PASSES_ANY_ROLE, **CHANGES_IAM}) == 65
