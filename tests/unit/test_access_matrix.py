"""What people read about the group is what the settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic.alias_generators import to_camel

from components.access_matrix import access_matrix
from components.pipeline_actions import ANY_COMMIT, CAPABILITIES, GUIDE, PIPELINE_CHANGES
from components.settings import checked_args

if TYPE_CHECKING:
    from tests.unit.conftest import Keys

BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"
THE_DENY = (
    "an explicit Deny of creating, editing and deleting pipelines, which wins over any other grant to a member, "
    "but not in a role that a member may take"
)


def page(**settings: object) -> str:
    checked = checked_args({"team": "helprr"} | settings, "It", to_camel)
    return access_matrix(checked, "the-group", [str(name) for name in checked.existing], "https://sign.in")


def test_every_action_has_its_row() -> None:
    rows = page(capabilities=list(CAPABILITIES)).splitlines()
    for permission in GUIDE:
        assert f"| may | {permission.lets} | `{permission.action}` |" in rows
    for name, capability in CAPABILITIES.items():
        for permission in capability.permissions:
            assert f"| may | {permission.lets} ({name}) | `{permission.action}` |" in rows
    for action, lets in PIPELINE_CHANGES.items():
        assert f"| may **not** | {lets} | `{action}` |" in rows


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({}, "**Scope:** all pipelines of the account."),
        ({"pipelines": ["helprr-*", "api"]}, "**Scope:** `helprr-*`, `api` (listing shows all pipelines)."),
        (
            {"pipelines": ["a*"], "startable": ["a"], "capabilities": ["build-logs"], "projects": ["p"]},
            "**Scope:** `a*` (listing shows all pipelines). Start, stop and retry: `a` only. Builds and logs: `p`.",
        ),
        ({}, f"**Guard rails:** {THE_DENY}."),
        (
            {"permissionsBoundary": BOUNDARY},
            f"**Guard rails:** {THE_DENY}; developers made here can never do more than `{BOUNDARY}` allows.",
        ),
        ({"denyPipelineChanges": False}, "**Guard rails:** none."),
        ({"denyPipelineChanges": False}, "| are not allowed to | edit a pipeline | `codepipeline:UpdatePipeline` |"),
        (
            {"denyPipelineChanges": False, "requireMfa": True},
            "**Guard rails:** everything but the first sign-in and enrolling a device needs MFA.",
        ),
        ({}, "| nobody yet | | | | |"),
        ({"developers": ["jin"]}, "| jin | this stack | generated | 1 | no end date |"),
        (
            {"developers": ["jin"], "credentialIssues": {"jin": 4}},
            "| jin | this stack | generated | 4 | no end date |",
        ),
        ({"existing": ["ada"]}, "| ada | elsewhere | | | no end date |"),
    ],
)
def test_a_setting_is_told_in_a_line(settings: dict[str, object], line: str) -> None:
    assert line in page(**settings).splitlines()


def test_who_reads_their_password_with_a_pgp_key_is_told(keys: Keys) -> None:
    fingerprint = keys.certificate.fingerprint.upper()
    rows = page(developers=["jin", "mina"], pgpKeys={"jin": keys.public}, handOverKey=keys.armored).splitlines()
    assert f"| jin | this stack | encrypted for their PGP key `{fingerprint}` | 1 | no end date |" in rows
    assert f"| mina | this stack | encrypted for the hand-over key `{fingerprint}` | 1 | no end date |" in rows


def test_what_a_re_trigger_can_run_is_told() -> None:
    assert ANY_COMMIT in page().splitlines()
