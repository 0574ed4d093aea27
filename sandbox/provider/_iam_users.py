"""Users and their login profiles."""

from __future__ import annotations

import secrets
import string
from typing import TYPE_CHECKING

from sandbox.provider._aws import doing
from sandbox.provider._resource_type import HalfMadeError, Made, Property, ResourceType

if TYPE_CHECKING:
    from sandbox.provider._aws import Aws
    from sandbox.provider._wire import Properties


class User(ResourceType):
    token = "aws:iam/user:User"
    properties = {
        "name": Property(),
        "path": Property(default="/"),
        "forceDestroy": Property(bool, default=False),
        "permissionsBoundary": Property(),
        "tags": Property(dict),
        "tagsAll": Property(dict, computed=True),
        "arn": Property(output=True),
        "uniqueId": Property(output=True),
    }

    def create(self, aws: Aws, new: Properties) -> Made:
        with doing(f"creating IAM User ({new['name']})"):
            user = aws.iam.create_user(
                UserName=str(new["name"]),
                Path=str(new["path"]),
                Tags=[{"Key": k, "Value": v} for k, v in aws.all_tags(new.get("tags")).items()],
            )["User"]
        return Made(user["UserName"])

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        name = str(state.get("name", id))
        with doing(f"reading IAM User ({name})"):
            try:
                user = aws.iam.get_user(UserName=name)["User"]
            except aws.iam.exceptions.NoSuchEntityException:
                return None
        return {"name": user["UserName"], "path": user["Path"], "arn": user["Arn"], "uniqueId": user["UserId"]}

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        with doing(f"updating IAM User ({old['name']})"):
            if (old["name"], old["path"]) != (new["name"], new["path"]):
                aws.iam.update_user(UserName=str(old["name"]), NewUserName=str(new["name"]), NewPath=str(new["path"]))

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        name = str(state["name"])
        with doing(f"deleting IAM User ({name})"):
            try:
                for group in aws.iam.list_groups_for_user(UserName=name)["Groups"]:
                    aws.iam.remove_user_from_group(UserName=name, GroupName=group["GroupName"])
                aws.iam.delete_user(UserName=name)
            except aws.iam.exceptions.NoSuchEntityException:
                pass


class UserLoginProfile(ResourceType):
    token = "aws:iam/userLoginProfile:UserLoginProfile"
    properties = {
        "user": Property(required=True, replaces=True),
        "pgpKey": Property(replaces=True),
        "passwordResetRequired": Property(bool, replaces=True, computed=True),
        "passwordLength": Property(int, replaces=True, default=20),
        "password": Property(output=True, secret=True),
        "encryptedPassword": Property(output=True),
        "keyFingerprint": Property(output=True),
    }

    def create(self, aws: Aws, new: Properties) -> Made:
        user, password = str(new["user"]), generated_password(int(str(new["passwordLength"])))
        with doing(f'creating IAM User Login Profile for "{user}"'):
            aws.iam.create_login_profile(
                UserName=user, Password=password, PasswordResetRequired=bool(new.get("passwordResetRequired", False))
            )
        return Made(user, {"password": password})

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        with doing(f"reading IAM User Login Profile ({id})"):
            try:
                profile = aws.iam.get_login_profile(UserName=id)["LoginProfile"]
            except aws.iam.exceptions.NoSuchEntityException:
                return None
        return {"user": profile["UserName"], "passwordResetRequired": profile["PasswordResetRequired"]}

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        with doing(f"deleting IAM User Login Profile ({id})"):
            try:
                aws.iam.delete_login_profile(UserName=id)
            except aws.iam.exceptions.NoSuchEntityException:
                pass


_CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "!@#$%^&*()_+-=[]{}|'")


def generated_password(length: int) -> str:
    """A random password with at least one character of each class."""
    while True:
        password = "".join(secrets.choice("".join(_CLASSES)) for _ in range(length))
        if all(any(c in chars for c in password) for chars in _CLASSES):
            return password


RESOURCE_TYPES: tuple[ResourceType, ...] = (User(), UserLoginProfile())
