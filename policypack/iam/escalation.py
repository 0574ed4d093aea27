"""With which grants a developer could give himself any other: by changing IAM, or by borrowing a role.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html names the same actions.
"""

from collections.abc import Sequence
from dataclasses import replace

from .grants import ARN_PARTS, Grant, granted, may_name
from .matching import matches

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
_ARNS_OF = {"sts": "iam"}  # the service whose ARNs are the resources, where it is not the action's own
_OF_ANY_NAME = "\0"  # no pattern names it, so only a wildcard can match it


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
        if all(resource.lower().endswith(_ONESELF) for resource in grant.resources):
            harmless.update(SIGNS_IN_AS_OTHERS)
        harmless.update(action for action in grant.actions if not _may_apply(action, grant.resources))
        if not any(_names_any_role(resource) for resource in grant.resources):
            harmless.update(BORROWS_ANY_ROLE + PASSES_ANY_ROLE)
        elif not runs:
            harmless.update(PASSES_ANY_ROLE)
        actions = tuple(action for action in grant.actions if action not in harmless)
        if actions:
            found.append(replace(grant, actions=actions))
    return found


def _may_apply(action: str, resources: Sequence[str]) -> bool:
    """Whether one of `resources` is of the service of which `action` takes some."""
    service = action.partition(":")[0]
    return any(may_name(resource, _ARNS_OF.get(service, service)) for resource in resources)


def _names_any_role(resource: str) -> bool:
    """Whether `resource` leaves the name of the role open, as "*" and "arn:aws:iam::*:role/*" do."""
    parts = resource.split(":", ARN_PARTS - 1)
    if len(parts) < ARN_PARTS:
        return may_name(resource, "iam")
    return may_name(resource, "iam") and matches(parts[-1], f"role/{_OF_ANY_NAME}")
