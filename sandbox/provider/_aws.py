"""The plugin's way to the account: its settings, its clients, and AWS's errors as the genuine plugin words them."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.provider._resource_type import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from types_boto3_iam import IAMClient
    from types_boto3_sts import STSClient

    from sandbox.account import Account

_ATTEMPTS = 5  # Unlike AWS's plugin, which tries 25 times: nobody waits for minutes here


@dataclass(frozen=True)
class Aws:
    """One configured provider."""

    account: Account
    region: str
    default_tags: Mapping[str, str] = field(default_factory=dict)
    allowed_account_ids: tuple[str, ...] = ()

    @cached_property
    def iam(self) -> IAMClient:
        """Identity and Access Management."""
        client: IAMClient = self._client("iam")
        return client

    @cached_property
    def sts(self) -> STSClient:
        """Security Token Service."""
        client: STSClient = self._client("sts")
        return client

    @property
    def partition(self) -> str:
        """The group of regions that ARNs start with."""
        from botocore.session import get_session

        return get_session().get_partition_for_region(self.region)

    def all_tags(self, tags: object) -> dict[str, str]:
        """A resource's own tags over the provider's."""
        return {**self.default_tags, **(tags if isinstance(tags, dict) else {})}

    def _client(self, service: str) -> Any:  # noqa: ANN401 - typed where it is used
        import boto3
        from botocore.config import Config

        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.account.endpoint,
            region_name=self.region,
            aws_access_key_id=self.account.admin_access_key_id,
            aws_secret_access_key=self.account.admin_secret_access_key,
            config=Config(retries={"mode": "standard", "max_attempts": _ATTEMPTS}, max_pool_connections=50),
        )


def configured(account: Account, arguments: Mapping[str, object]) -> Aws:
    """The provider that `aws:...` config describes; refuses an account that is not allowed."""
    allowed = _parsed(arguments.get("allowedAccountIds", []))
    if isinstance(allowed, list) and allowed and account.account_id not in allowed:
        raise PluginError(f"AWS account ID not allowed: {account.account_id}")
    tags = _parsed(arguments.get("defaultTags", {}))
    return Aws(
        account,
        region=str(arguments.get("region") or account.region),
        default_tags=tags.get("tags", {}) if isinstance(tags, dict) else {},
    )


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Words an error of AWS as the genuine plugin does: "creating IAM User (jin): operation error ...".

    Raises:
        PluginError: in place of what botocore raised.
    """
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise PluginError(f"{what}: {aws_error(error)}") from error


def aws_error(error: ClientError | BotoCoreError) -> str:
    """The error as the AWS SDK for Go prints it, which is what users of the genuine plugin see."""
    if not isinstance(error, ClientError):
        return f"request send failed, {error}"
    metadata = error.response["ResponseMetadata"]
    retries = metadata.get("RetryAttempts", 0)
    attempts = f"exceeded maximum number of attempts, {retries + 1}, " if retries + 1 >= _ATTEMPTS else ""
    return (
        f"operation error IAM: {error.operation_name}, {attempts}https response error "
        f"StatusCode: {metadata.get('HTTPStatusCode', 0)}, RequestID: {metadata.get('RequestId', '')}, "
        f"{error.response['Error'].get('Code', '')}: {error.response['Error'].get('Message', '')}"
    )


def is_code(error: ClientError, *codes: str) -> bool:
    """Whether AWS refused with one of these codes."""
    return error.response["Error"].get("Code") in codes


def _parsed(value: object) -> object:
    """Config of a provider: anything but a string comes as JSON text."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
