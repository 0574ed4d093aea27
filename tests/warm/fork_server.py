"""A Python that has imported what programs of this project import, and forks itself for each one that is to run.

Usage: fork_server.py SOCKET FOLDERS NAME... The names are of modules, or of what is in one (module:name). FOLDERS, with
":" between them, hold sources: a copy of one is not compiled again. It prints a line once it listens, and ends when its
standard input does.

A client (launcher.py) sends one message: its arguments, folder and environment, with its stdin, stdout and stderr. Then
it may send numbers of signals, one byte each, for its program. It is answered with an exit status as of `os.waitpid`,
or by COLD where a fresh interpreter is needed. A client that is gone takes its program with it.
"""

from __future__ import annotations

import _imp
import array
import atexit
import gc
import io
import itertools
import marshal
import os
import pkgutil
import random
import runpy
import select
import signal
import socket
import sys
import threading
from contextlib import suppress
from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping

COLD = 0xFFFFFFFF
NOT_SHOWN = (__file__, runpy.run_path.__code__.co_filename)  # in tracebacks
# Read by the interpreter when it starts, so ours must be the same; the rest is read by what runs later.
READ_AT_START = ("PYTHON", "LC_", "LANG")
NOT_READ_AT_START = ("PYTHONDONTWRITEBYTECODE",)


def serve(path: str) -> None:
    """Serve until stdin ends; returns only in a child, which then is to run what `sys.argv` says."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    print(flush=True)
    wake, woken = socket.socketpair()
    woken.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken.fileno())
    children: dict[socket.socket, int] = {}
    while True:
        ready, _, _ = select.select([listener, sys.stdin, wake, *children], [], [])
        for client in children.keys() & ready:
            _pass_on(client, children[client])
        if wake in ready:
            wake.recv(1 << 10)
            _answer_those_that_ended(children)
        if sys.stdin in ready:
            for child in children.values():
                os.kill(child, signal.SIGKILL)
            os._exit(0)
        if listener in ready and _forked(listener, children):
            for inherited in (listener, wake, woken, *children):
                inherited.close()
            return


def _forked(listener: socket.socket, children: dict[socket.socket, int]) -> bool:
    """Start a child for the next client's program, if there is one; whether this is the child."""
    client, _ = listener.accept()
    streams, message = _received(client)
    child = -1
    if message:
        arguments, folder, environment = marshal.loads(message)  # noqa: S302 - of our own launcher
        if not _same_start(environment):
            _answer(client, COLD)
        elif child := os.fork():
            children[client] = child
        else:
            client.close()
            _become(arguments, folder, environment, streams)
    for stream in streams:
        os.close(stream)
    return child == 0


def _pass_on(client: socket.socket, child: int) -> None:
    """Let the program have a signal; SIGKILL if the client is gone."""
    try:
        number = client.recv(1)
    except OSError:
        number = b""
    os.kill(child, number[0] if number else signal.SIGKILL)


def _answer_those_that_ended(children: dict[socket.socket, int]) -> None:
    for client, child in list(children.items()):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            del children[client]
            _answer(client, status)


def _answer(client: socket.socket, answer: int) -> None:
    with suppress(OSError):
        client.sendall(answer.to_bytes(4, "big"))
    client.close()


def _become(arguments: list[str], folder: str, environment: dict[str, str], streams: list[int]) -> None:
    """Take over what the client was started with."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = arguments


def _received(client: socket.socket) -> tuple[list[int], bytes]:
    """The client's streams and message, which is empty if it was ended in the middle."""
    streams = array.array("i")
    message, ancillary, _, _ = client.recvmsg(4, socket.CMSG_LEN(3 * streams.itemsize))
    for _, _, data in ancillary:
        streams.frombytes(data)
    size = int.from_bytes(message, "big")
    message = b""
    while len(message) < size:
        more = client.recv(size - len(message))
        if not more:
            return list(streams), b""
        message += more
    return list(streams), message


def _same_start(environment: dict[str, str]) -> bool:
    def read(variables: Mapping[str, str]) -> dict[str, str]:
        return {
            name: value
            for name, value in variables.items()
            if name.startswith(READ_AT_START) and name not in NOT_READ_AT_START
        }

    return read(environment) == read(os.environ)


def run() -> None:
    """Run `sys.argv` as an interpreter would: [-u] -m MODULE..., or [-u] FILE...; ends the process."""
    status = 1
    try:
        unbuffered = sys.argv[0] == "-u"
        words = sys.argv[unbuffered:]
        sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
        sys.stdin = _text(0, "r", sys.stdin, buffering=-1)
        sys.stdout = _text(1, "w", sys.stdout, buffering=0 if unbuffered else -1)
        sys.stderr = _text(2, "w", sys.stderr, buffering=0 if unbuffered else -1, lines=True)
        random.seed()
        if words[0] == "-m":
            sys.argv = words[1:]
            sys.path.insert(0, os.getcwd())
            runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = words
            sys.path.insert(0, os.path.dirname(os.path.realpath(words[0])))
            runpy.run_path(words[0], run_name="__main__")
        status = 0
    except SystemExit as ended:
        status = _exit_status(ended)
    except KeyboardInterrupt:
        sys.excepthook(*sys.exc_info())
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException as error:  # noqa: BLE001 - as an interpreter does
        trace = error.__traceback__
        while trace and trace.tb_next and trace.tb_frame.f_code.co_filename in NOT_SHOWN:
            trace = trace.tb_next
        sys.excepthook(type(error), error.with_traceback(trace), trace)
    finally:
        threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - waits for threads, as an interpreter does
        atexit._run_exitfuncs()  # noqa: SLF001 - as above
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(status & 0xFF)


def _text(number: int, mode: str, before: TextIO, *, buffering: int, lines: bool = False) -> TextIO:
    return io.TextIOWrapper(
        open(number, f"{mode}b", buffering, closefd=False),
        encoding=before.encoding,
        errors=before.errors,
        line_buffering=lines or os.isatty(number),
        write_through=buffering == 0,
    )


def _exit_status(ended: SystemExit) -> int:
    if ended.code is None:
        return 0
    if isinstance(ended.code, int):
        return ended.code
    print(ended.code, file=sys.stderr)
    return 1


def compile_beforehand(folders: list[str]) -> None:
    """Let the sources in `folders`, wherever copies of them are, be imported without compiling them."""
    compiled = {}
    for path in (path for folder in folders for path in Path(folder).glob("*.py")):
        text = path.read_bytes()
        compiled[text] = compile(text, path, "exec", dont_inherit=True)
    plain = SourceFileLoader.source_to_code

    def source_to_code(self: SourceFileLoader, data: Any, path: Any, *rest: Any, **options: Any) -> Any:  # noqa: ANN401 - as what it stands in for
        code = compiled.pop(bytes(data), None)  # once: modules of the same text have each its own code
        if code is None:
            return plain(self, data, path, *rest, **options)
        _imp._fix_co_filename(code, os.fspath(path))  # type: ignore[attr-defined]  # noqa: SLF001 - as importlib does
        return code

    SourceFileLoader.source_to_code = source_to_code  # type: ignore[assignment, method-assign]  # for good


def read_beforehand() -> None:
    """Let what packages look up on disk when they are first used be looked up already."""
    with suppress(ImportError):  # not in the pack's environment
        from botocore import loaders, session  # noqa: PLC0415 - not everywhere
        from pydantic.plugin._loader import get_plugins  # noqa: PLC0415 - not everywhere

        get_plugins()
        session.create_loader = cache(loaders.create_loader)  # what one has read is shared by all sessions
        loader = session.create_loader(None)
        for service, what in itertools.product(("iam", "sts"), ("service-2", "endpoint-rule-set-1")):
            loader.load_service_model(service, what)
        for name in ("endpoints", "partitions", "sdk-default-configuration", "_retry"):
            loader.load_data(name)


def main() -> None:
    """Import, serve, and run in the children."""
    path, folders, *modules = sys.argv[1:]
    sys.path.pop(0)  # this folder
    for module in modules:
        pkgutil.resolve_name(module)
    compile_beforehand(folders.split(os.pathsep))
    read_beforehand()
    gc.collect()
    gc.freeze()  # a collection in a child would write to, and so copy, all that was imported
    serve(path)
    run()


if __name__ == "__main__":
    main()
