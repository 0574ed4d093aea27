"""How long do people wait, and how does it grow with the team?

    .venv/bin/python -m bench.scale                      everything that is missing in bench/measured.jsonl
    .venv/bin/python -m bench.scale --parts team company
    .venv/bin/python -m bench.scale --minutes 25         stop starting scenarios after 25 minutes; run again to go on

Every scenario has a sandbox of its own: the real engine on the simulated account. Run it on a machine that does
nothing else; each figure has the processor time beside the time on the clock. `bench.report` makes RESULTS.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from bench.scale_steps import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).parent.parent
MEASURED = PROJECT / "bench" / "measured.jsonl"
SCRIPTS = {  # the other benchmarks, whose tables join the results: the environment that each runs in, and its file
    "decision": ("bench/venv/bin/python", "policy_evaluators.py"),
    "audit": (".venv/bin/python", "audit.py"),
}
SCRIPT_SECONDS = 1_200
WAITING = ("up", "no change", "no change, pack")
LOOKING = (*WAITING, "no change, empty pack")
UP_AND_ONE = ("up", "no change", "add one")


def team(more: int) -> Iterator[Scenario]:
    """Our program, from small to large."""
    for developers, repetitions in ((10, 3), (100, 3), (500, 2)):
        for repetition in range(repetitions + more):
            short = developers == 500 and repetition > 0  # noqa: PLR2004 - minutes each
            yield Scenario("ours", developers, repetition=repetition, commands=LOOKING if short else ())


def largest(more: int) -> Iterator[Scenario]:
    """The same with 1,000 developers; destroying them takes as many writes of the state as `up`."""
    for repetition in range(1 + more):
        yield Scenario("ours", 1_000, repetition=repetition, commands=("preview", *WAITING, "add one"))


def compressed(more: int) -> Iterator[Scenario]:
    """The same with a compressed state."""
    for repetition in range(1 + more):
        yield Scenario("compressed", 500, repetition=repetition, commands=("up",))


def largest_compressed(more: int) -> Iterator[Scenario]:
    """Both."""
    for repetition in range(1 + more):
        yield Scenario("compressed", 1_000, repetition=repetition, commands=("up",))


def before(more: int) -> Iterator[Scenario]:
    """The program of an earlier commit, with its own sandbox and pack."""
    for repetition in range(1 + more):
        yield Scenario("before", 500, repetition=repetition, commands=WAITING)


def naive(more: int) -> Iterator[Scenario]:
    """What people write first: three resources a developer."""
    for developers in (100, 500):
        for repetition in range(1 + more):
            yield Scenario("naive", developers, repetition=repetition, commands=UP_AND_ONE)


def terraform(more: int) -> Iterator[Scenario]:
    """The same team in Terraform."""
    for developers in (100, 500):
        for repetition in range(1 + more):
            yield Scenario("terraform", developers, repetition=repetition, commands=UP_AND_ONE)


def company(more: int) -> Iterator[Scenario]:
    """Twenty teams of 25 in a stack each."""
    for repetition in range(1 + more):
        yield Scenario("ours", 500, stacks=20, repetition=repetition, commands=("up", "no change"))


PARTS = {  # in this order, so that what matters most is there when time is up
    "team": team,
    "before": before,
    "compressed": compressed,
    "company": company,
    "terraform": terraform,
    "largest": largest,
    "naive": naive,
    "largest_compressed": largest_compressed,
}

ORDER = [*list(PARTS)[:-2], *SCRIPTS, *list(PARTS)[-2:]]


def main() -> int:
    """Measure what is missing; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=[*PARTS, *SCRIPTS], default=ORDER)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="start no scenario after these")
    parser.add_argument("--more", type=int, default=0, metavar="N", help="repeat everything N times more")
    parser.add_argument("--largest", type=int, default=1_000, metavar="N", help="leave out teams larger than N")
    parser.add_argument(
        "--before", type=Path, metavar="FOLDER", help="a checkout of an earlier commit, set up, to compare"
    )
    parser.add_argument("--terraform-plugins", default="", metavar="FOLDER", help="a mirror that holds hashicorp/aws")
    parser.add_argument("--fresh", action="store_true", help="forget what was measured before")
    arguments = parser.parse_args()
    if arguments.fresh:
        MEASURED.unlink(missing_ok=True)
    done = {record["scenario"] for record in records()}
    ends = time.monotonic() + arguments.minutes * 60
    if not done:
        _write({"scenario": "machine", **_machine()})
    failed = False
    for part in arguments.parts:
        if part in SCRIPTS:
            if part not in done and time.monotonic() < ends:
                failed |= not _script(part)
            continue
        if part == "before" and not arguments.before:
            continue
        if part == "terraform" and not shutil.which("terraform"):
            continue
        for scenario in PARTS[part](arguments.more):
            if scenario.title in done or scenario.developers > arguments.largest or time.monotonic() > ends:
                continue
            tree = arguments.before if part == "before" else PROJECT
            failed |= not _measure(scenario, tree.resolve(), arguments.terraform_plugins)
    return int(failed)


def records() -> list[dict[str, object]]:
    """Everything measured so far, a scenario each."""
    return [json.loads(line) for line in MEASURED.read_text().splitlines()] if MEASURED.exists() else []


def _write(record: dict[str, object]) -> None:
    with MEASURED.open("a") as file:
        file.write(json.dumps(record) + "\n")


def _machine() -> dict[str, object]:
    model = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    engine = subprocess.run(
        [sys.executable, "-m", "sandbox", "engine"], capture_output=True, text=True, check=True
    ).stdout
    version = subprocess.run([f"{engine.strip()}/pulumi", "version"], capture_output=True, text=True, check=True).stdout  # noqa: S603 - ours
    return {
        "cores": os.cpu_count(),
        "processor": model[0].partition(": ")[2] if model else platform.machine(),
        "memory": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "pulumi": version.strip(),
        "date": f"{datetime.now(timezone.utc):%Y-%m-%d}",
    }


def _measure(scenario: Scenario, tree: Path, plugins: str) -> bool:
    print(f"* {scenario.title}", end=" ", file=sys.stderr, flush=True)
    load, started = os.getloadavg()[0], time.perf_counter()
    told = json.dumps({**asdict(scenario), "plugins": plugins and str(Path(plugins).resolve())})
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        command = ["-m", "sandbox", "run", "--keep", folder, "--", "env", f"PYTHONPATH={PROJECT}"]
        if scenario.program == "compressed":
            command.append("PULUMI_DIY_BACKEND_ZSTD=true")
        done = subprocess.run(  # noqa: S603 - a list of ours, no shell
            [str(tree / ".venv/bin/python"), *command, sys.executable, "-m", "bench.scale_steps", told, str(tree)],
            cwd=tree,
            capture_output=True,
            text=True,
            check=False,
        )
    print(f"... {time.perf_counter() - started:.0f} s", file=sys.stderr)
    commands = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        return False
    _write({"scenario": scenario.title, **asdict(scenario), "plugins": "", "load": load, "measured": commands})
    return True


def _script(name: str) -> bool:
    python, file = SCRIPTS[name]
    if not (PROJECT / python).exists():
        print(f"* {name}: left out, {python} is not there (make bench sets it up)", file=sys.stderr)
        return False
    print(f"* {name}", file=sys.stderr)
    done = subprocess.run(  # noqa: S603 - a list of ours, no shell
        [str(PROJECT / python), f"bench/{file}"],
        cwd=PROJECT,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=SCRIPT_SECONDS,
        check=False,
    )
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        return False
    _write({"scenario": name, "text": done.stdout})
    return True


if __name__ == "__main__":
    sys.exit(main())
