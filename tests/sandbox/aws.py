"""Clients of the account and policies for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.account import Account

TRUST = {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}


def client_of(account: Account, service: str, **settings: str) -> Any:  # noqa: ANN401 - any service's
    """A boto3 client without retries; the administrator's unless `settings` has other credentials."""
    mine = {
        "aws_access_key_id": account.admin_access_key_id,
        "aws_secret_access_key": account.admin_secret_access_key,
        "region_name": account.region,
        "endpoint_url": account.endpoint,
    }
    create: Callable[..., Any] = boto3.client
    return create(service, config=Config(retries={"total_max_attempts": 1}), **(mine | settings))


def document(*statements: dict[str, Any]) -> str:
    """A policy of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str, on: str | list[str] = "*", **more: object) -> dict[str, Any]:
    """An Allow statement."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


def deny(*actions: str, on: str | list[str] = "*", **more: object) -> dict[str, Any]:
    """A Deny statement."""
    return {**allow(*actions, on=on, **more), "Effect": "Deny"}


def refusal(call: Callable[..., object], **parameters: object) -> str:
    """The error of a call as "CODE: MESSAGE", or "" if it succeeds."""
    try:
        call(**parameters)
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    return ""


def make_pipeline(account: Account, name: str) -> None:
    """A pipeline of two stages, Source and Build."""
    roles = client_of(account, "iam")
    if refusal(roles.get_role, RoleName="runs-pipelines"):
        roles.create_role(RoleName="runs-pipelines", AssumeRolePolicyDocument=document(TRUST))
    client_of(account, "codepipeline").create_pipeline(pipeline=pipeline(account, name))


def pipeline(account: Account, name: str) -> dict[str, object]:
    """A pipeline as CreatePipeline takes it."""
    stages = [_stage("Source", "Source", "S3"), _stage("Build", "Build", "CodeBuild")]
    role = f"arn:aws:iam::{account.account_id}:role/runs-pipelines"
    return {"name": name, "roleArn": role, "artifactStore": {"type": "S3", "location": "bucket"}, "stages": stages}


def _stage(name: str, category: str, provider: str) -> dict[str, object]:
    kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": name, "actions": [{"name": name, "actionTypeId": kind}]}
