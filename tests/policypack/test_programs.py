"""Programs as people write them, from the first resource to the last, are accepted."""

import json

import pytest

from tests.policypack.analyzer import Pack, Resource, excepting, refusals
from tests.policypack.documents import policy, statement, text

ACCOUNT = "arn:aws:iam::123456789012:"
AWS = "arn:aws:iam::aws:policy/"
SERVICE_ROLES = {
    "apigateway": "service-role/AmazonAPIGatewayPushToCloudWatchLogs",
    "application-autoscaling": "service-role/AmazonEC2ContainerServiceAutoscaleRole",
    "backup": "service-role/AWSBackupServiceRolePolicyForBackup service-role/AWSBackupServiceRolePolicyForRestores"
    " AWSBackupServiceRolePolicyForS3Backup AWSBackupServiceRolePolicyForS3Restore",
    "batch": "service-role/AWSBatchServiceRole",
    "codedeploy": "service-role/AWSCodeDeployRole AWSCodeDeployRoleForECS",
    "config": "service-role/AWS_ConfigRole",
    "dms": "service-role/AmazonDMSVPCManagementRole service-role/AmazonDMSCloudWatchLogsRole",
    "ec2": "AmazonEKSWorkerNodePolicy AmazonEKS_CNI_Policy AmazonEC2ContainerRegistryReadOnly"
    " AmazonSSMManagedInstanceCore",
    "ecs": "service-role/AmazonEC2ContainerServiceRole",
    "ecs-tasks": "service-role/AmazonECSTaskExecutionRolePolicy",
    "eks": "AmazonEKSClusterPolicy AmazonEKSComputePolicy AmazonEKSBlockStoragePolicy AmazonEKSLoadBalancingPolicy"
    " AmazonEKSNetworkingPolicy",
    "elasticmapreduce": "service-role/AmazonElasticMapReduceRole service-role/AmazonEMRServicePolicy_v2",
    "events": "service-role/AmazonEC2ContainerServiceEventsRole",
    "glue": "service-role/AWSGlueServiceRole",
    "lambda": "service-role/AWSLambdaBasicExecutionRole service-role/AWSLambdaVPCAccessExecutionRole",
    "monitoring.rds": "service-role/AmazonRDSEnhancedMonitoringRole",
    "spotfleet": "service-role/AmazonEC2SpotFleetTaggingRole",
}
FOR_PEOPLE = """
    AWSCodeBuildDeveloperAccess AWSCodeCommitPowerUser AWSCodePipelineApproverAccess AWSCodePipeline_ReadOnlyAccess
    AWSKeyManagementServicePowerUser AWSSupportAccess AmazonDynamoDBFullAccess AmazonEC2FullAccess
    AmazonGuardDutyFullAccess_v2 AmazonRDSFullAccess AmazonS3FullAccess AmazonVPCFullAccess CloudWatchFullAccess
    IAMReadOnlyAccess IAMSelfManageServiceSpecificCredentials IAMUserChangePassword ReadOnlyAccess SecurityAudit
    job-function/Billing job-function/ViewOnlyAccess
"""


@pytest.mark.parametrize("service", SERVICE_ROLES)
def test_a_role_of_a_service_has_the_policies_that_aws_made_for_it(pack: Pack, service: str) -> None:
    trust = policy(statement(Action="sts:AssumeRole", Resource=None, Principal={"Service": f"{service}.amazonaws.com"}))
    attached = [AWS + name for name in SERVICE_ROLES[service].split()]
    role = Resource(
        "aws:iam/role:Role",
        {"name": "service", "assumeRolePolicy": json.dumps(trust)},
        {"arn": f"{ACCOUNT}role/service", "managedPolicyArns": attached},  # as a later run reads them
    )
    attachments = [
        Resource(
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            {"role": "service", "policyArn": arn},
            name=f"attachment-{number}",
            taken_from={"role": role},
        )
        for number, arn in enumerate(attached)
    ]
    assert pack.program(role, *attachments) == []
    inline = {"assumeRolePolicy": json.dumps(trust), "managedPolicyArns": attached}
    assert pack.rules("aws:iam/role:Role", **inline) == []


@pytest.mark.parametrize("name", FOR_PEOPLE.split())
def test_policies_of_aws_that_lead_nowhere_may_be_given_to_people(pack: Pack, name: str) -> None:
    attachment = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"
    assert pack.rules(attachment, group="team", policyArn=AWS + name) == []


ONESELF = f"{ACCOUNT}user/${{aws:username}}"
DOCUMENTS = {
    "a cluster that starts its nodes": policy(
        statement(Action=["ec2:RunInstances", "ec2:CreateFleet"]),
        statement(Action="iam:PassRole", Resource=f"{ACCOUNT}role/NodeRole-web"),
        statement(
            Action=["iam:CreateInstanceProfile", "iam:AddRoleToInstanceProfile"],
            Resource=f"{ACCOUNT}instance-profile/*",
        ),
    ),
    "one's own devices and keys in one statement": policy(
        statement(
            Action=["iam:*LoginProfile", "iam:*AccessKey*", "iam:*MFADevice*"], Resource=[f"{ACCOUNT}mfa/*", ONESELF]
        )
    ),
    "a build that deploys": policy(
        statement(Action=["s3:PutObject", "ecr:*", "ecs:RegisterTaskDefinition", "ecs:UpdateService"]),
        statement(Action="iam:PassRole", Resource=[f"{ACCOUNT}role/task-web", f"{ACCOUNT}role/execution-web"]),
    ),
    "deploying into other accounts": policy(statement(Action="sts:AssumeRole", Resource="arn:aws:iam::*:role/cdk-*")),
    "developing functions": policy(statement(Action=["lambda:UpdateFunctionCode", "lambda:Get*", "ssm:StartSession"])),
    "service-linked roles": policy(
        statement(
            Action=["iam:CreateServiceLinkedRole", "iam:AttachRolePolicy"], Resource=f"{ACCOUNT}role/aws-service-role/*"
        )
    ),
}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_what_people_and_programs_need_is_granted(pack: Pack, document: object) -> None:
    assert pack.analyze("aws:iam/policy:Policy", name="it", policy=json.dumps(document)) == []


def test_a_permission_set_made_here_is_assigned(pack: Pack) -> None:
    arn = "arn:aws:sso:::permissionSet/ssoins-1/ps-1"
    made = Resource("aws:ssoadmin/permissionSet:PermissionSet", {"name": "developers"}, {"arn": arn})
    others = [
        Resource(
            f"aws:ssoadmin/{resource_type}", {"permissionSetArn": arn, **inputs}, taken_from={"permissionSetArn": made}
        )
        for resource_type, inputs in {
            "managedPolicyAttachment:ManagedPolicyAttachment": {"managedPolicyArn": f"{AWS}ReadOnlyAccess"},
            "permissionSetInlinePolicy:PermissionSetInlinePolicy": {"inlinePolicy": text("codepipeline:Get*")},
            "accountAssignment:AccountAssignment": {"principalId": "g", "principalType": "GROUP"},
        }.items()
    ]
    assert pack.program(made, *others) == []


def test_the_role_that_deploys_is_excepted_and_no_other(pack: Pack) -> None:
    inputs = {"assumeRolePolicy": "{}", "managedPolicyArns": [f"{AWS}AdministratorAccess"]}
    deploying = Resource("aws:iam/role:Role", inputs, name="deploy")
    other = Resource("aws:iam/role:Role", inputs, name="deploy-too")
    pack.configure(no_pipeline_change_grants=excepting("urn:pulumi:dev::*::aws:iam/role:Role::deploy"))
    found = pack.program(deploying, other)
    assert refusals(found) == ["no-pipeline-change-grants"]
    assert [one.rule for one in found] == ["no-pipeline-change-grants", "exceptions-in-force"]
