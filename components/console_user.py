"""One developer: a user with console login, a generated password, and a forced change at first sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from components.pgp_keys import provider_form
from components.stack_traces import without_stack_traces

if TYPE_CHECKING:
    from components.settings import Settings


@without_stack_traces()
def console_user(
    name: str, developer: str, settings: Settings, parent: pulumi.Resource, after: pulumi.Resource
) -> aws.iam.User:
    """The user and their login profile; the generated password stays a secret of the login profile.

    Args:
        name: prefix of the resource names. They include the developer, so a renamed developer is a new user: with a
            login profile, a user cannot be renamed in place.
        developer: the user name.
        settings: the team's.
        parent: the component.
        after: resources that must exist first, so that a refusal leaves no incomplete user.
    """
    user = aws.iam.User(
        f"{name}-{developer}",
        name=developer,
        path=settings.path,
        # Otherwise AWS would refuse, halfway, to delete a user who has added an MFA device or access key.
        force_destroy=True,
        permissions_boundary=settings.permissions_boundary,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[after]),
    )
    pgp_key = settings.pgp_key_of(developer)
    aws.iam.UserLoginProfile(
        f"{name}-{developer}",
        user=user.name,
        password_reset_required=True,
        password_length=settings.password_length,
        pgp_key=provider_form(pgp_key) if pgp_key else None,
        opts=pulumi.ResourceOptions(
            parent=parent,
            # A changed setting would replace the login and lock out a developer who has long since chosen a password.
            ignore_changes=["passwordLength", "passwordResetRequired", "pgpKey"],
            # Always a number: a change from none to a number replaces nothing, so the first re-issue would be lost.
            replacement_trigger=settings.credential_issues.get(developer, 1),
            # A user has at most one login profile: 409 EntityAlreadyExists otherwise.
            delete_before_replace=True,
        ),
    )
    return user
