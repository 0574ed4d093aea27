"""How a command starts and ends: `python -m sandbox.command MODULE` runs the `main` of a module.

A sentence stands in place of a traceback where nobody made a mistake: after Ctrl-C, even while a module is still being
imported, or where the engine cannot be had.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys

INTERRUPTED, BROKEN_PIPE = 128 + signal.SIGINT, 128 + signal.SIGPIPE  # exit codes, as a shell has them


class Refusal(Exception):
    """Why a command cannot do what it is for; the message is for the user."""


def run_command(module: str) -> int:
    """Import `module`, which takes most of a second, and call its `main`; returns the exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that nothing is left behind then either
    try:
        code: int = importlib.import_module(module).main()
        sys.stdout.flush()
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; nothing half-made is left.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # `... | head`: whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    return code


if __name__ == "__main__":
    sys.exit(run_command(sys.argv.pop(1)))
