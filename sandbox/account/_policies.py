"""Whose policies count, and what they say together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.iam.models import User

from sandbox.account._decision import decide_with
from sandbox.account._moto import groups_of, iam_backend_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from moto.iam.models import ManagedPolicy

    from sandbox.account._decision import Question, Verdict
    from sandbox.account._moto import Identity

_NOTHING = '{"Version": "2012-10-17", "Statement": []}'


def verdict_for(identity: Identity, question: Question, *, session_policies: Sequence[str] = ()) -> Verdict:
    """What the policies of a user (with the groups'), group or role say, within a permissions boundary."""
    return decide_with(
        documents_of(identity), question, boundary=boundary_of(identity), session_policies=session_policies
    )


def documents_of(identity: Identity) -> list[str]:
    """Every policy document of a user, group or role: its own and, for a user, its groups'; inline and attached."""
    groups = groups_of(identity) if isinstance(identity, User) else []
    return [
        document
        for holder in (identity, *groups)
        for document in (*holder.policies.values(), *map(in_force, holder.managed_policies.values()))
    ]


def boundary_of(identity: Identity) -> str | None:
    """The document of a permissions boundary; None where there is none. One that is gone allows nothing."""
    arn = getattr(identity, "permissions_boundary_arn", None)
    if not arn:
        return None
    policy = iam_backend_of(arn).managed_policies.get(arn)
    return in_force(policy) if policy else _NOTHING


def in_force(policy: ManagedPolicy) -> str:
    """The document of a managed policy's default version."""
    return next(version.document for version in policy.versions if version.version_id == policy.default_version_id)
