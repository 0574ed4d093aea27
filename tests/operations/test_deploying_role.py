"""The files in deploy/: enough for the life of a team, each action needed, nobody else in reach."""

from __future__ import annotations

import base64
import json
import re
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from deploy.needed_roles import GRANTS, MEMBERS, OF_MEMBERS, needed_roles
from sandbox.account import Question, decide_with, simulated
from tests.operations.deploying_role import (
    ACCOUNT,
    BOUNDARY,
    DEPLOY,
    Document,
    Role,
    assumed_role,
    filled,
    make_boundary,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.warm.starts import Starts
    from walkthrough import Workbench

TEAM = {
    "team": "helprr-backend",
    "path": "/teams/helprr/",
    "permissionsBoundary": BOUNDARY,
    "developers": ["jin"],
}
GROUP = "helprr-backend-developer-group"
GROUP_ARN = f"arn:aws:iam::{ACCOUNT}:group/teams/helprr/{GROUP}"
POLICY_ARN = f"arn:aws:iam::{ACCOUNT}:policy/teams/helprr/helprr-backend-developer-policy"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
OWN_DOCUMENT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
UP = ("pulumi", "up", "--yes", "--skip-preview", "--stack", "dev")
PREVIEW = ("pulumi", "preview", "--stack", "dev")

# The grants' run leaves out what is the members' role's, which the state cannot hold yet or still holds.
NOT_MEMBERS = [word for one in sorted(OF_MEMBERS) for word in ("--exclude", f"**{one}::**")]

# What the genuine plugin asks for when it deletes a user by force and nobody asks for here, and what a stack without a
# boundary asks for when it gets one: action, resource.
# https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/iam/user.go
GENUINE_CALLS = {
    MEMBERS: [
        ("iam:ListVirtualMFADevices", "*"),
        ("iam:DeleteSigningCertificate", f"arn:aws:iam::{ACCOUNT}:user/teams/helprr/mina"),
        ("iam:DeleteServiceSpecificCredential", f"arn:aws:iam::{ACCOUNT}:user/teams/helprr/mina"),
        ("iam:PutUserPermissionsBoundary", f"arn:aws:iam::{ACCOUNT}:user/teams/helprr/mina"),
    ],
    GRANTS: [],
}


def actions(statement: dict[str, Any]) -> list[str]:
    return [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]


def role_files(role: str, **values: str) -> dict[str, Document]:
    """What the page gives a deploying role for the account: members or grants."""
    return {file: filled(file, **values) for file in ("preview", f"up-{role}")}


@contextmanager
def both_roles(bench: Workbench) -> Iterator[dict[str, Role]]:
    """The roles, on an account that has the boundary."""
    make_boundary(bench)
    with (
        assumed_role(bench, role_files(MEMBERS), MEMBERS) as members,
        assumed_role(bench, role_files(GRANTS), GRANTS) as grants,
    ):
        yield {MEMBERS: members, GRANTS: grants}


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


def refused(
    role: Role, calls: list[tuple[str, str]], policy_arn: str = POLICY_ARN, boundary: str = BOUNDARY
) -> list[tuple[str, str]]:
    """Which calls the role's policies do not allow."""
    context = {"iam:PolicyARN": [policy_arn], "iam:PermissionsBoundary": [boundary] if boundary else []}
    return [
        (action, arn)
        for action, arn in calls
        for result in simulated(role.arn, [action], [arn], {key: values for key, values in context.items() if values})
        if result["EvalDecision"] != "allowed"
    ]


def without_one_action(document: Document) -> Iterator[tuple[str, Document]]:
    """The document once for each of its actions, with the action taken out: action, document."""
    for index, statement in enumerate(document["Statement"]):
        for action in actions(statement):
            less = deepcopy(document)
            less["Statement"][index]["Action"] = [other for other in actions(statement) if other != action]
            less["Statement"] = [rest for rest in less["Statement"] if rest["Action"]]
            yield action, less


def add_everything_a_developer_can_have(bench: Workbench, user: str) -> None:
    iam = bench.client("iam")
    iam.create_access_key(UserName=user)
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=user)["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName=user, SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )
    iam.upload_ssh_public_key(UserName=user, SSHPublicKeyBody="ssh-rsa " + base64.b64encode(b"key").decode())


def told(role: Role) -> list[str]:
    """What the workflow is told to ask for, by a preview of the role's."""
    done = role.run(*PREVIEW, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    return needed_roles(done.stdout)


def live_through_everything(bench: Workbench, roles: Mapping[str, Role]) -> dict[str, list[str]]:
    """A team's life, each step by the roles that its preview tells; every step must succeed. Gives step -> roles."""
    iam = bench.client("iam")
    took: dict[str, list[str]] = {}

    def up(step: str, settings: Mapping[str, object], **tags: str) -> None:
        bench.write_config("dev", settings, {"aws:defaultTags": {"tags": tags}})
        took[step] = told(roles[MEMBERS])
        if took[step] == ["administrator"]:
            assert bench.run(*UP).returncode == 0
            return
        for role in took[step]:
            done = roles[role].run(*UP, *(NOT_MEMBERS if role == GRANTS else ()))
            assert done.returncode == 0, f"{step}, {role}: {done.stdout}{done.stderr}"

    iam.create_user(UserName="ann")
    iam.create_user(UserName="stranger")
    up("the first set-up", TEAM, team="backend")
    up(
        "a developer, and a user made elsewhere",
        TEAM | {"developers": ["jin", "mina"], "existing": ["ann"]},
        team="backend",
    )
    add_everything_a_developer_can_have(bench, "mina")
    iam.add_user_to_group(GroupName=GROUP, UserName="stranger")
    iam.attach_group_policy(GroupName=GROUP, PolicyArn=ADMINISTRATOR)
    iam.put_group_policy(GroupName=GROUP, PolicyName="by-hand", PolicyDocument=OWN_DOCUMENT)
    narrower = TEAM | {"requireMfa": True, "pipelines": ["helprr-*"], "credentialIssues": {"jin": 2}}
    up("off-boarding, a new password, another policy, what was done by hand", narrower, owner="platform")
    up("another description, no MFA", narrower | {"description": "Another one", "requireMfa": False}, owner="platform")
    up("nothing", narrower | {"description": "Another one", "requireMfa": False}, owner="platform")
    return took


LIFE = {
    "the first set-up": ["administrator"],
    "a developer, and a user made elsewhere": [MEMBERS],
    "off-boarding, a new password, another policy, what was done by hand": [GRANTS, MEMBERS],
    "another description, no MFA": [GRANTS],
    "nothing": [],
}


def test_two_roles_are_enough_for_a_teams_life_and_each_action_is_needed(bench: Workbench, starts: Starts) -> None:
    starts.initialized(bench)
    iam = bench.client("iam")
    with both_roles(bench) as roles:
        assert live_through_everything(bench, roles) == LIFE
        for name, role in roles.items():
            made = [call for call in bench.sandbox.account.calls if f"assumed-role/{name}" in call.caller]
            assert {call.error for call in made} <= {"", "NoSuchEntity"}
            calls = sorted({(f"iam:{call.action}", resource(call)) for call in made if call.service == "iam"})
            calls += GENUINE_CALLS[name]
            assert refused(role, calls) == []
            unneeded = []
            # The grants' role reads with the file of the others; it looks at no user.
            files = [f"up-{name}"] if name == GRANTS else ["preview", f"up-{name}"]
            for file in files:
                for action, less in without_one_action(filled(file)):
                    iam.put_role_policy(RoleName=name, PolicyName=file, PolicyDocument=json.dumps(less))
                    if not refused(role, [call for call in calls if call[0] == action]):
                        unneeded.append(f"{file}.json: {action}")
                iam.put_role_policy(RoleName=name, PolicyName=file, PolicyDocument=json.dumps(filled(file)))
            assert unneeded == []
        bench.write_config("dev", TEAM | {"team": "helprr-platform"})
        assert told(roles[MEMBERS]) == ["administrator"]


@pytest.mark.parametrize(
    ("lacking", "says"),
    [
        ("ReadBoundary", "permissions_boundary names a policy that cannot be found or read: "),
        ("ReadNames", "Cannot look up the users in existing: "),
    ],
)
def test_a_role_that_may_not_look_up_what_the_stack_file_names_is_told_so(
    bench: Workbench, starts: Starts, lacking: str, says: str
) -> None:
    starts.initialized(bench)
    make_boundary(bench)
    bench.client("iam").create_user(UserName="ann")
    bench.write_config("dev", TEAM | {"existing": ["ann"]})
    document = filled("preview")
    document["Statement"] = [statement for statement in document["Statement"] if statement["Sid"] != lacking]
    with assumed_role(bench, {"preview": document}) as role:
        done = role.run(*PREVIEW)
    assert done.returncode != 0
    assert says in done.stdout
    assert "AccessDenied" in done.stdout
    assert "Traceback" not in done.stdout


def test_the_preview_role_sees_every_change_and_makes_none(bench: Workbench, starts: Starts) -> None:
    starts.initialized(bench)
    make_boundary(bench)
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


def test_a_developer_with_foreign_groups_or_policies_leaves_once_an_administrator_has_taken_them(
    bench: Workbench, starts: Starts
) -> None:
    starts.initialized(bench)
    iam = bench.client("iam")
    iam.create_group(GroupName="auditors")
    make_boundary(bench)
    bench.write_config("dev", TEAM | {"developers": ["jin", "mina"]})
    assert bench.run(*UP).returncode == 0
    iam.add_user_to_group(GroupName="auditors", UserName="jin")
    iam.attach_user_policy(UserName="mina", PolicyArn=ADMINISTRATOR)
    bench.write_config("dev", TEAM | {"developers": []})
    with assumed_role(bench, role_files(MEMBERS)) as role:
        refused = role.run(*UP, "--continue-on-error")
        assert refused.returncode != 0
        assert "is not authorized to perform: iam:RemoveUserFromGroup" in refused.stdout
        assert "is not authorized to perform: iam:DetachUserPolicy" in refused.stdout
        iam.remove_user_from_group(GroupName="auditors", UserName="jin")
        iam.detach_user_policy(UserName="mina", PolicyArn=ADMINISTRATOR)
        assert role.run(*UP).returncode == 0
    assert iam.list_users()["Users"] == []


OTHER_USER = f"arn:aws:iam::{ACCOUNT}:user/ann"
DEVELOPER = f"arn:aws:iam::{ACCOUNT}:user/teams/helprr/jin"
WRITES_GRANTS = [
    ("iam:AttachGroupPolicy", GROUP_ARN),
    ("iam:CreateGroup", GROUP_ARN),
    ("iam:CreatePolicy", POLICY_ARN),
    ("iam:CreatePolicyVersion", POLICY_ARN),
    ("iam:DeleteGroup", GROUP_ARN),
    ("iam:DeleteGroupPolicy", GROUP_ARN),
    ("iam:DeletePolicy", POLICY_ARN),
    ("iam:DetachGroupPolicy", GROUP_ARN),
    ("iam:PutGroupPolicy", GROUP_ARN),
]
WRITES_MEMBERS = [
    ("iam:AddUserToGroup", GROUP_ARN),
    ("iam:CreateLoginProfile", DEVELOPER),
    ("iam:CreateUser", DEVELOPER),
    ("iam:DeactivateMFADevice", DEVELOPER),
    ("iam:DeleteLoginProfile", DEVELOPER),
    ("iam:DeleteUser", DEVELOPER),
    ("iam:PutUserPermissionsBoundary", DEVELOPER),
    ("iam:RemoveUserFromGroup", GROUP_ARN),
]
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
    "grants to one user": [
        ("iam:AttachUserPolicy", DEVELOPER),
        ("iam:CreateAccessKey", DEVELOPER),
        ("iam:DeleteUserPermissionsBoundary", DEVELOPER),
        ("iam:DeleteUserPolicy", DEVELOPER),
        ("iam:DetachUserPolicy", DEVELOPER),
        ("iam:PutUserPolicy", DEVELOPER),
        ("iam:UpdateUser", DEVELOPER),
    ],
    "the boundary itself": [
        ("iam:CreatePolicyVersion", BOUNDARY),
        ("iam:DeletePolicy", BOUNDARY),
        ("iam:SetDefaultPolicyVersion", BOUNDARY),
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


def test_whoever_has_a_role_reaches_nothing_but_this_teams_half(bench: Workbench) -> None:
    with both_roles(bench) as roles:
        members, grants = roles[MEMBERS], roles[GRANTS]
        for role in (members, grants):
            allowed = {
                what: sorted(set(calls) - set(refused(role, calls)))
                for what, calls in OUT_OF_REACH.items()
                if len(refused(role, calls)) < len(calls)
            }
            assert allowed == {}
        assert refused(members, WRITES_GRANTS) == WRITES_GRANTS
        assert refused(grants, WRITES_MEMBERS) == WRITES_MEMBERS
        for boundary in (ADMINISTRATOR, ""):
            make = [("iam:CreateUser", DEVELOPER), ("iam:PutUserPermissionsBoundary", DEVELOPER)]
            assert refused(members, make, boundary=boundary) == make
        assert refused(grants, [("iam:AttachGroupPolicy", GROUP_ARN)], ADMINISTRATOR)
        assert not refused(grants, [("iam:AttachGroupPolicy", GROUP_ARN)], POLICY_ARN)
        bench.client("iam").create_user(UserName="ann")
        with pytest.raises(ClientError, match="AccessDenied"):
            bench.client("iam", members.keys).delete_user(UserName="ann")


POLICIES = sorted(path.stem for path in DEPLOY.glob("*.json") if path.stem not in ("scp", "stacks"))
ANY = {
    "bucket": "b" * 63,
    "key": "arn:aws:kms:us-east-1:1:key/k",
    "repository": "o/r",
    "subject": "o@1/r@2",
    "stack": "dev",
}


@pytest.mark.parametrize("file", POLICIES)
def test_a_file_fits_into_one_policy_and_has_no_place_left_unfilled(file: str) -> None:
    text = json.dumps(filled(file, **ANY))
    assert re.findall(r"{\w+}", text) == []
    assert len(re.sub(r"\s", "", text)) <= 6_144  # a managed policy's limit


def test_the_page_gives_a_reason_for_every_action_of_the_files() -> None:
    page = (Path(__file__).parents[2] / "docs/operations.md").read_text()
    files = {
        file: json.loads((DEPLOY / f"{file}.json").read_text())
        for file in POLICIES
        if not file.startswith(("trust", "boundary"))
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
RENAMED = "repo:helprr@12/codepipeline-access@345"


@pytest.mark.parametrize(
    ("file", "subject", "workflow", "taken_on"),
    [
        ("preview", f"{US}:environment:dev-preview", f"{MAIN}/judge.yml@refs/heads/main", True),
        ("preview", f"{US}:environment:dev-main", f"{MAIN}/judge.yml@refs/heads/main", True),
        ("preview", f"{US}:environment:prod-preview", f"{MAIN}/judge.yml@refs/heads/main", False),
        ("preview", f"{US}:pull_request", f"{MAIN}/judge.yml@refs/heads/main", False),
        ("preview", f"{US}:environment:dev-preview", f"{MAIN}/judge.yml@refs/pull/7/merge", False),
        ("preview", f"{US}:environment:dev-preview", f"{MAIN}/preview.yml@refs/pull/7/merge", False),
        (
            "preview",
            "repo:evil/codepipeline-access:environment:dev-preview",
            f"{MAIN}/judge.yml@refs/heads/main",
            False,
        ),
        ("preview", f"{RENAMED}:environment:dev-preview", f"{MAIN}/judge.yml@refs/heads/main", False),
        ("members", f"{US}:environment:dev", f"{MAIN}/deploy.yml@refs/heads/main", True),
        ("members", f"{US}:environment:dev-grants", f"{MAIN}/deploy.yml@refs/heads/main", False),
        ("members", f"{US}:environment:prod", f"{MAIN}/deploy.yml@refs/heads/main", False),
        ("members", f"{US}:environment:dev", f"{MAIN}/deploy.yml@refs/heads/evil", False),
        ("members", f"{US}:environment:dev-preview", f"{MAIN}/judge.yml@refs/heads/main", False),
        ("audit", f"{US}:environment:dev-main", f"{MAIN}/drift.yml@refs/heads/main", True),
        ("audit", f"{US}:environment:dev-main", f"{MAIN}/judge.yml@refs/heads/main", False),
        ("audit", f"{US}:environment:dev-preview", f"{MAIN}/judge.yml@refs/heads/main", False),
        ("audit", f"{US}:environment:dev-main", f"{MAIN}/drift.yml@refs/heads/evil", False),
        ("grants", f"{US}:environment:dev-grants", f"{MAIN}/deploy.yml@refs/heads/main", True),
        ("grants", f"{US}:environment:dev", f"{MAIN}/deploy.yml@refs/heads/main", False),
        ("grants", f"{US}:environment:prod-grants", f"{MAIN}/deploy.yml@refs/heads/main", False),
    ],
)
def test_a_role_is_taken_on_by_mains_workflow_only(file: str, subject: str, workflow: str, taken_on: bool) -> None:
    assert trusts(file, subject, workflow, "helprr/codepipeline-access") is taken_on


def test_a_repository_whose_subject_has_numbers_is_trusted_by_its_numbers() -> None:
    workflow = f"{MAIN}/deploy.yml@refs/heads/main"
    numbered = "helprr@12/codepipeline-access@345"
    assert trusts("members", f"{RENAMED}:environment:dev", workflow, numbered)
    # Somebody who takes the name once it is free does not get the numbers.
    assert not trusts("members", "repo:helprr@99/codepipeline-access@999:environment:dev", workflow, numbered)


def trusts(role: str, subject: str, workflow: str, ours: str) -> bool:
    values = {"repository": "helprr/codepipeline-access", "subject": ours, "stack": "dev"}
    (statement,) = filled(f"trust-{role}", **values)["Statement"]
    assert statement.pop("Principal") == {
        "Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    }
    conditions = json.dumps({"Version": "2012-10-17", "Statement": statement | {"Resource": "*"}})
    token = {"aud": "sts.amazonaws.com", "sub": subject, "job_workflow_ref": workflow}
    context = {f"token.actions.githubusercontent.com:{key}": [value] for key, value in token.items()}
    question = Question("sts:AssumeRoleWithWebIdentity", "*", context)
    return decide_with([conditions], question).decision == "allowed"
