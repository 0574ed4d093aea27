"""`python -m deploy.caps` writes boundary.json and scp.json: the most that a member can ever do.

Both are generated from the catalogue, checked in, and checked to be current. They allow what some team's policy could
allow, and deny everything else explicitly: a boundary that is only silent does not stop a policy on a bucket, a key or
a role that names the user.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from components.pipeline_actions import CAPABILITIES, GUIDE, PIPELINE_CHANGES
from components.policy_document import OWN_MFA_DEVICE, WITHOUT_MFA

FOLDER = Path(__file__).parent
BOUNDARY, SERVICE_CONTROL_POLICY = FOLDER / "boundary.json", FOLDER / "scp.json"

# Characters, white space counted: only the console leaves it out.
# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
MAX_SERVICE_CONTROL_POLICY_SIZE = 5_120

# Denied by name as well, so that a mistake in the catalogue cannot let them in.
NEVER = (*PIPELINE_CHANGES, "iam:PassRole", "sts:AssumeRole")

_OF_ONESELF = sorted({*OWN_MFA_DEVICE, "iam:ChangePassword"})
_OF_THE_ACCOUNT = sorted(set(WITHOUT_MFA) - set(_OF_ONESELF))
_PIPELINES = sorted(
    permission.action
    for permission in (*GUIDE, *(one for capability in CAPABILITIES.values() for one in capability.permissions))
)
_AT_MOST = sorted({*_PIPELINES, *_OF_ONESELF, *_OF_THE_ACCOUNT})


def boundary() -> dict[str, Any]:
    """The permissions boundary of every user that a team's stack makes."""
    return _document(
        {"Sid": "Pipelines", "Effect": "Allow", "Action": _PIPELINES, "Resource": "*"},
        {"Sid": "OwnCredentials", "Effect": "Allow", "Action": _OF_ONESELF, "Resource": _own_user("{account}")},
        {"Sid": "TowardsOwnCredentials", "Effect": "Allow", "Action": _OF_THE_ACCOUNT, "Resource": "*"},
        {"Sid": "Never", "Effect": "Deny", "Action": sorted(NEVER), "Resource": "*"},
        {"Sid": "NothingElse", "Effect": "Deny", "NotAction": _AT_MOST, "Resource": "*"},
    )


def service_control_policy() -> dict[str, Any]:
    """The same for every user under the team's path, in every account of an organization that it is attached to."""
    members = {"ArnLike": {"aws:PrincipalArn": "arn:{partition}:iam::*:user{path}*"}}
    return _document(
        {"Sid": "Never", "Effect": "Deny", "Action": sorted(NEVER), "Resource": "*", "Condition": members},
        {"Sid": "NothingElse", "Effect": "Deny", "NotAction": _AT_MOST, "Resource": "*", "Condition": members},
        {
            "Sid": "OnlyOwnCredentials",
            "Effect": "Deny",
            "Action": _OF_ONESELF,
            "NotResource": _own_user("*"),
            "Condition": members,
        },
    )


def as_text(document: dict[str, Any]) -> str:
    """As it stands in the file."""
    return json.dumps(document, indent=2) + "\n"


def _own_user(account: str) -> list[str]:
    """With a path or without; "user/*${aws:username}" would also match benjin for jin."""
    users = f"arn:{{partition}}:iam::{account}:user"
    return [f"{users}/${{aws:username}}", f"{users}/*/${{aws:username}}"]


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def main() -> None:
    """Write both files anew."""
    BOUNDARY.write_text(as_text(boundary()))
    SERVICE_CONTROL_POLICY.write_text(as_text(service_control_policy()))


if __name__ == "__main__":
    main()
