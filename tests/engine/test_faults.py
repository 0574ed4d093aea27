"""Every fault at every writing call, then what docs/operations.md says, then all is as if nothing had happened."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from components.hand_over import Program, hand_over
from sandbox.account import console_credentials
from sandbox.faults import KINDS, Fault
from walkthrough import PROJECT

if TYPE_CHECKING:
    import subprocess

    from tests.warm.starts import Starts
    from walkthrough import Workbench

UP = ("pulumi", "up", "--yes", "--skip-preview", "--stack", "dev")
GUIDE: dict[str, object] = {"team": "helprr", "developers": ["jin"]}
TRANSPARENT = ("throttle", "error500", "slow")
EVERY, EVERY_OTHER = "every call", "every other call"


@dataclass(frozen=True)
class Change:
    """An update: from which settings to which, and the calls that it writes with."""

    before: dict[str, object] | None
    after: dict[str, object]
    calls: tuple[str, ...]


CHANGES = {
    "first": Change(
        None,
        GUIDE,
        (
            *("CreatePolicy", "CreateGroup", "PutGroupPolicy", "AttachGroupPolicy"),
            *("CreateUser", "CreateLoginProfile", "AddUserToGroup"),
        ),
    ),
    "add": Change(
        GUIDE, GUIDE | {"developers": ["jin", "mina"]}, ("CreateUser", "CreateLoginProfile", "AddUserToGroup")
    ),
    "remove": Change(
        GUIDE | {"developers": ["jin", "mina"]}, GUIDE, ("RemoveUserFromGroup", "DeleteLoginProfile", "DeleteUser")
    ),
    "re-issue": Change(GUIDE, GUIDE | {"credentialIssues": {"jin": 2}}, ("DeleteLoginProfile", "CreateLoginProfile")),
    "rename": Change(
        GUIDE,
        GUIDE | {"team": "platform"},
        (
            *("DetachGroupPolicy", "DeletePolicy", "CreatePolicy", "CreateGroup", "PutGroupPolicy"),
            *("AttachGroupPolicy", "AddUserToGroup", "RemoveUserFromGroup", "DeleteGroupPolicy", "DeleteGroup"),
        ),
    ),
}


@dataclass(frozen=True)
class Line:
    """A line of the page's table: what is seen, as texts in this order, and the commands that help."""

    seen: tuple[str, ...]
    done: tuple[str, ...]


def table() -> dict[tuple[str, str], Line]:
    """The page's table: (fault, call) -> line."""
    page = (PROJECT / "docs" / "operations.md").read_text().partition("\n## Faults\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if line.startswith("| ")]
    return {
        (fault, call): Line(tuple(re.findall("`(.+?)`", seen)), tuple(re.findall("`(.+?)`", done)))
        for fault, call, seen, done in rows[2:]
    }


TABLE = table()


def line_of(fault: str, call: str) -> Line:
    return TABLE.get((fault, call)) or TABLE.get((fault, EVERY_OTHER)) or TABLE[fault, EVERY]


@dataclass
class Operator:
    """A user who does what the page says."""

    bench: Workbench
    starts: Starts

    def start(self, change: Change) -> None:
        self.starts.initialized(self.bench)
        if change.before is not None:
            assert self.starts.updated(self.bench, change.before).returncode == 0
        self.bench.write_config("dev", change.after)

    def up(self) -> tuple[int, str]:
        done = self.bench.run(*UP)
        return done.returncode, done.stdout + done.stderr

    def do(self, command: str, said: str) -> None:
        if command.startswith("aws"):
            self.delete_by_hand(command, said)
        elif command.startswith("pulumi cancel"):
            assert self.bench.run("pulumi", "cancel", "--yes", "--stack", "dev").returncode == 0

    def delete_by_hand(self, command: str, said: str) -> None:
        """`aws iam delete-... --option PLACEHOLDER`, with the name that the message has."""
        _, _, operation, option, placeholder = command.split()
        found = re.search(r"(?:called|with name|for user) (\S+) already exists", said)
        assert found, said
        account = self.bench.sandbox.account.account_id
        value = f"arn:aws:iam::{account}:policy/{found[1]}" if placeholder == "ARN" else found[1]
        name = {"--policy-arn": "PolicyArn", "--group-name": "GroupName", "--user-name": "UserName"}[option]
        getattr(self.bench.client("iam"), operation.replace("-", "_"))(**{name: value})

    def assert_as_if_nothing_had_happened(self, change: Change) -> None:
        again = self.bench.run(*UP, "--expect-no-changes")
        assert again.returncode == 0, again.stdout
        developers: Any = change.after["developers"]
        iam = self.bench.client("iam")
        team = change.after["team"]
        assert [group["GroupName"] for group in iam.list_groups()["Groups"]] == [f"{team}-developer-group"]
        policies = [policy["PolicyName"] for policy in iam.list_policies(Scope="Local")["Policies"]]
        assert policies == [f"{team}-developer-policy"]
        assert sorted(user["UserName"] for user in iam.list_users()["Users"]) == developers
        members = iam.get_group(GroupName=f"{team}-developer-group")["Users"]
        assert sorted(user["UserName"] for user in members) == developers
        exported = self.bench.run("pulumi", "stack", "export", "--show-secrets", "--stack", "dev").stdout
        resources = json.loads(exported)["deployment"]["resources"]
        for developer in developers:
            password = re.search(r"Temporary password:  (.+)", hand_over(resources, developer, Program("dev")).message)
            assert password
            assert console_credentials(self.bench.sandbox.account.endpoint, developer, password[1])


@pytest.fixture
def operator(bench: Workbench, starts: Starts) -> Operator:
    return Operator(bench, starts)


def test_the_table_names_every_fault_that_there_is() -> None:
    assert {fault for fault, _ in TABLE} == set(KINDS)


@pytest.mark.parametrize("name", CHANGES)
def test_the_calls_of_a_change_are_those_that_faults_are_tried_at(
    bench: Workbench, operator: Operator, name: str
) -> None:
    change = CHANGES[name]
    operator.start(change)
    calls = bench.sandbox.account.calls
    before = len(calls)
    operator.up()
    written = {call.action for call in calls[before:] if not call.action.startswith(("Get", "List"))}
    assert written == set(change.calls)


@pytest.mark.parametrize("name", CHANGES)
def test_what_the_plugin_gets_over_by_itself_is_not_seen(
    bench: Workbench, operator: Operator, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every call: one kind at the first request, another at the request that follows upon it, and so on."""
    monkeypatch.setattr("sandbox.account._gate.SLOW_SECONDS", 0.5)  # with many calls, one after the other
    change = CHANGES[name]
    assert {kind: line_of(kind, EVERY) for kind in TRANSPARENT} == dict.fromkeys(TRANSPARENT, Line((), ()))
    operator.start(change)
    struck = [Fault(kind, call, which) for call in change.calls for which, kind in enumerate(TRANSPARENT, start=1)]
    bench.sandbox.account.faults.replace(struck)
    before = len(bench.sandbox.account.calls)
    code, said = operator.up()
    assert code == 0, said
    requests = Counter(call.action for call in bench.sandbox.account.calls[before:])
    assert min(requests[call] for call in change.calls) >= len(TRANSPARENT)
    operator.assert_as_if_nothing_had_happened(change)


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_denied_goes_on_once_it_is_allowed(bench: Workbench, operator: Operator, name: str) -> None:
    """Call by call: each is denied, then allowed, then the next one is denied."""
    change = CHANGES[name]
    operator.start(change)
    for call in change.calls:
        bench.sandbox.account.faults.replace([Fault("deny", call)])
        code, said = operator.up()
        if code:
            assert line_of("deny", call).seen[0] in said
            assert "Traceback" not in said
    bench.sandbox.account.faults.replace([])
    code, said = operator.up()
    assert code == 0, said
    operator.assert_as_if_nothing_had_happened(change)


@pytest.mark.parametrize("kind", ["drop", "kill"])
@pytest.mark.parametrize(("name", "call"), [(name, call) for name, change in CHANGES.items() for call in change.calls])
def test_a_fault_is_got_over_as_the_page_says(
    bench: Workbench, operator: Operator, name: str, call: str, kind: str
) -> None:
    change = CHANGES[name]
    line = line_of(kind, call)
    operator.start(change)
    bench.sandbox.account.faults.replace([Fault(kind, call)])
    code, said = operator.up()
    bench.sandbox.account.faults.replace([])
    assert (code == 0) is (not line.done), said
    for text in line.seen:
        if text not in said:  # it comes with the next try
            code, said = operator.up()
        assert text in said
        if "locked" in text:
            operator.do("pulumi cancel", said)
    for command in line.done:
        if not command.startswith("pulumi cancel"):
            operator.do(command, said)
    if line.done:
        code, said = operator.up()
    assert code == 0, said
    operator.assert_as_if_nothing_had_happened(change)


def test_of_two_updates_at_once_the_second_is_told(bench: Workbench, operator: Operator) -> None:
    operator.start(CHANGES["first"])
    bench.sandbox.account.faults.replace([Fault("slow", "CreatePolicy")])
    first: list[subprocess.CompletedProcess[str]] = []
    thread = threading.Thread(target=lambda: first.append(bench.run(*UP)))
    thread.start()
    calls = bench.sandbox.account.calls
    while not any(call.action == "GetCallerIdentity" for call in calls):
        assert thread.is_alive()
    code, said = operator.up()
    thread.join()
    assert code != 0
    assert "the stack is currently locked by 1 lock(s)" in said
    assert first[0].returncode == 0, first[0].stdout
    operator.assert_as_if_nothing_had_happened(CHANGES["first"])
