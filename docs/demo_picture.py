"""`make demo-picture`: draw three steps of a run of the demo, shortened to what fits on one screen."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from xml.sax.saxutils import escape

# First and last line of what is shown, by how they start.
EXCERPTS = (
    ("* Policy, group and user", "    + 13 created"),
    ("* Acting as jin", "  DeletePipeline"),
    ("* A change that grants", "          policy, statement 1"),
)
LAST_LINE = "* Everything was as it should be"
TIMES = re.compile(r" \(\d+(\.\d+)?s\)")  # the only thing that differs from run to run
COLUMN, ROW, MARGIN, COLUMNS = 7.23, 17, 16, 120  # pixels, but for the last: characters
FONT = 'font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" xml:space="preserve"'
# All but what makes the point. By what a line says, not by its place: the engine makes several resources at once.
UNIMPORTANT = re.compile(r"^  # |aws:region|^> pulumi stack init|^Created stack|^(Updat|Preview)ing |Stack .*error")
REST_OF_A_LIST = re.compile(r"^ \+  (?!aws:iam:(Policy|Group|User) )|^  (Get|List)\w+ +allowed$")
COLOURS = (  # by the first pattern that a line matches; #f0f6fc for the rest
    (re.compile(r"^\* "), "#e3b341"),
    (re.compile(r"^> "), "#79c0ff"),
    (re.compile(r"denied$|❌|grants UpdatePipeline|\berror\b"), "#ff7b72"),
    (re.compile(r"allowed$|^ \+ |^ +\+ \d|✅"), "#7ee787"),
)


class Incomplete(Exception):
    """The run did not get to its end, or a step is not in it."""


def excerpt(run: str) -> list[str]:
    """The lines that are shown: no times, the point of each list; a blank one between excerpts.

    Raises:
        Incomplete: something that should be shown is not in the run.
    """
    lines = [TIMES.sub("", line.rstrip()) for line in run.splitlines()]
    if not any(line.startswith(LAST_LINE) for line in lines):
        raise Incomplete("The demo did not get to its end.")
    shown: list[str] = []
    for first, last in EXCERPTS:
        start = next((at for at, line in enumerate(lines) if line.startswith(first)), None)
        end = next((at for at, line in enumerate(lines) if line.startswith(last) and at > (start or 0)), None)
        if start is None or end is None:
            raise Incomplete(f"The demo shows no {first!r} ... {last!r}.")
        shown += [*_shortened(lines[start : end + 1]), ""]
    return shown[:-1]


def _shortened(lines: list[str]) -> list[str]:
    """The lines that make the point; "..." stands at the end of a list for its rest."""
    lines = [line for line in lines if line and not UNIMPORTANT.search(line)]
    last = max((at for at, line in enumerate(lines) if REST_OF_A_LIST.search(line)), default=None)
    return [
        "    ..." if at == last else line
        for at, line in enumerate(lines)
        if at == last or not REST_OF_A_LIST.search(line)
    ]


def picture(lines: list[str]) -> str:
    """The lines as a terminal in SVG."""
    width, height = round(COLUMNS * COLUMN + 2 * MARGIN), len(lines) * ROW + 2 * MARGIN
    rows = [
        f'<text x="{MARGIN}" y="{MARGIN + (row + 1) * ROW - 5}" fill="{_colour(line)}">{escape(line)}</text>'
        for row, line in enumerate(lines)
        if line
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-size="12" {FONT}>',
            "<title>What make demo prints: the guide by one pulumi up, acting as jin, a refused change</title>",
            f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>',
            *rows,
            "</svg>\n",
        ]
    )


def _colour(line: str) -> str:
    return next((colour for pattern, colour in COLOURS if pattern.search(line)), "#f0f6fc")


def main() -> int:
    """Draw the run that comes in; returns the exit code."""
    try:
        drawn = picture(excerpt(sys.stdin.read()))
    except Incomplete as reason:
        print(reason, file=sys.stderr)
        return 1
    Path(sys.argv[1]).write_text(drawn, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
