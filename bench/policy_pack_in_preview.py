"""What does the policy pack add to the preview of a team of 1,000 developers?

Run with the project's environment: .venv/bin/python bench/policy_pack_in_preview.py
The real engine on the simulated account; previews without and with the pack by turns, of a stack not yet made.
"""

import argparse
import platform
import statistics
import tempfile
import time
from pathlib import Path

from walkthrough import Workbench, workbench


def _seconds(bench: Workbench, *options: str) -> float:
    started = time.perf_counter()
    done = bench.run("pulumi", "preview", "--stack", "dev", "--suppress-outputs", *options)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return time.perf_counter() - started


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--developers", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, workbench(Path(folder)) as bench:
        bench.run("pulumi", "stack", "init", "dev")
        names = [f"developer-{number:04}" for number in range(arguments.developers)]
        bench.write_config("dev", {"team": "large", "developers": names})
        without, with_pack = [], []
        for _ in range(arguments.rounds):
            without.append(_seconds(bench))
            with_pack.append(_seconds(bench, "--policy-pack", "policypack"))
    print(f"{arguments.developers} developers, {arguments.rounds} rounds, Python {platform.python_version()}\n")
    print(f"{'s a preview':16}{'median':>9}{'fastest':>9}{'slowest':>9}")
    for name, times in {"without the pack": without, "with the pack": with_pack}.items():
        print(f"{name:16}{statistics.median(times):>9.1f}{min(times):>9.1f}{max(times):>9.1f}")
    print(f"\nThe pack adds {statistics.median(with_pack) / statistics.median(without) - 1:.1%}.")


if __name__ == "__main__":
    main()
