"""Where moto keeps what the account holds."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import moto.codepipeline.models
import moto.core.responses
import moto.iam.models
import moto.sts.models
from moto.core.config import default_user_config
from moto.core.request import Request
from moto.core.serialize import never_return
from moto.core.utils import method_names_from_class
from moto.iam.models import IAMBackend, iam_backends
from moto.iam.responses import IamResponse
from moto.moto_api._internal.models import moto_api_backend
from moto.utilities.utils import get_partition
from werkzeug.wrappers import Response

from sandbox.account._clock import now, set_now

if TYPE_CHECKING:
    from datetime import datetime

    from _typeshed.wsgi import WSGIEnvironment
    from moto.iam.models import Group, ManagedPolicy, Role, User

    Identity = User | Group | Role

ACCOUNT_ID = "123456789012"  # moto's default
_method_names = lru_cache(method_names_from_class)
_aws_policies_made = IAMBackend._init_aws_policies  # noqa: SLF001 - called by what takes its place
_CHANGES_MEMBERSHIP = frozenset({"AddUserToGroup", "RemoveUserFromGroup", "DeleteGroup", "DeleteUser"})
_GROUPS: dict[str, dict[str, list[Group]]] = {}  # partition -> id of a user -> groups
_ROLES: dict[tuple[str, str], Role] = {}  # partition, name -> where it was found last
_AWS_POLICIES: dict[str, list[ManagedPolicy]] = {}  # by partition


class _Request(Request):
    from_wsgi_server = True


def empty_account() -> None:
    """Forget everything, but AWS's own policies."""
    default_user_config["iam"] = {"load_aws_managed_policies": True}
    # moto makes the 1,582 policies anew for each account, twice: 0.6 s.
    IAMBackend._init_aws_policies = _aws_policies_copied  # type: ignore[assignment,method-assign]  # noqa: SLF001 - moto has no setting
    vars(moto.core.responses)["method_names_from_class"] = _method_names  # or it looks for them at every call
    for models in (moto.codepipeline.models, moto.iam.models, moto.sts.models):
        vars(models)["utcnow"] = _utcnow  # dates of creation and expiry follow the account's clock
    # Lists of users tell "a subset of the available attributes" (API reference, ListUsers); moto knows that of roles.
    for answer in ("ListUsersResponse.Users", "GetGroupResponse.Users"):
        IamResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER[f"{answer}.User.PermissionsBoundary"] = never_return
    set_now(None)
    iam_backends.clear()  # or what is forgotten next makes AWS's policies anew first
    moto_api_backend.reset()
    _GROUPS.clear()
    _ROLES.clear()


def iam_answer(environ: WSGIEnvironment) -> Response:
    """What moto's IAM answers, without the way through its server, which costs more than the answer."""
    request = _Request(environ)
    status, headers, body = IamResponse.dispatch(request, request.raw_url, dict(request.headers))
    return Response(body, status, headers)


def partition_of(region: str) -> str:
    """The partition in which a region lies: "aws", "aws-cn", "aws-us-gov"."""
    return get_partition(region)


def iam_backend(region: str) -> IAMBackend:
    """Users, groups, roles and policies of the region's partition."""
    backend: IAMBackend = iam_backends[ACCOUNT_ID][partition_of(region)]
    return backend


def iam_backend_of(arn: str) -> IAMBackend:
    """The IAM backend of the partition that an ARN names."""
    backend: IAMBackend = iam_backends[ACCOUNT_ID][arn.split(":")[1]]
    return backend


def identities(backend: IAMBackend) -> list[Identity]:
    """Everybody who can have policies."""
    return [*backend.users.values(), *backend.groups.values(), *_roles(backend)]


def role_named(backend: IAMBackend, name: str) -> Role | None:
    """A role by its name; moto keeps them by their ids."""
    remembered = _ROLES.get((backend.partition, name))
    if remembered and backend.roles.get(remembered.id) is remembered:
        return remembered
    found = next((role for role in _roles(backend) if role.name == name), None)
    if found:
        _ROLES[backend.partition, name] = found
    return found


def groups_of(user: User) -> list[Group]:
    """The groups that a user is in; moto looks through the members of every group."""
    backend = iam_backend_of(user.arn)
    if backend.partition not in _GROUPS:
        by_user = _GROUPS[backend.partition] = {}
        for group in backend.groups.values():
            for member in group.users:
                by_user.setdefault(member.id, []).append(group)
    return _GROUPS[backend.partition].get(user.id, [])


def notice(action: str) -> None:
    """Forget who is in which group once an IAM action may have changed that."""
    if action in _CHANGES_MEMBERSHIP:
        _GROUPS.clear()


def _utcnow() -> datetime:
    return now().replace(tzinfo=None)  # as moto's own


def _roles(backend: IAMBackend) -> list[Role]:
    return list(backend.roles.values())


def _aws_policies_copied(backend: IAMBackend) -> list[ManagedPolicy]:
    partition = backend.region_name  # moto's word for it
    if partition not in _AWS_POLICIES:
        _AWS_POLICIES[partition] = _aws_policies_made(backend)
    return list(map(_copied, _AWS_POLICIES[partition]))


def _copied(policy: ManagedPolicy) -> ManagedPolicy:
    made: ManagedPolicy = object.__new__(type(policy))  # `copy` takes five times as long
    vars(made).update(vars(policy), versions=list(policy.versions))
    return made
