"""Look-ups: the functions of the `aws` plugin that programs call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.provider._aws import doing
from sandbox.provider._resource_type import PluginError

if TYPE_CHECKING:
    from sandbox.provider._aws import Aws
    from sandbox.provider._wire import Properties


def _caller_identity(aws: Aws, arguments: Properties) -> Properties:
    with doing("reading STS Caller Identity"):
        caller = aws.sts.get_caller_identity()
    return {"id": caller["Account"], "accountId": caller["Account"], "arn": caller["Arn"], "userId": caller["UserId"]}


def _partition(aws: Aws, arguments: Properties) -> Properties:
    suffix = {"aws-cn": "amazonaws.com.cn"}.get(aws.partition, "amazonaws.com")
    return {
        "id": aws.partition,
        "partition": aws.partition,
        "dnsSuffix": suffix,
        "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
    }


def _region(aws: Aws, arguments: Properties) -> Properties:
    return {
        "id": aws.region,
        "name": aws.region,
        "region": aws.region,
        "description": aws.region,
        "endpoint": f"ec2.{aws.region}.amazonaws.com",
    }


def _account_alias(aws: Aws, arguments: Properties) -> Properties:
    with doing("reading IAM Account Alias"):
        aliases = aws.iam.list_account_aliases()["AccountAliases"]
    if not aliases:
        raise PluginError("reading IAM Account Alias: empty result")
    return {"id": aliases[0], "accountAlias": aliases[0]}


def _user(aws: Aws, arguments: Properties) -> Properties:
    with doing(f"reading IAM User ({arguments['userName']})"):
        user = aws.iam.get_user(UserName=str(arguments["userName"]))["User"]
    return {
        "id": user["UserId"],
        "userId": user["UserId"],
        "userName": user["UserName"],
        "arn": user["Arn"],
        "path": user["Path"],
        "permissionsBoundary": user.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
        "tags": {t["Key"]: t["Value"] for t in user.get("Tags", [])},
    }


def _users(aws: Aws, arguments: Properties) -> Properties:
    with doing("reading IAM Users"):
        pages = aws.iam.get_paginator("list_users").paginate(PathPrefix=str(arguments.get("pathPrefix") or "/"))
        users = [user for page in pages for user in page["Users"]]
    return {
        "id": aws.region,
        "names": [user["UserName"] for user in users],
        "arns": [user["Arn"] for user in users],
    }


FUNCTIONS = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getRegion:getRegion": _region,
    "aws:iam/getAccountAlias:getAccountAlias": _account_alias,
    "aws:iam/getUser:getUser": _user,
    "aws:iam/getUsers:getUsers": _users,
}
