"""Permissions boundaries: of users, which moto does not know, and of roles, which it takes whatever they name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.account._call import Refused

if TYPE_CHECKING:
    from moto.iam.models import IAMBackend

    from sandbox.account._call import Call
    from sandbox.account._callers import Caller


def create_user(call: Call, caller: Caller, backend: IAMBackend) -> dict[str, Any] | None:
    """Done by moto where there is no boundary."""
    if not call.text("PermissionsBoundary"):
        return None
    name, tags = call.text("UserName"), call.parameters.get("Tags", [])
    user = backend.create_user(call.region, name, call.text("Path", "/"), tags)
    put_user_permissions_boundary(call, caller, backend)
    shown = {"Path": user.path, "UserName": name, "UserId": user.id, "Arn": user.arn, "CreateDate": user.create_date}
    return {"User": {**shown, "Tags": tags, "PermissionsBoundary": vars(user)["permissions_boundary"]}}


def put_user_permissions_boundary(call: Call, _caller: Caller, backend: IAMBackend) -> dict[str, Any]:
    """In place: the user's policies, groups and sessions stay, within the boundary from now on."""
    arn = call.text("PermissionsBoundary")
    # The names that moto has for roles: so its answers show it.
    vars(backend.users[call.text("UserName")]).update(
        permissions_boundary_arn=arn,
        permissions_boundary={"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn},
    )
    return {}


def delete_user_permissions_boundary(call: Call, _caller: Caller, backend: IAMBackend) -> dict[str, Any]:
    """The user's policies count in full again."""
    user = backend.users[call.text("UserName")]
    vars(user).update(permissions_boundary_arn=None, permissions_boundary=None)
    return {}


def the_boundary_is_there(call: Call, backend: IAMBackend) -> None:
    """A managed policy of the account or AWS's own; API reference, PutUserPermissionsBoundary: NoSuchEntity."""
    arn = call.text("PermissionsBoundary")
    if arn and arn not in backend.managed_policies:
        raise Refused("NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.", 404)
