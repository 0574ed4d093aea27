"""CloudFormation templates: what only CloudFormation will know counts as the worst it can be."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from iam import granted
from template_text import Unreadable
from templates import TemplateResource, resources_of
from tests.policypack.analyzer import UNKNOWN, Pack
from tests.policypack.documents import PIPELINE_CHANGES, allowing


def document_in(statements: str) -> object:
    [resource] = resources_of(f"""
Resources:
  It:
    Type: AWS::IAM::Policy
    Properties:
      PolicyDocument:
        Version: 2012-10-17
        Statement: {statements}
""")
    return resource.properties["PolicyDocument"]


@pytest.mark.parametrize(
    "statements",
    [
        "[{Effect: Allow, Action: 'codepipeline:*', Resource: !GetAtt Pipeline.Arn}]",
        "{Effect: Allow, Action: 'codepipeline:*', Resource: [!Sub 'arn:aws:${Service}:::x']}",
        "[{Effect: Allow, Action: '*', NotResource: !Ref Pipelines}]",
        "[{Effect: Allow, Action: '*', Resource: '*'}, {Effect: Deny, Action: '*', Resource: !Ref Pipelines}]",
        "[{Effect: Allow, Action: '*', Resource: '*'}, {Effect: Deny, Action: '*', NotResource: [!Ref Pipelines]}]",
    ],
)
def test_a_resource_that_only_cloudformation_will_know_may_be_any(statements: str) -> None:
    assert granted(document_in(statements), PIPELINE_CHANGES)


@pytest.mark.parametrize(
    "statements",
    [
        "[{Effect: Allow, Action: 's3:*', Resource: !GetAtt Bucket.Arn}]",
        "[{Effect: Deny, Action: 's3:*', Resource: !GetAtt Bucket.Arn}]",
        "[{Effect: Allow, Action: ['s3:*'], Resource: '*', Condition: {StringEquals: {'aws:x': !Ref Vpc}}}]",
        "[{Effect: Allow, Action: 's3:*', Resource: !Sub 'arn:${AWS::Partition}:s3:::bucket'}, !Ref AWS::NoValue]",
    ],
)
def test_functions_in_a_harmless_document_are_no_reason_to_refuse_it(statements: str) -> None:
    assert granted(document_in(statements), PIPELINE_CHANGES) == []


def test_json_and_yaml_say_the_same() -> None:
    as_json = (
        '{"Resources": {"A": {"Type": "AWS::IAM::Group", "Properties": {"GroupName": {"Ref": "AWS::Partition"}}}}}'
    )
    as_yaml = "Resources:\n  A:\n    Type: AWS::IAM::Group\n    Properties:\n      GroupName: !Ref AWS::Partition\n"
    made = TemplateResource("A", "AWS::IAM::Group", {"GroupName": "aws"}, conditional=False, depends_on=frozenset())
    assert resources_of(as_json) == resources_of(as_yaml) == [made]


STATEMENT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
NO_VALUE = {"Ref": "AWS::NoValue"}


def either(one: object, other: object) -> dict[str, Any]:
    return {"Fn::If": ["Sometimes", one, other]}


def template(properties: Mapping[str, Any], kind: str = "AWS::IAM::ManagedPolicy", **others: Any) -> dict[str, Any]:  # noqa: ANN401 - any resources
    return {"Resources": {"It": {"Type": kind, "Properties": properties}, **others}}


def document(*statements: object) -> dict[str, Any]:
    return {"PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}


def changing(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any element of a statement
    return document({**STATEMENT, "Action": "codepipeline:*", **changes})


READ_LATER = "arn:aws:{{resolve:ssm:/service}}:*:*:*"  # CloudFormation puts the parameter's value there
MACRO = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://bucket/more"}}}


@pytest.mark.parametrize(
    "resource",
    [
        READ_LATER,
        [READ_LATER],
        "arn:aws:{{resolve:ssm:/begun",
        {"Fn::Sub": READ_LATER.replace("/service", "${AWS::StackName}")},
        {"Fn::Join": ["", [READ_LATER[:12], READ_LATER[12:]]]},
        {"Fn::FindInMap": ["Map", "key", "resource"]},
        {"Ref": "List"},
        {"Fn::If": ["Sometimes", "arn:aws:s3:::x", READ_LATER]},
    ],
    ids=str,
)
def test_a_reference_that_cloudformation_reads_last_may_be_anything(resource: object) -> None:
    written = {
        **template(changing(Resource=resource)),
        "Mappings": {"Map": {"key": {"resource": [READ_LATER]}}},
        "Parameters": {"List": {"Type": "CommaDelimitedList", "Default": READ_LATER}},
    }
    [found] = resources_of(written, {})
    assert granted(found.properties["PolicyDocument"], PIPELINE_CHANGES)


def test_a_mapping_that_names_itself_is_no_way_to_go_on_for_ever(pack: Pack) -> None:
    itself = {"Fn::FindInMap": ["Map", "key", "action"]}
    body = {**template(changing(Action=itself)), "Mappings": {"Map": {"key": {"action": [itself]}}}}
    assert pack.rules(STACK, templateBody=json.dumps(body))


@pytest.mark.parametrize(
    "place",
    [
        {"Mappings": {"Map": {"key": {"action": "s3:*", **MACRO}}}},
        {"Mappings": {"Map": {"key": {"action": "s3:*"}, **MACRO}}},
        {"Mappings": {"Map": {"key": {"action": "s3:*"}}, **MACRO}},
        {"Parameters": {"Action": {"Type": "String", "Default": "s3:*", **MACRO}}},
        {"Parameters": MACRO},
    ],
    ids=str,
)
def test_a_macro_may_change_whatever_a_policy_is_made_of(place: dict[str, Any]) -> None:
    body = {**template(changing(Action={"Fn::FindInMap": ["Map", "key", "action"]})), **place}
    with pytest.raises(Unreadable, match="macro"):
        resources_of(body)


ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}
BUCKET = {"Type": "AWS::S3::Bucket"}
BORROWING = {"Effect": "Allow", "Action": "sts:AssumeRole"}
REFUSED: dict[str, dict[str, Any]] = {
    "a grant in one branch": template(document(STATEMENT, either({**STATEMENT, "Action": "codepipeline:*"}, NO_VALUE))),
    "a limit in one branch": template(
        document(
            {**STATEMENT, "Action": "lambda:*"},
            {
                **STATEMENT,
                "Action": "iam:PassRole",
                "Condition": {"StringEquals": {"iam:PassedToService": either("dax.amazonaws.com", NO_VALUE)}},
            },
        )
    ),
    "an action in one branch": template(changing(Action=either("s3:*", ["codepipeline:Up*"]))),
    "an effect in one branch": template(changing(Effect=either("Deny", "Allow"))),
    "a document in one branch": template({"PolicyDocument": either(allowing("s3:*"), allowing("*"))}),
    "a list of policies in one branch": template(
        {"Policies": either([{"PolicyName": "x", "PolicyDocument": allowing("*")}], NO_VALUE)}, "AWS::IAM::Group"
    ),
    "a deny in one branch": template(
        document({**STATEMENT, "Action": "*"}, either({"Effect": "Deny", "Action": "*", "Resource": "*"}, NO_VALUE))
    ),
    "a deny on what is not known": template(
        document(
            {**STATEMENT, "Action": "codepipeline:*"},
            {"Effect": "Deny", "Action": "*", "Resource": {"Fn::Sub": "arn:aws:codepipeline:*:*:${Name}"}},
        )
    ),
    "an exclusion that may exclude nothing": template(
        document({"Effect": "Allow", "NotAction": either("*", "s3:*"), "Resource": "*"})
    ),
    "AdministratorAccess in one branch": template(
        {"ManagedPolicyArns": either([], ["arn:aws:iam::aws:policy/AdministratorAccess"])}, "AWS::IAM::Group"
    ),
    "a reset in one branch": template(
        {"LoginProfile": {"Password": "x", "PasswordResetRequired": either(True, NO_VALUE)}},
        "AWS::IAM::User",
    ),
    "a login without a reset in one branch": template(
        {"LoginProfile": either({"Password": "x", "PasswordResetRequired": True}, {"Password": "x"})}, "AWS::IAM::User"
    ),
    "a role by a parameter that nobody knows": template(
        document({**BORROWING, "Resource": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/${Name}"}})
    ),
    "a condition in one branch": template(
        document(
            {
                **STATEMENT,
                "Action": ["iam:PassRole", "lambda:*"],
                "Condition": either({"StringEquals": {"iam:PassedToService": "dax.amazonaws.com"}}, NO_VALUE),
            }
        )
    ),
    "a macro beside the resources": {
        "Resources": {"Fn::Transform": {"Name": "AWS::Include", "Type": "AWS::S3::Bucket"}}
    },
    "a provisioned product": template({"ProductName": "x"}, "AWS::ServiceCatalog::CloudFormationProvisionedProduct"),
    "an entitlement of a role made elsewhere": template(
        {"Entitlement": {"PrincipalRole": {"RoleArn": "arn:aws:iam::123456789012:role/admin"}}},
        "AWS::AccountAccess::Entitlement",
    ),
}
ACCEPTED: dict[str, dict[str, Any]] = {
    "one limit or another": template(
        document(
            {**STATEMENT, "Action": "lambda:*"},
            {
                **STATEMENT,
                "Action": "iam:PassRole",
                "Condition": {
                    "StringEquals": {"iam:PassedToService": either("dax.amazonaws.com", ["s3.amazonaws.com"])}
                },
            },
        )
    ),
    "a reference that CloudFormation reads within a name": template(
        {
            **document({**STATEMENT, "Resource": "arn:aws:s3:::{{resolve:ssm:/bucket}}/*"}),
            "Description": "{{resolve:ssm:/x}}",
        }
    ),
    "both branches written out": template(
        document(either(STATEMENT, NO_VALUE), {**STATEMENT, "Action": either("s3:*", "sqs:*")})
    ),
    "a list in one branch": template(
        {"ManagedPolicyArns": either(["arn:aws:iam::aws:policy/ReadOnlyAccess"], NO_VALUE)}, "AWS::IAM::Group"
    ),
    "a login with a reset in one branch": template(
        {"LoginProfile": either({"Password": "x", "PasswordResetRequired": True}, NO_VALUE)}, "AWS::IAM::User"
    ),
    "a policy of the template by its attribute": template(
        {"ManagedPolicyArns": [{"Fn::GetAtt": ["Policy", "PolicyArn"]}]},
        "AWS::IAM::Group",
        Policy={"Type": "AWS::IAM::ManagedPolicy", "Properties": document(STATEMENT)},
    ),
    "a policy of the template by a text with nothing else": template(
        {"ManagedPolicyArns": [{"Fn::Sub": "${Policy}"}, {"Fn::Join": ["", [{"Ref": "Policy"}]]}]},
        "AWS::IAM::Group",
        Policy={"Type": "AWS::IAM::ManagedPolicy", "Properties": document(STATEMENT)},
    ),
    "a policy of the template by its name": template(
        {"ManagedPolicyArns": [{"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/it"}]},
        "AWS::IAM::Group",
        Policy={
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {**document(STATEMENT), "ManagedPolicyName": "it"},
        },
    ),
    "a Sid of the stack's name": template(document({**STATEMENT, "Sid": {"Fn::Sub": "${AWS::StackName}Reading"}})),
    "variables of its own": template(
        {"ManagedPolicyArns": [{"Fn::Sub": ["arn:${P}:iam::aws:policy/${N}", {"P": "aws", "N": "ReadOnlyAccess"}]}]},
        "AWS::IAM::Group",
    ),
    "a variable of IAM's": template(
        document(
            {
                **STATEMENT,
                "Action": "iam:CreateAccessKey",
                "Resource": {"Fn::Sub": "arn:aws:iam::*:user/${!aws:username}"},
            }
        )
    ),
    "a role of the template": template(document({**BORROWING, "Resource": {"Fn::GetAtt": "Role.Arn"}}), Role=ROLE),
    "a role of the template by its name": template(
        document({**BORROWING, "Resource": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/${Role}"}}), Role=ROLE
    ),
    "everything on a bucket of the template": template(
        document({**STATEMENT, "Action": "*", "Resource": [{"Fn::GetAtt": "B.Arn"}, {"Fn::Sub": "${B.Arn}/*"}]}),
        B=BUCKET,
    ),
    "an entitlement of a role of the template": template(
        {"Entitlement": {"PrincipalRole": {"RoleArn": {"Fn::GetAtt": "Role.Arn"}}}},
        "AWS::AccountAccess::Entitlement",
        Role=ROLE,
    ),
}
STACK = "aws:cloudformation/stack:Stack"


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_what_a_template_may_grant_is_refused(pack: Pack, body: dict[str, Any]) -> None:
    assert pack.rules(STACK, templateBody=json.dumps(body))
    assert pack.rules("aws-native:cloudformation:Stack", templateBody=body)


MARKED: dict[str, dict[str, Any]] = {
    "a resource": template(changing(Resource=UNKNOWN)),
    "a policy": template({"ManagedPolicyArns": [UNKNOWN]}, "AWS::IAM::Group"),
    "a group": template({"GroupName": UNKNOWN, "Users": ["jin"]}, "AWS::IAM::UserToGroupAddition"),
    "a reset": template({"LoginProfile": {"PasswordResetRequired": UNKNOWN}}, "AWS::IAM::User"),
}


@pytest.mark.parametrize("body", MARKED.values(), ids=MARKED)
def test_the_engines_mark_in_the_text_of_a_template_is_only_text(pack: Pack, body: dict[str, Any]) -> None:
    assert pack.rules(STACK, templateBody=json.dumps(body))
    assert pack.rules(STACK, templateBody=body) == []  # an object, where the engine puts it for what it does not know
    [[name, resource]] = body["Resources"].items()
    made = {"typeName": resource["Type"], "desiredState": json.dumps(resource["Properties"])}
    assert pack.rules("aws:cloudcontrol/resource:Resource", **made), name


@pytest.mark.parametrize("body", ACCEPTED.values(), ids=ACCEPTED)
def test_what_a_template_writes_out_is_no_reason_to_refuse_it(pack: Pack, body: dict[str, Any]) -> None:
    assert pack.rules(STACK, templateBody=json.dumps(body)) == []
    assert pack.rules("aws-native:cloudformation:Stack", templateBody=body) == []


def test_parameters_have_the_values_that_the_stack_gives_them(pack: Pack) -> None:
    body = {
        **template(changing(Action={"Ref": "Actions"})),
        "Parameters": {"Actions": {"Type": "String", "Default": "s3:*"}},
    }
    written = json.dumps(body)
    assert pack.rules(STACK, templateBody=written) == []
    assert pack.rules(STACK, templateBody=written, parameters={"Actions": "codepipeline:*"})
    assert pack.rules("aws:cloudformation/stackSet:StackSet", templateBody=written)  # its stacks may have others
    body["Parameters"]["Actions"]["Type"] = "AWS::SSM::Parameter::Value<String>"
    assert pack.rules(STACK, templateBody=json.dumps(body))
