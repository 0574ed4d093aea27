"""A simulated account to audit, and who asks it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.sandbox.aws import allow, client_of, deny, document, make_pipeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from sandbox.account import Account

PROJECT = Path(__file__).parents[2]
GROUP = "helprr-backend-developer-group"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"


@dataclass(frozen=True)
class Live:
    """An account with a team, a pipeline, and a role with the policy in deploy/."""

    account: Account

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes its types
        return client_of(self.account, service)

    def fill(self) -> None:
        """jin is of the team and has a boundary; ann may start the pipeline, whose role can."""
        iam = self.client("iam")
        make_pipeline(self.account, "web")
        iam.put_role_policy(
            RoleName="runs-pipelines", PolicyName="deploy", PolicyDocument=document(allow("codepipeline:*"))
        )
        iam.create_group(GroupName=GROUP)
        iam.put_group_policy(
            GroupName=GROUP, PolicyName="deny-pipeline-changes", PolicyDocument=document(deny("codepipeline:*Pipeline"))
        )
        iam.create_policy(PolicyName="boundary", PolicyDocument=document(allow("*")))
        iam.create_user(UserName="jin", PermissionsBoundary=BOUNDARY)
        iam.create_login_profile(UserName="jin", Password="Xy12345!abcd", PasswordResetRequired=True)
        iam.create_access_key(UserName="jin")
        iam.add_user_to_group(UserName="jin", GroupName=GROUP)
        iam.create_user(UserName="ann")
        iam.put_user_policy(
            UserName="ann", PolicyName="start", PolicyDocument=document(allow("codepipeline:StartPipelineExecution"))
        )
        trust = {"Effect": "Allow", "Principal": {"AWS": self.account.account_id}, "Action": "sts:AssumeRole"}
        iam.create_role(RoleName="audit", AssumeRolePolicyDocument=document(trust))

    def session(self) -> dict[str, str]:
        """Credentials of the auditing role, for the environment."""
        arn = f"arn:aws:iam::{self.account.account_id}:role/audit"
        made = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="auditor")["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
            "AWS_SESSION_TOKEN": made["SessionToken"],
        }

    def allow(self, actions: Sequence[str]) -> None:
        """Let the auditing role do this, and nothing else."""
        self.client("iam").put_role_policy(
            RoleName="audit", PolicyName="audit", PolicyDocument=document(allow(*actions))
        )


def use(account: Account, monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    """Let whatever runs in this process ask `account`; the administrator's credentials unless others are given."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    given = {
        "AWS_ENDPOINT_URL": account.endpoint,
        "AWS_ACCESS_KEY_ID": account.admin_access_key_id,
        "AWS_SECRET_ACCESS_KEY": account.admin_secret_access_key,
        "AWS_DEFAULT_REGION": account.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    } | variables
    for name, value in given.items():
        if value:
            monkeypatch.setenv(name, value)
        else:
            monkeypatch.delenv(name, raising=False)


def audit_actions() -> list[str]:
    """What deploy/audit.json allows."""
    statements = json.loads((PROJECT / "deploy/audit.json").read_text())["Statement"]
    return [action for one in statements for action in one["Action"]]
