"""Whose policies count, and what they say together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.iam.models import Group, User

from sandbox.account._decision import decide
from sandbox.account._moto import iam_backend_of

if TYPE_CHECKING:
    from moto.iam.models import ManagedPolicy

    from sandbox.account._decision import Decision, Request
    from sandbox.account._moto import Identity


def decision_for(identity: Identity, request: Request) -> Decision:
    """What the policies of a user (with his groups), group or role say, within a permissions boundary."""
    decision = decide(documents_of(identity), request)
    boundary = getattr(identity, "permissions_boundary_arn", None)
    if decision != "allowed" or not boundary:
        return decision
    policy = iam_backend_of(boundary).managed_policies.get(boundary)
    return decide([_in_force(policy)] if policy else [], request)


def documents_of(identity: Identity) -> list[str]:
    """Every policy document of a user, group or role: its own and, for a user, its groups'; inline and attached."""
    groups: list[Group] = (
        iam_backend_of(identity.arn).get_groups_for_user(identity.name) if isinstance(identity, User) else []
    )
    return [
        document
        for holder in (identity, *groups)
        for document in (*holder.policies.values(), *map(_in_force, holder.managed_policies.values()))
    ]


def _in_force(policy: ManagedPolicy) -> str:
    return next(version.document for version in policy.versions if version.version_id == policy.default_version_id)
