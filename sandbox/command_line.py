"""The arguments of `python -m sandbox`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.engine import engine_folder
from sandbox.faults import KINDS, Fault, parse_fault

if TYPE_CHECKING:
    from datetime import datetime

EXIT_CODES = """exit codes: run: that of COMMAND, 127 if there is no such command; engine: 0 done;
both: 1 if no Pulumi CLI or official plugin is available, 2 for wrong usage, 130 after Ctrl-C"""


def _fault(text: str) -> Fault:
    try:
        return parse_fault(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _instant(text: str) -> datetime:
    from sandbox.account import parse_instant  # noqa: PLC0415 - as below

    try:
        return parse_instant(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def main() -> int:
    """Run one of the commands; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="A simulated AWS account for the real Pulumi engine.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="name", required=True)
    runner = commands.add_parser(
        "run",
        help="run a command on a fresh simulated account",
        epilog="kinds of faults:" + "".join(f"\n  {kind:9} {what}" for kind, what in KINDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    runner.add_argument("--keep", type=Path, metavar="DIR", help="keep Pulumi's home and state in DIR")
    runner.add_argument(
        "--now", type=_instant, metavar="INSTANT", help="set the account's clock: 2027-03-31T18:00:00+09:00, ...Z"
    )
    runner.add_argument(
        "--plugins",
        choices=["stand-in", "official"],
        default="stand-in",
        help="use the sandbox's stand-ins (default), or the plugins that the CLI downloads",
    )
    runner.add_argument(
        "--fault",
        type=_fault,
        action="append",
        default=[],
        metavar="KIND:ACTION[:WHICH]",
        help="make a call fail: the first, the WHICH-th, or every one with *",
    )
    runner.add_argument("command", nargs="+", metavar="COMMAND", help="after --: the command and its arguments")
    commands.add_parser("engine", help="print the folder that holds pulumi")
    arguments = parser.parse_args()
    if arguments.name == "engine":
        print(engine_folder())
        return 0
    from sandbox.run import run  # noqa: PLC0415 - the account takes a second; make asks for the engine before each command

    official = arguments.plugins == "official"
    return run(arguments.command, arguments.keep, arguments.fault, arguments.now, official=official)
