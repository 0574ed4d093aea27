"""The Python language host for a CLI that was built from source: how the engine runs programs and policy packs.

Pulumi publishes its own host only as a binary. This one serves the part of `pulumirpc.LanguageRuntime` that preview,
up, refresh, destroy and policy packs use. Programs run as the official host runs them: as a child, by the virtual
environment's Python, under Pulumi's own `pulumi-language-python-exec` (part of the modules that the CLI is built from).

Usage: language_host.py EXEC_SCRIPT [ENGINE_OPTIONS...] ENGINE_ADDRESS. It prints its port, then serves until SIGINT.
"""

from __future__ import annotations

import errno
import json
import os
import platform
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING

import grpc
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from google.protobuf.empty_pb2 import Empty

# The program's error was shown already, so the host must not add one of its own.
ERROR_WAS_SHOWN = 32  # PYTHON_PROCESS_EXITED_AFTER_SHOWING_USER_ACTIONABLE_MESSAGE_CODE in pulumi-language-python-exec
PARENT_CHECK_SECONDS = 0.5
MAX_MESSAGE_BYTES = 400 * 1024 * 1024  # what Pulumi's own servers accept


class VirtualEnvironmentMissing(Exception):
    """The folder that `virtualenv` names in Pulumi.yaml or PulumiPolicy.yaml has no Python."""


def python_of(info: language_pb2.ProgramInfo) -> str:
    """The interpreter for a program or pack: that of its `virtualenv` option, otherwise the host's own.

    Raises:
        VirtualEnvironmentMissing: the option names a folder without one.
    """
    options = info.options.fields
    if "virtualenv" not in options:
        return sys.executable
    folder = Path(info.root_directory) / options["virtualenv"].string_value
    python = folder / "bin" / "python"
    if not python.exists():
        raise VirtualEnvironmentMissing(
            f"{folder} is not a virtual environment. Run `make setup`, or `pulumi install` in {info.root_directory}."
        )
    return str(python)


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """One engine's host. Children end when it ends."""

    def __init__(self, exec_script: str, engine_address: str) -> None:
        self._exec_script = exec_script
        self._engine_address = engine_address
        self._children: set[subprocess.Popen[bytes]] = set()

    def end_children(self) -> None:
        """End every program or pack that is still running."""
        for child in list(self._children):
            child.kill()

    @contextmanager
    def _child(
        self, command: Sequence[str], folder: str, environment: Mapping[str, str], output: int | None
    ) -> Iterator[subprocess.Popen[bytes]]:
        child = subprocess.Popen(  # noqa: S603 - a list of ours, no shell
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        self._children.add(child)
        try:
            yield child
        finally:
            child.kill()
            child.wait()
            self._children.discard(child)

    def Handshake(
        self, _request: language_pb2.LanguageHandshakeRequest, _context: grpc.ServicerContext
    ) -> language_pb2.LanguageHandshakeResponse:
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, _request: Empty, _context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo()

    def GetRequiredPackages(
        self, _request: language_pb2.GetRequiredPackagesRequest, _context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        # None: the sandbox attaches its stand-ins, and the engine asks for nothing else.
        return language_pb2.GetRequiredPackagesResponse()

    def GetProgramDependencies(
        self, _request: language_pb2.GetProgramDependenciesRequest, _context: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        return language_pb2.GetProgramDependenciesResponse()

    def InstallDependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """Does nothing: the virtual environment must exist. The official host would fill it from requirements.txt."""
        try:
            python_of(request.info)
        except VirtualEnvironmentMissing as missing:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(missing))
        return iter(())

    def About(self, _request: language_pb2.AboutRequest, _context: grpc.ServicerContext) -> language_pb2.AboutResponse:
        return language_pb2.AboutResponse(executable=sys.executable, version=platform.python_version())

    def Run(self, request: language_pb2.RunRequest, context: grpc.ServicerContext) -> language_pb2.RunResponse:
        """Run the program to its end; what it prints is shown by the engine."""
        try:
            python = python_of(request.info)
        except VirtualEnvironmentMissing as missing:
            return language_pb2.RunResponse(error=str(missing))
        options = {
            "monitor": request.monitor_address,
            "engine": self._engine_address,
            "project": request.project,
            "root_directory": request.info.root_directory,
            "stack": request.stack,
            "pwd": request.pwd,
            "dry_run": "true" if request.dryRun else "false",
            "parallel": str(request.parallel),
            "organization": request.organization,
        }
        arguments = [word for name, value in options.items() if value for word in (f"--{name}", value)]
        program = str(Path(request.info.program_directory) / request.info.entry_point)
        environment = os.environ | {
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        command = [python, "-u", self._exec_script, *arguments, program, *request.args]
        try:
            with self._child(command, request.pwd, environment, None) as child:
                context.add_callback(child.kill)
                code = child.wait()
        except OSError as error:
            if error.errno != errno.E2BIG:
                raise
            size = len(environment["PULUMI_CONFIG"].encode())
            return language_pb2.RunResponse(
                error=f"The stack's config is too large: {size:,} bytes, more than this system passes to a program."
            )
        if code == ERROR_WAS_SHOWN:
            return language_pb2.RunResponse(bail=True)
        if code:
            return language_pb2.RunResponse(error=f"Program exited with non-zero exit code: {code}")
        return language_pb2.RunResponse()

    def RunPlugin(
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Run a policy pack or a component plugin; its output goes to the engine, which reads a port from it."""
        folder = request.info.program_directory
        if request.kind == "analyzer":
            working_directory, program = folder, ["-m", "pulumi.policy", *request.args, folder]
        elif request.kind == "resource":
            working_directory, program = request.pwd, [folder, *request.args]
        else:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"Plugins of the kind {request.kind!r} are not run here.")
        try:
            python = python_of(request.info)
        except VirtualEnvironmentMissing as missing:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(missing))
        environment = dict(os.environ) | dict(entry.split("=", 1) for entry in request.env)
        with self._child([python, "-u", *program], working_directory, environment, subprocess.PIPE) as child:
            context.add_callback(child.kill)
            yield from _streamed(child)
            yield language_pb2.RunPluginResponse(exitcode=child.wait())


def _streamed(child: subprocess.Popen[bytes]) -> Iterator[language_pb2.RunPluginResponse]:
    """What `child` writes, as it comes. One thread reads stderr, so that neither pipe fills up unread."""
    responses: SimpleQueue[language_pb2.RunPluginResponse | None] = SimpleQueue()

    def read(stream: IO[bytes], name: str) -> None:
        while chunk := stream.read1(65536):  # type: ignore[attr-defined]  # a BufferedReader, typed as IO
            responses.put(language_pb2.RunPluginResponse(**{name: chunk}))
        responses.put(None)

    streams = {"stdout": child.stdout, "stderr": child.stderr}
    for name, stream in streams.items():
        if stream is not None:
            threading.Thread(target=read, args=(stream, name), daemon=True).start()
    for _ in streams:
        yield from iter(responses.get, None)


def serve(exec_script: str, engine_address: str) -> None:
    """Serve one engine until it sends SIGINT or is gone."""
    server = grpc.server(
        ThreadPoolExecutor(),
        options=[
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
        ],
    )
    host = LanguageHost(exec_script, engine_address)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    engine = os.getppid()
    server.start()
    print(port, flush=True)  # the engine reads it
    # A killed engine sends no signal; without this look its host, program and pack would stay.
    while not ended.wait(PARENT_CHECK_SECONDS) and os.getppid() == engine:
        pass
    host.end_children()
    server.stop(grace=None)


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[-1])
    # Threads that still wait for a child's pipe must not hold the engine up.
    os._exit(0)
