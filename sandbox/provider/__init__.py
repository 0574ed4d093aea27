"""Stand-ins for the `aws` and `random` plugins, on a simulated account; the engine attaches to them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sandbox.provider import (
    _functions,
    _iam_credentials,
    _iam_identities,
    _iam_members,
    _iam_policies,
    _pipelines,
    _random,
)
from sandbox.provider._servicer import Plugin, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.account import Account

__all__ = ["stand_in_plugins"]

_AWS = Plugin(
    name="aws",
    version="7.51.1",
    types={
        resource.resource_type: resource
        for module in (_iam_identities, _iam_policies, _iam_members, _iam_credentials, _pipelines)
        for resource in module.RESOURCE_TYPES
    },
    functions=_functions.FUNCTIONS,
)
_RANDOM = Plugin(
    name="random",
    version="4.21.4",
    types={resource.resource_type: resource for resource in _random.RESOURCE_TYPES},
    functions={},
)


@contextmanager
def stand_in_plugins(account: Account) -> Iterator[dict[str, int]]:
    """Serve both plugins; yields the port of each by name, as PULUMI_DEBUG_PROVIDERS takes it."""
    with served(_AWS, account) as aws, served(_RANDOM, account) as random:
        yield {"aws": aws, "random": random}
