"""Stacks that many tests start from: each is made once, by the engine, and put back where another test asks for it.

What is put back is what the commands had left: the state's files, the stack file, IAM in the account, and its log of
calls. A stack is put back only on an account to which nothing was done and in which nothing is to go wrong, and for the
very program and settings that it was made from; otherwise the commands are run.
"""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from moto.iam.models import AWSManagedPolicy

from sandbox.account._clock import now
from sandbox.account._moto import iam_backend, notice

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from subprocess import CompletedProcess

    from moto.iam.models import IAMBackend

    from sandbox.account import Account, LoggedCall
    from walkthrough import Workbench

STACK_FILE = "Pulumi.dev.yaml"
A_MOMENT = timedelta(seconds=10)  # between two readings of the clock
# What differs from sandbox to sandbox, and says nothing about what a command makes.
OF_ONE_SANDBOX = {
    *("AWS_ENDPOINT_URL", "PATH", "PULUMI_BACKEND_URL", "PULUMI_DEBUG_PROVIDERS", "PULUMI_HOME"),
    "PYTEST_CURRENT_TEST",
}


@dataclass(frozen=True)
class _Kept:
    folder: Path  # the state and the stack file
    iam: bytes
    calls: list[LoggedCall]
    done: CompletedProcess[str]


class Starts:
    """The stacks made so far in this process."""

    def __init__(self, folder: Path, *, keep: bool) -> None:
        self._folder = folder
        self._keep = keep
        self._kept: dict[str, _Kept] = {}

    def initialized(self, bench: Workbench) -> None:
        """Run `pulumi stack init dev`."""
        self._done(bench, "init", ("pulumi", "stack", "init", "dev"))

    def updated(self, bench: Workbench, settings: Mapping[str, object] | None = None) -> CompletedProcess[str]:
        """Update stack dev without a preview, with these settings or as it is; the outcome is the caller's to judge."""
        if settings is not None:
            bench.write_config("dev", settings)
        return self._done(bench, "up", ("pulumi", "up", "--yes", "--skip-preview", "--stack", "dev"))

    def _done(self, bench: Workbench, what: str, command: tuple[str, ...]) -> CompletedProcess[str]:
        if not self._keep or not _is_new(bench.sandbox.account):
            return bench.run(*command)
        key = f"{what} {_fingerprint(bench)}"
        if key in self._kept:
            return _put_back(bench, self._kept[key])
        done = bench.run(*command)
        if done.returncode == 0:
            self._kept[key] = _keep(bench, self._folder / str(len(self._kept)), done)
        return done


def _is_new(account: Account) -> bool:
    """Whether nothing was done to it, nothing is to go wrong, and it is today there."""
    ahead = now() - datetime.now(timezone.utc)
    return not account.calls and not account.faults.planned and abs(ahead) < A_MOMENT


def _fingerprint(bench: Workbench) -> str:
    """What a command's outcome depends on: the program, the environment, and the stack so far."""
    digest = hashlib.sha256()
    state = sorted(str(path.relative_to(_state(bench))) for path in _state(bench).rglob("*.json"))
    environment = {name: value for name, value in bench.sandbox.environment.items() if name not in OF_ONE_SANDBOX}
    digest.update(json.dumps([state, environment], sort_keys=True).encode())
    for path in sorted(bench.folder.rglob("*")):
        if path.suffix in (".py", ".yaml", ".json") and path.is_file():
            digest.update(f"{path.relative_to(bench.folder)}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _state(bench: Workbench) -> Path:
    return bench.folder.parent / "pulumi" / "state"


def _keep(bench: Workbench, folder: Path, done: CompletedProcess[str]) -> _Kept:
    shutil.copytree(_state(bench), folder / "state")
    shutil.copy(bench.folder / STACK_FILE, folder)
    account = bench.sandbox.account
    return _Kept(folder, _pickled(iam_backend(account.region)), list(account.calls), done)


def _put_back(bench: Workbench, kept: _Kept) -> CompletedProcess[str]:
    shutil.copytree(kept.folder / "state", _state(bench), dirs_exist_ok=True)
    shutil.copy(kept.folder / STACK_FILE, bench.folder)
    account = bench.sandbox.account
    _restore(iam_backend(account.region), kept.iam)
    account.calls.extend(kept.calls)
    notice("DeleteUser")  # forget who is in which group
    return kept.done


def _pickled(backend: IAMBackend) -> bytes:
    """IAM without the 1,582 policies of AWS's own, which every account has; of those, how often each is attached."""

    class Pickler(pickle.Pickler):
        def persistent_id(self, found: Any) -> str | None:  # noqa: ANN401 - anything in the account
            if found is backend:
                return "backend"
            return found.arn if isinstance(found, AWSManagedPolicy) else None

    attached = {policy.arn: policy.attachment_count for policy in backend.aws_managed_policies}
    own = {arn: policy for arn, policy in backend.managed_policies.items() if arn not in attached}
    rest = {
        name: value
        for name, value in vars(backend).items()
        if name not in ("aws_managed_policies", "managed_policies", "account_summary", "policy_arn_regex")
    }
    stream = io.BytesIO()
    Pickler(stream).dump((rest, own, {arn: count for arn, count in attached.items() if count}))
    return stream.getvalue()


def _restore(backend: IAMBackend, pickled: bytes) -> None:
    class Unpickler(pickle.Unpickler):
        def persistent_load(self, name: str) -> Any:  # noqa: ANN401 - as above
            return backend if name == "backend" else backend.managed_policies[name]

    rest, own, attached = Unpickler(io.BytesIO(pickled)).load()
    vars(backend).update(rest)
    backend.managed_policies.update(own)
    for arn, count in attached.items():
        backend.managed_policies[arn].attachment_count = count
