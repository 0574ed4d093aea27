"""Tags: a resource's own, and those that the provider adds to everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.provider._aws import Aws
    from sandbox.provider._wire import Properties


def sent(aws: Aws, new: Properties) -> list[dict[str, str]]:
    """All tags of a new resource, as IAM takes them."""
    return [{"Key": key, "Value": value} for key, value in aws.all_tags(new.get("tags")).items()]


def found(aws: Aws, account: list[dict[str, str]] | None, state: Properties) -> dict[str, Any]:
    """`tags` and `tagsAll` from the account; `tags` has a default tag only if the program sets it."""
    every = {tag["Key"]: tag["Value"] for tag in account or []}
    written = state.get("tags") or {}
    own = {key: value for key, value in every.items() if key in written or aws.default_tags.get(key) != value}
    return {"tags": own, "tagsAll": every}


def update(aws: Aws, what: str, identity: dict[str, str], old: Properties, new: Properties) -> None:
    """Change the tags of a "User", "Role" or "Policy" from old to new."""
    before, after = old.get("tagsAll") or {}, aws.all_tags(new.get("tags"))
    if gone := sorted(before.keys() - after.keys()):
        aws.iam(f"Untag{what}", TagKeys=gone, **identity)
    if come := {key: value for key, value in after.items() if before.get(key) != value}:
        aws.iam(f"Tag{what}", Tags=[{"Key": key, "Value": value} for key, value in come.items()], **identity)
