"""The account as a server: quiet, its own log of calls, other services, partitions, and an end that leaves nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

import boto3
import pytest
from moto.iam.models import iam_backends

from sandbox.account import simulated_account
from tests.sandbox.aws import client_of, refusal

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient

    from sandbox.account import Account

PROJECT = Path(__file__).parents[2]
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def test_every_call_is_logged_in_order_with_caller_and_outcome(account: Account, iam: IAMClient) -> None:
    iam.create_user(UserName="jin", Tags=[{"Key": "a", "Value": "1"}])
    refusal(iam.create_user, UserName="jin")
    refusal(client_of(account, "codepipeline").get_pipeline, name="own")
    root = "arn:aws:iam::123456789012:root"
    assert [(call.service, call.action, call.parameters, call.caller, call.error) for call in account.calls] == [
        ("iam", "CreateUser", {"UserName": "jin", "Tags": [{"Key": "a", "Value": "1"}]}, root, ""),
        ("iam", "CreateUser", {"UserName": "jin"}, root, "EntityAlreadyExists"),
        ("codepipeline", "GetPipeline", {"name": "own"}, root, "PipelineNotFoundException"),
    ]
    times = [call.time for call in account.calls]
    assert times == sorted(times)


def test_other_processes_read_the_same_log(account: Account, iam: IAMClient) -> None:
    iam.create_user(UserName="jin")
    with urlopen(f"{account.endpoint}/sandbox/calls") as response:  # noqa: S310 - our own server
        logged = json.load(response)
    assert [(call["action"], call["parameters"]) for call in logged] == [("CreateUser", {"UserName": "jin"})]


def test_no_password_is_logged(account: Account, iam: IAMClient) -> None:
    iam.create_user(UserName="jin")
    iam.create_login_profile(UserName="jin", Password="Temporary-1")
    iam.update_login_profile(UserName="jin", Password="Temporary-2")
    refusal(iam.change_password, OldPassword="Temporary-2", NewPassword="Temporary-3")
    assert "Temporary" not in repr(account.calls)


def test_s3_and_kms_keep_what_they_are_given(account: Account) -> None:
    """A team keeps Pulumi's state and secrets there."""
    s3, kms = client_of(account, "s3"), client_of(account, "kms")
    s3.create_bucket(Bucket="state")
    s3.put_object(Bucket="state", Key=".pulumi/stacks/dev.json", Body=b"x" * 100_000)
    assert s3.get_object(Bucket="state", Key=".pulumi/stacks/dev.json")["Body"].read() == b"x" * 100_000
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    secret = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=secret)["Plaintext"] == b"secret"
    assert "NoSuchKey" in refusal(s3.get_object, Bucket="state", Key="nothing")


@pytest.mark.parametrize(
    ("region", "partition"), [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_arns_carry_the_partition_of_the_region(region: str, partition: str) -> None:
    with simulated_account(region=region) as account:
        iam, sts = client_of(account, "iam"), client_of(account, "sts")
        arns = [
            iam.create_user(UserName="jin")["User"]["Arn"],
            iam.create_group(GroupName="devs")["Group"]["Arn"],
            iam.get_policy(PolicyArn=f"arn:{partition}:iam::aws:policy/IAMUserChangePassword")["Policy"]["Arn"],
            sts.get_caller_identity()["Arn"],
        ]
    assert {arn.split(":")[1] for arn in arns} == {partition}


def test_who_calls_is_told(account: Account, iam: IAMClient) -> None:
    assert client_of(account, "sts").get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:root"
    jin = iam.create_user(UserName="jin", Path="/teams/")["User"]
    key = iam.create_access_key(UserName="jin")["AccessKey"]
    sts = client_of(account, "sts", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    found = sts.get_caller_identity()
    assert (found["Arn"], found["UserId"], found["Account"]) == (jin["Arn"], jin["UserId"], "123456789012")


def test_a_second_account_knows_nothing_of_the_first() -> None:
    for _ in range(2):
        with simulated_account() as account:
            iam = client_of(account, "iam")
            assert iam.list_users()["Users"] == []
            assert iam.get_policy(PolicyArn=ADMINISTRATOR)["Policy"]["AttachmentCount"] == 0
            iam.create_user(UserName="jin")
            iam.attach_user_policy(UserName="jin", PolicyArn=ADMINISTRATOR)


def test_after_the_end_nobody_answers_and_no_thread_is_left() -> None:
    before = threading.active_count()
    with simulated_account() as account:
        client_of(account, "iam").list_users()
    with pytest.raises(OSError, match="refused"):
        urlopen(account.endpoint)  # noqa: S310 - likewise
    assert threading.active_count() <= before + 1  # a kept connection may take a moment to notice


def test_a_process_says_nothing_and_ends_by_itself(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import boto3\n"
        "from sandbox.account import simulated_account\n"
        "from sandbox.provider import stand_in_plugins\n"
        "with simulated_account() as account, stand_in_plugins(account) as ports:\n"
        "    iam = boto3.client('iam', endpoint_url=account.endpoint, region_name='us-east-1',\n"
        "        aws_access_key_id='test', aws_secret_access_key='test')\n"
        "    iam.create_user(UserName='jin')\n"
        "    try:\n"
        "        iam.generate_service_last_accessed_details(Arn='arn:aws:iam::123456789012:user/jin')\n"
        "    except iam.exceptions.ClientError:\n"
        "        pass\n"
        "    print(sorted(ports))\n"
    )
    done = subprocess.run(
        [sys.executable, script],
        cwd=PROJECT,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("['aws', 'random']\n", "", 0)


def test_credentials_that_aws_could_not_have_made_are_the_administrators(account: Account) -> None:
    """Scripts written for moto sign with "test"; a key that looks like AWS's must belong to this account."""
    assert refusal(client_of(account, "iam", aws_access_key_id="test").list_users) == ""
    unknown = client_of(account, "iam", aws_access_key_id="AKIAIOSFODNN7EXAMPLE")
    assert refusal(unknown.list_users) == (
        "InvalidClientTokenId: The security token included in the request is invalid."
    )


def test_every_page_of_a_long_list_arrives(account: Account, iam: IAMClient) -> None:
    backend = iam_backends[account.account_id]["aws"]  # a third of the time of 250 calls
    backend.create_group("devs")
    for number in range(120):
        backend.create_user(account.region, f"user-{number:03}")
        backend.add_user_to_group("devs", f"user-{number:03}")
    users = [user for page in iam.get_paginator("list_users").paginate() for user in page["Users"]]
    members = [user for page in iam.get_paginator("get_group").paginate(GroupName="devs") for user in page["Users"]]
    assert (len(users), len(members)) == (120, 120)


def test_boto3_needs_no_more_than_the_environment(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", account.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", account.admin_access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", account.admin_secret_access_key)
    monkeypatch.setenv("AWS_DEFAULT_REGION", account.region)
    assert boto3.client("iam").list_users()["Users"] == []


def test_a_connection_is_kept_and_ends_with_its_account() -> None:
    with simulated_account() as account:
        connection = HTTPConnection("127.0.0.1", int(account.endpoint.rpartition(":")[2]), timeout=10)
        connection.request("GET", "/sandbox/now")
        first = connection.getresponse().read()
        kept = connection.sock
        connection.request("GET", "/sandbox/calls")
        assert (connection.getresponse().read(), connection.sock is kept, bool(first)) == (b"[]", True, True)
    ended = kept.recv(1) == b""  # the other side has hung up
    connection.close()
    assert ended
