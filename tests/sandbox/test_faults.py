"""Faults on demand: how they are written, and what the account, the plugin and the engine make of each."""

from __future__ import annotations

import time
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from botocore.exceptions import ConnectionError as NoAnswerError
from botocore.exceptions import HTTPClientError

from sandbox import faults
from sandbox.account import simulated_account
from sandbox.faults import Fault, FaultPlan, parse_fault
from sandbox.provider import stand_in_plugins
from tests.sandbox.aws import client_of, refusal
from tests.sandbox.plugin_client import PluginClient, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.account import Account

USER, LOGIN = "aws:iam/user:User", "aws:iam/userLoginProfile:UserLoginProfile"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("throttle:CreateUser", Fault("throttle", "CreateUser", 1)),
        ("drop:CreateLoginProfile:2", Fault("drop", "CreateLoginProfile", 2)),
        ("error500:AttachGroupPolicy:*", Fault("error500", "AttachGroupPolicy", None)),
    ],
)
def test_a_fault_is_kind_action_and_which(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "'': '' is not a kind of fault. The kinds are throttle, deny, error500, slow, drop, kill."),
        (
            "explode:CreateUser",
            "'explode' is not a kind of fault. The kinds are throttle, deny, error500, slow, drop, kill.",
        ),
        ("slow", "'slow' has no AWS action. Write it like this: slow:CreateUser"),
        ("slow:iam:CreateUser", "'CreateUser' must be a number from 1, or *."),
        ("slow:CreateUser:0", "'0' must be a number from 1, or *."),
        ("slow:CreateUser:-1", "'-1' must be a number from 1, or *."),
        ("slow:Create User", "'slow:Create User' has no AWS action."),
    ],
)
def test_a_fault_that_cannot_be_read_is_explained(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=r"\S") as refused:
        parse_fault(text)
    assert problem in str(refused.value)


def test_a_fault_that_never_struck_is_known() -> None:
    plan = FaultPlan(
        [parse_fault("throttle:CreateUser"), parse_fault("throttle:CreateUsr"), parse_fault("deny:GetUser:2")]
    )
    plan.due("CreateUser")
    plan.due("GetUser")
    assert [fault.action for fault in plan.unused] == ["CreateUsr", "GetUser"]


def test_a_fault_strikes_the_request_that_it_counts() -> None:
    plan = FaultPlan([Fault("slow", "CreateUser", 2), Fault("deny", "createuser", None)])
    assert [plan.due("CreateUser") for _ in range(3)] == [["deny"], ["slow", "deny"], ["deny"]]
    assert plan.due("CreateGroup") == []


@contextmanager
def struck(*texts: str, **settings: Any) -> Iterator[tuple[Account, PluginClient]]:  # noqa: ANN401 - of the account
    """An account with these faults, and the plugin on it."""
    with (
        simulated_account([parse_fault(text) for text in texts], **settings) as account,
        stand_in_plugins(account) as ports,
        grpc.insecure_channel(f"127.0.0.1:{ports['aws']}") as channel,
    ):
        yield account, PluginClient(channel)


@pytest.mark.parametrize("kind", ["throttle", "error500"])
def test_the_plugin_tries_again_after_a_passing_error(kind: str) -> None:
    with struck(f"{kind}:CreateUser") as (account, plugin):
        assert plugin.create(USER, {"name": "jin"})[0] == "jin"
        assert [call.error for call in account.calls if call.action == "CreateUser"] == [_code(kind), ""]


@pytest.mark.parametrize("kind", ["throttle", "error500"])
def test_an_error_that_does_not_pass_is_told_with_the_attempts(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    with struck(f"{kind}:CreateUser:*") as (account, plugin):
        with pytest.raises(
            Refused, match=r"creating IAM User \(jin\): .*maximum number of attempts, 5, .*" + _code(kind)
        ):
            plugin.create(USER, {"name": "jin"})
        assert len([call for call in account.calls if call.action == "CreateUser"]) == 5
        assert client_of(account, "iam").list_users()["Users"] == []


def _code(kind: str) -> str:
    return {"throttle": "Throttling", "error500": "ServiceFailure"}[kind]


def test_what_was_made_is_kept_though_reading_it_failed() -> None:
    with struck("deny:GetUser:*") as (_, plugin):
        with pytest.raises(Refused, match=r"reading IAM User \(jin\): ") as refused:
            plugin.create(USER, {"name": "jin"})
        assert refused.value.kept == {"id": "jin", "name": "jin", "path": "/", "forceDestroy": False, "tagsAll": {}}


def test_a_password_is_secret_though_reading_its_login_failed() -> None:
    with struck("deny:GetLoginProfile:*") as (account, plugin):
        client_of(account, "iam").create_user(UserName="jin")
        with pytest.raises(Refused) as refused:
            plugin.create(LOGIN, {"user": "jin"})
        assert refused.value.kept
        assert set(refused.value.kept["password"]) == {"secret"}


def test_a_failed_update_counts_as_done_until_a_refresh_sees_otherwise() -> None:
    """As with the genuine plugin: without a refresh, the next update would change nothing."""
    kind, group = "aws:iam/groupMembership:GroupMembership", {"name": "all", "group": "devs"}
    with struck("deny:AddUserToGroup:*") as (account, plugin):
        iam = client_of(account, "iam")
        iam.create_group(GroupName="devs")
        iam.create_user(UserName="jin")
        key, state = plugin.create(kind, {**group, "users": []})
        with pytest.raises(Refused, match=r"updating IAM Group Membership \(all\): adding User \(jin\)") as refused:
            plugin.update(kind, key, state, {**group, "users": ["jin"]})
        kept = refused.value.kept
        assert kept
        assert kept["users"] == ["jin"]
        account.faults.replace([])
        assert plugin.update(kind, key, kept, {**group, "users": ["jin"]}) == kept
        refreshed = plugin.read(kind, key, kept)[1]
        plugin.update(kind, key, refreshed, {**group, "users": ["jin"]})
        assert [user["UserName"] for user in iam.get_group(GroupName="devs")["Users"]] == ["jin"]


def test_a_failed_update_of_an_exclusive_resource_counts_as_not_begun() -> None:
    kind = "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive"
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    with struck("deny:AttachGroupPolicy:*") as (account, plugin):
        client_of(account, "iam").create_group(GroupName="devs")
        key, state = plugin.create(kind, {"groupName": "devs", "policyArns": []})
        with pytest.raises(Refused, match="updating IAM") as refused:
            plugin.update(kind, key, state, {"groupName": "devs", "policyArns": [arn]})
        assert refused.value.kept is None


def test_a_denied_call_is_not_tried_again() -> None:
    with struck("deny:AttachGroupPolicy:*") as (account, plugin):
        client_of(account, "iam").create_group(GroupName="devs")
        arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
        with pytest.raises(Refused, match="api error AccessDenied: User: arn:aws:iam::123456789012:root is not auth"):
            plugin.create("aws:iam/groupPolicyAttachment:GroupPolicyAttachment", {"group": "devs", "policyArn": arn})
        assert len([call for call in account.calls if call.action == "AttachGroupPolicy"]) == 1


def test_a_slow_call_is_answered_late(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("sandbox.account._gate.time.sleep", waited.append)
    with struck("slow:CreateUser") as (account, _):
        client_of(account, "iam").create_user(UserName="jin")
    assert waited == [faults.SLOW_SECONDS]


def test_a_dropped_call_has_taken_effect() -> None:
    with struck("drop:CreateUser") as (account, _):
        iam = client_of(account, "iam")
        with pytest.raises((NoAnswerError, HTTPClientError)):
            iam.create_user(UserName="jin")
        assert iam.get_user(UserName="jin")["User"]["UserName"] == "jin"


def test_after_a_dropped_create_the_second_try_finds_it_there_already() -> None:
    """As with the genuine plugin: the SDK retries, and AWS answers that the resource already exists."""
    with struck("drop:CreateLoginProfile") as (account, plugin):
        client_of(account, "iam").create_user(UserName="jin")
        with pytest.raises(Refused, match="EntityAlreadyExists: Login Profile for user jin already exists"):
            plugin.create(LOGIN, {"user": "jin"})


def test_the_engine_is_killed_after_the_call_took_effect() -> None:
    killed: list[str] = []
    with struck("kill:CreateLoginProfile", kill_engine=lambda: killed.append("engine")) as (account, _):
        iam = client_of(account, "iam")
        iam.create_user(UserName="jin")
        with pytest.raises((NoAnswerError, HTTPClientError)):
            iam.create_login_profile(UserName="jin", Password="Temporary-1")
        assert killed == ["engine"]
        assert refusal(iam.get_login_profile, UserName="jin") == ""


def test_a_kill_needs_somebody_to_kill() -> None:
    with pytest.raises(ValueError, match="needs an engine"), simulated_account([parse_fault("kill:CreateUser")]):
        pass


def test_faults_are_replaced_while_the_account_runs() -> None:
    with struck("deny:CreateUser:*") as (account, _):
        iam = client_of(account, "iam")
        assert refusal(iam.create_user, UserName="jin").startswith("AccessDenied")
        account.faults.replace([parse_fault("throttle:CreateUser:2")])
        assert [refusal(iam.create_user, UserName=name)[:10] for name in ("jin", "mina")] == ["", "Throttling"]


def test_other_processes_replace_them_too() -> None:
    with struck() as (account, _):
        assert _put(account, "deny:CreateUser slow:CreateGroup") == (200, "")
        assert refusal(client_of(account, "iam").create_user, UserName="jin").startswith("AccessDenied")
        assert _put(account, "explode:CreateUser")[0] == 400
        assert _put(account, "kill:CreateUser") == (400, "A kill fault needs an engine, and none is running here.\n")


def _put(account: Account, texts: str) -> tuple[int, str]:
    connection = HTTPConnection(account.endpoint.removeprefix("http://"))
    connection.request("PUT", "/sandbox/faults", texts)
    response = connection.getresponse()
    answer = response.status, response.read().decode()
    connection.close()
    return answer
