"""What the group may and may not do, for people: Markdown that Pulumi Cloud shows as the stack's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.end_of_access import in_words
from components.pgp_keys import fingerprint
from components.pipeline_actions import ANY_COMMIT, CAPABILITIES, GUIDE, PIPELINE_CHANGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.settings import Settings


def access_matrix(settings: Settings, group: str, existing: Sequence[str], sign_in_url: str) -> str:
    """One team's page, from plain values.

    Args:
        settings: the team's.
        group: the group's name.
        existing: names of members made elsewhere.
        sign_in_url: of the account's console.
    """
    return "\n".join(
        [
            f"# {settings.team}: access to CodePipeline",
            "",
            f"Members of `{group}` sign in at <{sign_in_url}>.",
            "",
            "| Developers | | IAM action |",
            "| --- | --- | --- |",
            *_rows("may", {permission.action: permission.lets for permission in GUIDE}),
            *_rows("may", _capability_phrases(settings)),
            *_rows("may **not**" if settings.deny_pipeline_changes else "are not allowed to", PIPELINE_CHANGES),
            "",
            f"**Scope:** {_scope(settings)}",
            "",
            ANY_COMMIT,
            "",
            f"**Guard rails:** {_guard_rails(settings)}",
            "",
            "| Member | Made by | Password | Credential issue | Access |",
            "| --- | --- | --- | --- | --- |",
            *_members(settings, existing),
        ]
    )


def _rows(verb: str, phrases: dict[str, str]) -> list[str]:
    return [f"| {verb} | {lets} | `{action}` |" for action, lets in phrases.items()]


def _capability_phrases(settings: Settings) -> dict[str, str]:
    return {
        permission.action: f"{permission.lets} ({name})"
        for name in settings.capabilities
        for permission in CAPABILITIES[name].permissions
    }


def _scope(settings: Settings) -> str:
    scope = "all pipelines of the account."
    if settings.pipelines is not None:
        scope = f"{_listed(settings.pipelines)} (listing shows all pipelines)."
    if settings.startable is not None:
        scope += f" Start, stop and retry: {_listed(settings.startable)} only."
    if settings.projects is not None:
        scope += f" Builds and logs: {_listed(settings.projects)}."
    return scope


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _guard_rails(settings: Settings) -> str:
    rails = []
    if settings.deny_pipeline_changes:
        rails.append(
            "an explicit Deny of creating, editing and deleting pipelines, which wins over any other grant to a "
            "member, but not in a role that a member may take"
        )
    if settings.require_mfa:
        rails.append("everything but the first sign-in and enrolling a device needs MFA")
    if settings.permissions_boundary:
        rails.append(f"developers made here can never do more than `{settings.permissions_boundary}` allows")
    return f"{'; '.join(rails)}." if rails else "none."


def _members(settings: Settings, existing: Sequence[str]) -> list[str]:
    rows = []
    for name in settings.developers:
        key = settings.pgp_key_of(name)
        whose = "their PGP key" if name in settings.pgp_keys else "the hand-over key"
        password = f"encrypted for {whose} `{fingerprint(key)}`" if key else "generated"
        issue = settings.credential_issues.get(name, 1)
        rows.append(f"| {name} | this stack | {password} | {issue} | {_end(settings, name)} |")
    rows += [f"| {name} | elsewhere | | | {_end(settings, name)} |" for name in existing]
    return rows or ["| nobody yet | | | | |"]


def _end(settings: Settings, name: str) -> str:
    return f"ends {in_words(settings.ends[name])}" if name in settings.ends else "no end date"
