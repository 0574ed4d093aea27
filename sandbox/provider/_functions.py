"""Look-ups: the functions of the `aws` plugin that programs call."""

from __future__ import annotations

import json
import re
import zlib
from typing import TYPE_CHECKING, Any

from sandbox.provider._aws import GONE, CallFailed, doing
from sandbox.provider._errors import RequestFailed
from sandbox.provider._resource_type import listed

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.provider._aws import Aws
    from sandbox.provider._wire import Properties


def _caller_identity(aws: Aws, arguments: Properties) -> Properties:
    with doing("reading STS Caller Identity"):
        caller = aws.call("sts", "GetCallerIdentity")
    return {"id": caller["Account"], "accountId": caller["Account"], "arn": caller["Arn"], "userId": caller["UserId"]}


def _partition(aws: Aws, arguments: Properties) -> Properties:
    suffix = "amazonaws.com.cn" if aws.partition == "aws-cn" else "amazonaws.com"
    reverse = ".".join(reversed(suffix.split(".")))
    return {"id": aws.partition, "partition": aws.partition, "dnsSuffix": suffix, "reverseDnsPrefix": reverse}


def _region(aws: Aws, arguments: Properties) -> Properties:
    name = arguments.get("region") or arguments.get("name") or aws.region
    endpoint = f"ec2.{name}.amazonaws.com{'.cn' if aws.partition == 'aws-cn' else ''}"
    return {"id": name, "name": name, "region": name, "description": name, "endpoint": endpoint}


def _account_alias(aws: Aws, arguments: Properties) -> Properties:
    with doing("reading IAM Account Alias"):
        aliases = aws.iam("ListAccountAliases")["AccountAliases"]
    if not aliases:
        raise RequestFailed("reading IAM Account Alias: empty result")
    return {"id": aliases[0], "accountAlias": aliases[0]}


def _policy(aws: Aws, arguments: Properties) -> Properties:
    if not arguments.get("arn"):
        raise RequestFailed("Unlike AWS's plugin, this stand-in looks up policies by their arn only.")
    search = f"ARN: {arguments['arn']}"
    try:
        policy = aws.iam("GetPolicy", PolicyArn=arguments["arn"])["Policy"]
    except CallFailed as error:
        said = "couldn't find resource" if error.code in GONE else error
        raise CallFailed(error.code, f"reading IAM policy ({search}): {said}") from error
    with doing(f"reading IAM Policy ({search}) version"):
        version = aws.iam("GetPolicyVersion", PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
    return {
        "id": policy["Arn"],
        "arn": policy["Arn"],
        "attachmentCount": policy["AttachmentCount"],
        "description": policy.get("Description", ""),
        "name": policy["PolicyName"],
        "path": policy["Path"],
        "policy": json.dumps(version["PolicyVersion"]["Document"], separators=(",", ":")),
        "policyId": policy["PolicyId"],
        "tags": {tag["Key"]: tag["Value"] for tag in policy.get("Tags", [])},
    }


def _users(aws: Aws, arguments: Properties) -> Properties:
    with doing("reading IAM users"):
        users = aws.iam_all("ListUsers", "Users", PathPrefix=arguments.get("pathPrefix"))
    pattern = arguments.get("nameRegex")
    found = [user for user in users if not pattern or re.search(pattern, user["UserName"])]
    names, arns = [user["UserName"] for user in found], [user["Arn"] for user in found]
    return {"id": aws.region, "names": names, "arns": arns, **arguments}


def _policy_document(aws: Aws, arguments: Properties) -> Properties:
    """Built locally: AWS is not called."""
    written = [_statement(statement) for statement in arguments.get("statements") or []]
    sources = _statements(arguments.get("sourcePolicyDocuments"))
    overrides = _statements(arguments.get("overridePolicyDocuments"))
    statements: list[dict[str, Any]] = []
    for statement in (*sources, *written, *overrides):
        sid = statement.get("Sid")
        statements = [other for other in statements if not sid or other.get("Sid") != sid] + [statement]
    document = {"Version": arguments.get("version") or "2012-10-17", "Id": arguments.get("policyId")}
    document = {key: value for key, value in document.items() if value} | {"Statement": statements}
    compact = json.dumps(document, separators=(",", ":"))
    return {"id": str(zlib.crc32(compact.encode())), "json": json.dumps(document, indent=2), "minifiedJson": compact}


def _statements(documents: list[str] | None) -> list[dict[str, Any]]:
    found = [json.loads(document).get("Statement", []) for document in documents or []]
    return [one for statement in found for one in (statement if isinstance(statement, list) else [statement])]


def _statement(written: Properties) -> dict[str, Any]:
    statement: dict[str, Any] = {"Sid": written.get("sid"), "Effect": written.get("effect") or "Allow"}
    for ours, theirs in (
        ("actions", "Action"),
        ("notActions", "NotAction"),
        ("resources", "Resource"),
        ("notResources", "NotResource"),
    ):
        values = sorted(listed(written.get(ours)), reverse=True)  # the genuine plugin's order
        statement[theirs] = values[0] if len(values) == 1 else values
    for ours, theirs in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        principals = {
            one["type"]: one["identifiers"][0] if len(one["identifiers"]) == 1 else one["identifiers"]
            for one in written.get(ours) or []
        }
        statement[theirs] = "*" if principals == {"*": "*"} else principals
    condition: dict[str, dict[str, Any]] = {}
    for one in written.get("conditions") or []:
        values = one["values"]
        condition.setdefault(one["test"], {})[one["variable"]] = values[0] if len(values) == 1 else values
    statement["Condition"] = condition
    return {key: value for key, value in statement.items() if value}


FUNCTIONS: dict[str, Callable[[Aws, Properties], Properties]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getRegion:getRegion": _region,
    "aws:iam/getAccountAlias:getAccountAlias": _account_alias,
    "aws:iam/getPolicy:getPolicy": _policy,
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
    "aws:iam/getUsers:getUsers": _users,
}
