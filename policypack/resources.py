"""Where grants hide: the types that carry documents, attach policies or hand out what exists, and in which property.

Paths are as in Pulumi; `[]` is every item of a list.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Makes:
    """What a type makes that others can name: a policy, group, role, permission set or stack set."""

    what: str
    """The field of Carrier whose values may name it: "arns", "groups", "identity_groups" and so on."""
    name: str = ""
    """The property with its name; "" where only AWS gives it one (an id)."""
    prefix: str = ""
    """The property with the beginning of a name that the provider completes."""
    path: str = ""
    identifier: str = "arn"
    """The output by which others name it."""
    trust: str = ""
    """The property with the trust policy of a role."""


@dataclass(frozen=True)
class Carrier:
    """Where one resource type keeps what it grants."""

    documents: tuple[str, ...] = ()
    arns: tuple[str, ...] = ()
    """ARNs of policies that it attaches."""
    references: tuple[str, ...] = ()
    """Policies that it attaches by name (and path)."""
    groups: tuple[str, ...] = ()
    """Groups that it puts users into."""
    identity_groups: tuple[str, ...] = ()
    """The same of Identity Center, by their ids."""
    permission_sets: tuple[str, ...] = ()
    """Permission sets that it gives to people."""
    roles: tuple[str, ...] = ()
    """Roles that it gives to people, by their ARNs."""
    stack_sets: tuple[str, ...] = ()
    """Stack sets of which it makes stacks."""
    users: tuple[str, ...] = ()
    """What it grants to users directly, or those users."""
    owner: tuple[str, ...] = ()
    """The user whose it is."""
    attached_to: tuple[str, ...] = ()
    """Roles to which it attaches or adds policies, by their names."""
    elsewhere: str = ""
    """Why nobody can see what it makes, if nobody can."""
    makes: Makes | None = None
    max_size: int | None = None
    """Characters of a document without white space; None for no known limit."""


HANDED_OUT = ("arns", "references", "groups", "identity_groups", "permission_sets", "roles", "stack_sets")
"""The fields of Carrier for what is handed out: it must be made here, known to be harmless, or excepted."""

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MANAGED, GROUP, USER, ROLE = 6_144, 5_120, 2_048, 10_240
PERMISSION_SET = (
    32_768  # https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_PutInlinePolicyToPermissionSet.html
)
_BUDGET_ACTION = Carrier(
    arns=("definition.iamActionDefinition.policyArn",),
    users=("definition.iamActionDefinition.users[]",),
)
_PRODUCT = "its template belongs to the product"
_GIT_SYNC = "its template is in a Git repository"

# The types that rules look at; an empty Carrier grants nothing by itself.
CARRIERS: Mapping[str, Carrier] = {
    "aws:accountaccess/entitlement:Entitlement": Carrier(roles=("entitlement.principalRole.roleArn",)),
    "aws:budgets/budgetAction:BudgetAction": _BUDGET_ACTION,
    "aws:cloudformation/stackSet:StackSet": Carrier(makes=Makes("stack_sets", name="name", identifier="name")),
    "aws:cloudformation/stackInstances:StackInstances": Carrier(stack_sets=("stackSetName",)),
    "aws:cloudformation/stackSetInstance:StackSetInstance": Carrier(stack_sets=("stackSetName",)),
    "aws:iam/accessKey:AccessKey": Carrier(owner=("user",)),
    "aws:iam/group:Group": Carrier(makes=Makes("groups", name="name", identifier="name")),
    "aws:iam/groupMembership:GroupMembership": Carrier(groups=("group",)),
    "aws:iam/groupPolicy:GroupPolicy": Carrier(documents=("policy",), max_size=GROUP),
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": Carrier(arns=("policyArn",)),
    "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": Carrier(arns=("policyArns[]",)),
    "aws:iam/policy:Policy": Carrier(
        documents=("policy",), max_size=MANAGED, makes=Makes("arns", name="name", prefix="namePrefix", path="path")
    ),
    "aws:iam/policyAttachment:PolicyAttachment": Carrier(
        arns=("policyArn",), users=("users[]",), attached_to=("roles[]",)
    ),
    "aws:iam/role:Role": Carrier(
        documents=("inlinePolicies[].policy", "inlinePolicy[].policy"),
        arns=("managedPolicyArns[]",),
        max_size=ROLE,
        makes=Makes("roles", name="name", prefix="namePrefix", path="path", trust="assumeRolePolicy"),
    ),
    "aws:iam/rolePolicy:RolePolicy": Carrier(documents=("policy",), max_size=ROLE, attached_to=("role",)),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Carrier(arns=("policyArn",), attached_to=("role",)),
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": Carrier(
        arns=("policyArns[]",), attached_to=("roleName",)
    ),
    "aws:iam/user:User": Carrier(owner=("name",)),
    "aws:iam/userGroupMembership:UserGroupMembership": Carrier(groups=("groups[]",)),
    "aws:iam/userLoginProfile:UserLoginProfile": Carrier(owner=("user",)),
    "aws:iam/userPoliciesExclusive:UserPoliciesExclusive": Carrier(users=("policyNames[]",), owner=("userName",)),
    "aws:iam/userPolicy:UserPolicy": Carrier(documents=("policy",), users=("policy",), owner=("user",), max_size=USER),
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": Carrier(
        arns=("policyArn",), users=("policyArn",), owner=("user",)
    ),
    "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": Carrier(
        arns=("policyArns[]",), users=("policyArns[]",), owner=("userName",)
    ),
    "aws:identitystore/group:Group": Carrier(makes=Makes("identity_groups", identifier="groupId")),
    "aws:identitystore/groupMembership:GroupMembership": Carrier(identity_groups=("groupId",)),
    "aws:servicecatalog/provisionedProduct:ProvisionedProduct": Carrier(elsewhere=_PRODUCT),
    "aws:ssoadmin/accountAssignment:AccountAssignment": Carrier(permission_sets=("permissionSetArn",)),
    "aws:ssoadmin/customerManagedPolicyAttachment:CustomerManagedPolicyAttachment": Carrier(
        references=("customerManagedPolicyReference[]",)
    ),
    "aws:ssoadmin/customerManagedPolicyAttachmentsExclusive:CustomerManagedPolicyAttachmentsExclusive": Carrier(
        references=("customerManagedPolicyReferences[]",)
    ),
    "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment": Carrier(arns=("managedPolicyArn",)),
    "aws:ssoadmin/managedPolicyAttachmentsExclusive:ManagedPolicyAttachmentsExclusive": Carrier(
        arns=("managedPolicyArns[]",)
    ),
    "aws:ssoadmin/permissionSet:PermissionSet": Carrier(makes=Makes("permission_sets")),
    "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": Carrier(
        documents=("inlinePolicy",), max_size=PERMISSION_SET
    ),
    # Also for CloudFormation's own types, AWS::IAM::Role and so on, with capital letters.
    "aws-native:accountaccess:Entitlement": Carrier(roles=("entitlement.principalRole.roleArn",)),
    "aws-native:budgets:BudgetsAction": _BUDGET_ACTION,
    "aws-native:cloudformation:StackSet": Carrier(
        makes=Makes("stack_sets", name="stackSetName", identifier="stackSetName")
    ),
    "aws-native:codeconnections:SyncConfiguration": Carrier(elsewhere=_GIT_SYNC),
    "aws-native:codestarconnections:SyncConfiguration": Carrier(elsewhere=_GIT_SYNC),
    "aws-native:iam:AccessKey": Carrier(owner=("userName",)),
    "aws-native:iam:Group": Carrier(
        documents=("policies[].policyDocument",),
        arns=("managedPolicyArns[]",),
        max_size=GROUP,
        makes=Makes("groups", name="groupName", identifier="groupName"),
    ),
    "aws-native:iam:GroupPolicy": Carrier(documents=("policyDocument",), max_size=GROUP),
    "aws-native:iam:ManagedPolicy": Carrier(
        documents=("policyDocument",),
        users=("users[]",),
        attached_to=("roles[]",),
        max_size=MANAGED,
        makes=Makes("arns", name="managedPolicyName", path="path", identifier="policyArn"),
    ),
    "aws-native:iam:Policy": Carrier(
        documents=("policyDocument",), users=("users[]",), attached_to=("roles[]",), max_size=ROLE
    ),
    "aws-native:iam:Role": Carrier(
        documents=("policies[].policyDocument",),
        arns=("managedPolicyArns[]",),
        max_size=ROLE,
        makes=Makes("roles", name="roleName", path="path", trust="assumeRolePolicyDocument"),
    ),
    "aws-native:iam:RolePolicy": Carrier(documents=("policyDocument",), max_size=ROLE, attached_to=("roleName",)),
    "aws-native:iam:User": Carrier(
        documents=("policies[].policyDocument",),
        arns=("managedPolicyArns[]",),
        groups=("groups[]",),
        users=("policies[]", "managedPolicyArns[]"),
        owner=("userName",),
        max_size=USER,
    ),
    "aws-native:iam:UserPolicy": Carrier(
        documents=("policyDocument",), users=("policyDocument",), owner=("userName",), max_size=USER
    ),
    "aws-native:iam:UserToGroupAddition": Carrier(groups=("groupName",)),
    "aws-native:identitystore:Group": Carrier(makes=Makes("identity_groups", identifier="groupId")),
    "aws-native:identitystore:GroupMembership": Carrier(identity_groups=("groupId",)),
    "aws-native:servicecatalog:CloudFormationProvisionedProduct": Carrier(elsewhere=_PRODUCT),
    "aws-native:sso:Assignment": Carrier(permission_sets=("permissionSetArn",)),
    "aws-native:sso:PermissionSet": Carrier(
        documents=("inlinePolicy",),
        arns=("managedPolicies[]",),
        references=("customerManagedPolicyReferences[]",),
        max_size=PERMISSION_SET,
        makes=Makes("permission_sets", identifier="permissionSetArn"),
    ),
}
NOTHING = Carrier()

# Types that bring others along, and the properties with a template, or with a type and its properties.
TEMPLATES = frozenset(
    {
        "aws:cloudformation/stack:Stack",
        "aws:cloudformation/stackSet:StackSet",
        "aws:serverlessrepository/cloudFormationStack:CloudFormationStack",
        "aws-native:cloudformation:ChangeSet",
        "aws-native:cloudformation:Stack",
        "aws-native:cloudformation:StackSet",
    }
)
CLOUD_CONTROL: Mapping[str, tuple[str, str]] = {
    "aws:cloudcontrol/resource:Resource": ("typeName", "desiredState"),
    "aws-native:index:ExtensionResource": ("type", "properties"),
}
# Without one of them CloudFormation makes no IAM resource.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-template.html
MAY_MAKE_GRANTS = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")

# Where Terraform's name of a type is not made of Pulumi's module and name.
_TERRAFORM = {
    "aws:cloudcontrol/resource:Resource": "aws_cloudcontrolapi_resource",
    "aws:serverlessrepository/cloudFormationStack:CloudFormationStack": (
        "aws_serverlessapplicationrepository_cloudformation_stack"
    ),
}
_WORD = re.compile(r"[A-Z][a-z0-9]*|[A-Z]+(?![a-z])")


@dataclass(frozen=True)
class Spelling:
    """A type as it is called here, and how its properties are written where it has this token."""

    resource_type: str
    snake_case: bool = False


def _terraform_name(resource_type: str) -> str:
    """`aws:iam/groupPolicy:GroupPolicy` is aws_iam_group_policy."""
    if resource_type in _TERRAFORM:
        return _TERRAFORM[resource_type]
    package, module, name = resource_type.split(":")
    provider = "awscc" if package == "aws-native" else "aws"
    words = "_".join(word.lower() for word in _WORD.findall(name))
    return f"{provider}_{module.partition('/')[0]}_{words}"


def _spellings() -> dict[str, Spelling]:
    """Every token under which the types are known: Pulumi's, its short form, and those of Terraform's providers."""
    found = {}
    for resource_type in (*CARRIERS, *TEMPLATES, *CLOUD_CONTROL):
        package, module, name = resource_type.split(":")
        terraform = _terraform_name(resource_type)
        provider, _, rest = terraform.partition("_")
        camel = "".join(word.capitalize() for word in rest.split("_"))
        camel = camel[:1].lower() + camel[1:]
        for token in (
            resource_type,
            f"{package}:{module.partition('/')[0]}:{name}",
            f"{package}:{module.partition('/')[0]}/{name[:1].lower()}{name[1:]}:{name}",
            f"{provider}:index/{camel}:{camel[:1].upper()}{camel[1:]}",
            f"{provider}:index:{camel[:1].upper()}{camel[1:]}",
        ):
            found[token] = Spelling(resource_type)
        found[terraform] = Spelling(resource_type, snake_case=True)  # of a Terraform module: PACKAGE:tf:aws_iam_policy
    return found


_SPELLINGS = _spellings()
_FOLDED_NATIVE = {
    token.lower(): token for token in (*CARRIERS, *TEMPLATES, *CLOUD_CONTROL) if token.startswith("aws-native:")
}


def spelling(token: str) -> Spelling | None:
    """The type that `token` stands for; None if it is none of those that rules look at."""
    if token in _SPELLINGS:
        return _SPELLINGS[token]
    _, in_module, name = token.partition(":tf:")
    return _SPELLINGS.get(name) if in_module else None


def from_cloudformation(resource_type: str) -> str:
    """The type that CloudFormation or Cloud Control calls AWS::IAM::Role, in any letters; "" if it is none of ours."""
    _, _, service_and_name = resource_type.partition("::")
    service, _, name = service_and_name.partition("::")
    return _FOLDED_NATIVE.get(f"aws-native:{service}:{name}".lower(), "")
