"""The commands that end somebody's access at once, before any update: one pair an account."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from team.stack_files import StackFile

PARTITIONS = {"cn": "aws-cn", "us-gov": "aws-us-gov"}


def emergency_commands(files: Sequence[StackFile], name: str) -> list[str]:
    """Lines with the commands for each account that the stacks are in.

    The Deny acts at once on console sessions and access keys, and no update lifts it while the user exists.
    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSDenyAll.html
    """
    accounts: dict[tuple[str, str], list[str]] = {}
    for file in files:
        settings = file.yaml.settings()
        account = re.search("[0-9]{12}", settings.get("aws:allowedAccountIds", ""))
        key = (_partition(settings.get("aws:region", "")), account[0] if account else f"stack {file.stack}")
        accounts.setdefault(key, []).append(file.stack)
    lines = []
    user = f"--user-name {shlex.quote(name)}"
    for (partition, where), stacks in accounts.items():
        deny = f"arn:{partition}:iam::aws:policy/AWSDenyAll"
        lines += [
            f"In account {where} ({', '.join(stacks)}):" if where.isdecimal() else f"In the account of {where}:",
            f"  aws iam attach-user-policy {user} --policy-arn {deny}",
            f"  aws iam delete-login-profile {user}",
        ]
    return lines


def _partition(region: str) -> str:
    return next((partition for start, partition in PARTITIONS.items() if region.startswith(f"{start}-")), "aws")
