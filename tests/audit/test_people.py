"""The members of a team: what is found of each, and of their group."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from tests.audit.accounts import ACCOUNT, ADMINISTRATOR, ALLOW, DENY, answer, arn, group, policy, user

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.audit.accounts import Answer
    from tests.audit.conftest import Audit

    Judged = Callable[[str], dict[str, Any]]

NOW = datetime(2026, 11, 24, 5, tzinfo=timezone.utc)
GROUP = "helprr-developer-group"
POLICY = arn("policy", "helprr-developer-policy")
CHANGE_PASSWORD = "arn:aws:iam::aws:policy/IAMUserChangePassword"
BOUNDARY = arn("policy", "boundary")
TEAM = group(GROUP, {"deny-pipeline-changes": DENY}, [POLICY, CHANGE_PASSWORD])


def ago(days: int) -> str:
    return (NOW - timedelta(days=days)).isoformat()


def person(**changes: object) -> dict[str, object]:
    """Somebody of whom there is nothing to say."""
    return {"Mfa": True, "PasswordLastUsed": ago(1), "Invited": ago(100), "AccessKeys": [], **changes}


def account(*entries: Answer, people: dict[str, object] | None = None) -> Answer:
    extras = {
        "Account": ACCOUNT,
        "At": NOW.isoformat(),
        "AskedBy": arn("role", "auditor"),
        "Region": "us-east-1",
        "Organization": {"State": "none"},
        "Pipelines": [],
        "Groups": [GROUP],
        "People": people or {},
        "Notes": [],
    }
    policies = (policy(POLICY, DENY), policy(CHANGE_PASSWORD, DENY), policy(BOUNDARY, ALLOW))
    return answer(*policies, *entries) | {"Audit": extras}


def key(key_id: str, made: int, used: int | None, *, active: bool = True) -> dict[str, object]:
    return {"Id": key_id, "Active": active, "Made": ago(made), "LastUsed": None if used is None else ago(used)}


FOUND: dict[str, tuple[dict[str, object], list[str]]] = {
    "nothing to say": ({}, []),
    "no device": ({"Mfa": False}, ["high: no MFA device"]),
    "no device, and no password either": (
        {"Mfa": False, "Invited": None, "PasswordLastUsed": None},
        ["low: cannot sign in: no password, no active access key"],
    ),
    "an invitation of a week": ({"PasswordLastUsed": None, "Invited": ago(7)}, []),
    "an old invitation": (
        {"PasswordLastUsed": None, "Invited": ago(8)},
        ["medium: invited 8 days ago and never signed in: reissue the password, or remove them"],
    ),
    "not seen for long": ({"PasswordLastUsed": ago(46)}, ["medium: last signed in 46 days ago"]),
    "keys": (
        {"AccessKeys": [key("A", 91, 2), key("B", 90, None), key("C", 400, 399, active=False)]},
        [
            "high: access key A, 91 days old, last used 2 days ago",
            "medium: access key B, 90 days old, never used",
            "low: access key C, 400 days old, last used 399 days ago, switched off",
        ],
    ),
}


@pytest.mark.parametrize(("changes", "found"), FOUND.values(), ids=FOUND)
def test_how_a_member_signs_in(audit: Audit, judged: Judged, changes: dict[str, object], found: list[str]) -> None:
    jin = user("jin", groups=[GROUP], boundary=BOUNDARY)
    [member] = judged(audit(account(TEAM, jin, people={"jin": person(**changes)}), "--format", "json")[1])["members"]
    assert member["findings"] == found
    assert member["mfa"] is changes.get("Mfa", True)
    assert (member["last_sign_in"] is None) == (changes.get("PasswordLastUsed", "") is None)


def test_what_else_a_member_has(audit: Audit, judged: Judged) -> None:
    jin = user("jin", {"own": DENY}, groups=[GROUP, "others"])
    saved = account(TEAM, group("others"), jin, user("ann", groups=["others"]), people={"jin": person()})
    [member] = judged(audit(saved, "--format", "json")[1])["members"]
    assert member["findings"] == [
        "high: policies of their own: own",
        "low: also in others",
        "low: no permissions boundary",
    ]


def test_instants_are_told_in_utc(audit: Audit, judged: Judged) -> None:
    saved = account(
        TEAM, user("jin", groups=[GROUP]), people={"jin": person(PasswordLastUsed="2026-11-23T01:00:00+02:00")}
    )
    saved["Audit"]["At"] = "2026-11-24T07:00:00+02:00"
    report = judged(audit(saved, "--format", "json")[1])
    assert (report["at"], report["members"][0]["last_sign_in"]) == ("2026-11-24T05:00:00Z", "2026-11-22T23:00:00Z")


def test_an_answer_put_together_from_two_accounts_is_refused(audit: Audit) -> None:
    saved = account(TEAM)
    saved["Audit"]["Account"] = "210987654321"
    assert audit(saved)[0] == 2


def test_whose_sign_in_was_not_read_is_said(audit: Audit, judged: Judged) -> None:
    saved = account(TEAM, user("jin", groups=[GROUP], boundary=BOUNDARY))
    assert judged(audit(saved, "--format", "json")[1])["members"][0]["findings"] == [
        "low: how they sign in was not read"
    ]


def outputs(folder: Path, **changes: object) -> str:
    file = folder / "outputs.json"
    file.write_text(json.dumps({"group": GROUP, "policyArn": POLICY, "developers": ["jin"], "readme": "", **changes}))
    return str(file)


def notes(audit: Audit, judged: Judged, saved: Answer, *options: str) -> list[str]:
    found = judged(audit(saved, "--format", "json", *options)[1])["notes"]
    return [note for note in found if note.startswith(("high", "medium", "low"))]


def test_a_group_that_is_as_the_code_says(audit: Audit, judged: Judged, tmp_path: Path) -> None:
    saved = account(TEAM, user("jin", groups=[GROUP]), people={"jin": person()})
    assert notes(audit, judged, saved, "--stack-outputs", outputs(tmp_path)) == []


def test_a_group_that_is_not_as_the_code_says(audit: Audit, judged: Judged, tmp_path: Path) -> None:
    changed = group(GROUP, {"by-hand": ALLOW}, [ADMINISTRATOR])
    saved = account(changed, user("ann", groups=[GROUP]), people={"ann": person()})
    given = outputs(tmp_path)
    assert notes(audit, judged, saved, "--stack-outputs", given) == [
        f"high: Group {GROUP} has inline policy by-hand, which the code does not say.",
        f"high: Group {GROUP} has policy {ADMINISTRATOR}, which the code does not say.",
        f"medium: Group {GROUP} lacks {POLICY}, which the code says.",
        f"medium: Group {GROUP} has no deny-pipeline-changes: other grants are not undone.",
        f"medium: jin is not in group {GROUP}, as the code says.",
    ]
    [member] = judged(audit(saved, "--format", "json", "--stack-outputs", given)[1])["members"]
    assert "high: in the group, but not a developer in the code" in member["findings"]


def test_a_group_that_is_gone(audit: Audit, judged: Judged) -> None:
    assert notes(audit, judged, account()) == [f"high: There is no group {GROUP}."]


@pytest.mark.parametrize("written", ["", "[]", "{}", '{"group": 1, "policyArn": "x", "developers": []}', "[" * 99_999])
def test_outputs_that_are_none_are_refused(audit: Audit, tmp_path: Path, written: str) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(written)
    code, out, err = audit(account(), "--stack-outputs", str(file))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "is not what pulumi stack output --json prints for a stack of this project" in err


@pytest.mark.parametrize(
    "broken",
    [
        "x",
        {},
        {"At": "yesterday"},
        {"Organization": {"State": "all"}},
        {"Pipelines": [1]},
        {"People": {"jin": {}}},
        {"People": []},
        {"Organization": {"State": "read", "Levels": 5}},
    ],
)
def test_a_saved_answer_that_was_changed_is_refused(audit: Audit, broken: object) -> None:
    saved = account()
    saved["Audit"] = saved["Audit"] | broken if isinstance(broken, dict) and broken else broken
    code, out, err = audit(saved)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "its part Audit is not what this command saves" in err
