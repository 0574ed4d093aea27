"""Where grants hide: the types that carry policy documents, policy ARNs or group memberships, and in which property.

Paths are as in Pulumi; `[]` is every item of a list.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from pulumi_policy.proxy import (
    UNKNOWN_ARCHIVE_VALUE,
    UNKNOWN_ARRAY_VALUE,
    UNKNOWN_ASSET_VALUE,
    UNKNOWN_BOOLEAN_VALUE,
    UNKNOWN_NUMBER_VALUE,
    UNKNOWN_OBJECT_VALUE,
    UNKNOWN_STRING_VALUE,
    UnknownValueError,
)

import templates


class Unknown(Enum):
    """A value that the preview cannot know."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN


@dataclass(frozen=True)
class Found:
    """A value at its place in a resource."""

    path: str
    """As a developer would write it: `inlinePolicies[0].policy`."""
    value: object
    """Plain Python, with UNKNOWN wherever the preview cannot know."""


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
    users: tuple[str, ...] = ()
    """What it grants to users directly, or those users."""
    max_size: int = 0
    """Characters of a document without white space, 0 for no known limit."""


@dataclass(frozen=True)
class Part:
    """A resource, or one that it brings along in a template."""

    type: str
    """As in CARRIERS."""
    props: Mapping[str, object]
    path: str = ""
    """Where in the resource it stands, "" for the resource itself."""
    capitalized: bool = False
    """Whether its properties are written as CloudFormation does: PolicyDocument for policyDocument."""
    unseen: str | Unknown = ""
    """Why nobody can see what it makes."""

    def found(self, what: str) -> list[Found]:
        """What stands at the places that CARRIERS names as `what`: "arns", "references", "groups", "users"."""
        places: tuple[str, ...] = getattr(CARRIERS.get(self.type, _NOTHING), what)
        return [found for place in places for found in self.at(place)]

    def documents(self) -> list[Found]:
        """The policy documents. One of which a part is unknown is found twice: what is known of it, and UNKNOWN."""
        return [known for document in self.found("documents") for known in _known_part(document)]

    def at(self, place: str) -> list[Found]:
        """The values at `place`, a path such as `policies[].policyDocument`; none where nothing is written."""
        steps = place.replace("[]", ".[]").split(".")
        if self.capitalized:
            steps = [step[:1].upper() + step[1:] for step in steps]
        return _walk(_get(self.props, steps[0]), steps[1:], f"{self.path}{steps[0]}")


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MANAGED, GROUP, USER, ROLE = 6_144, 5_120, 2_048, 10_240
PERMISSION_SET = (
    32_768  # https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_PutInlinePolicyToPermissionSet.html
)

# The types that rules look at; an empty Carrier grants nothing by itself.
CARRIERS: Mapping[str, Carrier] = {
    "aws:iam/accessKey:AccessKey": Carrier(),
    "aws:iam/group:Group": Carrier(),
    "aws:iam/userLoginProfile:UserLoginProfile": Carrier(),
    "aws:budgets/budgetAction:BudgetAction": Carrier(
        arns=("definition.iamActionDefinition.policyArn",), users=("definition.iamActionDefinition.users[]",)
    ),
    "aws:iam/groupMembership:GroupMembership": Carrier(groups=("group",)),
    "aws:iam/groupPolicy:GroupPolicy": Carrier(documents=("policy",), max_size=GROUP),
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": Carrier(arns=("policyArn",)),
    "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": Carrier(arns=("policyArns[]",)),
    "aws:iam/policy:Policy": Carrier(documents=("policy",), max_size=MANAGED),
    "aws:iam/policyAttachment:PolicyAttachment": Carrier(arns=("policyArn",), users=("users[]",)),
    "aws:iam/role:Role": Carrier(documents=("inlinePolicies[].policy",), arns=("managedPolicyArns[]",), max_size=ROLE),
    "aws:iam/rolePolicy:RolePolicy": Carrier(documents=("policy",), max_size=ROLE),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Carrier(arns=("policyArn",)),
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": Carrier(arns=("policyArns[]",)),
    "aws:iam/userGroupMembership:UserGroupMembership": Carrier(groups=("groups[]",)),
    "aws:iam/userPoliciesExclusive:UserPoliciesExclusive": Carrier(users=("policyNames[]",)),
    "aws:iam/userPolicy:UserPolicy": Carrier(documents=("policy",), users=("policy",), max_size=USER),
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": Carrier(arns=("policyArn",), users=("policyArn",)),
    "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": Carrier(
        arns=("policyArns[]",), users=("policyArns[]",)
    ),
    "aws:ssoadmin/customerManagedPolicyAttachment:CustomerManagedPolicyAttachment": Carrier(
        references=("customerManagedPolicyReference",)
    ),
    "aws:ssoadmin/customerManagedPolicyAttachmentsExclusive:CustomerManagedPolicyAttachmentsExclusive": Carrier(
        references=("customerManagedPolicyReferences[]",)
    ),
    "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment": Carrier(arns=("managedPolicyArn",)),
    "aws:ssoadmin/managedPolicyAttachmentsExclusive:ManagedPolicyAttachmentsExclusive": Carrier(
        arns=("managedPolicyArns[]",)
    ),
    "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": Carrier(
        documents=("inlinePolicy",), max_size=PERMISSION_SET
    ),
    # Also for CloudFormation's own types, AWS::IAM::Role and so on, with capital letters.
    "aws-native:budgets:BudgetsAction": Carrier(
        arns=("definition.iamActionDefinition.policyArn",), users=("definition.iamActionDefinition.users[]",)
    ),
    "aws-native:iam:Group": Carrier(
        documents=("policies[].policyDocument",), arns=("managedPolicyArns[]",), max_size=GROUP
    ),
    "aws-native:iam:GroupPolicy": Carrier(documents=("policyDocument",), max_size=GROUP),
    "aws-native:iam:ManagedPolicy": Carrier(documents=("policyDocument",), users=("users[]",), max_size=MANAGED),
    "aws-native:iam:Policy": Carrier(documents=("policyDocument",), users=("users[]",), max_size=ROLE),
    "aws-native:iam:Role": Carrier(
        documents=("policies[].policyDocument",), arns=("managedPolicyArns[]",), max_size=ROLE
    ),
    "aws-native:iam:RolePolicy": Carrier(documents=("policyDocument",), max_size=ROLE),
    "aws-native:iam:User": Carrier(
        documents=("policies[].policyDocument",),
        arns=("managedPolicyArns[]",),
        groups=("groups[]",),
        users=("policies[]", "managedPolicyArns[]"),
        max_size=USER,
    ),
    "aws-native:iam:UserPolicy": Carrier(documents=("policyDocument",), users=("policyDocument",), max_size=USER),
    "aws-native:iam:UserToGroupAddition": Carrier(groups=("groupName",)),
    "aws-native:sso:PermissionSet": Carrier(
        documents=("inlinePolicy",),
        arns=("managedPolicies[]",),
        references=("customerManagedPolicyReferences[]",),
        max_size=PERMISSION_SET,
    ),
}

_NOTHING = Carrier()
_SENTINELS = (
    UNKNOWN_STRING_VALUE,
    UNKNOWN_OBJECT_VALUE,
    UNKNOWN_ARRAY_VALUE,
    UNKNOWN_BOOLEAN_VALUE,
    UNKNOWN_NUMBER_VALUE,
    UNKNOWN_ASSET_VALUE,
    UNKNOWN_ARCHIVE_VALUE,
)


def parts(resource_type: str, props: Mapping[str, object]) -> list[Part]:
    """The resource, or what the template or other resource that it carries makes; nothing for most types."""
    if resource_type in CARRIERS:
        return [Part(resource_type, props)]
    return BRINGS[resource_type](Part(resource_type, props)) if resource_type in BRINGS else []


def _from_template(own: Part) -> list[Part]:
    """What a stack of CloudFormation makes."""
    brought = []
    for found in own.at("templateBody"):
        if found.value is UNKNOWN:
            brought.append(Part("", {}, found.path, unseen=UNKNOWN))
            continue
        try:
            made = templates.resources_of(found.value)
        except templates.Unreadable as error:
            brought.append(Part("", {}, found.path, unseen=str(error)))
            continue
        for resource in made:
            brought += _from_cloudformation(resource.type, resource.properties, f"{found.path}.{resource.name}")
    capabilities = [found.value for found in own.at("capabilities[]")]
    if any(value is UNKNOWN or value in MAY_MAKE_GRANTS for value in capabilities):
        for found in (*own.at("templateUrl"), *own.at("applicationId")):
            brought.append(Part("", {}, found.path, unseen=UNKNOWN if found.value is UNKNOWN else "it lies elsewhere"))
    return brought


def _from_cloudformation(resource_type: str, properties: Mapping[str, object], path: str) -> list[Part]:
    """One resource that CloudFormation or Cloud Control makes, by their type: AWS::IAM::Role."""
    if resource_type.startswith("AWS::CloudFormation::") and "TemplateURL" in properties:
        return [Part("", {}, f"{path}.TemplateURL", unseen="it lies elsewhere")]
    _, _, service_and_name = resource_type.partition("::")
    service, _, name = service_and_name.partition("::")
    own = Part(f"aws-native:{service.lower()}:{name}", properties, f"{path}.", capitalized=True)
    return [own, *BRINGS[own.type](own)] if own.type in BRINGS else [own]


def _from_cloud_control(own: Part) -> list[Part]:
    """The resource that Cloud Control makes: a type, and its properties as an object or as JSON."""
    [type_place, properties_place] = _CLOUD_CONTROL[own.type]
    types = [found.value for found in own.at(type_place)]
    brought = []
    for found in own.at(properties_place):
        value = found.value
        if isinstance(value, str):
            try:
                value = templates.object_of(value)
            except templates.Unreadable:
                value = None
        if value is UNKNOWN or UNKNOWN in types:
            brought.append(Part("", {}, found.path, unseen=UNKNOWN))
        elif len(types) == 1 and isinstance(types[0], str) and isinstance(value, dict):
            brought += _from_cloudformation(types[0], value, found.path)
        else:
            brought.append(Part("", {}, found.path, unseen="it is not the JSON of one resource"))
    return brought


_CLOUD_CONTROL = {
    "aws:cloudcontrol/resource:Resource": ("typeName", "desiredState"),
    "aws-native:index:ExtensionResource": ("type", "properties"),
}
BRINGS: Mapping[str, Callable[[Part], list[Part]]] = {
    "aws:cloudformation/stack:Stack": _from_template,
    "aws:cloudformation/stackSet:StackSet": _from_template,
    "aws:serverlessrepository/cloudFormationStack:CloudFormationStack": _from_template,
    "aws-native:cloudformation:ChangeSet": _from_template,
    "aws-native:cloudformation:Stack": _from_template,
    "aws-native:cloudformation:StackSet": _from_template,
    **dict.fromkeys(_CLOUD_CONTROL, _from_cloud_control),
}
# Without one of them CloudFormation makes no IAM resource.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-template.html
MAY_MAKE_GRANTS = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")


def not_checked_yet(places: Sequence[str]) -> UnknownValueError:
    """What a rule raises, last of all, if the preview cannot know `places`: a note now, a check in `up`."""
    error = UnknownValueError(UNKNOWN_STRING_VALUE, list(places))
    error.message = f"not checked yet: {', '.join(places)} will be known, and checked, in `pulumi up`"
    return error


def _known_part(document: Found) -> list[Found]:
    """Without the Allow statements that hold something unknown; an unknown Deny might cancel any of the others."""
    if not _holds_unknown(document.value):
        return [document]
    if not isinstance(document.value, dict) or not isinstance(document.value.get("Statement"), list):
        return [Found(document.path, UNKNOWN)]
    known, allows = [], True
    for statement in document.value["Statement"]:
        if not _holds_unknown(statement):
            known.append(statement)
        elif not isinstance(statement, dict) or statement.get("Effect") != "Allow":
            allows = False
    rest = {**document.value, "Statement": known}
    if not known or not allows or _holds_unknown(rest):
        return [Found(document.path, UNKNOWN)]
    return [Found(document.path, rest), Found(document.path, UNKNOWN)]


def _holds_unknown(value: object) -> bool:
    if isinstance(value, dict):
        return any(_holds_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(_holds_unknown(item) for item in value)
    return value is UNKNOWN


def _get(props: Mapping[str, object], name: str) -> object:
    """A property as plain Python; None if it is not there, UNKNOWN if the preview cannot know it."""
    try:
        return plain(props[name])
    except KeyError:
        return None
    except UnknownValueError:
        return UNKNOWN


def plain(value: object) -> object:
    """Turn the SDK's proxies into dict and list, and what is unknown into UNKNOWN, each where it stands."""
    if isinstance(value, str):
        return UNKNOWN if value in _SENTINELS else value  # within a longer text a mark is only what somebody wrote
    if isinstance(value, Mapping):
        return {name: _get(value, name) for name in value}
    if isinstance(value, Sequence):
        return [_item(value, index) for index in range(len(value))]
    return value


def _item(values: Sequence[object], index: int) -> object:
    try:
        return plain(values[index])
    except UnknownValueError:
        return UNKNOWN


def _walk(value: object, steps: Sequence[str], path: str) -> list[Found]:
    if value is None:
        return []
    if not steps or value is UNKNOWN:
        return [Found(path, value)]
    if steps[0] == "[]":
        if not isinstance(value, list):
            return [Found(path, value)]
        return [found for index, item in enumerate(value) for found in _walk(item, steps[1:], f"{path}[{index}]")]
    if not isinstance(value, dict):
        return [Found(path, value)]
    return _walk(value.get(steps[0]), steps[1:], f"{path}.{steps[0]}")
