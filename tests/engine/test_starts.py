"""A stack that is put back is the one that the engine made, so that tests may start from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.engine.conftest import GUIDE
from tests.warm.starts import STACK_FILE, Starts
from walkthrough import workbench

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Warm
    from walkthrough import Workbench


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
    for name in ("made", "put back"):
        with workbench(tmp_path / name) as plain:
            bench = warm(plain)
            starts.initialized(bench)
            assert starts.updated(bench, GUIDE).returncode == 0
            found.append(contents(bench))
            if name == "put back":
                again = starts.updated(bench, GUIDE)  # by the engine, since the account is no longer a new one
                assert "unchanged" in again.stdout
                assert "created" not in again.stdout
    made, put_back = found
    assert made["calls"]
    assert put_back == made


def test_nothing_is_put_back_on_an_account_that_was_used(tmp_path: Path, warm: Warm) -> None:
    starts = Starts(tmp_path / "kept", keep=True)
    with workbench(tmp_path / "new") as bench:
        starts.initialized(warm(bench))
    with workbench(tmp_path / "used") as bench:
        bench.client("iam").create_user(UserName="ann")
        starts.initialized(warm(bench))
        assert [user["UserName"] for user in bench.client("iam").list_users()["Users"]] == ["ann"]
