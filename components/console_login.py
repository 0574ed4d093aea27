"""Whether a temporary password still waits to be used: the account is asked, with boto3 of the development tools."""

from __future__ import annotations

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

ANY_REGION = "us-east-1"  # IAM has one address for all regions; a profile of another partition names its own
QUICK = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 2})  # seconds; somebody waits


class NotAsked(Exception):
    """Why the account could not be asked."""


def must_change_password(developer: str, account: str, profile: str | None) -> bool | None:
    """Whether the login still asks for a new password at the next sign-in; None without a login.

    Whoever has chosen a password of their own is not asked again: PasswordResetRequired is false from then on.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_LoginProfile.html

    Args:
        developer: the user name.
        account: the number of the account that the user is in.
        profile: of the AWS configuration; the usual credentials without it.

    Raises:
        NotAsked: there are no credentials, they are of another account, or AWS refuses.
    """
    try:
        session = boto3.Session(profile_name=profile)
        region = session.region_name or ANY_REGION
        found = session.client("sts", region_name=region, config=QUICK).get_caller_identity()["Account"]
        if found != account:
            raise NotAsked(f"these credentials are of account {found}, and the login is in {account}")
        iam = session.client("iam", region_name=region, config=QUICK)
        try:
            return bool(iam.get_login_profile(UserName=developer)["LoginProfile"].get("PasswordResetRequired"))
        except iam.exceptions.NoSuchEntityException:
            return None
    except ClientError as error:
        raise NotAsked(f"AWS says {error.response['Error']['Code']}") from None
    except BotoCoreError as error:
        raise NotAsked(str(error).rstrip(".")) from None
