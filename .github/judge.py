"""`python3 judge.py ...`: preview a program with a policy pack from elsewhere, and report it as Markdown.

The workflows run the copy on main, so that a change is judged by nothing of its own. Standard library only.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path

LONGEST_REPORT = 25_000  # characters; a comment on GitHub takes 65,536 for all stacks together
NOISE = re.compile(r"^ *\[(urn|provider|id)=")  # lines of a diff that nobody reads
DRIFT = 7  # `pulumi preview --expect-no-changes` found changes; https://www.pulumi.com/docs/iac/cli/exit-codes/
EXIT_CODES = "exit codes: that of pulumi preview (0 fine, 7 drift, others an error or a violation), 2 wrong usage"


def preview(program: Path, pack: Path, stack: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run `pulumi preview`, judged by the pack; both streams in one text."""
    command = ["pulumi", "preview", "--non-interactive", "--color", "never", "--stack", stack]
    command += ["--policy-pack", str(pack.resolve()), *options]
    environment = os.environ | {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"}
    return subprocess.run(  # noqa: S603 - a list of ours, no shell
        command, cwd=program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


def access_matrices(events: str) -> list[str]:
    """The `readme` of each component, from the engine's events, one a line of JSON."""
    found: dict[str, str] = {}
    for line in events.splitlines():
        try:
            metadata = json.loads(line)["resOutputsEvent"]["metadata"]
            readme = metadata["new"]["outputs"]["readme"]
        except (ValueError, LookupError, TypeError):
            continue
        if metadata["type"] == "codepipeline-access:index:DeveloperAccess" and metadata["op"] != "refresh":
            found[metadata["urn"]] = readme
    return list(found.values())


def report(stack: str, code: int, diff: str, matrices: list[str]) -> str:
    """The Markdown of one stack."""
    verdict = {0: "may be deployed", DRIFT: "the account is not what main says"}.get(code, "refused or failed")
    lines = [line for line in diff.strip().splitlines() if not NOISE.search(line)]
    shown = "\n".join(lines)
    if len(shown) > LONGEST_REPORT:
        shown = f"{shown[:LONGEST_REPORT]}\n... cut here; the rest is in the job's log"
    # A fence longer than any run of backticks within: the text cannot end it.
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", shown)), default=0))
    parts = [f"## {stack}: {verdict}", f"{fence}\n{shown}\n{fence}"]
    parts += [f"<details><summary>Who may do what</summary>\n\n{matrix}\n\n</details>" for matrix in matrices]
    return "\n\n".join(parts) + "\n\n"


def main() -> int:
    """Judge one stack; returns the exit code of the preview."""
    parser = argparse.ArgumentParser(prog="judge.py", description="Preview and judge one stack.", epilog=EXIT_CODES)
    parser.add_argument("--program", type=Path, required=True, help="folder of the program")
    parser.add_argument("--policy-pack", type=Path, required=True, help="folder of the pack that judges it")
    parser.add_argument("--stack", required=True)
    parser.add_argument("--mode", choices=["change", "drift"], default="change", help="drift: changes are an error")
    parser.add_argument("--output", type=Path, required=True, help="the report, in Markdown")
    arguments = parser.parse_args()
    where = (arguments.program, arguments.policy_pack, arguments.stack)
    expectation = ["--expect-no-changes"] if arguments.mode == "drift" else []
    done = preview(*where, "--diff", "--suppress-progress", "--suppress-outputs", *expectation)
    print(done.stdout)
    matrices = access_matrices(preview(*where, "--json").stdout)
    arguments.output.write_text(report(arguments.stack, done.returncode, done.stdout, matrices), encoding="utf-8")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
