"""`python -m walkthrough`: the demo, from the guide's four steps to off-boarding."""

from __future__ import annotations

import argparse
import signal
import sys

from sandbox.engine import EngineMissing
from walkthrough.demo import demo

EXIT_CODES = "exit codes: 0 done, 1 if no Pulumi CLI can be had or a step failed, 2 for wrong usage, 130 after Ctrl-C"


def main() -> int:
    """Run the demo; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m walkthrough",
        description="Walk through everything on a simulated AWS account, step by step.",
        epilog=EXIT_CODES,
    )
    parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that nothing is left behind then either
    try:
        return demo()
    except EngineMissing as missing:
        print(missing, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; nothing half-made is left.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
