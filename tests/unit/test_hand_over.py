"""The message, from the resources of an exported state."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from components.hand_over import SECRET_MARK, NotChecked, NothingToHandOver, Program, _write, hand_over
from components.policy_document import Pattern, Place, Reach, access_ends, developer_policy
from components.settings import ENDS

if TYPE_CHECKING:
    from pathlib import Path

COMPONENT = "urn:pulumi:dev::p::codepipeline-access:index:DeveloperAccess::access"
UNKNOWN = "The password of jin is not known here:"
PLACE = Place("aws", "us-east-1", "123456789012")


def resource(kind: str, **outputs: object) -> dict[str, Any]:
    return {"type": kind, "urn": f"{COMPONENT}${kind}", "parent": COMPONENT, "outputs": outputs}


def state(
    login: dict[str, object], policy: str = developer_policy(PLACE, Reach(), []), *rails: str
) -> list[dict[str, Any]]:
    component = {
        "type": "codepipeline-access:index:DeveloperAccess",
        "urn": COMPONENT,
        "outputs": {"signInUrl": "https://helprr.signin.aws.amazon.com/console"},
    }
    profile = resource("aws:iam/userLoginProfile:UserLoginProfile", user="jin", **login)
    return [
        component,
        profile | {"created": "2026-11-23T14:03:07.123Z"},
        resource("aws:iam/policy:Policy", policy=policy, arn=f"arn:aws:iam::{PLACE.account}:policy/p"),
        resource("aws:iam/groupMembership:GroupMembership", users=["jin", "ada"]),
        *(resource("aws:iam/groupPolicy:GroupPolicy", name=rail) for rail in rails),
    ]


def secret(value: str) -> dict[str, str]:
    return {SECRET_MARK: "1b47061264138c4ac30d75fd1eb44270", "plaintext": json.dumps(value)}


def test_the_whole_message() -> None:
    handed_over = hand_over(state({"password": secret('a"b\\c&')}), "jin", Program("dev"))
    assert handed_over.message == (
        "Hello jin,\n"
        "\n"
        "You can now sign in to the AWS console and work with our pipelines.\n"
        "\n"
        "  Sign-in URL:         https://helprr.signin.aws.amazon.com/console\n"
        "  User name:           jin\n"
        '  Temporary password:  a"b\\c&\n'
        "\n"
        "At the first sign-in you choose a password of your own. The temporary one works\n"
        "only until then.\n"
        "\n"
        "You may: list the pipelines, view the structure of a pipeline, view the state of\n"
        "its stages and actions, view one execution, list its executions, list the action\n"
        "executions, list the action types, list the rule executions, view its tags,\n"
        "re-trigger a pipeline, retry a failed stage, stop an execution.\n"
        "\n"
        "Re-triggering can run any commit of any branch of the pipeline's source; IAM has\n"
        "no condition that limits it.\n"
        "\n"
        "You may not: create a pipeline, edit a pipeline, delete a pipeline.\n"
    )
    assert handed_over.note.startswith("This password was issued on 2026-11-23 14:03 UTC. If jin has signed in")
    assert 'a"b' not in handed_over.note


def test_scope_capabilities_and_mfa_are_told() -> None:
    policy = developer_policy(PLACE, Reach([Pattern("helprr-*")]), ["approve", "build-logs"])
    message = hand_over(
        state({"password": "x"}, policy, "deny-pipeline-changes", "require-mfa"), "jin", Program("dev")
    ).message
    flowing = message.replace("\n", " ")
    assert "approve or reject manual approval actions" in flowing
    assert "read the logs of CodeBuild and of Commands actions from the pipeline's page" in flowing
    assert "This applies to these pipelines: helprr-* (us-east-1)." in flowing
    assert "Everything needs MFA" in flowing


def test_an_encrypted_password_comes_with_its_command() -> None:
    message = hand_over(state({"encryptedPassword": "wV4D", "keyFingerprint": "abcd"}), "jin", Program("dev")).message
    assert "encrypted for your PGP key abcd" in message
    assert "    echo 'wV4D' | base64 --decode | gpg --decrypt\n" in message


@pytest.mark.parametrize(
    ("login", "developer", "reason"),
    [
        (
            {},
            "jin",
            f"{UNKNOWN} this stack did not create the login, or creating it failed partway.",
        ),
        (
            {"password": "x"},
            "ada",
            "ada was made elsewhere and only joined the group, so the password is not known here.",
        ),
        ({"password": "x"}, "jim", "Stack dev has no login for jim. Did you mean jin?"),
        ({"password": "x"}, "", "Stack dev has no login for . Developers there: jin."),
    ],
)
def test_what_cannot_be_handed_over_has_a_reason(login: dict[str, object], developer: str, reason: str) -> None:
    with pytest.raises(NothingToHandOver) as caught:
        hand_over(state(login), developer, Program("dev"))
    assert str(caught.value).splitlines()[0] == reason


@pytest.mark.parametrize(
    ("issue", "following"), [({}, 2), ({"replacementTrigger": 1}, 2), ({"replacementTrigger": 4.0}, 5)]
)
def test_the_note_has_the_very_next_credential_issue_and_the_stack(issue: dict[str, object], following: int) -> None:
    resources = state({"password": "x"})
    resources[1] |= issue
    assert hand_over(resources, "jin", Program("prod", makefile=False)).note.splitlines()[-2:] == [
        f"  pulumi config set --stack prod --path 'codepipeline-access:credentialIssues.jin' {following}",
        "  pulumi up --stack prod",
    ]
    assert hand_over(resources, "jin", Program("prod")).note.splitlines()[-2:] == [
        "  make reissue DEVELOPER=jin STACK=prod",
        "  make up STACK=prod",
    ]


def test_an_empty_state_says_what_to_do_first() -> None:
    with pytest.raises(NothingToHandOver, match="Run make up STACK=dev first"):
        hand_over([], "jin", Program("dev"))


def test_a_program_of_ones_own_is_told_what_to_change_there() -> None:
    note = hand_over(state({"password": "x"}), "jin", Program("dev", configured=False, makefile=False)).note
    assert note.splitlines()[-2:] == ['  in the program, credential_issues: {"jin": 2}', "  pulumi up --stack dev"]


def test_where_less_can_be_started_than_viewed_it_is_told() -> None:
    reach = Reach([Pattern("helprr-*")], startable=[Pattern("helprr-dev", "eu-west-1")])
    message = hand_over(state({"password": "x"}, developer_policy(PLACE, reach, [])), "jin", Program("dev")).message
    assert "This applies to these pipelines: helprr-* (us-east-1).\n" in message
    assert "You may re-trigger, retry and stop only: helprr-dev (eu-west-1).\n" in message


def test_a_password_for_the_hand_over_key_is_opened_by_the_lead() -> None:
    resources = state({"encryptedPassword": "wV4D", "keyFingerprint": "abcd"})
    resources[0]["outputs"]["handOverKey"] = "ABCD"
    handed_over = hand_over(resources, "jin", Program("dev"))
    assert "encrypted for the hand-over key. Whoever has it puts here what this prints:" in handed_over.message
    assert "your PGP key" not in handed_over.message
    assert handed_over.note.startswith("Only the hand-over key abcd opens this password:")


def test_the_two_parts_hold_together_what_the_whole_holds() -> None:
    resources = state({"password": secret("p&ss")})
    message, password, whole = (
        hand_over(resources, "jin", Program("dev"), part) for part in ("message", "password", None)
    )
    assert (password.message, message.note) == ("p&ss\n", "")
    assert "p&ss" not in message.message
    assert message.message.replace("comes separately", "p&ss") == whole.message
    assert password.note == whole.note


def test_the_part_of_an_encrypted_password_is_the_command_that_opens_it() -> None:
    resources = state({"encryptedPassword": "wV4D", "keyFingerprint": "abcd"})
    password = hand_over(resources, "jin", Program("dev"), "password")
    assert password.message == "echo 'wV4D' | base64 --decode | gpg --decrypt\n"
    assert password.note.startswith("Only the PGP key abcd of jin opens this password.\n")


@pytest.mark.parametrize(
    ("must_change", "reason"),
    [
        (False, "This password has been used: jin has signed in and chosen one of their own."),
        (None, "jin has no login in account 123456789012: it was removed there."),
    ],
)
@pytest.mark.parametrize("part", [None, "password"])
def test_a_password_of_no_use_is_not_handed_over(must_change: bool | None, reason: str, part: str | None) -> None:
    with pytest.raises(NothingToHandOver) as caught:
        hand_over(state({"password": "p&ss"}), "jin", Program("dev"), part, lambda *_: must_change)
    assert str(caught.value).startswith(reason)
    assert "p&ss" not in str(caught.value)


def test_the_account_of_the_stack_is_asked_whether_the_password_was_used() -> None:
    asked = []

    def must_change(developer: str, account: str) -> bool:
        asked.append((developer, account))
        return True

    note = hand_over(state({"password": "x"}), "jin", Program("dev"), None, must_change).note
    assert asked == [("jin", "123456789012")]
    assert note.startswith("This password was issued on 2026-11-23 14:03 UTC and has not been used.\n")


def test_the_note_says_why_nobody_was_asked() -> None:
    def must_change(_developer: str, _account: str) -> bool:
        raise NotChecked("boto3 is not installed")

    note = hand_over(state({"password": "x"}), "jin", Program("dev"), None, must_change).note
    assert "it no longer works.\n(Not checked: boto3 is not installed.)\n" in note


@pytest.mark.parametrize("git", ["folder", "file"])  # a linked work tree has a file
def test_a_file_within_a_work_tree_is_refused(tmp_path: Path, git: str) -> None:
    (tmp_path / "tree/deep").mkdir(parents=True)
    if git == "folder":
        (tmp_path / "tree/.git").mkdir()
    else:
        (tmp_path / "tree/.git").write_text("gitdir: elsewhere")
    (tmp_path / "link").symlink_to(tmp_path / "tree/deep")
    for path in (tmp_path / "tree/deep/jin.txt", tmp_path / "link/jin.txt"):
        with pytest.raises(NothingToHandOver, match="where it might be committed"):
            _write("a password", str(path))
        assert not path.exists()
    _write("a password", str(tmp_path / "jin.txt"))
    assert (tmp_path / "jin.txt").read_text() == "a password"


@pytest.mark.parametrize(("end", "handed_over"), [("2020-01-02T00:00:00Z", False), ("2120-01-02T00:00:00Z", True)])
def test_no_message_says_that_ended_access_is_there(end: str, handed_over: bool) -> None:
    rail = resource("aws:iam/groupPolicy:GroupPolicy", name=f"{ENDS}x", policy=access_ends(end, ["jin"]))
    resources = [*state({"password": "x"}), rail]
    if handed_over:
        assert "Your access ends 2120-01-01 24:00 UTC." in hand_over(resources, "jin", Program("dev")).message
    else:
        with pytest.raises(NothingToHandOver, match=r"^The access of jin ended 2020-01-01 24:00 UTC\. Extend it"):
            hand_over(resources, "jin", Program("dev"))
