"""`python3 stacks.py STACK ROLE` tells a workflow where a stack's state is and which role to take.

The answers stand in `stacks.json`, a file with owners: a variable of the repository can be set without any review, and
would lead a deployment to somebody else's state. Standard library only, as everything that runs before an installation.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

STACKS = Path(__file__).parent / "stacks.json"
# Of environments: a stack named dev-grants would share one with the grants of dev, and so the role that it leads to.
RESERVED = ("-grants", "-main", "-preview")
EXIT_CODES = "exit codes: 0 told, 1 stacks.json does not say, 2 wrong usage"


def answers(stack: str, role: str) -> dict[str, str]:
    """Backend (a URL), region and role (an ARN), as outputs of a step.

    Raises:
        LookupError: there is no such stack or role, or the stack's name is like that of an environment.
    """
    if stack.endswith(RESERVED):
        raise LookupError(f"a stack whose name ends with none of {', '.join(RESERVED)}:")
    known = json.loads(STACKS.read_text(encoding="utf-8"))
    return {"backend": known["backend"], "region": known["region"], "role": known["roles"][stack][role]}


def main() -> int:
    """Print lines for GITHUB_OUTPUT; returns the exit code."""
    parser = argparse.ArgumentParser(prog="stacks.py", description=__doc__, epilog=EXIT_CODES)
    parser.add_argument("stack", metavar="STACK")
    parser.add_argument("role", metavar="ROLE", help="preview, members, grants or audit")
    arguments = parser.parse_args()
    try:
        found = answers(arguments.stack, arguments.role)
    except LookupError as error:
        print(f"{STACKS.name} lacks {error} for stack {arguments.stack}, role {arguments.role}", file=sys.stderr)
        return 1
    print("".join(f"{name}={value}\n" for name, value in found.items()), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
