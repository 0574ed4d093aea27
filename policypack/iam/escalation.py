"""With which grants a developer could give himself any other: by changing IAM, or by borrowing a role.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html names the same actions.
"""

from dataclasses import replace

from iam.grants import Grant, granted

CHANGES_PERMISSIONS = (
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreatePolicyVersion",
    "iam:DeleteGroupPolicy",
    "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteUserPolicy",
    "iam:DetachGroupPolicy",
    "iam:DetachUserPolicy",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPermissionsBoundary",
    "iam:PutUserPolicy",
    "iam:RemoveUserFromGroup",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "cloudformation:CreateStack",
    "cloudformation:CreateStackSet",
    "cloudformation:ExecuteChangeSet",
    "cloudformation:UpdateStack",
    "cloudformation:UpdateStackSet",
)
SIGNS_IN_AS_OTHERS = ("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile")  # on oneself harmless
BORROWS_ANY_ROLE = ("sts:AssumeRole",)  # on named roles it is what it is meant for
PASSES_ANY_ROLE = ("iam:PassRole",)  # only together with one of the next
RUNS_WITH_A_ROLE = (
    "codebuild:CreateProject",
    "codebuild:UpdateProject",
    "datapipeline:PutPipelineDefinition",
    "ec2:RunInstances",
    "ecs:RegisterTaskDefinition",
    "glue:CreateDevEndpoint",
    "glue:CreateJob",
    "glue:UpdateJob",
    "lambda:CreateFunction",
    "sagemaker:CreateNotebookInstance",
    "sagemaker:CreateProcessingJob",
    "sagemaker:CreateTrainingJob",
    "ssm:StartAutomationExecution",
    "states:CreateStateMachine",
    "states:UpdateStateMachine",
)
_ALL = CHANGES_PERMISSIONS + SIGNS_IN_AS_OTHERS + BORROWS_ANY_ROLE + PASSES_ANY_ROLE + RUNS_WITH_A_ROLE
_ONESELF = "/${aws:username}"


def escalations(document: object) -> list[Grant]:
    """Find the grants of `document` that lead to others, each cut down to the actions that do.

    Raises:
        InvalidDocument: as granted does.
    """
    grants = granted(document, _ALL)
    runs = any(action in RUNS_WITH_A_ROLE for grant in grants for action in grant.actions)
    found = []
    for grant in grants:
        harmless = {*RUNS_WITH_A_ROLE}
        if all(resource.endswith(_ONESELF) for resource in grant.resources):
            harmless.update(SIGNS_IN_AS_OTHERS)
        if not any(_names_any_role(resource) for resource in grant.resources):
            harmless.update(BORROWS_ANY_ROLE + PASSES_ANY_ROLE)
        elif not runs:
            harmless.update(PASSES_ANY_ROLE)
        actions = tuple(action for action in grant.actions if action not in harmless)
        if actions:
            found.append(replace(grant, actions=actions))
    return found


def _names_any_role(resource: str) -> bool:
    """Whether `resource` leaves the name of the role open, as "*" and "arn:aws:iam::*:role/*" do."""
    name = resource.rpartition(":")[2].removeprefix("role/")
    return not name.strip("*?/")
