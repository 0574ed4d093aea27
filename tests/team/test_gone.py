"""`team gone` proves, against the account and the stack files, that nothing of somebody is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest

from sandbox.account import simulated_account

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_boto3_iam import IAMClient

    from tests.team.conftest import Folder


@pytest.fixture
def iam(monkeypatch: pytest.MonkeyPatch) -> Iterator[IAMClient]:
    with simulated_account() as account:
        monkeypatch.setenv("AWS_ENDPOINT_URL", account.endpoint)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", account.admin_access_key_id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", account.admin_secret_access_key)
        yield boto3.client("iam", region_name="us-east-1")


def test_everything_that_is_left_is_named_until_nothing_is(folder: Folder, iam: IAMClient) -> None:
    folder.write("dev", "  codepipeline-access:developers: [jin]\n")
    iam.create_user(UserName="jin")
    iam.create_group(GroupName="devs")
    iam.add_user_to_group(GroupName="devs", UserName="jin")
    iam.attach_user_policy(UserName="jin", PolicyArn="arn:aws:iam::aws:policy/AWSDenyAll")
    key = iam.create_access_key(UserName="jin")["AccessKey"]["AccessKeyId"]
    iam.create_login_profile(UserName="jin", Password="Temporary-1")
    left = (
        "Account 123456789012: jin is not gone. There is still\n"
        "  the user jin\n"
        "  their membership in devs\n"
        f"  their access key {key}\n"
        "  their attached policy AWSDenyAll\n"
        "  their console login\n"
        "  Pulumi.dev.yaml lists jin in developers\n"
    )
    assert folder.team("gone", "jin") == (1, "", left)
    iam.delete_login_profile(UserName="jin")
    iam.delete_access_key(UserName="jin", AccessKeyId=key)
    iam.detach_user_policy(UserName="jin", PolicyArn="arn:aws:iam::aws:policy/AWSDenyAll")
    iam.remove_user_from_group(GroupName="devs", UserName="jin")
    iam.delete_user(UserName="jin")
    assert folder.team("gone", "jin")[0] == 1  # the next update would make them again
    assert folder.team("remove", "jin")[0] == 0
    assert folder.team("gone", "jin") == (
        0,
        "Account 123456789012: jin is gone: no user, membership, key or policy, and in no stack file.\n",
        "",
    )


def test_a_name_in_another_case_and_under_a_path_is_the_same_person(folder: Folder, iam: IAMClient) -> None:
    folder.write("dev", '  codepipeline-access:existing: [JIN]\n  codepipeline-access:until: {jIN: "2027-03-31"}\n')
    iam.create_user(UserName="Jin", Path="/teams/helprr/")
    iam.create_user(UserName="jina")
    code, _, errors = folder.team("gone", "jin")
    assert code == 1
    assert errors.splitlines() == [
        "Account 123456789012: jin is not gone. There is still",
        "  the user Jin (path /teams/helprr/)",
        "  Pulumi.dev.yaml lists JIN in existing",
        "  Pulumi.dev.yaml lists jIN in until",
    ]


def test_an_account_that_does_not_answer_proves_nothing(folder: Folder, iam: IAMClient) -> None:
    folder.write("dev", "")
    iam.create_user(UserName="mina")
    key = iam.create_access_key(UserName="mina")["AccessKey"]
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
        environment.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
        code, _, errors = folder.team("gone", "jin")
    assert code == 1
    assert errors.startswith("Nothing is proven: the account cannot be asked.")
