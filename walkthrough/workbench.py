"""A copy of the program on a running sandbox, for the demo and the engine tests."""

from __future__ import annotations

import re
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import yaml

from sandbox.account import console_credentials
from sandbox.run import Sandbox, sandbox
from walkthrough.program import copy_of_the_program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sandbox.faults import Fault

COMMAND_SECONDS = 300
NAMESPACE = "codepipeline-access:"


@dataclass(frozen=True)
class Workbench:
    """A program's folder, and the sandbox that its commands run on."""

    folder: Path
    sandbox: Sandbox

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the program's folder, with its output captured; `variables` join its environment."""
        return subprocess.run(  # noqa: S603 - a list of ours, no shell
            command,
            cwd=self.folder,
            env=self.sandbox.environment | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )

    def client(self, service: str, keys: tuple[str, str] | None = None) -> Any:  # noqa: ANN401 - boto3 makes its types
        """A boto3 client for the account: the administrator's, or one that uses `keys` (id and secret)."""
        account = self.sandbox.account
        key_id, secret = keys or (account.admin_access_key_id, account.admin_secret_access_key)
        return self._client(service, aws_access_key_id=key_id, aws_secret_access_key=secret)

    def console(self, user: str, password: str, *, mfa: bool = False) -> Callable[[str], Any]:
        """Sign in to the console; returns a function from service to a boto3 client that acts as this user.

        Raises:
            PermissionError: the sign-in page refuses.
        """
        credentials = console_credentials(self.sandbox.account.endpoint, user, password, mfa=mfa)
        return lambda service: self._client(service, **credentials)

    def temporary_password(self, developer: str) -> str:
        """The password in the hand-over message for a developer of stack dev.

        Raises:
            LookupError: there is no message, or no readable password in it.
        """
        message = self.run("python", "-m", "components.hand_over", developer, "--stack", "dev").stdout
        found = re.search(r"Temporary password:  (\S+)\n", message)
        if not found:
            raise LookupError(f"there is no password in the message for {developer}")
        return found[1]

    def _client(self, service: str, **credentials: str) -> Any:  # noqa: ANN401 - boto3 makes its types
        account = self.sandbox.account
        return boto3.client(
            service,  # type: ignore[call-overload]  # any service's name
            endpoint_url=account.endpoint,
            region_name=account.region,
            **credentials,
        )

    def write_config(
        self, stack: str, settings: Mapping[str, object], others: Mapping[str, object] | None = None
    ) -> None:
        """Overwrite a stack file; keeps the stack's salt.

        Args:
            stack: its name.
            settings: keys of this project, without the namespace.
            others: keys with their namespace; `aws:region` defaults to the account's.
        """
        path = self.folder / f"Pulumi.{stack}.yaml"
        before: dict[str, Any] = yaml.safe_load(path.read_text()) if path.exists() else {}
        config = {"aws:region": self.sandbox.account.region, **(others or {})}
        config |= {f"{NAMESPACE}{key}": value for key, value in settings.items()}
        path.write_text(yaml.safe_dump(before | {"config": config}))


@contextmanager
def workbench(
    folder: Path, faults: Sequence[Fault] = (), region: str = "us-east-1", *, official: bool = False
) -> Iterator[Workbench]:
    """Start a sandbox in `folder` with a copy of this project's program on it; the rest is as for `sandbox`."""
    program = folder / "program"
    program.mkdir(parents=True)
    copy_of_the_program(program)
    with sandbox(folder / "pulumi", faults, region, official=official) as ready:
        yield Workbench(program, ready)
