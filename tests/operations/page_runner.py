"""Runs what a section of a page shows, in one shell on a workbench, and compares."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.operations.pages import Section
    from walkthrough import Workbench

SEPARATOR = "<<<<"
BUCKET = "s3://helprr-pulumi-state?region=us-east-1"


def what_differs(bench: Workbench, section: Section, folder: Path) -> str | None:
    """The first command that does not do what the page shows, with both outputs; where an error is shown, it fails."""
    for shown, (code, text) in zip(section.run, printed(bench, section, folder), strict=True):
        if (code == 0) is ("error: " in shown.output) or not shown.matches(text):
            return f"$ {shown.command}\n{text}\n(exit code {code}) --- the page shows:\n{shown.output}"
    return None


def backend(bench: Workbench, address: str) -> str:
    """The address of a bucket here: the sandbox's S3 is on this machine. On AWS it needs none of this."""
    endpoint = bench.sandbox.account.endpoint.removeprefix("http://")
    return f"{address}&endpoint={endpoint}&disableSSL=true&s3ForcePathStyle=true"


def printed(bench: Workbench, section: Section, folder: Path) -> list[tuple[int, str]]:
    """Run a section's commands in one shell; exit code and output of each."""
    shim = folder / "bin/aws"
    shim.parent.mkdir(parents=True)
    python = bench.folder / ".venv/bin/python"  # which a warm workbench need not start
    shim.write_text(f'#!/bin/sh\nexec {python} {Path(__file__).parent / "aws.py"} "$@"\n')
    shim.chmod(0o755)
    commands = [shown.command.replace(BUCKET, backend(bench, BUCKET)) for shown in section.run]
    script = "\n".join(f"{command}\necho {shlex.quote(SEPARATOR)}$?" for command in commands)
    path = os.pathsep.join([str(shim.parent), bench.sandbox.environment["PATH"]])
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=bench.folder,
        env=bench.sandbox.environment | {"PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    *parts, _ = done.stdout.split(SEPARATOR)
    texts = [part.partition("\n")[2] if index else part for index, part in enumerate(parts)]
    codes = [int(part.partition("\n")[0]) for part in done.stdout.split(SEPARATOR)[1:]]
    return list(zip(codes, texts, strict=True))
