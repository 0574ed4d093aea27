"""Where moto keeps what the account holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition

if TYPE_CHECKING:
    from moto.iam.models import Group, IAMBackend, Role, User

    Identity = User | Group | Role

ACCOUNT_ID = "123456789012"  # moto's default


def partition_of(region: str) -> str:
    """The partition in which a region lies: "aws", "aws-cn", "aws-us-gov"."""
    return get_partition(region)


def iam_backend(region: str) -> IAMBackend:
    """Users, groups, roles and policies of the region's partition."""
    backend: IAMBackend = iam_backends[ACCOUNT_ID][partition_of(region)]
    return backend


def iam_backend_of(arn: str) -> IAMBackend:
    """The same by an ARN."""
    backend: IAMBackend = iam_backends[ACCOUNT_ID][arn.split(":")[1]]
    return backend


def identities(backend: IAMBackend) -> list[Identity]:
    """Everybody who can have policies."""
    return [*backend.users.values(), *backend.groups.values(), *_roles(backend)]


def role_named(backend: IAMBackend, name: str) -> Role | None:
    """A role by its name; moto keeps them by their ids."""
    return next((role for role in _roles(backend) if role.name == name), None)


def _roles(backend: IAMBackend) -> list[Role]:
    return list(backend.roles.values())
