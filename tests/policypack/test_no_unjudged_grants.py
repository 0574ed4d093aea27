"""What nobody can see here is refused; what this program makes, or AWS is known to make harmless, is not."""

import json
from typing import Any

import pytest

from tests.policypack.analyzer import UNKNOWN, Pack, excepting
from tests.policypack.documents import text

RULE = "no-unjudged-grants"
ATTACHMENT = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"
REFERENCE = "aws:ssoadmin/customerManagedPolicyAttachment:CustomerManagedPolicyAttachment"
MEMBERSHIP = "aws:iam/groupMembership:GroupMembership"
STACK = "aws:cloudformation/stack:Stack"
OWN = "arn:aws:iam::123456789012:policy"


def test_a_policy_made_elsewhere_is_refused_and_its_arn_not_quoted(pack: Pack) -> None:
    [finding] = pack.analyze(ATTACHMENT, policyArn=f"{OWN}/made-elsewhere", group="g")
    assert (finding.rule, finding.level) == (RULE, "MANDATORY")
    assert "policyArn: the pack cannot see what this policy grants." in finding.message
    assert "made-elsewhere" not in finding.message


@pytest.mark.parametrize("path", ["/", "/teams/web/"])
@pytest.mark.parametrize("resource_type", ["aws:iam/policy:Policy", "aws-native:iam:ManagedPolicy"])
def test_a_policy_that_this_program_makes_may_be_attached(pack: Pack, resource_type: str, path: str) -> None:
    name = f"made-here{len(resource_type)}{len(path)}"
    assert pack.rules(ATTACHMENT, policyArn=f"{OWN}{path}{name}") == [RULE]
    pack.analyze(
        resource_type, name=name, managedPolicyName=name, path=path, policy=text("s3:*"), policyDocument=text("s3:*")
    )
    assert pack.rules(ATTACHMENT, policyArn=f"{OWN}{path}{name}") == []
    assert pack.rules(ATTACHMENT, policyArn=f"arn:aws-us-gov:iam::123456789012:policy{path}{name}") == []
    assert pack.rules(ATTACHMENT, policyArn=f"{OWN}/elsewhere/{name}") == [RULE]
    assert pack.rules(ATTACHMENT, policyArn=f"arn:aws:iam::aws:policy{path}{name}") == [RULE]


def test_a_policy_whose_name_the_provider_completes_may_be_attached(pack: Pack) -> None:
    pack.analyze("aws:iam/policy:Policy", namePrefix="team-", policy=text("s3:*"))
    assert pack.rules(ATTACHMENT, policyArn=f"{OWN}/team-20261123215550000000000001") == []
    assert pack.rules(ATTACHMENT, policyArn=f"{OWN}/team-other") == [RULE]
    assert pack.rules(ATTACHMENT, policyArn=f"{OWN}/team-made-elsewhere-by-somebody") == [RULE]


def test_an_arn_unknown_in_preview_is_noted_and_hides_no_known_one(pack: Pack) -> None:
    resource_type = "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive"
    arns = [UNKNOWN, f"{OWN}/foreign", "arn:aws:iam::aws:policy/IAMUserChangePassword"]
    [refusal] = pack.analyze(resource_type, policyArns=arns)
    assert refusal.level == "MANDATORY"
    assert "policyArns[1]: " in refusal.message
    [note] = pack.stack()
    assert (note.rule, note.level) == ("checked-in-up", "ADVISORY")
    assert "policyArns[0]" in note.message


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::aws:policy/NotYetKnownToThePack",
        "arn:aws:iam::aws:policy/iamuserchangepassword",
        "arn:aws:iam::aws:policy/../AdministratorAccess",
        "arn:evil:iam::aws:policy/ReadOnlyAccess",
        "ReadOnlyAccess",
        "",
        7,
        {"Ref": "x"},
        [],
    ],
)
def test_an_arn_that_tells_nothing_is_refused(pack: Pack, arn: object) -> None:
    assert pack.rules(ATTACHMENT, policyArn=arn) == [RULE]


def test_exceptions_stand_in_the_configuration(pack: Pack) -> None:
    pack.configure(no_unjudged_grants=excepting("arn:aws:iam::*:policy/central/*", "group/Ops"))
    assert pack.rules(ATTACHMENT, policyArn=f"{OWN}/central/reading") == []
    assert pack.rules(ATTACHMENT, policyArn=f"{OWN}/other/reading") == [RULE]
    assert pack.rules(REFERENCE, customerManagedPolicyReference={"name": "made-centrally", "path": "/central/"}) == []
    assert pack.rules(REFERENCE, customerManagedPolicyReference={"name": "made-centrally"}) == [RULE]
    assert pack.rules(MEMBERSHIP, group="ops", users=["jin"]) == []
    assert pack.rules(MEMBERSHIP, group="admins", users=["jin"]) == [RULE]


def test_a_policy_attached_by_name_must_be_made_here(pack: Pack) -> None:
    reference = {"name": "by-reference", "path": "/sets/"}
    assert pack.rules(REFERENCE, customerManagedPolicyReference=reference) == [RULE]
    pack.analyze("aws:iam/policy:Policy", name="by-reference", path="/sets/", policy=text("s3:*"))
    assert pack.rules(REFERENCE, customerManagedPolicyReference=reference) == []
    assert pack.rules(REFERENCE, customerManagedPolicyReference={"name": "by-reference"}) == [RULE]
    assert pack.analyze(REFERENCE, customerManagedPolicyReference={"name": UNKNOWN}) == []


@pytest.mark.parametrize(
    ("resource_type", "props"),
    [
        (MEMBERSHIP, {"group": "foreign", "users": ["jin"]}),
        ("aws:iam/userGroupMembership:UserGroupMembership", {"user": "jin", "groups": ["team-one", "foreign"]}),
        ("aws-native:iam:User", {"groups": ["foreign"]}),
        ("aws-native:iam:UserToGroupAddition", {"groupName": "foreign", "users": ["jin"]}),
    ],
)
def test_a_user_may_only_join_groups_that_this_program_makes(
    pack: Pack, resource_type: str, props: dict[str, Any]
) -> None:
    pack.analyze("aws:iam/group:Group", name="team-one")
    assert pack.rules(resource_type, **props) == [RULE]
    own = json.loads(json.dumps(props).replace("foreign", "TEAM-one"))
    assert pack.rules(resource_type, **own) == []


@pytest.mark.parametrize("service", ["codeconnections", "codestarconnections"])
def test_a_stack_that_follows_a_repository_is_refused(pack: Pack, service: str) -> None:
    properties = {"syncType": "CFN_STACK_SYNC", "resourceName": "stack"}
    assert pack.rules(f"aws-native:{service}:SyncConfiguration", **properties) == [RULE]
    state = {"typeName": f"AWS::{service}::SyncConfiguration", "desiredState": json.dumps(properties)}
    assert pack.rules("aws:cloudcontrol/resource:Resource", **state) == [RULE]


def test_a_template_that_lies_elsewhere_is_refused_if_it_may_make_grants(pack: Pack) -> None:
    props = {"templateUrl": "https://bucket.s3.amazonaws.com/stack.yaml"}
    assert pack.rules(STACK, **props, capabilities=["CAPABILITY_NAMED_IAM"]) == [RULE]
    assert pack.rules(STACK, **props) == []
    assert pack.analyze(STACK, templateUrl=UNKNOWN, capabilities=["CAPABILITY_IAM"]) == []
    assert [note.rule for note in pack.stack()] == ["checked-in-up"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not a template",
        "{",
        "[1]",
        '{"Resources": []}',
        '{"Resources": {"A": {}}}',
        '{"Resources": {}, "Resources": {}}',
        '{"Resources": {}, "Transform": "AWS::Serverless-2016-10-31"}',
        "Resources: &a\n  Again: *a\n",
        "Resources: {A: {Type: x}, A: {Type: y}}",
        "[" * 3000,
        '{"Resources": ' + '{"a":' * 500 + "1" + "}" * 501,
        "Resources: {[a]: b}",
        "Resources:\n  A: {? [x] : y}",
        "a: !!int ''",
        "a: !!bool maybe",
        "a: !!python/object/apply:os.system [ls]",
        '{"Resources": {"Nested": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://x"}}}}',
        '{"Resources": {"S": {"Type": "AWS::CloudFormation::StackSet", "Properties": {"TemplateURL": "https://x"}}}}',
        '{"Resources": {"P": {"Type": "AWS::IAM::Policy", "Properties": {"Fn::Transform": {"Name": "AWS::Include"}}}}}',
        "Resources: {P: {Type: AWS::IAM::Group, Properties: {GroupName: x, 'Fn::Transform': {Name: AWS::Include}}}}",
        "Resources: {P: {Type: AWS::IAM::Policy, 'Fn::Transform': {Name: AWS::Include}}}",
        "{Resources: {}, 'Fn::Transform': {Name: AWS::Include}}",
        "Resources: {M: {Type: Company::Access::Group::MODULE}}",
    ],
)
def test_a_template_that_cannot_be_read_is_refused(pack: Pack, body: str) -> None:
    assert pack.rules(STACK, templateBody=body) == [RULE]


def test_a_macro_in_what_grants_nothing_is_no_reason_to_refuse_a_template(pack: Pack) -> None:
    body = (
        "Resources: {A: {Type: AWS::ApiGateway::RestApi, Properties: {Body: {'Fn::Transform': {Name: AWS::Include}}}}}"
    )
    assert pack.rules(STACK, templateBody=body) == []


def test_what_a_template_attaches_to_itself_is_judged_where_it_is_made(pack: Pack) -> None:
    body = """
Resources:
  Reading:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: 2012-10-17
        Statement:
          Effect: Allow
          Action: s3:GetObject
          Resource: !Sub '${Bucket.Arn}/*'
  Team:
    Type: AWS::IAM::Group
    Properties:
      ManagedPolicyArns:
        - !Ref Reading
        - !Sub arn:${AWS::Partition}:iam::aws:policy/IAMUserChangePassword
        - Fn::Join: ['', ['arn:', !Ref AWS::Partition, ':iam::aws:policy/ReadOnlyAccess']]
        - !If [Never, x, !Ref AWS::NoValue]
  Jin:
    Type: AWS::IAM::User
    Properties: {Groups: [!Ref Team]}
  Bucket:
    Type: AWS::S3::Bucket
"""
    [finding] = pack.analyze(STACK, templateBody=body)
    assert "templateBody.Team.ManagedPolicyArns[3]: " in finding.message
    assert (
        pack.analyze(STACK, templateBody=body.replace("!If [Never, x, !Ref AWS::NoValue]", "!Ref AWS::NoValue")) == []
    )


def test_what_a_custom_resource_of_a_template_gives_back_is_no_policy_made_here(pack: Pack) -> None:
    body = """
Resources:
  Anything: {Type: Custom::Anything, Properties: {ServiceToken: x}}
  Team: {Type: AWS::IAM::Group, Properties: {ManagedPolicyArns: [!Ref Anything]}}
"""
    assert pack.rules(STACK, templateBody=body) == [RULE]


@pytest.mark.parametrize(
    "props",
    [
        {"typeName": "AWS::IAM::Role", "desiredState": "{"},
        {"typeName": "AWS::IAM::Role", "desiredState": "[]"},
        {"typeName": "AWS::IAM::Role", "desiredState": '{"a":' * 500 + "1" + "}" * 500},
        {"typeName": "AWS::IAM::Role", "desiredState": '{"Policies": [], "Policies": []}'},
        {"desiredState": "{}"},
    ],
)
def test_a_cloud_control_resource_that_cannot_be_read_is_refused(pack: Pack, props: dict[str, Any]) -> None:
    assert pack.rules("aws:cloudcontrol/resource:Resource", **props) == [RULE]
