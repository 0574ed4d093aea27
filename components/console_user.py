"""One developer: a user who signs in to the console with a generated password and must change it at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from components.pgp_keys import provider_form

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.settings import Settings


def console_user(
    name: str, developer: str, settings: Settings, parent: pulumi.Resource, after: Sequence[pulumi.Resource]
) -> aws.iam.User:
    """The user and their login profile; the generated password stays a secret of the login profile.

    Args:
        name: prefix of the resource names. They contain the developer, so that a renamed one is a new user: with a
            login profile, a user cannot be renamed in place.
        developer: the user name.
        settings: of the team.
        parent: the component.
        after: what must exist first, so that its refusal leaves no half-made user.
    """
    user = aws.iam.User(
        f"{name}-{developer}",
        name=developer,
        path=settings.path,
        # What a developer added (MFA device, access key) would make AWS refuse to delete them, half-way.
        force_destroy=True,
        permissions_boundary=settings.permissions_boundary,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=list(after)),
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
            # A changed setting would replace the login and lock out a developer who has chosen a password long since.
            ignore_changes=["passwordLength", "passwordResetRequired", "pgpKey"],
            # Always a number: from none to a number nothing would be replaced, and the first re-issue would be lost.
            replacement_trigger=settings.credential_issues.get(developer, 1),
            # A user has one login profile at most: 409 EntityAlreadyExists otherwise.
            delete_before_replace=True,
        ),
    )
    return user
