"""What does the policy pack add to the preview of a team of 1,000 developers, and how much of that would any pack add?

    .venv/bin/python -m bench.policy_pack_in_preview
    .venv/bin/python -m bench.policy_pack_in_preview --developers 500 --made    previews without a change

The real engine on the simulated account; previews without a pack, with an empty one and with this one by turns, of a
stack not yet made, or of one that is.
"""

import argparse
import platform
import shutil
import statistics
import tempfile
from pathlib import Path

from bench.processes import Taken, Use, taken
from walkthrough import Workbench, workbench

EMPTY = """
from pulumi_policy import PolicyPack, StackValidationPolicy

nothing = StackValidationPolicy(name="nothing", description="Refuses nothing.", validate=lambda _args, _report: None)
PolicyPack(name="empty", policies=[nothing])
"""


def _empty_pack(bench: Workbench) -> Path:
    """A pack with one rule that does nothing, on the packages of ours."""
    folder = bench.folder / "empty"
    folder.mkdir()
    (folder / "__main__.py").write_text(EMPTY, encoding="utf-8")
    shutil.copy(bench.folder / "policypack/PulumiPolicy.yaml", folder)
    (folder / "venv").symlink_to(bench.folder / "policypack/venv")
    return folder


def _preview(bench: Workbench, *options: str) -> Taken:
    command = ("pulumi", "preview", "--stack", "dev", "--suppress-outputs", *options)
    log = bench.folder / "preview.log"
    code, result = taken(command, bench.folder, bench.sandbox.environment, log)
    if code:
        raise SystemExit(log.read_text(encoding="utf-8"))
    return result


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--developers", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--made", action="store_true", help="make the stack first, so that a preview finds no change")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, workbench(Path(folder)) as bench:
        bench.run("pulumi", "stack", "init", "dev")
        names = [f"developer-{number:04}" for number in range(arguments.developers)]
        bench.write_config("dev", {"team": "large", "developers": names})
        if arguments.made:
            done = bench.run("pulumi", "up", "--yes", "--skip-preview", "--stack", "dev", "--suppress-outputs")
            if done.returncode:
                raise SystemExit(done.stdout + done.stderr)
        empty = str(_empty_pack(bench))
        options = {
            "without a pack": (),
            "an empty pack": ("--policy-pack", empty),
            "this pack": ("--policy-pack", "policypack"),
        }
        previews: dict[str, list[Taken]] = {name: [] for name in options}
        for _ in range(arguments.rounds):
            for name, given in options.items():
                previews[name].append(_preview(bench, *given))
    print(f"{arguments.developers} developers, {arguments.rounds} rounds, Python {platform.python_version()}\n")
    print(f"{'s a preview':16}{'median':>9}{'fastest':>9}{'slowest':>9}{'processor':>11}{'of the pack':>13}")
    for name, results in previews.items():
        seconds = [one.wall for one in results]
        everything = statistics.median(one.seconds for one in results)
        pack = statistics.median(one.roles.get("pack", Use()).seconds for one in results)
        print(
            f"{name:16}{statistics.median(seconds):>9.1f}{min(seconds):>9.1f}{max(seconds):>9.1f}"
            f"{everything:>11.1f}{pack:>13.2f}"
        )
    none, nothing, ours = (statistics.median(one.wall for one in results) for results in previews.values())
    print(f"\nThe pack adds {ours / none - 1:.1%}; over an empty pack, {ours / nothing - 1:.1%}.")
    print("On a busy machine, compare the processor seconds of the pack with those of all.")


if __name__ == "__main__":
    main()
