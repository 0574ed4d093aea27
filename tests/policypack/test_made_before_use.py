"""What is handed out by a name is what this program makes, and not another thing of that name."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.policypack.analyzer import UNKNOWN, Pack, Resource, excepting, refusals
from tests.policypack.documents import text

RULE = "made-before-use"
UNJUDGED = "no-unjudged-grants"
OWN = "arn:aws:iam::123456789012:policy/reading"
POLICY = Resource("aws:iam/policy:Policy", {"name": "reading", "policy": text("s3:GetObject")}, {"arn": OWN})
GROUP = Resource("aws:iam/group:Group", {"name": "team"})
SET_ARN = "arn:aws:sso:::permissionSet/ssoins-1/ps-1"
SET = Resource("aws:ssoadmin/permissionSet:PermissionSet", {"name": "reading"}, {"arn": SET_ARN})
PEOPLE = Resource("aws:identitystore/group:Group", {"displayName": "team"}, {"groupId": "1-2-3"})
ROLE = Resource(
    "aws:iam/role:Role",
    {"name": "developer", "assumeRolePolicy": "{}"},
    {"arn": "arn:aws:iam::123456789012:role/developer"},
)
STACK_SET = Resource("aws:cloudformation/stackSet:StackSet", {"name": "set", "templateBody": '{"Resources": {}}'})
HANDED_OUT: dict[str, tuple[Resource, str, Mapping[str, Any], str]] = {
    "a policy": (POLICY, "aws:iam/groupPolicyAttachment:GroupPolicyAttachment", {"policyArn": OWN}, "policyArn"),
    "a group": (GROUP, "aws:iam/groupMembership:GroupMembership", {"group": "team", "users": ["jin"]}, "group"),
    "a native group": (
        Resource("aws-native:iam:Group", {"groupName": "team"}),
        "aws-native:iam:UserToGroupAddition",
        {"groupName": "team", "users": ["jin"]},
        "groupName",
    ),
    "a policy by name": (
        POLICY,
        "aws:ssoadmin/customerManagedPolicyAttachment:CustomerManagedPolicyAttachment",
        {"customerManagedPolicyReference": {"name": "reading"}},
        "customerManagedPolicyReference",
    ),
    "a permission set": (
        SET,
        "aws:ssoadmin/accountAssignment:AccountAssignment",
        {"permissionSetArn": SET_ARN, "principalId": "1"},
        "permissionSetArn",
    ),
    "a native permission set": (
        Resource("aws-native:sso:PermissionSet", {"name": "reading"}, {"permissionSetArn": SET_ARN}),
        "aws-native:sso:Assignment",
        {"permissionSetArn": SET_ARN, "principalId": "1"},
        "permissionSetArn",
    ),
    "a group of Identity Center": (
        PEOPLE,
        "aws:identitystore/groupMembership:GroupMembership",
        {"groupId": "1-2-3", "memberId": "x"},
        "groupId",
    ),
    "a role": (
        ROLE,
        "aws:accountaccess/entitlement:Entitlement",
        {"entitlement": {"principalRole": {"roleArn": "arn:aws:iam::123456789012:role/developer"}}},
        "entitlement",
    ),
    "a stack set": (
        STACK_SET,
        "aws:cloudformation/stackSetInstance:StackSetInstance",
        {"stackSetName": "set"},
        "stackSetName",
    ),
}


@pytest.mark.parametrize(("maker", "resource_type", "inputs", "name"), HANDED_OUT.values(), ids=HANDED_OUT)
def test_a_name_is_handed_out_after_what_makes_it(
    pack: Pack, maker: Resource, resource_type: str, inputs: Mapping[str, Any], name: str
) -> None:
    assert refusals(pack.program(Resource(resource_type, inputs))) == [UNJUDGED]
    pack.configure()
    [finding] = [found for found in pack.program(maker, Resource(resource_type, inputs)) if found.level == "MANDATORY"]
    assert (finding.rule, finding.urn.rpartition("::")[0]) == (RULE, f"urn:pulumi:dev::project::{resource_type}")
    pack.configure()
    assert pack.program(maker, Resource(resource_type, inputs, depends_on=[maker])) == []
    pack.configure()
    assert pack.program(maker, Resource(resource_type, inputs, taken_from={name: maker})) == []


@pytest.mark.parametrize(("maker", "resource_type", "inputs", "name"), HANDED_OUT.values(), ids=HANDED_OUT)
def test_in_the_first_preview_an_output_of_its_maker_is_nothing_to_speak_of(
    pack: Pack, maker: Resource, resource_type: str, inputs: Mapping[str, Any], name: str
) -> None:
    assert pack.program(maker, Resource(resource_type, {**inputs, name: UNKNOWN}, taken_from={name: maker})) == []


def test_a_dependency_may_lead_over_others(pack: Pack) -> None:
    between = Resource("aws:s3/bucket:Bucket", {}, depends_on=[GROUP])
    membership = Resource("aws:iam/groupMembership:GroupMembership", {"group": "team"}, depends_on=[between])
    assert pack.program(GROUP, between, membership) == []


def test_to_wait_for_another_set_is_not_to_take_its_arn(pack: Pack) -> None:
    foreign = {"permissionSetArn": "arn:aws:sso:::permissionSet/ssoins-1/ps-admin", "principalId": "1"}
    for outputs in (SET.outputs, {"arn": UNKNOWN}, {}):  # a preview may not know it
        made = Resource(SET.resource_type, SET.inputs, outputs)
        assignment = Resource("aws:ssoadmin/accountAssignment:AccountAssignment", foreign, depends_on=[made])
        assert refusals(pack.program(made, assignment)) == [RULE]
        pack.configure()
    in_template = {"Type": "AWS::SSO::Assignment", "Properties": {"PermissionSetArn": SET_ARN}, "DependsOn": "Set"}
    made = template({"Set": {"Type": "AWS::SSO::PermissionSet", "Properties": {}}, "Assignment": in_template})
    assert refusals(pack.program(made)) == [RULE]


def test_a_prefix_makes_no_policy_that_exists_already(pack: Pack) -> None:
    decoy = {"namePrefix": "team-", "policy": text("s3:GetObject")}
    existing = "arn:aws:iam::123456789012:policy/team-20200101000000000000000001"
    attachment = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"
    for outputs in ({"arn": UNKNOWN, "name": UNKNOWN}, {"arn": f"{OWN}-2", "name": "reading-2"}):
        maker = Resource("aws:iam/policy:Policy", decoy, outputs)
        found = pack.program(maker, Resource(attachment, {"policyArn": existing}, depends_on=[maker]))
        assert refusals(found) == [RULE]
        pack.configure()
    made = Resource("aws:iam/policy:Policy", decoy, {"arn": existing, "name": "team-20200101000000000000000001"})
    assert pack.program(made, Resource(attachment, {"policyArn": existing}, taken_from={"policyArn": made})) == []


def test_the_prefix_of_all_that_terraform_names_is_nobodys(pack: Pack) -> None:
    pack.analyze("aws:iam/policy:Policy", namePrefix="terraform-", policy=text("s3:*"))
    arn = "arn:aws:iam::123456789012:policy/terraform-20260101000000000000000001"
    assert pack.rules("aws:iam/groupPolicyAttachment:GroupPolicyAttachment", policyArn=arn) == [UNJUDGED]


def test_what_is_only_read_makes_nothing(pack: Pack) -> None:
    """`Group.get` of the existing group beside a decoy of its name: rules are not asked about what is only read."""
    read = Resource(GROUP.resource_type, GROUP.inputs, name="read")
    membership = Resource("aws:iam/groupMembership:GroupMembership", {"group": "team"}, taken_from={"group": read})
    found = [*pack.analyze_resource(GROUP), *pack.analyze_resource(membership), *pack.stack(GROUP, read, membership)]
    assert refusals(found) == [RULE]


def test_a_policy_that_nobody_named_may_be_attached_by_its_output(pack: Pack) -> None:
    arn = "arn:aws:iam::123456789012:policy/terraform-20261124000000000000000001"
    maker = Resource("aws:index/iamPolicy:IamPolicy", {"policy": text("s3:*")}, {"arn": arn})
    attachment = "aws:index/iamGroupPolicyAttachment:IamGroupPolicyAttachment"
    assert pack.program(maker, Resource(attachment, {"policyArn": arn}, taken_from={"policyArn": maker})) == []
    other = arn.replace("20261124", "20200101")
    pack.configure()
    assert refusals(pack.program(maker, Resource(attachment, {"policyArn": other}, depends_on=[maker]))) == [RULE]


def test_what_is_excepted_need_not_be_made_here(pack: Pack) -> None:
    pack.configure(no_unjudged_grants=excepting("group/team"))
    membership = Resource("aws:iam/groupMembership:GroupMembership", {"group": "team"})
    assert refusals(pack.program(GROUP, membership)) == []


def template(resources: dict[str, Any]) -> Resource:
    return Resource("aws:cloudformation/stack:Stack", {"templateBody": json.dumps({"Resources": resources})})


ADDITION = {"Type": "AWS::IAM::UserToGroupAddition", "Properties": {"GroupName": "admins", "Users": ["jin"]}}
ADMINS = {"Type": "AWS::IAM::Group", "Properties": {"GroupName": "admins"}}


def test_within_a_template_a_name_is_handed_out_after_what_makes_it(pack: Pack) -> None:
    assert refusals(pack.program(template({"Group": ADMINS, "Addition": ADDITION}))) == [RULE]
    pack.configure()
    assert pack.program(template({"Group": ADMINS, "Addition": {**ADDITION, "DependsOn": "Group"}})) == []
    pack.configure()
    by_reference = {**ADDITION, "Properties": {"GroupName": {"Ref": "Group"}, "Users": ["jin"]}}
    assert pack.program(template({"Group": ADMINS, "Addition": by_reference})) == []


def test_what_a_template_may_not_make_is_not_made(pack: Pack) -> None:
    conditional = {"Group": {**ADMINS, "Condition": "Never"}, "Addition": {**ADDITION, "DependsOn": "Group"}}
    assert refusals(pack.program(template(conditional))) == [UNJUDGED]


def test_what_a_template_makes_may_be_handed_out_after_its_stack(pack: Pack) -> None:
    stack = template({"Group": ADMINS})
    membership = Resource("aws:iam/groupMembership:GroupMembership", {"group": "admins"})
    assert refusals(pack.program(stack, membership)) == [RULE]
    pack.configure()
    waiting = Resource("aws:iam/groupMembership:GroupMembership", {"group": "admins"}, depends_on=[stack])
    assert pack.program(stack, waiting) == []


def trusting(service: str) -> str:
    return json.dumps(
        {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}]}
    )


BATCH = "arn:aws:iam::aws:policy/service-role/AWSBatchServiceRole"
BATCH_ROLE = Resource("aws:iam/role:Role", {"name": "batch", "assumeRolePolicy": trusting("batch.amazonaws.com")})
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"


@pytest.mark.parametrize("role", ["batch", UNKNOWN])
def test_a_role_that_only_a_service_can_take_may_have_what_it_needs(pack: Pack, role: str) -> None:
    inputs = {"role": role, "policyArn": BATCH}
    assert refusals(pack.program(BATCH_ROLE, Resource(ATTACHMENT, inputs, taken_from={"role": BATCH_ROLE}))) == []
    pack.configure()
    assert refusals(pack.program(BATCH_ROLE, Resource(ATTACHMENT, inputs))) == [RULE]
    pack.configure()
    people = Resource("aws:iam/role:Role", {"name": "batch", "assumeRolePolicy": trusting("ec2.amazonaws.com")})
    refused = pack.program(people, Resource(ATTACHMENT, inputs, taken_from={"role": people}))
    assert refusals(refused) == ["no-privilege-escalation"]


def test_a_services_role_is_one_in_a_template_and_in_itself_too(pack: Pack) -> None:
    trust = json.loads(trusting("batch.amazonaws.com"))
    own = {"AssumeRolePolicyDocument": trust, "ManagedPolicyArns": [BATCH]}
    assert refusals(pack.program(template({"Role": {"Type": "AWS::IAM::Role", "Properties": own}}))) == []
    assert pack.rules("aws:iam/role:Role", assumeRolePolicy=json.dumps(trust), managedPolicyArns=[BATCH]) == []
    document = json.loads(text("iam:PassRole", "ec2:RunInstances"))
    apart: dict[str, Any] = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}},
        "Policy": {
            "Type": "AWS::IAM::Policy",
            "Properties": {"PolicyName": "it", "PolicyDocument": document, "Roles": [{"Ref": "Role"}]},
        },
    }
    assert refusals(pack.program(template(apart))) == []
    apart["Policy"]["Properties"]["Groups"] = ["people"]
    assert refusals(pack.program(template(apart))) == ["no-privilege-escalation"]


@pytest.mark.parametrize("again", ["aws:iam/role:Role", "aws-native:iam:Role"])
def test_a_services_role_is_not_opened_by_a_second_resource(pack: Pack, again: str) -> None:
    """The second one adopts the role (`import`) and lets people take what the first one gave it."""
    people = trusting("ec2.amazonaws.com")
    own = {**BATCH_ROLE.inputs, "managedPolicyArns": [BATCH]}
    names = {"name": "batch", "roleName": "batch", "assumeRolePolicy": people, "assumeRolePolicyDocument": people}
    opened = Resource(again, names, name="opened")
    assert refusals(pack.program(Resource("aws:iam/role:Role", own), opened)) == [RULE]
    pack.configure()
    attachment = Resource(ATTACHMENT, {"role": "batch", "policyArn": BATCH}, taken_from={"role": BATCH_ROLE})
    assert refusals(pack.program(BATCH_ROLE, attachment, opened)) == [RULE]
    pack.configure()
    other = Resource(again, {**names, "name": "other", "roleName": "other"}, name="other")
    assert refusals(pack.program(Resource("aws:iam/role:Role", own), other)) == []


def test_what_no_rule_has_looked_at_in_this_run_is_looked_at_all_the_same(pack: Pack) -> None:
    """As with --target, where the engine tells of the whole stack but asks about the targets only."""
    membership = Resource("aws:iam/groupMembership:GroupMembership", {"group": "team"})
    assert refusals(pack.stack(GROUP, membership)) == [RULE]
    assert pack.stack(GROUP, Resource(membership.resource_type, membership.inputs, depends_on=[GROUP])) == []
    attached = Resource("aws:iam/role:Role", {"name": "r"}, {"managedPolicyArns": [OWN]})
    assert pack.stack(POLICY, attached) == []
