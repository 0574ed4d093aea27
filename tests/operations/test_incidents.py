"""What docs/operations.md promises for the night: it acts at once, on what is open already, and stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.account import console_credentials
from tests.sandbox.aws import allow, client_of, document, refusal

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient

    from sandbox.account import Account

DENY_ALL = "arn:aws:iam::aws:policy/AWSDenyAll"
PASSWORD = "what-Jin-chose-1"


@pytest.fixture
def iam(account: Account) -> IAMClient:
    """The administrator's, on an account with jin in a group that lets them list pipelines."""
    client: IAMClient = client_of(account, "iam")
    client.create_group(GroupName="developers")
    client.put_group_policy(
        GroupName="developers", PolicyName="list", PolicyDocument=document(allow("codepipeline:ListPipelines"))
    )
    make_jin(client)
    return client


def make_jin(iam: IAMClient) -> None:
    iam.create_user(UserName="jin")
    iam.create_login_profile(UserName="jin", Password=PASSWORD)
    iam.add_user_to_group(GroupName="developers", UserName="jin")


def delete_jin(iam: IAMClient) -> None:
    for key in iam.list_access_keys(UserName="jin")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="jin", AccessKeyId=key["AccessKeyId"])
    iam.delete_login_profile(UserName="jin")
    iam.remove_user_from_group(GroupName="developers", UserName="jin")
    iam.delete_user(UserName="jin")


def open_doors(account: Account, iam: IAMClient) -> dict[str, Any]:
    """Clients with an open console session, an access key, and a session made by it."""
    key = iam.create_access_key(UserName="jin")["AccessKey"]
    by_key = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    token = client_of(account, "sts", **by_key).get_session_token()["Credentials"]
    by_token = {
        "aws_access_key_id": token["AccessKeyId"],
        "aws_secret_access_key": token["SecretAccessKey"],
        "aws_session_token": token["SessionToken"],
    }
    doors = {
        "console": console_credentials(account.endpoint, "jin", PASSWORD),
        "access key": by_key,
        "session": by_token,
    }
    clients = {name: client_of(account, "codepipeline", **credentials) for name, credentials in doors.items()}
    assert {name: refusal(client.list_pipelines) for name, client in clients.items()} == dict.fromkeys(doors, "")
    return clients


def test_deny_all_on_the_user_acts_on_whatever_is_open_and_a_new_password_does_not(
    account: Account, iam: IAMClient
) -> None:
    doors = open_doors(account, iam)
    iam.delete_login_profile(UserName="jin")
    iam.create_login_profile(UserName="jin", Password="another-1-Password")
    assert {name for name, door in doors.items() if refusal(door.list_pipelines)} == set()
    iam.attach_user_policy(UserName="jin", PolicyArn=DENY_ALL)
    assert {name for name, door in doors.items() if "explicit deny" in refusal(door.list_pipelines)} == set(doors)


def test_what_was_open_for_a_deleted_user_is_not_for_a_new_one_of_the_same_name(
    account: Account, iam: IAMClient
) -> None:
    doors = open_doors(account, iam)
    delete_jin(iam)
    make_jin(iam)
    assert {name for name, door in doors.items() if "InvalidClientTokenId" in refusal(door.list_pipelines)} == set(
        doors
    )


def test_deny_all_on_a_role_acts_on_its_open_sessions(account: Account, iam: IAMClient) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": account.account_id}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName="members", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="members", PolicyName="all", PolicyDocument=document(allow("iam:*")))
    taken = client_of(account, "sts").assume_role(RoleArn=role, RoleSessionName="ci")["Credentials"]
    session = client_of(
        account,
        "iam",
        aws_access_key_id=taken["AccessKeyId"],
        aws_secret_access_key=taken["SecretAccessKey"],
        aws_session_token=taken["SessionToken"],
    )
    assert refusal(session.list_users) == ""
    iam.attach_role_policy(RoleName="members", PolicyArn=DENY_ALL)
    assert "explicit deny" in refusal(session.list_users)
