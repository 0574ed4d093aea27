"""Whether every property of the installed SDK that looks like a policy is either judged or named as out of scope."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pulumi_aws

from resources import CARRIERS, CLOUD_CONTROL, HANDED_OUT, TEMPLATES
from tests.policypack.out_of_scope import OUT_OF_SCOPE

# Names and types of what could hold a policy document, its ARN, or a template.
LOOKS_LIKE_A_POLICY = re.compile(
    r"policy|policies|\w*(?:[pP]olicyDocument|[pP]olicyArns?|[pP]olicyReferences?|[bB]oundary)|inlinePolic\w+"
    r"|managedPolic\w+|(?:access|assumeRole|identity|key|repository|resource|session)Polic(?:y|ies)"
    r"|templateBody|templateUrl|desiredState"
)
# Names of what gives people, or what works for them, a role, a group, a permission set or a stack set that exists.
HANDS_OUT = re.compile(
    r"entitlement|groups?|groupIds?|groupNames?|memberId|permissionSet\w*|productId|provisioningArtifactId|roles?"
    r"|roleMappings|roleNames?|stackSetName"
)
HOLDS_TEXT = re.compile(r"\bstr\b|PolicyDocument|Reference|Boundary|InlinePolicy")
RESOURCE = re.compile(r'@pulumi\.type_token\("aws:([^:"]+):\w+"\)\nclass (\w+)\(pulumi\.CustomResource')
PROPERTY = re.compile(
    r'@_builtins\.property\n +@pulumi\.getter(?:\(name="(\w+)"\))?\n +def (\w+)\(self\) -> pulumi\.Input\[(.*)\]:'
)


def _properties(source: str) -> Iterator[str]:
    for renamed, name, annotation in PROPERTY.findall(source):
        if LOOKS_LIKE_A_POLICY.fullmatch(renamed or name) and HOLDS_TEXT.search(annotation):
            yield renamed or name


def _handed_out(source: str) -> Iterator[str]:
    for renamed, name, _ in PROPERTY.findall(source):
        if HANDS_OUT.fullmatch(renamed or name):
            yield renamed or name


@cache
def inputs_that_look_like_policies() -> frozenset[str]:
    """`iam/role.inlinePolicies` for a resource's input, `iam.RoleInlinePolicyArgs.policy` for one inside of inputs.

    Read from the SDK's source: importing its 1,750 modules takes a minute.
    """
    folder = Path(str(pulumi_aws.__file__)).parent
    found = set()
    for path in folder.glob("*/*.py"):
        source = path.read_text(encoding="utf-8")
        if path.name == "_inputs.py":
            for block in source.split("@pulumi.input_type\n")[1:]:
                name = block[len("class ") :].partition(":")[0]
                found |= {f"{path.parent.name}.{name}.{shown}" for shown in _properties(block)}
        elif resource := RESOURCE.search(source):
            inputs = source.partition(f"class _{resource[2]}State:")[0]
            found |= {f"{resource[1]}.{shown}" for shown in (*_properties(inputs), *_handed_out(inputs))}
    return frozenset(found)


JUDGED_INSIDE = {
    "budgets.BudgetActionDefinitionIamActionDefinitionArgs.policyArn",
    "iam.RoleInlinePolicyArgs.policy",
}


def judged() -> set[str]:
    carriers = {
        f"{resource_type.split(':')[1]}.{re.split(r'[.[]', place)[0]}"
        for resource_type, carrier in CARRIERS.items()
        if resource_type.startswith("aws:")
        for places in (
            carrier.documents,
            carrier.users,
            carrier.attached_to,
            *(getattr(carrier, it) for it in HANDED_OUT),
        )
        for place in places
    }
    brought = {
        f"{resource_type.split(':')[1]}.{name}"
        for resource_type in (*TEMPLATES, *CLOUD_CONTROL)
        for name in ("templateBody", "templateUrl", "desiredState")
    }
    return carriers | brought | JUDGED_INSIDE


def test_whatever_looks_like_a_policy_is_judged_or_named_as_out_of_scope() -> None:
    named = {name for names in OUT_OF_SCOPE.values() for name in names.split()}
    assert sorted(inputs_that_look_like_policies() - judged() - named) == []


def test_what_is_named_as_out_of_scope_exists_and_is_not_judged() -> None:
    named = [name for names in OUT_OF_SCOPE.values() for name in names.split()]
    assert sorted(set(named) - inputs_that_look_like_policies()) == []
    assert sorted(set(named) & judged()) == []
    assert len(set(named)) == len(named)


def test_the_sdk_was_read() -> None:
    seen = inputs_that_look_like_policies()
    assert {"iam/policy.policy", "iam/groupPolicyAttachment.policyArn"} <= seen
    # What hands out what exists need not have the word policy in it.
    assert {"ssoadmin/accountAssignment.permissionSetArn", "accountaccess/entitlement.entitlement"} <= seen
    assert {"identitystore/groupMembership.groupId", "cloudformation/stackSetInstance.stackSetName"} <= seen
