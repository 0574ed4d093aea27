"""Every task of docs/operations.md is run as it stands there: its commands work, and print what the page shows."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from sandbox.faults import parse_fault
from sandbox.run import sandbox
from tests.operations.conftest import add_what_make_needs
from tests.operations.page_runner import what_differs
from tests.operations.pages import PROJECT, Section, sections
from tests.operations.test_take_over import click_through_the_guide
from walkthrough import Workbench, copy_of_the_program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Warm
    from tests.warm.starts import Starts

GOES_ON = re.compile(r'what "(?P<task>.+)" leaves(, and (?P<then>.+))?')
POLICY = "arn:aws:iam::123456789012:policy/helprr-backend-developer-policy"


def up(bench: Workbench, starts: Starts) -> None:
    starts.initialized(bench)
    starts.updated(bench)


def up_with_a_passphrase(bench: Workbench, _: Starts) -> None:
    assert bench.run("pulumi", "stack", "init", "dev", "--secrets-provider", "passphrase").returncode == 0
    assert bench.run("pulumi", "up", "--skip-preview", "--stack", "dev").returncode == 0


def up_twice(bench: Workbench, starts: Starts) -> None:
    up(bench, starts)
    bench.write_config("web", {"team": "helprr-web"})
    assert bench.run("pulumi", "stack", "init", "web").returncode == 0
    bench.run("pulumi", "up", "--skip-preview", "--stack", "web")


def make_a_bucket(bench: Workbench, _: Starts) -> None:
    bench.client("s3").create_bucket(Bucket="helprr-pulumi-state")
    key = bench.client("kms").create_key()["KeyMetadata"]["KeyId"]
    bench.client("kms").create_alias(AliasName="alias/pulumi", TargetKeyId=key)


def up_and_enrol_a_device(bench: Workbench, starts: Starts) -> None:
    up(bench, starts)
    iam = bench.client("iam")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="jin-phone")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName="jin", SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )


def make_roles(bench: Workbench, _: Starts) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    for role in ("preview", "members", "grants", "audit"):
        bench.client("iam").create_role(RoleName=f"helprr-backend-dev-{role}", AssumeRolePolicyDocument=document)


def overwrite_the_state(bench: Workbench, _: Starts) -> None:
    key = ".pulumi/stacks/codepipeline-access/dev.json"
    bench.client("s3").put_object(Bucket="helprr-pulumi-state", Key=key, Body=b"{")


def up_and_attach_to_the_group(bench: Workbench, starts: Starts) -> None:
    up(bench, starts)
    administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
    bench.client("iam").attach_group_policy(GroupName="helprr-backend-developer-group", PolicyArn=administrator)


def up_and_attach_to_a_role(bench: Workbench, starts: Starts) -> None:
    up(bench, starts)
    trust = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    bench.client("iam").create_role(RoleName="reports", AssumeRolePolicyDocument=document)
    bench.client("iam").attach_role_policy(RoleName="reports", PolicyArn=POLICY)


def ask_for_long_passwords(bench: Workbench, starts: Starts) -> None:
    starts.initialized(bench)
    bench.client("iam").update_account_password_policy(MinimumPasswordLength=30)


def up_and_issue_again(bench: Workbench, starts: Starts) -> None:
    path = "codepipeline-access:credentialIssues.jin"
    starts.initialized(bench)
    assert bench.run("pulumi", "config", "set", "--stack", "dev", "--path", path, "2").returncode == 0
    assert bench.run("pulumi", "up", "--yes", "--stack", "dev").returncode == 0


def up_and_issue_again_and_edit_by_hand(bench: Workbench, starts: Starts) -> None:
    up_and_issue_again(bench, starts)
    file = bench.folder / "Pulumi.dev.yaml"
    before = file.read_text()
    file.write_text(before.replace("developers:\n    - jin\n", "developers: []\n"))
    assert file.read_text() != before


def up_and_cut_off_the_state(bench: Workbench, starts: Starts) -> None:
    up(bench, starts)
    (bench.folder.parent / "pulumi/state/.pulumi/stacks/codepipeline-access/dev.json").write_text("")


BEFORE: dict[str, Callable[[Workbench, Starts], None]] = {
    "nothing": lambda *_: None,
    "the guide": up,
    "the guide, with a passphrase": up_with_a_passphrase,
    "the guide by hand": lambda bench, _: click_through_the_guide(bench),
    "the guide and the stack web": up_twice,
    "a bucket": make_a_bucket,
    "the guide, with an MFA device of jin's": up_and_enrol_a_device,
    "the roles of the stack dev": make_roles,
    "a state that was overwritten": overwrite_the_state,
    "the guide, with AdministratorAccess attached by hand": up_and_attach_to_the_group,
    "the guide, with the policy attached to a role by hand": up_and_attach_to_a_role,
    "the guide, with a state file that was cut off": up_and_cut_off_the_state,
    "the guide, with a password that was issued twice, and jin taken off the list by hand": (
        up_and_issue_again_and_edit_by_hand
    ),
    "an account that asks for passwords of 30 characters": ask_for_long_passwords,
    **{
        f"an update killed in {call}": up
        for call in ("CreatePolicy", "CreateGroup", "CreateUser", "CreateLoginProfile")
    },
}


def lives() -> list[list[Section]]:
    """The tasks of the page; those that go on where another ends are run after it, on the same account."""
    tasks = [section for section in sections(PROJECT / "docs/operations.md") if section.run]
    going_on = {found["task"]: task for task in tasks if (found := GOES_ON.fullmatch(task.on))}
    lives = [[task] for task in tasks if task not in going_on.values()]
    for life in lives:
        while life[-1].title in going_on:
            life.append(going_on.pop(life[-1].title))
    assert not going_on, "no task has such a title"
    return lives


@contextmanager
def account(on: str, folder: Path, warm: Warm, starts: Starts) -> Iterator[Workbench]:
    """An account as the page's comment says."""
    _, killed, call = on.partition("an update killed in ")
    faults = [parse_fault(f"kill:{call}")] if killed else []
    program = folder / "program"
    program.mkdir()
    add_what_make_needs(copy_of_the_program(program))
    with sandbox(folder / "pulumi", faults) as ready:
        ready.environment["PULUMI_SKIP_CONFIRMATIONS"] = "true"
        ready.environment["PULUMI_OPTION_SKIP_PREVIEW"] = "true"  # the page shows the update; half the time
        bench = warm(Workbench(program, ready))
        BEFORE[on](bench, starts)
        yield bench


@pytest.mark.engine
@pytest.mark.parametrize("tasks", lives(), ids=lambda tasks: ", ".join(task.title for task in tasks))
def test_a_task_goes_as_the_page_shows(tasks: list[Section], tmp_path: Path, warm: Warm, starts: Starts) -> None:
    with account(tasks[0].on, tmp_path, warm, starts) as bench:
        for number, task in enumerate(tasks):
            if (goes_on := GOES_ON.fullmatch(task.on)) and goes_on["then"]:
                BEFORE[goes_on["then"]](bench, starts)
            difference = what_differs(bench, task, tmp_path / str(number))
            assert difference is None, difference
