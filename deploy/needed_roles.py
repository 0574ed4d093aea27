"""Which roles can deploy what `pulumi preview --json` announces, and so whose approval a deployment waits for.

`python3 needed_roles.py of PREVIEW.json` prints a JSON list: [] (nothing changes), ["members"], ["grants"],
["grants", "members"] (in this order), or ["administrator"]. What it does not know for certain, it gives to the owners
of the account. It only points the way: AWS stops a role that is sent to do more.
`python3 needed_roles.py runs FOLDER` reads such lists, STACK.roles.json for each stack of stacks.json, and prints what
the deploy workflow has to run. Standard library only, as everything that runs before an installation.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

MEMBERS, GRANTS, ADMINISTRATOR = "members", "grants", "administrator"
AN_ADMINISTRATOR = (
    "this change sets up, renames or moves the team, or changes guard rails and members at once, "
    "so an administrator has to make it (docs/operations.md, The deploying roles)"
)
EXIT_CODES = "exit codes: 0 told, 1 it cannot be told or an administrator is needed, 2 wrong usage"

OF_MEMBERS = frozenset(
    {"aws:iam/groupMembership:GroupMembership", "aws:iam/user:User", "aws:iam/userLoginProfile:UserLoginProfile"}
)
# They stand in the state only; registering them asks nothing of AWS.
OF_NOBODY = frozenset({"codepipeline-access:index:DeveloperAccess", "pulumi:pulumi:Stack"})
# Neither role may move, rename or delete what its own policy names: a group leaves with its members.
FIXED = frozenset({"aws:iam/group:Group", "aws:iam/user:User", "aws:iam/policy:Policy"})
RAIL, POLICY = "aws:iam/groupPolicy:GroupPolicy", "aws:iam/policy:Policy"
ENDS = "aws:CurrentTime"  # in a policy that ends access
# Made and removed in one go only: a run that leaves out the members cannot record what depends on them.
TOGETHER = frozenset({"aws:iam/group:Group", "aws:iam/groupMembership:GroupMembership"})
READS = frozenset({"same", "refresh", "read"})


def needed_roles(preview: str) -> list[str]:
    """The roles, in the order of their runs.

    Args:
        preview: what `pulumi preview --json` printed.

    Raises:
        ValueError: it is no such text, or a resource in it has no URN or operation.
    """
    steps = _steps(preview)
    roles = {role for step in steps if (role := _role(step))}
    # The grants' run comes first: it would lift a Deny, such as an end that has come, of somebody who leaves after it.
    lifts = any(_lifts(step) for step in steps)
    if ADMINISTRATOR in roles or (lifts and MEMBERS in roles):
        return [ADMINISTRATOR]
    return [role for role in (GRANTS, MEMBERS) if role in roles]


def _steps(preview: str) -> list[dict[str, Any]]:
    digest = json.loads(preview)
    if not isinstance(digest, dict) or "changeSummary" not in digest:
        raise ValueError("it is not what `pulumi preview --json` prints at its end")
    steps = digest.get("steps", [])
    if not all(isinstance(step, dict) and {"op", "urn"} <= step.keys() for step in steps):
        raise ValueError("a step lacks its operation or its URN")
    return list(steps)


def _lifts(step: dict[str, Any]) -> bool:
    """Whether a step may give back what a guard rail, or an end in the policy, takes."""
    if step["op"] in {*READS, "create"}:
        return False
    return _type(step) == RAIL or (_type(step) == POLICY and ENDS in json.dumps(step.get("oldState")))


def _type(step: dict[str, Any]) -> str:
    # urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME; a name may hold "::" and "$", a type neither.
    parts = step["urn"].split("::", 3)
    return str(parts[2]).rsplit("$", 1)[-1] if parts[3:] else ""


def _role(step: dict[str, Any]) -> str | None:
    """Whose step it is; None where AWS is not asked for a change."""
    resource_type = _type(step)
    if step["op"] in READS or resource_type in OF_NOBODY:
        return None
    changed = {*step.get("diffReasons", []), *step.get("replaceReasons", [])}
    if resource_type in FIXED and {"name", "path"} & changed:
        return ADMINISTRATOR
    if resource_type in TOGETHER and step["op"] != "update":
        return ADMINISTRATOR
    return MEMBERS if resource_type in OF_MEMBERS else GRANTS


def runs(folder: Path) -> list[dict[str, str]]:
    """The runs of a deployment, in order: stack, role, and the environment whose reviewers approve it.

    Args:
        folder: with STACK.roles.json, as `of` prints it, for each stack.

    Raises:
        ValueError: a stack needs an administrator, or its list is missing or none of these.
    """
    stacks = json.loads((Path(__file__).parent / "stacks.json").read_text(encoding="utf-8"))["roles"]
    found = []
    for stack in stacks:
        try:
            roles = json.loads((folder / f"{stack}.roles.json").read_text(encoding="utf-8"))
        except OSError as error:
            raise ValueError(f"nobody has told which roles {stack} needs: {error}") from error
        if roles == [ADMINISTRATOR]:
            raise ValueError(f"{stack}: {AN_ADMINISTRATOR}")
        if not isinstance(roles, list) or not set(roles) <= {GRANTS, MEMBERS}:
            raise ValueError(f"{stack}.roles.json is no list of roles")
        found += [
            {"stack": stack, "role": role, "environment": stack if role == MEMBERS else f"{stack}-{role}"}
            for role in (GRANTS, MEMBERS)
            if role in roles
        ]
    return found


def main() -> int:
    """Tell; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="needed_roles.py", description=__doc__, epilog=EXIT_CODES, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("question", choices=["of", "runs"])
    parser.add_argument("path", type=Path, help="of: a preview's output; runs: a folder")
    arguments = parser.parse_args()
    try:
        if arguments.question == "of":
            print(json.dumps(needed_roles(arguments.path.read_text(encoding="utf-8"))))
        else:
            print(f"runs={json.dumps(runs(arguments.path))}")
    except (OSError, ValueError) as error:
        print(f"{arguments.path}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
