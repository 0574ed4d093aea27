"""Where a temporary password may be seen: in the hand-over, and nowhere else."""

from __future__ import annotations

import json
import re
import stat
from typing import TYPE_CHECKING

import pytest

from sandbox.account import console_credentials
from walkthrough import Workbench

if TYPE_CHECKING:
    from tests.engine.conftest import Up


PACK = ("--policy-pack", "policypack")
OWN_PASSWORD = "what-Jin-chose-1"


def choose_a_password(bench: Workbench) -> None:
    """What jin does at the first sign-in."""
    bench.client("iam").update_login_profile(UserName="jin", Password=OWN_PASSWORD, PasswordResetRequired=False)


def test_the_password_is_in_no_output_and_no_file(bench: Workbench) -> None:
    pulumi = ("--stack", "dev", "--yes", "--skip-preview")
    assert bench.run("pulumi", "stack", "init", "dev").returncode == 0
    debug = bench.run("pulumi", "up", *pulumi, "--debug", "--event-log", "events", PULUMI_DEBUG_COMMANDS="true")
    assert debug.returncode == 0, debug.stdout
    password = bench.temporary_password("jin")
    outputs = {
        "up --debug": debug.stdout + debug.stderr,
        "event log": (bench.folder / "events").read_text(),
        **{
            " ".join(command): done.stdout + done.stderr
            for command in (
                ("preview", "--stack", "dev"),
                ("preview", "--diff", "--stack", "dev"),
                ("preview", "--diff", "--show-sames", "--stack", "dev"),
                ("preview", "--json", "--stack", "dev"),
                ("up", *pulumi),
                ("up", "--json", *pulumi),
                ("stack", "--stack", "dev"),
                ("stack", "output", "--stack", "dev"),
                ("stack", "output", "--json", "--show-secrets", "--stack", "dev"),
                ("stack", "export", "--stack", "dev"),
            )
            for done in [bench.run("pulumi", *command)]
        },
    }
    state = bench.folder.parent / "pulumi"
    outputs |= {str(path.relative_to(state)): path.read_text("latin-1") for path in state.rglob("*") if path.is_file()}
    forms = {password, json.dumps(password)[1:-1], password.replace("&", "\\u0026")}
    assert [place for place, text in outputs.items() if any(form in text for form in forms)] == []
    assert len(outputs) > len(("the commands", "the state", "its history", "its backups")) + 10


def test_the_password_of_the_message_opens_the_console(bench: Workbench, up: Up) -> None:
    up()
    password = Workbench.temporary_password(bench, "jin")  # from the message, even where tests take it from the state
    assert password == bench.temporary_password("jin")
    account = bench.sandbox.account
    assert console_credentials(account.endpoint, "jin", password)
    with pytest.raises(PermissionError):
        console_credentials(account.endpoint, "jin", "another password")


def test_a_password_that_the_developer_chose_survives_every_update(bench: Workbench, up: Up) -> None:
    up(None, *PACK)
    choose_a_password(bench)
    up({"developers": ["jin", "mina"], "passwordLength": 30, "requireMfa": True}, *PACK)
    up({"developers": ["jin", "mina"], "passwordLength": 30, "requireMfa": True}, "--expect-no-changes", *PACK)
    assert console_credentials(bench.sandbox.account.endpoint, "jin", OWN_PASSWORD)


def test_a_lost_password_is_re_issued_with_a_forced_reset(bench: Workbench, up: Up) -> None:
    up()
    old = bench.temporary_password("jin")
    choose_a_password(bench)
    command = ("python", "-m", "components.hand_over", "jin", "--stack", "dev")
    used = bench.run(*command)
    assert (used.returncode, used.stdout) == (1, "")
    assert used.stderr.startswith("This password has been used: jin has signed in and chosen one of their own.\n")
    unknown = bench.run(*command, "--part", "password", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert (unknown.returncode, unknown.stdout) == (0, f"{old}\n")
    assert "(Not checked: Unable to locate credentials.)" in unknown.stderr
    up(None, *PACK)
    up({"credentialIssues": {"jin": 2}}, *PACK)
    assert bench.client("iam").get_login_profile(UserName="jin")["LoginProfile"]["PasswordResetRequired"] is True
    assert console_credentials(bench.sandbox.account.endpoint, "jin", bench.temporary_password("jin"))
    with pytest.raises(PermissionError):
        console_credentials(bench.sandbox.account.endpoint, "jin", OWN_PASSWORD)


def test_raising_the_credential_issue_gives_that_developer_a_new_password(bench: Workbench, up: Up) -> None:
    """The hand-over tells whoever sends it when the password was issued, and how to raise the issue again."""

    def note() -> str:
        return bench.run("python", "-m", "components.hand_over", "jin", "--stack", "dev").stderr

    both = {"developers": ["jin", "mina"]}
    up(both)
    before = {name: bench.temporary_password(name) for name in ("jin", "mina")}
    assert re.match(r"This password was issued on \d{4}-\d\d-\d\d \d\d:\d\d UTC and has not been used.", note())
    up(both | {"credentialIssues": {"jin": 2}})
    after = {name: bench.temporary_password(name) for name in ("jin", "mina")}
    assert after["mina"] == before["mina"]
    assert after["jin"] != before["jin"]
    assert console_credentials(bench.sandbox.account.endpoint, "jin", after["jin"])
    assert bench.client("iam").get_login_profile(UserName="jin")["LoginProfile"]["PasswordResetRequired"] is True
    assert "pulumi config set --stack dev --path 'codepipeline-access:credentialIssues.jin' 3\n" in note()


def test_the_message_goes_to_a_new_file_of_the_owner_only(bench: Workbench, up: Up) -> None:
    up()
    command = ("python", "-m", "components.hand_over", "jin", "--stack", "dev", "--output", "jin.txt")
    done = bench.run(*command)
    file = bench.folder / "jin.txt"
    assert (done.returncode, done.stdout) == (0, "")
    assert stat.S_IMODE(file.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR
    assert "Temporary password" in file.read_text()
    again = bench.run(*command)
    assert (again.returncode, again.stderr) == (1, "jin.txt cannot be written: File exists. Name a new file.\n")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("jim", "--stack", "dev"), "Stack dev has no login for jim. Did you mean jin?\n"),
        (("zoe", "--stack", "dev"), "Stack dev has no login for zoe. Developers there: jin.\n"),
        (("jin", "--stack", "test"), "no stack named 'test' found\n"),
    ],
)
def test_a_hand_over_that_cannot_be_says_why(bench: Workbench, up: Up, arguments: tuple[str, ...], reason: str) -> None:
    up()
    done = bench.run("python", "-m", "components.hand_over", *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", reason)


def test_a_stack_that_is_not_up_has_nothing_to_hand_over(bench: Workbench) -> None:
    bench.run("pulumi", "stack", "init", "dev")
    done = bench.run("python", "-m", "components.hand_over", "jin", "--stack", "dev")
    assert done.returncode == 1
    assert done.stderr == "Stack dev has no developers with a login. Run pulumi up --stack dev first.\n"
