"""Asking an account: one paginated answer of IAM, and what completes it. Reads only.

The extras are kept in the answer itself under "Audit", so that a saved answer says all that the account said.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
)
from botocore.handlers import json_decode_policies
from botocore.parsers import ResponseParserError

from audit.account import LISTS
from audit.saved_answer import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PAGE = 1_000  # entries; the most that IAM takes
CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 8}, connect_timeout=10, read_timeout=60)
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized", "403"})
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
_UNKNOWN_KEYS = frozenset(
    {"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "SignatureDoesNotMatch"}
)
_THROTTLED = frozenset(
    {"Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"}
)

Answer = dict[str, Any]


class Refused(NoAnswer):
    """AWS refuses the call; with its error code."""

    def __init__(self, text: str, code: str) -> None:
        super().__init__(text)
        self.code = code


@contextmanager
def asking(call: str) -> Iterator[None]:
    """Turn whatever goes wrong in `call` ("iam:GetUser") into a sentence.

    Raises:
        Refused: by AWS.
        NoAnswer: there is no answer at all.
    """
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        raise Refused(_refused(call, code, error), code) from None
    except ResponseParserError:
        raise NoAnswer(f"The answer to {call} was cut off or is not AWS's: run again.") from None
    except (EndpointConnectionError, HTTPClientError) as error:
        raise NoAnswer(f"AWS cannot be reached for {call}: {_line(error)}") from None
    except (NoCredentialsError, PartialCredentialsError):
        raise NoAnswer(
            "There are no AWS credentials: sign in (aws sso login), name a --profile, or audit a saved answer (--from)."
        ) from None
    except (BotoCoreError, ValueError) as error:  # botocore raises the latter for an endpoint that is none
        raise NoAnswer(f"{call} failed: {_line(error)}") from None


def _refused(call: str, code: str, error: ClientError) -> str:
    if code in _DENIED:
        return f"You may not call {call} (deploy/audit.json allows all that the audit calls)."
    if code in _EXPIRED:
        return "The AWS session has expired: sign in again."
    if code in _UNKNOWN_KEYS:
        return "AWS does not know these credentials: check the profile or the environment."
    if code in _THROTTLED:
        return f"AWS throttled {call} again and again: wait a while, then run again."
    return f"{call} failed: {_line(error)}"


def _line(error: object) -> str:
    return " ".join(str(error).split())


class Aws:
    """The account behind a profile or the environment."""

    def __init__(self, profile: str | None, region: str | None) -> None:
        with asking("the session"):
            try:
                self.session = boto3.Session(profile_name=profile, region_name=region)
            except ProfileNotFound as error:
                raise NoAnswer(f"{_line(error)}: check --profile, AWS_PROFILE and ~/.aws/config.") from None
        self.region = self.session.region_name or "us-east-1"
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes its types
        """A boto3 client."""
        if service not in self._clients:
            with asking(service):
                made = self.session.client(service, region_name=self.region, config=CONFIG)  # type: ignore[call-overload]  # any service
            if service == "iam":
                # The documents as AWS stores them: what boto3 makes of them has lost names that occur twice.
                made.meta.events.unregister("after-call.iam", json_decode_policies)
            self._clients[service] = made
        return self._clients[service]

    def ask(self, service: str, operation: str, **parameters: object) -> Answer:
        """Call once, such as ("iam", "GetUser", UserName="jin")."""
        client = self.client(service)
        with asking(f"{service}:{operation}"):
            found: Answer = getattr(client, xform_name(operation))(**parameters)
        return found

    def pages(self, service: str, operation: str, token: tuple[str, str], **parameters: object) -> Iterator[Answer]:
        """All pages of an answer.

        Args:
            service: such as "iam".
            operation: such as "GetAccountAuthorizationDetails".
            token: how the next page is named in the answer, and in the question.
            parameters: the operation's own.

        Raises:
            NoAnswer: as `asking`; or it says that there is more, and not where.
        """
        found_as, asked_as = token
        seen: set[str] = set()
        while True:
            page = self.ask(service, operation, **parameters)
            yield page
            following = page.get(found_as)
            if not (following if found_as != "Marker" else page.get("IsTruncated")):
                return
            if not following or following in seen:
                raise NoAnswer(f"The answer to {service}:{operation} is cut in the middle: run again.")
            seen.add(following)
            parameters[asked_as] = following


MARKER = ("Marker", "Marker")
NEXT_TOKEN = ("NextToken", "NextToken")


def read_account(aws: Aws, groups: Sequence[str], progress: Callable[[str], None]) -> Answer:
    """Ask for everything that IAM knows, and for what completes it.

    Args:
        aws: whom to ask.
        groups: whose members are to be looked at.
        progress: told how far it is.

    Raises:
        NoAnswer: there is none, or it is not whole.
    """
    caller = aws.ask("sts", "GetCallerIdentity")
    answer: Answer = {name: [] for name in LISTS}
    for page in aws.pages("iam", "GetAccountAuthorizationDetails", MARKER, MaxItems=PAGE):
        for name in LISTS:
            answer[name] += page.get(name, [])
        progress(", ".join(f"{len(answer[name])} {what}" for name, what in _COUNTED.items()))
    answer["IsTruncated"] = False
    notes: list[str] = []
    _add_boundaries(aws, answer, notes)
    for holder in _holders(answer):
        for name in ("PolicyDocument", "Document", "AssumeRolePolicyDocument"):
            if isinstance(holder.get(name), str):
                holder[name] = unquote(holder[name])
    answer["Audit"] = {
        "Account": caller["Account"],
        "At": datetime.now(timezone.utc),
        "AskedBy": caller["Arn"],
        "Region": aws.region,
        "Organization": _organization(aws, caller["Account"], notes),
        "Pipelines": _pipelines(aws, notes, progress),
        "Groups": list(groups),
        "People": _people(aws, answer, groups, notes, progress),
        "Notes": notes,
    }
    return answer


_COUNTED = {
    "UserDetailList": "users",
    "GroupDetailList": "groups",
    "RoleDetailList": "roles",
    "Policies": "managed policies",
}


def _holders(answer: Answer) -> Iterator[Answer]:
    """Everything in an answer that carries a document."""
    for name in LISTS:
        for entry in answer[name]:
            yield entry
            for inner in ("UserPolicyList", "GroupPolicyList", "RolePolicyList", "PolicyVersionList"):
                yield from entry.get(inner, ())


def _add_boundaries(aws: Aws, answer: Answer, notes: list[str]) -> None:
    """Add the policies that are only somebody's boundary: the answer leaves them out."""
    known = {policy["Arn"] for policy in answer["Policies"]}
    bounded = (entry.get("PermissionsBoundary") for name in LISTS for entry in answer[name])
    for arn in dict.fromkeys(one["PermissionsBoundaryArn"] for one in bounded if one):
        if arn in known:
            continue
        try:
            policy = aws.ask("iam", "GetPolicy", PolicyArn=arn)["Policy"]
            version = aws.ask("iam", "GetPolicyVersion", PolicyArn=arn, VersionId=policy["DefaultVersionId"])
        except NoAnswer as reason:
            notes.append(f"The permissions boundary {arn} could not be read. {reason}")
            continue
        answer["Policies"].append({**policy, "PolicyVersionList": [version["PolicyVersion"]]})


def _organization(aws: Aws, account: str, notes: list[str]) -> Answer:
    """Whether there is an organization, and its service control policies: a list for each level up to the root."""
    try:
        organization = aws.ask("organizations", "DescribeOrganization")["Organization"]
    except NoAnswer as reason:
        if isinstance(reason, Refused) and reason.code == "AWSOrganizationsNotInUseException":
            return {"State": "none"}
        notes.append(f"Whether the account is in an organization could not be read. {reason}")
        return {"State": "unread"}
    if organization["MasterAccountId"] == account:
        return {"State": "management"}  # no service control policy binds this account
    try:
        return {"State": "read", "Levels": [level for level in _levels(aws, account) if level]}
    except NoAnswer as reason:
        notes.append(f"The service control policies of the organization could not be read. {reason}")
        return {"State": "unread"}


def _levels(aws: Aws, account: str) -> Iterator[list[str]]:
    """The documents attached to the account, to each unit above it, and to the root."""
    target = account
    while True:
        attached = aws.pages(
            "organizations", "ListPoliciesForTarget", NEXT_TOKEN, TargetId=target, Filter="SERVICE_CONTROL_POLICY"
        )
        yield [
            aws.ask("organizations", "DescribePolicy", PolicyId=policy["Id"])["Policy"]["Content"]
            for page in attached
            for policy in page["Policies"]
        ]
        if target.startswith("r-"):
            return
        target = aws.ask("organizations", "ListParents", ChildId=target)["Parents"][0]["Id"]


def _pipelines(aws: Aws, notes: list[str], progress: Callable[[str], None]) -> list[Answer] | None:
    """The pipelines of one region with the roles that they run with; None if they could not be read."""
    try:
        names = [
            pipeline["name"]
            for page in aws.pages("codepipeline", "ListPipelines", ("nextToken", "nextToken"))
            for pipeline in page["pipelines"]
        ]
        found = []
        for number, name in enumerate(names, 1):
            described = aws.ask("codepipeline", "GetPipeline", name=name)
            found.append({"Name": name, "Role": described["pipeline"]["roleArn"]})
            progress(f"{number} of {len(names)} pipelines")
    except NoAnswer as reason:
        notes.append(f"The pipelines of {aws.region} could not be read. {reason}")
        return None
    return found


def _people(
    aws: Aws, answer: Answer, groups: Sequence[str], notes: list[str], progress: Callable[[str], None]
) -> dict[str, Answer]:
    """How the members of groups sign in, by user name."""
    asked = {group.lower() for group in groups}
    names = [
        user["UserName"]
        for user in answer["UserDetailList"]
        if asked & {group.lower() for group in user.get("GroupList", ())}
    ]
    found = {}
    for number, name in enumerate(names, 1):
        try:
            found[name] = _person(aws, name)
        except NoAnswer as reason:
            notes.append(f"How {name} signs in could not be read. {reason}")
        progress(f"{number} of {len(names)} members")
    return found


def _person(aws: Aws, name: str) -> Answer:
    keys = [
        key for page in aws.pages("iam", "ListAccessKeys", MARKER, UserName=name) for key in page["AccessKeyMetadata"]
    ]
    devices = [
        device for page in aws.pages("iam", "ListMFADevices", MARKER, UserName=name) for device in page["MFADevices"]
    ]
    try:
        profile = aws.ask("iam", "GetLoginProfile", UserName=name)["LoginProfile"]
    except Refused as reason:
        if reason.code != "NoSuchEntity":
            raise
        profile = None
    return {
        "Mfa": bool(devices),
        "PasswordLastUsed": aws.ask("iam", "GetUser", UserName=name)["User"].get("PasswordLastUsed"),
        "Invited": profile["CreateDate"] if profile else None,
        "AccessKeys": [
            {
                "Id": key["AccessKeyId"],
                "Active": key["Status"] == "Active",
                "Made": key["CreateDate"],
                "LastUsed": aws.ask("iam", "GetAccessKeyLastUsed", AccessKeyId=key["AccessKeyId"])[
                    "AccessKeyLastUsed"
                ].get("LastUsedDate"),
            }
            for key in keys
        ],
    }
