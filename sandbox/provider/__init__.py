"""Stand-ins for the `aws` and `random` plugins, on a simulated account; the engine attaches to them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.account import Account

__all__ = ["stand_in_plugins"]


@contextmanager
def stand_in_plugins(account: Account) -> Iterator[dict[str, int]]:
    """Serve both plugins; gives the port of each by its name, as PULUMI_DEBUG_PROVIDERS wants it."""
    from sandbox.provider import _iam_groups, _iam_policies, _iam_users, _random
    from sandbox.provider._functions import FUNCTIONS
    from sandbox.provider._servicer import Servicer, served

    aws = {kind.token: kind for module in (_iam_policies, _iam_groups, _iam_users) for kind in module.RESOURCE_TYPES}
    random = {kind.token: kind for kind in _random.RESOURCE_TYPES}
    with served(Servicer(account, aws, FUNCTIONS)) as aws_port, served(Servicer(account, random, {})) as random_port:
        yield {"aws": aws_port, "random": random_port}
