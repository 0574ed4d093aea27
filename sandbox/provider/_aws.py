"""The plugin's access to the account: settings, calls, and errors in the genuine plugin's words."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from sandbox.provider._errors import RequestFailed
from sandbox.provider._in_process import in_process

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sandbox.account import Account

GONE = ("NoSuchEntity", "PipelineNotFoundException")  # the codes for what is not there
_ATTEMPTS = 5  # Unlike AWS's plugin, which tries 25 times: nobody waits for minutes here
_MODELED = frozenset(  # errors that the SDK for Go knows by name; it prints the others as "api error CODE"
    {
        "ConcurrentModification",
        "DeleteConflict",
        "EntityAlreadyExists",
        "EntityTemporarilyUnmodifiable",
        "InvalidInput",
        "InvalidUserType",
        "LimitExceeded",
        "MalformedPolicyDocument",
        "NoSuchEntity",
        "PasswordPolicyViolation",
        "PolicyNotAttachable",
        "ServiceFailure",
        "UnmodifiableEntity",
    }
)


class CallFailed(RequestFailed):
    """A call that failed after all retries; `code` is AWS's, or empty if no answer came."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class Aws:
    """One configured provider."""

    account: Account
    region: str
    default_tags: Mapping[str, str] = field(default_factory=dict)

    def iam(self, operation: str, **parameters: object) -> dict[str, Any]:
        """Call IAM: `aws.iam("GetUser", UserName="jin")`.

        Raises:
            CallFailed: AWS refused, or did not answer after several attempts.
        """
        return self.call("iam", operation, **parameters)

    def call(self, service: str, operation: str, **parameters: object) -> dict[str, Any]:
        """Call a service; parameters that are `None` are left out. Raises as `iam`."""
        given = {name: value for name, value in parameters.items() if value is not None}
        try:
            return cast("dict[str, Any]", getattr(self._client(service), xform_name(operation))(**given))
        except ClientError as error:
            raise CallFailed(error.response["Error"].get("Code", ""), _refusal(service, operation, error)) from error
        except ParamValidationError as error:
            text = f"operation error {_SERVICES[service]}: {operation}, 1 validation error(s) found.\n{error}"
            raise CallFailed("", text) from error
        except BotoCoreError as error:
            text = (
                f"operation error {_SERVICES[service]}: {operation}, exceeded maximum number of attempts, {_ATTEMPTS}, "
                f"https response error StatusCode: 0, RequestID: , request send failed, {error}"
            )
            raise CallFailed("", text) from error

    def iam_all(self, operation: str, key: str, **parameters: object) -> list[Any]:
        """All items of a listing, from every page. Raises as `iam`."""
        items: list[Any] = []
        marker = None
        while True:
            page = self.iam(operation, Marker=marker, **parameters)
            items += page[key]
            marker = page.get("Marker")
            if not page.get("IsTruncated") or not marker:
                return items

    @property
    def partition(self) -> str:
        """The partition of the region, as ARNs name it: "aws", "aws-cn", "aws-us-gov"."""
        return _session().get_partition_for_region(self.region)

    def all_tags(self, tags: Mapping[str, str] | None) -> dict[str, str]:
        """The provider's default tags, overridden by the resource's own."""
        return {**self.default_tags, **(tags or {})}

    @cached_property
    def _clients(self) -> dict[str, Any]:
        return {}

    def _client(self, service: str) -> Any:  # noqa: ANN401 - any service's
        with _MAKING_CLIENTS:
            if service not in self._clients:
                client = self._clients[service] = _session().client(  # type: ignore[call-overload]  # any service's name
                    service,
                    endpoint_url=self.account.endpoint,
                    region_name=self.region,
                    aws_access_key_id=self.account.admin_access_key_id,
                    aws_secret_access_key=self.account.admin_secret_access_key,
                    config=Config(
                        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS}, max_pool_connections=50
                    ),
                )
                client.meta.events.register("before-send", in_process(self.account.application))
            return self._clients[service]


@cache
def _session() -> boto3.Session:
    return boto3.Session()


_MAKING_CLIENTS = threading.Lock()  # clients may be shared by threads, a session may not


def configured(account: Account, arguments: Mapping[str, object]) -> Aws:
    """The provider that config under `aws:` describes.

    Raises:
        RequestFailed: `allowedAccountIds` does not name this account, or `forbiddenAccountIds` does.
    """
    allowed, forbidden = _parsed(arguments.get("allowedAccountIds")), _parsed(arguments.get("forbiddenAccountIds"))
    for name, value in (("allowed", allowed), ("forbidden", forbidden)):
        if value is not None and not isinstance(value, list):
            raise RequestFailed(f"{name}_account_ids: expected a list, got {type(value).__name__}")
    if (allowed and account.account_id not in map(str, allowed)) or account.account_id in map(str, forbidden or []):
        raise RequestFailed(f"AWS account ID not allowed: {account.account_id}")
    tags = _parsed(arguments.get("defaultTags")) or {}
    return Aws(account, str(arguments.get("region") or account.region), tags.get("tags", {}))


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Prefix a failure with what the plugin was doing: "creating IAM User (jin): operation error ..."."""
    try:
        yield
    except CallFailed as error:
        raise CallFailed(error.code, f"{what}: {error}") from error


@contextmanager
def gone_is_fine() -> Iterator[None]:
    """Accept that what is being removed no longer exists."""
    try:
        yield
    except CallFailed as error:
        if error.code not in GONE:
            raise


_SERVICES = {"iam": "IAM", "sts": "STS", "codepipeline": "CodePipeline"}


def _refusal(service: str, operation: str, error: ClientError) -> str:
    """The error as the AWS SDK for Go prints it."""
    metadata, refusal = error.response["ResponseMetadata"], error.response["Error"]
    attempts = metadata.get("RetryAttempts", 0) + 1
    exceeded = f"exceeded maximum number of attempts, {attempts}, " if attempts >= _ATTEMPTS else ""
    code = refusal.get("Code", "")
    return (
        f"operation error {_SERVICES[service]}: {operation}, {exceeded}https response error "
        f"StatusCode: {metadata.get('HTTPStatusCode', 0)}, RequestID: {metadata.get('RequestId', '')}, "
        f"{'' if code in _MODELED else 'api error '}{code}: {refusal.get('Message', '')}"
    )


def _parsed(value: object) -> Any:  # noqa: ANN401 - JSON
    """A provider's setting: anything but a string arrives as JSON text."""
    return json.loads(value) if isinstance(value, str) and value else value
