"""The files in deploy/: enough for the life of a team, each action needed, nobody else in reach."""

from __future__ import annotations

import base64
import json
import re
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.operations.deploying_role import ACCOUNT, DEPLOY, Document, Role, assumed_role, filled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from walkthrough import Workbench

TEAM = {"team": "helprr-backend", "path": "/teams/helprr/", "developers": ["jin"]}
RENAMED = TEAM | {"team": "helprr-platform"}
GROUP = "helprr-backend-developer-group"
GROUP_ARN = f"arn:aws:iam::{ACCOUNT}:group/teams/helprr/{GROUP}"
POLICY_ARN = f"arn:aws:iam::{ACCOUNT}:policy/teams/helprr/helprr-backend-developer-policy"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
OWN_DOCUMENT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
UP = ("pulumi", "up", "--yes", "--skip-preview", "--stack", "dev")
PREVIEW = ("pulumi", "preview", "--stack", "dev")

# What the genuine plugin asks for when it deletes a user by force and nobody asks for here: action, resource.
# https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/iam/user.go
GENUINE_CALLS = [
    ("iam:ListVirtualMFADevices", "*"),
    ("iam:DeleteSigningCertificate", f"arn:aws:iam::{ACCOUNT}:user/teams/helprr/mina"),
    ("iam:DeleteServiceSpecificCredential", f"arn:aws:iam::{ACCOUNT}:user/teams/helprr/mina"),
]


def actions(statement: dict[str, Any]) -> list[str]:
    return [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]


def both_files(**values: str) -> dict[str, Document]:
    return {file: filled(file, **values) for file in ("preview", "up")}


def resource(call: Any) -> str:  # noqa: ANN401 - a logged call
    """The ARN of what a call of the life cycle is about."""
    given, iam = call.parameters, f"arn:aws:iam::{ACCOUNT}:"
    if group := given.get("GroupName"):
        return f"{iam}group/teams/helprr/{group}"
    if user := given.get("UserName"):
        return f"{iam}user/teams/helprr/{user}"
    if name := given.get("PolicyName"):
        return f"{iam}policy/teams/helprr/{name}"
    return str(given.get("PolicyArn") or given.get("SerialNumber") or "*")


def refused(role: Role, calls: list[tuple[str, str]], policy_arn: str = POLICY_ARN) -> list[tuple[str, str]]:
    """Which calls the role's policies do not allow."""
    simulate = role.bench.client("iam").simulate_principal_policy
    entry = {"ContextKeyName": "iam:PolicyARN", "ContextKeyValues": [policy_arn], "ContextKeyType": "string"}
    return [
        (action, arn)
        for action, arn in calls
        for result in simulate(
            PolicySourceArn=role.arn, ActionNames=[action], ResourceArns=[arn], ContextEntries=[entry]
        )["EvaluationResults"]
        if result["EvalDecision"] != "allowed"
    ]


def without_one_action(documents: dict[str, Document]) -> Iterator[tuple[str, str, Document]]:
    """Each file once for each of its actions, with the action taken out: file, action, document."""
    for file, document in documents.items():
        for index, statement in enumerate(document["Statement"]):
            for action in actions(statement):
                less = deepcopy(document)
                less["Statement"][index]["Action"] = [other for other in actions(statement) if other != action]
                less["Statement"] = [rest for rest in less["Statement"] if rest["Action"]]
                yield file, action, less


def add_everything_a_developer_can_have(bench: Workbench, user: str) -> None:
    iam = bench.client("iam")
    iam.create_access_key(UserName=user)
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=user)["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName=user, SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )
    iam.upload_ssh_public_key(UserName=user, SSHPublicKeyBody="ssh-rsa " + base64.b64encode(b"key").decode())
    iam.put_user_policy(UserName=user, PolicyName="by-hand", PolicyDocument=OWN_DOCUMENT)
    iam.attach_user_policy(UserName=user, PolicyArn=ADMINISTRATOR)


def live_through_everything(bench: Workbench, role: Role) -> None:
    """A team's life, each step by the role; every step must succeed."""
    iam = bench.client("iam")

    def up(settings: Mapping[str, object], **tags: str) -> None:
        bench.write_config("dev", settings, {"aws:defaultTags": {"tags": tags}})
        done = role.run(*UP)
        assert done.returncode == 0, done.stdout + done.stderr

    two = TEAM | {"developers": ["jin", "mina"], "existing": ["ann"]}
    iam.create_user(UserName="ann")
    up(TEAM, team="backend")
    up(two | {"requireMfa": True, "pipelines": ["helprr-*"]}, team="backend", owner="platform")
    add_everything_a_developer_can_have(bench, "mina")
    iam.attach_group_policy(GroupName=GROUP, PolicyArn=ADMINISTRATOR)
    iam.put_group_policy(GroupName=GROUP, PolicyName="by-hand", PolicyDocument=OWN_DOCUMENT)
    up(two | {"credentialIssues": {"jin": 2}}, team="backend")
    up(TEAM | {"description": "Another one"})
    up(RENAMED)
    done = role.run(*PREVIEW, "--expect-no-changes")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_files_are_enough_for_a_teams_life_and_each_action_is_needed(bench: Workbench) -> None:
    documents = both_files()
    new_name = {f"renamed-{file}": document for file, document in both_files(team="helprr-platform").items()}
    assert bench.run("pulumi", "stack", "init", "dev").returncode == 0
    with assumed_role(bench, documents | new_name) as role:
        live_through_everything(bench, role)
        made = [call for call in bench.sandbox.account.calls if "assumed-role/deploy" in call.caller]
        assert {call.error for call in made} <= {"", "NoSuchEntity"}
        calls = sorted({(f"iam:{call.action}", resource(call)) for call in made if call.service == "iam"})
        calls += GENUINE_CALLS
        iam = bench.client("iam")
        for name in new_name:
            iam.delete_role_policy(RoleName="deploy", PolicyName=name)
        ours = [(action, arn) for action, arn in calls if "helprr-platform" not in arn]
        assert refused(role, ours) == []
        unneeded = []
        for file, action, less in without_one_action(documents):
            iam.put_role_policy(RoleName="deploy", PolicyName=file, PolicyDocument=json.dumps(less))
            if not refused(role, [call for call in ours if call[0] == action]):
                unneeded.append(f"{file}.json: {action}")
            iam.put_role_policy(RoleName="deploy", PolicyName=file, PolicyDocument=json.dumps(documents[file]))
        assert unneeded == []


def test_the_preview_role_sees_every_change_and_makes_none(bench: Workbench) -> None:
    assert bench.run("pulumi", "stack", "init", "dev").returncode == 0
    bench.write_config("dev", TEAM)
    with assumed_role(bench, {"preview": filled("preview")}) as role:
        assert role.run(*PREVIEW).returncode == 0
        done = role.run(*UP)
        assert done.returncode != 0
        assert "is not authorized to perform: iam:Create" in done.stdout
        assert bench.run(*UP).returncode == 0
        bench.client("iam").attach_group_policy(GroupName=GROUP, PolicyArn=ADMINISTRATOR)
        drift = role.run(*PREVIEW, "--diff", "--expect-no-changes")
        assert drift.returncode != 0
        assert ADMINISTRATOR in drift.stdout
    made = [call for call in bench.sandbox.account.calls if "assumed-role/deploy" in call.caller and not call.error]
    assert [call.action for call in made if not call.action.startswith(("Get", "List"))] == []


def test_a_developer_in_a_foreign_group_leaves_once_an_administrator_has_taken_him_out(bench: Workbench) -> None:
    assert bench.run("pulumi", "stack", "init", "dev").returncode == 0
    iam = bench.client("iam")
    iam.create_group(GroupName="auditors")
    with assumed_role(bench, both_files()) as role:
        bench.write_config("dev", TEAM | {"developers": ["jin", "mina"]})
        assert role.run(*UP).returncode == 0
        iam.add_user_to_group(GroupName="auditors", UserName="mina")
        bench.write_config("dev", TEAM)
        refused = role.run(*UP)
        assert refused.returncode != 0
        assert "is not authorized to perform: iam:RemoveUserFromGroup" in refused.stdout
        iam.remove_user_from_group(GroupName="auditors", UserName="mina")
        assert role.run(*UP).returncode == 0
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["jin"]


OTHER_USER = f"arn:aws:iam::{ACCOUNT}:user/ann"
DEVELOPER = f"arn:aws:iam::{ACCOUNT}:user/teams/helprr/jin"
OUT_OF_REACH = {
    "other users": [
        (f"iam:{verb}", OTHER_USER)
        for verb in (
            "DeleteUser",
            "CreateLoginProfile",
            "DeleteLoginProfile",
            "UpdateLoginProfile",
            "DeactivateMFADevice",
            "DeleteAccessKey",
            "TagUser",
            "UpdateUser",
        )
    ],
    "another team whose path starts alike": [
        ("iam:DeleteUser", f"arn:aws:iam::{ACCOUNT}:user/teams/helprr2/ann"),
        ("iam:AddUserToGroup", f"arn:aws:iam::{ACCOUNT}:group/teams/helprr2/{GROUP}"),
        ("iam:PutGroupPolicy", f"arn:aws:iam::{ACCOUNT}:group/{GROUP}"),
        ("iam:CreatePolicyVersion", f"{POLICY_ARN}-2"),
    ],
    "grants to a user himself": [
        ("iam:AttachUserPolicy", DEVELOPER),
        ("iam:PutUserPolicy", DEVELOPER),
        ("iam:CreateAccessKey", DEVELOPER),
        ("iam:DeleteUserPermissionsBoundary", DEVELOPER),
    ],
    "the group of the administrators": [
        ("iam:AddUserToGroup", f"arn:aws:iam::{ACCOUNT}:group/admins"),
        ("iam:RemoveUserFromGroup", f"arn:aws:iam::{ACCOUNT}:group/admins"),
    ],
    "roles, the role itself among them": [
        ("iam:UpdateAssumeRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/deploy"),
        ("iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/deploy"),
        ("iam:AttachRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/deploy"),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/deploy"),
        ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/admin"),
    ],
    "pipelines": [
        ("codepipeline:UpdatePipeline", f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:helprr-api"),
        ("codepipeline:DeletePipeline", f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:helprr-api"),
    ],
}


def test_whoever_has_the_role_reaches_nothing_but_this_team(bench: Workbench) -> None:
    with assumed_role(bench, both_files()) as role:
        allowed = {
            what: sorted(set(calls) - set(refused(role, calls)))
            for what, calls in OUT_OF_REACH.items()
            if len(refused(role, calls)) < len(calls)
        }
        assert allowed == {}
        assert refused(role, [("iam:AttachGroupPolicy", GROUP_ARN)], ADMINISTRATOR)
        assert not refused(role, [("iam:AttachGroupPolicy", GROUP_ARN)], POLICY_ARN)
        bench.client("iam").create_user(UserName="ann")
        with pytest.raises(ClientError, match="AccessDenied"):
            bench.client("iam", role.keys).delete_user(UserName="ann")


@pytest.mark.parametrize("file", sorted(path.stem for path in DEPLOY.glob("*.json")))
def test_a_file_fits_into_one_policy_and_has_no_place_left_unfilled(file: str) -> None:
    text = json.dumps(filled(file, bucket="b" * 63, key="arn:aws:kms:us-east-1:1:key/k", repository="o/r", stack="dev"))
    assert re.findall(r"{\w+}", text) == []
    assert len(re.sub(r"\s", "", text)) <= 6_144  # a managed policy's limit


def test_the_page_gives_a_reason_for_every_action_of_the_files() -> None:
    page = (Path(__file__).parents[2] / "docs/operations.md").read_text()
    files = {
        path.stem: json.loads(path.read_text())
        for path in DEPLOY.glob("*.json")
        if not path.stem.startswith(("trust", "boundary", "scp"))
    }
    written = {
        (file, action)
        for file, document in files.items()
        for statement in document["Statement"]
        for action in actions(statement)
    }
    rows = re.findall(r"^\| `([a-z-]+)\.json` \| (`.+`) \| .{10,} \|$", page, re.MULTILINE)
    explained = [(file, action) for file, cell in rows for action in re.findall(r"`([\w:]+)`", cell)]
    assert sorted(explained) == sorted(written)


US, MAIN = "repo:helprr/codepipeline-access", "helprr/codepipeline-access/.github/workflows"


@pytest.mark.parametrize(
    ("file", "subject", "workflow", "taken_on"),
    [
        ("trust-preview", f"{US}:pull_request", f"{MAIN}/judge.yml@refs/heads/main", True),
        ("trust-preview", f"{US}:ref:refs/heads/main", f"{MAIN}/judge.yml@refs/heads/main", True),
        ("trust-preview", f"{US}:pull_request", f"{MAIN}/judge.yml@refs/pull/7/merge", False),
        ("trust-preview", f"{US}:pull_request", f"{MAIN}/preview.yml@refs/pull/7/merge", False),
        ("trust-preview", "repo:evil/codepipeline-access:pull_request", f"{MAIN}/judge.yml@refs/heads/main", False),
        ("trust-up", f"{US}:environment:dev", f"{MAIN}/deploy.yml@refs/heads/main", True),
        ("trust-up", f"{US}:environment:prod", f"{MAIN}/deploy.yml@refs/heads/main", False),
        ("trust-up", f"{US}:environment:dev", f"{MAIN}/deploy.yml@refs/heads/evil", False),
        ("trust-up", f"{US}:pull_request", f"{MAIN}/judge.yml@refs/heads/main", False),
    ],
)
def test_a_role_is_taken_on_by_mains_workflow_only(
    bench: Workbench, file: str, subject: str, workflow: str, taken_on: bool
) -> None:
    """The account asks no trust policy, so its conditions are decided as those of an inline policy."""
    (statement,) = filled(file, repository="helprr/codepipeline-access", stack="dev")["Statement"]
    conditions = {"Version": "2012-10-17", "Statement": statement | {"Resource": "*"}}
    del conditions["Statement"]["Principal"]
    issuer = "token.actions.githubusercontent.com"
    token = {"aud": "sts.amazonaws.com", "sub": subject, "job_workflow_ref": workflow}
    with assumed_role(bench, {"conditions": conditions}) as role:
        (result,) = bench.client("iam").simulate_principal_policy(
            PolicySourceArn=role.arn,
            ActionNames=["sts:AssumeRoleWithWebIdentity"],
            ContextEntries=[
                {"ContextKeyName": f"{issuer}:{key}", "ContextKeyValues": [value], "ContextKeyType": "string"}
                for key, value in token.items()
            ],
        )["EvaluationResults"]
    assert (result["EvalDecision"] == "allowed") is taken_on
