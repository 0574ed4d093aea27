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

    def up(self, *options: str) -> tuple[int, str]:
        done = self.bench.run(*UP, *options)
        return done.returncode, done.stdout + done.stderr

    def live_through(self, faults: list[tuple[str, str]]) -> None:
        """Update until nothing goes wrong any more; after each fault do what the page says of it.

        Args:
            faults: kind and call; of those at one call, each comes with a request of its own, in this order.
        """
        left, code = faults, 1
        awaited: dict[tuple[str, str], list[str]] = {}  # what the page says is still to be seen of those that were met
        while code:
            code, said, met = self.up_with(left)
            left = [fault for fault in left if fault not in met]
            awaited |= {fault: list(line_of(*fault).seen) for fault in met if line_of(*fault).done}
            assert self.deal_with(awaited, said) is (code != 0), (
                f"met {met}, awaited {awaited}: ended with {code}\n{said}"
            )
            awaited = {fault: texts for fault, texts in awaited.items() if texts}
        assert (left, awaited) == ([], {})

    def up_with(self, faults: list[tuple[str, str]]) -> tuple[int, str, list[tuple[str, str]]]:
        """`pulumi up`, one call after the other; returns also which of the faults were met."""
        requests: Counter[str] = Counter()
        planned = {}
        for kind, call in faults:
            requests[call] += 1
            planned[kind, call] = Fault(kind, call, requests[call])
        plan = self.bench.sandbox.account.faults
        plan.replace(planned.values())
        code, said = self.up("--parallel", "1")
        met = [fault for fault, of_the_plan in planned.items() if of_the_plan not in plan.unused]
        plan.replace([])
        return code, said, met

    def deal_with(self, awaited: dict[tuple[str, str], list[str]], said: str) -> bool:
        """Where the next text of a fault is seen, take it away and do what the page says; whether there was one."""
        found = False
        for fault, texts in awaited.items():
            if "locked" in texts[0]:
                assert texts.pop(0) in self.up()[1], fault
                assert self.bench.run("pulumi", "cancel", "--yes", "--stack", "dev").returncode == 0
                found = True
            elif texts[0] in said:
                assert "Traceback" not in said
                for command in line_of(*fault).done:
                    if command.startswith("aws"):
                        self.delete_by_hand(command, texts[0], said)
                texts.pop(0)
                found = True
        return found

    def delete_by_hand(self, command: str, seen: str, said: str) -> None:
        """`aws iam delete-... --option PLACEHOLDER`, with the name that the message has."""
        _, _, operation, option, placeholder = command.split()
        found = re.search(rf"{seen}(?: for user)? (\S+) already exists", said)
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
    # No other call writes, so faults are tried at every one.
    assert {call for call in requests if not call.startswith(("Get", "List"))} == set(change.calls)
    assert min(requests[call] for call in change.calls) >= len(TRANSPARENT)
    operator.assert_as_if_nothing_had_happened(change)


@pytest.mark.parametrize("kinds", [("deny", "drop"), ("kill",)], ids="-".join)
@pytest.mark.parametrize("name", CHANGES)
def test_faults_are_got_over_as_the_page_says(
    bench: Workbench, operator: Operator, name: str, kinds: tuple[str, ...]
) -> None:
    """All calls in one life of the stack: an update meets the next fault once the one before is got over."""
    change = CHANGES[name]
    operator.start(change)
    calls = bench.sandbox.account.calls
    before = len(calls)
    operator.live_through([(kind, call) for call in change.calls for kind in kinds])
    # A call that a fault has struck may come a second time; what an update has done, none after it does again.
    written = Counter(
        (call.action, *sorted(call.parameters.items()))
        for call in calls[before:]
        if not call.error and not call.action.startswith(("Get", "List"))
    )
    repeated = [call for call, times in written.items() if times > 1]
    assert max(Counter(action for action, *_ in repeated).values(), default=0) <= 1, repeated
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
