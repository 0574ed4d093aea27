"""The deploying role: made in the account from the files in deploy/, and taken on."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.provider import stand_in_plugins

if TYPE_CHECKING:
    from collections.abc import Iterator
    from subprocess import CompletedProcess

    from walkthrough import Workbench

Document = dict[str, Any]

DEPLOY = Path(__file__).parents[2] / "deploy"
ACCOUNT = "123456789012"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundaries/developer"
FILLED = {
    "partition": "aws",
    "account": ACCOUNT,
    "team": "helprr-backend",
    "path": "/teams/helprr/",
    "boundary": BOUNDARY,
}


def filled(file: str, **values: str) -> Document:
    """A template of deploy/ with its places filled in."""
    text = (DEPLOY / f"{file}.json").read_text()
    for name, value in (FILLED | values).items():
        text = text.replace(f"{{{name}}}", value)
    document: Document = json.loads(text)
    return document


@dataclass(frozen=True)
class Role:
    """A role that was taken on: commands and calls made with its credentials."""

    bench: Workbench
    arn: str
    variables: dict[str, str]

    def run(self, *command: str) -> CompletedProcess[str]:
        return self.bench.run(*command, **self.variables)

    @property
    def keys(self) -> tuple[str, str]:
        return self.variables["AWS_ACCESS_KEY_ID"], self.variables["AWS_SECRET_ACCESS_KEY"]


def make_boundary(bench: Workbench) -> None:
    """Make the boundary as an administrator does."""
    path, _, name = BOUNDARY.partition("policy")[2].rpartition("/")
    document = json.dumps(filled("boundary"))
    bench.client("iam").create_policy(PolicyName=name, Path=f"{path}/", PolicyDocument=document)


@contextmanager
def assumed_role(bench: Workbench, documents: dict[str, Document], name: str = "deploy") -> Iterator[Role]:
    """Make a role with inline policies by their names, and take it on; the plugins have its credentials too."""
    iam, sts, account = bench.client("iam"), bench.client("sts"), bench.sandbox.account
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    trusted = json.dumps({"Version": "2012-10-17", "Statement": trust})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusted)["Role"]["Arn"]
    for file, document in documents.items():
        iam.put_role_policy(RoleName=name, PolicyName=file, PolicyDocument=json.dumps(document))
    credentials = sts.assume_role(RoleArn=arn, RoleSessionName=name)["Credentials"]
    key_id, secret = credentials["AccessKeyId"], credentials["SecretAccessKey"]
    as_role = replace(account, admin_access_key_id=key_id, admin_secret_access_key=secret)
    with stand_in_plugins(as_role) as ports:
        yield Role(
            bench,
            arn,
            {
                "AWS_ACCESS_KEY_ID": key_id,
                "AWS_SECRET_ACCESS_KEY": secret,
                "AWS_SESSION_TOKEN": credentials["SessionToken"],
                "PULUMI_DEBUG_PROVIDERS": ",".join(f"{name}:{port}" for name, port in ports.items()),
            },
        )
