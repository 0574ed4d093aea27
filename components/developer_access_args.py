"""The arguments of `DeveloperAccess`, for people who write programs: the only place where each setting is explained.

No `from __future__ import annotations` here: Pulumi's analyzer reads these annotations to make the schema for other
languages. A plain value must be known in preview, because policies are built from it that the policy pack has to see;
`Input` also takes an output.
"""

from collections.abc import Mapping, Sequence

import pulumi
from typing_extensions import NotRequired, TypedDict  # those of Python 3.10 do not know what is not required


class DeveloperAccessArgs(TypedDict):
    """One team's access. `Settings` checks the values."""

    team: str
    """The team: `helprr-backend` gives `helprr-backend-developer-policy` and `helprr-backend-developer-group`."""

    description: NotRequired[str]
    """The policy's description, up to 1,000 characters; changing it replaces the policy (seconds without its grants).
    Default: `Limited access for TEAM developers to view, re-trigger, and stop pipelines`."""

    developers: NotRequired[Sequence[str]]
    """User names: these users are made here, with console login."""

    existing: NotRequired[Sequence[pulumi.Input[str]]]
    """Names of users made elsewhere (another stack, the console): they join the group, nothing else of them is ever
    touched."""

    permissions_boundary: NotRequired[str]
    """ARN of a policy that administrators own: users made here can never do more than it allows, whatever other
    policies say. Users get it in place and keep their passwords."""

    pgp_keys: NotRequired[Mapping[str, str]]
    """Developer -> public PGP key (base64 of the binary key, or ASCII-armored): that password is encrypted."""

    hand_over_key: NotRequired[str]
    """The team lead's public PGP key: encrypts the passwords of developers without a key of their own, so that no state
    holds a plain one."""

    credential_issues: NotRequired[Mapping[str, int]]
    """Developer -> number, each 1 at first: raise it to re-issue a lost password. Only ever raise it: lowering or
    removing it also replaces the login."""

    until: NotRequired[Mapping[str, str]]
    """Member -> the last day (`"2027-03-31"`, through its end in UTC) or an instant with its offset: AWS ends that
    person's access then, whoever runs what. Users made here may do nothing at all afterwards; `existing` ones lose
    what this team grants, and keep what others grant to them."""

    pipelines: NotRequired[Sequence[str]]
    """Names of pipelines, `*` allowed within, `REGION:NAME` for another region: each action is scoped to them as finely
    as IAM allows. Default: all, as in the guide."""

    startable: NotRequired[Sequence[str]]
    """Names of pipelines as above, within them: where members may start, stop and retry; the others they only view.
    Default: all of them."""

    capabilities: NotRequired[Sequence[str]]
    """Opt-ins beyond the guide: `build-logs`, `approve`, `stage-transitions`."""

    projects: NotRequired[Sequence[str]]
    """Names of CodeBuild projects, `*` allowed within, `REGION:NAME` for another region: what `build-logs` shows.
    Required with it where pipelines are named. Default: all."""

    deny_pipeline_changes: NotRequired[bool]
    """An explicit Deny of creating, updating and deleting pipelines: it wins over every other grant to a member while
    they are in the group. It does not follow them into a role, and anyone who may write the group's policies can remove
    it."""

    require_mfa: NotRequired[bool]
    """Everything but the first sign-in and enrolling a device needs MFA."""

    unique_names: NotRequired[bool]
    """A random suffix for policy and group, for two stacks in one account."""

    password_length: NotRequired[int]
    """Characters of a generated password; more where the account's password policy asks for it."""

    path: NotRequired[str]
    """IAM path of users, group and policy; lets the deploying role be fenced in."""
