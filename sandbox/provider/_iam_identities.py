"""Users, groups and roles. Their ids are the names they were created with, so a refresh loses them once renamed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.provider import _policy_json, _tags
from sandbox.provider._aws import doing, gone_is_fine
from sandbox.provider._resource_type import Made, ResourceType, listed
from sandbox.provider._schema import Property, arn, arns, between, name_of, properties

if TYPE_CHECKING:
    from sandbox.provider._aws import Aws
    from sandbox.provider._wire import Properties


class Group(ResourceType):
    resource_type = "aws:iam/group:Group"
    properties = properties(
        name=Property(check=name_of(128)),
        path=Property(default="/"),
        arn=Property(output=True),
        uniqueId=Property(output=True),
    )

    def create(self, aws: Aws, new: Properties) -> Made:
        with doing(f"creating IAM Group ({new['name']})"):
            aws.iam("CreateGroup", GroupName=new["name"], Path=new["path"])
        return Made(new["name"])

    def read(self, aws: Aws, resource_id: str, state: Properties) -> Properties | None:
        with doing(f"reading IAM Group ({resource_id})"):
            group = aws.iam("GetGroup", GroupName=resource_id)["Group"]
        return {"name": group["GroupName"], "path": group["Path"], "arn": group["Arn"], "uniqueId": group["GroupId"]}

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> str:
        with doing(f"updating IAM Group ({resource_id})"):
            aws.iam("UpdateGroup", GroupName=old["name"], NewGroupName=new["name"], NewPath=new["path"])
        return str(new["name"])

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        with doing(f"deleting IAM Group ({resource_id})"), gone_is_fine():
            aws.iam("DeleteGroup", GroupName=resource_id)


class User(ResourceType):
    resource_type = "aws:iam/user:User"
    properties = properties(
        name=Property(check=name_of(64)),
        path=Property(default="/"),
        forceDestroy=Property(bool, default=False),
        permissionsBoundary=Property(),
        tags=Property(dict),
        tagsAll=Property(dict, computed=True),
        arn=Property(output=True),
        uniqueId=Property(output=True),
    )

    def create(self, aws: Aws, new: Properties) -> Made:
        with doing(f"creating IAM User ({new['name']})"):
            aws.iam(
                "CreateUser",
                UserName=new["name"],
                Path=new["path"],
                Tags=_tags.sent(aws, new),
                PermissionsBoundary=new.get("permissionsBoundary"),
            )
        return Made(new["name"])

    def read(self, aws: Aws, resource_id: str, state: Properties) -> Properties | None:
        with doing(f"reading IAM User ({resource_id})"):
            user = aws.iam("GetUser", UserName=resource_id)["User"]
        return {
            "name": user["UserName"],
            "path": user["Path"],
            "permissionsBoundary": user.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
            "arn": user["Arn"],
            "uniqueId": user["UserId"],
            **_tags.found(aws, user.get("Tags"), state),
        }

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> str:
        name = str(new["name"])
        with doing(f"updating IAM User ({resource_id})"):
            if (old["name"], old["path"]) != (name, new["path"]):
                aws.iam("UpdateUser", UserName=old["name"], NewUserName=name, NewPath=new["path"])
            _tags.update(aws, "User", {"UserName": name}, old, new)
        if old.get("permissionsBoundary") != new.get("permissionsBoundary"):
            with doing(f"setting IAM User ({resource_id}) permissions boundary"):
                _put_boundary(aws, "User", name, new)
        return name

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        with doing(f"removing IAM User ({resource_id}) group memberships"), gone_is_fine():
            for group in aws.iam_all("ListGroupsForUser", "Groups", UserName=resource_id):
                with gone_is_fine():
                    aws.iam("RemoveUserFromGroup", UserName=resource_id, GroupName=group["GroupName"])
        if state.get("forceDestroy"):
            _remove_everything(aws, resource_id)
        with doing(f"deleting IAM User ({resource_id})"), gone_is_fine():
            aws.iam("DeleteUser", UserName=resource_id)


def _remove_everything(aws: Aws, user: str) -> None:
    """`forceDestroy`, in the genuine plugin's order."""
    who = {"UserName": user}
    with doing(f"removing IAM User ({user}) policies"), gone_is_fine():
        for name in aws.iam_all("ListUserPolicies", "PolicyNames", **who):
            aws.iam("DeleteUserPolicy", PolicyName=name, **who)
    with doing(f"detaching IAM User ({user}) policies"), gone_is_fine():
        for policy in aws.iam_all("ListAttachedUserPolicies", "AttachedPolicies", **who):
            aws.iam("DetachUserPolicy", PolicyArn=policy["PolicyArn"], **who)
    with doing(f"removing IAM User ({user}) access keys"), gone_is_fine():
        for access_key in aws.iam_all("ListAccessKeys", "AccessKeyMetadata", **who):
            aws.iam("DeleteAccessKey", AccessKeyId=access_key["AccessKeyId"], **who)
        for ssh_key in aws.iam_all("ListSSHPublicKeys", "SSHPublicKeys", **who):
            aws.iam("DeleteSSHPublicKey", SSHPublicKeyId=ssh_key["SSHPublicKeyId"], **who)
    with doing(f"removing IAM User ({user}) MFA devices"), gone_is_fine():
        for device in aws.iam_all("ListMFADevices", "MFADevices", **who):
            aws.iam("DeactivateMFADevice", SerialNumber=device["SerialNumber"], **who)
            with gone_is_fine():
                aws.iam("DeleteVirtualMFADevice", SerialNumber=device["SerialNumber"])
    with doing(f"removing IAM User ({user}) login profile"), gone_is_fine():
        aws.iam("DeleteLoginProfile", **who)
    with doing(f"removing IAM User ({user}) signing certificate"), gone_is_fine():
        for certificate in aws.iam_all("ListSigningCertificates", "Certificates", **who):
            aws.iam("DeleteSigningCertificate", CertificateId=certificate["CertificateId"], **who)
    with doing(f"removing IAM User ({user}) Service Specific Credentials"), gone_is_fine():
        for credential in aws.iam("ListServiceSpecificCredentials", **who)["ServiceSpecificCredentials"]:
            identity = credential["ServiceSpecificCredentialId"]
            aws.iam("DeleteServiceSpecificCredential", ServiceSpecificCredentialId=identity, **who)


def _same_policies(old: list[dict[str, str]], new: list[dict[str, str]]) -> bool:
    """Whether two lists of inline policies have the same names, and documents of the same meaning, in any order."""
    before, after = ({policy.get("name"): policy.get("policy", "") for policy in listed} for listed in (old, new))
    return before.keys() == after.keys() and all(
        _policy_json.equivalent(document, after[name]) for name, document in before.items()
    )


class Role(ResourceType):
    resource_type = "aws:iam/role:Role"
    properties = properties(
        name=Property(replaces=True, computed=True, check=name_of(64)),
        namePrefix=Property(replaces=True, computed=True, check=name_of(38)),
        path=Property(default="/", replaces=True),
        assumeRolePolicy=_policy_json.document_property(),
        description=Property(),
        forceDetachPolicies=Property(bool, default=False),
        inlinePolicies=Property(list, computed=True, ordered=True, same=_same_policies),
        managedPolicyArns=Property(list, computed=True, check=arns),
        maxSessionDuration=Property(int, default=3600, check=between(3600, 43200)),
        permissionsBoundary=Property(check=arn),
        tags=Property(dict),
        tagsAll=Property(dict, computed=True),
        arn=Property(output=True),
        createDate=Property(output=True),
        uniqueId=Property(output=True),
    )

    def create(self, aws: Aws, new: Properties) -> Made:
        with doing(f"creating IAM Role ({new['name']})"):
            aws.iam(
                "CreateRole",
                RoleName=new["name"],
                Path=new["path"],
                AssumeRolePolicyDocument=new["assumeRolePolicy"],
                Description=new.get("description"),
                MaxSessionDuration=new["maxSessionDuration"],
                PermissionsBoundary=new.get("permissionsBoundary"),
                Tags=_tags.sent(aws, new),
            )
            self._bring_policies(aws, {}, new)
        return Made(new["name"])

    def read(self, aws: Aws, resource_id: str, state: Properties) -> Properties | None:
        with doing(f"reading IAM Role ({resource_id})"):
            role = aws.iam("GetRole", RoleName=resource_id)["Role"]
            attached = aws.iam_all("ListAttachedRolePolicies", "AttachedPolicies", RoleName=resource_id)
            inline = aws.iam_all("ListRolePolicies", "PolicyNames", RoleName=resource_id)
            documents = {
                name: aws.iam("GetRolePolicy", RoleName=resource_id, PolicyName=name)["PolicyDocument"]
                for name in inline
            }
        return {
            "name": role["RoleName"],
            "path": role["Path"],
            "assumeRolePolicy": _policy_json.found(role["AssumeRolePolicyDocument"], state.get("assumeRolePolicy")),
            "description": role.get("Description", ""),
            "maxSessionDuration": role.get("MaxSessionDuration", 3600),
            "permissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
            "managedPolicyArns": [policy["PolicyArn"] for policy in attached],
            "inlinePolicies": [{"name": n, "policy": _policy_json.found(d, None)} for n, d in documents.items()],
            "arn": role["Arn"],
            "createDate": role["CreateDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
            "uniqueId": role["RoleId"],
            **_tags.found(aws, role.get("Tags"), state),
        }

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> str:
        with doing(f"updating IAM Role ({resource_id})"):
            aws.iam("UpdateAssumeRolePolicy", RoleName=resource_id, PolicyDocument=new["assumeRolePolicy"])
            description = new.get("description", "")
            aws.iam(
                "UpdateRole",
                RoleName=resource_id,
                Description=description,
                MaxSessionDuration=new["maxSessionDuration"],
            )
            if old.get("permissionsBoundary") != new.get("permissionsBoundary"):
                _put_boundary(aws, "Role", resource_id, new)
            self._bring_policies(aws, old, new)
            _tags.update(aws, "Role", {"RoleName": resource_id}, old, new)
        return resource_id

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        with doing(f"deleting IAM Role ({resource_id})"), gone_is_fine():
            owned = [policy["name"] for policy in state.get("inlinePolicies") or []]
            attached = listed(state.get("managedPolicyArns"))
            if state.get("forceDetachPolicies"):
                owned = aws.iam_all("ListRolePolicies", "PolicyNames", RoleName=resource_id)
                policies = aws.iam_all("ListAttachedRolePolicies", "AttachedPolicies", RoleName=resource_id)
                attached = [policy["PolicyArn"] for policy in policies]
            for name in owned:
                with gone_is_fine():
                    aws.iam("DeleteRolePolicy", RoleName=resource_id, PolicyName=name)
            for policy_arn in attached:
                with gone_is_fine():
                    aws.iam("DetachRolePolicy", RoleName=resource_id, PolicyArn=policy_arn)
            aws.iam("DeleteRole", RoleName=resource_id)

    def _bring_policies(self, aws: Aws, old: Properties, new: Properties) -> None:
        """Apply `managedPolicyArns` and `inlinePolicies` if the program sets them."""
        role = new["name"]
        if "managedPolicyArns" in new:
            have, want = listed(old.get("managedPolicyArns")), listed(new["managedPolicyArns"])
            for policy_arn in [item for item in want if item not in have]:
                aws.iam("AttachRolePolicy", RoleName=role, PolicyArn=policy_arn)
            for policy_arn in [item for item in have if item not in want]:
                aws.iam("DetachRolePolicy", RoleName=role, PolicyArn=policy_arn)
        if "inlinePolicies" in new:
            for policy in new["inlinePolicies"]:
                aws.iam("PutRolePolicy", RoleName=role, PolicyName=policy["name"], PolicyDocument=policy["policy"])
            kept = {policy["name"] for policy in new["inlinePolicies"]}
            for name in [policy["name"] for policy in old.get("inlinePolicies") or []]:
                if name not in kept:
                    aws.iam("DeleteRolePolicy", RoleName=role, PolicyName=name)


def _put_boundary(aws: Aws, what: str, name: str, new: Properties) -> None:
    who = {f"{what}Name": name}
    if new.get("permissionsBoundary"):
        aws.iam(f"Put{what}PermissionsBoundary", PermissionsBoundary=new["permissionsBoundary"], **who)
    else:
        aws.iam(f"Delete{what}PermissionsBoundary", **who)


RESOURCE_TYPES: tuple[ResourceType, ...] = (Group(), User(), Role())
