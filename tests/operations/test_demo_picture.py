"""The picture of the demo is that of a run of today."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from docs.demo_picture import LAST_LINE, Incomplete, excerpt, picture
from tests.operations.pages import PROJECT
from walkthrough import demo, workbench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Warm
    from walkthrough import Workbench


def texts(svg: str) -> list[str]:
    """The lines of a picture; sorted, since the engine works on several resources at once."""
    return sorted(re.findall(r"<text [^>]*>(.*)</text>", svg))


@pytest.mark.engine
def test_the_picture_shows_what_the_demo_prints(
    warm: Warm, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    @contextmanager
    def warm_workbench(folder: Path) -> Iterator[Workbench]:
        with workbench(folder) as bench:
            yield warm(bench)

    monkeypatch.setattr(demo, "workbench", warm_workbench)
    assert demo.main() == 0
    committed = (PROJECT / "docs/demo.svg").read_text(encoding="utf-8")
    assert texts(committed) == texts(picture(excerpt(capfd.readouterr().out))), "Draw it anew: make demo-picture"


@pytest.mark.parametrize("run", ["", "* Acting as jin\n", f"* Policy, group and user\n{LAST_LINE}\n"])
def test_a_run_that_broke_off_is_not_drawn(run: str) -> None:
    with pytest.raises(Incomplete):
        excerpt(run)
