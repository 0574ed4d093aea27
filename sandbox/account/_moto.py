"""Where moto keeps what the account holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition

if TYPE_CHECKING:
    from moto.iam.models import IAMBackend

ACCOUNT_ID = "123456789012"  # moto's default


def partition_of(region: str) -> str:
    """The partition in which a region lies: "aws", "aws-cn", "aws-us-gov"."""
    return get_partition(region)


def iam_backend(region: str) -> IAMBackend:
    """Users, groups, roles and policies of the region's partition."""
    backend: IAMBackend = iam_backends[ACCOUNT_ID][partition_of(region)]
    return backend
