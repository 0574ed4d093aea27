"""A fresh account for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import grpc
import pytest

from sandbox.account import simulated_account
from sandbox.provider import stand_in_plugins
from tests.sandbox.aws import TRUST, allow, client_of, document
from tests.sandbox.plugin_client import PluginClient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_boto3_iam import IAMClient

    from sandbox.account import Account


@pytest.fixture
def account() -> Iterator[Account]:
    with simulated_account() as running:
        yield running


@pytest.fixture
def iam(account: Account) -> IAMClient:
    """IAM as the administrator."""
    client: IAMClient = client_of(account, "iam")
    return client


class ActingAs(Protocol):
    def __call__(self, user: str, service: str = ...) -> Any: ...  # noqa: ANN401 - any service's client


@pytest.fixture
def acting_as(account: Account, iam: IAMClient) -> ActingAs:
    """A client that acts as a user, by a new access key."""

    def client(user: str, service: str = "codepipeline") -> Any:  # noqa: ANN401 - any service's client
        key = iam.create_access_key(UserName=user)["AccessKey"]
        return client_of(
            account, service, aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
        )

    return client


@pytest.fixture
def plugin(account: Account) -> Iterator[PluginClient]:
    """The aws plugin, as the engine talks to it."""
    with stand_in_plugins(account) as ports, grpc.insecure_channel(f"127.0.0.1:{ports['aws']}") as channel:
        yield PluginClient(channel)


@pytest.fixture
def existing(iam: IAMClient) -> str:
    """The name of an existing user, group, role and policy."""
    name = "there"
    iam.create_user(UserName=name)
    iam.create_group(GroupName=name)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(TRUST))
    iam.create_policy(PolicyName=name, PolicyDocument=document(allow("codepipeline:ListPipelines")))
    return name
