"""How a command starts and ends: `python -m sandbox.command MODULE` runs the `main` of a module.

One sentence replaces the traceback where the code is not at fault: after Ctrl-C, even while modules are still being
imported, or when no engine is available.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys

INTERRUPTED, BROKEN_PIPE = 128 + signal.SIGINT, 128 + signal.SIGPIPE  # exit codes, as a shell has them


class Refusal(Exception):
    """A command cannot do its job; the message tells the user why."""


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
        print("Interrupted; nothing incomplete is left.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # `... | head`: whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    return code


if __name__ == "__main__":
    # Not the one here: what MODULE raises is a Refusal of the module by its name, which this one, __main__, is not.
    sys.exit(importlib.import_module("sandbox.command").run_command(sys.argv.pop(1)))
