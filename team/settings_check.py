"""Whether a stack file would still be accepted by the program: its own check of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import components

if TYPE_CHECKING:
    from team.stack_yaml import StackYaml


def problems(file: StackYaml) -> list[str]:
    """What the program would refuse in this stack file; encrypted values are left out."""
    try:
        components.load_settings(file.settings())
    except components.BadSettings as error:
        return [str(problem) for problem in error.problems]
    return []
