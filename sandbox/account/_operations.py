"""What moto does not do, or does wrong: done here, on what moto keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.account import _account_details, _boundaries, _last_use, _logins, _pipelines, _simulation
from sandbox.account._moto import iam_backend, role_named
from sandbox.account._sts import STS

if TYPE_CHECKING:
    from collections.abc import Callable

    from moto.iam.models import IAMBackend

    from sandbox.account._call import Call
    from sandbox.account._callers import Caller, Callers

Result = dict[str, Any]


def do(call: Call, caller: Caller, callers: Callers) -> Result | None:
    """The result of an operation that is ours; None for what moto does."""
    if call.service == "sts" and call.action in STS:
        return STS[call.action](call, caller, callers)
    if call.service == "iam" and call.action in IAM:
        return IAM[call.action](call, caller, iam_backend(call.region))
    if call.service == "codepipeline" and call.action in _pipelines.ACTIONS:
        return _pipelines.ACTIONS[call.action](call)
    return None


def update_user(call: Call, _caller: Caller, backend: IAMBackend) -> Result:
    """A new name or path; moto overwrites a neighbour and loses the tags."""
    user = backend.users.pop(call.text("UserName"))
    tags = backend.tagger.list_tags_for_resource(user.arn)["Tags"]
    backend.tagger.delete_all_tags_for_resource(user.arn)
    user.path = call.text("NewPath") or user.path
    user.name = call.text("NewUserName") or user.name
    backend.users[user.name] = user
    for key in user.access_keys:
        key.user_name = user.name
    backend.tagger.tag_resource(user.arn, tags)
    return {}


def update_group(call: Call, _caller: Caller, backend: IAMBackend) -> Result:
    """A new name or path; moto refuses a name that stays and ignores a path that comes alone."""
    group = backend.groups.pop(call.text("GroupName"))
    group.path = call.text("NewPath") or group.path
    group.name = call.text("NewGroupName") or group.name
    backend.groups[group.name] = group
    return {}


def attach_once(call: Call, _caller: Caller, backend: IAMBackend) -> Result | None:
    """To attach what is attached changes nothing; moto counts it twice."""
    holder = (
        backend.groups.get(call.text("GroupName"))
        or backend.users.get(call.text("UserName"))
        or role_named(backend, call.text("RoleName"))
    )
    return {} if holder and call.text("PolicyArn") in holder.managed_policies else None


def list_service_specific_credentials(_call: Call, _caller: Caller, _backend: IAMBackend) -> Result:
    """Always empty: nothing here creates any."""
    return {"ServiceSpecificCredentials": []}


IAM: dict[str, Callable[[Call, Caller, IAMBackend], Result | None]] = {
    "AttachGroupPolicy": attach_once,
    "AttachRolePolicy": attach_once,
    "AttachUserPolicy": attach_once,
    "ChangePassword": _logins.change_password,
    "CreateLoginProfile": _logins.create_login_profile,
    "CreateUser": _boundaries.create_user,
    "DeleteLoginProfile": _logins.delete_login_profile,
    "DeleteUserPermissionsBoundary": _boundaries.delete_user_permissions_boundary,
    "GenerateCredentialReport": _last_use.generate_credential_report,
    "GetAccessKeyLastUsed": _last_use.get_access_key_last_used,
    "GetAccountAuthorizationDetails": _account_details.get_account_authorization_details,
    "GetCredentialReport": _last_use.get_credential_report,
    "GetLoginProfile": _logins.get_login_profile,
    "ListServiceSpecificCredentials": list_service_specific_credentials,
    "PutUserPermissionsBoundary": _boundaries.put_user_permissions_boundary,
    "SimulateCustomPolicy": _simulation.simulate_custom_policy,
    "SimulatePrincipalPolicy": _simulation.simulate_principal_policy,
    "UpdateGroup": update_group,
    "UpdateLoginProfile": _logins.update_login_profile,
    "UpdateUser": update_user,
}
