"""Changes over time: what is replaced, and whether there is a moment without guard rail or access.

The table is the one of docs/operations.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from sandbox.account import console_credentials
from tests.engine.replay import gaps, members_without_the_deny
from walkthrough import PROJECT

if TYPE_CHECKING:
    from tests.engine.conftest import Preview, Up
    from walkthrough import Workbench

SOONER, LATER = "9990-12-31", "9991-06-30"  # far from today
OWN_PASSWORD = "what-Jin-chose-1"


@dataclass(frozen=True)
class Change:
    """An update that sets `after`, where None means the default, and does what is `planned`."""

    after: dict[str, object]
    planned: list[str]
    gap: bool = False  # seconds in which the members can do nothing with pipelines


@dataclass(frozen=True)
class Life:
    """Changes, by name, of one stack, one after the other; `before` is merged into the guide's settings."""

    changes: dict[str, Change]
    before: dict[str, object] = field(default_factory=dict)


REPLACED_POLICY = ["replace GroupPolicyAttachment access-policy", "replace Policy access-policy"]
NEW_GROUP = [
    "replace Group access-group",
    "replace GroupMembership access-members",
    "replace GroupPoliciesExclusive access-inline-policies",
    "replace GroupPolicy access-deny-pipeline-changes",
    "replace GroupPolicy access-own-mfa-device",
    "replace GroupPolicyAttachment access-change-password",
    "replace GroupPolicyAttachment access-policy",
    "replace GroupPolicyAttachmentsExclusive access-attached-policies",
    "replace Policy access-policy",
]

INLINE = "update GroupPoliciesExclusive access-inline-policies"
ENDS_SOONER = "GroupPolicy access-access-ends-99910101T000000Z"
ENDS_LATER = "GroupPolicy access-access-ends-99910701T000000Z"

LIVES = {
    "names": Life(
        {
            "the team is renamed": Change({"team": "helprr-platform"}, NEW_GROUP, gap=True),
            "unique names are switched on": Change(
                {"uniqueNames": True}, ["create RandomString access-suffix", *NEW_GROUP], gap=True
            ),
            "unique names are switched off": Change(
                {"uniqueNames": None}, ["delete RandomString access-suffix", *NEW_GROUP], gap=True
            ),
        }
    ),
    "a stack that grows": Life(
        {
            "the pipelines are scoped": Change({"pipelines": ["helprr-*"]}, ["update Policy access-policy"]),
            "a developer is added": Change(
                {"developers": ["jin", "mina"]},
                [
                    "create User access-mina",
                    "create UserLoginProfile access-mina",
                    "update GroupMembership access-members",
                ],
            ),
            "a capability is added": Change({"capabilities": ["approve"]}, ["update Policy access-policy"]),
            "the developers are listed in another order": Change({"developers": ["mina", "jin"]}, []),
            "MFA is required": Change(
                {"requireMfa": True},
                ["create GroupPolicy access-require-mfa", INLINE],
            ),
            "a developer is renamed": Change(
                {"developers": ["jin", "mina.park"]},
                [
                    "create User access-mina.park",
                    "create UserLoginProfile access-mina.park",
                    "delete User access-mina",
                    "delete UserLoginProfile access-mina",
                    "update GroupMembership access-members",
                ],
            ),
        }
    ),
    "a stack that shrinks": Life(
        {
            "the only other user, made elsewhere, leaves": Change(
                {"existing": None}, ["update GroupMembership access-members"]
            ),
            "the scope is given up": Change({"pipelines": None}, ["update Policy access-policy"]),
            "a developer is removed": Change(
                {"developers": ["jin"]},
                [
                    "delete User access-mina",
                    "delete UserLoginProfile access-mina",
                    "update GroupMembership access-members",
                ],
            ),
            "a capability is taken away": Change({"capabilities": None}, ["update Policy access-policy"]),
            "MFA is no longer required": Change(
                {"requireMfa": None},
                ["delete GroupPolicy access-require-mfa", INLINE],
            ),
            "the password length is changed": Change({"passwordLength": 40}, []),
        },
        before={
            "existing": ["ada"],
            "pipelines": ["helprr-*"],
            "developers": ["jin", "mina"],
            "capabilities": ["approve"],
            "requireMfa": True,
        },
    ),
    "ends of access": Life(
        {
            "an end of access is set": Change(
                {"until": {"jin": SOONER}},
                [f"create {ENDS_SOONER}", INLINE],
            ),
            "the description is changed": Change(
                {"description": "Other words"},
                # The new policy has the old ARN, but a preview cannot know that.
                [*REPLACED_POLICY, "update GroupPolicyAttachmentsExclusive access-attached-policies"],
                gap=True,
            ),
            "an end of access is extended": Change(
                {"until": {"jin": LATER}},
                [f"create {ENDS_LATER}", f"delete {ENDS_SOONER}", INLINE],
            ),
            "the path is changed": Change(
                {"path": "/teams/helprr/"},
                [
                    *REPLACED_POLICY,
                    "update Group access-group",
                    "update GroupPolicyAttachmentsExclusive access-attached-policies",
                    "update User access-jin",
                ],
                gap=True,
            ),
            "an end of access is shortened": Change(
                {"until": {"jin": SOONER}},
                [f"create {ENDS_SOONER}", f"delete {ENDS_LATER}", INLINE],
            ),
            "an end of access is removed": Change(
                {"until": None},
                [f"delete {ENDS_SOONER}", INLINE],
            ),
        }
    ),
}


@pytest.mark.parametrize("name", LIVES)
def test_changes_are_as_announced_and_no_member_is_ever_without_the_deny(
    bench: Workbench, up: Up, preview: Preview, name: str
) -> None:
    life, iam, calls = LIVES[name], bench.client("iam"), bench.sandbox.account.calls
    if "existing" in life.before:
        iam.create_user(UserName="ada")
    up(life.before)
    iam.update_login_profile(UserName="jin", Password=OWN_PASSWORD, PasswordResetRequired=False)
    user_id = iam.get_user(UserName="jin")["User"]["UserId"]
    settings, touched = life.before, set[str]()
    for change_name, change in life.changes.items():
        told = (name, change_name)
        touches = {planned.partition(" ")[2] for planned in change.planned}
        if touches & touched:  # the preview of this change would hide what is left of the one before
            assert (told, preview(settings)) == (told, [])
        changed = {**settings, **change.after}
        settings = {setting: value for setting, value in changed.items() if value is not None}
        assert (told, preview(settings)) == (told, sorted(change.planned))
        lost = gaps(calls, "jin")
        up(settings)
        assert (told, gaps(calls, "jin") > lost) == (told, change.gap)
        assert (told, members_without_the_deny(calls)) == (told, set())
        assert (told, iam.get_user(UserName="jin")["User"]["UserId"]) == (told, user_id)
        assert console_credentials(bench.sandbox.account.endpoint, "jin", OWN_PASSWORD)
        groups, policies = iam.list_groups()["Groups"], iam.list_policies(Scope="Local")["Policies"]
        assert (told, len(groups), len(policies)) == (told, 1, 1)
        touched = touches
    assert preview(settings) == []


def test_the_page_for_operators_has_these_changes_and_says_the_same_of_access() -> None:
    page = (PROJECT / "docs" / "operations.md").read_text()
    table = page.partition("## What a change does")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line.startswith("| ")]
    told = {name: access.startswith("seconds without") for name, _, _, access in rows[2:]}
    assert told == {name: change.gap for life in LIVES.values() for name, change in life.changes.items()}


def test_the_deny_can_be_switched_off_and_on(bench: Workbench, up: Up, preview: Preview) -> None:
    up()
    assert preview({"denyPipelineChanges": False}) == [
        "delete GroupPolicy access-deny-pipeline-changes",
        "update GroupPoliciesExclusive access-inline-policies",
    ]
    up({"denyPipelineChanges": False})
    group = "helprr-backend-developer-group"
    assert bench.client("iam").list_group_policies(GroupName=group)["PolicyNames"] == ["own-mfa-device"]
    up()
    assert sorted(bench.client("iam").list_group_policies(GroupName=group)["PolicyNames"]) == [
        "deny-pipeline-changes",
        "own-mfa-device",
    ]
    up(None, "--expect-no-changes")


def test_a_team_may_have_nobody(up: Up, preview: Preview) -> None:
    up({"developers": []})
    assert preview({"developers": []}) == []
    up()
    up({"developers": []})


def test_destroy_takes_the_members_out_before_the_deny_goes_and_leaves_nothing(bench: Workbench, up: Up) -> None:
    up({"developers": ["jin", "mina"]})
    done = bench.run("pulumi", "destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert done.returncode == 0, done.stdout
    assert members_without_the_deny(bench.sandbox.account.calls) == set()
    iam = bench.client("iam")
    assert (iam.list_users()["Users"], iam.list_groups()["Groups"]) == ([], [])
    assert iam.list_policies(Scope="Local")["Policies"] == []


def test_the_suffix_of_unique_names_stays(bench: Workbench, up: Up) -> None:
    up({"uniqueNames": True})
    first = bench.run("pulumi", "stack", "output", "group", "--stack", "dev").stdout
    up({"uniqueNames": True, "developers": ["mina"], "description": "Other words"})
    assert bench.run("pulumi", "stack", "output", "group", "--stack", "dev").stdout == first


def test_two_components_live_in_one_program(bench: Workbench) -> None:
    (bench.folder / "__main__.py").write_text(
        "import pulumi\n"
        "from components import DeveloperAccess\n"
        "for team, developer in (('backend', 'jin'), ('frontend', 'mina')):\n"
        "    access = DeveloperAccess(team, {'team': team, 'developers': [developer]})\n"
        "    pulumi.export(team, access.group)\n"
    )
    bench.run("pulumi", "stack", "init", "dev")
    up = ("pulumi", "up", "--yes", "--skip-preview", "--stack", "dev", "--policy-pack", "policypack")
    done = bench.run(*up)
    assert done.returncode == 0, done.stdout
    again = bench.run(*up, "--expect-no-changes")
    assert again.returncode == 0, again.stdout
    for group, member in (("backend-developer-group", "jin"), ("frontend-developer-group", "mina")):
        users = bench.client("iam").get_group(GroupName=group)["Users"]
        assert [user["UserName"] for user in users] == [member]
        message = bench.run("python", "-m", "components.hand_over", member, "--stack", "dev").stdout
        assert f"User name:           {member}" in message
