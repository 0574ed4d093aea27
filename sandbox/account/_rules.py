"""AWS's rules for IAM that moto does not know: one function each, called before moto does what is asked.

Pages of the IAM User Guide are cited by title. Where a newer moto knows a rule, ours should go.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from sandbox.account._boundaries import the_boundary_is_there
from sandbox.account._call import Call, Refused
from sandbox.account._moto import groups_of, iam_backend, identities, role_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from moto.iam.models import IAMBackend, Role

    from sandbox.account._moto import Identity

_QUOTAS = "IAM and AWS STS quotas"  # the page that most numbers below come from
_MAX_LENGTH = {
    "UserName": 64,
    "NewUserName": 64,
    "RoleName": 64,
    "GroupName": 128,
    "NewGroupName": 128,
    "PolicyName": 128,
    "Path": 512,
    "NewPath": 512,
    "Description": 1_000,
}
_NAMES = frozenset({"UserName", "NewUserName", "RoleName", "GroupName", "NewGroupName", "PolicyName"})
_MANAGED_POLICY_SIZE = 6_144  # characters without white space
_INLINE_POLICY_SIZE = {"group": 5_120, "user": 2_048, "role": 10_240}  # all inline policies together
_TRUST_POLICY_SIZE = 2_048
_POLICIES_EACH = 10  # managed policies attached to a group, user or role
_GROUPS_PER_USER = 10


def enforce(call: Call) -> None:
    """Refuse what AWS would refuse and moto would do.

    Raises:
        Refused: with AWS's code and words.
    """
    if call.service != "iam":
        return
    backend = iam_backend(call.region)
    for rule in (names_are_well_formed, what_is_named_is_there, *_RULES.get(call.action, ())):
        rule(call, backend)


def names_are_well_formed(call: Call, _backend: IAMBackend) -> None:
    """Lengths and characters: "IAM and AWS STS quotas", "IAM identifiers"."""
    for name, longest in _MAX_LENGTH.items():
        value = call.text(name)
        member = name[0].lower() + name[1:]
        if len(value) > longest:
            raise Refused(
                "ValidationError",
                f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
                f"Member must have length less than or equal to {longest}",
            )
        if name in _NAMES and value and not re.fullmatch(r"[\w+=,.@-]+", value, re.ASCII):
            raise Refused(
                "ValidationError",
                f"The specified value for {member} is invalid. "
                "It must contain only alphanumeric characters and/or the following: +=,.@_-",
            )
        if name in ("Path", "NewPath") and value and not re.fullmatch(r"/|/[!-~]+/", value):
            raise Refused(
                "ValidationError",
                f"The specified value for {member} is invalid. "
                "It must begin and end with / and contain only alphanumeric characters and/or / characters.",
            )


def what_is_named_is_there(call: Call, backend: IAMBackend) -> None:
    """The words of AWS for what is missing, which are not moto's."""
    named: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
        ("GroupName", "The group with name {} cannot be found.", lambda name: name in backend.groups),
        ("UserName", "The user with name {} cannot be found.", lambda name: name in backend.users),
        ("RoleName", "The role with name {} cannot be found.", lambda name: role_named(backend, name) is not None),
        ("PolicyArn", _missing_policy(call.action), lambda arn: arn in backend.managed_policies),
    )
    made = {"CreateGroup": "GroupName", "CreateUser": "UserName", "CreateRole": "RoleName"}.get(call.action)
    for parameter, message, is_there in named:
        value = call.text(parameter)
        if value and parameter != made and not is_there(value):
            raise Refused("NoSuchEntity", message.format(value), 404)


def names_differ_in_more_than_case(call: Call, backend: IAMBackend) -> None:
    """Names "are not distinguished by case" ("IAM and AWS STS quotas"), and a policy's path makes none either."""
    for parameter, taken, message in (
        ("UserName", backend.users, "User with name {} already exists."),
        ("GroupName", backend.groups, "Group with name {} already exists."),
        ("RoleName", [role.name for role in backend.roles.values()], "Role with name {} already exists."),
        (
            "PolicyName",
            [policy.name for arn, policy in backend.managed_policies.items() if ":aws:policy/" not in arn],
            "A policy called {} already exists. Duplicate names are not allowed.",
        ),
    ):
        name, old = call.text(f"New{parameter}") or call.text(parameter), call.text(parameter)
        others = [other for other in taken if not (call.action.startswith("Update") and other == old)]
        if name and name.lower() in map(str.lower, others):
            raise Refused("EntityAlreadyExists", message.format(name), 409)


def managed_policies_are_not_too_long(call: Call, _backend: IAMBackend) -> None:
    """6,144 characters; white space is not counted."""
    if _size(call.text("PolicyDocument")) > _MANAGED_POLICY_SIZE:
        raise _limit(f"Cannot exceed quota for PolicySize: {_MANAGED_POLICY_SIZE}")


def inline_policies_are_not_too_long(call: Call, backend: IAMBackend) -> None:
    """5,120, 2,048 and 10,240 characters for all inline policies of a group, user, role together."""
    kind, identity = _identity(call, backend)
    others = {name: text for name, text in identity.policies.items() if name != call.text("PolicyName")}
    if sum(map(_size, others.values())) + _size(call.text("PolicyDocument")) > _INLINE_POLICY_SIZE[kind]:
        raise _limit(f"Maximum policy size of {_INLINE_POLICY_SIZE[kind]} bytes exceeded for {kind} {identity.name}")


def trust_policies_are_not_too_long(call: Call, _backend: IAMBackend) -> None:
    """2,048 characters."""
    if _size(call.text("AssumeRolePolicyDocument") or call.text("PolicyDocument")) > _TRUST_POLICY_SIZE:
        raise _limit(f"Cannot exceed quota for ACLSizePerRole: {_TRUST_POLICY_SIZE}")


def at_most_ten_policies_are_attached(call: Call, backend: IAMBackend) -> None:
    """10 managed policies a group, user or role."""
    kind, identity = _identity(call, backend)
    if call.text("PolicyArn") not in identity.managed_policies and len(identity.managed_policies) >= _POLICIES_EACH:
        raise _limit(f"Cannot exceed quota for PoliciesPer{kind.capitalize()}: {_POLICIES_EACH}")


def a_user_is_in_at_most_ten_groups(call: Call, backend: IAMBackend) -> None:
    """10 groups a user."""
    groups = [group.name for group in groups_of(backend.users[call.text("UserName")])]
    if call.text("GroupName") not in groups and len(groups) >= _GROUPS_PER_USER:
        raise _limit(f"Cannot exceed quota for GroupsPerUser: {_GROUPS_PER_USER}")


def a_group_is_empty_when_it_goes(call: Call, backend: IAMBackend) -> None:
    """API reference, DeleteGroup: "The group must not contain any users or have any attached policies"."""
    group = backend.groups[call.text("GroupName")]
    _refuse_leftovers(
        (group.users, "must remove users from group first"),
        (group.managed_policies, "must detach all policies first"),
        (group.policies, "must delete policies first"),
    )


def a_user_to_be_deleted_has_nothing(call: Call, backend: IAMBackend) -> None:
    """API reference, DeleteUser: the list of what has to be deleted by hand before."""
    user = backend.users[call.text("UserName")]
    _refuse_leftovers(
        (groups_of(user), "must remove users from group first"),
        (user.managed_policies, "must detach all policies first"),
        (user.policies, "must delete policies first"),
        ([user.password] if user.password else [], "must delete login profile first"),
        (user.access_keys, "must delete access keys first"),
        (user.mfa_devices, "must delete MFA device first"),
        (user.ssh_public_keys, "must remove referenced objects first"),
        (user.signing_certificates, "must delete signing certificates first"),
    )


def an_attached_policy_stays(call: Call, backend: IAMBackend) -> None:
    """API reference, DeletePolicy: detach it everywhere and delete all other versions before."""
    policy = backend.managed_policies[call.text("PolicyArn")]
    if any(
        policy.arn in identity.managed_policies or policy.arn == getattr(identity, "permissions_boundary_arn", None)
        for identity in identities(backend)
    ):
        raise Refused("DeleteConflict", "Cannot delete a policy attached to entities.", 409)
    if len(policy.versions) > 1:
        raise Refused(
            "DeleteConflict",
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
            "The default version is deleted with the policy.",
            409,
        )


_RULES: dict[str, tuple[Callable[[Call, IAMBackend], None], ...]] = {
    "CreateUser": (names_differ_in_more_than_case, the_boundary_is_there),
    "PutUserPermissionsBoundary": (the_boundary_is_there,),
    "PutRolePermissionsBoundary": (the_boundary_is_there,),
    "UpdateUser": (names_differ_in_more_than_case,),
    "CreateGroup": (names_differ_in_more_than_case,),
    "UpdateGroup": (names_differ_in_more_than_case,),
    "CreateRole": (names_differ_in_more_than_case, trust_policies_are_not_too_long, the_boundary_is_there),
    "UpdateAssumeRolePolicy": (trust_policies_are_not_too_long,),
    "CreatePolicy": (names_differ_in_more_than_case, managed_policies_are_not_too_long),
    "CreatePolicyVersion": (managed_policies_are_not_too_long,),
    "PutGroupPolicy": (inline_policies_are_not_too_long,),
    "PutUserPolicy": (inline_policies_are_not_too_long,),
    "PutRolePolicy": (inline_policies_are_not_too_long,),
    "AttachGroupPolicy": (at_most_ten_policies_are_attached,),
    "AttachUserPolicy": (at_most_ten_policies_are_attached,),
    "AttachRolePolicy": (at_most_ten_policies_are_attached,),
    "AddUserToGroup": (a_user_is_in_at_most_ten_groups,),
    "DeleteGroup": (a_group_is_empty_when_it_goes,),
    "DeleteUser": (a_user_to_be_deleted_has_nothing,),
    "DeletePolicy": (an_attached_policy_stays,),
}


def _refuse_leftovers(*leftovers: tuple[Iterable[object], str]) -> None:
    for things, what_to_do in leftovers:
        if any(True for _ in things):
            raise Refused("DeleteConflict", f"Cannot delete entity, {what_to_do}.", 409)


def _missing_policy(action: str) -> str:
    return (
        "Policy {} does not exist or is not attachable." if action.startswith("Attach") else "Policy {} was not found."
    )


def _identity(call: Call, backend: IAMBackend) -> tuple[str, Identity]:
    if name := call.text("GroupName"):
        return "group", backend.groups[name]
    if name := call.text("UserName"):
        return "user", backend.users[name]
    return "role", cast("Role", role_named(backend, call.text("RoleName")))


def _size(document: str) -> int:
    return len("".join(document.split()))


def _limit(message: str) -> Refused:
    return Refused("LimitExceeded", message, 409)
