"""A stack that is put back is the one that the engine made, so that tests may start from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from subprocess import CompletedProcess
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.faults import Fault
from tests.engine.conftest import GUIDE
from tests.warm.starts import STACK_FILE, Starts
from walkthrough import Workbench, workbench

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Warm


@dataclass(frozen=True)
class Recorder(Workbench):
    """A workbench that only notes what it is to run."""

    noted: list[str] = field(default_factory=list)

    def run(self, *command: str, **_: str) -> CompletedProcess[str]:
        self.noted.append(command[1])
        return CompletedProcess(command, 0, "", "")


def edit(bench: Workbench, name: str) -> None:
    path = bench.folder / name
    assert not path.is_symlink()
    path.write_text(path.read_text() + "\n")


def find_a_state(bench: Workbench) -> None:
    (bench.folder.parent / "pulumi/state/other.json").write_text("{}")


DIFFERENCES: dict[str, Callable[[Workbench], object]] = {
    "nothing": lambda _: None,
    "a setting": lambda bench: bench.write_config("dev", GUIDE | {"requireMfa": True}),
    "the region": lambda bench: bench.write_config("dev", GUIDE, {"aws:region": "eu-west-1"}),
    "another stack's file": lambda bench: bench.write_config("prod", {}),
    "the program": lambda bench: edit(bench, "__main__.py"),
    "a module": lambda bench: edit(bench, "components/settings.py"),
    "the project's file": lambda bench: edit(bench, "Pulumi.yaml"),
    "a variable": lambda bench: bench.sandbox.environment.update(PULUMI_OPTION_REFRESH="true"),
    "a state": find_a_state,
    "a fault": lambda bench: bench.sandbox.account.faults.replace([Fault("deny", "CreateUser")]),
    "the clock": lambda bench: bench.sandbox.account.set_now(datetime(2030, 1, 1, tzinfo=timezone.utc)),
    "a call": lambda bench: bench.client("iam").list_users(),
}


def contents(bench: Workbench) -> dict[str, Any]:
    """The state's files, the stack file, the calls so far, and who is in the account, with ids and times."""
    state = bench.folder.parent / "pulumi/state"
    calls = list(bench.sandbox.account.calls)
    iam = bench.client("iam")
    account = iam.get_account_authorization_details(Filter=["User", "Group", "LocalManagedPolicy"])
    return {
        "state": {str(path.relative_to(state)): path.read_bytes() for path in state.rglob("*") if path.is_file()},
        "stack file": (bench.folder / STACK_FILE).read_bytes(),
        "calls": calls,
        "account": [account["UserDetailList"], account["GroupDetailList"], account["Policies"]],
        "login": iam.get_login_profile(UserName="jin")["LoginProfile"],
    }


def test_a_stack_that_is_put_back_is_the_one_that_was_made(tmp_path: Path, warm: Warm) -> None:
    starts = Starts(tmp_path / "kept", keep=True)
    found = []
    for name in ("made", "put back", "put back once more"):
        with workbench(tmp_path / name) as plain:
            bench = warm(plain)
            starts.initialized(bench)
            assert starts.updated(bench, GUIDE).returncode == 0
            found.append(contents(bench))
            if name == "put back":  # and then changed, which nobody else sees
                bench.client("iam").create_user(UserName="ann")
                again = starts.updated(bench, GUIDE)  # by the engine, since the account is no longer a new one
                assert "unchanged" in again.stdout
                assert "created" not in again.stdout
    made, put_back, once_more = found
    assert made["calls"]
    assert put_back == made
    assert once_more == made


def test_nothing_is_put_back_on_an_account_that_was_used(tmp_path: Path, warm: Warm) -> None:
    starts = Starts(tmp_path / "kept", keep=True)
    with workbench(tmp_path / "new") as bench:
        starts.initialized(warm(bench))
    with workbench(tmp_path / "used") as bench:
        bench.client("iam").create_user(UserName="ann")
        starts.initialized(warm(bench))
        assert [user["UserName"] for user in bench.client("iam").list_users()["Users"]] == ["ann"]


@pytest.mark.parametrize("different", DIFFERENCES)
def test_only_what_was_made_from_the_same_is_put_back(tmp_path: Path, different: str) -> None:
    starts = Starts(tmp_path / "kept", keep=True)
    noted: list[list[str]] = []
    for change in ("nothing", different):
        with workbench(tmp_path / f"{len(noted)}") as bench:
            recorder = Recorder(bench.folder, bench.sandbox)
            recorder.write_config("dev", GUIDE)
            DIFFERENCES[change](recorder)
            starts.updated(recorder)
            noted.append(recorder.noted)
    assert noted == [["up"], [] if different == "nothing" else ["up"]]
