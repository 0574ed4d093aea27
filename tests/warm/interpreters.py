"""Interpreters that need not start: the virtual environments of the project with fork servers in place of their Python.

A program, a policy pack, the engine's language host and `python -m components.hand_over` spend most of their time with
importing. Here they are forks of a process that has imported already what they need of the packages; what is the
project's own is imported by each anew, and compiled beforehand. A program's folder gets them by links, so whatever runs
there is run by them.
"""

from __future__ import annotations

import json
import os
import py_compile
import shlex
import shutil
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.engine import engine_folder
from sandbox.engine.on_path import version_of
from tests.warm.key_server import SECRETS_PROVIDER, key_server
from walkthrough import PROJECT, VIRTUAL_ENVIRONMENTS, Workbench

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
# What is imported beforehand, by virtual environment; nothing that a test may change. Much of
# the packages is imported only when it is used, so it is named here.
MODULES = {
    ".venv": (
        *("boto3", "difflib", "encodings.idna", "secrets", "yaml", "zoneinfo"),
        *("grpc._channel", "grpc._server", "grpc.experimental"),
        *("pulumi", "pulumi.automation", "pulumi_random.random_string", "pysequoia"),
        *("pulumi_aws.iam:Policy", "pulumi_aws.get_caller_identity", "pulumi_aws.get_partition"),
        *("pydantic.alias_generators", "pydantic.fields", "pydantic.json_schema", "pydantic.main", "pydantic.types"),
    ),
    "policypack/venv": ("difflib", "grpc._interceptor", "grpc._server", "pulumi", "pulumi_policy"),
}
# Whose sources are compiled beforehand, since there is a copy of them for each test.
SOURCES = {".venv": ("components", "team"), "policypack/venv": ("policypack", "policypack/iam", "policypack/rules")}


LOGIN_PROFILE = "aws:iam/userLoginProfile:UserLoginProfile"


@dataclass(frozen=True)
class WarmWorkbench(Workbench):
    """A workbench whose stacks have a key that is kept by `key_server`, unless a command says otherwise."""

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command as any workbench does."""
        kept = command[:3] == ("pulumi", "stack", "init") and "--secrets-provider" not in command
        provider = ("--secrets-provider", SECRETS_PROVIDER) if kept else ()
        return super().run(*command, *provider, **variables)

    def temporary_password(self, developer: str) -> str:
        """The password that the message would have, from the state: one command, of four."""
        exported = self.run("pulumi", "stack", "export", "--show-secrets", "--stack", "dev").stdout
        for resource in json.loads(exported)["deployment"]["resources"]:
            login = resource.get("outputs", {})
            if resource["type"] == LOGIN_PROFILE and login["user"] == developer:
                password: str = json.loads(login["password"]["plaintext"])
                return password
        raise LookupError(f"there is no login of {developer}")


@dataclass(frozen=True)
class Interpreters:
    """Virtual environments that are served, and an engine that uses them."""

    environments: dict[str, Path]  # by their paths in the project
    engine: str  # folders for the front of a PATH
    key_server: dict[str, str]

    def put_into(self, bench: Workbench) -> Workbench:
        """Let everything that runs in a workbench's folder be run by them."""
        for name, folder in self.environments.items():
            link = bench.folder / name
            link.unlink()
            link.symlink_to(folder)
        path = [self.engine, str(self.environments[".venv"] / "bin"), bench.sandbox.environment["PATH"]]
        # Most commands end before they have made much garbage, so collecting it is not worth its time.
        ours = {"PATH": os.pathsep.join(path), "GOGC": "400"} | self.key_server
        environment = bench.sandbox.environment | ours
        return WarmWorkbench(bench.folder, replace(bench.sandbox, environment=environment))


@contextmanager
def warm_interpreters(folder: Path) -> Iterator[Interpreters]:
    """Start a fork server for each virtual environment; they end with the context, and with this process."""
    with ExitStack() as servers:
        environments = {name: folder / f"environment{number}" for number, name in enumerate(VIRTUAL_ENVIRONMENTS)}
        launchers = {}
        for name, made in environments.items():
            launchers[name] = _environment(PROJECT / name, made)
            servers.enter_context(_server(PROJECT / name, made, SOURCES[name], MODULES[name]))
        keys = servers.enter_context(key_server())
        engine = _engine(folder / "engine", launchers[".venv"])
        yield Interpreters(environments, os.pathsep.join(map(str, (_front(folder / "front", engine), engine))), keys)


def _environment(real: Path, made: Path) -> str:
    """A virtual environment like a real one, but for its Python; the command that stands in for that."""
    (made / "bin").mkdir(parents=True)
    for path in real.iterdir():
        if path.name != "bin":
            (made / path.name).symlink_to(path)
    base = str(Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}"))
    plain = base if Path(base).exists() else sys.executable
    # Compiled here, since a script is compiled at each start.
    launcher = py_compile.compile(str(HERE / "launcher.py"), str(made / "launcher.pyc"), doraise=True)
    command = shlex.join([plain, "-SEs", str(launcher), str(made / "socket"), str(real / "bin/python")])
    for path in (real / "bin").iterdir():
        stand_in = made / "bin" / path.name
        if path.name.startswith("python"):
            stand_in.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
            stand_in.chmod(0o755)
        else:
            stand_in.symlink_to(path)
    return command


@contextmanager
def _server(real: Path, made: Path, sources: tuple[str, ...], modules: tuple[str, ...]) -> Iterator[None]:
    folders = os.pathsep.join(str(PROJECT / room) for room in sources)
    process = subprocess.Popen(
        [real / "bin/python", HERE / "fork_server.py", made / "socket", folders, *modules],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    with process.stdin, process.stdout:
        assert process.stdout.readline(), f"no interpreter of {real}"
        yield
    process.wait(10)


def _engine(folder: Path, launcher: str) -> Path:
    """The engine beside our language host, if it uses that, run by `launcher`; otherwise the engine as it is."""
    real = engine_folder()
    host = (real / "pulumi-language-python").read_bytes()
    ours = f"exec {shlex.quote(sys.executable)} ".encode()
    if ours not in host:
        return real
    folder.mkdir()
    script = folder / "pulumi-language-python"
    script.write_bytes(host.replace(ours, f"exec {launcher} --with-parent ".encode()))
    script.chmod(0o755)
    try:
        (folder / "pulumi").hardlink_to(real / "pulumi")
    except OSError:  # another file system
        shutil.copy(real / "pulumi", folder / "pulumi")
    return folder


def _front(folder: Path, engine: Path) -> Path:
    """A `pulumi` that knows its version: every make and every hand-over asks for it, which takes 0.1 s otherwise."""
    folder.mkdir()
    script = folder / "pulumi"
    known = shlex.quote(f"v{version_of(engine / 'pulumi')}")
    pulumi = shlex.quote(str(engine / "pulumi"))
    script.write_text(f'#!/bin/sh\n[ "$*" != version ] || {{ echo {known}; exit; }}\nexec {pulumi} "$@"\n')
    script.chmod(0o755)
    return folder
