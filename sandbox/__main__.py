"""`python -m sandbox run -- COMMAND...` and `python -m sandbox engine`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sandbox.engine import EngineMissing, engine_folder
from sandbox.run import run

EXIT_CODES = """exit codes: run: that of COMMAND, 127 if there is no such command; engine: 0;
both: 1 if no Pulumi CLI can be had, 2 for wrong usage, 130 after Ctrl-C"""


def main() -> int:
    """Run one of the commands; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="A simulated AWS account under the real Pulumi engine.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="name", required=True)
    runner = commands.add_parser("run", help="run a command on a fresh simulated account")
    runner.add_argument("--keep", type=Path, metavar="DIR", help="keep Pulumi's home and state in DIR")
    runner.add_argument("command", nargs="+", metavar="COMMAND", help="after --: the command and its arguments")
    commands.add_parser("engine", help="print the folder that holds pulumi")
    arguments = parser.parse_args()
    try:
        if arguments.name == "engine":
            print(engine_folder())
            return 0
        return run(arguments.command, arguments.keep)
    except EngineMissing as missing:
        print(missing, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
