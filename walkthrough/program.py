"""Which files make up the program, and how to copy it."""

from __future__ import annotations

import shutil
from pathlib import Path

PROJECT = Path(__file__).parent.parent
# The rest of the checkout is for those who develop it.
PROGRAM_FILES = (
    "Pulumi.yaml",
    "Pulumi.dev.yaml",
    "Pulumi.prod.yaml",
    "__main__.py",
    "components",
    "plugin",
    "policypack",
    "team",
    "audit",
)
VIRTUAL_ENVIRONMENTS = (".venv", "policypack/venv")


def copy_of_the_program(folder: Path) -> Path:
    """Copy program and pack into `folder`, where `stack init` may write; the virtual environments are shared."""
    for name in PROGRAM_FILES:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("venv", "__pycache__"))
        elif source.exists():
            shutil.copy(source, folder / name)
    for name in VIRTUAL_ENVIRONMENTS:
        (folder / name).symlink_to(PROJECT / name)
    return folder
