"""`python -m components.take_over POLICY_ARN`: the import file for a policy and group that were made by hand.

Nothing else needs an import: existing attachments and memberships are kept.
"""

from __future__ import annotations

import argparse
import json
import re
import sys

COMPONENT = "codepipeline-access:index:DeveloperAccess"
NAME = "access"  # of the component in __main__.py
EXIT_CODES = "exit codes: 0 done, 2 wrong usage"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
POLICY_ARN = re.compile(
    r"arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:policy(?P<path>/([!-.0-~]+/)*)(?P<team>[\w+=,.@-]+)-developer-policy",
    re.ASCII,
)


def import_file(policy_arn: str) -> dict[str, object]:
    """What `pulumi import --file` takes.

    Args:
        policy_arn: the policy's; the group's name follows from it.

    Raises:
        ValueError: with a sentence for people, if this project would not make a policy with that name.
    """
    team = _parts(policy_arn)["team"]
    return {
        "resources": [
            {"type": COMPONENT, "name": NAME, "component": True},
            {"type": "aws:iam/policy:Policy", "name": f"{NAME}-policy", "id": policy_arn, "parent": NAME},
            {"type": "aws:iam/group:Group", "name": f"{NAME}-group", "id": f"{team}-developer-group", "parent": NAME},
        ]
    }


def _parts(policy_arn: str) -> dict[str, str]:
    found = POLICY_ARN.fullmatch(policy_arn)
    if not found:
        raise ValueError(
            f"{policy_arn!r} is not like arn:aws:iam::123456789012:policy/TEAM-developer-policy. A policy and group "
            "with other names cannot be taken over: let the stack make its own, and delete the old ones afterwards."
        )
    return found.groupdict()


def _arn(text: str) -> str:
    try:
        _parts(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def main() -> int:
    """Print the import file; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m components.take_over",
        description="The import file for policy and group that were made by hand.",
        epilog=EXIT_CODES,
    )
    parser.add_argument("policy", type=_arn, metavar="POLICY_ARN", help="the ARN of the policy made by hand")
    arguments = parser.parse_args()
    print(json.dumps(import_file(arguments.policy), indent=2))
    parts = _parts(arguments.policy)
    print(f"Set team: {parts['team']} and path: {parts['path']} in the stack file.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
