"""Acting as a developer: what the account lets through, by policies like those that this project makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.aws import TRUST, allow, client_of, deny, document, make_pipeline, pipeline, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from types_boto3_iam import IAMClient

    from sandbox.account import Account
    from tests.sandbox.conftest import ActingAs

TWELVE = (
    "GetPipeline",
    "GetPipelineState",
    "GetPipelineExecution",
    "ListPipelines",
    "ListPipelineExecutions",
    "ListActionExecutions",
    "ListActionTypes",
    "ListRuleExecutions",
    "ListTagsForResource",
    "StartPipelineExecution",
    "StopPipelineExecution",
    "RetryStageExecution",
)
CHANGES = ("CreatePipeline", "UpdatePipeline", "DeletePipeline")
ARN = "arn:aws:codepipeline:us-east-1:123456789012:"
Policy = tuple[dict[str, Any], ...]


def actions(names: tuple[str, ...]) -> list[str]:
    return [f"codepipeline:{name}" for name in names]


@pytest.fixture
def jin(account: Account, iam: IAMClient, acting_as: ActingAs) -> Callable[..., Any]:
    """A developer in a group with these statements, acting by access key, in an account with two pipelines."""

    def developer(*statements: dict[str, Any], service: str = "codepipeline") -> Any:  # noqa: ANN401 - any client
        for name in ("own", "other"):
            make_pipeline(account, name)
        iam.create_group(GroupName="devs")
        iam.create_user(UserName="jin")
        iam.add_user_to_group(GroupName="devs", UserName="jin")
        policy = iam.create_policy(PolicyName="devs", PolicyDocument=document(*statements))["Policy"]["Arn"]
        iam.attach_group_policy(GroupName="devs", PolicyArn=policy)
        return acting_as("jin", service)

    return developer


def calls(client: Any, account: Account, name: str = "own") -> dict[str, str]:  # noqa: ANN401 - a boto3 client
    """All fifteen actions on a pipeline, and how each is refused (empty if it passes)."""
    admin = client_of(account, "codepipeline")
    execution = admin.start_pipeline_execution(name=name)["pipelineExecutionId"]
    run = {"pipelineName": name, "pipelineExecutionId": execution}
    parameters: dict[str, dict[str, Any]] = {
        "GetPipeline": {"name": name},
        "GetPipelineState": {"name": name},
        "GetPipelineExecution": run,
        "ListPipelines": {},
        "ListPipelineExecutions": {"pipelineName": name},
        "ListActionExecutions": {"pipelineName": name},
        "ListActionTypes": {},
        "ListRuleExecutions": {"pipelineName": name},
        "ListTagsForResource": {"resourceArn": ARN + name},
        "StartPipelineExecution": {"name": name},
        "StopPipelineExecution": run,
        "RetryStageExecution": {**run, "stageName": "Build", "retryMode": "FAILED_ACTIONS"},
        "CreatePipeline": {"pipeline": pipeline(account, f"new-{name}")},
        "UpdatePipeline": {"pipeline": pipeline(account, name)},
        "DeletePipeline": {"name": name},
    }
    methods = {client.meta.method_to_api_mapping[method]: method for method in client.meta.method_to_api_mapping}
    return {action: refusal(getattr(client, methods[action]), **given) for action, given in parameters.items()}


def refused(found: dict[str, str]) -> set[str]:
    assert all(not text or text.startswith("AccessDeniedException: ") for text in found.values()), found
    return {action for action, text in found.items() if text}


def test_a_developer_of_the_guide_may_do_the_twelve_and_none_of_the_three(
    jin: Callable[..., Any], account: Account
) -> None:
    assert refused(calls(jin(allow(*actions(TWELVE))), account)) == set(CHANGES)


def test_a_refusal_names_who_what_on_which_and_why(jin: Callable[..., Any], account: Account) -> None:
    found = calls(jin(allow("codepipeline:*"), deny("codepipeline:DeletePipeline")), account)
    assert found["DeletePipeline"] == (
        "AccessDeniedException: User: arn:aws:iam::123456789012:user/jin is not authorized to perform: "
        f"codepipeline:DeletePipeline on resource: {ARN}own with an explicit deny in an identity-based policy"
    )
    assert found["UpdatePipeline"] == ""


def test_an_inline_deny_of_the_group_undoes_administrator_access(
    jin: Callable[..., Any], account: Account, iam: IAMClient
) -> None:
    client = jin(allow(*actions(TWELVE)))
    iam.put_group_policy(GroupName="devs", PolicyName="deny", PolicyDocument=document(deny(*actions(CHANGES))))
    iam.attach_user_policy(UserName="jin", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    assert refused(calls(client, account)) == set(CHANGES)


def test_a_scoped_developer_may_use_their_own_and_no_other(jin: Callable[..., Any], account: Account) -> None:
    everywhere = ("ListPipelines", "ListActionTypes")
    scoped = tuple(action for action in TWELVE if action not in everywhere)
    client = jin(allow(*actions(everywhere)), allow(*actions(scoped), on=[f"{ARN}own", f"{ARN}own/*"]))
    assert refused(calls(client, account, "own")) == set(CHANGES)
    assert refused(calls(client, account, "other")) == {*scoped, *CHANGES}


def test_retrying_a_stage_is_about_the_stage_not_the_pipeline(jin: Callable[..., Any], account: Account) -> None:
    found = calls(jin(allow(*actions(TWELVE), on=f"{ARN}own")), account)
    assert f"on resource: {ARN}own/Build " in found["RetryStageExecution"]


@pytest.mark.parametrize(
    ("action", "method", "parameters", "resource"),
    [
        (
            "EnableStageTransition",
            "enable_stage_transition",
            {"stageName": "Build", "transitionType": "Inbound"},
            f"{ARN}own/Build",
        ),
        (
            "DisableStageTransition",
            "disable_stage_transition",
            {"stageName": "Build", "transitionType": "Inbound", "reason": "lunch"},
            f"{ARN}own/Build",
        ),
        (
            "PutApprovalResult",
            "put_approval_result",
            {
                "stageName": "Build",
                "actionName": "Ok",
                "token": "4bd2a3f1-0000-4000-8000-000000000000",
                "result": {"summary": "", "status": "Approved"},
            },
            f"{ARN}own/Build/Ok",
        ),
    ],
)
def test_the_opt_ins_are_about_stages_and_actions(
    jin: Callable[..., Any], action: str, method: str, parameters: dict[str, Any], resource: str
) -> None:
    client = jin(allow(f"codepipeline:{action}", on=resource))
    assert refusal(getattr(client, method), pipelineName="own", **parameters) == ""
    assert "AccessDenied" in refusal(getattr(client, method), pipelineName="other", **parameters)


def test_build_logs_are_about_the_project_and_its_log_group(
    jin: Callable[..., Any], acting_as: ActingAs, account: Account
) -> None:
    where = "us-east-1:123456789012"
    builds = jin(
        allow("codebuild:BatchGetProjects", on=f"arn:aws:codebuild:{where}:project/own"),
        allow("logs:GetLogEvents", on=f"arn:aws:logs:{where}:log-group:/aws/codebuild/own:*"),
        service="codebuild",
    )
    assert refusal(builds.batch_get_projects, names=["own"]) == ""
    assert "AccessDenied" in refusal(builds.batch_get_projects, names=["own", "other"])
    reader, admin = acting_as("jin", "logs"), client_of(account, "logs")
    for name in ("own", "other"):
        stream = {"logGroupName": f"/aws/codebuild/{name}", "logStreamName": "1"}
        admin.create_log_group(logGroupName=stream["logGroupName"])
        admin.create_log_stream(**stream)
        assert bool(refusal(reader.get_log_events, **stream)) == (name == "other")


def test_every_project_asked_about_has_to_be_allowed(jin: Callable[..., Any]) -> None:
    own = "arn:aws:codebuild:us-east-1:123456789012:project/own"
    client = jin(allow("codebuild:BatchGetBuilds", on=own), service="codebuild")
    assert "AccessDenied" in refusal(client.batch_get_builds, ids=["own:1", "other:1"])


def test_with_mfa_required_an_access_key_gets_in_only_by_a_session_with_the_device(
    jin: Callable[..., Any], account: Account, iam: IAMClient
) -> None:
    by_key = jin(
        allow(*actions(TWELVE)),
        deny("codepipeline:*", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
        service="sts",
    )
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="jin")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName="jin", SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )

    def listing(credentials: Any) -> str:  # noqa: ANN401 - a response
        keys = {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials["SessionToken"],
        }
        return refusal(client_of(account, "codepipeline", **keys).list_pipelines)

    assert "explicit deny" in listing(by_key.get_session_token()["Credentials"])
    assert listing(by_key.get_session_token(SerialNumber=serial, TokenCode="123456")["Credentials"]) == ""
    assert "invalid MFA" in refusal(by_key.get_session_token, SerialNumber=serial, TokenCode="letter")


def test_a_key_that_was_deleted_or_switched_off_is_nobodys(iam: IAMClient, jin: Callable[..., Any]) -> None:
    client = jin(allow("codepipeline:ListPipelines"))
    assert refusal(client.list_pipelines) == ""
    key = iam.list_access_keys(UserName="jin")["AccessKeyMetadata"][0]["AccessKeyId"]
    iam.update_access_key(UserName="jin", AccessKeyId=key, Status="Inactive")
    assert refusal(client.list_pipelines).startswith("InvalidClientTokenId")
    iam.delete_access_key(UserName="jin", AccessKeyId=key)
    assert refusal(client.list_pipelines).startswith("InvalidClientTokenId")


def test_whose_name_is_left_out_is_about_himself(jin: Callable[..., Any]) -> None:
    own = "arn:aws:iam::123456789012:user/${aws:username}"
    client = jin(allow("iam:GetUser", "iam:CreateAccessKey", on=own), service="iam")
    assert client.get_user()["User"]["UserName"] == "jin"
    assert client.create_access_key()["AccessKey"]["UserName"] == "jin"
    assert "AccessDenied" in refusal(client.create_access_key, UserName="mina")


def test_a_developer_cannot_give_himself_more(jin: Callable[..., Any]) -> None:
    client = jin(allow(*actions(TWELVE)), service="iam")
    administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
    attempts = {
        "attach_user_policy": {"UserName": "jin", "PolicyArn": administrator},
        "add_user_to_group": {"UserName": "jin", "GroupName": "devs"},
        "delete_group_policy": {"GroupName": "devs", "PolicyName": "deny"},
        "create_policy_version": {"PolicyArn": administrator, "PolicyDocument": document(allow("*"))},
        "create_login_profile": {"UserName": "jin", "Password": "a-New-One-1"},
    }
    for method, parameters in attempts.items():
        assert refusal(getattr(client, method), **parameters).startswith("AccessDenied: "), method


def test_a_role_may_do_what_its_policies_say(account: Account, iam: IAMClient) -> None:
    arn = iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=document(TRUST))["Role"]["Arn"]
    users_of_the_team = "arn:aws:iam::123456789012:user/teams/*"
    statement = allow("iam:CreateUser", "iam:UpdateUser", on=users_of_the_team)
    iam.put_role_policy(RoleName="deploy", PolicyName="users", PolicyDocument=document(statement))
    credentials = client_of(account, "sts").assume_role(RoleArn=arn, RoleSessionName="ci")["Credentials"]
    role = client_of(
        account,
        "iam",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
    assert refusal(role.create_user, UserName="jin", Path="/teams/") == ""
    assert "assumed-role/deploy/ci is not authorized" in refusal(role.create_user, UserName="mina")
    assert "user/jin because" in refusal(role.update_user, UserName="jin", NewPath="/")
    assert refusal(role.update_user, UserName="jin", NewUserName="jin-lee") == ""


def test_what_the_sandbox_cannot_do_is_told_from_what_is_denied(jin: Callable[..., Any]) -> None:
    client = jin(allow("codepipeline:ListWebhooks"))
    assert refusal(client.list_webhooks).startswith("NotImplemented: AWS would have allowed this call")
    assert refusal(client.list_action_types).startswith("AccessDeniedException")
