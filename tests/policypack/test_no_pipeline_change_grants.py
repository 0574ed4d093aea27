"""Every way in which a grant can reach somebody, through the analyzer's protocol."""

import json
from typing import Any

import pytest

import managed_policies
from tests.policypack.analyzer import UNKNOWN, Finding, Pack, excepting
from tests.policypack.documents import allowing, policy, statement, text

RULE = "no-pipeline-change-grants"
CHANGING_PIPELINES = json.loads(managed_policies.FILE.read_text(encoding="utf-8"))["changing_pipelines"]
MARKS = (UNKNOWN, "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2")  # text, object, list
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
HARMLESS = "arn:aws:iam::aws:policy/AWSCodePipeline_ReadOnlyAccess"


def template(**resource: Any) -> str:  # noqa: ANN401 - any resource of CloudFormation's
    return json.dumps({"Resources": {"It": resource}})


def shapes(document: Any) -> dict[str, tuple[str, dict[str, Any]]]:  # noqa: ANN401 - text or object
    """`document` in every place where a resource keeps one."""
    inline = [{"name": "first", "policy": text("s3:*")}, {"name": "second", "policy": document}]
    native = [{"policyName": "it", "policyDocument": document}]
    in_template = {"PolicyName": "it", "PolicyDocument": document, "Groups": ["g"]}
    return {
        "managed policy": ("aws:iam/policy:Policy", {"policy": document}),
        "group policy": ("aws:iam/groupPolicy:GroupPolicy", {"policy": document, "group": "g"}),
        "user policy": ("aws:iam/userPolicy:UserPolicy", {"policy": document, "user": "u"}),
        "role policy": ("aws:iam/rolePolicy:RolePolicy", {"policy": document, "role": "r"}),
        "role": ("aws:iam/role:Role", {"inlinePolicies": inline}),
        "permission set": (
            "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy",
            {"inlinePolicy": document},
        ),
        "native managed policy": ("aws-native:iam:ManagedPolicy", {"policyDocument": document}),
        "native group policy": ("aws-native:iam:GroupPolicy", {"policyDocument": document}),
        "native user policy": ("aws-native:iam:UserPolicy", {"policyDocument": document}),
        "native role policy": ("aws-native:iam:RolePolicy", {"policyDocument": document}),
        "native group": ("aws-native:iam:Group", {"policies": native}),
        "native user": ("aws-native:iam:User", {"policies": native}),
        "native role": ("aws-native:iam:Role", {"policies": native}),
        "native permission set": ("aws-native:sso:PermissionSet", {"inlinePolicy": document}),
        "template": (
            "aws:cloudformation/stack:Stack",
            {"templateBody": template(Type="AWS::IAM::Policy", Properties=in_template)},
        ),
        "template of a stack set": (
            "aws:cloudformation/stackSet:StackSet",
            {"templateBody": template(Type="AWS::IAM::Role", Properties={"Policies": [in_template]})},
        ),
        "native template": (
            "aws-native:cloudformation:Stack",
            {"templateBody": json.loads(template(Type="AWS::IAM::GroupPolicy", Properties=in_template))},
        ),
        "native template of a stack set": (
            "aws-native:cloudformation:StackSet",
            {"templateBody": template(Type="AWS::SSO::PermissionSet", Properties={"InlinePolicy": document})},
        ),
        "cloud control": (
            "aws:cloudcontrol/resource:Resource",
            {"typeName": "AWS::IAM::GroupPolicy", "desiredState": json.dumps(in_template)},
        ),
        "native extension": (
            "aws-native:index:ExtensionResource",
            {"type": "AWS::IAM::ManagedPolicy", "properties": in_template},
        ),
    }


GRANTING = allowing("s3:*", "codepipeline:Up*")
ATTACHMENTS: dict[str, tuple[str, str, bool]] = {
    "group": ("aws:iam/groupPolicyAttachment:GroupPolicyAttachment", "policyArn", False),
    "user": ("aws:iam/userPolicyAttachment:UserPolicyAttachment", "policyArn", False),
    "role": ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "policyArn", False),
    "anybody": ("aws:iam/policyAttachment:PolicyAttachment", "policyArn", False),
    "group, exclusively": (
        "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive",
        "policyArns",
        True,
    ),
    "user, exclusively": (
        "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive",
        "policyArns",
        True,
    ),
    "role, exclusively": (
        "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
        "policyArns",
        True,
    ),
    "role itself": ("aws:iam/role:Role", "managedPolicyArns", True),
    "permission set": ("aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment", "managedPolicyArn", False),
    "permission set, exclusively": (
        "aws:ssoadmin/managedPolicyAttachmentsExclusive:ManagedPolicyAttachmentsExclusive",
        "managedPolicyArns",
        True,
    ),
    "native group": ("aws-native:iam:Group", "managedPolicyArns", True),
    "native user": ("aws-native:iam:User", "managedPolicyArns", True),
    "native role": ("aws-native:iam:Role", "managedPolicyArns", True),
    "native permission set": ("aws-native:sso:PermissionSet", "managedPolicies", True),
}


@pytest.mark.parametrize("document", [json.dumps(GRANTING), GRANTING], ids=["text", "object"])
@pytest.mark.parametrize("shape", shapes(None))
def test_a_grant_is_refused_wherever_it_stands(pack: Pack, shape: str, document: object) -> None:
    resource_type, props = shapes(document)[shape]
    assert RULE in pack.rules(resource_type, **props)


@pytest.mark.parametrize("document", [text("codepipeline:Get*"), allowing("codepipeline:Get*")], ids=["text", "object"])
@pytest.mark.parametrize("shape", shapes(None))
def test_what_grants_nothing_is_accepted_wherever_it_stands(pack: Pack, shape: str, document: object) -> None:
    resource_type, props = shapes(document)[shape]
    expected = ["grants-through-groups"] if "user" in shape else []
    assert pack.rules(resource_type, **props) == expected


@pytest.mark.parametrize(("resource_type", "name", "listed"), ATTACHMENTS.values(), ids=ATTACHMENTS)
def test_administrator_access_is_refused_wherever_it_is_attached(
    pack: Pack, resource_type: str, name: str, listed: bool
) -> None:
    value: Any = [HARMLESS, ADMINISTRATOR] if listed else ADMINISTRATOR
    [message] = [finding.message for finding in pack.analyze(resource_type, **{name: value}) if finding.rule == RULE]
    assert f"{name}{'[1]' if listed else ''}: AdministratorAccess grants CreatePipeline, " in message


@pytest.mark.parametrize(("resource_type", "name", "listed"), ATTACHMENTS.values(), ids=ATTACHMENTS)
def test_read_only_access_is_accepted_wherever_it_is_attached(
    pack: Pack, resource_type: str, name: str, listed: bool
) -> None:
    expected = ["grants-through-groups"] if "user" in resource_type.lower() else []
    assert pack.rules(resource_type, **{name: [HARMLESS] if listed else HARMLESS, "user": "u"}) == expected


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-iso-b", "aws-eusc"])
@pytest.mark.parametrize("policy_name", CHANGING_PIPELINES)
def test_the_eight_are_refused_in_every_partition(pack: Pack, partition: str, policy_name: str) -> None:
    arn = f"arn:{partition}:iam::aws:policy/{policy_name}"
    assert RULE in pack.rules("aws:iam/groupPolicyAttachment:GroupPolicyAttachment", policyArn=arn)


def test_a_message_names_property_statement_pattern_actions_and_the_way_out(pack: Pack) -> None:
    document = json.dumps(policy(statement(), statement(Sid="Deploy", Action="codepipeline:*ePipeline")))
    assert pack.analyze("aws:iam/policy:Policy", policy=document) == [
        Finding(
            RULE,
            "MANDATORY",
            "Nobody may be granted the creation, update or deletion of a pipeline.\n"
            'policy, statement 2 (Sid "Deploy"): "codepipeline:*ePipeline" grants CreatePipeline, UpdatePipeline, '
            "DeletePipeline. List the actions that are needed instead.",
        )
    ]


def test_every_grant_of_a_resource_is_named(pack: Pack) -> None:
    inline = [{"name": name, "policy": text("codepipeline:*")} for name in ("a", "b")]
    found = pack.analyze("aws:iam/role:Role", inlinePolicies=inline)
    assert [finding.message.split("\n")[1].partition(",")[0] for finding in found] == [
        "inlinePolicies[0].policy",
        "inlinePolicies[1].policy",
    ]


@pytest.mark.parametrize("document", ["", "{", "secret", 7, [], None, {"Statement": "secret"}, UNKNOWN[:-1]])
def test_what_cannot_be_read_is_refused_and_not_quoted(pack: Pack, document: object) -> None:
    resource_type = "aws:iam/role:Role" if document is None else "aws:iam/policy:Policy"
    props = {"inlinePolicies": [{"policy": [document]}]} if document is None else {"policy": document}
    found = [finding for finding in pack.analyze(resource_type, **props) if finding.rule == RULE]
    assert [finding.level for finding in found] == ["MANDATORY"]
    assert "secret" not in found[0].message


def test_no_secret_appears_in_a_violation(pack: Pack) -> None:
    secret = "correcthorsebatterystaple"
    document = policy(
        statement(Action="codepipeline:*", Resource=f"arn:aws:codepipeline:*:*:{secret}"),
        statement(Action=f"s3:{secret}", Condition={"StringEquals": {f"aws:{secret}": secret}}),
    )
    marked = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": json.dumps(document)}
    found = pack.analyze("aws:iam/policy:Policy", policy=marked, description=secret)
    assert found
    assert secret not in str(found)


def test_a_value_unknown_in_preview_is_said_once_at_the_end(pack: Pack) -> None:
    assert pack.analyze("aws:iam/policy:Policy", policy=UNKNOWN) == []
    [note] = pack.stack()
    assert (note.rule, note.level) == ("checked-in-up", "ADVISORY")
    assert note.message.endswith("\npolicy.policy.")


def test_a_value_that_an_update_does_not_know_is_refused(pack: Pack) -> None:
    pack.run(preview=False)
    assert pack.rules("aws:iam/policy:Policy", policy=UNKNOWN) == [RULE]


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_for_unknown_values_within_a_text_is_only_text(pack: Pack, mark: str) -> None:
    """The engine sends a mark alone; a program that writes one into a text must not thereby go unjudged."""
    for changes in (
        {"Resource": ["*", f"arn:aws:s3:::{mark}"]},
        {"Condition": {"StringEquals": {"aws:PrincipalTag/x": mark}}},
    ):
        assert RULE in pack.rules("aws:iam/policy:Policy", policy=text("codepipeline:*", **changes))
    assert RULE in pack.rules("aws:iam/policy:Policy", policy=json.dumps({**allowing("codepipeline:*"), "Id": mark}))
    body = json.loads(template(Type="AWS::IAM::ManagedPolicy", Properties={"PolicyDocument": GRANTING}))
    assert RULE in pack.rules(
        "aws:cloudformation/stack:Stack", templateBody=json.dumps({**body, "Description": f"made by {mark}"})
    )


def test_an_unknown_value_hides_no_known_one_beside_it(pack: Pack) -> None:
    inline = [{"policy": UNKNOWN}, {"policy": text("codepipeline:*")}, {"policy": UNKNOWN}]
    props = {"inlinePolicies": inline, "managedPolicyArns": [UNKNOWN, ADMINISTRATOR]}
    found = [finding for finding in pack.analyze("aws:iam/role:Role", **props) if finding.rule == RULE]
    assert [finding.level for finding in found] == ["MANDATORY", "MANDATORY"]
    assert "inlinePolicies[1].policy" in found[0].message
    assert "managedPolicyArns[1]" in found[1].message
    [note] = pack.stack()
    assert "role.inlinePolicies[0].policy, role.inlinePolicies[2].policy, role.managedPolicyArns[0]." in note.message


def test_an_unknown_resource_of_one_statement_hides_no_other_statement(pack: Pack) -> None:
    document = policy(statement(Resource=[UNKNOWN]), statement(Action="codepipeline:*"))
    assert pack.rules("aws-native:iam:ManagedPolicy", policyDocument=document) == [RULE]
    assert [note.rule for note in pack.stack()] == ["checked-in-up"]


def test_an_unknown_deny_leaves_the_verdict_to_up(pack: Pack) -> None:
    document = policy(statement(Action="codepipeline:*"), statement(Effect="Deny", Action=[UNKNOWN]))
    assert pack.analyze("aws-native:iam:ManagedPolicy", policyDocument=document) == []
    assert [note.rule for note in pack.stack()] == ["checked-in-up"]


def test_a_list_that_is_unknown_as_a_whole_is_left_to_up(pack: Pack) -> None:
    assert pack.analyze("aws:iam/role:Role", inlinePolicies=UNKNOWN) == []
    assert [note.rule for note in pack.stack()] == ["checked-in-up"]


def test_actions_can_be_added_and_the_three_stay(pack: Pack) -> None:
    for actions in (["codepipeline:PutWebhook"], [], ["codepipeline:UpdatePipelin"], "nothing"):
        pack.configure(no_pipeline_change_grants={"actions": actions})
        assert pack.rules("aws:iam/policy:Policy", policy=text("codepipeline:UpdatePipeline")) == [RULE]
    pack.configure(no_pipeline_change_grants={"actions": ["codepipeline:PutWebhook"]})
    assert pack.rules("aws:iam/policy:Policy", policy=text("codepipeline:Put*")) == [RULE]


def test_the_role_that_deploys_can_be_excepted_and_whoever_is_refused_is_told_so(pack: Pack) -> None:
    inline = [{"policy": text("codepipeline:*")}]
    [message] = [found.message for found in pack.analyze("aws:iam/role:Role", inlinePolicies=inline)]
    assert message.endswith("For a deployment role, add an exception to the configuration of this rule.")
    attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    power_user = "arn:aws:iam::aws:policy/PowerUserAccess"
    [message] = [found.message for found in pack.analyze(attachment, role="deploy", policyArn=power_user)]
    assert "AWSCodePipeline_ReadOnlyAccess" not in message
    pack.configure(no_pipeline_change_grants=excepting("urn:pulumi:dev::*::aws:iam/role:Role::role", power_user))
    assert pack.rules("aws:iam/role:Role", inlinePolicies=inline) == []
    assert pack.rules(attachment, role="deploy", policyArn=power_user) == []
    assert pack.rules("aws:iam/rolePolicy:RolePolicy", role="deploy", policy=text("codepipeline:*")) == [RULE]


def test_a_resource_that_carries_nothing_is_accepted(pack: Pack) -> None:
    assert pack.analyze("aws:s3/bucket:Bucket", bucket="b", policy=text("codepipeline:*")) == []
