"""Credentials: login profiles, access keys, and the account alias in the URL of the sign-in page."""

from __future__ import annotations

import secrets
import string
from typing import TYPE_CHECKING

from sandbox.provider import _pgp
from sandbox.provider._aws import doing, gone_is_fine
from sandbox.provider._resource_type import HalfMade, Made, ResourceType
from sandbox.provider._schema import Property, between, properties

if TYPE_CHECKING:
    from sandbox.provider._aws import Aws
    from sandbox.provider._wire import Properties

# The genuine plugin's alphabet; a password has at least one of each.
_CHARACTERS = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "!@#$%^&*()_+-=[]{}|'")


class UserLoginProfile(ResourceType):
    """A console login with a generated password; its id is the user's name. Every change replaces it."""

    resource_type = "aws:iam/userLoginProfile:UserLoginProfile"
    properties = properties(
        user=Property(required=True, replaces=True),
        pgpKey=Property(replaces=True),
        passwordResetRequired=Property(bool, replaces=True, computed=True),
        passwordLength=Property(int, replaces=True, default=20, check=between(5, 128)),
        password=Property(output=True, secret=True),
        encryptedPassword=Property(output=True),
        keyFingerprint=Property(output=True),
    )

    def create(self, aws: Aws, new: Properties) -> Made:
        user, password = new["user"], generated_password(new["passwordLength"])
        reset = new.get("passwordResetRequired", False)
        with doing(f'creating IAM User Login Profile for "{user}"'):
            aws.iam("CreateLoginProfile", UserName=user, Password=password, PasswordResetRequired=reset)
        made = Made(user, {"passwordResetRequired": reset})
        if not new.get("pgpKey"):
            return Made(user, {**made.outputs, "password": password})
        try:
            fingerprint, encrypted = _pgp.encrypted(password, new["pgpKey"])
        except _pgp.UnusableKey as error:
            raise HalfMade(
                f'creating IAM User Login Profile for "{user}": encrypting Password: {error}', made
            ) from error
        return Made(user, {**made.outputs, "keyFingerprint": fingerprint, "encryptedPassword": encrypted})

    def read(self, aws: Aws, resource_id: str, state: Properties) -> Properties | None:
        """Only whether it exists: a changed password, or a reset that is no longer required, is not drift."""
        with doing(f"reading IAM User Login Profile ({resource_id})"):
            return {"user": aws.iam("GetLoginProfile", UserName=resource_id)["LoginProfile"]["UserName"]}

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        with doing(f"deleting IAM User Login Profile ({resource_id})"), gone_is_fine():
            aws.iam("DeleteLoginProfile", UserName=resource_id)


class AccessKey(ResourceType):
    """An access key; its id is the access key id."""

    resource_type = "aws:iam/accessKey:AccessKey"
    properties = properties(
        user=Property(required=True, replaces=True),
        pgpKey=Property(replaces=True),
        status=Property(default="Active"),
        secret=Property(output=True, secret=True),
        encryptedSecret=Property(output=True),
        keyFingerprint=Property(output=True),
        sesSmtpPasswordV4=Property(output=True, secret=True),
        encryptedSesSmtpPasswordV4=Property(output=True),
        createDate=Property(output=True),
    )

    def create(self, aws: Aws, new: Properties) -> Made:
        with doing(f"creating IAM Access Key ({new['user']})"):
            made = aws.iam("CreateAccessKey", UserName=new["user"])["AccessKey"]
            resource_id, secret = made["AccessKeyId"], made["SecretAccessKey"]
            if new["status"] == "Inactive":
                aws.iam("UpdateAccessKey", UserName=new["user"], AccessKeyId=resource_id, Status="Inactive")
        if not new.get("pgpKey"):
            return Made(resource_id, {"secret": secret})
        try:
            fingerprint, encrypted = _pgp.encrypted(secret, new["pgpKey"])
        except _pgp.UnusableKey as error:
            raise HalfMade(
                f"creating IAM Access Key ({new['user']}): encrypting Secret: {error}", Made(resource_id)
            ) from error
        return Made(resource_id, {"keyFingerprint": fingerprint, "encryptedSecret": encrypted})

    def read(self, aws: Aws, resource_id: str, state: Properties) -> Properties | None:
        user = state.get("user") or aws.iam("GetAccessKeyLastUsed", AccessKeyId=resource_id).get("UserName")
        with doing(f"reading IAM Access Key ({resource_id})"):
            keys = aws.iam_all("ListAccessKeys", "AccessKeyMetadata", UserName=user)
        found = next((item for item in keys if item["AccessKeyId"] == resource_id), None)
        if found is None:
            return None
        return {
            "user": found["UserName"],
            "status": found["Status"],
            "createDate": found["CreateDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> str:
        with doing(f"updating IAM Access Key ({resource_id})"):
            aws.iam("UpdateAccessKey", UserName=new["user"], AccessKeyId=resource_id, Status=new["status"])
        return resource_id

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        with doing(f"deleting IAM Access Key ({resource_id})"), gone_is_fine():
            aws.iam("DeleteAccessKey", UserName=state["user"], AccessKeyId=resource_id)


class AccountAlias(ResourceType):
    """The account's alias, which is its id."""

    resource_type = "aws:iam/accountAlias:AccountAlias"
    properties = properties(accountAlias=Property(required=True, replaces=True))

    def create(self, aws: Aws, new: Properties) -> Made:
        with doing(f"creating IAM Account Alias ({new['accountAlias']})"):
            aws.iam("CreateAccountAlias", AccountAlias=new["accountAlias"])
        return Made(new["accountAlias"])

    def read(self, aws: Aws, resource_id: str, state: Properties) -> Properties | None:
        with doing(f"reading IAM Account Alias ({resource_id})"):
            aliases = aws.iam("ListAccountAliases")["AccountAliases"]
        return {"accountAlias": aliases[0]} if aliases else None

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        with doing(f"deleting IAM Account Alias ({resource_id})"), gone_is_fine():
            aws.iam("DeleteAccountAlias", AccountAlias=resource_id)


def generated_password(length: int) -> str:
    """A random password of `length` characters, at least one of each class."""
    while True:
        password = "".join(secrets.choice("".join(_CHARACTERS)) for _ in range(length))
        if all(set(password) & set(characters) for characters in _CHARACTERS):
            return password


RESOURCE_TYPES: tuple[ResourceType, ...] = (UserLoginProfile(), AccessKey(), AccountAlias())
