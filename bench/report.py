"""What do the measurements say? Writes RESULTS.md and its plots from measured.jsonl.

Run with the benchmarks' own environment: bench/venv/bin/python -m bench.report
"""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl  # type: ignore[import-not-found]  # in bench/venv only
import matplotlib.pyplot as plt  # type: ignore[import-not-found]  # in bench/venv only

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

FOLDER = Path(__file__).parent
INTRODUCTION = """
The engine is real. The AWS account is the sandbox's, on the same machine, so its share is told apart. Each figure is
the median, with the lowest and the highest. Processor time is user and system time of all processes that the command
started, by the operating system's accounting. The backend is a folder with a checkpoint at every step, and `up` runs
without a preview of its own.

![Seconds of pulumi up by developers](up.svg)

![Seconds of a preview with nothing to do by developers](no_change.svg)
"""
SIZES = (10, 100, 500, 1_000)
COMMANDS = ("preview", "up", "no change", "no change, empty pack", "no change, pack", "add one", "destroy")
ROLES = ("engine", "program", "host", "pack", "provider")
PROGRAMS = {
    "ours": "this project",
    "compressed": "this project, PULUMI_DIY_BACKEND_ZSTD=true",
    "before": "this project, d2e7662",
    "naive": "naive program",
    "terraform": "Terraform",
}
COLOURS = {"ours": "#1f5fbf", "compressed": "#7fa7df", "before": "#888888", "naive": "#c0562f", "terraform": "#6a3fa0"}
TEAMS_OF_A_COMPANY = 200

Measured = dict[str, Any]


def records() -> list[Measured]:
    """Everything measured, a scenario each."""
    return [json.loads(line) for line in (FOLDER / "measured.jsonl").read_text().splitlines()]


class Results:
    """The measurements by program, size, number of stacks and command."""

    def __init__(self, found: list[Measured]) -> None:
        self.machine = next((one for one in found if one["scenario"] == "machine"), {})
        self.texts = {one["scenario"]: one["text"] for one in found if "text" in one}
        self.scenarios = [one for one in found if "measured" in one]
        self.loads = [one["load"] for one in self.scenarios] or [0.0]

    def of(self, program: str, developers: int, command: str, stacks: int = 1) -> list[Measured]:
        """What one command took, in every repetition."""
        return [
            taken
            for one in self.scenarios
            if (one["program"], one["developers"], one["stacks"]) == (program, developers, stacks)
            for taken in one["measured"]
            if taken["command"] == command
        ]

    def wall(self, program: str, developers: int, command: str) -> float | None:
        """Median of the seconds on the clock."""
        return _median(taken["wall"] for taken in self.of(program, developers, command))

    def processor(self, program: str, developers: int, command: str) -> float | None:
        """Median of the processor seconds of everything that the command started."""
        return _median(taken["seconds"] for taken in self.of(program, developers, command))


def _median(values: Iterator[float]) -> float | None:
    found = list(values)
    return statistics.median(found) if found else None


def _spread(values: list[float], digits: int = 1) -> str:
    if not values:
        return ""
    if len(values) == 1:
        return f"{values[0]:.{digits}f} (once)"
    low, middle, high = (f"{one:.{digits}f}" for one in (min(values), statistics.median(values), max(values)))
    return f"{middle} ({low} to {high}, n={len(values)})"


def _ratio(over: float | None, under: float | None) -> str:
    return f"{over / under:.2f}" if over and under else "not measured"


def _table(heading: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [heading, ("---",) * len(heading), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _team(results: Results) -> str:
    rows = []
    for size in SIZES:
        for command in COMMANDS:
            taken = results.of("ours", size, command)
            if taken:
                memory = [
                    f"{role} {max(one['roles'][role]['megabytes'] for one in taken if role in one['roles']):.0f}"
                    for role in ROLES
                    if any(role in one["roles"] for one in taken)
                ]
                rows.append(
                    (
                        f"{size:,}",
                        command,
                        _spread([one["wall"] for one in taken]),
                        _spread([one["seconds"] for one in taken]),
                        _spread([one["sandbox"] for one in taken]),
                        f"{', '.join(memory)}, sandbox {max(one['sandbox_megabytes'] for one in taken):.0f}",
                    )
                )
    heading = ("developers", "command", "seconds", "processor seconds", "of the sandbox", "megabytes at most")
    return _table(heading, rows)


def _shares(results: Results) -> str:
    rows = []
    for command in ("up", "no change", "no change, pack"):
        for size in SIZES:
            taken = results.of("ours", size, command)
            if taken:
                shares = [
                    _spread([one["roles"].get(role, {}).get("seconds", 0.0) for one in taken]) for role in ROLES[:4]
                ]
                rows.append((f"{size:,}", command, *shares, _spread([one["sandbox"] for one in taken])))
    return _table(("developers", "command", *ROLES[:4], "sandbox"), rows)


def _ratios(results: Results) -> str:
    def both(title: str, over: tuple[str, int, str], under: tuple[str, int, str]) -> tuple[str, ...]:
        return (
            title,
            _ratio(results.wall(*over), results.wall(*under)),
            _ratio(results.processor(*over), results.processor(*under)),
        )

    rows = [
        both("`up` of 500: this project / d2e7662", ("ours", 500, "up"), ("before", 500, "up")),
        both("`up` of 500: compressed state / d2e7662", ("compressed", 500, "up"), ("before", 500, "up")),
        both("`up`: 1,000 / 500 developers", ("ours", 1_000, "up"), ("ours", 500, "up")),
        both("`up`, compressed state: 1,000 / 500 developers", ("compressed", 1_000, "up"), ("compressed", 500, "up")),
        both("no change at 500: this project / d2e7662", ("ours", 500, "no change"), ("before", 500, "no change")),
        both(
            "no change with the pack at 500: this project / d2e7662",
            ("ours", 500, "no change, pack"),
            ("before", 500, "no change, pack"),
        ),
        both(
            "no change: with the pack / with an empty pack, 500",
            ("ours", 500, "no change, pack"),
            ("ours", 500, "no change, empty pack"),
        ),
        both(
            "no change: with an empty pack / without, 500",
            ("ours", 500, "no change, empty pack"),
            ("ours", 500, "no change"),
        ),
        both("`up` of 500: naive program / this project", ("naive", 500, "up"), ("ours", 500, "up")),
        both("`up` of 500: Terraform / this project", ("terraform", 500, "up"), ("ours", 500, "up")),
    ]
    return _table(("ratio", "on the clock", "of processor time"), rows)


def _programs(results: Results) -> str:
    rows = []
    for program, title in PROGRAMS.items():
        for size in (100, 500, 1_000):
            cells = [
                _spread([one["wall"] for one in results.of(program, size, command)])
                for command in ("up", "no change", "add one")
            ]
            if any(cells):
                memory = max(
                    (use["megabytes"] for one in results.of(program, size, "up") for use in one["roles"].values()),
                    default=0,
                )
                rows.append((title, f"{size:,}", *cells, f"{memory:.0f}"))
    return _table(("program", "developers", "up, s", "no change, s", "add one, s", "largest process in up, MB"), rows)


def _company(results: Results) -> str:
    ups, previews = (results.of("ours", 500, command, 20) for command in ("up", "no change"))
    if not ups:
        return "Not measured."
    number = len({one["stack"] for one in ups})
    repetitions = len(ups) // number
    rows = []
    for title, taken, command in (("up", ups, "up"), ("no change", previews, "no change")):
        total = sum(one["wall"] for one in taken) / repetitions
        largest = max(use["megabytes"] for one in taken for use in one["roles"].values())
        whole = results.wall("ours", 500, command)
        rows.append(
            (
                title,
                f"{total:.0f}",
                _spread([one["wall"] for one in taken]),
                f"{whole:.0f}" if whole else "",
                f"{largest:.0f}",
                f"{total * TEAMS_OF_A_COMPANY / number / 60:.0f}",
            )
        )
    heading = (
        "command",
        "20 stacks of 25, s",
        "one of them, s",
        "one stack of 500, s",
        "largest process, MB",
        "200 stacks, one after the other, min (extrapolated)",
    )
    return _table(heading, rows)


def _plot(results: Results, command: str, name: str, title: str) -> None:
    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "codepipeline-access", "font.family": "sans-serif", "svg.fonttype": "none"})
    figure, axes = plt.subplots(figsize=(7, 4))
    for program, label in PROGRAMS.items():
        points = [(size, [one["wall"] for one in results.of(program, size, command)]) for size in SIZES]
        points = [(size, walls) for size, walls in points if walls]
        if points:
            sizes, middles = [size for size, _ in points], [statistics.median(walls) for _, walls in points]
            below = [middle - min(walls) for middle, (_, walls) in zip(middles, points, strict=True)]
            above = [max(walls) - middle for middle, (_, walls) in zip(middles, points, strict=True)]
            axes.errorbar(
                sizes, middles, yerr=[below, above], label=label, color=COLOURS[program], marker="o", capsize=3
            )
    axes.set(xlabel="developers", ylabel="seconds", title=title, xlim=(0, None), ylim=(0, None))
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(FOLDER / f"{name}.svg", metadata={"Date": None})
    plt.close(figure)


SECTIONS: dict[str, Callable[[Results], str]] = {
    "Ratios": _ratios,
    "One team in one stack": _team,
    "Which process takes the processor's time (seconds)": _shares,
    "Beside other programs": _programs,
    "A company: 500 developers in 20 stacks, or in one": _company,
}
LEFT_OUT = {"terraform": "Terraform or its provider", "before": "a checkout of d2e7662 (`--before`)"}


def main() -> None:
    """Write RESULTS.md and its plots."""
    if not (FOLDER / "measured.jsonl").exists():  # make bench OPTIONS=--help
        return
    results = Results(records())
    machine = results.machine
    _plot(results, "up", "up", "pulumi up of a new team")
    _plot(results, "no change", "no_change", "Preview with nothing to do")
    text = [
        "# Results of `make bench`",
        "",
        f"{machine['date']}: {machine['cores']} cores ({machine['processor']}), {machine['memory']} GB.",
        f"{machine['system']}, Python {machine['python']}, Pulumi {machine['pulumi']}.",
        f"Load average before each scenario: {min(results.loads):.1f} to {max(results.loads):.1f}.",
        INTRODUCTION.rstrip(),
    ]
    for title, section in SECTIONS.items():
        text += ["", f"## {title}", "", section(results)]
    there = {one["program"] for one in results.scenarios}
    missing = [f"Left out, as it was not there: {what}." for program, what in LEFT_OUT.items() if program not in there]
    text += ["", *missing]
    for name, title in {
        "decision": "The decision about a document, beside other tools",
        "audit": "The audit of an account",
    }.items():
        if name in results.texts:
            body = results.texts[name].strip()
            text += ["", f"## {title}", "", body if "| --- |" in body else f"```\n{body}\n```"]
    (FOLDER / "RESULTS.md").write_text("\n".join(text).rstrip() + "\n")


if __name__ == "__main__":
    main()
