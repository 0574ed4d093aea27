"""Each setting, read back from the account, and tried as a developer."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pysequoia
import pytest
from botocore.exceptions import ClientError

from sandbox.account import console_credentials
from walkthrough import workbench

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.conftest import Warm
    from tests.engine.conftest import Preview, Up
    from walkthrough import Workbench

GROUP = "helprr-backend-developer-group"
ACCOUNT = "123456789012"
PIPELINES = f"arn:aws:codepipeline:us-east-1:{ACCOUNT}"


def policy_statements(bench: Workbench, partition: str = "aws", path: str = "/") -> list[dict[str, Any]]:
    iam = bench.client("iam")
    arn = f"arn:{partition}:iam::{ACCOUNT}:policy{path}helprr-backend-developer-policy"
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    statements: list[dict[str, Any]] = document["Statement"]
    return statements


def decision(bench: Workbench, action: str, resource: str, **context: str) -> str:
    """What IAM decides for jin: "allowed", "implicitDeny" or "explicitDeny"."""
    entries = [
        {"ContextKeyName": f"aws:{key}", "ContextKeyValues": [value], "ContextKeyType": "boolean"}
        for key, value in context.items()
    ]
    simulated = bench.client("iam").simulate_principal_policy(
        PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:user/jin",
        ActionNames=[action],
        ResourceArns=[resource],
        ContextEntries=entries,
    )
    outcome: str = simulated["EvaluationResults"][0]["EvalDecision"]
    return outcome


def hand_over(bench: Workbench) -> str:
    return bench.run("python", "-m", "components.hand_over", "jin", "--stack", "dev").stdout


def test_scoped_to_pipelines_only_theirs_can_be_touched(bench: Workbench, up: Up) -> None:
    up({"pipelines": ["helprr-*", "eu-west-1:shared"]})
    assert decision(bench, "codepipeline:StartPipelineExecution", f"{PIPELINES}:helprr-api") == "allowed"
    assert decision(bench, "codepipeline:StartPipelineExecution", f"{PIPELINES}:billing") == "implicitDeny"
    assert decision(bench, "codepipeline:RetryStageExecution", f"{PIPELINES}:helprr-api/Deploy") == "allowed"
    assert decision(bench, "codepipeline:RetryStageExecution", f"{PIPELINES}:billing/Deploy") == "implicitDeny"
    assert decision(bench, "codepipeline:GetPipeline", f"{PIPELINES}:shared") == "implicitDeny"
    elsewhere = f"arn:aws:codepipeline:eu-west-1:{ACCOUNT}:shared"
    assert decision(bench, "codepipeline:GetPipeline", elsewhere) == "allowed"
    assert decision(bench, "codepipeline:ListPipelines", "*") == "allowed"
    assert "This applies to these pipelines: helprr-* (us-east-1), shared (eu-west-1)." in hand_over(bench).replace(
        "\n", " "
    )


@pytest.mark.parametrize(
    ("capability", "allowed"),
    [
        (
            "build-logs",
            [
                ("codebuild:BatchGetBuilds", f"arn:aws:codebuild:us-east-1:{ACCOUNT}:project/api"),
                ("codebuild:BatchGetProjects", f"arn:aws:codebuild:us-east-1:{ACCOUNT}:project/api"),
                (
                    "logs:GetLogEvents",
                    f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/codebuild/api:log-stream:1",
                ),
            ],
        ),
        ("approve", [("codepipeline:PutApprovalResult", f"{PIPELINES}:helprr-api/Approval/Ask")]),
        (
            "stage-transitions",
            [
                ("codepipeline:DisableStageTransition", f"{PIPELINES}:helprr-api/Deploy"),
                ("codepipeline:EnableStageTransition", f"{PIPELINES}:helprr-api/Deploy"),
            ],
        ),
    ],
    ids=["build-logs", "approve", "stage-transitions"],
)
def test_a_capability_allows_what_it_says_and_only_when_opted_in(
    bench: Workbench, up: Up, capability: str, allowed: list[tuple[str, str]]
) -> None:
    def decisions(region: str) -> dict[str, str]:
        return {action: decision(bench, action, resource.replace("us-east-1", region)) for action, resource in allowed}

    nothing = {action: "implicitDeny" for action, _ in allowed}
    up()
    assert decisions("us-east-1") == nothing
    projects = {"projects": ["api"]} if capability == "build-logs" else {}
    up({"capabilities": [capability], "pipelines": ["helprr-*"], **projects}, "--policy-pack", "policypack")
    assert decisions("us-east-1") == dict.fromkeys(nothing, "allowed")
    assert decisions("eu-west-1") == nothing


def test_the_deny_wins_over_administrator_access(bench: Workbench, up: Up) -> None:
    up()
    bench.client("iam").attach_user_policy(UserName="jin", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    assert decision(bench, "s3:ListAllMyBuckets", "*") == "allowed"
    for change in ("Create", "Update", "Delete"):
        assert decision(bench, f"codepipeline:{change}Pipeline", f"{PIPELINES}:api") == "explicitDeny"
    up({"denyPipelineChanges": False})
    assert decision(bench, "codepipeline:UpdatePipeline", f"{PIPELINES}:api") == "allowed"


def test_with_mfa_required_a_new_developer_gets_in_and_nowhere_else_without_a_device(bench: Workbench, up: Up) -> None:
    up({"requireMfa": True, "path": "/teams/helprr/"}, "--policy-pack", "policypack")
    assert "Everything needs MFA" in hand_over(bench)
    password = bench.temporary_password("jin")
    bench.console("jin", password)("iam").change_password(OldPassword=password, NewPassword="what-Jin-chose-1")
    without = bench.console("jin", "what-Jin-chose-1")
    with pytest.raises(ClientError, match="AccessDenied"):
        without("codepipeline").list_pipelines()
    iam = without("iam")
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="jins-phone")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName="jin", SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )
    assert iam.list_mfa_devices(UserName="jin")["MFADevices"][0]["SerialNumber"] == serial
    assert bench.console("jin", "what-Jin-chose-1", mfa=True)("codepipeline").list_pipelines()["pipelines"] == []


def test_with_mfa_required_nobody_enrols_a_device_for_somebody_else(bench: Workbench, up: Up) -> None:
    up({"requireMfa": True})
    user = f"arn:aws:iam::{ACCOUNT}:user"
    for allowed in (f"{user}/jin", f"{user}/teams/jin"):
        assert decision(bench, "iam:EnableMFADevice", allowed, MultiFactorAuthPresent="false") == "allowed"
    for denied in (f"{user}/mina", f"{user}/benjin", f"{user}/teams/benjin", f"{user}/jin/mina"):
        assert decision(bench, "iam:EnableMFADevice", denied, MultiFactorAuthPresent="false") == "implicitDeny"
    assert decision(bench, "iam:DeactivateMFADevice", f"{user}/jin", MultiFactorAuthPresent="false") == "explicitDeny"


def test_existing_users_only_join_the_group(bench: Workbench, up: Up, preview: Preview) -> None:
    iam = bench.client("iam")
    iam.create_user(UserName="ada", Tags=[{"Key": "made", "Value": "by hand"}])
    iam.create_login_profile(UserName="ada", Password="her-Own-Pw-1")
    iam.create_group(GroupName="others")
    iam.add_user_to_group(GroupName="others", UserName="ada")
    before = iam.get_user(UserName="ada")["User"]
    up({"existing": ["ada"]}, "--policy-pack", "policypack")
    assert preview({"existing": ["ada"]}) == []
    assert {group["GroupName"] for group in iam.list_groups_for_user(UserName="ada")["Groups"]} == {"others", GROUP}
    refused = bench.run("python", "-m", "components.hand_over", "ada", "--stack", "dev")
    assert refused.stderr == "ada was made elsewhere and only joined the group, so the password is not known here.\n"
    bench.run("pulumi", "destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert iam.get_user(UserName="ada")["User"] == before
    assert [group["GroupName"] for group in iam.list_groups_for_user(UserName="ada")["Groups"]] == ["others"]
    assert console_credentials(bench.sandbox.account.endpoint, "ada", "her-Own-Pw-1")
    touched = [
        call.action
        for call in bench.sandbox.account.calls
        if call.parameters.get("UserName") == "ada" and not call.action.startswith(("Get", "List"))
    ]
    assert touched[3:] == ["AddUserToGroup", "RemoveUserFromGroup"]


def test_an_existing_user_who_is_not_there_fails_the_preview(bench: Workbench) -> None:
    bench.client("iam").create_user(UserName="Ada")
    bench.run("pulumi", "stack", "init", "dev")
    bench.write_config("dev", {"team": "helprr", "existing": ["ada", "grace"]})
    done = bench.run("pulumi", "preview", "--stack", "dev")
    assert done.returncode != 0
    assert 'existing[0] "ada" is not a user of this account. Did you mean Ada?' in done.stdout
    assert 'existing[1] "grace" is not a user of this account.' in done.stdout
    assert "Traceback" not in done.stdout


def test_with_a_pgp_key_no_plain_password_is_anywhere_and_the_owner_reads_it(bench: Workbench, up: Up) -> None:
    private = pysequoia.Tsk.generate("jin <jin@example.com>")
    up({"pgpKeys": {"jin": str(private.extract_certificate())}})
    message = hand_over(bench)
    found = re.search(r"echo '(\S+)' \| base64 --decode \| gpg --decrypt", message)
    assert found, message
    binary = subprocess.run(["base64", "--decode"], input=found[1].encode(), capture_output=True, check=True).stdout
    password = (pysequoia.decrypt(binary, private.decryptor()).bytes or b"").decode()
    assert console_credentials(bench.sandbox.account.endpoint, "jin", password)
    shown = bench.run("pulumi", "stack", "export", "--show-secrets", "--stack", "dev").stdout
    assert password not in shown
    assert json.dumps(password)[1:-1] not in shown
    fingerprint = private.extract_certificate().fingerprint
    assert fingerprint in message.lower()


def test_a_new_pgp_key_takes_effect_with_the_next_re_issue(bench: Workbench, up: Up, preview: Preview) -> None:
    first, second = (pysequoia.Tsk.generate("jin <jin@example.com>").extract_certificate() for _ in range(2))
    up({"pgpKeys": {"jin": str(first)}})
    assert preview({"pgpKeys": {"jin": str(second)}}) == []
    up({"pgpKeys": {"jin": str(second)}, "credentialIssues": {"jin": 2}})
    assert second.fingerprint in hand_over(bench).lower()


def test_passwords_are_as_long_as_asked_for(bench: Workbench, up: Up) -> None:
    up({"passwordLength": 33})
    assert len(bench.temporary_password("jin")) == 33


def test_path_and_default_tags_reach_users_group_and_policy(bench: Workbench) -> None:
    bench.run("pulumi", "stack", "init", "dev")
    settings = {"team": "helprr-backend", "developers": ["jin"], "path": "/teams/helprr/"}
    bench.write_config("dev", settings, {"aws:defaultTags": {"tags": {"owner": "platform"}}})
    done = bench.run("pulumi", "up", "--yes", "--skip-preview", "--stack", "dev")
    assert done.returncode == 0, done.stdout
    iam = bench.client("iam")
    user = iam.get_user(UserName="jin")["User"]
    policy = iam.get_policy(PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/teams/helprr/helprr-backend-developer-policy")
    paths = {user["Path"], policy["Policy"]["Path"], iam.get_group(GroupName=GROUP)["Group"]["Path"]}
    assert paths == {"/teams/helprr/"}
    assert user["Tags"] == [{"Key": "owner", "Value": "platform"}]
    assert policy["Policy"]["Tags"] == [{"Key": "owner", "Value": "platform"}]


def test_a_wrong_account_is_refused_before_anything_is_done(bench: Workbench) -> None:
    bench.run("pulumi", "stack", "init", "dev")
    bench.write_config("dev", {"team": "helprr"}, {"aws:allowedAccountIds": ["999999999999"]})
    done = bench.run("pulumi", "up", "--yes", "--skip-preview", "--stack", "dev")
    assert done.returncode != 0
    assert "AWS account ID not allowed: 123456789012" in done.stdout
    assert "Check your credentials, aws:region and aws:allowedAccountIds." in done.stdout
    assert "Traceback" not in done.stdout
    assert [call.action for call in bench.sandbox.account.calls if call.action.startswith(("Create", "Put"))] == []


def test_the_account_alias_is_in_the_sign_in_url(bench: Workbench, up: Up) -> None:
    bench.client("iam").create_account_alias(AccountAlias="helprr")
    up()
    url = bench.run("pulumi", "stack", "output", "signInUrl", "--stack", "dev").stdout
    assert url == "https://helprr.signin.aws.amazon.com/console\n"


@pytest.fixture
def bench_in(tmp_path: Path, official: bool, warm: Warm) -> Callable[[str], AbstractContextManager[Workbench]]:
    """A workbench in another region."""

    @contextmanager
    def start(region: str) -> Iterator[Workbench]:
        with workbench(tmp_path, region=region, official=official) as ready:
            yield warm(ready)

    return start


@pytest.mark.parametrize(
    ("region", "partition", "domain"),
    [("cn-north-1", "aws-cn", "signin.amazonaws.cn"), ("us-gov-west-1", "aws-us-gov", "signin.amazonaws-us-gov.com")],
)
def test_arns_and_urls_are_of_the_partition(
    bench_in: Callable[[str], AbstractContextManager[Workbench]], region: str, partition: str, domain: str
) -> None:
    with bench_in(region) as bench:
        bench.run("pulumi", "stack", "init", "dev")
        bench.write_config("dev", {"team": "helprr-backend", "developers": ["jin"], "pipelines": ["api"]})
        up = ("pulumi", "up", "--yes", "--skip-preview", "--stack", "dev", "--policy-pack", "policypack")
        done = bench.run(*up)
        assert done.returncode == 0, done.stdout
        again = bench.run(*up, "--expect-no-changes")
        assert again.returncode == 0, again.stdout
        attached = bench.client("iam").list_attached_group_policies(GroupName=GROUP)["AttachedPolicies"]
        arns = {policy["PolicyArn"] for policy in attached}
        assert f"arn:{partition}:iam::aws:policy/IAMUserChangePassword" in arns
        scoped = [statement for statement in policy_statements(bench, partition) if statement["Resource"] != "*"]
        assert scoped[0]["Resource"].startswith(f"arn:{partition}:codepipeline:{region}:")
        outputs = json.loads(bench.run("pulumi", "stack", "output", "--json", "--stack", "dev").stdout)
        assert outputs["signInUrl"] == f"https://{ACCOUNT}.{domain}/console"


def test_a_permissions_boundary_is_set_in_place_and_taken_away_again(
    bench: Workbench, up: Up, preview: Preview
) -> None:
    iam = bench.client("iam")
    statement = {"Effect": "Allow", "Action": ["iam:ChangePassword", "codepipeline:ListPipelines"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    boundary = iam.create_policy(PolicyName="boundary", Path="/admin/", PolicyDocument=document)["Policy"]["Arn"]
    iam.create_user(UserName="ada")
    up()
    password = bench.temporary_password("jin")
    assert preview({"permissionsBoundary": boundary}) == ["update User access-jin"]
    done = up({"permissionsBoundary": boundary, "existing": ["ada"], "developers": ["jin", "mina"]})
    assert "members listed as existing are not capped by it" in done.stdout
    for developer in ("jin", "mina"):
        capped = iam.get_user(UserName=developer)["User"]["PermissionsBoundary"]
        assert capped["PermissionsBoundaryArn"] == boundary
    assert "PermissionsBoundary" not in iam.get_user(UserName="ada")["User"]
    assert console_credentials(bench.sandbox.account.endpoint, "jin", password)
    assert decision(bench, "codepipeline:ListPipelines", "*") == "allowed"
    assert decision(bench, "codepipeline:GetPipeline", f"{PIPELINES}:api") == "implicitDeny"
    up()
    assert "PermissionsBoundary" not in iam.get_user(UserName="jin")["User"]
    assert bench.temporary_password("jin") == password


def test_a_boundary_that_is_not_there_is_told_before_anything_is_made(bench: Workbench) -> None:
    missing = "arn:aws:iam::123456789012:policy/boundaries/developer"
    bench.run("pulumi", "stack", "init", "dev")
    bench.write_config("dev", {"team": "helprr", "permissionsBoundary": missing, "existing": ["nobody"]})
    for command in (("preview",), ("up", "--yes", "--skip-preview")):
        done = bench.run("pulumi", *command, "--stack", "dev")
        assert done.returncode != 0
        assert f"permissions_boundary names a policy that cannot be found or read: {missing}." in done.stdout
        assert "couldn't find resource" in done.stdout
        assert 'existing[0] "nobody" is not a user of this account.' in done.stdout
        assert "Traceback" not in done.stdout + done.stderr
    iam = bench.client("iam")
    assert (iam.list_users()["Users"], iam.list_policies(Scope="Local")["Policies"]) == ([], [])


def test_a_boundary_of_another_account_fails_the_preview(bench: Workbench) -> None:
    bench.run("pulumi", "stack", "init", "dev")
    bench.write_config("dev", {"team": "helprr", "permissionsBoundary": "arn:aws:iam::999999999999:policy/boundary"})
    done = bench.run("pulumi", "preview", "--stack", "dev")
    assert done.returncode != 0
    assert "permissions_boundary is a policy of account 999999999999; this is account 123456789012." in done.stdout


def test_with_a_hand_over_key_no_state_holds_a_plain_password(bench: Workbench, up: Up) -> None:
    lead, jin = (pysequoia.Tsk.generate(f"{name} <{name}@example.com>") for name in ("lead", "jin"))
    keys = {"handOverKey": str(lead.extract_certificate()), "pgpKeys": {"jin": str(jin.extract_certificate())}}
    up({**keys, "developers": ["jin", "mina"]})
    for developer, key, whose in (("jin", jin, "encrypted for your PGP key"), ("mina", lead, "the hand-over key")):
        said = bench.run("python", "-m", "components.hand_over", developer, "--stack", "dev")
        assert whose in said.stdout
        assert ("Only the hand-over key" in said.stderr) is (key is lead)
        found = re.search(r"echo '(\S+)' \| base64 --decode \| gpg --decrypt", said.stdout)
        assert found, said.stdout
        password = (pysequoia.decrypt(base64.b64decode(found[1]), key.decryptor()).bytes or b"").decode()
        assert console_credentials(bench.sandbox.account.endpoint, developer, password)
        state = bench.run("pulumi", "stack", "export", "--show-secrets", "--stack", "dev").stdout
        assert json.dumps(password)[1:-1] not in state


def test_what_can_only_be_viewed_cannot_be_started(bench: Workbench, up: Up) -> None:
    settings = {"pipelines": ["helprr-*"], "startable": ["helprr-dev-*"], "capabilities": ["approve"]}
    done = up(settings, "--policy-pack", "policypack")
    assert "with approve, members approve pipelines that they may start themselves" in done.stdout
    for pipeline, outcome in (
        ("helprr-dev-api", "allowed"),
        ("helprr-prod", "implicitDeny"),
        ("other", "implicitDeny"),
    ):
        assert decision(bench, "codepipeline:StartPipelineExecution", f"{PIPELINES}:{pipeline}") == outcome
        assert decision(bench, "codepipeline:RetryStageExecution", f"{PIPELINES}:{pipeline}/Deploy") == outcome
    assert decision(bench, "codepipeline:GetPipeline", f"{PIPELINES}:helprr-prod") == "allowed"
    assert "You may re-trigger, retry and stop only: helprr-dev-* (us-east-1)." in hand_over(bench).replace("\n", " ")


def test_without_mfa_required_a_device_is_enrolled_from_the_console_and_not_by_an_access_key(
    bench: Workbench, up: Up
) -> None:
    up()
    password = bench.temporary_password("jin")
    bench.console("jin", password)("iam").change_password(OldPassword=password, NewPassword="what-Jin-chose-1")
    key = bench.client("iam").create_access_key(UserName="jin")["AccessKey"]
    stolen = bench.client("iam", (key["AccessKeyId"], key["SecretAccessKey"]))
    with pytest.raises(ClientError, match="AccessDenied"):
        stolen.create_virtual_mfa_device(VirtualMFADeviceName="somebody-elses-phone")
    iam = bench.console("jin", "what-Jin-chose-1")("iam")
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="jins-phone")["VirtualMFADevice"]["SerialNumber"]
    enrolment = {"SerialNumber": serial, "AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}
    with pytest.raises(ClientError, match="AccessDenied"):
        stolen.enable_mfa_device(UserName="jin", **enrolment)
    iam.enable_mfa_device(UserName="jin", **enrolment)
    assert iam.list_mfa_devices(UserName="jin")["MFADevices"][0]["SerialNumber"] == serial
    with pytest.raises(ClientError, match="AccessDenied"):
        iam.deactivate_mfa_device(UserName="jin", SerialNumber=serial)
