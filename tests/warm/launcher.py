"""Stands in for an interpreter: lets a fork server run the program, and ends as it ends.

Usage: launcher.py SOCKET INTERPRETER [--with-parent] ARGUMENT... It imports as little as it can: it starts very often.
With --with-parent the program is interrupted once the process that started this one is gone.
"""

import _signal  # type: ignore[import-not-found]  # built in; `signal` would import enum
import _socket
import marshal
import os
import sys

COLD = 0xFFFFFFFF
PARENT_CHECK_SECONDS = 0.5


def main() -> None:
    """Be the interpreter."""
    path, interpreter, *arguments = sys.argv[1:]
    with_parent = arguments[:1] == ["--with-parent"]
    arguments = arguments[with_parent:]
    status = COLD
    program = next((word for word in arguments if word != "-u"), "-")
    if program == "-m" or not program.startswith("-"):
        server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        try:
            server.connect(path)
        except OSError:  # it has ended
            pass
        else:
            status = run(server, arguments, with_parent)
    if status == COLD:
        os.execv(interpreter, [interpreter, *arguments])
    if os.WIFSIGNALED(status):
        _signal.signal(os.WTERMSIG(status), _signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    os._exit(os.WEXITSTATUS(status))


def run(server: _socket.socket, arguments: list[str], with_parent: bool) -> int:
    """Have the program run, pass signals on to it; returns its exit status."""
    message = marshal.dumps((arguments, os.getcwd(), dict(os.environ)))
    message = len(message).to_bytes(4, "big") + message
    streams = b"".join(number.to_bytes(4, sys.byteorder) for number in range(3))
    sent = server.sendmsg([message], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
    if sent < len(message):  # or the server may have answered already, and gone
        server.sendall(message[sent:])
    for number in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP):
        _signal.signal(number, lambda number, _frame: server.send(bytes([number])))
    if with_parent:
        wait_for_answer_or_orphaned(server)
    answer = server.recv(4)
    return int.from_bytes(answer, "big") if answer else 1 << 8


def wait_for_answer_or_orphaned(server: _socket.socket) -> None:
    parent = os.getppid()
    server.settimeout(PARENT_CHECK_SECONDS)
    while os.getppid() == parent:
        try:
            server.recv(1, _socket.MSG_PEEK)
        except TimeoutError:
            continue
        break
    else:
        server.send(bytes([_signal.SIGINT]))
    server.settimeout(None)


main()
