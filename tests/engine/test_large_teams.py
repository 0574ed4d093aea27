"""What each developer of a team costs: state, which buckets get whole at every step, and calls of a preview."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.engine.conftest import Up
    from walkthrough import Workbench

TEAM = ["jin", "mina", "sora", "hana", "yuna"]
# Measured: 2,700 bytes. With the call stacks that the SDK stores by itself it would be 5,100.
MAX_STATE_OF_ONE = 3_000


def test_a_developer_adds_little_to_the_state_and_two_calls_to_a_preview(bench: Workbench, up: Up) -> None:
    up({"developers": TEAM[:1]})
    of_one, calls_for_one = state(bench), calls_of_a_preview(bench)
    up({"developers": TEAM})
    of_five, calls_for_five = state(bench), calls_of_a_preview(bench)
    assert (len(json.dumps(of_five)) - len(json.dumps(of_one))) / 4 < MAX_STATE_OF_ONE
    users = [resource for resource in of_five["deployment"]["resources"] if resource["type"] == "aws:iam/user:User"]
    assert [len(user["dependencies"]) for user in users] == [1] * 5
    # Beside each file that it writes the engine would keep another, with a checksum, in most folders.
    assert not list((bench.folder.parent / "pulumi/state").rglob("*.attrs"))
    assert sorted(calls_for_five) == sorted([*calls_for_one, *["GetUser", "GetLoginProfile"] * 4])


def test_the_program_sends_debug_messages_where_they_are_asked_for(bench: Workbench, up: Up) -> None:
    up()
    by_flag = bench.run("pulumi", "preview", "--debug", "--stack", "dev")
    by_variable = bench.run("pulumi", "preview", "--stack", "dev", PULUMI_OPTION_DEBUG="true")
    assert "debug: " in by_flag.stdout
    message = "resource registration prepared: ty=aws:iam/user:User, name=access-jin"
    assert (message in by_flag.stdout, message in by_variable.stdout) == (False, True)


def state(bench: Workbench) -> dict[str, Any]:
    exported: dict[str, Any] = json.loads(bench.run("pulumi", "stack", "export", "--stack", "dev").stdout)
    return exported


def calls_of_a_preview(bench: Workbench) -> list[str]:
    before = len(bench.sandbox.account.calls)
    done = bench.run("pulumi", "preview", "--expect-no-changes", "--stack", "dev")
    assert done.returncode == 0, done.stdout + done.stderr
    return [call.action for call in bench.sandbox.account.calls[before:]]
