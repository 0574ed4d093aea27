"""`python -m walkthrough`: the demo, from the guide's four steps to off-boarding."""

import sys

from sandbox.command import run_command

if __name__ == "__main__":
    sys.exit(run_command("walkthrough.demo"))
