"""What AWS's managed policies grant that matters here, told from an ARN. managed_policies.json has it by path and name.

Without the file nothing can be judged, and the pack does not start. refresh_managed_policies.py writes it.
"""

import json
import re
from pathlib import Path

FILE = Path(__file__).with_name("managed_policies.json")
_AWS_MANAGED = re.compile(r"arn:aws[a-z-]*:iam::aws:policy/(.+)", re.ASCII)


class _Table:
    """The file, read. By name in lower case: whether IAM minds the case in an ARN is nowhere written."""

    def __init__(self) -> None:
        table = json.loads(FILE.read_text(encoding="utf-8"))
        self.changing = {name.lower(): (name, actions) for name, actions in table["changing_pipelines"].items()}
        self.escalating = {name.lower(): name for name in table["escalating"]}
        self.harmless = frozenset(table["harmless"])
        if not (self.changing and self.escalating and self.harmless):
            raise ValueError(f"{FILE} is not what refresh_managed_policies.py writes.")


_TABLE = _Table()


def pipeline_changes(arn: str) -> tuple[str, list[str]] | None:
    """The name of the AWS managed policy and which of the three actions it grants; None if it grants none of them."""
    return _TABLE.changing.get(_managed_name(arn).lower())


def escalating_name(arn: str) -> str | None:
    """The name of the AWS managed policy, if developers could give themselves other grants with it."""
    return _TABLE.escalating.get(_managed_name(arn).lower())


def is_judged(arn: str) -> bool:
    """Whether it is an AWS managed policy of which it is known what it grants, be it good or bad."""
    name = _managed_name(arn)
    return name in _TABLE.harmless or name.lower() in _TABLE.changing or name.lower() in _TABLE.escalating


def _managed_name(arn: str) -> str:
    """Path and name of an AWS managed policy, in whatever partition; "" for all others."""
    managed = _AWS_MANAGED.fullmatch(arn)
    return managed[1] if managed else ""
