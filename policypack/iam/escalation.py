"""With which grants a developer could give themselves any other: by changing IAM, or by borrowing a role.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html names many of the actions,
https://pathfinding.cloud the ways that use them. Rights over what runs with a role already (lambda:UpdateFunctionCode,
codebuild:StartBuild, ssm:SendCommand) are not among them: every developer has some.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from .document import Statement, parse_document
from .grants import ARN_PARTS, Grant, granted, may_name
from .matching import matches, rests

# Actions of IAM, by what their resource is: user/NAME, group/NAME and so on.
_BY_RESOURCE = {
    "group/": (
        *("iam:AddUserToGroup", "iam:AttachGroupPolicy", "iam:DeleteGroupPolicy", "iam:DetachGroupPolicy"),
        *("iam:PutGroupPolicy", "iam:RemoveUserFromGroup"),
    ),
    "oidc-provider/": ("iam:AddClientIDToOpenIDConnectProvider", "iam:UpdateOpenIDConnectProviderThumbprint"),
    "policy/": ("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"),
    "role/": (
        *("iam:AttachRolePolicy", "iam:DeleteRolePermissionsBoundary", "iam:DeleteRolePolicy", "iam:DetachRolePolicy"),
        *("iam:PutRolePermissionsBoundary", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"),
    ),
    "root": ("sts:AssumeRoot",),
    "saml-provider/": ("iam:UpdateSAMLProvider",),
    "trust-anchor/": ("rolesanywhere:CreateTrustAnchor", "rolesanywhere:UpdateTrustAnchor"),
    "user/": (
        *("iam:AttachUserPolicy", "iam:DeleteUserPermissionsBoundary", "iam:DeleteUserPolicy", "iam:DetachUserPolicy"),
        *("iam:PutUserPermissionsBoundary", "iam:PutUserPolicy"),
    ),
}
CHANGES_PERMISSIONS = (
    *(action for actions in _BY_RESOURCE.values() for action in actions),
    *("cloudformation:CreateStack", "cloudformation:CreateStackInstances", "cloudformation:CreateStackSet"),
    *("cloudformation:ExecuteChangeSet", "cloudformation:UpdateStack", "cloudformation:UpdateStackInstances"),
    "cloudformation:UpdateStackSet",
)
SIGNS_IN_AS_OTHERS = ("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile")  # on oneself harmless
BORROWS_ANY_ROLE = ("sts:AssumeRole",)  # on named roles it is what it is meant for
PASSES_ANY_ROLE = ("iam:PassRole",)
# What Identity Center's services can write: who is in which group and gets which permissions in which account.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiamidentitycenter.html, November 2026
_IDENTITY_CENTER = {
    "account-access": "CreateApplication CreateEntitlement DeleteApplication DeleteEntitlement",
    "identitystore": """
        AddRegion CreateGroup CreateGroupMembership CreateIdentityStore CreateUser DeleteGroup DeleteGroupMembership
        DeleteIdentityStore DeleteUser RemoveRegion ReserveUser UpdateGroup UpdateIdentityStore UpdateUser
    """,
    "sso": """
        AddRegion AssociateDirectory AssociateProfile AttachCustomerManagedPolicyReferenceToPermissionSet
        AttachManagedPolicyToPermissionSet CreateAccountAssignment CreateApplication CreateApplicationAssignment
        CreateApplicationInstance CreateApplicationInstanceCertificate CreateInstance
        CreateInstanceAccessControlAttributeConfiguration CreateManagedApplicationInstance CreatePermissionSet
        CreateProfile CreateTrust CreateTrustedTokenIssuer DeleteAccountAssignment DeleteApplication
        DeleteApplicationAccessScope DeleteApplicationAssignment DeleteApplicationAuthenticationMethod
        DeleteApplicationGrant DeleteApplicationInstance DeleteApplicationInstanceCertificate
        DeleteInlinePolicyFromPermissionSet DeleteInstance DeleteInstanceAccessControlAttributeConfiguration
        DeleteManagedApplicationInstance DeletePermissionSet DeletePermissionsBoundaryFromPermissionSet DeleteProfile
        DeleteTrustedTokenIssuer DetachCustomerManagedPolicyReferenceFromPermissionSet
        DetachManagedPolicyFromPermissionSet DisassociateDirectory DisassociateProfile
        ImportApplicationInstanceServiceProviderMetadata ProvisionPermissionSet PutApplicationAccessScope
        PutApplicationAssignmentConfiguration PutApplicationAuthenticationMethod PutApplicationGrant
        PutApplicationSessionConfiguration PutInlinePolicyToPermissionSet PutMfaDeviceManagementForDirectory
        PutPermissionsBoundaryToPermissionSet PutPermissionsPolicy RemoveRegion StartSSO UpdateApplication
        UpdateApplicationInstanceActiveCertificate UpdateApplicationInstanceDisplayData
        UpdateApplicationInstanceResponseConfiguration UpdateApplicationInstanceResponseSchemaConfiguration
        UpdateApplicationInstanceSecurityConfiguration UpdateApplicationInstanceServiceProviderConfiguration
        UpdateApplicationInstanceStatus UpdateInstance UpdateInstanceAccessControlAttributeConfiguration
        UpdateManagedApplicationInstanceStatus UpdatePermissionSet UpdateProfile UpdateSSOConfiguration UpdateTrust
        UpdateTrustedTokenIssuer
    """,
    "sso-directory": """
        AddMemberToGroup CompleteVirtualMfaDeviceRegistration CompleteWebAuthnDeviceRegistration CreateAlias
        CreateBearerToken CreateExternalIdPConfigurationForDirectory CreateGroup CreateProvisioningTenant CreateUser
        DeleteBearerToken DeleteExternalIdPCertificate DeleteExternalIdPConfigurationForDirectory DeleteGroup
        DeleteMfaDeviceForUser DeleteProvisioningTenant DeleteUser DisableExternalIdPConfigurationForDirectory
        DisableUser EnableExternalIdPConfigurationForDirectory EnableUser ImportExternalIdPCertificate
        RemoveMemberFromGroup StartVirtualMfaDeviceRegistration StartWebAuthnDeviceRegistration
        UpdateExternalIdPConfigurationForDirectory UpdateGroup UpdateGroupDisplayName UpdateMfaDeviceForUser
        UpdatePassword UpdateUser UpdateUserName VerifyEmail
    """,
}
WRITES_IDENTITY_CENTER = tuple(
    f"{service}:{name}" for service, names in _IDENTITY_CENTER.items() for name in names.split()
)
# Roles of other accounts that administer them, under the names that AWS gives.
ADMINISTRATORS = (
    *("AWSAFTExecution", "AWSCloudFormationStackSetExecutionRole", "AWSControlTowerExecution"),
    "OrganizationAccountAccessRole",
)
# Services that do with a role what they are for and run nothing that the caller gives them: no code, no template, no
# call of the caller's choice. Whatever is not listed may run anything.
_RUNS_NOTHING = """
    application-autoscaling assets.marketplace autoscaling backup batch cloudtrail cloudwatch config datasync dax
    delivery.logs directquery.opensearchservice dlm dms dsql dynamodb ec2fleet eks elasticfilesystem
    elasticloadbalancing elasticmapreduce elastictranscoder export.rds forecast frauddetector guardduty healthlake
    inspector inspector2 kafka kendra logs lookoutequipment macie malware-protection-plan.guardduty
    malware-protection.guardduty mediaconnect mediaconvert medical-imaging monitoring.rds neptune-graph personalize
    polly qldb rds rekognition replication.s3tables resource-snapshot-job.partnercentral-selling s3 securityhub sns
    spot spotfleet telemetry-pipelines.observabilityadmin textract transcribe transfer translate vpc-flow-logs
"""
RUNS_NOTHING = frozenset(f"{service}.amazonaws.com" for service in _RUNS_NOTHING.split())
# Services that start what has a role of its own: a role that only they can take is no person's.
_STARTS_OTHERS = frozenset({"codedeploy.amazonaws.com", "ecs.amazonaws.com", "events.amazonaws.com"})
# Services whose actions start nothing with a role that was passed, beside a PassRole that leaves the role open.
_BESIDE = frozenset(
    [
        *("access-analyzer", "account", "acm", "application-autoscaling", "aws-portal", "billing", "ce", "cloudtrail"),
        *("cloudwatch", "codecommit", "codeconnections", "codepipeline", "codestar-connections", "cur", "dax"),
        *("dynamodb", "ecr", "elasticloadbalancing", "health", "iam", "kms", "logs", "organizations", "pricing"),
        *("resource-groups", "route53", "s3", "secretsmanager", "servicequotas", "sns", "sqs", "sts", "support", "tag"),
        *("trustedadvisor", "xray"),
    ]
)
_READS = ("batchget", "check", "describe", "estimate", "get", "head", "list", "lookup", "search", "view")
ESCALATING_ACTIONS = (
    CHANGES_PERMISSIONS + SIGNS_IN_AS_OTHERS + BORROWS_ANY_ROLE + PASSES_ANY_ROLE + WRITES_IDENTITY_CENTER
)
_RESOURCE_OF = {action: kind for kind, actions in _BY_RESOURCE.items() for action in actions} | dict.fromkeys(
    SIGNS_IN_AS_OTHERS, "user/"
)
_ATTACHES_PASSED_ROLE = "addroletoinstanceprofile"  # of IAM, otherwise beside the point: an instance may have it
_ONESELF = "/${aws.username}"
_SERVICE_LINKED = "role/aws-service-role/"  # only the service itself can take such a role
_ARNS_OF = {"sts": "iam"}  # the service whose ARNs are the resources, where it is not the action's own
_FEWEST_LETTERS = 2  # of a name, that a pattern must hold to leave it less than open: all single ones fit in one policy
_PASSED_TO = "iam:passedtoservice"
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_TAG = "\0"  # stands for a tag of the caller's, which occurs in no name
# Policy variables that say who the caller is. Others the caller writes into the request, or they may be empty.
_OF_THE_CALLER = re.compile(r"aws[:.](accountid|principal\w*(/[^,]+)?|region|stackname|userid|username)|saml:[^,]+")
_LIMITING = frozenset({"stringequals", "stringequalsignorecase", "stringlike"})


def escalations(document: object) -> list[Grant]:
    """Find the grants of `document` that lead to others, each cut down to the actions that do.

    Raises:
        InvalidDocument: as granted does.
    """
    grants = granted(document, ESCALATING_ACTIONS)
    if not grants:
        return []
    statements = parse_document(document).statements
    runs = None
    found = []
    for grant in grants:
        actions = []
        for action in grant.actions:
            if action in PASSES_ANY_ROLE:
                if not _leaves_role_and_service_open(grant, statements[grant.statement - 1]):
                    continue
                runs = any(_may_run(statement) for statement in statements) if runs is None else runs
                if runs:
                    actions.append(action)
            elif any(_leads(action, resource) for resource in grant.resources):
                actions.append(action)
        if actions:
            found.append(replace(grant, actions=tuple(actions)))
    return found


def _leads(action: str, resource: str) -> bool:
    """Whether `action`, granted on `resource`, leads to other grants."""
    service = action.partition(":")[0]
    if not may_name(resource, _ARNS_OF.get(service, service)):
        return False
    name = _name(resource)
    if action in BORROWS_ANY_ROLE:
        return _leaves_open(name) or any(matches(name, f"role/{role}") for role in ADMINISTRATORS)
    kind = _RESOURCE_OF.get(action)
    if kind and not rests(name, kind):
        return False
    if kind == "user/" and action in SIGNS_IN_AS_OTHERS:
        return not name.lower().endswith(_ONESELF)
    return not (kind == "role/" and name.startswith(_SERVICE_LINKED))


def _name(resource: str) -> str:
    """What an ARN has after its account: "role/deploy-*"; "*" if a wildcard reaches over that."""
    parts = _without_variables(resource).split(":", ARN_PARTS - 1)
    return parts[-1] if len(parts) == ARN_PARTS else "*"


def _without_variables(resource: str) -> str:
    """The pattern with `*` for each policy variable that may be anything; the others without colons."""
    return _VARIABLE.sub(_stand_in, resource) if "$" in resource else resource


def _stand_in(variable: re.Match[str]) -> str:
    name = variable[1].lower()
    if not _OF_THE_CALLER.fullmatch(name):
        return "*"
    return _TAG if name.startswith(("aws:principaltag/", "saml:")) else f"${{{name.replace(':', '.')}}}"


def _leaves_open(name: str) -> bool:
    """Whether the pattern leaves the name of the role open, as "*", "role/??*" and "role/a*" do."""
    return any(("*" in rest or "?" in rest) and _letters(rest) < _FEWEST_LETTERS for rest in rests(name, "role/"))


def _letters(rest: str) -> int:
    """How many letters the pattern gives of the name, one for its tags together, for they may be empty.

    Behind a wildcard, those of "-role" do not count: many end so.
    """
    common = "*?/-_role" if rest.startswith(("*", "?")) else "*?/"
    named = rest.replace(_TAG, "")
    return sum(letter.lower() not in common for letter in named) + (named != rest)


def _leaves_role_and_service_open(grant: Grant, statement: Statement) -> bool:
    """Whether any role may be passed, to a service that may run what the caller gives it."""
    if not any(may_name(resource, "iam") and _leaves_open(_name(resource)) for resource in grant.resources):
        return False
    return not any(
        _limits_to_services_that_run_nothing(str(operator), keys) for operator, keys in statement.condition.items()
    )


def _limits_to_services_that_run_nothing(operator: str, keys: object) -> bool:
    name = operator.lower().removeprefix("foranyvalue:")
    if name not in _LIMITING or not isinstance(keys, Mapping):
        return False
    limits = [value for key, value in keys.items() if str(key).lower() == _PASSED_TO]
    allowed = [value if isinstance(value, Sequence) and not isinstance(value, str) else [value] for value in limits]
    return bool(limits) and all(values and all(map(_runs_nothing, values)) for values in allowed)


def _runs_nothing(service: object, of: frozenset[str] = RUNS_NOTHING) -> bool:
    """Whether a value for iam:PassedToService names only services that run nothing: "dax.amazonaws.com*" does."""
    return isinstance(service, str) and service.lower().rstrip("*").removesuffix(".").removesuffix(".cn") in of


def _may_run(statement: Statement) -> bool:
    """Whether the statement allows something that may run with a role."""
    if not statement.allows:
        return False
    resources = ["*"] if statement.names_excluded_resources else statement.resources
    if statement.names_excluded_actions:
        return _beyond(resources)
    for pattern in statement.actions:
        service, _, name = pattern.lower().partition(":")
        if name.startswith(_READS):
            continue
        if service == "*" and _beyond(resources):
            return True
        runs = service not in _BESIDE or (service == "iam" and matches(name, _ATTACHES_PASSED_ROLE))
        if service != "*" and runs and any(may_name(resource, service) for resource in resources):
            return True
    return False


def _beyond(resources: Sequence[str]) -> bool:
    """Whether an action of any service may apply to one that is not beside the point."""
    for resource in resources:
        parts = _without_variables(resource).split(":", ARN_PARTS - 1)
        if len(parts) < ARN_PARTS or parts[2].lower() not in _BESIDE:
            return True
    return False


def is_role_of_a_service(trust: object) -> bool:
    """Whether a trust policy lets nobody take the role but services that run nothing of the caller's.

    Args:
        trust: the role's assumeRolePolicy, as the mapping that its JSON parses to.
    """
    statements = trust.get("Statement") if isinstance(trust, Mapping) else None
    listed = [statements] if isinstance(statements, Mapping) else statements
    if not isinstance(listed, Sequence) or isinstance(listed, str) or not listed:
        return False
    return all(isinstance(statement, Mapping) and _trusts_services_only(statement) for statement in listed)


def _trusts_services_only(statement: Mapping[object, object]) -> bool:
    if statement.get("Effect") == "Deny":
        return True
    principal = statement.get("Principal")
    if statement.get("Effect") != "Allow" or "NotPrincipal" in statement:
        return False
    if not isinstance(principal, Mapping) or set(principal) != {"Service"}:
        return False
    services = principal["Service"]
    named = [services] if isinstance(services, str) else services
    return (
        isinstance(named, Sequence)
        and bool(named)
        and all(
            isinstance(service, str) and "*" not in service and _runs_nothing(service, RUNS_NOTHING | _STARTS_OTHERS)
            for service in named
        )
    )
