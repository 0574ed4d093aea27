"""A provider's configuration and the look-ups of the aws plugin."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import grpc
import pytest

from sandbox.provider import stand_in_plugins
from tests.sandbox.plugin_client import Diff, PluginClient, Refused
from tests.sandbox.resource_types import (
    ATTACHMENT,
    GROUP,
    USER,
)

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient

    from sandbox.account import Account


def test_the_providers_tags_are_on_everything_and_a_change_of_them_is_a_difference(
    plugin: PluginClient, iam: IAMClient
) -> None:
    plugin.configure(defaultTags=json.dumps({"tags": {"by": "pulumi", "team": "a"}}))
    inputs = {"name": "jin", "tags": {"team": "b"}}
    resource_id, state = plugin.create(USER, inputs)
    assert (state["tags"], state["tagsAll"]) == ({"team": "b"}, {"by": "pulumi", "team": "b"})
    assert {t["Key"]: t["Value"] for t in iam.list_user_tags(UserName="jin")["Tags"]} == {"by": "pulumi", "team": "b"}
    plugin.configure(defaultTags=json.dumps({"tags": {"by": "us"}}))
    assert plugin.diff(USER, state, inputs) == Diff(["tagsAll"])
    plugin.update(USER, resource_id, state, inputs)
    assert {t["Key"]: t["Value"] for t in iam.list_user_tags(UserName="jin")["Tags"]} == {"by": "us", "team": "b"}


def test_the_plugins_reach_an_account_of_their_process_without_a_socket(account: Account, iam: IAMClient) -> None:
    unreachable = replace(account, endpoint="http://127.0.0.1:9")
    with stand_in_plugins(unreachable) as ports, grpc.insecure_channel(f"127.0.0.1:{ports['aws']}") as channel:
        PluginClient(channel).create(USER, {"name": "jin"})
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["jin"]


def test_an_account_that_is_not_allowed_is_refused(plugin: PluginClient) -> None:
    plugin.configure(allowedAccountIds='["123456789012"]')
    with pytest.raises(Refused, match="AWS account ID not allowed: 123456789012"):
        plugin.configure(allowedAccountIds='["210987654321"]')


@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [
        ("eu-central-1", "aws", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
    ],
)
def test_the_region_decides_the_partition(plugin: PluginClient, region: str, partition: str, suffix: str) -> None:
    plugin.configure(region=region)
    found = plugin.invoke("aws:index/getPartition:getPartition")
    assert (found["partition"], found["dnsSuffix"]) == (partition, suffix)
    assert plugin.invoke("aws:index/getRegion:getRegion")["region"] == region
    assert plugin.create(GROUP, {"name": "devs"})[1]["arn"] == f"arn:{partition}:iam::123456789012:group/devs"
    managed = f"arn:{partition}:iam::aws:policy/IAMUserChangePassword"
    assert plugin.create(ATTACHMENT, {"group": "devs", "policyArn": managed})[0]
    assert plugin.invoke("aws:index/getCallerIdentity:getCallerIdentity")["arn"].startswith(f"arn:{partition}:iam::")


def test_two_providers_of_one_program_keep_their_own_settings(account: Account) -> None:
    with stand_in_plugins(account) as ports:
        target = f"127.0.0.1:{ports['aws']}"
        options = [("grpc.use_local_subchannel_pool", 1)]  # as the engine: a connection for each
        with grpc.insecure_channel(target, options) as one, grpc.insecure_channel(target, options) as other:
            here, there = PluginClient(one), PluginClient(other)
            here.configure(region="us-east-1")
            there.configure(region="cn-north-1")
            regions = [client.invoke("aws:index/getRegion:getRegion")["region"] for client in (here, there)]
    assert regions == ["us-east-1", "cn-north-1"]


def test_the_alias_of_an_account_without_one_is_an_error(plugin: PluginClient, iam: IAMClient) -> None:
    with pytest.raises(Refused, match=r"^reading IAM Account Alias: empty result$"):
        plugin.invoke("aws:iam/getAccountAlias:getAccountAlias")
    iam.create_account_alias(AccountAlias="helprr")
    assert plugin.invoke("aws:iam/getAccountAlias:getAccountAlias")["accountAlias"] == "helprr"


def test_users_are_looked_up(plugin: PluginClient, existing: str, iam: IAMClient) -> None:
    iam.create_user(UserName="jin", Path="/teams/")
    found = plugin.invoke("aws:iam/getUsers:getUsers")
    assert (found["names"], found["arns"][1]) == ([existing, "jin"], "arn:aws:iam::123456789012:user/teams/jin")
    assert plugin.invoke("aws:iam/getUsers:getUsers", pathPrefix="/teams/", nameRegex="^j")["names"] == ["jin"]


def test_a_policy_is_looked_up_by_its_arn(plugin: PluginClient, iam: IAMClient) -> None:
    document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"a:B","Resource":"*"}]}'
    arn = iam.create_policy(PolicyName="look", Path="/a/", PolicyDocument=document)["Policy"]["Arn"]
    found = plugin.invoke("aws:iam/getPolicy:getPolicy", arn=arn)
    assert (found["name"], found["path"], found["policy"]) == ("look", "/a/", document)
    with pytest.raises(Refused, match=r"^reading IAM policy \(ARN: .*policy/b/look\): couldn't find resource$"):
        plugin.invoke("aws:iam/getPolicy:getPolicy", arn=arn.replace("/a/", "/b/"))
    with pytest.raises(Refused, match="by their arn only"):
        plugin.invoke("aws:iam/getPolicy:getPolicy", name="look")


def test_a_policy_document_is_put_together(plugin: PluginClient) -> None:
    condition = {"test": "Bool", "variable": "aws:MultiFactorAuthPresent", "values": ["true"]}
    statement = {"sid": "Look", "actions": ["a:B", "a:C"], "resources": ["*"], "conditions": [condition]}
    found = plugin.invoke("aws:iam/getPolicyDocument:getPolicyDocument", statements=[statement])
    assert json.loads(found["json"]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Look",
                "Effect": "Allow",
                "Action": ["a:C", "a:B"],
                "Resource": "*",
                "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
            }
        ],
    }
    assert found["id"] == str(zlib.crc32(found["minifiedJson"].encode()))  # the same in every process


def test_an_unknown_function_is_named_in_the_error(plugin: PluginClient) -> None:
    with pytest.raises(Refused, match=r"no function aws:ec2/getVpc:getVpc\. It has these:\n  aws:iam/"):
        plugin.invoke("aws:ec2/getVpc:getVpc")
