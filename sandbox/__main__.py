"""`python -m sandbox run -- COMMAND...` and `python -m sandbox engine`."""

import sys

from sandbox.command import run_command

if __name__ == "__main__":
    sys.exit(run_command("sandbox.command_line"))
