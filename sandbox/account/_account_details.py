"""GetAccountAuthorizationDetails: who is in the account and which documents they have, page by page.

As AWS answers: default and all other versions of each policy; AWS's own policies only where they are attached; no
policy that is only somebody's boundary; no login profiles, MFA devices, service control policies. moto gives all 1,582
policies of AWS's in one answer.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from moto.iam.models import Group, Role, User

from sandbox.account._call import Refused
from sandbox.account._moto import groups_of, identities
from sandbox.account._pages import page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from moto.iam.models import IAMBackend, InstanceProfile, ManagedPolicy

    from sandbox.account._call import Call
    from sandbox.account._callers import Caller
    from sandbox.account._moto import Identity

Detail = dict[str, Any]
_FILTERS = ("User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy")


def get_account_authorization_details(call: Call, _caller: Caller, backend: IAMBackend) -> Detail:
    """One page of users, groups, roles and policies, in that order."""
    wanted = call.parameters.get("Filter") or _FILTERS
    if unknown := [name for name in wanted if name not in _FILTERS]:
        raise Refused(
            "ValidationError",
            f"1 validation error detected: Value '{unknown}' at 'filter' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{', '.join(_FILTERS)}]",
        )
    boundaries = Counter(getattr(one, "permissions_boundary_arn", None) for one in identities(backend))
    listed: list[Identity | ManagedPolicy] = [
        *(backend.users.values() if "User" in wanted else ()),
        *(backend.groups.values() if "Group" in wanted else ()),
        *(backend.roles.values() if "Role" in wanted else ()),
        *(policy for policy in backend.managed_policies.values() if _is_listed(policy, wanted, boundaries)),
    ]
    shown, rest = page(listed, call)
    profiles = list(backend.instance_profiles.values())
    return {
        "UserDetailList": [_user(one) for one in shown if isinstance(one, User)],
        "GroupDetailList": [_group(one) for one in shown if isinstance(one, Group)],
        "RoleDetailList": [_role(one, profiles) for one in shown if isinstance(one, Role)],
        "Policies": [_policy(one, boundaries) for one in shown if not isinstance(one, (User, Group, Role))],
        **rest,
    }


def _is_listed(policy: ManagedPolicy, wanted: Iterable[str], boundaries: Counter[str | None]) -> bool:
    if ":iam::aws:policy/" in policy.arn:
        return "AWSManagedPolicy" in wanted and policy.attachment_count > 0
    only_a_boundary = policy.attachment_count == 0 and policy.arn in boundaries
    return "LocalManagedPolicy" in wanted and not only_a_boundary


def _user(user: User) -> Detail:
    return {
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.id,
        "Arn": user.arn,
        "CreateDate": user.create_date,
        "UserPolicyList": _inline(user.policies),
        "GroupList": [group.name for group in groups_of(user)],
        "AttachedManagedPolicies": _attached(user),
        **_boundary_and_tags(user),
    }


def _group(group: Group) -> Detail:
    return {
        "Path": group.path,
        "GroupName": group.name,
        "GroupId": group.id,
        "Arn": group.arn,
        "CreateDate": group.create_date,
        "GroupPolicyList": _inline(group.policies),
        "AttachedManagedPolicies": _attached(group),
    }


def _role(role: Role, profiles: list[InstanceProfile]) -> Detail:
    used = {"LastUsedDate": role.last_used, "Region": role.last_used_region} if role.last_used else {}
    mine = [profile for profile in profiles if role in profile.roles]
    return {
        **_shown(role),
        "InstanceProfileList": [
            {
                "Path": profile.path,
                "InstanceProfileName": profile.name,
                "InstanceProfileId": profile.id,
                "Arn": profile.arn,
                "CreateDate": profile.create_date,
                "Roles": [_shown(one) for one in profile.roles],
            }
            for profile in mine
        ],
        "RolePolicyList": _inline(role.policies),
        "AttachedManagedPolicies": _attached(role),
        "RoleLastUsed": used,
        **_boundary_and_tags(role),
    }


def _shown(role: Role) -> Detail:
    return {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn,
        "CreateDate": role.create_date,
        "AssumeRolePolicyDocument": quote(role.assume_role_policy_document),
    }


def _policy(policy: ManagedPolicy, boundaries: Counter[str | None]) -> Detail:
    return {
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.default_version_id,
        "AttachmentCount": policy.attachment_count,
        "PermissionsBoundaryUsageCount": boundaries[policy.arn],
        "IsAttachable": True,
        "CreateDate": policy.create_date,
        "UpdateDate": policy.update_date,
        "PolicyVersionList": [
            {
                "Document": quote(version.document),
                "VersionId": version.version_id,
                "IsDefaultVersion": version.version_id == policy.default_version_id,
                "CreateDate": version.create_date,
            }
            for version in policy.versions
        ],
        **({"Description": policy.description} if policy.description else {}),
    }


def _inline(policies: Mapping[str, str]) -> list[Detail]:
    return [{"PolicyName": name, "PolicyDocument": quote(document)} for name, document in policies.items()]


def _attached(identity: Identity) -> list[Detail]:
    return [{"PolicyName": policy.name, "PolicyArn": policy.arn} for policy in identity.managed_policies.values()]


def _boundary_and_tags(identity: User | Role) -> Detail:
    arn = getattr(identity, "permissions_boundary_arn", None)
    boundary = {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn}
    return {**({"PermissionsBoundary": boundary} if arn else {}), "Tags": identity.tags or []}
