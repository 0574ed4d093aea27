"""Whether somebody is gone: nothing of theirs in the account, nor in any stack file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from team.stack_files import Refused
from team.stack_yaml import PEOPLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from team.stack_files import StackFile

ANY_REGION = "us-east-1"  # IAM has one address for all regions; a profile of another partition names its own


def in_account(name: str, profile: str | None) -> tuple[str, list[str]]:
    """The account's number, and what is left of somebody there.

    Args:
        name: the user name.
        profile: of the AWS configuration; the usual credentials without it.

    Raises:
        Refused: the account cannot be asked, so nothing is proven.
    """
    import boto3  # noqa: PLC0415 - the other commands ask no account, and do not wait for it
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - likewise

    try:
        session = boto3.Session(profile_name=profile)
        region = session.region_name or ANY_REGION
        account = str(session.client("sts", region_name=region).get_caller_identity()["Account"])
        return account, list(_left(session.client("iam", region_name=region), name))
    except (BotoCoreError, ClientError) as error:
        raise Refused(f"Nothing is proven: the account cannot be asked. {error}") from None


def in_stack_files(name: str, files: Sequence[StackFile]) -> list[str]:
    """What stack files still say of somebody."""
    found = []
    for file in files:
        listed: dict[str, list[str]] = {}
        for key in PEOPLE:
            for other in file.yaml.names(key):
                if _same(other, name):
                    listed.setdefault(other, []).append(key)
        found += [f"{file.path.name} lists {other} in {', '.join(keys)}" for other, keys in listed.items()]
    return found


def _same(one: str, other: str) -> bool:
    """Whether IAM takes two names for the same: it ignores letter case."""
    return one.casefold() == other.casefold()


def _left(iam: Any, name: str) -> Iterator[str]:  # noqa: ANN401 - boto3 makes its types
    # By the list, since a name in another letter case is the same user; those of all paths are in it.
    users = (user for page in iam.get_paginator("list_users").paginate() for user in page["Users"])
    user = next((user for user in users if _same(user["UserName"], name)), None)
    if user is None:
        return  # memberships, keys and policies of their own go with the user
    path, name = user["Path"], user["UserName"]
    yield f"the user {name}" + (f" (path {path})" if path != "/" else "")
    for call, key, item, says in (
        ("list_groups_for_user", "Groups", "GroupName", "their membership in"),
        ("list_access_keys", "AccessKeyMetadata", "AccessKeyId", "their access key"),
        ("list_user_policies", "PolicyNames", "", "their inline policy"),
        ("list_attached_user_policies", "AttachedPolicies", "PolicyName", "their attached policy"),
    ):
        for page in iam.get_paginator(call).paginate(UserName=name):
            yield from (f"{says} {entry[item] if item else entry}" for entry in page[key])
    try:
        iam.get_login_profile(UserName=name)
    except iam.exceptions.NoSuchEntityException:
        return
    yield "their console login"
