"""The picture of the demo is that of a run of today."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from docs.demo_picture import LAST_LINE, Incomplete, excerpt, picture
from tests.operations.pages import PROJECT


def texts(svg: str) -> list[str]:
    """The lines of a picture; sorted, since the engine works on several resources at once."""
    return sorted(re.findall(r"<text [^>]*>(.*)</text>", svg))


@pytest.mark.engine
def test_the_picture_shows_what_the_demo_prints() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.command", "walkthrough.demo"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    committed = (PROJECT / "docs/demo.svg").read_text(encoding="utf-8")
    assert texts(committed) == texts(picture(excerpt(done.stdout))), "Draw it anew: make demo-picture"


@pytest.mark.parametrize("run", ["", "* Acting as jin\n", f"* Policy, group and user\n{LAST_LINE}\n"])
def test_a_run_that_broke_off_is_not_drawn(run: str) -> None:
    with pytest.raises(Incomplete):
        excerpt(run)
